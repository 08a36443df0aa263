//! Faults, as a client sees them.

use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::SdkError;
use futures::future::join_all;

use super::{get, put, refusal};
use crate::support::s3::{BUCKET, Fault, Faults, Lack, Operation, S3Server, Share};

/// What a client sees of `faults` when it puts an object, and whether the object is there.
async fn seen(faults: Faults) -> (String, bool) {
    let server = S3Server::start();
    server.faults(faults);
    let answer = put(&server.client(), "a", &vec![0; 100_000]).send().await;
    (refusal(answer), server.object("a").is_some())
}

#[tokio::test]
async fn each_fault_is_seen() {
    let first = Share::First(1);
    let slow_down = Faults {
        slow_down: first,
        ..Faults::default()
    };
    assert_eq!(seen(slow_down).await, ("503 SlowDown".to_owned(), false));
    let internal_error = Faults {
        internal_error: first,
        ..Faults::default()
    };
    assert_eq!(
        seen(internal_error).await,
        ("500 InternalError".to_owned(), false)
    );
    let reset = Faults {
        reset: first,
        ..Faults::default()
    };
    assert_eq!(seen(reset).await, ("no answer".to_owned(), false));
    let lost = Faults {
        lost: first,
        ..Faults::default()
    };
    assert_eq!(seen(lost).await, ("no answer".to_owned(), true));
    let flip = Faults {
        flip: first,
        ..Faults::default()
    };
    let damaged = ("400 XAmzContentSHA256Mismatch".to_owned(), false);
    assert_eq!(seen(flip).await, damaged);
    let skewed = Faults {
        clock_ahead: -3_600,
        ..Faults::default()
    };
    assert_eq!(
        seen(skewed).await,
        ("403 RequestTimeTooSkewed".to_owned(), false)
    );
}

/// Bodies whose hash is not part of the signature, as over TLS: the checksum is all that tells.
#[tokio::test]
async fn a_flipped_bit_is_found_by_the_checksum_alone() {
    let server = S3Server::start();
    let client = server.client();
    let body = vec![0; 1_000];
    let unsigned = |key: &str| {
        let put = put(&client, key, &body);
        async move { put.customize().disable_payload_signing().send().await }
    };
    server.faults(Faults {
        flip: Share::Nth(2),
        ..Faults::default()
    });
    unsigned("a").await.unwrap();
    assert_eq!(refusal(unsigned("b").await), "400 BadDigest");
    unsigned("b").await.unwrap();
    assert_eq!(server.requests().hit(Fault::Flip), 1);
    assert_eq!(server.object("b").unwrap(), body);

    // A store that looks at no checksum keeps it.
    server.faults(Faults {
        flip: Share::First(1),
        lacks: vec![Lack::Checksums],
        ..Faults::default()
    });
    let answer = unsigned("c").await.unwrap();
    assert_eq!(answer.checksum_crc32(), None);
    assert_ne!(server.object("c").unwrap(), body);
}

#[tokio::test]
async fn a_store_may_ignore_conditions() {
    let server = S3Server::start();
    let client = server.client();
    server.faults(Faults {
        lacks: vec![Lack::ConditionalPut],
        ..Faults::default()
    });
    for body in [b"one", b"two"] {
        put(&client, "a", body)
            .if_none_match("*")
            .send()
            .await
            .unwrap();
    }
    assert_eq!(server.object("a").unwrap(), "two");
}

#[tokio::test]
async fn a_reset_comes_in_the_middle_of_an_answer() {
    let server = S3Server::start();
    server.overwrite("a", vec![0; 100_000]);
    server.faults(Faults {
        on: vec![Operation::GetObject],
        reset: Share::First(1),
        ..Faults::default()
    });
    let client = server.client();
    client
        .head_object()
        .bucket(BUCKET)
        .key("a")
        .send()
        .await
        .unwrap();
    let answer = client.get_object().bucket(BUCKET).key("a").send().await;
    // The reset may overtake the beginning of the answer.
    if let Ok(answer) = answer {
        answer.body.collect().await.unwrap_err();
    }
    assert_eq!(get(&client, "a").await.len(), 100_000);
    let requests = server.requests();
    let statuses: Vec<_> = requests
        .of(Operation::GetObject)
        .map(|get| get.status)
        .collect();
    assert_eq!(statuses, [None, Some(200)]);
}

#[tokio::test]
async fn a_stuck_request_is_the_clients_to_end() {
    let server = S3Server::start();
    server.faults(Faults {
        stuck: Share::Nth(2),
        ..Faults::default()
    });
    let timeout = TimeoutConfig::builder().operation_timeout(Duration::from_millis(500));
    let config = server.config().timeout_config(timeout.build()).build();
    let client = Client::from_conf(config);
    put(&client, "a", b"body").send().await.unwrap();
    let stuck = put(&client, "b", b"body").send().await.unwrap_err();
    assert!(matches!(stuck, SdkError::TimeoutError(_)), "{stuck:?}");
    put(&client, "c", b"body").send().await.unwrap();
    let keys: Vec<String> = server.objects().into_keys().collect();
    assert_eq!(keys, ["a", "c"]);
}

