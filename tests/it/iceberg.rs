//! The lake's tables as Iceberg tables: every entry of the log a snapshot, whatever comes between.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use bytes::Bytes;
use ctlake::catalog::{self, CatalogError, Moving, RegisterOptions, Registration, VersionRefusal};
use ctlake::lake::log::{self, Entry};
use ctlake::lake::projection::Format;
use ctlake::lake::{Lake as OpenLake, layout, snapshots};
use iceberg::spec::{FormatVersion, Manifest, ManifestList};
use insta::assert_snapshot;
use object_store::path::Path;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use crate::crash::{Ground, build, expire_keeping, ingest, published, release};
use crate::support::faults::{Actor, Death, How, When, watched};
use crate::support::glue::GlueServer;
use crate::support::s3::S3Server;
use crate::support::{Lake, Outcome};

const TABLES: [&str; 4] = ["patients", "quality_findings", "ct_slices", "snapshot_info"];

fn options() -> RegisterOptions {
    RegisterOptions {
        formats: [Format::Iceberg].into(),
        ..RegisterOptions::default()
    }
}

/// How many steps were taken.
async fn register(lake: &OpenLake) -> Result<usize, CatalogError> {
    register_with(lake, &options()).await
}

async fn register_with(lake: &OpenLake, options: &RegisterOptions) -> Result<usize, CatalogError> {
    let done = catalog::register(lake, options).await?;
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

async fn published_more(lake: &OpenLake, version: usize) {
    ingest(lake, &release(version)).await.unwrap();
    build(lake).await.unwrap().expect("something to build");
}

fn metadata_key(table: &str, version: usize) -> Path {
    layout::key(&format!(
        "iceberg/{table}/metadata/v{version}.metadata.json"
    ))
}

/// The metadata files of a table in order, as text. What there is of versions has no gap.
async fn versions(lake: &OpenLake, table: &str) -> Vec<String> {
    let folder = layout::key(&format!("iceberg/{table}/metadata"));
    let objects = lake.list(&folder).await.unwrap();
    let is_metadata = |key: &&Path| key.as_ref().ends_with(".metadata.json");
    let count = objects
        .iter()
        .map(|object| &object.location)
        .filter(is_metadata)
        .count();
    let mut texts = Vec::new();
    for version in 1..=count {
        let text = lake.read(&metadata_key(table, version)).await.unwrap();
        texts.push(String::from_utf8(text.to_vec()).unwrap());
    }
    texts
}

/// What a table shows: the entry that it says, and those of the snapshots that can be read, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
struct Shown {
    entry: u64,
    snapshots: Vec<u64>,
}

/// Every snapshot that the newest metadata of a table has is an entry of the log, whole; by a reading that is not the program's.
async fn check_table(lake: &OpenLake, table: &str, entries: &[Entry]) -> Shown {
    let texts = versions(lake, table).await;
    let Some(text) = texts.last() else {
        return Shown::default();
    };
    let metadata: Value = serde_json::from_str(text).unwrap();
    let root = metadata["location"].as_str().unwrap();
    let root = root.strip_suffix(&format!("iceberg/{table}")).unwrap();
    let mut shown = Shown {
        entry: number(&metadata["properties"]),
        snapshots: Vec::new(),
    };
    for snapshot in metadata["snapshots"].as_array().unwrap() {
        let entry = number(&snapshot["summary"]);
        let said = entries.iter().find(|said| said.number == entry).unwrap();
        let found = files(lake, root, snapshot["manifest-list"].as_str().unwrap()).await;
        assert_eq!(found, wanted(said, table), "{table}, entry {entry}");
        let summary = |name: &str| snapshot["summary"][name].as_str().unwrap().parse::<u64>();
        assert_eq!(summary("total-records"), Ok(said.tables[table].rows()));
        assert_eq!(summary("total-data-files"), Ok(found.len() as u64));
        shown.snapshots.push(entry);
    }
    // What is shown has the files of the entry that it says.
    let current = &metadata["current-snapshot-id"];
    assert_eq!(metadata["refs"]["main"]["snapshot-id"], *current);
    let mut all = metadata["snapshots"].as_array().unwrap().iter();
    let current = all.find(|one| one["snapshot-id"] == *current).unwrap();
    let said = entries
        .iter()
        .find(|said| said.number == shown.entry)
        .unwrap();
    assert_eq!(
        current["summary"]["ctlake.snapshot"],
        said.snapshot.as_str()
    );
    let times: Vec<i64> = metadata["snapshot-log"]
        .as_array()
        .unwrap()
        .iter()
        .map(|log| log["timestamp-ms"].as_i64().unwrap())
        .collect();
    assert!(times.is_sorted_by(|a, b| a < b), "{times:?}");
    assert_eq!(
        metadata["last-updated-ms"],
        metadata["last-updated-ms"].as_i64().unwrap()
    );
    shown
}

fn number(marks: &Value) -> u64 {
    marks["ctlake.log_entry"].as_str().unwrap().parse().unwrap()
}

/// The files of a snapshot, with their sizes and rows.
async fn files(lake: &OpenLake, root: &str, list: &str) -> BTreeMap<String, (u64, u64)> {
    let key = |address: &str| layout::key(address.strip_prefix(root).unwrap());
    let list = lake.read(&key(list)).await.unwrap();
    let list = ManifestList::parse_with_version(&list, FormatVersion::V2).unwrap();
    let mut files = BTreeMap::new();
    for named in list.entries() {
        let bytes = lake.read(&key(&named.manifest_path)).await.unwrap();
        assert_eq!(bytes.len() as i64, named.manifest_length);
        for entry in Manifest::parse_avro(&bytes).unwrap().entries() {
            let file = entry.data_file();
            let path = key(file.file_path()).to_string();
            let measures = (file.file_size_in_bytes(), file.record_count());
            assert_eq!(files.insert(path, measures), None);
        }
    }
    files
}

fn wanted(entry: &Entry, table: &str) -> BTreeMap<String, (u64, u64)> {
    let files = entry.tables[table].files.iter();
    files
        .map(|file| (file.path.clone(), (file.bytes, file.rows)))
        .collect()
}

async fn check(lake: &OpenLake) -> BTreeMap<&'static str, Shown> {
    let entries = log::read_all(lake).await.unwrap();
    let mut all = BTreeMap::new();
    for table in TABLES {
        all.insert(table, check_table(lake, table, &entries).await);
    }
    all
}

