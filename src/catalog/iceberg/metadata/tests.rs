//! The bytes of each version, and what readers make of them.

use iceberg::spec::{FormatVersion, Manifest, ManifestList, SnapshotLog};
use insta::assert_snapshot;
use serde_json::json;

use super::super::metadata_key;
use super::*;
use crate::contract::{Column, ColumnType};
use crate::datasets::covidx_ct::contract;
use crate::lake::DataFile;

const A: &str = "20261123T201500Z-3f9a1c2b-7d1e";
const B: &str = "20261124T081500Z-0a1b2c3d-0001";
const ROOT: &str = "s3://bucket/lake/";

fn table() -> &'static Table {
    contract().table("patients").expect("a table")
}

fn file(snapshot: &str, country: &str) -> DataFile {
    let partition = [("country", country), ("sex", "F"), ("diagnosis", "Normal")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    serde_json::from_value(json!({
        "path": format!("curated/patients/{snapshot}/country={country}/sex=F/diagnosis=Normal/part-00000.parquet"),
        "partition": partition,
        "rows": 3,
        "bytes": 1234,
        "sha256": "",
        "columns": {"1": {"lower": "NCP_1", "upper": "NCP_3", "nulls": 0}, "3": {"nulls": 3}},
    }))
    .expect("a file")
}

fn entry(number: u64, snapshot: &str) -> Entry {
    let files = [file(snapshot, "China"), file(snapshot, "Côte d'Ivoire")];
    let id = snapshot.bytes().map(i64::from).sum::<i64>();
    serde_json::from_value(json!({
        "number": number,
        "operation": {"kind": "publish"},
        "snapshot": snapshot,
        "snapshot_id": id,
        "content_id": snapshot,
        "parent": null,
        "committed_at": "2024-11-24T09:00:00Z",
        "release": "CT-2A",
        "tool_version": "0.1.0",
        "contract_version": "1.0.0",
        "inputs": [],
        "tables": {"patients": {"files": files}},
    }))
    .expect("an entry")
}

fn shown(entry: &Entry) -> Version {
    Version {
        entry: entry.number,
        snapshot: entry.snapshot.clone(),
    }
}

fn publish(entry: &Entry) -> Action {
    Action::Publish(shown(entry))
}

/// Takes a step, as the lake would.
async fn take(table: &Table, found: &mut IcebergTable, step: &Action, entry: &Entry) -> Next {
    let location = format!("{ROOT}iceberg/{}", table.name);
    let next = next(table, found, step, entry, [&location, ROOT])
        .await
        .expect("a version");
    found.version += 1;
    found.metadata = Some(next.metadata.clone());
    found.file = Some(format!(
        "{ROOT}{}",
        metadata_key(&table.name, found.version)
    ));
    next
}

/// The metadata without the long texts that the contract has.
fn brief(text: &Bytes) -> String {
    let mut value: Value = serde_json::from_slice(text).expect("JSON");
    for schema in value["schemas"].as_array_mut().expect("schemas") {
        let fields = schema["fields"].as_array().expect("fields").len();
        schema["fields"] = fields.into();
    }
    let properties = value["properties"].as_object_mut().expect("properties");
    properties
        .remove("schema.name-mapping.default")
        .expect("there");
    properties.remove("comment").expect("there");
    let text = serde_json::to_string_pretty(&value).expect("JSON");
    without_digests(&text)
}

/// Names of files have a digest of the release's version in them.
fn without_digests(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        match (line.find("snap-"), line.find(".avro")) {
            (Some(from), Some(to)) => {
                let name = &line[from..to];
                let (id, _) = name.rsplit_once('-').expect("a digest");
                out += &format!("{}{id}-[DIGEST]{}", &line[..from], &line[to..]);
            }
            _ => out += line,
        }
        out.push('\n');
    }
    out
}

