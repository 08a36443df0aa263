//! `ctlake report`: the page as it stands in its file. What a browser makes of it is read in `tests/conformance/browser`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ctlake::covidx::Split;
use insta::assert_snapshot;
use sha2::{Digest, Sha256};

use crate::support::rows::Row;
use crate::support::{Dataset, Lake, dataset};

/// A number of the page: what is counted, of what, and the value.
#[derive(Debug)]
struct Figure {
    measure: String,
    pins: BTreeMap<String, String>,
    value: Option<f64>,
    text: String,
}

/// Writes the page of the lake and reads it.
fn page(lake: &Lake) -> String {
    lake.ctlake(["report"]).ok();
    fs::read_to_string(lake.path("report.html")).unwrap()
}

/// Text as a browser reads it in HTML.
fn unescaped(text: &str) -> String {
    let mut text = text.to_owned();
    for (code, letter) in [
        ("60", "<"),
        ("62", ">"),
        ("34", "\""),
        ("39", "'"),
        ("38", "&"),
    ] {
        text = text.replace(&format!("&#{code};"), letter);
    }
    text
}

/// Every number of a page.
fn figures(page: &str) -> Vec<Figure> {
    let mut figures = Vec::new();
    for piece in page.split(" data-figure=\"").skip(1) {
        let (attributes, rest) = piece.split_once('>').unwrap();
        let mut parts = attributes.trim_end_matches('"').split("\" data-");
        let measure = parts.next().unwrap().to_owned();
        let mut pins: BTreeMap<String, String> = parts
            .map(|part| {
                let (name, value) = part.split_once("=\"").unwrap();
                (name.to_owned(), unescaped(value))
            })
            .collect();
        pins.remove("unit").unwrap();
        let value = pins.remove("value").unwrap();
        figures.push(Figure {
            measure,
            pins,
            value: value.parse().ok(),
            text: rest.split('<').next().unwrap().to_owned(),
        });
    }
    figures
}

/// A row's value in a dimension of the page.
fn value<'a>(row: &'a Row, dimension: &str) -> &'a str {
    let column = if dimension == "age" {
        "age_band"
    } else {
        dimension
    };
    row[column].as_deref().unwrap_or("Unknown")
}

/// What a figure must be, counted row by row.
fn expected(figure: &Figure, slices: &[Row], patients: &[Row]) -> Option<f64> {
    let of = |rows: &'_ [Row]| -> Vec<Row> {
        let mut rows = rows.to_vec();
        rows.retain(|row| {
            figure
                .pins
                .iter()
                .all(|(name, pin)| value(row, name) == pin)
        });
        rows
    };
    let rows = of(slices);
    let ids = |keep: &dyn Fn(&Row) -> bool| -> f64 {
        let kept = rows.iter().filter(|row| keep(row));
        kept.map(|row| &row["patient_id"])
            .collect::<BTreeSet<_>>()
            .len() as f64
    };
    let mut scans: BTreeMap<_, u32> = BTreeMap::new();
    for row in &rows {
        *scans
            .entry((&row["patient_id"], &row["scan_id"]))
            .or_default() += 1;
    }
    let mut sizes: Vec<u32> = scans.into_values().collect();
    sizes.sort_unstable();
    let ages: BTreeMap<_, _> = rows
        .iter()
        .map(|row| (&row["patient_id"], &row["age"]))
        .collect();
    let mut ages: Vec<u32> = ages
        .into_values()
        .flatten()
        .map(|age| age.parse().unwrap())
        .collect();
    ages.sort_unstable();
    let count = rows.len() as f64;
    let all = ids(&|_| true);
    let share = |part: f64| (all > 0.0).then(|| part / all);
    match figure.measure.as_str() {
        "slices" => Some(count),
        "patients" => Some(all),
        "scans" => Some(sizes.len() as f64),
        "slices-per-patient" => share(count),
        "slices-per-scan" => (count > 0.0).then(|| count / sizes.len() as f64),
        "image-completeness" => {
            let landed = rows
                .iter()
                .filter(|row| row["in_landing"].as_deref() == Some("true"));
            (count > 0.0).then(|| landed.count() as f64 / count)
        }
        "patients-without-images" => {
            let without = of(patients)
                .into_iter()
                .filter(|row| row["slices"].as_deref() == Some("0"));
            Some(without.count() as f64)
        }
        "median-age" => middle(&ages),
        "sex-known" => share(ids(&|row| value(row, "sex") != "Unknown")),
        "age-known" => share(ids(&|row| row["age"].is_some())),
        "country-known" => share(ids(&|row| value(row, "country") != "Unknown")),
        "fewest-slices" => sizes.first().map(|size| f64::from(*size)),
        "median-slices" => middle(&sizes),
        "most-slices" => sizes.last().map(|size| f64::from(*size)),
        other => panic!("count {other} here too"),
    }
}

