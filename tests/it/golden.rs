//! The data files of fixed inputs, by digest: a change that makes other bytes of the same input has to raise the version in
//! their content id, or a build after it finds its snapshot up to date.

use std::fmt::Write;
use std::fs;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use blake3::Hasher;
use serde_json::Value;

use crate::real_labels::labels;
use crate::support::dataset::{HEADER, label_file, small_sample};
use crate::support::rows::files;
use crate::support::{Dataset, Lake};
use ctlake::datasets::covidx_ct::files::Split;

/// Patients of [`large`], and slices of each.
const PATIENTS: usize = 40;
const SLICES: usize = 3_500;

/// A line per table of the current snapshot: its rows, a digest of their values and one of the files. `snapshot_info` is left
/// out: it has the time of the build.
fn digests(lake: &Lake) -> String {
    let log = lake.log();
    let entry = log.last().expect("a snapshot");
    let tables = entry["tables"].as_object().expect("tables");
    let mut text = String::new();
    for table in tables.keys().filter(|name| *name != "snapshot_info") {
        let (mut rows, mut values, mut content) = (0, Hasher::new(), Hasher::new());
        for file in files(entry, table) {
            values.update(file["partition"].to_string().as_bytes());
            for batch in lake.batches(file) {
                rows += batch.num_rows();
                add_values(&mut values, &batch);
            }
            let path = file["path"].as_str().expect("a path");
            content.update(&fs::read(lake.path("lake").join(path)).expect("a file"));
            content.update(described(file).as_bytes());
        }
        let short = |hasher: Hasher| hasher.finalize().to_hex()[..16].to_owned();
        let (values, content) = (short(values), short(content));
        writeln!(text, "{table} {rows} values {values} files {content}").expect("a text");
    }
    text
}

/// What the log says of a file, without its name, which has the time in it.
fn described(file: &Value) -> String {
    let mut file = file.clone();
    file.as_object_mut().expect("an object").remove("path");
    file.to_string()
}

/// Adds the values of a batch column by column, however they are encoded.
fn add_values(values: &mut Hasher, batch: &RecordBatch) {
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        values.update(field.name().as_bytes());
        let mut add = |value: Option<&[u8]>| {
            values.update(
                &value
                    .map_or(u64::MAX, |value| value.len() as u64)
                    .to_le_bytes(),
            );
            values.update(value.unwrap_or_default());
        };
        match field.data_type() {
            DataType::Utf8 => {
                for text in column.as_string::<i32>() {
                    add(text.map(str::as_bytes));
                }
            }
            DataType::Int32 => {
                for number in column.as_primitive::<Int32Type>() {
                    add(number
                        .map(i32::to_le_bytes)
                        .as_ref()
                        .map(|bytes| &bytes[..]));
                }
            }
            DataType::Int64 => {
                for number in column.as_primitive::<Int64Type>() {
                    add(number
                        .map(i64::to_le_bytes)
                        .as_ref()
                        .map(|bytes| &bytes[..]));
                }
            }
            DataType::Boolean => {
                for flag in column.as_boolean() {
                    add(flag
                        .map(|flag| [u8::from(flag)])
                        .as_ref()
                        .map(|bytes| &bytes[..]));
                }
            }
            other => panic!("no column has type {other}"),
        }
    }
}

/// Compares the tables of a lake, and names the version to raise.
#[track_caller]
fn check(lake: &Lake, expected: &str) {
    let found = digests(lake);
    if found == expected {
        return;
    }
    let values = |text: &str| -> Vec<String> {
        let lines = text.lines().map(|line| line.split(" files ").next());
        lines
            .map(|values| values.unwrap_or_default().to_owned())
            .collect()
    };
    let raise = if values(&found) == values(expected) {
        "the same rows are written as other bytes: raise WRITER_VERSION in src/tables/settings.rs"
    } else {
        "other rows are made of the same input: raise MERGE_VERSION in src/tables/merge.rs"
    };
    panic!("{raise}, then expect these digests:\n{found}instead of\n{expected}");
}

/// One partition of more than one row group, with pages of every kind but those of images.
fn large() -> Dataset {
    let mut metadata = format!("{HEADER}\n");
    let mut labels = String::new();
    for patient in 0..PATIENTS {
        let age = if patient % 3 == 0 { "" } else { "45" };
        writeln!(
            metadata,
            "NCP_{patient},CNCB,China,F,{age},COVID-19,Yes,Expert,Axial,CT"
        )
        .expect("a text");
        for slice in 0..SLICES {
            let (low, high) = (slice % 7, 500 + patient);
            // A name without a number is no slice of the scan.
            if slice == 1_234 {
                writeln!(labels, "odd-{patient}.png 2 {low} 0 {high} 512").expect("a text");
            }
            writeln!(
                labels,
                "NCP_{patient}_1_{slice:04}.png 2 {low} 0 {high} 512"
            )
            .expect("a text");
        }
    }
    labels.push_str("NCP_1_1_9999.png 2 0 0 512 70000\n");
    let others = [
        "NCP_1_2_0001.png 1 0 0 512 512\n",
        "NCP_2_2_0001.png 0 0 0 512 512\n",
    ];
    Dataset::default()
        .file("metadata.csv", metadata)
        .file(&label_file(Split::Train), labels)
        .labels(Split::Val, others[0])
        .labels(Split::Test, others[1])
}

#[test]
fn a_sample_with_images_and_previews() {
    let lake = Lake::with(&Dataset::sample(&small_sample(1)));
    lake.ctlake(["build", "--previews"]).ok();
    check(
        &lake,
        "ct_slices 163 values 46db0037ec3db2d6 files 012838ef7f84a32b\n\
         patients 26 values c4e76ce86aad07d4 files 0c14675e356973a8\n\
         previews 31 values 0bfdcfce34f83e47 files 30ba577099436cec\n\
         quality_findings 17 values 7f31ebdb6dec4701 files 91754b4711ebf566\n",
    );
}

#[test]
fn a_partition_of_several_row_groups() {
    let lake = Lake::built(&large());
    check(
        &lake,
        "ct_slices 140043 values 1d76b33395e811de files 7d49c945b411eef9\n\
         patients 41 values f01300133b60903c files 81fb4a3a72118553\n\
         quality_findings 85 values d551a8fce1c72a2a files 1169402b58369b6c\n",
    );
}

#[test]
fn release_2a() {
    let Some(folder) = labels() else {
        return;
    };
    let lake = Lake::temp();
    let ingest = lake.command(["ingest"]).arg(&folder).output();
    assert!(ingest.expect("it runs").status.success());
    lake.ctlake(["build"]).ok();
    check(
        &lake,
        "ct_slices 194922 values f57f01e83cb6c5bf files a75baff4eacc3703\n\
         patients 4501 values e7a9ea65018df18c files 3b5acd78865af47e\n\
         quality_findings 764 values 6d7c4e28f24caac9 files d29e572694ac55e6\n",
    );
}
