//! Rows in the formats people and programs want.

mod cell;
mod markdown;
mod screen;
#[cfg(feature = "sql")]
mod workbook;

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::csv::WriterBuilder;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::json::WriterBuilder as JsonBuilder;
use arrow::json::writer::JsonArray;
use arrow::util::pretty::pretty_format_batches;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::args::RowFormat;
use super::failure::Failure;
use super::rewriter::Rewriter;
use crate::query::Answer;
use crate::readable;

use cell::Cells;
pub(super) use screen::Screen;

/// The text of a NULL where a person reads it.
const NULL: &str = "NULL";

/// Rejects an answer that `format` cannot hold.
pub(super) fn check(answer: &Answer, format: RowFormat) -> Result<(), Failure> {
    match format {
        #[cfg(feature = "sql")]
        RowFormat::Xlsx => workbook::check(answer),
        #[cfg(not(feature = "sql"))]
        RowFormat::Xlsx => Err(Failure::usage(
            "this ctlake was built without SQL, and so without Excel workbooks",
            "build it with `--features sql`, or choose another format: `--format csv`",
        )),
        _ => Ok(()),
    }
}

/// Writes all rows of `answer` in `format`, which can hold them.
pub(super) fn write(answer: &Answer, format: RowFormat, out: &mut dyn Write) -> io::Result<()> {
    match format {
        RowFormat::Table => table(answer, out),
        RowFormat::Csv => csv(answer, out),
        RowFormat::Json => json(answer, out),
        RowFormat::Parquet => parquet(answer, out),
        RowFormat::Markdown => markdown::write(answer, out),
        #[cfg(feature = "sql")]
        RowFormat::Xlsx => workbook::write(answer, out),
        #[cfg(not(feature = "sql"))]
        RowFormat::Xlsx => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// A table is for people: each cell is one line, and nothing in it steers a terminal.
fn table(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let names = answer.schema.fields().iter();
    let fields: Vec<Field> = names
        .map(|field| Field::new(cell::one_line(field.name()), DataType::Utf8, false))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let texts = |batch: &RecordBatch| {
        let cells = Cells::new(batch)?;
        let column = |column| {
            let texts: Result<Vec<String>, ArrowError> = (0..batch.num_rows())
                .map(|row| cells.text(row, column))
                .collect();
            Ok(Arc::new(StringArray::from(texts?)) as ArrayRef)
        };
        let columns: Result<Vec<ArrayRef>, ArrowError> =
            (0..batch.num_columns()).map(column).collect();
        RecordBatch::try_new(Arc::clone(&schema), columns?)
    };
    let mut batches = vec![RecordBatch::new_empty(Arc::clone(&schema))];
    for batch in answer.batches.iter().filter(|batch| batch.num_rows() > 0) {
        batches.push(texts(batch).map_err(to_io)?);
    }
    let text = pretty_format_batches(&batches).map_err(to_io)?;
    writeln!(out, "{text}")
}

fn csv(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = WriterBuilder::new().with_header(true).build(out);
    // The header is there even when no row is.
    let header = RecordBatch::new_empty(Arc::clone(&answer.schema));
    for batch in std::iter::once(&header).chain(&answer.batches) {
        writer.write(batch).map_err(to_io)?;
    }
    Ok(())
}

fn json(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let mut out = Rewriter::new(out, readable::json);
    let mut writer = JsonBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, JsonArray>(&mut out);
    for batch in &answer.batches {
        writer.write(batch).map_err(to_io)?;
    }
    writer.finish().map_err(to_io)?;
    drop(writer);
    writeln!(out)?;
    out.flush()
}

fn parquet(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    // Buffered whole: the writer wants a sink that may move between threads.
    let mut content = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut content, Arc::clone(&answer.schema), Some(properties))
            .map_err(io::Error::other)?;
    for batch in &answer.batches {
        writer.write(batch).map_err(io::Error::other)?;
    }
    writer.close().map_err(io::Error::other)?;
    out.write_all(&content)
}

/// Keeps the kind of an I/O error: a closed pipe is no failure.
fn to_io(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, source) => source,
        ArrowError::CsvError(text) | ArrowError::JsonError(text)
            if text.contains("Broken pipe") =>
        {
            io::Error::new(io::ErrorKind::BrokenPipe, text)
        }
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of texts that would steer a terminal or fill it.
    fn hostile() -> Answer {
        let long = "x".repeat(1000);
        let column = |value: &str| Arc::new(StringArray::from(vec![value])) as ArrayRef;
        RecordBatch::try_from_iter([
            ("id\u{202e}", column("a\x1b[31m\nb\u{9b}")),
            ("long", column(&long)),
        ])
        .expect("columns of one length")
        .into()
    }

    fn written(format: RowFormat) -> String {
        let mut out = Vec::new();
        write(&hostile(), format, &mut out).expect("memory");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_table_is_tame_and_whole() {
        let table = written(RowFormat::Table);
        assert!(table.contains(r"| id\u{202e} "), "{table}");
        assert!(table.contains(r"| a\u{1b}[31m\nb\u{9b} |"), "{table}");
        assert!(
            table.contains(&format!("| {} |", "x".repeat(1000))),
            "{table}"
        );
        assert_eq!(table.lines().count(), 5);
        assert!(!table.contains(|letter| letter != '\n' && readable::is_hidden(letter)));
    }

    #[test]
    fn data_is_exact() {
        let csv = written(RowFormat::Csv);
        let x = "x".repeat(1000);
        assert_eq!(
            csv,
            format!("id\u{202e},long\n\"a\x1b[31m\nb\u{9b}\",{x}\n")
        );
        let json = written(RowFormat::Json);
        assert!(!json.trim_end().contains(readable::is_hidden), "{json}");
        let rows: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let expected = serde_json::json!([{"id\u{202e}": "a\x1b[31m\nb\u{9b}", "long": x}]);
        assert_eq!(rows, expected);
    }
}