fn middle(sorted: &[u32]) -> Option<f64> {
    let (low, high) = (sorted.len().checked_sub(1)? / 2, sorted.len() / 2);
    Some(f64::midpoint(
        f64::from(sorted[low]),
        f64::from(sorted[high]),
    ))
}

/// The texts of a page's elements of one kind.
fn elements<'a>(page: &'a str, begin: &str, end: &str) -> Vec<&'a str> {
    let pieces = page.split(begin).skip(1);
    pieces
        .map(|piece| piece.split(end).next().unwrap())
        .collect()
}

#[test]
fn every_number_is_what_the_rows_say() {
    let lake = Lake::built(&Dataset::sample(&dataset::small_sample(4)));
    let page = page(&lake);
    let (slices, patients) = (lake.rows("ct_slices"), lake.rows("patients"));
    let figures = figures(&page);
    assert!(figures.len() > 200, "{}", figures.len());
    let measures: BTreeSet<&str> = figures
        .iter()
        .map(|figure| figure.measure.as_str())
        .collect();
    assert_eq!(measures.len(), 14, "{measures:?}");
    for figure in &figures {
        let expected = expected(figure, &slices, &patients);
        let same = match (figure.value, expected) {
            (Some(value), Some(expected)) => (value - expected).abs() < 1e-9,
            (value, expected) => value.is_none() && expected.is_none() && figure.text == "–",
        };
        assert!(same, "{figure:?}, counted {expected:?}");
    }
    // Something is there that could be counted wrong: patients in two splits, others without images.
    let split = |split: Split| {
        figures
            .iter()
            .any(|figure| figure.pins.get("split") == Some(&split.to_string()))
    };
    assert!(Split::ALL.into_iter().all(split));
}

#[test]
fn a_patient_of_two_splits_and_two_classes_is_one_patient() {
    let leaked = Dataset::small()
        .line(Split::Test, "NCP_1_11_0001.png 1 10 20 110 120")
        .line(Split::Test, "NCP_1_11_0002.png 1 10 20 110 120");
    let figures = figures(&page(&Lake::built(&leaked)));
    let number = |measure: &str, pins: &[(&str, &str)]| {
        let pins: BTreeMap<String, String> = pins
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let figure = figures
            .iter()
            .find(|figure| figure.measure == measure && figure.pins == pins);
        figure.unwrap().text.clone()
    };
    assert_eq!(number("patients", &[]), "5");
    assert_eq!(number("patients", &[("split", "train")]), "2");
    assert_eq!(number("patients", &[("split", "test")]), "2");
    assert_eq!(number("patients", &[("diagnosis", "COVID-19")]), "2");
    assert_eq!(number("patients", &[("diagnosis", "Pneumonia")]), "2");
    assert_eq!(
        number("slices", &[("split", "test"), ("diagnosis", "Pneumonia")]),
        "2"
    );
}

#[test]
fn names_that_are_markup_are_text() {
    let hostile = "</script><script>alert(1)</script>";
    let lake = Lake::built(&Dataset::small().metadata_with("COVID-CTSet", hostile));
    let page = page(&lake);
    assert!(!page.contains("<script>alert"), "it would run");
    let escaped = "&#60;/script&#62;&#60;script&#62;alert(1)&#60;/script&#62;";
    // In the filter, in the tables, among the findings.
    assert!(page.matches(escaped).count() > 3);
    let facts = elements(
        &page,
        "<script type=\"application/json\" id=\"facts\">",
        "</script>",
    )[0];
    let facts: serde_json::Value = serde_json::from_str(facts).unwrap();
    let sources = facts["dimensions"]["source"]["values"].as_array().unwrap();
    assert!(
        sources.iter().any(|source| source == hostile),
        "{sources:?}"
    );
}

