//! `ctlake report`: the page as it stands in its file. What a browser makes of it is read in `tests/conformance/browser`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ctlake::datasets::covidx_ct::files::Split;
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
        _ => of_summary(&figure.measure, &rows),
    }
}

/// The same for the measures of the sentences.
fn of_summary(measure: &str, rows: &[Row]) -> Option<f64> {
    let ids = |keep: &dyn Fn(&Row) -> bool| -> f64 {
        let kept = rows.iter().filter(|row| keep(row));
        let ids: BTreeSet<_> = kept.map(|row| &row["patient_id"]).collect();
        ids.len() as f64
    };
    let count = rows.len() as f64;
    let all = ids(&|_| true);
    match measure {
        "splits" => Some(values_of(rows, "split").len() as f64),
        "balance-gap" => {
            let classes = values_of(rows, "diagnosis").into_iter();
            let share = |split: &str, class: &str| {
                let of_split = rows.iter().filter(|row| value(row, "split") == split);
                let (mut all, mut found) = (0.0, 0.0);
                for row in of_split {
                    all += 1.0;
                    found += f64::from(u8::from(value(row, "diagnosis") == class));
                }
                found / all
            };
            let splits = values_of(rows, "split");
            let gaps = classes.map(|class| {
                let shares = splits.iter().map(|split| share(split, class));
                span(shares.collect()).unwrap()
            });
            gaps.reduce(f64::max)
        }
        "sources" => Some(values_of(rows, "source").len() as f64),
        "single-class-sources" => Some(single_class_sources(rows).len() as f64),
        "single-class-share" => {
            let sources = single_class_sources(rows);
            let of_them = rows
                .iter()
                .filter(|row| sources.contains(value(row, "source")));
            (count > 0.0).then(|| of_them.count() as f64 / count)
        }
        "shared-patients" => {
            let mut splits: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
            for row in rows {
                let splits = splits.entry(&row["patient_id"]).or_default();
                splits.insert(&row["split"]);
            }
            let shared = splits.into_values().filter(|splits| splits.len() > 1);
            Some(shared.count() as f64)
        }
        "fully-described" => (all > 0.0).then(|| {
            ids(&|row| {
                let known = ["sex", "country"]
                    .iter()
                    .all(|name| value(row, name) != "Unknown");
                known && row["age"].is_some()
            }) / all
        }),
        "median-age-gap" => {
            let diagnoses = values_of(rows, "diagnosis").into_iter();
            let medians = diagnoses.filter_map(|diagnosis| {
                let of = rows
                    .iter()
                    .filter(|row| value(row, "diagnosis") == diagnosis);
                let ages: BTreeMap<_, _> =
                    of.map(|row| (&row["patient_id"], &row["age"])).collect();
                let mut ages: Vec<u32> = ages
                    .into_values()
                    .flatten()
                    .map(|age| age.parse().unwrap())
                    .collect();
                ages.sort_unstable();
                middle(&ages)
            });
            span(medians.collect())
        }
        "most-of-diagnosis" | "most-of-country" => {
            let dimension = measure.trim_start_matches("most-of-");
            let known = values_of(rows, dimension).into_iter();
            let known = known.filter(|known| *known != "Unknown");
            let counts = known.map(|known| ids(&|row| value(row, dimension) == known));
            Some(counts.fold(0.0, f64::max))
        }
        other => panic!("count {other} here too"),
    }
}

/// The values of a dimension.
fn values_of<'a>(rows: &'a [Row], dimension: &str) -> BTreeSet<&'a str> {
    rows.iter().map(|row| value(row, dimension)).collect()
}

/// Sources whose slices all have one class.
fn single_class_sources(rows: &[Row]) -> BTreeSet<&str> {
    let mut classes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in rows {
        let classes = classes.entry(value(row, "source")).or_default();
        classes.insert(value(row, "diagnosis"));
    }
    classes.retain(|_, classes| classes.len() == 1);
    classes.into_keys().collect()
}

