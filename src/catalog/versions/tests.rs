//! The decision, case by case. A log is written as words: `A B` are two published snapshots, `B>1` rolls back to entry 1 (`B` is
//! the name of that entry's snapshot), `-A` expires.

use serde_json::{Value, json};

use super::*;
use crate::datasets::covidx_ct::contract;

/// Snapshot `A`, `B`, …
fn snapshot(letter: &str) -> SnapshotName {
    let digit = letter.bytes().next().expect("a letter") - b'A';
    let name = format!("20261123T2015{digit:02}Z-3f9a1c2b-7d1e");
    name.parse().expect("a name")
}

fn letter(name: &SnapshotName) -> char {
    let digit: u8 = name.as_str()[13..15].parse().expect("digits");
    char::from(b'A' + digit)
}

fn log(words: &str) -> Vec<Entry> {
    let words = words.split_whitespace();
    let mut shown = "A";
    let mut entries = Vec::new();
    for (number, word) in (1_u64..).zip(words) {
        let operation = if let Some(expired) = word.strip_prefix('-') {
            json!({"kind": "expire", "snapshots": [snapshot(expired)]})
        } else if let Some((back, to)) = word.split_once('>') {
            shown = back;
            json!({"kind": "rollback", "to": to.parse::<u64>().expect("a number")})
        } else {
            shown = word;
            json!({"kind": "publish"})
        };
        entries.push(entry(number, operation, shown));
    }
    entries
}

fn entry(number: u64, operation: Value, shown: &str) -> Entry {
    let files = json!([{
        "path": "p", "partition": [], "rows": 1, "bytes": 1, "sha256": "", "columns": {},
    }]);
    // A snapshot from `M` on has previews.
    let previews = if shown >= "M" { files } else { json!([]) };
    serde_json::from_value(json!({
        "number": number,
        "operation": operation,
        "snapshot": snapshot(shown),
        "snapshot_id": number,
        "content_id": shown,
        "parent": null,
        "committed_at": "2026-11-23T20:15:00Z",
        "release": "CT-2A",
        "tool_version": "0.1.0",
        "contract_version": "1.0.0",
        "inputs": [],
        "tables": {"previews": {"files": previews}},
    }))
    .expect("an entry")
}

/// `1A 2B` are versions for entries 1 and 2; the last one is the current one, and the one that files are named of.
fn history(words: &str) -> History {
    let readable: Vec<Version> = words
        .split_whitespace()
        .map(|word| {
            let (entry, name) = word.split_at(word.len() - 1);
            Version {
                entry: entry.parse().expect("a number"),
                snapshot: snapshot(name),
            }
        })
        .collect();
    let current = readable.last().cloned();
    History {
        snapshots: current.iter().map(|shown| shown.snapshot.clone()).collect(),
        current,
        readable,
        ..History::default()
    }
}

fn foreign(words: &str) -> History {
    History {
        foreign: Some(Foreign {
            version: "7".to_owned(),
            operation: "OPTIMIZE".to_owned(),
        }),
        ..history(words)
    }
}

fn table(name: &str) -> &'static Table {
    contract().table(name).expect("a table")
}

/// `publish 2B`, `rollback 3A to 1`, `describe`, `expire 1A 2B`, each after its table where there are several.
fn text(steps: &[Step], named: bool) -> String {
    let version = |version: &Version| format!("{}{}", version.entry, letter(&version.snapshot));
    let steps = steps.iter().map(|step| {
        let action = match &step.action {
            Action::Publish(shown) => format!("publish {}", version(shown)),
            Action::Rollback { version: shown, to } => {
                format!("rollback {} to {to}", version(shown))
            }
            Action::Describe { .. } => "describe".to_owned(),
            Action::Expire { versions } => {
                let versions: Vec<String> = versions.iter().map(version).collect();
                format!("expire {}", versions.join(" "))
            }
        };
        if named {
            format!("{} {action}", step.table)
        } else {
            action
        }
    });
    steps.collect::<Vec<_>>().join(", ")
}

fn steps(log_words: &str, history: History, force: bool) -> Result<String, Refusal> {
    let tables = [(table("ct_slices"), history)];
    decide(&log(log_words), &tables, force).map(|steps| text(&steps, false))
}

#[test]
fn every_entry_becomes_a_version_once() {
    for (log_words, shown, expected) in [
        // Nothing is there yet.
        ("A", "", "publish 1A"),
        ("A B C", "", "publish 1A, publish 2B, publish 3C"),
        // Up to date, and behind by one and by two.
        ("A B C", "1A 2B 3C", ""),
        ("A B C", "1A 2B", "publish 3C"),
        ("A B C", "1A", "publish 2B, publish 3C"),
        // Rolled back: to a version that is there, to one that never was, to one made in the same run.
        ("A B A>1", "1A 2B", "rollback 3A to 1"),
        ("A B A>1", "2B", "publish 3A"),
        ("A B A>1", "", "publish 1A, publish 2B, rollback 3A to 1"),
        ("A B A>1 B>2", "1A 2B 3A", "rollback 4B to 2"),
        ("A B A>1 B>2 A>1", "1A 2B 3A 4B", "rollback 5A to 3"),
        // Expired: never shown, shown, and the entry that says so.
        ("A B C -A", "", "publish 2B, publish 3C"),
        ("A B C -A", "1A", "publish 2B, publish 3C, expire 1A"),
        ("A B C -A", "1A 2B 3C", "expire 1A"),
        ("A B C -A -B", "1A 2B 3C", "expire 1A 2B"),
        ("A B C -A", "2B 3C", ""),
        ("A B C -A D", "2B 3C", "publish 5D"),
        // What was between two entries of one snapshot is gone: nothing is to be done.
        ("A B A>1 -B", "1A", ""),
        ("A B A>1 -B", "", "publish 1A"),
        ("A B A>1 -B C", "1A", "publish 5C"),
    ] {
        let found = steps(log_words, history(shown), false).expect("no refusal");
        assert_eq!(found, expected, "log {log_words}, shown {shown}");
    }
}

