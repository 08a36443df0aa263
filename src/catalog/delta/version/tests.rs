//! The bytes of each version, and what readers make of them.

use std::fmt::Write;

use insta::assert_snapshot;
use serde_json::json;

use super::*;
use crate::catalog::versions::Action as Step;
use crate::datasets::covidx_ct::contract;
use crate::lake::DataFile;

const A: &str = "20261123T201500Z-3f9a1c2b-7d1e";
const B: &str = "20261124T081500Z-0a1b2c3d-0001";

fn table() -> &'static Table {
    contract().table("quality_findings").expect("a table")
}

fn keyed() -> &'static Table {
    contract().table("patients").expect("a table")
}

fn file(table: &Table, snapshot: &str, country: Option<&str>) -> DataFile {
    let folders = country.map_or_else(String::new, |country| format!("country={country}/"));
    let key = |country: &str| [("country".to_owned(), country.to_owned())].to_vec();
    serde_json::from_value(json!({
        "path": format!("curated/{}/{snapshot}/{folders}part-00000.parquet", table.name),
        "partition": country.map_or_else(Vec::new, key),
        "rows": 3,
        "bytes": 1234,
        "sha256": "",
        "columns": {"1": {"lower": "a", "upper": "b", "nulls": 0}},
    }))
    .expect("a file")
}

fn entry(number: u64, snapshot: &str, table: &Table, files: Vec<DataFile>) -> Entry {
    serde_json::from_value(json!({
        "number": number,
        "operation": {"kind": "publish"},
        "snapshot": snapshot,
        "snapshot_id": number,
        "content_id": snapshot,
        "parent": null,
        "committed_at": "2026-11-24T09:00:00Z",
        "release": "CT-2A",
        "tool_version": "0.1.0",
        "contract_version": "1.0.0",
        "inputs": [],
        "tables": {table.name.clone(): {"files": files}},
    }))
    .expect("an entry")
}

fn shown(entry: &Entry) -> Version {
    Version {
        entry: entry.number,
        snapshot: entry.snapshot.clone(),
    }
}

/// One action a line, without the long schema.
fn brief(table: &Table, actions: &[Action]) -> String {
    let text = String::from_utf8(text(actions)).expect("UTF-8");
    let schema = json!(schema::metadata(table, None, "", 0).schema_string).to_string();
    text.replace(&schema, "\"[SCHEMA]\"")
        .replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
}

