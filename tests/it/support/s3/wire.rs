//! Requests and answers on their way, where what a network does is done.

use std::future::{pending, poll_fn};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use chrono::Utc;
use futures::future::BoxFuture;
use futures::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, DATE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use s3s::service::S3Service;
use s3s::{Body, S3Error, StdError, s3_error};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::{Fault, Faults, Shared, Target};
use crate::support::connections::{Cut, time};

/// How far and how fast a body gets.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// Bytes a second.
    pace: Option<u64>,
    /// It ends in the middle, and with it the connection.
    cut: bool,
}

pub(crate) async fn serve(stream: TcpStream, shared: Arc<Shared>, s3: S3Service) {
    let service = service_fn(
        |request| -> BoxFuture<'static, Result<Response<Body>, Cut>> {
            let (shared, s3) = (Arc::clone(&shared), s3.clone());
            Box::pin(async move { answer(request, &shared, &s3).await })
        },
    );
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let ended = poll_fn(|cx| connection.poll_without_shutdown(cx)).await;
    let stream = connection.into_parts().io.into_inner();
    if ended.is_err() {
        // A reset, as of a connection that broke, and not the orderly end that closing is.
        drop(stream.set_zero_linger());
    }
}

async fn answer(
    request: Request<Incoming>,
    shared: &Shared,
    s3: &S3Service,
) -> Result<Response<Body>, Cut> {
    let target = Target::of(request.method(), request.uri());
    let line = shared.journal.asked(&target, request.headers());
    let faults = shared.faults();
    if !faults.latency.is_zero() {
        sleep(faults.latency).await;
    }
    let fault = shared.dice.lock().unwrap().draw(&faults, &target);
    shared.journal.hit(line, fault);

    let (parts, body) = request.into_parts();
    let up = Way {
        pace: faults.slow_body,
        cut: fault == Some(Fault::Reset) && parts.method != Method::GET,
    };
    let length = parts.headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    // All of it, also where it will be refused: the client can then read why.
    let mut body = arrived(body, up, length.unwrap_or(0)).await?;
    if fault == Some(Fault::Flip) {
        let middle = body.len() / 2;
        if let Some(byte) = body.get_mut(middle) {
            *byte ^= 1;
        }
    }
    let is_head = parts.method == Method::HEAD;
    let mut response = match refusal(fault, &faults) {
        Some(error) => error.to_http_response().expect("an error is XML"),
        None if fault == Some(Fault::Stuck) => pending().await,
        None => {
            let request = Request::from_parts(parts, Body::from(body.freeze()));
            s3.call(request).await.map_err(|_| Cut::Reset)?
        }
    };
    if fault == Some(Fault::Lost) {
        return Err(Cut::Reset);
    }
    if faults.clock_ahead != 0 {
        let now = Utc::now() + chrono::TimeDelta::seconds(faults.clock_ahead);
        let date = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let date = HeaderValue::from_str(&date).expect("a date is a header");
        response.headers_mut().insert(DATE, date);
    }
    let down = Way {
        pace: faults.slow_body,
        cut: fault == Some(Fault::Reset),
    };
    if !is_head && (down.pace.is_some() || down.cut) {
        response = sent(response, down).await;
    }
    if !down.cut {
        shared.journal.answered(line, response.status().as_u16());
    }
    Ok(response)
}

/// The error that is given without asking S3.
fn refusal(fault: Option<Fault>, faults: &Faults) -> Option<S3Error> {
    /// What S3 lets clocks differ.
    const SKEW: i64 = 900;
    match fault {
        Some(Fault::SlowDown | Fault::Rate) => {
            Some(s3_error!(SlowDown, "Please reduce your request rate."))
        }
        Some(Fault::InternalError) => Some(s3_error!(InternalError, "Please try again.")),
        _ if faults.clock_ahead.abs() > SKEW => Some(s3_error!(
            RequestTimeTooSkewed,
            "The difference between the request time and the current time is too large."
        )),
        _ => None,
    }
}

/// The body of a request of `length` bytes.
async fn arrived(mut body: Incoming, way: Way, length: usize) -> Result<BytesMut, Cut> {
    let mut bytes = BytesMut::with_capacity(length);
    if way.cut && length == 0 {
        return Err(Cut::Reset);
    }
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Cut::Reset)?.into_data() else {
            continue;
        };
        bytes.extend_from_slice(&data);
        if way.cut && bytes.len() >= length / 2 {
            return Err(Cut::Reset);
        }
        if let Some(pace) = way.pace {
            sleep(time(data.len(), pace)).await;
        }
    }
    Ok(bytes)
}

/// The same response, on its way.
async fn sent(response: Response<Body>, way: Way) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let body = body.collect().await.expect("it is in memory").to_bytes();
    parts.headers.insert(CONTENT_LENGTH, body.len().into());
    let end = if way.cut { body.len() / 2 } else { body.len() };
    // A tenth of a second's worth at a time.
    let step = way.pace.map_or(end, |pace| pace as usize / 10).max(1);
    let chunks = stream::unfold((body, 0), move |(body, at)| async move {
        if at == end {
            let cut: StdError = Box::new(Cut::Reset);
            return way.cut.then_some((Err(cut), (body, usize::MAX)));
        }
        if at > end {
            return None;
        }
        let next = (at + step).min(end);
        if let Some(pace) = way.pace {
            sleep(time(next - at, pace)).await;
        }
        let chunk: Bytes = body.slice(at..next);
        Some((Ok(Frame::data(chunk)), (body, next)))
    });
    Response::from_parts(parts, Body::http_body_unsync(StreamBody::new(chunks)))
}
