//! The SQL of every measure against numbers that were counted another way: from the data files, row by row, in words of this
//! file. The DAX is rendered from the same values.

use std::collections::{BTreeMap, BTreeSet};

use ctlake::contract::Measure;
use ctlake::datasets::covidx_ct::contract;

use crate::support::rows::Row;
use crate::support::{Dataset, Lake, dataset};

/// The columns that the counts below read, those of partitions left out.
const COLUMNS: [&str; 10] = [
    "patient_id",
    "scan_id",
    "split",
    "age",
    "slices",
    "in_landing",
    "image_bytes",
    "severity",
    "rule",
    "occurrences",
];

/// By what the measures of a table are asked for.
fn groupings(table: &str) -> Vec<Vec<&'static str>> {
    if table == "quality_findings" {
        return vec![vec![], vec!["severity"], vec!["rule", "severity"]];
    }
    vec![
        vec![],
        vec!["split"],
        vec!["country"],
        vec!["diagnosis"],
        vec!["country", "sex", "diagnosis"],
    ]
}

/// What a measure must be over `rows`, a group of `all`; `None` where there is nothing to show.
fn expected(measure: &str, rows: &[&Row], all: usize) -> Option<f64> {
    let of = |row: &Row, column: &str| row[column].clone();
    let is = |column: &str, value: &str| {
        let found = |row: &&&Row| of(row, column).as_deref() == Some(value);
        rows.iter().filter(found).count() as f64
    };
    let absent = |column: &str| rows.iter().filter(|row| row[column].is_none()).count() as f64;
    let sum = |column: &str| {
        let numbers = rows.iter().filter_map(|row| of(row, column));
        numbers
            .map(|text| text.parse::<f64>().unwrap())
            .sum::<f64>()
    };
    let occurrences = |severity: &str| {
        let found = rows
            .iter()
            .filter(|row| row["severity"].as_deref() == Some(severity));
        let numbers = found.filter_map(|row| of(row, "occurrences"));
        numbers
            .map(|text| text.parse::<f64>().unwrap())
            .sum::<f64>()
    };
    let count = rows.len() as f64;
    let patients = || {
        let ids: BTreeSet<_> = rows.iter().map(|row| of(row, "patient_id")).collect();
        ids.len() as f64
    };
    let scans = || {
        let ids: BTreeSet<_> = rows
            .iter()
            .map(|row| (of(row, "patient_id"), of(row, "scan_id")))
            .collect();
        ids.len() as f64
    };
    Some(match measure {
        "Slices" | "Patients" => count,
        "Patients of the slices" => patients(),
        "Scans" => scans(),
        "Slices per patient" => count / patients(),
        "Slices per scan" => count / scans(),
        "Bytes stored" => sum("image_bytes"),
        "Share of slices" | "Share of patients" => count / all as f64,
        "COVID-19 share of slices" | "COVID-19 share of patients" => {
            is("diagnosis", "COVID-19") / count
        }
        "Unknown sex share of slices" | "Unknown sex share of patients" => {
            is("sex", "Unknown") / count
        }
        "Unknown age share of slices" | "Unknown age share of patients" => absent("age") / count,
        "Unknown country share of slices" | "Unknown country share of patients" => {
            is("country", "Unknown") / count
        }
        "Images missing" => count - is("in_landing", "true"),
        "Image completeness" => is("in_landing", "true") / count,
        "Patients with images" => count - is("slices", "0"),
        "Median age" => median(rows)?,
        "Metadata completeness" => {
            let unknown = |row: &&&Row| {
                let known = |column: &str| of(row, column).as_deref() != Some("Unknown");
                !(known("sex") && known("country") && row["age"].is_some())
            };
            (count - rows.iter().filter(unknown).count() as f64) / count
        }
        "Leaked patients" => is("split", "several"),
        "Findings" => sum("occurrences"),
        "Error findings" => occurrences("error"),
        "Warning findings" => occurrences("warning"),
        "Info findings" => occurrences("info"),
        other => panic!("count {other} here too"),
    })
}

fn median(rows: &[&Row]) -> Option<f64> {
    let ages = rows.iter().filter_map(|row| row["age"].as_deref());
    let mut ages: Vec<f64> = ages.map(|age| age.parse().unwrap()).collect();
    ages.sort_by(f64::total_cmp);
    let (low, high) = (ages.len().checked_sub(1)? / 2, ages.len() / 2);
    Some(f64::midpoint(ages[low], ages[high]))
}

/// Measure and group to value: what the program answers, in one question for all measures of a table.
fn answered(lake: &Lake, measures: &[Measure], by: &[&str]) -> BTreeMap<String, Option<f64>> {
    let questions: Vec<String> = measures
        .iter()
        .map(|measure| {
            let columns: String = by.iter().map(|column| format!("{column}, ")).collect();
            format!(
                "SELECT '{}' AS measure, {columns}CAST(value AS DOUBLE) AS value FROM ({}) AS one",
                measure.name,
                measure.sql(by)
            )
        })
        .collect();
    let answer = lake.sql(&questions.join(" UNION ALL "));
    let rows = answer.lines().skip(1).map(|row| {
        let (group, value) = row.rsplit_once(',').unwrap();
        (group.to_owned(), value.parse().ok())
    });
    rows.collect()
}

/// The same, counted here.
fn counted(rows: &[Row], measures: &[Measure], by: &[&str]) -> BTreeMap<String, Option<f64>> {
    let mut groups: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let values = by.iter().map(|column| row[*column].as_deref());
        let name: String = values
            .map(|value| format!(",{}", value.unwrap_or("")))
            .collect();
        groups.entry(name).or_default().push(row);
    }
    let mut values = BTreeMap::new();
    for measure in measures {
        for (group, of_group) in &groups {
            let value = expected(measure.name, of_group, rows.len());
            values.insert(format!("{}{group}", measure.name), value);
        }
    }
    values
}

/// Asks for every measure, over all and by group.
pub(crate) fn check(lake: &Lake) {
    let log = lake.log();
    for table in ["ct_slices", "patients", "quality_findings"] {
        let rows = lake.rows_with(log.last().unwrap(), table, |name| COLUMNS.contains(&name));
        let measures: Vec<Measure> = contract()
            .measures
            .iter()
            .filter(|measure| measure.table() == table)
            .copied()
            .collect();
        assert!(!rows.is_empty() && !measures.is_empty(), "{table}");
        for by in groupings(table) {
            let answered = answered(lake, &measures, &by);
            let counted = counted(&rows, &measures, &by);
            assert_eq!(
                answered.keys().collect::<Vec<_>>(),
                counted.keys().collect::<Vec<_>>(),
                "{table} by {by:?}"
            );
            for (name, value) in &answered {
                let same = match (value, counted[name]) {
                    (Some(value), Some(counted)) => (value - counted).abs() < 1e-9,
                    (value, counted) => value.is_none() && counted.is_none(),
                };
                assert!(
                    same,
                    "{name} by {by:?}: {value:?}, counted {:?}",
                    counted[name]
                );
            }
        }
    }
}

#[test]
fn every_measure_is_what_the_rows_of_the_sample_say() {
    let lake = Lake::built(&Dataset::sample(&dataset::small_sample(3)));
    check(&lake);
    // Something is there to be counted, and some images are not.
    assert_ne!(
        lake.sql("SELECT SUM(image_bytes) AS bytes FROM ct_slices"),
        "bytes\n0\n"
    );
}
