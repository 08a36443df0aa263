//! `ctlake schema --stats`: what it says of each column is what a second query says.

use ctlake::datasets::covidx_ct::files::Split;
use insta::assert_snapshot;
use serde_json::Value;

use crate::support::dataset::small_sample;
use crate::support::{Dataset, Lake};

fn rows(lake: &Lake, query: &str) -> Vec<Value> {
    let answer = lake.ctlake(["sql", query, "--format", "json"]).ok().json();
    answer.as_array().unwrap().clone()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

#[test]
fn every_column_of_every_table_counted_again() {
    let lake = Lake::built(&Dataset::sample(&small_sample(1)));
    let stats = lake
        .ctlake(["schema", "--stats", "--format", "json"])
        .ok()
        .json();
    let mut seen = 0;
    for table in stats.as_array().unwrap() {
        let name = table["table"].as_str().unwrap();
        if table["rows"] == 0 {
            continue;
        }
        for column in table["columns"].as_array().unwrap() {
            let this = column["column"].as_str().unwrap();
            let counted = &rows(
                &lake,
                &format!(
                    "SELECT COUNT(*) AS all_rows, COUNT({this}) AS known, COUNT(DISTINCT {this}) AS different, MIN({this}) AS low, MAX({this}) AS high FROM {name}"
                ),
            )[0];
            let context = format!("{name}.{this}: {column} {counted}");
            assert_eq!(table["rows"], counted["all_rows"], "{context}");
            let nulls = number(&counted["all_rows"]) - number(&counted["known"]);
            assert_eq!(number(&column["nulls"]), nulls, "{context}");
            assert_eq!(column["distinct"], counted["different"], "{context}");
            assert_eq!(column["min"], counted["low"], "{context}");
            assert_eq!(column["max"], counted["high"], "{context}");
            let counts = rows(
                &lake,
                &format!(
                    "SELECT COUNT(*) AS n FROM {name} WHERE {this} IS NOT NULL GROUP BY {this} ORDER BY n DESC LIMIT 3"
                ),
            );
            let top = column["top"].as_array().unwrap();
            let is_unique = column["distinct"] == counted["known"];
            if !is_unique {
                let of = |pair: &Value| number(&pair[1]);
                let expected: Vec<u64> = counts.iter().map(|row| number(&row["n"])).collect();
                assert_eq!(
                    top.iter().map(of).collect::<Vec<_>>(),
                    expected,
                    "{context}"
                );
            }
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen} columns");
}

#[test]
fn long_texts_have_their_whole_bounds() {
    let long = format!("NCP_1_1_{}.png", "0".repeat(80));
    let dataset = Dataset::small().labels(Split::Train, &format!("{long} 2 0 0 10 10\n"));
    let lake = Lake::built(&dataset);
    let stats = lake
        .ctlake(["schema", "ct_slices", "--stats", "--format", "json"])
        .ok()
        .json();
    let columns = stats[0]["columns"].as_array().unwrap();
    let name = columns
        .iter()
        .find(|of| of["column"] == "file_name")
        .unwrap();
    assert!(
        [&name["min"], &name["max"]].contains(&&long.into()),
        "{name}"
    );
}

#[test]
fn for_people() {
    let lake = Lake::built(&Dataset::sample(&small_sample(1)));
    assert_snapshot!(lake.ctlake(["schema", "patients", "--stats"]).ok(), @"
    exit 0
    --- stdout
    patients: 26 rows
      patient_id         string           0 NULL        26 different
          CP_10 … volume-covid19-A-0020
      source             string           1 NULL         9 different
          CNCB … radiopaedia.org
          most: CNCB 23.1 % · MosMedData 19.2 % · radiopaedia.org 15.4 %
      age                int             17 NULL         7 different
          0 … 66
          most: 62 7.7 % · 63 7.7 % · 0 3.8 %
      age_band           string           0 NULL         5 different
          0-19 … Unknown
          most: Unknown 65.4 % · 60-79 19.2 % · 40-59 7.7 %
      age_band_order     int              0 NULL         5 different
          1 … 6
          most: 6 65.4 % · 4 19.2 % · 3 7.7 %
      verified_finding   string           1 NULL         2 different
          No … Yes
          most: Yes 76.9 % · No 19.2 %
      slice_selection    string           1 NULL         4 different
          Automatic … Non-expert
          most: Expert 38.5 % · Automatic 26.9 % · N/A 15.4 %
      view               string           1 NULL         1 different
          Axial … Axial
          most: Axial 96.2 %
      modality           string           1 NULL         1 different
          CT … CT
          most: CT 96.2 %
      scans              int              0 NULL         4 different
          0 … 3
          most: 1 50.0 % · 2 23.1 % · 0 19.2 %
      slices             int              0 NULL        12 different
          0 … 16
          most: 5 26.9 % · 0 19.2 % · 8 11.5 %
      split              string           5 NULL         3 different
          test … val
          most: train 53.8 % · val 15.4 % · test 11.5 %
      in_metadata        boolean          0 NULL         2 different
          false … true
          most: true 96.2 % · false 3.8 %
      cover_image_key    string           5 NULL        21 different
          landing/CT-2A/2A_images/137covid_patient14_SR_3_IM00029.png … landing/CT-2A/2A_images/volume-covid19-A-0020_ct-0045.png
      country            string           0 NULL         6 different
          China … Unknown
          most: Unknown 34.6 % · China 30.8 % · Russia 19.2 %
      sex                string           0 NULL         3 different
          F … Unknown
          most: Unknown 65.4 % · M 23.1 % · F 11.5 %
      diagnosis          string           0 NULL         3 different
          COVID-19 … Pneumonia
          most: COVID-19 69.2 % · Normal 15.4 % · Pneumonia 15.4 %
    ");
}

#[test]
fn other_formats_are_refused() {
    let lake = Lake::temp();
    assert_snapshot!(
        lake.ctlake(["schema", "--stats", "--format", "ddl"])
            .fails(2),
        @"
    exit 2
    --- stderr
    error: `--stats` is printed for people or as JSON

    hint: leave `--format` out, or use `--format json`
    "
    );
    assert_snapshot!(lake.ctlake(["schema", "--stats"]).fails(1), @"
    exit 1
    --- stderr
    error: no lake at `./lake`

    hint: `ctlake ingest FOLDER --lake ./lake` makes it from a dataset folder; `ctlake demo` shows how
    ");
}