#[test]
fn the_page_asks_no_network_and_runs_just_its_two_scripts() {
    let page = page(&Lake::built(&Dataset::small()));
    for outside in ["<link", "src=\"http", "url(", "@import", "<iframe"] {
        let own = page.replace(elements(&page, "<script>", "</script>")[0], "");
        assert!(!own.contains(outside), "{outside}");
    }
    let policy = unescaped(elements(&page, "Content-Security-Policy\" content=\"", "\"")[0]);
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    let scripts = elements(&page, "<script>", "</script>");
    assert_eq!(scripts.len(), 2);
    for script in scripts {
        let digest = STANDARD.encode(Sha256::digest(script));
        assert!(policy.contains(&format!("'sha256-{digest}'")), "{policy}");
    }
    // The licence of what is passed on with it.
    assert!(page.contains("Copyright 2012-2025, Plotly, Inc."));
    assert!(page.len() < 6_000_000);
}

#[test]
fn patients_are_not_named_but_in_findings() {
    let page = page(&Lake::built(&Dataset::small()));
    assert!(!page.contains("NCP_1") && !page.contains("patient5"));
}

#[test]
fn what_is_said_and_where_it_is_written() {
    let lake = Lake::built(&Dataset::small());
    let planned = lake.ctlake(["report", "--dry-run"]).ok();
    assert!(!lake.path("report.html").exists());
    let done = lake.ctlake(["report"]).ok();
    assert_snapshot!(done, @"
    exit 0
    --- stderr
    report.html: [SIZE] of snapshot [SNAPSHOT] (entry 1)
      6 slices of 5 patients, 0 without images; 6 findings, 0 pictures
    next: open report.html in a browser
    ");
    assert!(done.stderr().starts_with(planned.stdout()), "{planned}");
    // The same snapshot is the same page, whoever makes it.
    let first = fs::read(lake.path("report.html")).unwrap();
    let said = lake
        .ctlake(["report", "--out", "again.html", "--json"])
        .ok();
    assert_eq!(first, fs::read(lake.path("again.html")).unwrap());
    let summary = &said.json_lines()[0]["summary"];
    assert_eq!(summary["bytes"], first.len());
    assert_eq!(summary["report"]["patients"], 5);
    assert_eq!(summary["snapshot"], lake.snapshot().as_str());
    assert!(!lake.path("report.html.part").exists());
}

#[test]
fn an_older_snapshot() {
    let lake = Lake::built(&Dataset::small());
    let first = page(&lake);
    lake.ingest(&Dataset::small().line(Split::Test, "CP_3_31_0001.png 1 10 20 110 120"));
    lake.ctlake(["build"]).ok();
    assert_ne!(page(&lake), first);
    lake.ctlake(["report", "--snapshot", "1"]).ok();
    assert_eq!(fs::read_to_string(lake.path("report.html")).unwrap(), first);
}

#[test]
fn without_a_snapshot_or_a_place_to_write_to() {
    let lake = Lake::with(&Dataset::small());
    assert_snapshot!(lake.ctlake(["report"]).fails(1), @"
    exit 1
    --- stderr
    error: lake `./lake` has no snapshot yet

    hint: build one: `ctlake build --lake ./lake`
    ");
    lake.ctlake(["build"]).ok();
    assert_snapshot!(lake.ctlake(["report", "--out", "no/such/report.html"]).fails(1), @"
    exit 1
    --- stderr
    error: cannot write `no/such/report.html`: No such file or directory (os error 2)

    hint: check the path, its permissions and the free space: `df -h`
    ");
}

#[test]
fn pictures_in_turns_from_each_class_and_source() {
    let lake = Lake::with(&Dataset::sample(&dataset::small_sample(5)));
    lake.ctlake(["build", "--previews"]).ok();
    let whole = page(&lake);
    let pictures = elements(&whole, "<img src=\"data:image/png;base64,", "\"");
    assert_eq!(pictures.len(), 24);
    assert!(
        pictures
            .iter()
            .all(|picture| STANDARD.decode(picture).is_ok())
    );
    let titles = elements(&whole, "alt=\"CT slice", "\"");
    let classes = ["COVID-19", "Normal", "Pneumonia"];
    for (title, class) in titles.iter().zip(classes.iter().cycle()).take(6) {
        assert!(title.contains(class), "{title}");
    }
    lake.ctlake(["report", "--previews", "3"]).ok();
    let few = fs::read_to_string(lake.path("report.html")).unwrap();
    assert_eq!(elements(&few, "<img ", ">").len(), 3);
    lake.ctlake(["report", "--previews", "0"]).ok();
    let none = fs::read_to_string(lake.path("report.html")).unwrap();
    assert!(!none.contains("<img ") && !none.contains("id=\"previews\""));
}
