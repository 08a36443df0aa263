//! The published labels of release CT-2A, in the folder that `COVIDX_LABELS` names: counts as the dataset's authors and its
//! documentation have them.

use std::env;
use std::path::PathBuf;

use ctlake::datasets::covidx_ct::contract;
use insta::assert_snapshot;

use crate::support::Lake;

/// The folder with the labels; `None`, said aloud, when the variable is not set.
pub(crate) fn labels() -> Option<PathBuf> {
    let folder = env::var_os("COVIDX_LABELS").filter(|folder| !folder.is_empty());
    if folder.is_none() {
        println!("skipped: COVIDX_LABELS is not set");
    }
    // Cargo runs tests in the crate's folder, and the program runs in another.
    folder.map(|folder| {
        PathBuf::from(folder)
            .canonicalize()
            .expect("COVIDX_LABELS names a folder")
    })
}

/// The measures of the Power BI model, against published counts and against the rows.
fn measures_add_up(lake: &Lake) {
    let ask = |name: &str, by: &[&str]| {
        let measure = contract()
            .measures
            .iter()
            .find(|measure| measure.name == name);
        let question = measure.expect("a measure").sql(by);
        let order = if by.is_empty() {
            String::new()
        } else {
            format!(" ORDER BY {}", by.join(", "))
        };
        lake.sql(&format!("{question}{order}"))
    };
    assert_eq!(ask("Slices", &[]), "value\n194922\n");
    assert_eq!(ask("Patients", &[]), "value\n4501\n");
    assert_eq!(ask("Patients with images", &[]), "value\n3745\n");
    assert_eq!(
        ask("Patients of the slices", &["split"]),
        "split,value\ntest,426\ntrain,2837\nval,482\n"
    );
    assert_eq!(
        ask("Slices", &["diagnosis"]),
        "diagnosis,value\nCOVID-19,94548\nNormal,60083\nPneumonia,40291\n"
    );
    assert_eq!(ask("Leaked patients", &[]), "value\n0\n");
    crate::measures::check(lake);
}

#[test]
fn release_2a_adds_up() {
    let Some(folder) = labels() else {
        return;
    };
    let lake = Lake::temp();
    lake.command(["ingest"])
        .arg(&folder)
        .output()
        .expect("it runs");
    lake.ctlake(["build"]).ok();
    assert_snapshot!(lake.sql(
        "SELECT split, diagnosis, COUNT(*) AS slices FROM ct_slices GROUP BY split, diagnosis ORDER BY split, diagnosis"
    ), @"
    split,diagnosis,slices
    test,COVID-19,6018
    test,Normal,12245
    test,Pneumonia,7395
    train,COVID-19,82286
    train,Normal,35996
    train,Pneumonia,25496
    val,COVID-19,6244
    val,Normal,11842
    val,Pneumonia,7400
    ");
    assert_snapshot!(lake.sql(
        "SELECT split, COUNT(*) AS patients, SUM(slices) AS slices FROM patients GROUP BY split ORDER BY split"
    ), @"
    split,patients,slices
    test,426,25658
    train,2837,143778
    val,482,25486
    ,756,0
    ");
    assert_snapshot!(lake.sql("SELECT in_metadata, COUNT(*) AS slices FROM ct_slices GROUP BY in_metadata"), @"
    in_metadata,slices
    true,194922
    ");
    let mut rules = std::collections::BTreeMap::new();
    for row in lake.rows("quality_findings") {
        *rules.entry(row["rule"].clone().unwrap()).or_insert(0) += 1;
    }
    let expected = [
        ("family-in-several-splits", 1),
        ("image-missing", 1),
        ("implausible-age", 6),
        ("patient-without-slices", 756),
    ];
    assert_eq!(
        rules,
        expected
            .map(|(rule, count)| (rule.to_owned(), count))
            .into()
    );
    measures_add_up(&lake);
    let info = &lake.rows("snapshot_info")[0];
    assert_eq!(info["release"].as_deref(), Some("CT-2A"));
    assert_eq!(info["findings"].as_deref(), Some("195686"));
}
