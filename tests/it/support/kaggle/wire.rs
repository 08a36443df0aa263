//! Requests and answers on their way, where what a network does is done.

use std::convert::Infallible;
use std::error::Error;
use std::future::{pending, poll_fn};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use chrono::{TimeDelta, Utc};
use futures::future::BoxFuture;
use futures::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Collected, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::yield_now;
use tokio::time::sleep;

use super::api::{Call, Reply};
use super::object::{http_date, value};
use super::refusal::{Refusal, TOO_MANY_REQUESTS, UNAVAILABLE};
use super::requests::Line;
use super::storage::{self, Answer, Asked, Served};
use super::{Fault, Faults, Operation, Quirk, RetryAfter, Shared};
use crate::support::connections::{Cut, time};

/// How much is sent at once.
const CHUNK: usize = 1 << 16;

type Body = UnsyncBoxBody<Bytes, Cut>;

/// Which of the two servers is spoken to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    Api,
    Storage,
}

pub(crate) async fn serve(stream: TcpStream, shared: Arc<Shared>, role: Role) {
    let service = service_fn(
        |request| -> BoxFuture<'static, Result<Response<Body>, Cut>> {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                match role {
                    Role::Api => api(request, &shared).await,
                    Role::Storage => Ok(storage(request, &shared).await),
                }
            })
        },
    );
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let ended = poll_fn(|cx| connection.poll_without_shutdown(cx)).await;
    let stream = connection.into_parts().io.into_inner();
    let cut = ended.as_ref().err().and_then(Error::source);
    if let Some(Cut::Reset) = cut.and_then(|cut| cut.downcast_ref()) {
        drop(stream.set_zero_linger());
    }
}

async fn api(request: Request<Incoming>, shared: &Arc<Shared>) -> Result<Response<Body>, Cut> {
    let (parts, body) = request.into_parts();
    let is_rpc = parts.method == Method::POST;
    let operation = if is_rpc {
        Operation::of_rpc(parts.uri.path())
    } else {
        Operation::of_rest(parts.uri.path()).0
    };
    let line = shared.journal.asked(operation, &parts.headers);
    let body = body.collect().await.map(Collected::to_bytes);
    let call = if is_rpc {
        Call::rpc(operation, &body.unwrap_or_default())
    } else {
        Call::rest(parts.uri.path(), parts.uri.query().unwrap_or_default())
    };
    let faults = shared.faults();
    sleep(faults.latency).await;
    let fault = shared.dice.lock().unwrap().draw_api(&faults, operation);
    shared.journal.write(line, |request| request.fault = fault);
    let answer = match fault {
        Some(Fault::TooManyRequests) => Err(TOO_MANY_REQUESTS),
        Some(Fault::Unavailable) => Err(UNAVAILABLE),
        Some(Fault::Cut) => return Err(Cut::Close),
        Some(_) => Ok(Reply::Json(
            json!({"errorMessage": "The dataset is being moved."}),
        )),
        None => {
            let mut catalog = shared.catalog.lock().unwrap();
            call.answer(parts.headers.get(AUTHORIZATION), &mut catalog, &faults)
        }
    };
    let mut response = match answer {
        Ok(Reply::Redirect(_)) if faults.quirk(Quirk::Followed) => {
            let served = shared
                .catalog
                .lock()
                .unwrap()
                .archive(None)
                .map(Served::whole);
            let way = Way::new(None, line, Arc::clone(&faults), shared);
            sent(served.expect("a version"), way, false)
        }
        Ok(Reply::Json(json)) => full(StatusCode::OK, "application/json", json.to_string().into()),
        Ok(Reply::Redirect(path)) => moved(&format!("http://{}{path}", shared.storage_host())),
        Err(refusal) => refused(refusal, refusal.said(faults.shape), &faults),
    };
    let headers = response.headers_mut();
    headers.insert("x-kaggle-apiversion", HeaderValue::from_static("2.2.5"));
    headers.insert(
        "x-kaggle-requestid",
        HeaderValue::from_static("00000000-0000-4000-8000-000000000000"),
    );
    let status = response.status().as_u16();
    shared
        .journal
        .write(line, |request| request.status = Some(status));
    Ok(response)
}