#[test]
fn a_plan_that_was_carried_out_leaves_nothing_to_do() {
    for log_words in ["A", "A B A>1", "A B C -A", "A B A>1 -B C -A D C>5"] {
        let mut shown = History::default();
        let planned = decide(
            &log(log_words),
            &[(table("patients"), History::default())],
            false,
        );
        for step in planned.expect("no refusal") {
            let (Action::Publish(version) | Action::Rollback { version, .. }) = step.action else {
                panic!("of a table that isn't there nothing can go: {step:?}");
            };
            shown.snapshots = [version.snapshot.clone()].into();
            shown.readable.push(version.clone());
            shown.current = Some(version);
        }
        assert_eq!(steps(log_words, shown, false).expect("no refusal"), "");
    }
}

#[test]
fn who_only_expires_leaves_what_a_table_shows() {
    let (patients, slices) = (table("patients"), table("ct_slices"));
    let tables = [(patients, history("1A")), (slices, history("1A 2B"))];
    let entries = log("A B -A");
    let steps = decide(&entries, &tables, false).expect("no refusal");
    assert_eq!(
        text(&steps, true),
        "patients publish 2B, ct_slices expire 1A, patients expire 1A"
    );
    assert_eq!(
        text(&expire(&entries, &tables), true),
        "ct_slices expire 1A"
    );
    // Nor does it matter who has written, and what readers would say.
    let tables = [(patients, foreign("1A 2B")), (slices, history("2B"))];
    assert_eq!(text(&expire(&entries, &tables), true), "patients expire 1A");
}

#[test]
fn somebody_elses_version_is_overwritten_when_told_to_only() {
    for (log_words, shown, forced) in [
        ("A B", "1A 2B", "publish 2B"),
        ("A B C", "1A 2B", "publish 3C"),
        ("A B A>1", "1A 2B 3A", "publish 3A"),
        ("A B -A", "1A 2B", "publish 2B, expire 1A"),
    ] {
        let refused = steps(log_words, foreign(shown), false).expect_err("a refusal");
        assert!(matches!(refused, Refusal::Foreign { .. }), "{refused}");
        let found = steps(log_words, foreign(shown), true).expect("forced");
        assert_eq!(found, forced, "log {log_words}, shown {shown}");
    }
}

#[test]
fn a_log_that_is_not_the_one_that_was_shown_is_noticed() {
    let behind = steps("A B", history("1A 2B 3C"), false).expect_err("a refusal");
    assert_eq!(
        behind.to_string(),
        "`ct_slices` shows entry 3 (20261123T201502Z-3f9a1c2b-7d1e), expected an entry of the log, which has no entry after 2"
    );
    let other = steps("A B D", history("1A 2B 3C"), false).expect_err("a refusal");
    assert!(
        other
            .to_string()
            .contains("which has 20261123T201503Z-3f9a1c2b-7d1e there"),
        "{other}"
    );
    for (log_words, forced) in [("A B", "publish 2B"), ("A B D", "publish 3D")] {
        let found = steps(log_words, history("1A 2B 3C"), true).expect("forced");
        assert_eq!(found, forced);
    }
}

#[test]
fn of_several_tables_each_entry_is_shown_before_the_next_and_removing_goes_backwards() {
    let (patients, slices) = (table("patients"), table("ct_slices"));
    let different = History {
        differences: vec![Change {
            what: "column age".to_owned(),
            from: None,
            to: Some("integer".to_owned()),
        }],
        ..history("1A")
    };
    let tables = [(patients, different), (slices, history("1A 2B"))];
    let steps = decide(&log("A B C -A"), &tables, false).expect("no refusal");
    assert_eq!(
        text(&steps, true),
        "patients publish 2B, patients publish 3C, ct_slices publish 3C, patients describe, \
         ct_slices expire 1A, patients expire 1A"
    );
}

#[test]
fn an_optional_table_begins_with_the_first_entry_that_has_rows() {
    let previews = |log_words, shown| {
        let tables = [(table("previews"), history(shown))];
        let steps = decide(&log(log_words), &tables, false).expect("no refusal");
        text(&steps, false)
    };
    assert_eq!(previews("A B", ""), "");
    assert_eq!(previews("A M", ""), "publish 2M");
    // And is empty from the next one that has none.
    assert_eq!(previews("A M B", "2M"), "publish 3B");
}

#[test]
fn what_readers_would_not_survive_is_refused_even_when_forced() {
    let incompatible = History {
        incompatible: Some(Incompatible::Dropped {
            table: "ct_slices".to_owned(),
            column: "old".to_owned(),
        }),
        ..history("1A")
    };
    for force in [false, true] {
        let refused = steps("A B", incompatible.clone(), force).expect_err("a refusal");
        assert!(matches!(refused, Refusal::Incompatible(_)), "{refused}");
    }
}