#[test]
fn two_snapshots_and_a_rollback() {
    let table = table();
    let a = entry(1, A, table, vec![file(table, A, None)]);
    let b = entry(2, B, table, vec![file(table, B, None)]);
    let back = entry(3, A, table, vec![file(table, A, None)]);
    let steps = [
        (&a, Step::Publish(shown(&a))),
        (&b, Step::Publish(shown(&b))),
        (
            &back,
            Step::Rollback {
                version: shown(&back),
                to: 1,
            },
        ),
    ];
    let mut found = DeltaTable::default();
    let mut text = String::new();
    for (entry, step) in steps {
        let actions = next(table, &found, &step, entry);
        let _ = writeln!(
            text,
            "-- version {}\n{}",
            found.next,
            brief(table, &actions)
        );
        found.push(actions);
    }
    assert_snapshot!(text, @r#"
    -- version 0
    {"commitInfo":{"timestamp":1795510800000,"operation":"CREATE TABLE","operationParameters":{"mode":"Overwrite","partitionBy":"[]"},"engineInfo":"ctlake/[VERSION]","userMetadata":"{\"ctlake.log_entry\":1,\"ctlake.snapshot\":\"20261123T201500Z-3f9a1c2b-7d1e\"}"}}
    {"protocol":{"minReaderVersion":1,"minWriterVersion":2}}
    {"metaData":{"id":"1b1f3688-1965-8608-b69a-40cb211af707","name":"quality_findings","description":"What the build found doubtful in its input. No finding removes a row of the other tables. The rules are listed under qualityRules in this contract.","format":{"provider":"parquet","options":{}},"schemaString":"[SCHEMA]","partitionColumns":[],"configuration":{"delta.deletedFileRetentionDuration":"interval 36500 days","delta.logRetentionDuration":"interval 36500 days"},"createdTime":1795510800000}}
    {"add":{"path":"20261123T201500Z-3f9a1c2b-7d1e/part-00000.parquet","partitionValues":{},"size":1234,"modificationTime":1795464900000,"dataChange":true,"stats":"{\"numRecords\":3,\"minValues\":{\"rule\":\"a\"},\"maxValues\":{\"rule\":\"b\"},\"nullCount\":{\"rule\":0}}"}}

    -- version 1
    {"commitInfo":{"timestamp":1795510800000,"operation":"WRITE","operationParameters":{"mode":"Overwrite","partitionBy":"[]"},"engineInfo":"ctlake/[VERSION]","userMetadata":"{\"ctlake.log_entry\":2,\"ctlake.snapshot\":\"20261124T081500Z-0a1b2c3d-0001\"}"}}
    {"remove":{"path":"20261123T201500Z-3f9a1c2b-7d1e/part-00000.parquet","deletionTimestamp":1795510800000,"dataChange":true,"extendedFileMetadata":true,"partitionValues":{},"size":1234}}
    {"add":{"path":"20261124T081500Z-0a1b2c3d-0001/part-00000.parquet","partitionValues":{},"size":1234,"modificationTime":1795508100000,"dataChange":true,"stats":"{\"numRecords\":3,\"minValues\":{\"rule\":\"a\"},\"maxValues\":{\"rule\":\"b\"},\"nullCount\":{\"rule\":0}}"}}

    -- version 2
    {"commitInfo":{"timestamp":1795510800000,"operation":"RESTORE","operationParameters":{"version":"0"},"engineInfo":"ctlake/[VERSION]","userMetadata":"{\"ctlake.log_entry\":3,\"ctlake.snapshot\":\"20261123T201500Z-3f9a1c2b-7d1e\"}"}}
    {"remove":{"path":"20261124T081500Z-0a1b2c3d-0001/part-00000.parquet","deletionTimestamp":1795510800000,"dataChange":true,"extendedFileMetadata":true,"partitionValues":{},"size":1234}}
    {"add":{"path":"20261123T201500Z-3f9a1c2b-7d1e/part-00000.parquet","partitionValues":{},"size":1234,"modificationTime":1795464900000,"dataChange":true,"stats":"{\"numRecords\":3,\"minValues\":{\"rule\":\"a\"},\"maxValues\":{\"rule\":\"b\"},\"nullCount\":{\"rule\":0}}"}}
    "#);
    assert_eq!(found.current(), Some(&shown(&back)));
    let active: Vec<&String> = found.active.keys().collect();
    assert_eq!(active, [&format!("{A}/part-00000.parquet")]);
}

#[test]
fn the_schema_has_the_contract_s_columns_and_the_keys_at_its_end() {
    let metadata = schema::metadata(keyed(), None, A, 7);
    let fields: Value = serde_json::from_str(&metadata.schema_string).expect("JSON");
    let words: Vec<String> = fields["fields"]
        .as_array()
        .expect("fields")
        .iter()
        .map(|field| format!("{} {}", field["name"], field["type"]).replace('"', ""))
        .collect();
    assert_snapshot!(words.join(", "), @"patient_id string, source string, age integer, age_band string, age_band_order integer, verified_finding string, slice_selection string, view string, modality string, scans integer, slices integer, split string, in_metadata boolean, cover_image_key string, country string, sex string, diagnosis string");
    assert_eq!(metadata.partition_columns, ["country", "sex", "diagnosis"]);
}

#[test]
fn a_version_read_back_is_the_version_that_was_written() {
    let table = keyed();
    let a = entry(1, A, table, vec![file(table, A, Some("Côte d'Ivoire"))]);
    let actions = next(table, &DeltaTable::default(), &Step::Publish(shown(&a)), &a);
    let mut read = DeltaTable::default();
    read.read("key", &text(&actions)).expect("readable");
    assert_eq!(read.current(), Some(&shown(&a)));
    assert!(read.foreign.is_none());
    // What is there already is neither added nor removed, and its description is not said again.
    let again = next(table, &read, &Step::Publish(shown(&a)), &a);
    assert_eq!(again.len(), 1, "{again:?}");
}

#[test]
fn what_somebody_else_has_added_is_removed_by_its_own_path() {
    let table = table();
    let a = entry(1, A, table, vec![file(table, A, None)]);
    let mut found = DeltaTable::default();
    found.push(next(table, &found, &Step::Publish(shown(&a)), &a));
    let foreign = r#"{"commitInfo":{"timestamp":1,"operation":"OPTIMIZE","tags":{}}}
{"remove":{"path":"20261123T201500Z-3f9a1c2b-7d1e/part-00000.parquet","dataChange":false}}
{"add":{"path":"part-%20x.parquet","partitionValues":{"k":null},"size":9,"modificationTime":1,"dataChange":false,"tags":{}}}
"#;
    found.read("key", foreign.as_bytes()).expect("readable");
    let said = found.foreign.clone().expect("noticed");
    assert_eq!((&*said.version, &*said.operation), ("1", "OPTIMIZE"));
    let actions = next(table, &found, &Step::Publish(shown(&a)), &a);
    let removed: Vec<&str> = actions
        .iter()
        .filter_map(|action| Some(&*action.remove.as_ref()?.path))
        .collect();
    assert_eq!(removed, ["part-%20x.parquet"]);
    assert_eq!(
        actions.iter().filter(|action| action.add.is_some()).count(),
        1
    );
    found.push(actions);
    assert!(found.foreign.is_none());
}

#[test]
fn a_version_that_only_tells_of_a_vacuum_is_nobody_s_change() {
    let mut found = DeltaTable::default();
    let vacuum = br#"{"commitInfo":{"timestamp":1,"operation":"VACUUM END"}}"#;
    found.read("key", vacuum).expect("readable");
    assert!(found.foreign.is_none());
    assert_eq!(found.next, 1);
}

#[test]
fn a_table_for_other_readers_is_refused() {
    let mut found = DeltaTable::default();
    let raised = br#"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"]}}"#;
    let refused = found.read("curated/t/_delta_log/0.json", raised);
    assert!(matches!(
        refused,
        Err(crate::catalog::DeltaError::Protocol {
            reader: 3,
            writer: 7,
            ..
        })
    ));
    let torn = found.read("curated/t/_delta_log/1.json", b"{\"add\":");
    assert!(matches!(
        torn,
        Err(crate::catalog::DeltaError::Damaged { .. })
    ));
}

#[test]
fn a_new_column_is_said_once_and_the_user_s_properties_stay() {
    let table = table();
    let a = entry(1, A, table, vec![file(table, A, None)]);
    let mut found = DeltaTable::default();
    found.push(next(table, &found, &Step::Publish(shown(&a)), &a));
    let metadata = found.metadata.as_mut().expect("there");
    let id = metadata.id.clone();
    metadata.schema_string = metadata.schema_string.replacen("\"rule\"", "\"regel\"", 1);
    metadata
        .configuration
        .insert("owner".to_owned(), "me".to_owned());
    metadata.configuration.remove("delta.logRetentionDuration");
    let describe = Step::Describe {
        changes: Vec::new(),
    };
    let actions = next(table, &found, &describe, &a);
    assert_eq!(actions.len(), 2, "{actions:?}");
    found.push(actions);
    let metadata = found.metadata.expect("there");
    assert_eq!(metadata.id, id);
    assert!(metadata.schema_string.contains("\"rule\""));
    assert_eq!(
        metadata.configuration.keys().collect::<Vec<_>>(),
        [
            "delta.deletedFileRetentionDuration",
            "delta.logRetentionDuration",
            "owner"
        ]
    );
}
