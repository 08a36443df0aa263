//! What the storage answers, when nothing goes wrong on the way.

use std::fs::File;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::{CrcAlgorithm, checksum};
use hyper::Method;
use md5::{Digest, Md5};
use tempfile::NamedTempFile;

use super::{ask, bytes, get, signed};
use crate::support::kaggle::{Faults, KaggleServer, Operation, Quirk, TOKEN};

/// `x-goog-hash` of these bytes.
fn hashes(bytes: &[u8]) -> [String; 2] {
    let crc32c = checksum(CrcAlgorithm::Crc32Iscsi, bytes) as u32;
    [
        format!("crc32c={}", BASE64.encode(crc32c.to_be_bytes())),
        format!("md5={}", BASE64.encode(Md5::digest(bytes))),
    ]
}

#[tokio::test]
async fn a_signed_url_is_on_another_host_and_serves_the_archive() {
    let archive = bytes(300_000);
    let server = KaggleServer::start(archive.clone());
    let url = signed(&server).await;
    assert!(url.starts_with("http://localhost:"), "{url}");
    assert!(!server.endpoint().contains("localhost"));
    let answer = get(&url, &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(*answer.bytes(), archive);
    assert_eq!(answer.header("content-length"), Some("300000"));
    assert_eq!(answer.header("accept-ranges"), Some("bytes"));
    assert_eq!(
        answer.header("x-goog-hash"),
        Some(&*hashes(&archive).join(","))
    );
    assert!(answer.header("x-goog-generation").is_some());
    assert!(
        answer
            .header("last-modified")
            .unwrap()
            .ends_with("2021 00:00:00 GMT")
    );
    let requests = server.requests();
    assert_eq!(requests.bytes_sent(), 300_000);
    assert_eq!(requests.leaks(), 0);
    let secrets = server.secrets();
    let signature = url.split_once("X-Goog-Signature=").unwrap().1;
    assert!(secrets.iter().any(|secret| secret == signature));
    assert_ne!(signed(&server).await, url);
}

#[tokio::test]
async fn ranges_are_served() {
    let archive = bytes(1_000);
    let server = KaggleServer::start(archive.clone());
    let url = signed(&server).await;
    for (range, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=10-19", 10..20),
        ("bytes=990-", 990..1_000),
        ("bytes=990-5000", 990..1_000),
        ("bytes=-22", 978..1_000),
        ("bytes=-5000", 0..1_000),
    ] {
        let answer = get(&url, &[("range", range)]).await;
        assert_eq!(answer.status, 206, "{range}");
        let text = format!("bytes {}-{}/1000", expected.start, expected.end - 1);
        assert_eq!(answer.header("content-range"), Some(&*text));
        assert_eq!(*answer.bytes(), archive[expected]);
        // Of the whole object, whatever is sent of it.
        assert_eq!(
            answer.header("x-goog-hash"),
            Some(&*hashes(&archive).join(","))
        );
    }
    for range in ["bytes=1000-", "bytes=2000-3000", "bytes=-0"] {
        let answer = get(&url, &[("range", range)]).await;
        assert_eq!(answer.code(), "416 InvalidRange", "{range}");
        assert_eq!(answer.header("content-range"), Some("bytes */1000"));
    }
    for range in ["bytes=0-1,5-6", "lines=1-2", "bytes=9-3", "bytes=-"] {
        assert_eq!(get(&url, &[("range", range)]).await.status, 200, "{range}");
    }
    let requests = server.requests();
    assert_eq!(requests.ranges()[1], 10..20);
    assert_eq!(requests.ranges().len(), 6);
    assert_eq!(
        requests.storage().last().unwrap().range.as_deref(),
        Some("bytes=-")
    );

    server.faults(Faults {
        quirks: vec![Quirk::NoRanges],
        ..Faults::default()
    });
    let whole = get(&url, &[("range", "bytes=10-19")]).await;
    assert_eq!((whole.status, whole.bytes().len()), (200, 1_000));
    assert_eq!(whole.header("accept-ranges"), None);
}

#[tokio::test]
async fn conditions_hold() {
    let server = KaggleServer::start(b"before".to_vec());
    for url in [signed(&server).await, server.url()] {
        server.reset_requests();
        server.replace(b"before".to_vec());
        let before = get(&url, &[]).await;
        let etag = before.header("etag").unwrap();
        let date = before.header("last-modified").unwrap();
        let with = async |name, value| {
            let answer = get(&url, &[(name, value), ("range", "bytes=1-2")]).await;
            (answer.status, answer.bytes().len())
        };
        assert_eq!(with("if-match", etag).await, (206, 2));
        assert_eq!(with("if-match", "*").await, (206, 2));
        assert_eq!(with("if-range", etag).await, (206, 2));
        assert_eq!(with("if-range", date).await, (206, 2));
        assert_eq!(with("if-unmodified-since", date).await, (206, 2));
        assert_eq!(with("if-range", "\"other\"").await, (200, 6));

        server.replace(b"another".to_vec());
        assert_eq!(
            get(&url, &[("if-match", etag)]).await.code(),
            "412 PreconditionFailed"
        );
        assert_eq!(with("if-unmodified-since", date).await.0, 412);
        server.faults(Faults {
            quirks: vec![Quirk::NoConditions],
            ..Faults::default()
        });
        assert_eq!(with("if-unmodified-since", date).await, (206, 2));
        server.faults(Faults::default());
        assert_eq!(with("if-range", etag).await, (200, 7));
        assert_eq!(with("if-range", date).await, (200, 7));
        let after = get(&url, &[]).await;
        assert_ne!(after.header("etag"), Some(etag));
        assert_ne!(after.header("last-modified"), Some(date));
        let asked = server.requests();
        let validators = asked
            .storage()
            .filter(|request| request.validator.as_deref() == Some(etag));
        assert_eq!(validators.count(), 4);

        let generation = "x-goog-generation";
        let is_stored = before.header(generation).is_some();
        assert_eq!(
            is_stored,
            after.header(generation) != before.header(generation)
        );
    }
}

#[tokio::test]
async fn credentials_must_not_arrive() {
    let server = KaggleServer::start(bytes(10));
    let bearer = format!("Bearer {TOKEN}");
    for url in [signed(&server).await, server.url()] {
        let answer = get(&url, &[("authorization", &bearer)]).await;
        assert_eq!(answer.code(), "400 InvalidRequest");
    }
    assert_eq!(server.requests().leaks(), 2);
    server.reset_requests();
    assert_eq!(server.requests().leaks(), 0);
}

#[tokio::test]
async fn a_signature_is_good_for_one_thing() {
    let server = KaggleServer::start(bytes(10));
    let url = signed(&server).await;
    let refused = "403 SignatureDoesNotMatch";
    let head = ask(Method::HEAD, &url, &[], "").await.unwrap();
    assert_eq!(head.status, 403);
    let (path, query) = url.split_once('?').unwrap();
    assert_eq!(get(path, &[]).await.code(), refused);
    assert_eq!(get(&format!("{path}x?{query}"), &[]).await.code(), refused);
    assert_eq!(get(&format!("{url}0"), &[]).await.code(), refused);
    let other_name = url.replace("localhost", "127.0.0.1");
    assert_eq!(get(&other_name, &[]).await.code(), refused);
    let unsigned = ("x-goog-if-generation-match", "1");
    assert_eq!(
        get(&url, &[unsigned]).await.code(),
        "400 MalformedSecurityHeader"
    );
    let put = ask(Method::PUT, &url, &[], "").await.unwrap();
    assert_eq!(put.code(), "405 MethodNotAllowed");
    assert_eq!(get(&url, &[]).await.status, 200);
}

#[tokio::test]
async fn a_plain_url_is_for_everybody() {
    let server = KaggleServer::start(bytes(10));
    let head = ask(Method::HEAD, &server.url(), &[], "").await.unwrap();
    assert_eq!((head.status, head.bytes().len()), (200, 0));
    assert_eq!(head.header("content-length"), Some("10"));
    let answer = get(&server.url(), &[("user-agent", "tests/1")]).await;
    assert_eq!(*answer.bytes(), bytes(10));
    assert!(
        answer
            .headers
            .keys()
            .all(|name| !name.as_str().starts_with("x-goog"))
    );
    let moved = get(&server.moved_url(), &[]).await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (302, Some(&*server.url()))
    );
    let requests = server.requests();
    assert_eq!(requests.count(Operation::Plain), 3);
    assert_eq!(requests.bytes_sent(), 10);
    assert!(requests.user_agents().contains("tests/1"));
}

