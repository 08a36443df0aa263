//! Faults, as a client sees them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::json;
use tokio::task::block_in_place;
use tokio::time::timeout;

use super::{Answer, ask, bytes, call, get, signed};
use crate::support::kaggle::{
    Expiry, Fault, Faults, Hold, KaggleServer, Operation, RetryAfter, Share,
};

/// The answer to a request for 50,000 bytes that `faults` hit, if there is one, and to the same request after it.
async fn seen(faults: Faults) -> (Option<Answer>, Answer) {
    let server = KaggleServer::start(bytes(200_000));
    server.faults(faults);
    let url = signed(&server).await;
    let range = [("range", "bytes=100000-149999")];
    let hit = ask(Method::GET, &url, &range, "").await.ok();
    let after = get(&url, &range).await;
    assert_eq!(after.status, 206);
    assert_eq!(*after.bytes(), bytes(200_000)[100_000..150_000]);
    (hit, after)
}

#[tokio::test]
async fn a_body_ends_early() {
    let (cut, _) = seen(Faults {
        cut: Share::First(1),
        ..Faults::default()
    })
    .await;
    let cut = cut.expect("its beginning arrives");
    assert_eq!(cut.header("content-length"), Some("50000"));
    // In good order, but for what is missing.
    let said = format!("{:?}", cut.body.unwrap_err());
    assert!(said.contains("UnexpectedEof"), "{said}");
    let (reset, _) = seen(Faults {
        reset: Share::First(1),
        ..Faults::default()
    })
    .await;
    // The reset may overtake the beginning of the answer.
    assert!(reset.is_none_or(|reset| reset.body.is_err()));
}

