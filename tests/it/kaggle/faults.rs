//! What a network and a storage do to ranges: in the end every byte is there.

use std::time::{Duration, Instant};

use super::{Ground, SOURCE, files};
use crate::support::kaggle::{Expiry, Fault, Faults, Operation, Quirk, Request, RetryAfter, Share};

/// Ingests all of it under `faults`; gives the ground to look at what was asked.
#[track_caller]
fn survives(faults: Faults) -> Ground {
    let ground = Ground::new();
    ground.server.faults(faults);
    let summary = ground.ingest(SOURCE, &["--idle-timeout", "1s"], 0);
    assert_eq!(
        files(&summary, "stored"),
        ground.dataset.files().len() as u64
    );
    ground.check_whole();
    ground
}

#[test]
fn connections_that_break() {
    let ground = survives(Faults {
        seed: 1,
        reset: Share::Of(0.2),
        cut: Share::Of(0.2),
        ..Faults::default()
    });
    let requests = ground.server.requests();
    assert!(requests.hit(Fault::Reset) > 0 && requests.hit(Fault::Cut) > 0);
    // What has arrived is not asked for again.
    let ranges: Vec<_> = requests.storage().skip(1).collect();
    for (index, cut) in ranges.iter().enumerate() {
        let begins_there = |later: &&Request| {
            let begin = |request: &Request| request.served.as_ref().map(|range| range.start);
            begin(later) == begin(cut)
        };
        let is_cut = cut.fault == Some(Fault::Cut);
        assert!(
            !is_cut
                || !ranges[index + 1..]
                    .iter()
                    .copied()
                    .any(|later| begins_there(&later))
        );
    }
    let archive = ground.archive.len() as u64;
    assert!(
        requests.bytes_sent() < archive + archive / 2 + 256 * 1024,
        "{}",
        requests.bytes_sent()
    );
}

#[test]
fn ranges_that_are_shorter_than_asked_for() {
    let ground = survives(Faults {
        short: Share::Of(0.3),
        ..Faults::default()
    });
    assert!(ground.server.requests().hit(Fault::Short) > 0);
}

#[test]
fn a_storage_that_is_busy() {
    for retry_after in [
        RetryAfter::Seconds(0.01),
        RetryAfter::Date(1),
        RetryAfter::None,
    ] {
        let ground = survives(Faults {
            storage_503: Share::Of(0.1),
            storage_429: Share::Of(0.1),
            retry_after,
            ..Faults::default()
        });
        let requests = ground.server.requests();
        assert!(requests.hit(Fault::Unavailable) > 0 && requests.hit(Fault::TooManyRequests) > 0);
    }
}

#[test]
fn a_storage_is_asked_again_when_it_says() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        storage_503: Share::First(1),
        retry_after: RetryAfter::Seconds(0.7),
        ..Faults::default()
    });
    ground.ctlake(&["ingest", SOURCE, "--dry-run"]).ok();
    let requests = ground.server.requests();
    let at: Vec<Duration> = requests.storage().map(|request| request.at).collect();
    // Longer than it would wait by itself.
    assert!(at[1] >= at[0] + Duration::from_millis(700), "{at:?}");
}

#[test]
fn an_answer_that_never_comes() {
    let ground = survives(Faults {
        stuck: Share::Nth(5),
        ..Faults::default()
    });
    assert_eq!(ground.server.requests().hit(Fault::Stuck), 1);
}

#[test]
fn a_slow_body_is_no_broken_one() {
    // Each range takes longer than the silence that is allowed.
    let ground = Ground::new();
    ground.server.faults(Faults {
        slow: Some(40_000),
        ..Faults::default()
    });
    let only = [
        "--idle-timeout",
        "1s",
        "--only",
        "metadata.csv",
        "--only",
        "*.txt",
    ];
    ground.ingest(SOURCE, &only, 0);
    let requests = ground.server.requests();
    assert!(requests.iter().all(|request| request.fault.is_none()));
    assert!(requests.count(Operation::Signed) < 6);
}

