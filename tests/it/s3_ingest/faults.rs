//! A store, and a way to it, that fail: nothing is lost.

use super::{Ground, files};
use crate::support::s3::{Fault, Faults, Operation, Share};

/// Faults of the PUTs of files.
fn on_files(faults: Faults) -> Faults {
    Faults {
        seed: 7,
        on: vec![Operation::PutObject],
        under: "team/covid/landing/".to_owned(),
        ..faults
    }
}

/// Runs under `faults` and finds everything stored all the same; gives how often `fault` hit.
fn survives(faults: Faults, fault: Fault) -> usize {
    let ground = Ground::new();
    ground.server.faults(on_files(faults));
    let summary = ground.ingest(&[], 0);
    assert_eq!(files(&summary, "stored"), ground.files, "{summary}");
    let hits = ground.server.requests().hit(fault);
    assert_eq!(
        summary["requests"].as_u64().unwrap() as usize,
        ground.file_puts()
    );
    ground.check_whole();
    hits
}

#[test]
fn slow_down_on_a_tenth() {
    let faults = Faults {
        slow_down: Share::Of(0.1),
        ..Faults::default()
    };
    assert!(survives(faults, Fault::SlowDown) > 5);
}

#[test]
fn internal_errors_on_a_tenth() {
    let faults = Faults {
        internal_error: Share::Of(0.1),
        ..Faults::default()
    };
    assert!(survives(faults, Fault::InternalError) > 5);
}

#[test]
fn resets_and_lost_answers() {
    let faults = Faults {
        reset: Share::Of(0.05),
        lost: Share::Of(0.05),
        ..Faults::default()
    };
    assert!(survives(faults, Fault::Reset) > 0);
}

#[test]
fn flipped_bits_are_all_found_and_repaired() {
    let faults = Faults {
        flip: Share::First(12),
        ..Faults::default()
    };
    assert_eq!(survives(faults, Fault::Flip), 12);
}

#[test]
fn a_request_that_is_never_answered() {
    let ground = Ground::new();
    ground.server.faults(on_files(Faults {
        stuck: Share::Nth(3),
        ..Faults::default()
    }));
    let summary = ground.ingest(&["--request-timeout", "1s"], 0);
    assert_eq!(summary["retries"], 1, "{summary}");
    ground.check_whole();
}

#[test]
fn slow_bodies() {
    let ground = Ground::new();
    ground.server.faults(on_files(Faults {
        slow_body: Some(200_000),
        ..Faults::default()
    }));
    let summary = ground.ingest(&[], 0);
    assert_eq!(summary["retries"], 0, "{summary}");
    ground.check_whole();
}

#[test]
fn slow_down_on_a_half_ends_with_the_exact_list_or_whole() {
    let ground = Ground::new();
    ground.server.faults(on_files(Faults {
        slow_down: Share::Of(0.5),
        ..Faults::default()
    }));
    let outcome = ground.ctlake(&["ingest", "dataset.zip", "--json"]);
    let summary = outcome.json_lines().pop().unwrap()["summary"].clone();
    let failed = summary["failed"].as_array().unwrap();
    assert_eq!(ground.landed() + failed.len(), ground.files);
    for file in failed {
        let key = format!(
            "team/covid/landing/CT-2A/{}",
            file["path"].as_str().unwrap()
        );
        assert!(ground.server.object(&key).is_none(), "{key}");
    }
    ground.server.faults(Faults::default());
    let second = ground.ingest(&[], 0);
    assert_eq!(files(&second, "stored"), failed.len());
    ground.check_whole();
}

#[test]
fn a_file_that_is_always_refused_is_listed_in_a_report() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        under: "team/covid/landing/CT-2A/metadata".to_owned(),
        ..on_files(Faults {
            internal_error: Share::Of(1.0),
            ..Faults::default()
        })
    });
    let summary = ground.ingest(&[], 3);
    assert_eq!(summary["failed"][0]["path"], "metadata.csv");
    let reason = summary["failed"][0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("given up after 10 tries: "), "{reason}");
    let report = format!("team/covid/{}", summary["report"].as_str().unwrap());
    let report: serde_json::Value =
        serde_json::from_slice(&ground.server.object(&report).unwrap()).unwrap();
    assert_eq!(report["summary"]["failed"], summary["failed"]);
    ground.server.faults(Faults::default());
    assert_eq!(files(&ground.ingest(&[], 0), "stored"), 1);
    ground.check_whole();
}