/// The greatest minus the least.
fn span(numbers: Vec<f64>) -> Option<f64> {
    let greatest = numbers.iter().copied().reduce(f64::max)?;
    Some(greatest - numbers.into_iter().reduce(f64::min)?)
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
    // One more, the number of splits, is in conditions only.
    assert_eq!(measures.len(), 23, "{measures:?}");
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
    assert_eq!(number("shared-patients", &[]), "1");
    assert_eq!(number("patients", &[("split", "train")]), "2");
    assert_eq!(number("patients", &[("split", "test")]), "2");
    assert_eq!(number("patients", &[("diagnosis", "COVID-19")]), "2");
    assert_eq!(number("patients", &[("diagnosis", "Pneumonia")]), "2");
    assert_eq!(
        number("slices", &[("split", "test"), ("diagnosis", "Pneumonia")]),
        "2"
    );
}

/// The text of an element without its tags and without variants that are hidden.
fn shown(html: &str) -> String {
    let mut text = String::new();
    let mut hidden = false;
    for piece in html.split('<') {
        let (tag, rest) = piece.split_once('>').unwrap_or(("", piece));
        if tag.starts_with("span") {
            hidden = tag.ends_with(" hidden");
        }
        if !hidden {
            text.push_str(rest);
        }
    }
    unescaped(text.trim())
}

#[test]
fn five_sentences_and_a_title_for_each_chart() {
    let leaked = Dataset::small().line(Split::Test, "NCP_1_11_0001.png 1 10 20 110 120");
    let page = page(&Lake::built(&leaked));
    let said = elements(&page, "<li id=\"summary-", "</li>");
    let said: Vec<String> = said
        .into_iter()
        .map(|each| shown(each.split_once('>').unwrap().1))
        .collect();
    assert_snapshot!(said.join("\n"), @"
    Balance. Of 7 slices, 3 show COVID-19, 2 another pneumonia and 2 neither. The splits are not alike: the share of a class differs by up to 66.7 percentage points, so scores of different splits can't be compared directly.
    Confounding. 1 of 2 sources have slices of one class only (14.3 % of the slices): there a model can learn to recognise the source instead of the disease.
    Leakage. 1 of 5 patients have slices in more than one split: test scores will look better than they are.
    Missing metadata. Sex is known for 60.0 % of the patients, age for 60.0 % and country for 100.0 %; all three for 60.0 %, so results by sex, age or country hold for a part of the patients only.
    Completeness. No image is in the lake: all numbers come from labels and metadata. Every patient of the metadata has slices.
    ");
    let titles = elements(&page, "-title\"><span class=\"sentence\">", "</h2>");
    let titles: Vec<String> = titles.into_iter().map(shown).collect();
    assert_snapshot!(titles.join("\n"), @"
    No: class shares differ by up to 66.7 percentage points between the splits
    Yes: 1 of 2 sources have one class only
    COVID-19 is the most frequent class, with 2 of 5 patients
    China is the most frequent country, with 4 of 5 patients
    1 women, 2 men, and 2 patients of unknown sex
    Perhaps: the median ages of the diagnoses differ by up to 23.5 years
    Half of the scans have at most 1 slices; the longest has 2
    Sex, age and country are all known for 60.0 % of the patients
    ");
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
    let titles = elements(&whole, "alt=\"Enlarge: CT slice", "\"");
    let classes = ["COVID-19", "Normal", "Pneumonia"];
    for (title, class) in titles.iter().zip(classes.iter().cycle()).take(6) {
        assert!(title.contains(class), "{title}");
    }
    // Captions name what is shown, and the label's box is drawn over it.
    assert_eq!(elements(&whole, "data-caption=\"patient\">", "<").len(), 24);
    assert_eq!(elements(&whole, "data-caption=\"box\">", "<").len(), 24);
    assert_eq!(elements(&whole, "<rect x=", ">").len(), 24);
    lake.ctlake(["report", "--previews", "3"]).ok();
    let few = fs::read_to_string(lake.path("report.html")).unwrap();
    assert_eq!(elements(&few, "<img ", ">").len(), 3);
    lake.ctlake(["report", "--previews", "0"]).ok();
    let none = fs::read_to_string(lake.path("report.html")).unwrap();
    assert!(!none.contains("<img ") && !none.contains("id=\"previews\""));
}
