//! The tables read back with the `parquet` crate, without our own reader.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::File;

use arrow::array::{Array, RecordBatch};
use arrow::util::display::array_value_to_string;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use super::Lake;

/// A row: column to value, `None` for NULL. Partition keys stand as columns too.
pub(crate) type Row = BTreeMap<String, Option<String>>;

impl Lake {
    /// The rows of a table of the current snapshot, file by file.
    pub(crate) fn rows(&self, table: &str) -> Vec<Row> {
        let log = self.log();
        let current = log.last().expect("a snapshot");
        self.rows_of(current, table)
    }

    /// The rows of a table of a log entry.
    pub(crate) fn rows_of(&self, entry: &Value, table: &str) -> Vec<Row> {
        self.rows_with(entry, table, |_| true)
    }

    /// The rows of a table of a log entry, of each the columns that are `wanted`.
    pub(crate) fn rows_with(
        &self,
        entry: &Value,
        table: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Vec<Row> {
        let mut rows = Vec::new();
        for file in files(entry, table) {
            let partition: Vec<(String, String)> =
                serde_json::from_value(file["partition"].clone()).expect("keys and values");
            for batch in self.batches(file) {
                let columns: Vec<usize> = (0..batch.num_columns())
                    .filter(|at| wanted(batch.schema().field(*at).name()))
                    .collect();
                let batch = batch.project(&columns).expect("columns of the batch");
                for at in 0..batch.num_rows() {
                    let mut row = row(&batch, at);
                    let keys = partition.iter().cloned();
                    row.extend(keys.map(|(key, value)| (key, Some(value))));
                    rows.push(row);
                }
            }
        }
        rows
    }

    /// The batches of a data file.
    pub(crate) fn batches(&self, file: &Value) -> Vec<RecordBatch> {
        let path = self
            .path("lake")
            .join(file["path"].as_str().expect("a path"));
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).expect("a file"))
            .expect("Parquet")
            .build()
            .expect("a reader");
        reader.map(|batch| batch.expect("a batch")).collect()
    }

    /// The findings of the current snapshot, a line each: `severity rule: subject type subject (detail) xN`.
    pub(crate) fn findings(&self) -> String {
        let mut text = String::new();
        for row in self.rows("quality_findings") {
            let of = |column: &str| row[column].as_deref().unwrap_or("-");
            let _ = writeln!(
                text,
                "{} {}: {} {} ({}) x{}",
                of("severity"),
                of("rule"),
                of("subject_type"),
                of("subject"),
                of("detail"),
                of("occurrences"),
            );
        }
        text
    }

    /// The same without the one that says that no image was ingested.
    pub(crate) fn findings_but_images(&self) -> String {
        let all = self.findings();
        let release = "warning image-missing: release ";
        let rest = all.lines().filter(|line| !line.starts_with(release));
        rest.flat_map(|line| [line, "\n"]).collect()
    }

    /// One line a row of a table: `columns`, separated by blanks; sorted.
    pub(crate) fn lines(&self, table: &str, columns: &[&str]) -> String {
        let mut lines: Vec<String> = self
            .rows(table)
            .iter()
            .map(|row| {
                let values: Vec<&str> = columns
                    .iter()
                    .map(|column| row[*column].as_deref().unwrap_or("NULL"))
                    .collect();
                values.join(" ") + "\n"
            })
            .collect();
        lines.sort();
        lines.concat()
    }
}

/// The data files of a table in a log entry.
pub(crate) fn files<'a>(entry: &'a Value, table: &str) -> &'a Vec<Value> {
    entry["tables"][table]["files"].as_array().expect("files")
}

fn row(batch: &RecordBatch, at: usize) -> Row {
    let schema = batch.schema();
    let names = schema.fields().iter().map(|field| field.name().clone());
    names
        .zip(batch.columns())
        .map(|(name, column)| {
            let value = (!column.is_null(at))
                .then(|| array_value_to_string(column, at).expect("a value of our types"));
            (name, value)
        })
        .collect()
}
