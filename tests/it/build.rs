//! `ctlake build`: when it does something, what it writes, and what its log entry says about it.

use std::collections::BTreeMap;
use std::fs::{self, File};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use ctlake::datasets::covidx_ct::files::Split;
use ctlake::datasets::covidx_ct::files::sample::Defect;
use insta::assert_snapshot;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use crate::support::dataset::small_sample;
use crate::support::rows::files;
use crate::support::tree::{listing, snapshot_files, tree};
use crate::support::{Dataset, Lake};

#[test]
fn it_says_what_it_did_and_what_comes_next() {
    let lake = Lake::with(&Dataset::small());
    assert_snapshot!(lake.ctlake(["build"]).ok(), @r#"
    exit 0
    --- stderr
    CT-2A: published snapshot [SNAPSHOT] (entry 1), [SIZE] in 12 files
      slices              6  in 5 partitions; 0 with an image in the landing zone
      patients            5  5 with slices, 5 scans
      findings            6
        warning          6  Image missing (image-missing)
    in [TIME]
    next: ctlake sql "SELECT split, diagnosis, COUNT(*) AS slices FROM ct_slices GROUP BY split, diagnosis" --lake ./lake
    "#);
    let verbose = lake.ctlake(["build", "-v"]).ok();
    assert!(
        verbose
            .stderr()
            .contains("reads landing/CT-2A/metadata.csv (343 B, blake3:"),
        "{verbose}"
    );
}

#[test]
fn nothing_is_done_twice() {
    let lake = Lake::built(&Dataset::small());
    let before = tree(&lake.path("lake"));
    assert_snapshot!(lake.ctlake(["build"]).ok(), @"
    exit 0
    --- stderr
    CT-2A: up to date: snapshot [SNAPSHOT] has the same content
    ");
    assert_eq!(tree(&lake.path("lake")), before);
    // Another number of threads, another budget: the same content.
    lake.ctlake(["build", "--threads", "1", "--memory", "1GB"])
        .ok();
    assert_eq!(tree(&lake.path("lake")), before);
    lake.ctlake(["build", "--force"]).ok();
    assert_eq!(lake.log().len(), 2);
    assert_eq!(lake.log()[0]["content_id"], lake.log()[1]["content_id"]);
}

#[test]
fn another_input_or_option_is_another_content() {
    let lake = Lake::built(&Dataset::small());
    lake.ctlake(["build", "--max-bad-rows", "1"]).ok();
    assert_eq!(lake.log().len(), 2);
    lake.ingest(&Dataset::small().metadata_with("NCP_1,CNCB,China,F,45", "NCP_1,CNCB,China,F,46"));
    lake.ctlake(["build"]).ok();
    assert_eq!(lake.log().len(), 3);
    let log = lake.log();
    let mut ids: Vec<&str> = log
        .iter()
        .map(|entry| entry["content_id"].as_str().unwrap())
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    let parents: Vec<&Value> = log.iter().map(|entry| &entry["parent"]).collect();
    assert_eq!(parents, [&Value::Null, &Value::from(1), &Value::from(2)]);
}

#[test]
fn a_dry_run_tells_what_the_build_then_does() {
    let lake = Lake::with(&Dataset::sample(&small_sample(3)));
    let before = tree(&lake.path("lake"));
    let said = lake.ctlake(["build", "--dry-run", "--json"]).ok();
    lake.ctlake(["build", "--dry-run"]).ok();
    lake.ctlake(["-n", "build"]).ok();
    assert_eq!(
        tree(&lake.path("lake")),
        before,
        "a dry run has changed something"
    );
    let lines = said.json_lines();
    let forecast = &lines.iter().find(|line| line["event"] == "plan").unwrap()["forecast"];
    let built = lake.ctlake(["build", "--json"]).ok().json_lines();
    let summary = &built.last().unwrap()["summary"];
    let counts = |of: &Value| {
        let mut counts = of["counts"].as_object().unwrap().clone();
        // How much memory was held is no promise.
        counts.remove("held_bytes").unwrap();
        counts
    };
    assert_eq!(counts(summary), counts(forecast));
    let entry = &lake.log()[0];
    for (table, planned) in forecast["tables"].as_object().unwrap() {
        let mut written: BTreeMap<String, u64> = BTreeMap::new();
        for file in files(entry, table) {
            let parts = file["partition"].as_array().unwrap().iter();
            let parts: Vec<String> = parts
                .map(|pair| {
                    format!(
                        "{}={}",
                        pair[0].as_str().unwrap(),
                        pair[1].as_str().unwrap()
                    )
                })
                .collect();
            *written.entry(parts.join("/")).or_default() += file["rows"].as_u64().unwrap();
        }
        let planned: BTreeMap<String, u64> =
            serde_json::from_value(planned["partitions"].clone()).unwrap();
        assert_eq!(written, planned, "{table}");
        // One file each: none of them is large.
        assert_eq!(files(entry, table).len(), planned.len(), "{table}");
    }
}

#[test]
fn what_a_dry_run_says() {
    let lake = Lake::with(&Dataset::small());
    assert_snapshot!(lake.ctlake(["build", "--dry-run"]).ok(), @"
    exit 0
    --- stdout
    CT-2A: would publish a new snapshot
      slices              6  in 5 partitions; 0 with an image in the landing zone
      patients            5  5 with slices, 5 scans
      findings            6
        warning          6  Image missing (image-missing)
      ct_slices: 6 rows in 5 files
                2  country=China/sex=F/diagnosis=COVID-19
                1  country=China/sex=M/diagnosis=Pneumonia
                1  country=China/sex=Unknown/diagnosis=COVID-19
                1  country=China/sex=Unknown/diagnosis=Normal
                1  country=Iran/sex=M/diagnosis=Normal
      patients: 5 rows in 5 files
                1  country=China/sex=F/diagnosis=COVID-19
                1  country=China/sex=M/diagnosis=Pneumonia
                1  country=China/sex=Unknown/diagnosis=COVID-19
                1  country=China/sex=Unknown/diagnosis=Normal
                1  country=Iran/sex=M/diagnosis=Normal
      quality_findings: 1 row in 1 file
      snapshot_info: 1 row in 1 file
    ");
    lake.ctlake(["build"]).ok();
    let again = lake.ctlake(["build", "--dry-run"]).ok();
    assert_snapshot!(again.stdout().lines().next().unwrap(), @"CT-2A: would do nothing: snapshot [SNAPSHOT] has the same content");
}

#[test]
fn an_audit_that_fails_publishes_nothing() {
    let dataset = Dataset::small()
        .line(Split::Train, "NCP_1_10_0001.png 2 10 20 110 120")
        .patient("NCP_6,CNCB,China,F,0,COVID-19,Yes,Expert,Axial,CT");
    let lake = Lake::with(&dataset);
    assert_snapshot!(lake.ctlake(["build", "--fail-on", "error"]).fails(1), @"
    exit 1
    --- stderr
    error: nothing was published: 2 duplicate-file-name (error), and --fail-on error allows none

    hint: look at what was written with `--keep-failed`, or publish with the findings: leave `--fail-on` out
    ");
    assert_snapshot!(lake.ctlake(["build", "--fail-on", "warning"]).fails(1), @"
    exit 1
    --- stderr
    error: nothing was published: 7 image-missing (warning), 2 duplicate-file-name (error), 1 implausible-age (warning), and --fail-on warning allows none

    hint: look at what was written with `--keep-failed`, or publish with the findings: leave `--fail-on` out
    ");
    assert!(lake.log().is_empty());
    assert_eq!(listing(&lake.path("lake/curated")), "");
    assert_snapshot!(lake.ctlake(["build", "--fail-on", "error", "--keep-failed"]).fails(1), @"
    exit 1
    --- stderr
    error: nothing was published: 2 duplicate-file-name (error), and --fail-on error allows none

    hint: look at the tables in `[DIR]/lake/curated/ct_slices/[SNAPSHOT]`; once something is published, `ctlake snapshots expire` removes them
    ");
    assert!(lake.log().is_empty());
    let kept = listing(&lake.path("lake/curated"));
    assert!(
        kept.lines().any(|file| file.starts_with("ct_slices/")),
        "{kept}"
    );
    lake.ctlake(["build"]).ok();
    assert_eq!(lake.log().len(), 1);
    lake.ctlake(["snapshots", "expire", "--older-than", "0s"])
        .ok();
    let snapshot = lake.snapshot();
    let left = listing(&lake.path("lake/curated"));
    assert!(left.lines().all(|file| file.contains(&snapshot)), "{left}");
}

#[test]
fn an_audit_that_passes_publishes() {
    let lake = Lake::with(&Dataset::small());
    lake.ctlake(["build", "--fail-on", "error"]).ok();
    assert_eq!(lake.log().len(), 1);
    // A warning is there, and was not asked about.
    assert!(lake.findings().starts_with("warning image-missing"));
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let dataset = Dataset::sample(&small_sample(5));
    let lake = Lake::with(&dataset);
    let mut builds = Vec::new();
    for args in [
        &["--threads", "1"][..],
        &["--threads", "4"],
        &["--memory", "128MB"],
        &["--memory", "1GB", "--threads", "2"],
    ] {
        lake.ctlake(["build", "--force"].iter().chain(args)).ok();
        builds.push(snapshot_files(&lake.path("lake"), &lake.snapshot()));
    }
    assert!(builds[0].len() > 20, "{:?}", builds[0]);
    assert!(builds.windows(2).all(|pair| pair[0] == pair[1]));
    // In another lake, ingested anew.
    let other = Lake::built(&dataset);
    assert_eq!(
        snapshot_files(&other.path("lake"), &other.snapshot()),
        builds[0]
    );
}

#[test]
fn several_row_groups_of_a_file_come_in_their_order() {
    let lines: String = (0..300_000)
        .map(|row| format!("NCP_1_{}_{:04}.png 2 9 57 453 404\n", row / 100, row % 100))
        .collect();
    let lake = Lake::with(&Dataset::small().labels(Split::Train, &lines));
    let builds = ["1", "4"].map(|threads| {
        lake.ctlake(["build", "--force", "--threads", threads]).ok();
        snapshot_files(&lake.path("lake"), &lake.snapshot())
    });
    assert_eq!(builds[0], builds[1]);
    let entry = &lake.log()[1];
    let file = files(entry, "ct_slices")
        .iter()
        .max_by_key(|file| file["rows"].as_u64())
        .expect("a file");
    let mut read: Vec<i32> = Vec::new();
    for batch in lake.batches(file) {
        let lines = batch.column_by_name("label_line").expect("the column");
        read.extend(lines.as_primitive::<Int32Type>().values());
    }
    // A row group is sorted by scan; the groups follow each other as they were read.
    let mut rest = read.as_slice();
    for group in [1..131_073, 131_073..262_145, 262_145..300_001] {
        let (rows, others) = rest.split_at(group.len());
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        assert!(rows.into_iter().eq(group));
        rest = others;
    }
}

#[test]
fn too_little_memory_is_refused() {
    let lake = Lake::with(&Dataset::small());
    assert_snapshot!(lake.ctlake(["build", "--memory", "1MB"]).fails(1), @"
    exit 1
    --- stderr
    error: expected --memory of at least 2 MB for these label files, got 1 MB

    hint: pass `--memory 2MB`
    ");
    assert!(lake.log().is_empty() && !lake.has("curated"));
    // What the hint says is enough.
    lake.ctlake(["build", "--memory", "2MB"]).ok();
}

#[test]
fn nothing_but_parquet_below_a_snapshot() {
    let lake = Lake::built(&Dataset::sample(&small_sample(1)));
    let snapshot = lake.snapshot();
    let files = tree(&lake.path("lake/curated"));
    let mut count = 0;
    for (path, digest) in &files {
        let mut parts = path.split('/');
        let (table, below) = (parts.next().unwrap(), parts.next());
        assert!(
            ["ct_slices", "patients", "quality_findings", "snapshot_info"].contains(&table),
            "{path}"
        );
        assert!(below.is_none_or(|below| below == snapshot), "{path}");
        if digest != "folder" {
            assert!(path.ends_with(".parquet"), "{path}");
            count += 1;
        }
    }
    assert!(count > 20);
    assert!(!lake.has("_ctlake/tmp") || listing(&lake.path("lake/_ctlake/tmp")).is_empty());
}

#[test]
fn the_log_entry_tells_the_truth_about_its_files() {
    let dataset = Dataset::sample(&small_sample(2))
        .line(Split::Train, "image.png 2 1 2 3 4")
        .line(Split::Train, "Zoë-and-a-name-that-is-longer-than-any-bound-that-is-kept-in-a-log-entry-0001.png 2 1 2 3 4");
    let lake = Lake::built(&dataset);
    let entry = &lake.log()[0];
    assert_eq!(entry["operation"]["kind"], "publish");
    let (landed, read) = entry["inputs"].as_array().unwrap().split_last().unwrap();
    assert_eq!(landed["path"], "_ctlake/manifest/CT-2A");
    assert_eq!(read.len(), 4);
    for input in read {
        let path = lake.path("lake").join(input["path"].as_str().unwrap());
        let content = fs::read(path).unwrap();
        assert_eq!(input["bytes"], content.len());
        let digest = format!("blake3:{}", blake3::hash(&content));
        assert_eq!(input["digest"], digest);
    }
    let tables = entry["tables"].as_object().unwrap();
    assert_eq!(tables.len(), 4);
    let listed: u64 = tables
        .keys()
        .map(|table| {
            files(entry, table)
                .iter()
                .map(|file| check_file(&lake, file))
                .count() as u64
        })
        .sum();
    assert_eq!(
        listed,
        listing(&lake.path("lake/curated")).lines().count() as u64,
        "a file no entry names"
    );
}

fn sha256(content: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(content))
}

/// Compares what the log says of a file with the file.
fn check_file(lake: &Lake, file: &Value) {
    let path = file["path"].as_str().unwrap();
    let content = fs::read(lake.path("lake").join(path)).unwrap();
    assert_eq!(file["bytes"], content.len(), "{path}");
    assert_eq!(file["sha256"], sha256(&content), "{path}");
    let batches = lake.batches(file);
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(file["rows"], rows, "{path}");
    for pair in file["partition"].as_array().unwrap() {
        let folder = format!(
            "/{}={}/",
            pair[0].as_str().unwrap(),
            pair[1].as_str().unwrap()
        );
        assert!(path.contains(&folder), "{path} lacks {folder}");
    }
    let schema = batches[0].schema();
    let statistics = file["columns"].as_object().unwrap();
    assert_eq!(statistics.len(), schema.fields().len(), "{path}");
    for (at, field) in schema.fields().iter().enumerate() {
        let said = &statistics[&field.metadata()["PARQUET:field_id"]];
        let columns: Vec<&ArrayRef> = batches.iter().map(|batch| batch.column(at)).collect();
        let nulls: usize = batches
            .iter()
            .map(|batch| batch.column(at).null_count())
            .sum();
        let place = format!("{} of {path}: {said}", field.name());
        assert_eq!(said["nulls"], nulls, "{place}");
        assert_eq!(said.get("lower").is_some(), nulls < rows, "{place}");
        for column in columns {
            check_bounds(column, said, &place);
        }
    }
}

fn check_bounds(column: &ArrayRef, said: &Value, place: &str) {
    let (lower, upper) = (&said["lower"], &said["upper"]);
    let within = |value: i64| lower.as_i64().unwrap() <= value && value <= upper.as_i64().unwrap();
    match column.data_type() {
        DataType::Int32 => {
            let values = column.as_primitive::<Int32Type>().iter().flatten();
            assert!(values.map(i64::from).all(within), "{place}");
        }
        DataType::Int64 => assert!(
            column
                .as_primitive::<Int64Type>()
                .iter()
                .flatten()
                .all(within),
            "{place}"
        ),
        DataType::Boolean => {
            let range = |value: bool| {
                lower.as_bool().unwrap() <= value && value <= upper.as_bool().unwrap()
            };
            assert!(column.as_boolean().iter().flatten().all(range), "{place}");
        }
        DataType::Utf8 => {
            for value in column.as_string::<i32>().iter().flatten() {
                let (lower, upper) = (lower.as_str().unwrap(), upper.as_str().unwrap());
                assert!(lower <= value && value <= upper, "{place}: {value}");
                assert!(lower.len() <= 64 && upper.len() <= 64 + 3, "{place}");
            }
        }
        other => panic!("{other} is no type of ours: {place}"),
    }
}

#[test]
fn rows_are_sorted_within_row_groups() {
    let dataset = Dataset::sample(&small_sample(4))
        .line(Split::Val, "image.png 2 1 2 3 4")
        .line(Split::Train, "image.png 2 1 2 3 4")
        .line(Split::Train, "NCP_9_2_0001.png 2 1 2 3 4")
        .line(Split::Train, "NCP_9_10_0001.png 2 1 2 3 4")
        .line(Split::Train, "NCP_9_10_9.png 2 1 2 3 4")
        .line(Split::Train, "NCP_9_10_00005.png 2 1 2 3 4");
    let lake = Lake::built(&dataset);
    let entry = &lake.log()[0];
    let mut several = 0;
    for (table, keys) in [
        ("ct_slices", &["patient_id", "scan_id", "slice_index"][..]),
        ("patients", &["patient_id"]),
    ] {
        for file in files(entry, table) {
            let path = lake.path("lake").join(file["path"].as_str().unwrap());
            let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
            let schema = reader.metadata().file_metadata().schema_descr_ptr();
            for group in reader.metadata().row_groups() {
                let said: Vec<(&str, bool, bool)> = group
                    .sorting_columns()
                    .unwrap()
                    .iter()
                    .map(|column| {
                        let name = schema.column(usize::try_from(column.column_idx).unwrap());
                        let at = keys.iter().position(|key| *key == name.name()).unwrap();
                        (keys[at], column.descending, column.nulls_first)
                    })
                    .collect();
                let expected: Vec<(&str, bool, bool)> =
                    keys.iter().map(|key| (*key, false, true)).collect();
                assert_eq!(said, expected);
            }
            assert_eq!(reader.num_row_groups(), 1, "few rows make one group");
            let batches = lake.batches(file);
            // `None` sorts before any value, as NULL should.
            let rows: Vec<Vec<(Option<i64>, Option<String>)>> = batches
                .iter()
                .flat_map(|batch| {
                    (0..batch.num_rows())
                        .map(|row| keys.iter().map(|key| key_value(batch, key, row)).collect())
                })
                .collect();
            assert!(rows.is_sorted(), "{table}: {rows:?}");
            several += usize::from(rows.len() > 1);
        }
    }
    assert!(several > 5, "too few rows to be in any order");
}

fn key_value(batch: &RecordBatch, key: &str, row: usize) -> (Option<i64>, Option<String>) {
    let column = batch.column_by_name(key).unwrap();
    if column.is_null(row) {
        return (None, None);
    }
    match column.data_type() {
        DataType::Int32 => (
            Some(column.as_primitive::<Int32Type>().value(row).into()),
            None,
        ),
        _ => (None, Some(column.as_string::<i32>().value(row).to_owned())),
    }
}

#[test]
fn images_are_what_their_files_are() {
    let sample = small_sample(6);
    let lake = Lake::built(&Dataset::sample(&sample));
    let images: BTreeMap<&str, _> = sample
        .images
        .iter()
        .map(|image| (image.file_name(), image))
        .collect();
    let (mut landed, mut missing) = (0, 0);
    for row in lake.rows("ct_slices") {
        let of = |column: &str| row[column].as_deref();
        let name = of("file_name").unwrap();
        let key = format!("landing/CT-2A/2A_images/{name}");
        assert_eq!(of("image_key"), Some(&*key));
        let facts = ["image_bytes", "image_crc32", "image_width", "image_height"].map(of);
        let Some(image) = images.get(name) else {
            assert_eq!(
                (of("in_landing"), facts),
                (Some("false"), [None; 4]),
                "{name}"
            );
            missing += 1;
            continue;
        };
        let content = fs::read(lake.path("lake").join(&key)).unwrap();
        assert_eq!(content, image.render());
        let png = png::Decoder::new(std::io::Cursor::new(&content))
            .read_info()
            .unwrap();
        let expected = [
            content.len().to_string(),
            format!("{:08x}", crc32fast::hash(&content)),
            png.info().width.to_string(),
            png.info().height.to_string(),
        ];
        assert_eq!(of("in_landing"), Some("true"), "{name}");
        assert_eq!(
            facts.map(|fact| fact.unwrap().to_owned()),
            expected,
            "{name}"
        );
        landed += 1;
    }
    assert_eq!(missing, 1, "the sample lacks one image");
    assert!(landed > 100);
}

#[test]
fn the_findings_of_a_sample_are_its_planted_defects() {
    for seed in [1, 7] {
        let sample = small_sample(seed);
        let lake = Lake::built(&Dataset::sample(&sample));
        let mut expected = Vec::new();
        for planted in &sample.planted {
            let rule = match planted.defect {
                Defect::PatientWithoutMetadata => {
                    for row in lake.rows("ct_slices") {
                        if row["patient_id"].as_deref() == Some(&planted.subject) {
                            let name = row["file_name"].as_deref().unwrap();
                            expected.push(format!("slice-without-metadata {name}"));
                        }
                    }
                    continue;
                }
                Defect::AgeZero => "implausible-age",
                Defect::CountrySpelling => {
                    expected.push("value-respelled china".to_owned());
                    continue;
                }
                Defect::CountryWithAccent => continue,
                Defect::DuplicateLine => "duplicate-file-name",
                Defect::InvertedBox => "box-inverted",
                Defect::BoxOutsideImage => "box-outside-image",
                Defect::ImageMissing => "image-missing",
                Defect::ImageWithoutLabel => "image-unlabelled",
                Defect::FamilyInTwoSplits => "family-in-several-splits",
            };
            expected.push(format!("{rule} {}", planted.subject));
        }
        expected.sort();
        let mut found: Vec<String> = lake
            .rows("quality_findings")
            .iter()
            .map(|row| {
                format!(
                    "{} {}",
                    row["rule"].as_deref().unwrap(),
                    row["subject"].as_deref().unwrap()
                )
            })
            // A fifth of the metadata's patients have no images, on purpose.
            .filter(|finding| !finding.starts_with("patient-without-slices "))
            .collect();
        found.sort();
        assert_eq!(found, expected, "seed {seed}");
    }
}

#[test]
fn an_image_that_is_no_image() {
    let dataset = Dataset::small()
        .file("2A_images/NCP_1_10_0001.png", "GIF89a")
        .file("2A_images/NCP_1_10_0002.png", "")
        .file("2A_images/readme.png", "text");
    let lake = Lake::built(&dataset);
    assert_snapshot!(lake.findings(), @"
    warning image-missing: slice CP_3_30_0001.png (-) x1
    warning image-missing: slice NCP_2_20_0005.png (-) x1
    warning image-missing: slice Normal_4_40_0001.png (-) x1
    warning image-missing: slice normal1_patient5_SR_1_IM00001.png (-) x1
    warning image-unlabelled: image readme.png (-) x1
    warning image-unreadable: image NCP_1_10_0001.png (-) x1
    warning image-unreadable: image NCP_1_10_0002.png (-) x1
    warning image-unreadable: image readme.png (-) x1
    ");
    let columns = [
        "file_name",
        "in_landing",
        "image_bytes",
        "image_crc32",
        "image_width",
    ];
    assert_snapshot!(lake.lines("ct_slices", &columns), @"
    CP_3_30_0001.png false NULL NULL NULL
    NCP_1_10_0001.png true 6 564acef2 NULL
    NCP_1_10_0002.png true 0 00000000 NULL
    NCP_2_20_0005.png false NULL NULL NULL
    Normal_4_40_0001.png false NULL NULL NULL
    normal1_patient5_SR_1_IM00001.png false NULL NULL NULL
    ");
}

#[test]
fn patients_are_what_their_slices_add_up_to() {
    let dataset = Dataset::small()
        .line(Split::Train, "NCP_1_11_0009.png 2 10 20 110 120")
        .line(Split::Train, "NCP_1_10_0003.png 2 10 20 110 120")
        .patient("NCP_7,CNCB,China,F,,COVID-19,Yes,Expert,Axial,CT");
    let lake = Lake::built(&dataset);
    let columns = [
        "patient_id",
        "scans",
        "slices",
        "split",
        "age_band",
        "age_band_order",
        "cover_image_key",
    ];
    assert_snapshot!(lake.lines("patients", &columns), @"
    CP_3 1 1 train 60-79 4 landing/CT-2A/2A_images/CP_3_30_0001.png
    NCP_1 2 4 train 40-59 3 landing/CT-2A/2A_images/NCP_1_10_0002.png
    NCP_2 1 1 val Unknown 6 landing/CT-2A/2A_images/NCP_2_20_0005.png
    NCP_7 0 0 NULL Unknown 6 NULL
    Normal_4 1 1 val Unknown 6 landing/CT-2A/2A_images/Normal_4_40_0001.png
    patient5 1 1 test 20-39 2 landing/CT-2A/2A_images/normal1_patient5_SR_1_IM00001.png
    ");
}