/// What arrives of a body that is cut is all that was sent of it.
#[test]
fn a_cut_is_where_it_should_be() {
    let server = KaggleServer::start(bytes(200_000));
    server.faults(Faults {
        cut: Share::First(2),
        cut_after: Some(70_001),
        ..Faults::default()
    });
    let url = server.url();
    let host = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap()
        .0;
    let read = |range: &str| {
        let mut stream = TcpStream::connect(host).unwrap();
        let request = format!("GET /plain/archive.zip HTTP/1.1\r\nhost: {host}\r\n{range}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let head = answer.windows(4).position(|at| at == b"\r\n\r\n").unwrap();
        answer.split_off(head + 4)
    };
    assert_eq!(read(""), bytes(200_000)[..70_001]);
    // Never the whole of what was asked for.
    assert_eq!(read("range: bytes=0-99\r\n"), bytes(99));
    let sent: Vec<u64> = server
        .requests()
        .storage()
        .map(|request| request.sent)
        .collect();
    assert_eq!(sent, [70_001, 99]);
}

#[tokio::test]
async fn a_body_is_another_than_was_asked_for() {
    let (flipped, after) = seen(Faults {
        flip: Share::First(1),
        ..Faults::default()
    })
    .await;
    let flipped = flipped.unwrap();
    let differ = flipped
        .bytes()
        .iter()
        .zip(after.bytes())
        .filter(|(a, b)| a != b);
    assert_eq!(differ.count(), 1);
    let (short, after) = seen(Faults {
        short: Share::First(1),
        ..Faults::default()
    })
    .await;
    let short = short.unwrap();
    assert_eq!(
        short.header("content-range"),
        Some("bytes 100000-124999/200000")
    );
    assert_eq!(*short.bytes(), after.bytes()[..25_000]);
    let (misplaced, after) = seen(Faults {
        misplaced: Share::First(1),
        ..Faults::default()
    })
    .await;
    let misplaced = misplaced.unwrap();
    assert_eq!(
        misplaced.header("content-range"),
        Some("bytes 99999-149998/200000")
    );
    assert_eq!(misplaced.bytes()[1..], after.bytes()[..49_999]);
    let (long, after) = seen(Faults {
        long: Share::First(1),
        ..Faults::default()
    })
    .await;
    let long = long.unwrap();
    assert_eq!(
        long.header("content-range"),
        Some("bytes 100000-150000/200000")
    );
    assert_eq!(long.bytes()[..50_000], *after.bytes());
}

#[tokio::test]
async fn the_storage_refuses_for_a_while() {
    let (refused, _) = seen(Faults {
        storage_503: Share::First(1),
        ..Faults::default()
    })
    .await;
    assert_eq!(refused.unwrap().code(), "503 ServiceUnavailable");
    let (refused, _) = seen(Faults {
        storage_429: Share::First(1),
        retry_after: RetryAfter::Seconds(2.0),
        ..Faults::default()
    })
    .await;
    let refused = refused.unwrap();
    assert_eq!(refused.code(), "429 SlowDown");
    assert_eq!(refused.header("retry-after"), Some("2"));
}

#[tokio::test]
async fn a_stuck_request_is_the_clients_to_end() {
    let server = KaggleServer::start(bytes(10));
    server.faults(Faults {
        stuck: Share::Nth(2),
        ..Faults::default()
    });
    let url = server.url();
    assert_eq!(get(&url, &[]).await.status, 200);
    let stuck = timeout(Duration::from_millis(200), get(&url, &[])).await;
    assert!(stuck.is_err());
    assert_eq!(get(&url, &[]).await.status, 200);
    let requests = server.requests();
    let statuses: Vec<_> = requests.iter().map(|request| request.status).collect();
    assert_eq!(statuses, [Some(200), None, Some(200)]);
    assert_eq!(requests.hit(Fault::Stuck), 1);
}

#[tokio::test]
async fn a_signed_url_expires() {
    for (expiry, code) in [
        (Expiry::ExpiredToken, "400 ExpiredToken"),
        (Expiry::Unauthorized, "401 AuthenticationRequired"),
        (Expiry::SignatureDoesNotMatch, "403 SignatureDoesNotMatch"),
        (Expiry::AccessDenied, "403 AccessDenied"),
        (Expiry::NoSuchKey, "404 NoSuchKey"),
    ] {
        let server = KaggleServer::start(bytes(10));
        server.faults(Faults {
            expire_after: Some(2),
            expiry,
            ..Faults::default()
        });
        let url = signed(&server).await;
        for _ in 0..2 {
            assert_eq!(get(&url, &[]).await.status, 200);
        }
        assert_eq!(get(&url, &[]).await.code(), code);
        assert_eq!(get(&signed(&server).await, &[]).await.status, 200);
    }
}

#[tokio::test]
async fn the_archive_changes_on_the_way() {
    let server = KaggleServer::start(b"before".to_vec());
    server.faults(Faults {
        change_after: Some(2),
        change_to: b"after".to_vec(),
        ..Faults::default()
    });
    let url = signed(&server).await;
    let mut seen = Vec::new();
    let mut etags = Vec::new();
    for _ in 0..4 {
        let answer = get(&url, &[]).await;
        seen.push(answer.text().to_owned());
        etags.push(answer.header("etag").unwrap().to_owned());
    }
    assert_eq!(seen, ["before", "before", "after", "after"]);
    assert_ne!(etags[1], etags[2]);
    assert_eq!(etags[2], etags[3]);
}

#[tokio::test]
async fn slowness_is_felt() {
    let server = KaggleServer::start(bytes(50_000));
    server.faults(Faults {
        slow: Some(200_000),
        ..Faults::default()
    });
    let begin = Instant::now();
    assert_eq!(*get(&server.url(), &[]).await.bytes(), bytes(50_000));
    assert!(begin.elapsed() >= Duration::from_millis(250));
    server.faults(Faults {
        latency: Duration::from_millis(30),
        ..Faults::default()
    });
    server.reset_requests();
    call(&server, "GetDataset", "", json!({})).await;
    get(&server.url(), &[]).await;
    get(&server.url(), &[]).await;
    let at: Vec<Duration> = server.requests().iter().map(|request| request.at).collect();
    for next in at.windows(2) {
        assert!(next[1] >= next[0] + Duration::from_millis(30), "{at:?}");
    }
}

/// What a test needs to kill a process at its n-th request or byte.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_storage_stops_after_so_much() {
    let server = KaggleServer::start(bytes(200_000));
    let url = server.url();
    server.faults(Faults {
        hold_after: Some(Hold::Requests(3)),
        ..Faults::default()
    });
    for _ in 0..3 {
        assert_eq!(get(&url, &[]).await.status, 200);
    }
    let held = tokio::spawn({
        let url = url.clone();
        async move { ask(Method::GET, &url, &[], "").await }
    });
    block_in_place(|| server.wait_for_hold());
    assert_eq!(server.requests().count(Operation::Plain), 4);
    server.disconnect();
    held.await.unwrap().unwrap_err();

    server.reset_requests();
    server.faults(Faults {
        hold_after: Some(Hold::Bytes(250_000)),
        ..Faults::default()
    });
    assert_eq!(get(&url, &[]).await.bytes().len(), 200_000);
    let held = tokio::spawn({
        let url = url.clone();
        async move { ask(Method::GET, &url, &[], "").await }
    });
    block_in_place(|| server.wait_for_hold());
    assert_eq!(server.requests().bytes_sent(), 250_000);
    server.disconnect();
    let held = held.await.unwrap().unwrap();
    held.body.unwrap_err();
    server.faults(Faults::default());
    assert_eq!(get(&url, &[]).await.bytes().len(), 200_000);
}

#[tokio::test]
async fn the_lots_depend_on_the_seed_alone() {
    let hit = async |seed: u64, backwards: bool| {
        let server = KaggleServer::start(bytes(200));
        server.faults(Faults {
            seed,
            storage_503: Share::Of(0.3),
            ..Faults::default()
        });
        let mut ranges: Vec<String> = (0..100).map(|at| format!("bytes={at}-")).collect();
        if backwards {
            ranges.reverse();
        }
        let mut answers = Vec::new();
        for range in ranges {
            let status = get(&server.url(), &[("range", &range)]).await.status;
            answers.push((range, status));
        }
        answers.sort();
        answers
    };
    let once = hit(1, false).await;
    assert_eq!(once, hit(1, true).await);
    assert_ne!(once, hit(2, false).await);
    let refused = once.iter().filter(|(_, status)| *status == 503).count();
    assert!((15..45).contains(&refused), "{refused}");
}

/// A process gets this server's settings, and none of its caller's credentials.
#[test]
fn a_process_is_led_here() {
    let server = KaggleServer::start(bytes(10));
    let mut command = Command::new("env");
    command.env("KAGGLE_KEY", "the developer's own");
    server.configure(&mut command);
    let said = command.output().unwrap().stdout;
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains(&format!("KAGGLE_API_ENDPOINT={}\n", server.endpoint())));
    assert!(said.contains(&format!("HOME={}\n", server.home().display())));
    assert!(!said.contains("the developer's own"));
}
