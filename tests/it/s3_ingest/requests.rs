//! `-vv`: every request is reported with its outcome and its retries, `-v` the failed ones; nothing secret is in it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Ground, PREFIX};
use crate::support::s3::{Faults, Operation, Share};

/// Key and secret of the server's `env`.
fn secrets(ground: &Ground) -> Vec<String> {
    let environment = ground.server.env();
    let secret = |name: &&(&str, String)| name.0.contains("SECRET");
    let secrets: Vec<String> = environment
        .iter()
        .filter(secret)
        .map(|(_, value)| value.clone())
        .collect();
    assert!(!secrets.is_empty());
    secrets
}

fn told<'a>(events: &'a [Value], method: &str) -> Vec<&'a Value> {
    events
        .iter()
        .filter(|event| event["event"] == "request" && event["method"] == method)
        .collect()
}

#[test]
fn what_the_server_saw_is_what_is_told() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        seed: 3,
        on: vec![Operation::PutObject],
        under: format!("{PREFIX}/landing/"),
        slow_down: Share::Of(0.1),
        ..Faults::default()
    });
    let outcome = ground
        .ctlake(&["ingest", "dataset.zip", "-vv", "--json"])
        .ok();
    let events = outcome.json_lines();
    let mut statuses: BTreeMap<u64, usize> = BTreeMap::new();
    for event in told(&events, "PUT") {
        *statuses
            .entry(event["status"].as_u64().unwrap())
            .or_default() += 1;
    }
    let requests = ground.server.requests();
    let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
    for request in requests.of(Operation::PutObject) {
        *seen.entry(request.status.unwrap().into()).or_default() += 1;
    }
    assert_eq!(statuses, seen);
    assert!(seen[&503] > 0, "{seen:?}");
    let again = events.iter().filter(|event| event["again"] == true).count();
    assert_eq!(again, seen[&503]);
    for secret in secrets(&ground) {
        assert!(!outcome.raw_stdout().contains(&secret));
    }
}

#[test]
fn people_read_a_line_a_request() {
    let ground = Ground::new();
    let said = ground.ctlake(&["ingest", "dataset.zip", "-vv"]).ok();
    let endpoint = ground.server.endpoint();
    let line = format!("PUT {endpoint}/lake/{PREFIX}/landing/CT-2A/metadata.csv: 200 in ");
    assert!(said.stderr().contains(&line), "{}", said.stderr());
    assert!(!said.stderr().contains("Signature"), "{}", said.stderr());
    let quiet = ground.ctlake(&["verify", "-v"]).ok();
    assert!(!quiet.stderr().contains("GET "), "{}", quiet.stderr());
}
