//! `ctlake run`: from the source to the tables in one command.

use std::fs;

use super::{Ground, SOURCE, summary};
use crate::support::Lake;

#[test]
fn a_dataset_becomes_tables() {
    let ground = Ground::new();
    let done = summary(&ground.ctlake(&["run", SOURCE, "--json"]).ok());
    assert_eq!(done["ingest"]["missing"], 0);
    assert_eq!(done["build"]["built"]["published"], true);
    ground.check_whole();
    // What the stages make one by one from the unpacked dataset.
    let lake = Lake::built(&ground.dataset);
    let digest = |lake: &Lake| lake.log()[0]["content_id"].clone();
    assert_eq!(digest(&ground.lake), digest(&lake));
    insta::assert_snapshot!(ground.ctlake(&["run", SOURCE]).ok(), @r#"
    exit 0
    --- stderr
    CT-2A: 0 files (0 B) to store; 166 files ([SIZE]) there already
    CT-2A: 0 files stored (0 B) in [TIME]
      in the source           166 files        1,892,695 bytes
      = stored                  0 files                0 bytes
      + there already         166 files        1,892,695 bytes
      + failed                  0 files                0 bytes
    CT-2A: up to date: snapshot [SNAPSHOT] has the same content
    next: ctlake sql "SELECT split, diagnosis, COUNT(*) AS slices FROM ct_slices GROUP BY split, diagnosis" --lake ./lake
    "#);
}

#[test]
fn a_dry_run_reads_the_labels_and_says_what_it_cannot_know() {
    let ground = Ground::new();
    let said = ground.ctlake(&["run", SOURCE, "--dry-run"]).ok();
    insta::assert_snapshot!(said, @"
    exit 0
    --- stdout
    CT-2A: 166 files ([SIZE]) to store; 0 files (0 B) there already
    CT-2A: would then publish a snapshot
      slices            163  in 14 partitions
      patients           26  21 with slices, 31 scans
      findings           16
        error            2  File name listed twice (duplicate-file-name)
        warning          4  Slice without metadata (slice-without-metadata)
        warning          2  Patient family in several splits (family-in-several-splits)
        warning          1  Box inverted or empty (box-inverted)
        warning          1  Spelling unified (value-respelled)
        warning          1  Implausible age (implausible-age)
        info             5  Patient without slices (patient-without-slices)
      ct_slices: 163 rows in 14 files
                5  country=China/sex=F/diagnosis=COVID-19
                8  country=China/sex=M/diagnosis=COVID-19
               18  country=China/sex=Unknown/diagnosis=COVID-19
                5  country=China/sex=Unknown/diagnosis=Normal
               31  country=China/sex=Unknown/diagnosis=Pneumonia
                5  country=Côte d'Ivoire/sex=F/diagnosis=COVID-19
                9  country=Iran/sex=M/diagnosis=COVID-19
               14  country=Iran/sex=M/diagnosis=Normal
               10  country=Italy/sex=M/diagnosis=Normal
                5  country=Unknown/sex=F/diagnosis=COVID-19
                4  country=Unknown/sex=M/diagnosis=COVID-19
               16  country=Unknown/sex=M/diagnosis=Pneumonia
               25  country=Unknown/sex=Unknown/diagnosis=COVID-19
                8  country=Unknown/sex=Unknown/diagnosis=Normal
      patients: 26 rows in 15 files
                1  country=China/sex=F/diagnosis=COVID-19
                1  country=China/sex=M/diagnosis=COVID-19
                2  country=China/sex=Unknown/diagnosis=COVID-19
                1  country=China/sex=Unknown/diagnosis=Normal
                3  country=China/sex=Unknown/diagnosis=Pneumonia
                1  country=Côte d'Ivoire/sex=F/diagnosis=COVID-19
                1  country=Iran/sex=M/diagnosis=COVID-19
                1  country=Iran/sex=M/diagnosis=Normal
                1  country=Italy/sex=M/diagnosis=Normal
                5  country=Russia/sex=Unknown/diagnosis=COVID-19
                1  country=Unknown/sex=F/diagnosis=COVID-19
                1  country=Unknown/sex=M/diagnosis=COVID-19
                1  country=Unknown/sex=M/diagnosis=Pneumonia
                5  country=Unknown/sex=Unknown/diagnosis=COVID-19
                1  country=Unknown/sex=Unknown/diagnosis=Normal
      quality_findings: 15 rows in 1 file
      snapshot_info: 1 row in 1 file
    not known before the images are stored: their sizes, and the findings about images
    ");
    assert!(!ground.lake.path("lake").exists());
    // Of the images nothing.
    let images: u64 = ground
        .dataset
        .files()
        .iter()
        .filter(|(path, _)| path.contains("_images/"))
        .map(|(_, content)| content.len() as u64)
        .sum();
    let sent = ground.server.requests().bytes_sent();
    assert!(
        sent < ground.archive.len() as u64 - images + 2 * 256 * 1024,
        "{sent}"
    );
    // When all is there, all is known.
    ground.ingest(SOURCE, &[], 0);
    let plan = ground.ctlake(&["run", SOURCE, "--dry-run", "--json"]).ok();
    let plan = plan.json_lines().pop().unwrap();
    assert_eq!(plan["build"]["exact"], true);
    assert_eq!(plan["build"]["action"], "build");
}

#[test]
fn an_ingest_that_is_not_complete_ends_the_run() {
    let lake = Lake::temp();
    lake.ctlake("sample dataset.zip --zip --patients 21".split(' '))
        .ok();
    let path = lake.path("dataset.zip");
    let whole = fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    // In the first image.
    damaged[200] ^= 1;
    fs::write(&path, damaged).unwrap();
    let said = lake.ctlake(["run", "dataset.zip", "--json"]).exits(3);
    let done = summary(&said);
    assert_eq!(done["build"], "not_begun");
    assert_eq!(done["ingest"]["failed"].as_array().unwrap().len(), 1);
    assert!(!lake.has("curated"));
    fs::write(&path, whole).unwrap();
    let done = summary(&lake.ctlake(["run", "dataset.zip", "--json"]).ok());
    assert_eq!(done["ingest"]["stored"]["files"], 1);
    assert_eq!(done["build"]["built"]["published"], true);
}

#[test]
fn an_audit_that_fails_publishes_nothing() {
    let ground = Ground::new();
    ground
        .ctlake(&["run", SOURCE, "--fail-on", "error"])
        .fails(1);
    assert!(!ground.lake.has("_ctlake/log"));
    ground.check_whole();
}
