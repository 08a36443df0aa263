//! The Kaggle of the tests: what is known of the real one holds, and each fault is what a network or a service really does.

mod api;
mod faults;
mod storage;

use std::io::{Cursor, Write};

use bytes::Bytes;
use http_body_util::{BodyExt, Collected, Full};
use hyper::client::conn::http1::handshake;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, LOCATION};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::kaggle::{KaggleServer, OWNER, SLUG};

/// What came back, if it did.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Result<Bytes, hyper::Error>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    #[track_caller]
    fn text(&self) -> &str {
        str::from_utf8(self.bytes()).expect("text")
    }

    #[track_caller]
    fn bytes(&self) -> &Bytes {
        self.body.as_ref().expect("a whole body")
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(self.text()).expect("JSON")
    }

    /// The code of one of the storage's errors, with its status.
    #[track_caller]
    fn code(&self) -> String {
        let code = self.text().split_once("<Code>").expect("an error").1;
        let code = code.split_once("</Code>").expect("an error").0;
        format!("{} {code}", self.status)
    }
}

/// Asks once, on a connection of its own.
async fn ask(
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer, hyper::Error> {
    let uri: Uri = url.parse().expect("a URL");
    let host = uri.authority().expect("a host").to_string();
    let stream = TcpStream::connect(&host).await.expect("the server runs");
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let path = uri.path_and_query().expect("a path").as_str();
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == HOST) {
        request = request.header(HOST, host);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::copy_from_slice(body.as_bytes())));
    let response = sender.send_request(request.expect("a request")).await?;
    let (parts, body) = response.into_parts();
    Ok(Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: body.collect().await.map(Collected::to_bytes),
    })
}

async fn get(url: &str, headers: &[(&str, &str)]) -> Answer {
    ask(Method::GET, url, headers, "").await.expect("an answer")
}

/// Calls a method of the datasets' service as `authorization`, about the dataset and `more`.
async fn call(server: &KaggleServer, method: &str, authorization: &str, more: Value) -> Answer {
    let mut arguments = json!({"ownerSlug": OWNER, "datasetSlug": SLUG});
    if let (Value::Object(arguments), Value::Object(more)) = (&mut arguments, more) {
        arguments.extend(more);
    }
    let url = format!(
        "{}/v1/datasets.DatasetApiService/{method}",
        server.endpoint()
    );
    let authorization = [(AUTHORIZATION.as_str(), authorization)];
    let headers = if authorization[0].1.is_empty() {
        &[]
    } else {
        &authorization[..]
    };
    let answer = ask(Method::POST, &url, headers, &arguments.to_string()).await;
    answer.expect("an answer")
}

/// A signed URL of the current version's archive.
async fn signed(server: &KaggleServer) -> String {
    let answer = call(server, "DownloadDataset", "", json!({})).await;
    assert_eq!(answer.status, 302, "{answer:?}");
    answer.header(LOCATION.as_str()).expect("a URL").to_owned()
}

/// Bytes that are all different for a while.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at ^ (at >> 8)) as u8).collect()
}

/// A zip of these files, stored.
fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