#[test]
fn bits_that_flip_on_the_way_are_found_and_fetched_again() {
    // The end of the archive, which comes first, is left alone.
    for request in [5, 9, 15] {
        let ground = Ground::new();
        ground.server.faults(Faults {
            flip: Share::Nth(request),
            ..Faults::default()
        });
        ground.ingest(SOURCE, &[], 0);
        assert_eq!(ground.server.requests().hit(Fault::Flip), 1);
        ground.check_whole();
    }
}

#[test]
fn a_url_that_expires_is_replaced_whatever_the_storage_says() {
    for expiry in [
        Expiry::ExpiredToken,
        Expiry::Unauthorized,
        Expiry::SignatureDoesNotMatch,
        Expiry::AccessDenied,
        Expiry::NoSuchKey,
    ] {
        let ground = survives(Faults {
            expire_after: Some(7),
            expiry,
            ..Faults::default()
        });
        let requests = ground.server.requests();
        let renewals = requests.count(Operation::DownloadDataset);
        // One call for each URL, however many ranges have met its end.
        let ranges = requests.ranges().len();
        assert!(
            renewals > 1 && renewals <= ranges / 7 + 1,
            "{renewals} URLs for {ranges} ranges"
        );
        assert_eq!(requests.count(Operation::GetDataset), 1);
    }
}

#[test]
fn a_storage_that_refuses_every_url_is_given_up_soon() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        expire_after: Some(0),
        ..Faults::default()
    });
    let said = ground.ctlake(&["ingest", SOURCE]).fails(1).to_string();
    let host = ground.server.url();
    let host = host.split('/').nth(2).unwrap();
    insta::assert_snapshot!(said.replace(host, "[STORAGE]"), @"
    exit 1
    --- stderr
    error: `http://[STORAGE]/kaggle-data-sets/1162498/4/bundle/archive.zip` answered 400 Bad Request (ExpiredToken)

    hint: check who may read it: a signed address may have expired, so get a new one
    ");
    assert!(ground.server.requests().count(Operation::DownloadDataset) <= 3);
}

#[test]
fn a_server_without_ranges_is_named() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        quirks: vec![Quirk::NoRanges],
        ..Faults::default()
    });
    let said = ground
        .ctlake(&["ingest", &ground.server.url()])
        .fails(1)
        .to_string();
    let host = ground.server.url();
    let host = host.split('/').nth(2).unwrap();
    insta::assert_snapshot!(said.replace(host, "[STORAGE]"), @"
    exit 1
    --- stderr
    error: expected `http://[STORAGE]/plain/archive.zip` to answer a range of bytes, got the whole file

    hint: download it by other means (`curl -L -o archive.zip …`), then name the file
    ");
    // Not all of it was read to find that out.
    assert!(ground.server.requests().bytes_sent() <= ground.archive.len() as u64);
}

#[test]
fn a_range_from_elsewhere_is_not_taken() {
    let misplaced = Faults {
        misplaced: Share::Nth(4),
        ..Faults::default()
    };
    let long = Faults {
        long: Share::Nth(4),
        ..Faults::default()
    };
    for faults in [misplaced, long] {
        let ground = Ground::new();
        ground.server.faults(faults);
        let args = ["ingest", SOURCE, "--range-size", "64kB"];
        let said = ground.ctlake(&args).fails(3);
        assert!(
            said.stderr()
                .contains("to answer a range of bytes, got bytes "),
            "{said}"
        );
        ground.no_faults();
        ground.ingest(SOURCE, &[], 0);
        ground.check_whole();
    }
}

#[test]
fn a_storage_that_is_gone_in_the_middle_ends_the_run_and_the_next_goes_on() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        storage_503: Share::Of(1.0),
        retry_after: RetryAfter::Seconds(0.0),
        ..Faults::default()
    });
    let begun = Instant::now();
    ground.ctlake(&["ingest", SOURCE]).fails(1);
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn without_tags_or_hashes_it_works_too() {
    for quirks in [
        vec![Quirk::NoEtag],
        vec![Quirk::NoHashes],
        vec![Quirk::Composite, Quirk::SplitHashes],
    ] {
        survives(Faults {
            quirks,
            ..Faults::default()
        });
    }
}
