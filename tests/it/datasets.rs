//! What holds of any dataset: a toy goes through every stage, and a lake holds one dataset.

use std::sync::Arc;

use arrow::util::pretty::pretty_format_batches;
use ctlake::catalog::{self, Moving, Partitions, RegisterOptions};
use ctlake::datasets::{Dataset as _, SampleOptions, covidx_ct};
use ctlake::images::SelectionOptions;
use ctlake::lake::projection::Format;
use ctlake::lake::{Lake, LakeError, Location, snapshots};
use ctlake::ops::export_images;
use ctlake::ops::run::{self, RunOptions};
use ctlake::ops::sample::write_folder;
use ctlake::powerbi::{ProjectOptions, project};
use ctlake::progress::{Silent, Stop};
use ctlake::release::DatasetFormat;
use ctlake::{ingest, query};
use insta::assert_snapshot;
use tempfile::TempDir;

use crate::support::toy::{Toy, ToyFormat};

const KNOWN: [&dyn DatasetFormat; 2] = [&covidx_ct::CtFormat, &ToyFormat];

/// The lake in a folder of the toy dataset's, through ingest and build.
async fn built(dir: &TempDir) -> Lake {
    let source = dir.path().join("source");
    let sample = Toy.sample(&SampleOptions {
        patients: 3,
        seed: 1,
        release: "only".parse().unwrap(),
    });
    write_folder(&*sample, &source).unwrap();
    let location = Location::Folder(dir.path().join("lake"));
    let lake = Lake::create(&location, &[&ToyFormat]).await.unwrap();
    let options = RunOptions::default();
    let plan = ingest::plan(&lake, &source, &options.ingest).await.unwrap();
    let stop = Stop::default();
    let run = run::run(&Toy, &lake, plan, &options, Arc::new(Silent), &stop);
    assert!(run.await.unwrap().is_complete());
    Lake::open(&location, &KNOWN).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_toy_dataset_goes_through_every_stage() {
    let dir = TempDir::with_prefix("ctlake-").unwrap();
    let lake = built(&dir).await;
    assert_eq!(lake.dataset().name(), "toy");
    let entry = snapshots::resolve(&lake, None).await.unwrap();
    assert_eq!(entry.dataset.as_deref(), Some("toy"));

    let sql = "SELECT s.camera_id, weather, in_landing, image_bytes, c.shots \
               FROM shots AS s JOIN cameras AS c ON c.camera_id = s.camera_id ORDER BY weather, image_key";
    let engine = query::engine(&lake, &entry).unwrap();
    let answer = engine.query(sql, None).await.unwrap();
    assert_snapshot!(pretty_format_batches(&answer.batches).unwrap(), @"
    +-----------+---------+------------+-------------+-------+
    | camera_id | weather | in_landing | image_bytes | shots |
    +-----------+---------+------------+-------------+-------+
    | north     | rain    | true       | 6           | 2     |
    | north     | sun     | true       | 5           | 2     |
    | south     | sun     | false      |             | 1     |
    +-----------+---------+------------+-------------+-------+
    ");
    let sql = "SELECT weather, shots FROM shots_by_weather ORDER BY weather";
    let engine = query::polars_engine(&lake, &entry).unwrap();
    let answer = engine.query(sql, None).await.unwrap();
    assert_snapshot!(pretty_format_batches(&answer.batches).unwrap(), @"
    +---------+-------+
    | weather | shots |
    +---------+-------+
    | rain    | 1     |
    | sun     | 2     |
    +---------+-------+
    ");

    let options = SelectionOptions {
        layout: "weather".parse().unwrap(),
        sample: None,
    };
    let sql = "SELECT image_key FROM shots WHERE in_landing";
    let (_, images) = export_images::select(&lake, &entry, sql, &options)
        .await
        .unwrap();
    let mut paths: Vec<&str> = images.images.iter().map(|image| &*image.path).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["rain/b.jpg", "sun/a.jpg"]);

    let report = Toy.report(&lake, &entry, 0).await.unwrap();
    assert_eq!(report.html, "<p>3 shots</p>");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_toy_dataset_is_registered_in_every_format() {
    let dir = TempDir::with_prefix("ctlake-").unwrap();
    let lake = built(&dir).await;
    let entry = snapshots::resolve(&lake, None).await.unwrap();

    let database = lake.contract().database.parse().unwrap();
    let wanted = catalog::wanted(&lake, &entry, &database);
    let script = catalog::script(&database, &wanted.definitions, Partitions::Listed);
    let root = dir.path().display().to_string();
    let statements: Vec<&str> = script
        .lines()
        .filter(|line| line.starts_with("CREATE") || line.contains("PARTITION ("))
        .map(str::trim)
        .collect();
    let statements = statements.join("\n").replace(&root, "DIR");
    let statements = statements.replace(entry.snapshot.as_str(), "SNAPSHOT");
    assert_snapshot!(statements, @"
    CREATE DATABASE IF NOT EXISTS `cameras`;
    CREATE EXTERNAL TABLE IF NOT EXISTS `cameras`.`cameras` (
    CREATE EXTERNAL TABLE IF NOT EXISTS `cameras`.`shots` (
    PARTITION (weather = 'rain') LOCATION 'DIR/lake/curated/shots/SNAPSHOT/weather=rain/'
    PARTITION (weather = 'sun') LOCATION 'DIR/lake/curated/shots/SNAPSHOT/weather=sun/';
    CREATE OR REPLACE VIEW cameras.shots_by_weather AS
    ");

    let options = RegisterOptions {
        formats: [Format::Iceberg, Format::Delta].into(),
        database: None,
        suffix: None,
        adopt: false,
        partitions: false,
        moving: Moving::default(),
    };
    catalog::register(&lake, &options).await.unwrap();
    for file in [
        "iceberg/shots/metadata/v1.metadata.json",
        "iceberg/cameras/metadata/v1.metadata.json",
        "curated/shots/_delta_log/00000000000000000000.json",
        "curated/cameras/_delta_log/00000000000000000000.json",
    ] {
        assert!(dir.path().join("lake").join(file).is_file(), "{file}");
    }
}

#[test]
fn a_toy_dataset_has_a_power_bi_project() {
    let options = ProjectOptions::default();
    let files = project(ToyFormat.contract(), Toy.presentation(), &options);
    let paths: Vec<&str> = files
        .iter()
        .map(|file| &*file.path)
        .filter(|path| path.contains("/tables/") || path.ends_with("page.json"))
        .collect();
    assert_eq!(paths.len(), 3, "{paths:?}");
    for file in &files {
        assert!(!file.text.contains("ct_slices"), "{}", file.path);
    }
}

#[tokio::test]
async fn a_lake_holds_one_dataset() {
    let dir = TempDir::with_prefix("ctlake-").unwrap();
    let lake = built(&dir).await;
    let location = Location::Folder(dir.path().join("lake"));
    let unknown = ctlake::datasets::open(&location).await.unwrap_err();
    assert!(
        matches!(&unknown, LakeError::UnknownDataset { found, .. } if found == "toy"),
        "{unknown}"
    );
    // Whoever has bound the store to another dataset is stopped where it would write.
    let other = Lake::with_store(Arc::clone(lake.store()), "lake", &covidx_ct::CtFormat);
    let error = ctlake::lake::format::ensure(&other).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "lake `lake` holds the dataset `toy`, not `covidx-ct`"
    );
}
