//! The lake's tables as Delta tables: every entry of the log a version, whatever comes between.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path as FsPath;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, str};

use async_trait::async_trait;
use bytes::Bytes;
use ctlake::catalog::{self, CatalogError, Moving, RegisterOptions, Registration, VersionRefusal};
use ctlake::lake::log::{self, Entry, Operation};
use ctlake::lake::projection::Format;
use ctlake::lake::{Lake as OpenLake, layout, snapshots};
use insta::assert_snapshot;
use object_store::path::Path;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::crash::{Ground, expire_keeping, ingest, published, release};
use crate::support::faults::{Actor, Death, How, Verb, Watch, When, watched};
use crate::support::glue::GlueServer;
use crate::support::s3::S3Server;
use crate::support::{Dataset, Lake, Outcome};

const TABLES: [&str; 4] = ["patients", "quality_findings", "ct_slices", "snapshot_info"];

fn options() -> RegisterOptions {
    RegisterOptions {
        formats: [Format::Delta].into(),
        ..RegisterOptions::default()
    }
}

/// How many versions were written.
async fn register(lake: &OpenLake) -> Result<usize, CatalogError> {
    let done = catalog::register(lake, &options()).await?;
    let [Registration::Versions(done)] = &done[..] else {
        panic!("one format was asked for: {done:?}");
    };
    Ok(done.steps.len())
}

/// The same on a thread of its own: the compiler can't tell that its future may be sent to another.
async fn apart(lake: OpenLake) -> Result<usize, CatalogError> {
    let runtime = Handle::current();
    let task = spawn_blocking(move || runtime.block_on(register(&lake)));
    task.await.unwrap()
}

/// The files of a table's Delta log in order, as text.
async fn versions(lake: &OpenLake, table: &str) -> Vec<String> {
    let folder = layout::key(&format!("curated/{table}/_delta_log"));
    let mut texts = Vec::new();
    for (number, object) in (0..).zip(lake.list(&folder).await.unwrap()) {
        assert_eq!(object.location, version_key(table, number), "a gap");
        let text = lake.read(&object.location).await.unwrap();
        texts.push(String::from_utf8(text.to_vec()).unwrap());
    }
    texts
}

fn version_key(table: &str, number: u64) -> Path {
    layout::key(&format!("curated/{table}/_delta_log/{number:020}.json"))
}

/// What a version of a table has: its files with their rows, and the entry that it says it shows.
#[derive(Debug, Clone, Default, PartialEq)]
struct State {
    files: BTreeMap<String, (u64, u64)>,
    entry: u64,
}

/// The state after each version, by a reading of Delta's protocol that is not the program's.
fn replayed(versions: &[String]) -> Vec<State> {
    let mut state = State::default();
    let mut states = Vec::new();
    for version in versions {
        let mut touched = BTreeSet::new();
        for line in version.lines() {
            let action: Value = serde_json::from_str(line).unwrap();
            assert_eq!(action.as_object().unwrap().len(), 1, "{line}");
            if let Some(info) = action.get("commitInfo") {
                let mark = info["userMetadata"].as_str().unwrap();
                let mark: Value = serde_json::from_str(mark).unwrap();
                state.entry = mark["ctlake.log_entry"].as_u64().unwrap();
            }
            if let Some(add) = action.get("add") {
                let path = add["path"].as_str().unwrap();
                assert!(touched.insert(path.to_owned()), "{path} twice");
                let stats: Value = serde_json::from_str(add["stats"].as_str().unwrap()).unwrap();
                let size = add["size"].as_u64().unwrap();
                let rows = stats["numRecords"].as_u64().unwrap();
                let key = percent_decode_str(path).decode_utf8().unwrap();
                assert_eq!(state.files.insert(key.into(), (size, rows)), None);
            }
            if let Some(remove) = action.get("remove") {
                let path = remove["path"].as_str().unwrap();
                assert!(touched.insert(path.to_owned()), "{path} twice");
                let key = percent_decode_str(path).decode_utf8().unwrap();
                assert!(state.files.remove(&*key).is_some(), "{path} was not there");
            }
        }
        states.push(state.clone());
    }
    states
}

fn files(entry: &Entry, table: &str) -> BTreeMap<String, (u64, u64)> {
    let root = format!("curated/{table}/");
    let files = entry.tables[table].files.iter();
    files
        .map(|file| {
            let below = file.path.strip_prefix(&root).unwrap();
            (below.to_owned(), (file.bytes, file.rows))
        })
        .collect()
}