#[tokio::test]
async fn the_lots_depend_on_the_seed_alone() {
    let hit = async |seed: u64, backwards: bool| {
        let server = S3Server::start();
        server.faults(Faults {
            seed,
            under: "landing/".to_owned(),
            slow_down: Share::Of(0.2),
            internal_error: Share::Of(0.2),
            ..Faults::default()
        });
        let client = server.client();
        let mut keys: Vec<String> = (0..100).map(|n| format!("landing/{n}")).collect();
        keys.extend((0..20).map(|n| format!("curated/{n}")));
        if backwards {
            keys.reverse();
        }
        let mut answers = Vec::new();
        for key in keys {
            let answer = put(&client, &key, b"").send().await;
            answers.push((key, refusal(answer)));
        }
        answers.sort();
        answers
    };
    let once = hit(1, false).await;
    assert_eq!(once, hit(1, true).await);
    assert_ne!(once, hit(2, false).await);
    let count = |what: &str| once.iter().filter(|(_, answer)| answer == what).count();
    assert!((8..35).contains(&count("503 SlowDown")), "{once:?}");
    assert!((5..30).contains(&count("500 InternalError")), "{once:?}");
    let elsewhere = once.iter().filter(|(key, _)| key.starts_with("curated/"));
    assert!(
        elsewhere
            .map(|(_, answer)| answer)
            .all(|answer| answer == "not refused")
    );
}

#[tokio::test]
async fn a_cap_on_requests_holds() {
    let server = S3Server::start();
    server.faults(Faults {
        rate: Some(200.0),
        ..Faults::default()
    });
    let client = server.client();
    let begin = Instant::now();
    let mut answered = 0;
    for n in 0..300 {
        match put(&client, &n.to_string(), b"").send().await {
            Ok(_) => answered += 1,
            error => assert_eq!(refusal(error), "503 SlowDown"),
        }
    }
    // A quarter of a second's worth at once, and no more than the rate after that.
    let most = 50.0 + 200.0 * begin.elapsed().as_secs_f64();
    assert!(
        (50..=most as usize).contains(&answered),
        "{answered} of {most}"
    );
    assert_eq!(server.requests().hit(Fault::Rate), 300 - answered);
    assert_eq!(server.requests().refused().count(), 300 - answered);
}

#[tokio::test]
async fn slowness_is_felt_both_ways() {
    let server = S3Server::start();
    let client = server.client();
    server.faults(Faults {
        slow_body: Some(200_000),
        ..Faults::default()
    });
    let body = vec![1; 50_000];
    let begin = Instant::now();
    put(&client, "a", &body).send().await.unwrap();
    let up = begin.elapsed();
    assert_eq!(get(&client, "a").await, body);
    let down = begin.elapsed().saturating_sub(up);
    assert!(
        up.min(down) >= Duration::from_millis(250),
        "{up:?} {down:?}"
    );

    server.faults(Faults {
        latency: Duration::from_millis(30),
        ..Faults::default()
    });
    let begin = Instant::now();
    client
        .head_object()
        .bucket(BUCKET)
        .key("a")
        .send()
        .await
        .unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(30));
}

/// What a test needs to kill a process at its n-th PUT: from then on nothing more gets in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn puts_are_held_after_so_many() {
    let server = S3Server::start();
    server.faults(Faults {
        under: "landing/".to_owned(),
        hold_after_puts: Some(5),
        ..Faults::default()
    });
    let client = server.client();
    put(&client, "elsewhere", b"").send().await.unwrap();
    let puts: Vec<_> = (0..20)
        .map(|n| tokio::spawn(put(&client, &format!("landing/{n}"), b"").send()))
        .collect();
    tokio::task::block_in_place(|| server.wait_for_puts(5));
    put(&client, "elsewhere", b"").send().await.unwrap();
    assert_eq!(server.objects().len(), 6);
    // The client dies.
    for put in &puts {
        put.abort();
    }
    let ended = join_all(puts).await;
    assert!(ended.iter().filter(|ended| ended.is_ok()).count() <= 5);
    server.disconnect();
    assert_eq!(server.objects().len(), 6);

    // Nothing of it arrives late.
    server.reset_requests();
    let client = server.client();
    put(&client, "landing/21", b"").send().await.unwrap();
    assert_eq!(server.objects().len(), 7);
    assert_eq!(server.requests().iter().count(), 1);
}