#[tokio::test]
#[allow(
    clippy::too_many_lines,
    reason = "the metadata of a whole lake, to be read"
)]
async fn two_snapshots_and_a_rollback() {
    let (a, b, back) = (entry(1, A), entry(2, B), entry(3, A));
    let mut found = IcebergTable::default();
    take(table(), &mut found, &publish(&a), &a).await;
    take(table(), &mut found, &publish(&b), &b).await;
    let step = Action::Rollback {
        version: shown(&back),
        to: 1,
    };
    let next = take(table(), &mut found, &step, &back).await;
    assert!(next.objects.is_empty(), "an older snapshot is shown again");
    assert_snapshot!(brief(&next.text), @r#"
    {
      "current-schema-id": 0,
      "current-snapshot-id": 1869,
      "default-sort-order-id": 0,
      "default-spec-id": 0,
      "format-version": 2,
      "last-column-id": 503,
      "last-partition-id": 1002,
      "last-sequence-number": 2,
      "last-updated-ms": 1732438800002,
      "location": "s3://bucket/lake/iceberg/patients",
      "metadata-log": [
        {
          "metadata-file": "s3://bucket/lake/iceberg/patients/metadata/v1.metadata.json",
          "timestamp-ms": 1732438800000
        },
        {
          "metadata-file": "s3://bucket/lake/iceberg/patients/metadata/v2.metadata.json",
          "timestamp-ms": 1732438800001
        }
      ],
      "partition-specs": [
        {
          "fields": [
            {
              "field-id": 1000,
              "name": "country",
              "source-id": 501,
              "transform": "identity"
            },
            {
              "field-id": 1001,
              "name": "sex",
              "source-id": 502,
              "transform": "identity"
            },
            {
              "field-id": 1002,
              "name": "diagnosis",
              "source-id": 503,
              "transform": "identity"
            }
          ],
          "spec-id": 0
        }
      ],
      "properties": {
        "gc.enabled": "false",
        "ctlake.contract_version": "1.0.0",
        "ctlake.log_entry": "3",
        "ctlake.snapshot": "20261123T201500Z-3f9a1c2b-7d1e"
      },
      "refs": {
        "main": {
          "snapshot-id": 1869,
          "type": "branch"
        }
      },
      "schemas": [
        {
          "fields": 17,
          "schema-id": 0,
          "type": "struct"
        }
      ],
      "snapshot-log": [
        {
          "snapshot-id": 1869,
          "timestamp-ms": 1732438800000
        },
        {
          "snapshot-id": 1753,
          "timestamp-ms": 1732438800001
        },
        {
          "snapshot-id": 1869,
          "timestamp-ms": 1732438800002
        }
      ],
      "snapshots": [
        {
          "manifest-list": "s3://bucket/lake/iceberg/patients/metadata/snap-1869-[DIGEST].avro",
          "schema-id": 0,
          "sequence-number": 1,
          "snapshot-id": 1869,
          "summary": {
            "added-data-files": "2",
            "added-files-size": "2468",
            "added-records": "6",
            "changed-partition-count": "2",
            "ctlake.log_entry": "1",
            "ctlake.snapshot": "20261123T201500Z-3f9a1c2b-7d1e",
            "operation": "append",
            "total-data-files": "2",
            "total-delete-files": "0",
            "total-equality-deletes": "0",
            "total-files-size": "2468",
            "total-position-deletes": "0",
            "total-records": "6"
          },
          "timestamp-ms": 1732438800000
        },
        {
          "manifest-list": "s3://bucket/lake/iceberg/patients/metadata/snap-1753-[DIGEST].avro",
          "parent-snapshot-id": 1869,
          "schema-id": 0,
          "sequence-number": 2,
          "snapshot-id": 1753,
          "summary": {
            "added-data-files": "2",
            "added-files-size": "2468",
            "added-records": "6",
            "changed-partition-count": "2",
            "ctlake.log_entry": "2",
            "ctlake.snapshot": "20261124T081500Z-0a1b2c3d-0001",
            "deleted-data-files": "2",
            "deleted-records": "6",
            "operation": "overwrite",
            "removed-files-size": "2468",
            "total-data-files": "2",
            "total-delete-files": "0",
            "total-equality-deletes": "0",
            "total-files-size": "2468",
            "total-position-deletes": "0",
            "total-records": "6"
          },
          "timestamp-ms": 1732438800001
        }
      ],
      "sort-orders": [
        {
          "fields": [],
          "order-id": 0
        }
      ],
      "table-uuid": "857dbabb-35f2-8b72-933f-fcbdf194d6b0"
    }
    "#);
    assert_eq!(found.current(), Some(shown(&back)));
    assert_eq!(found.readable(), [shown(&a), shown(&b), shown(&back)]);
    assert!(found.foreign().is_none());
}

#[tokio::test]
async fn a_manifest_has_the_log_s_files_with_keys_and_bounds() {
    let a = entry(1, A);
    let next = take(table(), &mut IcebergTable::default(), &publish(&a), &a).await;
    let [(manifest_name, manifest), (list_name, list)] = &next.objects[..] else {
        panic!("a manifest, and the list of one");
    };
    let snapshot = next.metadata.current_snapshot().expect("there");
    assert_eq!(
        snapshot.manifest_list(),
        format!("{ROOT}iceberg/patients/metadata/{list_name}")
    );
    let list = ManifestList::parse_with_version(list, FormatVersion::V2).expect("Avro");
    let [named] = list.entries() else {
        panic!("one manifest");
    };
    assert!(named.manifest_path.ends_with(manifest_name));
    assert_eq!(usize::try_from(named.manifest_length), Ok(manifest.len()));
    assert_eq!(
        (named.sequence_number, named.added_rows_count),
        (1, Some(6))
    );
    let manifest = Manifest::parse_avro(manifest).expect("Avro");
    let lines: Vec<String> = manifest
        .entries()
        .iter()
        .map(|entry| line(entry.data_file()))
        .collect();
    assert_snapshot!(lines.join("\n"), @r#"
    s3://bucket/lake/curated/patients/20261123T201500Z-3f9a1c2b-7d1e/country=China/sex=F/diagnosis=Normal/part-00000.parquet
      3 rows, 1234 bytes, Primitive(String("China")) Primitive(String("F")) Primitive(String("Normal"))
      nulls [(1, 0), (3, 3)], lower {1: Datum { type: String, literal: String("NCP_1") }}, upper {1: Datum { type: String, literal: String("NCP_3") }}
    s3://bucket/lake/curated/patients/20261123T201500Z-3f9a1c2b-7d1e/country=Côte d'Ivoire/sex=F/diagnosis=Normal/part-00000.parquet
      3 rows, 1234 bytes, Primitive(String("Côte d'Ivoire")) Primitive(String("F")) Primitive(String("Normal"))
      nulls [(1, 0), (3, 3)], lower {1: Datum { type: String, literal: String("NCP_1") }}, upper {1: Datum { type: String, literal: String("NCP_3") }}
    "#);
}

fn line(file: &iceberg::spec::DataFile) -> String {
    let partition: Vec<String> = file
        .partition()
        .iter()
        .map(|value| format!("{:?}", value.expect("no NULL")))
        .collect();
    let mut nulls: Vec<_> = file.null_value_counts().iter().collect();
    nulls.sort();
    format!(
        "{}\n  {} rows, {} bytes, {}\n  nulls {nulls:?}, lower {:?}, upper {:?}",
        file.file_path(),
        file.record_count(),
        file.file_size_in_bytes(),
        partition.join(" "),
        file.lower_bounds(),
        file.upper_bounds(),
    )
}

#[tokio::test]
async fn field_ids_are_the_contract_s() {
    let a = entry(1, A);
    let next = take(table(), &mut IcebergTable::default(), &publish(&a), &a).await;
    let schema = next.metadata.current_schema();
    for column in table().all_columns() {
        assert_eq!(schema.field_id_by_name(&column.name), Some(column.field_id));
    }
    let spec = next.metadata.default_partition_spec();
    let fields: Vec<(i32, i32)> = spec
        .fields()
        .iter()
        .map(|field| (field.source_id, field.field_id))
        .collect();
    assert_eq!(fields, [(501, 1000), (502, 1001), (503, 1002)]);
    let difference = crate::catalog::plan::differences(
        &schema::found(table(), &next.metadata),
        &schema::wanted(table(), next.metadata.location()),
    );
    assert!(difference.is_empty(), "{difference:?}");
}

#[tokio::test]
async fn whoever_makes_a_version_makes_the_same_bytes() {
    let (a, b) = (entry(1, A), entry(2, B));
    let mut versions = Vec::new();
    for _ in 0..2 {
        let mut found = IcebergTable::default();
        let first = take(table(), &mut found, &publish(&a), &a).await;
        let second = take(table(), &mut found, &publish(&b), &b).await;
        let of = |next: &Next| {
            let names: Vec<(String, usize)> = next
                .objects
                .iter()
                .map(|(name, bytes)| (name.clone(), bytes.len()))
                .collect();
            (next.text.clone(), names)
        };
        versions.push([of(&first), of(&second)]);
    }
    assert_eq!(versions[0], versions[1]);
}

#[tokio::test]
async fn a_new_column_is_a_new_schema_and_old_snapshots_keep_theirs() {
    let (a, b) = (entry(1, A), entry(2, B));
    let mut found = IcebergTable::default();
    take(table(), &mut found, &publish(&a), &a).await;
    let mut newer = table().clone();
    newer.columns.push(Column {
        name: "height".to_owned(),
        kind: ColumnType::Int,
        field_id: 99,
        ..newer.columns[0].clone()
    });
    let next = take(&newer, &mut found, &publish(&b), &b).await;
    let metadata = &next.metadata;
    let schema_of = |name: &str| {
        let name = name.parse().expect("a name");
        let snapshot = found.showing(&name).expect("there");
        snapshot.schema(metadata).expect("a schema")
    };
    assert_eq!(schema_of(A).field_id_by_name("height"), None);
    assert_eq!(schema_of(B).field_id_by_name("height"), Some(99));
    // Back to the older contract: its schema is there already.
    let step = Action::Describe {
        changes: Vec::new(),
    };
    let next = take(table(), &mut found, &step, &b).await;
    assert_eq!(next.metadata.schemas_iter().len(), 2);
    assert_eq!(next.metadata.current_schema_id(), 0);
    assert_eq!(found.current(), Some(shown(&b)));
}

#[tokio::test]
async fn what_expires_is_no_longer_there_and_what_is_shown_stays() {
    let (a, b) = (entry(1, A), entry(2, B));
    let mut found = IcebergTable::default();
    take(table(), &mut found, &publish(&a), &a).await;
    take(table(), &mut found, &publish(&b), &b).await;
    let step = Action::Expire {
        versions: vec![shown(&a), shown(&b)],
    };
    let next = take(table(), &mut found, &step, &b).await;
    assert_eq!(found.readable(), [shown(&b)]);
    assert_eq!(next.metadata.history().len(), 1);
    assert!(found.foreign().is_none());
}

#[tokio::test]
async fn somebody_else_s_snapshot_is_noticed_and_stays_in_the_history() {
    let a = entry(1, A);
    let mut found = IcebergTable::default();
    let first = take(table(), &mut found, &publish(&a), &a).await;
    let ours = first.metadata.current_snapshot().expect("there");
    let mut value = serde_json::to_value(&first.metadata).expect("JSON");
    // As another program writes one: without our marks.
    let mut snapshot = value["snapshots"][0].clone();
    snapshot["snapshot-id"] = 77.into();
    snapshot["sequence-number"] = 2.into();
    snapshot["parent-snapshot-id"] = ours.snapshot_id().into();
    snapshot["summary"] = json!({"operation": "append"});
    value["snapshots"]
        .as_array_mut()
        .expect("a list")
        .push(snapshot);
    value["current-snapshot-id"] = 77.into();
    value["last-sequence-number"] = 2.into();
    value["refs"]["main"]["snapshot-id"] = 77.into();
    found.metadata = Some(serde_json::from_value(value).expect("metadata"));
    let said = found.foreign().expect("noticed");
    assert_eq!((&*said.version, &*said.operation), ("77", "append"));
    assert_eq!(found.current(), Some(shown(&a)));
    let next = take(table(), &mut found, &publish(&a), &a).await;
    assert!(found.foreign().is_none());
    assert_eq!(next.metadata.snapshots().len(), 2);
    // And so is one of ours that somebody else has gone back to.
    let b = entry(2, B);
    take(table(), &mut found, &publish(&b), &b).await;
    let mut value = serde_json::to_value(found.metadata.as_ref()).expect("JSON");
    value["current-snapshot-id"] = ours.snapshot_id().into();
    value["refs"]["main"]["snapshot-id"] = ours.snapshot_id().into();
    found.metadata = Some(serde_json::from_value(value).expect("metadata"));
    let said = found.foreign().expect("noticed");
    assert_eq!(said.operation, "back to entry 1");
}

/// The clock of readers goes forward, also when that of the entries doesn't.
#[tokio::test]
async fn times_grow() {
    let entries: Vec<Entry> = (1..=20)
        .map(|number| {
            let mut entry = entry(number, &format!("20261123T2015{number:02}Z-3f9a1c2b-7d1e"));
            entry.snapshot_id = number.cast_signed();
            entry
        })
        .collect();
    let mut found = IcebergTable::default();
    let mut bytes = Vec::new();
    for entry in &entries {
        bytes.push(
            take(table(), &mut found, &publish(entry), entry)
                .await
                .text
                .len(),
        );
    }
    let metadata = found.metadata.expect("there");
    let times: Vec<i64> = metadata
        .history()
        .iter()
        .map(SnapshotLog::timestamp_ms)
        .collect();
    assert_eq!(times.len(), 20);
    assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
    // A version costs what its own snapshot and its place in the two histories cost.
    let growth = (bytes[19] - bytes[9]) / 10;
    assert!(growth < 1_200, "{growth}");
}