async fn storage(request: Request<Incoming>, shared: &Arc<Shared>) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let operation = storage::operation(&parts.uri);
    let line = shared.journal.asked(operation, &parts.headers);
    let faults = shared.faults();
    sleep(faults.latency).await;
    let range = parts.headers.get("range").map(HeaderValue::as_bytes);
    let range = String::from_utf8_lossy(range.unwrap_or_default());
    let (turn, fault) = {
        let mut dice = shared.dice.lock().unwrap();
        (
            dice.turn(&faults),
            dice.draw_storage(&faults, operation, &range),
        )
    };
    if turn.change {
        let mut catalog = shared.catalog.lock().unwrap();
        let current = catalog.current;
        catalog.publish(current, faults.change_to.clone().into());
    }
    shared.journal.write(line, |request| request.fault = fault);
    if turn.hold {
        shared.held.set();
        pending::<Infallible>().await;
    }
    if fault == Some(Fault::Stuck) {
        pending::<Infallible>().await;
    }
    let host = shared.storage_host();
    let asked = Asked {
        method: &parts.method,
        uri: &parts.uri,
        headers: &parts.headers,
        host: &host,
        fault,
        machine: turn.machine,
    };
    let answer = match fault {
        Some(Fault::TooManyRequests) => Err(TOO_MANY_REQUESTS),
        Some(Fault::Unavailable) => Err(UNAVAILABLE),
        _ => asked.answer(&mut shared.catalog.lock().unwrap(), &faults),
    };
    let response = match answer {
        Ok(Answer::Bytes(served)) => {
            let is_part = served.status == StatusCode::PARTIAL_CONTENT;
            let range = is_part.then(|| served.range.clone());
            shared.journal.write(line, |request| request.served = range);
            let is_head = parts.method == Method::HEAD;
            sent(served, Way::new(fault, line, faults, shared), is_head)
        }
        Ok(Answer::Moved(path)) => moved(&format!("http://{host}{path}")),
        Err(refusal) => refused(refusal, refusal.xml(), &faults),
    };
    let status = response.status();
    shared.journal.write(line, |request| {
        request.status = Some(status.as_u16());
        request.ended |= !status.is_success();
    });
    response
}

fn refused(refusal: Refusal, said: (&'static str, Bytes), faults: &Faults) -> Response<Body> {
    let (content_type, body) = said;
    let mut response = full(refusal.status, content_type, body);
    let headers = response.headers_mut();
    if let Some(length) = refusal.length {
        headers.insert(CONTENT_RANGE, value(&format!("bytes */{length}")));
    }
    if [TOO_MANY_REQUESTS.status, UNAVAILABLE.status].contains(&refusal.status) {
        let retry_after = match faults.retry_after {
            RetryAfter::None => return response,
            RetryAfter::Seconds(seconds) => seconds.to_string(),
            RetryAfter::Date(ahead) => http_date(Utc::now() + TimeDelta::seconds(ahead)),
        };
        headers.insert(RETRY_AFTER, value(&retry_after));
    }
    response
}

fn moved(location: &str) -> Response<Body> {
    let mut response = full(StatusCode::FOUND, "text/html; charset=utf-8", Bytes::new());
    response.headers_mut().insert(LOCATION, value(location));
    response
}

fn full(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Body> {
    let body = Full::new(body).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// How far and how fast a body gets.
struct Way {
    fault: Option<Fault>,
    line: Line,
    faults: Arc<Faults>,
    shared: Arc<Shared>,
}

impl Way {
    fn new(fault: Option<Fault>, line: Line, faults: Arc<Faults>, shared: &Arc<Shared>) -> Self {
        Self {
            fault,
            line,
            faults,
            shared: Arc::clone(shared),
        }
    }

    /// How many of `length` bytes are sent.
    fn end(&self, length: u64) -> u64 {
        let end = match self.fault {
            Some(Fault::Reset) => length / 2,
            Some(Fault::Cut) => self.faults.cut_after.unwrap_or(length / 2),
            _ => return length,
        };
        end.min(length.saturating_sub(1))
    }

    /// How many of `wanted` bytes go next; waits for ever where no more may.
    async fn admitted(&self, wanted: usize) -> usize {
        let step = self.faults.slow.map_or(CHUNK, |pace| pace as usize / 10);
        let wanted = wanted.min(step.max(1));
        let admitted = self.shared.dice.lock().unwrap().admit(&self.faults, wanted);
        if admitted == 0 {
            self.shared.held.set();
            return pending().await;
        }
        if let Some(pace) = self.faults.slow {
            sleep(time(admitted, pace)).await;
        }
        admitted
    }

    fn cut(&self) -> Cut {
        match self.fault {
            Some(Fault::Reset) => Cut::Reset,
            _ => Cut::Close,
        }
    }
}

/// The bytes, on their way.
fn sent(served: Served, way: Way, is_head: bool) -> Response<Body> {
    let length = served.range.end - served.range.start;
    let end = way.end(length);
    let Served {
        status,
        headers,
        object,
        range,
    } = served;
    let body = stream::unfold((way, 0), move |(way, at)| {
        let (object, begin) = (Arc::clone(&object), range.start);
        async move {
            if at >= end {
                if at > end || end == length {
                    return None;
                }
                // What was given before is on the network when this goes on.
                yield_now().await;
                return Some((Err(way.cut()), (way, u64::MAX)));
            }
            let wanted = usize::try_from(end - at).expect("64 bits");
            let count = way.admitted(wanted).await;
            let mut chunk = object.content.read(begin + at, count);
            let next = at + count as u64;
            if way.fault == Some(Fault::Flip) && (at..next).contains(&(length / 2)) {
                let mut flipped = BytesMut::from(&*chunk);
                flipped[(length / 2 - at) as usize] ^= 1;
                chunk = flipped.freeze();
            }
            way.shared.journal.write(way.line, |request| {
                request.sent = next;
                request.ended = next >= end;
            });
            Some((Ok(Frame::data(chunk)), (way, next)))
        }
    });
    let body = if is_head {
        Full::new(Bytes::new())
            .map_err(|never| match never {})
            .boxed_unsync()
    } else {
        StreamBody::new(body).boxed_unsync()
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}