/// The same; every table shows `entry`, has `snapshots`, and its hint leads there.
async fn check_shows(lake: &OpenLake, entry: u64, snapshots: &[u64]) {
    for (table, shown) in check(lake).await {
        let expected = Shown {
            entry,
            snapshots: snapshots.to_vec(),
        };
        assert_eq!(shown, expected, "{table}");
        let hint = layout::key(&format!("iceberg/{table}/metadata/version-hint.text"));
        let hint = lake.read(&hint).await.unwrap();
        let count = versions(lake, table).await.len();
        assert_eq!(hint, count.to_string(), "{table}");
    }
}

/// The metadata of all tables.
async fn all_versions(lake: &OpenLake) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for table in TABLES {
        all.push(versions(lake, table).await);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entry_becomes_a_snapshot_and_a_second_run_does_nothing() {
    for ground in [Ground::memory(), Ground::folder()] {
        published(&ground, 1).await;
        let lake = ground.lake().await;
        assert_eq!(register(&lake).await.unwrap(), 4);
        check_shows(&lake, 1, &[1]).await;
        assert_eq!(register(&lake).await.unwrap(), 0);
        // Two entries behind, and a rollback, which is no snapshot of its own.
        published_more(&lake, 2).await;
        published_more(&lake, 3).await;
        snapshots::rollback(&lake, "1").await.unwrap();
        assert_eq!(register(&lake).await.unwrap(), 12);
        check_shows(&lake, 4, &[1, 2, 3]).await;
        assert_eq!(versions(&lake, "ct_slices").await.len(), 4);
        assert_eq!(register(&lake).await.unwrap(), 0);
        // From there on: a rollback of the rollback, and a new snapshot.
        snapshots::rollback(&lake, "3").await.unwrap();
        published_more(&lake, 4).await;
        assert_eq!(register(&lake).await.unwrap(), 8);
        check_shows(&lake, 6, &[1, 2, 3, 6]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_dies_at_every_write() {
    let base = Ground::memory();
    published(&base, 2).await;
    let counter = Death::never();
    let whole = base.fork();
    register(&watched(&whole.lake().await, counter.clone()))
        .await
        .unwrap();
    let writes = counter.writes();
    assert_eq!(
        writes, 33,
        "where it is shown; then, two versions of four tables, manifest, list, metadata and hint"
    );
    let expected = all_versions(&whole.lake().await).await;
    for at in 1..=writes {
        for when in [When::Before, When::After] {
            for how in [How::Dead, How::Glitch, How::Retried] {
                let ground = base.fork();
                let lake = ground.lake().await;
                // What was asked again and is there already is no failure.
                let _ = register(&watched(&lake, Death::at(at, when, how))).await;
                check(&lake).await;
                register(&lake).await.unwrap();
                check_shows(&lake, 2, &[1, 2]).await;
                assert_eq!(all_versions(&lake).await, expected, "{at} {when:?}");
                assert_eq!(register(&lake).await.unwrap(), 0);
            }
        }
    }
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
        // The slower one may have been the last to write a hint; the next run sees to that.
        register(&lake).await.unwrap();
        check_shows(&lake, 2, &[1, 2]).await;
        assert_eq!(versions(&lake, "ct_slices").await.len(), 2, "{step}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_while_others_register_is_shown_in_the_end() {
    let base = Ground::memory();
    published(&base, 1).await;
    let (_, steps) = Actor::count(&base.fork().lake().await, apart).await;
    for step in (0..steps).step_by(5) {
        let ground = base.fork();
        let lake = ground.lake().await;
        let first = Actor::start(&lake, apart);
        first.advance(step).await;
        published_more(&lake, 2).await;
        first.finish().await.unwrap();
        check_shows(&lake, 2, &[1, 2]).await;
    }
}

/// The newest metadata of a table with a snapshot more, as another program appends one.
fn appended(text: &str) -> String {
    let mut metadata: Value = serde_json::from_str(text).unwrap();
    let mut snapshot = metadata["snapshots"][0].clone();
    let number = metadata["last-sequence-number"].as_i64().unwrap() + 1;
    snapshot["snapshot-id"] = json!(77);
    snapshot["parent-snapshot-id"] = metadata["current-snapshot-id"].clone();
    snapshot["sequence-number"] = json!(number);
    snapshot["summary"] = json!({"operation": "append"});
    metadata["snapshots"].as_array_mut().unwrap().push(snapshot);
    metadata["last-sequence-number"] = json!(number);
    metadata["current-snapshot-id"] = json!(77);
    metadata["refs"]["main"]["snapshot-id"] = json!(77);
    metadata.to_string()
}

fn is_foreign(outcome: &Result<usize, CatalogError>) -> bool {
    matches!(
        outcome,
        Err(CatalogError::Version(VersionRefusal::Foreign { .. }))
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_s_snapshot_is_refused_and_with_force_stays_in_the_history() {
    let ground = Ground::memory();
    published(&ground, 1).await;
    let lake = ground.lake().await;
    register(&lake).await.unwrap();
    let text = appended(&versions(&lake, "ct_slices").await[0]);
    let key = metadata_key("ct_slices", 2);
    assert!(lake.create_object(&key, text.into()).await.unwrap());
    assert!(is_foreign(&register(&lake).await));
    published_more(&lake, 2).await;
    assert!(is_foreign(&register(&lake).await));
    let forced = RegisterOptions {
        moving: Moving {
            force: true,
            ..Moving::default()
        },
        ..options()
    };
    register_with(&lake, &forced).await.unwrap();
    let last = versions(&lake, "ct_slices").await.pop().unwrap();
    let metadata: Value = serde_json::from_str(&last).unwrap();
    let ids: Vec<&Value> = metadata["snapshots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|snapshot| &snapshot["snapshot-id"])
        .collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(*ids[1], 77);
    assert_eq!(metadata["current-snapshot-id"], *ids[2]);
    assert_eq!(register(&lake).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_tables_show_does_not_expire_and_what_is_expired_is_not_shown() {
    let ground = Ground::memory();
    published(&ground, 3).await;
    let lake = ground.lake().await;
    register(&lake).await.unwrap();
    published_more(&lake, 4).await;
    published_more(&lake, 5).await;
    let third = log::read(&lake, 3).await.unwrap();
    let shown = catalog::shown_snapshots(&lake).await.unwrap();
    assert_eq!(shown, [third.snapshot.clone()].into());
    // Everything but the last goes: first from the log, then from the tables.
    expire_keeping(&lake, 1).await.unwrap();
    register(&lake).await.unwrap();
    check_shows(&lake, 5, &[5]).await;
    assert_eq!(register(&lake).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expires_is_forgotten_before_its_files_go() {
    let ground = Ground::memory();
    published(&ground, 3).await;
    let lake = ground.lake().await;
    register(&lake).await.unwrap();
    expire_keeping(&lake, 2).await.unwrap();
    catalog::expire(&lake).await.unwrap();
    check_shows(&lake, 3, &[2, 3]).await;
    assert_eq!(register(&lake).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_metadata_is_named_and_stops_everything() {
    let ground = Ground::memory();
    published(&ground, 1).await;
    let lake = ground.lake().await;
    register(&lake).await.unwrap();
    let key = metadata_key("ct_slices", 1);
    let text = versions(&lake, "ct_slices").await.pop().unwrap();
    for (content, expected) in [
        (
            "{\"format",
            "`iceberg/ct_slices/metadata/v1.metadata.json` is damaged",
        ),
        (
            &text.replacen("\"location\":\"memory", "\"location\":\"elsewhere", 1),
            "expected `memory/iceberg/ct_slices`: was the lake moved or copied?",
        ),
    ] {
        lake.write(&key, Bytes::from(content.to_owned()))
            .await
            .unwrap();
        let refused = register(&lake).await.unwrap_err();
        assert!(refused.to_string().contains(expected), "{refused}");
        let unknown = catalog::shown_snapshots(&lake).await.unwrap_err();
        assert!(matches!(unknown, CatalogError::Unknown { .. }), "{unknown}");
    }
    lake.write(&key, Bytes::from(text)).await.unwrap();
    assert_eq!(register(&lake).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_that_is_behind_is_mended() {
    let ground = Ground::memory();
    published(&ground, 2).await;
    let lake = ground.lake().await;
    register(&lake).await.unwrap();
    let hint = layout::key("iceberg/ct_slices/metadata/version-hint.text");
    lake.write(&hint, Bytes::from_static(b"1")).await.unwrap();
    assert_eq!(register(&lake).await.unwrap(), 1);
    check_shows(&lake, 2, &[1, 2]).await;
    assert_eq!(versions(&lake, "ct_slices").await.len(), 2);
}

/// A folder lake with a snapshot of three slices.
fn built() -> Lake {
    Lake::built(&release(3))
}

#[test]
fn on_a_folder_the_program_says_what_it_does() {
    let lake = built();
    assert_snapshot!(
        lake.ctlake(["register", "--format", "iceberg", "--dry-run"])
            .ok(), @"
    exit 0
    --- stdout
    iceberg tables in the lake would show snapshot [SNAPSHOT] (entry 1)
    + patients: entry 1, snapshot [SNAPSHOT]
    + quality_findings: entry 1, snapshot [SNAPSHOT]
    + ct_slices: entry 1, snapshot [SNAPSHOT]
    + snapshot_info: entry 1, snapshot [SNAPSHOT]
    ");
    assert!(!lake.has("iceberg"));
    assert_snapshot!(lake.ctlake(["register", "--format", "iceberg"]).ok(), @r#"
    exit 0
    --- stderr
    iceberg tables in the lake: shows snapshot [SNAPSHOT] (entry 1)
      versions   patients, quality_findings, ct_slices, snapshot_info
    in [TIME]
    next: duckdb -c "SELECT COUNT(*) FROM iceberg_scan('./lake/iceberg/ct_slices')"
    "#);
    assert_snapshot!(
        lake.ctlake(["register", "--format", "iceberg", "--dry-run"])
            .ok(), @"
    exit 0
    --- stdout
    iceberg tables in the lake would show snapshot [SNAPSHOT] (entry 1)
    nothing to do
    ");
    let metadata = lake.path("lake/iceberg/ct_slices/metadata/v1.metadata.json");
    let metadata: Value = serde_json::from_str(&fs::read_to_string(metadata).unwrap()).unwrap();
    let location = metadata["location"].as_str().unwrap();
    assert!(location.starts_with("file:///") && location.ends_with("/lake/iceberg/ct_slices"));
    assert_eq!(metadata["properties"]["gc.enabled"], "false");
    // Nothing of it lies among the data files.
    let folders = fs::read_dir(lake.path("lake/curated/ct_slices")).unwrap();
    assert_eq!(folders.count(), 1);
}

#[test]
fn a_build_registers_in_one_go_and_a_rollback_is_followed() {
    let lake = built();
    lake.ctlake(["build", "--register", "iceberg"]).ok();
    lake.ingest(&release(4));
    assert_snapshot!(lake.ctlake(["build", "--register", "iceberg"]).ok(), @r#"
    exit 0
    --- stderr
    CT-2A: published snapshot [SNAPSHOT] (entry 2), [SIZE] in 6 files
      slices              6  in 2 partitions; 0 with an image in the landing zone
      patients            2  2 with slices, 2 scans
      findings            8
        error            2  Patient in several splits (patient-in-several-splits)
        warning          6  Image missing (image-missing)
    in [TIME]
    iceberg tables in the lake: shows snapshot [SNAPSHOT] (entry 2)
      versions   patients, quality_findings, ct_slices, snapshot_info
    in [TIME]
    next: duckdb -c "SELECT COUNT(*) FROM iceberg_scan('./lake/iceberg/ct_slices')"
    "#);
    lake.ctlake(["snapshots", "rollback", "1"]).ok();
    assert_snapshot!(lake.ctlake(["register", "--format", "iceberg", "-n"]).ok(), @"
    exit 0
    --- stdout
    iceberg tables in the lake would show snapshot [SNAPSHOT] (entry 3)
    + patients: entry 3, snapshot [SNAPSHOT] again, as in entry 1
    + quality_findings: entry 3, snapshot [SNAPSHOT] again, as in entry 1
    + ct_slices: entry 3, snapshot [SNAPSHOT] again, as in entry 1
    + snapshot_info: entry 3, snapshot [SNAPSHOT] again, as in entry 1
    ");
    lake.ctlake(["register", "--format", "iceberg"]).ok();
    assert_snapshot!(lake.ctlake(["status"]).ok(), @r#"
    exit 0
    --- stdout
    lake ./lake
    landing   CT-2A: 4 files, 0 of them images, 393 B; complete
    snapshot  [SNAPSHOT] of CT-2A
      entry 3 of 3, committed [TIME]
      ct_slices                   5 rows    2 files [SIZE]
      patients                    2 rows    2 files [SIZE]
      quality_findings            2 rows     1 file [SIZE]
      snapshot_info               1 rows     1 file [SIZE]
    findings  7
      error           2  patient-in-several-splits
      warning         5  image-missing
    catalog   iceberg tables in the lake: shows the current snapshot
    next: ctlake sql "SELECT rule, severity, subject, detail FROM quality_findings" --lake ./lake
    "#);
    // The second snapshot is no longer shown: it may go.
    lake.ctlake(["snapshots", "expire", "--keep", "1", "--older-than", "0s"])
        .ok();
    let metadata = lake.path("lake/iceberg/ct_slices/metadata/v4.metadata.json");
    let metadata: Value = serde_json::from_str(&fs::read_to_string(metadata).unwrap()).unwrap();
    assert_eq!(metadata["snapshots"].as_array().unwrap().len(), 1);
}

/// A lake on S3 with a catalog.
struct Cloud {
    s3: S3Server,
    glue: GlueServer,
    lake: Lake,
}

const IN_GLUE: [&str; 5] = ["register", "--format", "iceberg", "--database", "covidx"];

impl Cloud {
    fn built() -> Self {
        let cloud = Self {
            s3: S3Server::start(),
            glue: GlueServer::start(),
            lake: Lake::temp(),
        };
        cloud.lake.place(&release(3));
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

    /// Where Glue sends readers of a table, and where it did before.
    fn locations(&self, table: &str) -> [String; 2] {
        let table = self.glue.table(table);
        let root = "s3://lake/covid/iceberg/ct_slices/metadata/";
        ["metadata_location", "previous_metadata_location"]
            .map(|name| table.parameter(name).replace(root, ""))
    }

    /// As Trino does when it commits: parameters that it doesn't know are gone.
    fn forget_the_lake(&self) {
        let mut state = self.glue.state();
        let table = state.databases.get_mut("covidx").unwrap();
        let table = table.get_mut("ct_slices").unwrap();
        let parameters = table.input["Parameters"].as_object_mut().unwrap();
        parameters.retain(|name, _| !name.starts_with("ctlake."));
    }

    /// Sends readers of the slices to another file.
    fn send_to(&self, file: &str) {
        let mut state = self.glue.state();
        let table = state.databases.get_mut("covidx").unwrap();
        let table = table.get_mut("ct_slices").unwrap();
        let file = format!("s3://lake/covid/iceberg/ct_slices/metadata/{file}");
        table.input["Parameters"]["metadata_location"] = file.into();
        table.version += 1;
    }
}

#[test]
fn glue_is_moved_from_one_metadata_file_to_the_next() {
    let cloud = Cloud::built();
    assert_snapshot!(cloud.ctlake(&[&IN_GLUE[..], &["-n"]].concat()).ok(), @"
    exit 0
    --- stdout
    iceberg tables in covidx in AWS Glue, eu-central-1 would show snapshot [SNAPSHOT] (entry 1)
    + patients: entry 1, snapshot [SNAPSHOT]
    + quality_findings: entry 1, snapshot [SNAPSHOT]
    + ct_slices: entry 1, snapshot [SNAPSHOT]
    + snapshot_info: entry 1, snapshot [SNAPSHOT]
    covidx would show snapshot [SNAPSHOT] (entry 1)
    + database covidx
    + table patients, 17 columns
    + table quality_findings, 6 columns
    + table ct_slices, 27 columns
    + table snapshot_info, 9 columns
    ");
    assert_snapshot!(cloud.ctlake(&IN_GLUE).ok(), @r#"
    exit 0
    --- stderr
    iceberg tables in covidx in AWS Glue, eu-central-1: shows snapshot [SNAPSHOT] (entry 1)
      versions   patients, quality_findings, ct_slices, snapshot_info
      created    patients, quality_findings, ct_slices, snapshot_info
    7 requests to AWS Glue in [TIME]
    next: duckdb -c "SELECT COUNT(*) FROM iceberg_scan('s3://lake/covid/iceberg/ct_slices')"
    "#);
    let table = cloud.glue.table("ct_slices").input;
    assert_eq!(table["TableType"], "EXTERNAL_TABLE");
    assert_eq!(table["Parameters"]["table_type"], "ICEBERG");
    assert_eq!(table["PartitionKeys"], json!([]));
    let storage = &table["StorageDescriptor"];
    assert_eq!(storage["Location"], "s3://lake/covid/iceberg/ct_slices");
    let columns = storage["Columns"].as_array().unwrap();
    assert_eq!(columns.last().unwrap()["Name"], "diagnosis");
    assert_eq!(cloud.locations("ct_slices"), ["v1.metadata.json", ""]);
    let again = cloud.ctlake(&[&IN_GLUE[..], &["-n"]].concat()).ok();
    assert!(again.raw_stdout().contains("nothing to do"), "{again}");

    cloud
        .ctlake(&[
            "build",
            "--force",
            "--register",
            "iceberg",
            "--database",
            "covidx",
        ])
        .ok();
    let moved = ["v2.metadata.json", "v1.metadata.json"];
    assert_eq!(cloud.locations("ct_slices"), moved);
    // A process that died before it told Glue.
    cloud.send_to("v1.metadata.json");
    assert_snapshot!(cloud.ctlake(&["status"]).ok(), @"
    exit 0
    --- stdout
    lake s3://lake/covid
    landing   CT-2A: 4 files, 0 of them images, 359 B; complete
    snapshot  [SNAPSHOT] of CT-2A
      entry 2 of 2, committed [TIME]
      ct_slices                   5 rows    2 files [SIZE]
      patients                    2 rows    2 files [SIZE]
      quality_findings            2 rows     1 file [SIZE]
      snapshot_info               1 rows     1 file [SIZE]
    findings  7
      error           2  patient-in-several-splits
      warning         5  image-missing
    catalog   iceberg tables in covidx in AWS Glue, eu-central-1: shows entry 2, not all of the current snapshot
    next: ctlake register --format iceberg --database covidx --lake s3://lake/covid
    ");
    cloud.ctlake(&IN_GLUE).ok();
    assert_eq!(cloud.locations("ct_slices"), moved);
    assert_snapshot!(cloud.ctlake(&["status"]).ok(), @r#"
    exit 0
    --- stdout
    lake s3://lake/covid
    landing   CT-2A: 4 files, 0 of them images, 359 B; complete
    snapshot  [SNAPSHOT] of CT-2A
      entry 2 of 2, committed [TIME]
      ct_slices                   5 rows    2 files [SIZE]
      patients                    2 rows    2 files [SIZE]
      quality_findings            2 rows     1 file [SIZE]
      snapshot_info               1 rows     1 file [SIZE]
    findings  7
      error           2  patient-in-several-splits
      warning         5  image-missing
    catalog   iceberg tables in covidx in AWS Glue, eu-central-1: shows the current snapshot
    next: ctlake sql "SELECT rule, severity, subject, detail FROM quality_findings" --lake s3://lake/covid
    "#);
}

#[test]
fn where_somebody_else_has_moved_a_table_in_glue_that_is_what_is_shown() {
    let cloud = Cloud::built();
    cloud.ctlake(&IN_GLUE).ok();
    let key = |name: &str| format!("covid/iceberg/ct_slices/metadata/{name}");
    let read = |name: &str| {
        let text = cloud.s3.object(&key(name)).expect("there");
        String::from_utf8(text.to_vec()).unwrap()
    };
    let foreign = appended(&read("v1.metadata.json"));
    cloud.s3.overwrite(&key("00002-aa.metadata.json"), foreign);
    cloud.send_to("00002-aa.metadata.json");
    cloud.forget_the_lake();
    assert_snapshot!(cloud.ctlake(&IN_GLUE).fails(1), @"
    exit 1
    --- stderr
    error: version 77 of `ct_slices` was not made by ctlake (append): the next one would undo it

    hint: `ctlake register --force`, with the same `--format`, puts the log's files in its place, as a new version; what was written there stays in the old one
    ");
    cloud.ctlake(&[&IN_GLUE[..], &["--force"]].concat()).ok();
    assert_eq!(
        cloud.locations("ct_slices"),
        ["v2.metadata.json", "00002-aa.metadata.json"]
    );
    let metadata: Value = serde_json::from_str(&read("v2.metadata.json")).unwrap();
    assert_eq!(metadata["snapshots"].as_array().unwrap().len(), 2);
    let logged: BTreeSet<&str> = metadata["metadata-log"]
        .as_array()
        .unwrap()
        .iter()
        .map(|log| log["metadata-file"].as_str().unwrap())
        .collect();
    assert!(
        logged
            .iter()
            .any(|file| file.ends_with("00002-aa.metadata.json"))
    );
    cloud.ctlake(&IN_GLUE).ok();
}