/// Every version of every table is an entry of the log, whole, and they come in the log's order. Returns the entries that each
/// table shows, version after version.
async fn check(lake: &OpenLake) -> BTreeMap<&'static str, Vec<u64>> {
    let entries = log::read_all(lake).await.unwrap();
    let mut shown = BTreeMap::new();
    for table in TABLES {
        let states = replayed(&versions(lake, table).await);
        for state in &states {
            let entry = entries.iter().find(|entry| entry.number == state.entry);
            let entry = entry.expect("an entry of the log");
            assert_eq!(
                state.files,
                files(entry, table),
                "{table}, entry {}",
                state.entry
            );
        }
        let numbers: Vec<u64> = states.iter().map(|state| state.entry).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{table}: {numbers:?}");
        shown.insert(table, numbers);
    }
    shown
}

/// The same, and every table shows `numbers`.
async fn check_shows(lake: &OpenLake, numbers: &[u64]) {
    for (table, shown) in check(lake).await {
        assert_eq!(shown, numbers, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entry_becomes_a_version_and_a_second_run_does_nothing() {
    for ground in [Ground::memory(), Ground::folder()] {
        published(&ground, 1).await;
        let lake = ground.lake().await;
        assert_eq!(register(&lake).await.unwrap(), 4);
        check_shows(&lake, &[1]).await;
        assert_eq!(register(&lake).await.unwrap(), 0);
        // Two entries behind, and a rollback.
        published_more(&lake, 2).await;
        published_more(&lake, 3).await;
        snapshots::rollback(&lake, "1").await.unwrap();
        assert_eq!(register(&lake).await.unwrap(), 12);
        check_shows(&lake, &[1, 2, 3, 4]).await;
        let last = versions(&lake, "ct_slices").await.pop().unwrap();
        assert!(
            last.starts_with("{\"commitInfo\":") && last.contains("\"RESTORE\""),
            "{last}"
        );
        assert_eq!(register(&lake).await.unwrap(), 0);
        assert_eq!(versions(&lake, "ct_slices").await.len(), 4);
    }
}

async fn published_more(lake: &OpenLake, version: usize) {
    ingest(lake, &release(version)).await.unwrap();
    crate::crash::build(lake)
        .await
        .unwrap()
        .expect("something to build");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_dies_at_every_write() {
    for base in [Ground::memory(), Ground::folder()] {
        published(&base, 2).await;
        let counter = Death::never();
        let whole = base.fork();
        register(&watched(&whole.lake().await, counter.clone()))
            .await
            .unwrap();
        let writes = counter.writes();
        assert_eq!(
            writes, 9,
            "where it is shown, and two versions of four tables"
        );
        let expected = logs(&whole.lake().await).await;
        for at in 1..=writes {
            for when in [When::Before, When::After] {
                for how in [How::Dead, How::Glitch, How::Retried] {
                    let ground = base.fork();
                    let lake = ground.lake().await;
                    // What was asked again and is there already is no failure.
                    let _ = register(&watched(&lake, Death::at(at, when, how))).await;
                    check(&lake).await;
                    register(&lake).await.unwrap();
                    check_shows(&lake, &[1, 2]).await;
                    assert_eq!(logs(&lake).await, expected, "{at} {when:?}");
                    assert_eq!(register(&lake).await.unwrap(), 0);
                }
            }
        }
    }
}

/// The Delta logs of all tables.
async fn logs(lake: &OpenLake) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for table in TABLES {
        all.push(versions(lake, table).await);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_register_at_once_write_every_version_once() {
    let base = Ground::memory();
    published(&base, 2).await;
    let (_, steps) = Actor::count(&base.fork().lake().await, apart).await;
    for step in 0..steps {
        let ground = base.fork();
        let lake = ground.lake().await;
        let first = Actor::start(&lake, apart);
        first.advance(step).await;
        register(&lake).await.unwrap();
        first.finish().await.unwrap();
        check_shows(&lake, &[1, 2]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_while_others_register_is_shown_in_the_end() {
    let base = Ground::memory();
    published(&base, 1).await;
    let (_, steps) = Actor::count(&base.fork().lake().await, apart).await;
    for step in (0..steps).step_by(3) {
        let ground = base.fork();
        let lake = ground.lake().await;
        let first = Actor::start(&lake, apart);
        first.advance(step).await;
        published_more(&lake, 2).await;
        first.finish().await.unwrap();
        check_shows(&lake, &[1, 2]).await;
    }
}

/// Puts a version of somebody else's just before our `at`-th.
#[derive(Debug)]
struct Intruder {
    lake: OpenLake,
    at: u64,
    seen: AtomicU64,
}

const APPEND: &str = r#"{"commitInfo":{"timestamp":1,"operation":"WRITE","operationParameters":{"mode":"Append"}}}
{"add":{"path":"part-0-c000.snappy.parquet","partitionValues":{},"size":9,"modificationTime":1,"dataChange":true,"stats":"{\"numRecords\":5}"}}
"#;

#[async_trait]
impl Watch for Intruder {
    async fn before(&self, verb: Verb, key: &Path) -> object_store::Result<u64> {
        let is_version = verb == Verb::Put && key.as_ref().contains("_delta_log");
        if is_version && self.seen.fetch_add(1, Ordering::SeqCst) + 1 == self.at {
            let text = Bytes::from_static(APPEND.as_bytes());
            assert!(self.lake.create_object(key, text).await.unwrap());
        }
        Ok(0)
    }

    async fn after(&self, _: u64) -> object_store::Result<()> {
        Ok(())
    }
}

fn is_foreign(outcome: &Result<usize, CatalogError>) -> bool {
    matches!(
        outcome,
        Err(CatalogError::Version(VersionRefusal::Foreign { .. }))
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_that_is_lost_to_another_writer_is_no_double() {
    let ground = Ground::memory();
    published(&ground, 1).await;
    let lake = ground.lake().await;
    register(&lake).await.unwrap();
    published_more(&lake, 2).await;
    let intruder = Intruder {
        lake: lake.clone(),
        at: 3,
        seen: AtomicU64::new(0),
    };
    let lost = register(&watched(&lake, Arc::new(intruder))).await;
    assert!(is_foreign(&lost), "{lost:?}");
    // Two tables show the new entry, and the one that came next is somebody else's now.
    let slices = versions(&lake, "ct_slices").await;
    assert_eq!(slices[1], APPEND);
    assert_eq!(versions(&lake, "patients").await.len(), 2);
    assert_eq!(versions(&lake, "snapshot_info").await.len(), 1);
    assert!(is_foreign(&register(&lake).await));

    let forced = RegisterOptions {
        moving: Moving {
            force: true,
            ..Moving::default()
        },
        ..options()
    };
    catalog::register(&lake, &forced).await.unwrap();
    let mut slices = versions(&lake, "ct_slices").await;
    assert_eq!(slices.len(), 3);
    assert!(slices[2].contains("{\"remove\":{\"path\":\"part-0-c000.snappy.parquet\""));
    slices[1] = slices[1].replace(
        "\"operation\"",
        "\"userMetadata\":\"{\\\"ctlake.log_entry\\\":1}\",\"operation\"",
    );
    let last = replayed(&slices).pop().unwrap();
    let entry = log::current(&lake).await.unwrap().unwrap();
    assert_eq!(last.files, files(&entry, "ct_slices"));
    assert_eq!(register(&lake).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_tables_show_does_not_expire_and_what_is_expired_is_not_shown() {
    let ground = Ground::memory();
    published(&ground, 3).await;
    let lake = ground.lake().await;
    // Behind by two entries, the first of which is expired.
    let first = log::read(&lake, 1).await.unwrap();
    register(&lake).await.unwrap();
    check_shows(&lake, &[1, 2, 3]).await;
    published_more(&lake, 4).await;
    published_more(&lake, 5).await;
    let shown = catalog::shown_snapshots(&lake).await.unwrap();
    let third = log::read(&lake, 3).await.unwrap();
    assert_eq!(shown, [third.snapshot.clone()].into());
    expire_keeping(&lake, 1).await.unwrap();
    let entries = log::read_all(&lake).await.unwrap();
    assert!(log::expired(&entries).contains(&first.snapshot));
    register(&lake).await.unwrap();
    check_shows(&lake, &[1, 2, 3, 5]).await;
    assert!(matches!(
        entries.last().unwrap().operation,
        Operation::Expire { .. }
    ));
    assert_eq!(register(&lake).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_log_is_named_and_stops_everything() {
    let ground = Ground::memory();
    published(&ground, 2).await;
    let lake = ground.lake().await;
    register(&lake).await.unwrap();
    let first = version_key("ct_slices", 0);
    let text = lake.read(&first).await.unwrap();
    for (key, content, expected) in [
        (
            &first,
            None,
            "`curated/ct_slices/_delta_log/00000000000000000000.json` is missing",
        ),
        (
            &first,
            Some("{\"add\""),
            "`curated/ct_slices/_delta_log/00000000000000000000.json` is damaged",
        ),
        (
            &first,
            Some("{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7}}"),
            "readers of version 3",
        ),
    ] {
        match content {
            None => lake.delete(vec![key.clone()]).await.unwrap(),
            Some(content) => lake
                .write(key, Bytes::from_static(content.as_bytes()))
                .await
                .unwrap(),
        }
        let refused = register(&lake).await.unwrap_err();
        assert!(refused.to_string().contains(expected), "{refused}");
        let unknown = catalog::shown_snapshots(&lake).await.unwrap_err();
        assert!(matches!(unknown, CatalogError::Unknown { .. }), "{unknown}");
    }
    lake.write(&first, text).await.unwrap();
    assert_eq!(register(&lake).await.unwrap(), 0);
}

/// Version 0 of a table, described by another contract.
async fn described(lake: &OpenLake, change: impl Fn(&mut Vec<Value>)) {
    let key = version_key("ct_slices", 0);
    let text = versions(lake, "ct_slices").await.remove(0);
    let lines = text.lines().map(|line| {
        let mut action: Value = serde_json::from_str(line).unwrap();
        if let Some(schema) = action.pointer("/metaData/schemaString") {
            let mut schema: Value = serde_json::from_str(schema.as_str().unwrap()).unwrap();
            change(schema["fields"].as_array_mut().unwrap());
            action["metaData"]["schemaString"] = schema.to_string().into();
        }
        action.to_string() + "\n"
    });
    let text: String = lines.collect();
    lake.write(&key, Bytes::from(text)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_the_contract_has_gained_is_told_to_the_table() {
    for publishes in [false, true] {
        let ground = Ground::memory();
        published(&ground, 1).await;
        let lake = ground.lake().await;
        register(&lake).await.unwrap();
        let whole = versions(&lake, "ct_slices").await.remove(0);
        described(&lake, |fields| {
            fields.retain(|field| field["name"] != "age_band");
        })
        .await;
        if publishes {
            published_more(&lake, 2).await;
        }
        register(&lake).await.unwrap();
        let last = versions(&lake, "ct_slices").await.pop().unwrap();
        // With the files of the new entry, or by itself when there is none; with the table's old identity.
        assert_eq!(last.contains("{\"add\":"), publishes);
        let metadata = |text: &str| {
            let line = text.lines().find(|line| line.starts_with("{\"metaData\""));
            line.expect("it is described").to_owned()
        };
        assert_eq!(metadata(&last), metadata(&whole));
        assert_eq!(versions(&lake, "ct_slices").await.len(), 2);
        assert_eq!(register(&lake).await.unwrap(), 0);
        let shown = catalog::shown_snapshots(&lake).await.unwrap();
        assert_eq!(shown.len(), 1, "{shown:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_the_contract_has_lost_is_refused() {
    let ground = Ground::memory();
    published(&ground, 1).await;
    let lake = ground.lake().await;
    register(&lake).await.unwrap();
    let newer = json!({"name": "newer", "type": "string", "nullable": true, "metadata": {}});
    described(&lake, |fields| fields.push(newer.clone())).await;
    let refused = register(&lake).await.unwrap_err();
    assert!(
        matches!(
            refused,
            CatalogError::Version(VersionRefusal::Incompatible(_))
        ),
        "{refused}"
    );
    assert_eq!(versions(&lake, "ct_slices").await.len(), 1);
}

/// Who shows the lake, by `status`, and what comes next.
fn shown_by(status: &Outcome) -> String {
    let lines = status.stdout().lines();
    let said = lines.filter(|line| line.starts_with("catalog") || line.starts_with("next:"));
    said.collect::<Vec<_>>().join("\n")
}

/// A folder lake with a snapshot of three slices.
fn built() -> Lake {
    Lake::built(&dataset(3))
}

fn dataset(slices: usize) -> Dataset {
    release(slices)
}

#[test]
fn on_a_folder_the_program_says_what_it_does() {
    let lake = built();
    assert_snapshot!(
        lake.ctlake(["register", "--format", "delta", "--dry-run"])
            .ok(), @"
    exit 0
    --- stdout
    delta tables in the lake would show snapshot [SNAPSHOT] (entry 1)
    + patients: entry 1, snapshot [SNAPSHOT]
    + quality_findings: entry 1, snapshot [SNAPSHOT]
    + ct_slices: entry 1, snapshot [SNAPSHOT]
    + snapshot_info: entry 1, snapshot [SNAPSHOT]
    ");
    assert!(!lake.has("curated/ct_slices/_delta_log"));
    assert_snapshot!(lake.ctlake(["register", "--format", "delta"]).ok(), @r#"
    exit 0
    --- stderr
    delta tables in the lake: shows snapshot [SNAPSHOT] (entry 1)
      versions   patients, quality_findings, ct_slices, snapshot_info
    in [TIME]
    next: duckdb -c "SELECT COUNT(*) FROM delta_scan('./lake/curated/ct_slices')"
    "#);
    assert_snapshot!(
        lake.ctlake(["register", "--format", "delta", "--dry-run"])
            .ok(), @"
    exit 0
    --- stdout
    delta tables in the lake would show snapshot [SNAPSHOT] (entry 1)
    nothing to do
    ");
    assert_snapshot!(shown_by(&lake.ctlake(["status"]).ok()), @r#"
    catalog   delta tables in the lake: shows the current snapshot
    next: ctlake sql "SELECT rule, severity, subject, detail FROM quality_findings" --lake ./lake
    "#);
}

#[test]
fn a_build_registers_in_one_go_and_a_rollback_is_followed() {
    let lake = built();
    let done = lake.ctlake(["build", "--register", "delta", "--json"]).ok();
    let summaries = done.json_lines();
    let [.., build, register] = &summaries[..] else {
        panic!("{summaries:?}");
    };
    assert_eq!(build["command"], "build");
    assert_eq!(register["command"], "register");
    assert_eq!(register["summary"]["format"], "delta");
    assert_eq!(register["summary"]["steps"].as_array().unwrap().len(), 4);
    lake.ingest(&dataset(4));
    assert_snapshot!(lake.ctlake(["build", "--register", "delta"]).ok(), @r#"
    exit 0
    --- stderr
    CT-2A: published snapshot [SNAPSHOT] (entry 2), [SIZE] in 6 files
      slices              6  in 2 partitions; 0 with an image in the landing zone
      patients            2  2 with slices, 2 scans
      findings            8
        error            2  Patient in several splits (patient-in-several-splits)
        warning          6  Image missing (image-missing)
    in [TIME]
    delta tables in the lake: shows snapshot [SNAPSHOT] (entry 2)
      versions   patients, quality_findings, ct_slices, snapshot_info
    in [TIME]
    next: duckdb -c "SELECT COUNT(*) FROM delta_scan('./lake/curated/ct_slices')"
    "#);
    assert_snapshot!(lake.ctlake(["snapshots", "rollback", "1"]).ok(), @"
    exit 0
    --- stderr
    snapshot [SNAPSHOT] is current again (entry 3)
    next: ctlake register --format delta --lake ./lake
    ");
    assert_snapshot!(shown_by(&lake.ctlake(["status"]).ok()), @"
    catalog   delta tables in the lake: shows entry 2, not all of the current snapshot
    next: ctlake register --format delta --lake ./lake
    ");
    assert_snapshot!(lake.ctlake(["register", "--format", "delta", "-n"]).ok(), @"
    exit 0
    --- stdout
    delta tables in the lake would show snapshot [SNAPSHOT] (entry 3)
    + patients: entry 3, snapshot [SNAPSHOT] again, as in entry 1
    + quality_findings: entry 3, snapshot [SNAPSHOT] again, as in entry 1
    + ct_slices: entry 3, snapshot [SNAPSHOT] again, as in entry 1
    + snapshot_info: entry 3, snapshot [SNAPSHOT] again, as in entry 1
    ");
    lake.ctlake(["register", "--format", "delta"]).ok();
    assert_snapshot!(shown_by(&lake.ctlake(["status"]).ok()), @r#"
    catalog   delta tables in the lake: shows the current snapshot
    next: ctlake sql "SELECT rule, severity, subject, detail FROM quality_findings" --lake ./lake
    "#);
    // The second snapshot is no longer shown: it may go, and nothing of the log does.
    lake.ctlake(["snapshots", "expire", "--keep", "1", "--older-than", "0s"])
        .ok();
    let names = names(&lake.path("lake/curated/ct_slices"));
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.contains("_delta_log"));
    assert_snapshot!(lake.ctlake(["register", "--format", "delta"]).ok(), @r#"
    exit 0
    --- stderr
    delta tables in the lake: shows snapshot [SNAPSHOT] (entry 4)
      unchanged
    in [TIME]
    next: duckdb -c "SELECT COUNT(*) FROM delta_scan('./lake/curated/ct_slices')"
    "#);
}

fn names(folder: &FsPath) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn run_registers_too() {
    let lake = Lake::temp();
    lake.place(&dataset(3));
    let done = lake
        .ctlake(["run", "dataset", "--register", "delta", "--json"])
        .ok();
    let summary = done.json_lines().pop().unwrap();
    assert_eq!(summary["summary"]["register"][0]["format"], "delta");
    assert!(lake.has("curated/ct_slices/_delta_log/00000000000000000000.json"));
}

#[test]
fn somebody_else_s_version_is_refused_with_a_remedy() {
    let lake = built();
    lake.ctlake(["register", "--format", "delta"]).ok();
    let log = lake.path("lake/curated/ct_slices/_delta_log");
    fs::write(log.join("00000000000000000001.json"), APPEND).unwrap();
    assert_snapshot!(lake.ctlake(["register", "--format", "delta"]).fails(1), @"
    exit 1
    --- stderr
    error: version 1 of `ct_slices` was not made by ctlake (WRITE): the next one would undo it

    hint: `ctlake register --force`, with the same `--format`, puts the log's files in its place, as a new version; what was written there stays in the old one
    ");
    assert_snapshot!(shown_by(&lake.ctlake(["status"]).ok()), @"
    catalog   delta tables in the lake: others have written to ct_slices
    next: ctlake register --format delta --lake ./lake
    ");
    assert_snapshot!(
        lake.ctlake(["register", "--format", "delta", "--force"])
            .ok(), @r#"
    exit 0
    --- stderr
    delta tables in the lake: shows snapshot [SNAPSHOT] (entry 1)
      versions   ct_slices
    in [TIME]
    next: duckdb -c "SELECT COUNT(*) FROM delta_scan('./lake/curated/ct_slices')"
    "#);
}

#[test]
fn options_that_do_not_fit_together_are_usage_errors() {
    let lake = built();
    for args in [
        &["--format", "delta", "--partitions"][..],
        &["--format", "delta", "--ddl"],
        &["--format", "delta", "--table-suffix", "_d"],
        &["--table-suffix", "_d"],
        &["--format", "parquet"],
        &["--format", "delta", "--table-suffix", "-D"],
    ] {
        lake.ctlake([&["register"], args].concat()).fails(2);
    }
    lake.ctlake(["build", "--table-suffix", "_d"]).fails(2);
    // A folder is nothing for Glue.
    for args in [
        &["--format", "all"][..],
        &["--format", "delta", "--database", "covidx"],
    ] {
        lake.ctlake([&["register"], args].concat()).fails(1);
    }
    lake.ctlake(["build", "--register", "hive"]).fails(1);
    assert!(!lake.has("curated/ct_slices/_delta_log"));
}

/// A lake on S3 with a catalog.
struct Cloud {
    s3: S3Server,
    glue: GlueServer,
    lake: Lake,
}

impl Cloud {
    fn built() -> Self {
        let cloud = Self {
            s3: S3Server::start(),
            glue: GlueServer::start(),
            lake: Lake::temp(),
        };
        cloud.lake.place(&dataset(3));
        cloud.ctlake(&["ingest", "dataset"]).ok();
        cloud.ctlake(&["build"]).ok();
        cloud
    }

    fn ctlake(&self, args: &[&str]) -> Outcome {
        let mut command = self.lake.command(args);
        command.args(["--lake", "s3://lake/covid"]);
        for variable in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"] {
            command.env_remove(variable);
        }
        command
            .envs(self.s3.env())
            .env("AWS_ENDPOINT_URL_GLUE", self.glue.endpoint());
        self.lake.run(command)
    }
}

#[test]
fn all_formats_stand_beside_each_other_in_one_database() {
    let cloud = Cloud::built();
    assert_snapshot!(cloud.ctlake(&["register", "--format", "all"]).ok(), @r#"
    exit 0
    --- stderr
    covidx: shows snapshot [SNAPSHOT] (entry 1)
      created    patients, quality_findings, ct_slices, snapshot_info, slices_by_cohort, patients_by_split, quality_summary, slice_images
    10 requests to AWS Glue in [TIME]
    next: SELECT * FROM covidx.slices_by_cohort, in Athena or Power BI
    iceberg tables in covidx in AWS Glue, eu-central-1: shows snapshot [SNAPSHOT] (entry 1)
      versions   patients, quality_findings, ct_slices, snapshot_info
      created    patients_iceberg, quality_findings_iceberg, ct_slices_iceberg, snapshot_info_iceberg
    8 requests to AWS Glue in [TIME]
    next: duckdb -c "SELECT COUNT(*) FROM iceberg_scan('s3://lake/covid/iceberg/ct_slices')"
    delta tables in covidx in AWS Glue, eu-central-1: shows snapshot [SNAPSHOT] (entry 1)
      versions   patients, quality_findings, ct_slices, snapshot_info
      created    patients_delta, quality_findings_delta, ct_slices_delta, snapshot_info_delta
    8 requests to AWS Glue in [TIME]
    next: duckdb -c "SELECT COUNT(*) FROM delta_scan('s3://lake/covid/curated/ct_slices')"
    "#);
    let table = cloud.glue.table("ct_slices_delta").input;
    assert_eq!(table["Parameters"]["spark.sql.sources.provider"], "delta");
    assert_eq!(table["PartitionKeys"], json!([]));
    let storage = &table["StorageDescriptor"];
    assert_eq!(storage["Location"], "s3://lake/covid/curated/ct_slices");
    assert_eq!(
        storage["SerdeInfo"]["Parameters"]["path"],
        "s3://lake/covid/curated/ct_slices"
    );
    let columns = storage["Columns"].as_array().unwrap();
    assert_eq!(columns.last().unwrap()["Name"], "diagnosis");
    cloud.glue.take_requests();

    // Nothing to do, and nothing to do in Glue for a new version either.
    let again = cloud
        .ctlake(&["register", "--format", "all", "--dry-run"])
        .ok();
    assert_eq!(
        again.raw_stdout().matches("nothing to do").count(),
        3,
        "{again}"
    );
    cloud.glue.take_requests();
    cloud
        .ctlake(&[
            "build",
            "--force",
            "--register",
            "delta",
            "--database",
            "covidx",
            "--table-suffix",
            "_delta",
        ])
        .ok();
    let requests = cloud.glue.take_requests();
    assert!(
        requests.iter().all(|name| name.starts_with("Get")),
        "{requests:?}"
    );
    assert_snapshot!(shown_by(&cloud.ctlake(&["status"]).ok()), @"
    catalog   delta tables in covidx in AWS Glue, eu-central-1: shows the current snapshot
    catalog   covidx in AWS Glue, eu-central-1: shows entry 1, not all of the current snapshot
    catalog   iceberg tables in covidx in AWS Glue, eu-central-1: shows entry 1, not all of the current snapshot
    next: ctlake register --database covidx --lake s3://lake/covid
    ");
    // Where the tables have a suffix, it is in the command that comes next.
    cloud.ctlake(&["register"]).ok();
    let back = cloud.ctlake(&["snapshots", "rollback", "1"]).ok();
    let next = "next: ctlake register --format delta --database covidx --table-suffix _delta --lake s3://lake/covid";
    assert!(back.stderr().contains(next), "{back}");
}

#[test]
fn a_delta_table_does_not_take_the_place_of_a_hive_table() {
    let cloud = Cloud::built();
    cloud.ctlake(&["register"]).ok();
    assert_snapshot!(
        cloud
            .ctlake(&["register", "--format", "delta", "--database", "covidx"])
            .fails(1), @"
    exit 1
    --- stderr
    error: `covidx.patients` is there as a Hive table, expected a Delta table

    hint: give the tables of one format other names, `--table-suffix _delta`, or another database, `--database NAME`
    ");
    // Nor is anything written.
    assert!(
        cloud
            .s3
            .object("covid/_ctlake/projections/delta-covidx.json")
            .is_none()
    );
    assert!(
        cloud
            .s3
            .object("covid/curated/patients/_delta_log/00000000000000000000.json")
            .is_none()
    );
}