#[tokio::test]
async fn what_is_said_of_an_object_varies() {
    let archive = bytes(10);
    let server = KaggleServer::start(archive.clone());
    let url = signed(&server).await;
    let [crc32c, md5] = hashes(&archive);
    let said = async |faults: Faults| {
        server.faults(faults);
        let answer = get(&url, &[]).await;
        assert_eq!(*answer.bytes(), archive);
        let hashes = answer.headers.get_all("x-goog-hash").iter();
        let hashes: Vec<String> = hashes
            .map(|hash| hash.to_str().unwrap().to_owned())
            .collect();
        (answer.header("etag").map(str::to_owned), hashes)
    };
    let (usual_etag, usual) = said(Faults::default()).await;
    assert_eq!(usual, [format!("{crc32c},{md5}")]);
    let (etag, composite) = said(Faults {
        quirks: vec![Quirk::Composite],
        ..Faults::default()
    })
    .await;
    assert_eq!(composite, std::slice::from_ref(&crc32c));
    assert_ne!(etag, usual_etag);
    let (_, split) = said(Faults {
        quirks: vec![Quirk::SplitHashes],
        ..Faults::default()
    })
    .await;
    assert_eq!(split, [crc32c, md5]);
    let (etag, none) = said(Faults {
        quirks: vec![Quirk::NoEtag, Quirk::NoHashes],
        ..Faults::default()
    })
    .await;
    assert_eq!((etag, none), (None, Vec::new()));
    let (_, wrong) = said(Faults {
        quirks: vec![Quirk::WrongHashes],
        ..Faults::default()
    })
    .await;
    assert_eq!(wrong.len(), 1);
    assert_ne!(wrong, usual);
}

#[tokio::test]
async fn a_file_is_served_as_bytes_are() {
    let archive = bytes(1_000_000);
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &archive).unwrap();
    let server = KaggleServer::start(File::open(file.path()).unwrap());
    let answer = get(&server.url(), &[]).await;
    assert_eq!(*answer.bytes(), archive);
    let part = get(&server.url(), &[("range", "bytes=-300000")]).await;
    assert_eq!(*part.bytes(), archive[700_000..]);
    let stored = get(&signed(&server).await, &[("range", "bytes=0-0")]).await;
    assert_eq!(
        stored.header("x-goog-hash"),
        Some(&*hashes(&archive).join(","))
    );
}
