//! Rows in the formats people and programs want.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::csv::WriterBuilder;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::json::WriterBuilder as JsonBuilder;
use arrow::json::writer::JsonArray;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow::util::pretty::pretty_format_batches;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::args::RowFormat;
use super::rewriter::Rewriter;
use crate::query::Answer;
use crate::readable;

/// How much of a value a table shows. The other formats have all of it, as it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cells {
    /// So much that none fills the screen.
    Short,
    /// All.
    Whole,
}

impl Cells {
    fn text(self, value: &str) -> String {
        match self {
            Self::Short => readable::value(value),
            Self::Whole => readable::cut(value, usize::MAX),
        }
    }
}

/// Writes `answer` in `format`.
pub(super) fn write(
    answer: &Answer,
    format: RowFormat,
    cells: Cells,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        RowFormat::Table => table(answer, cells, out),
        RowFormat::Csv => csv(answer, out),
        RowFormat::Json => json(answer, out),
        RowFormat::Parquet => parquet(answer, out),
    }
}

/// A table is for people: each cell is one line, and nothing in it steers a terminal.
fn table(answer: &Answer, cells: Cells, out: &mut dyn Write) -> io::Result<()> {
    let options = FormatOptions::default().with_null("NULL");
    let names = answer.schema.fields().iter();
    let fields: Vec<Field> = names
        .map(|field| Field::new(cells.text(field.name()), DataType::Utf8, false))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let texts = |batch: &RecordBatch| {
        let column = |column: &ArrayRef| {
            let formatter = ArrayFormatter::try_new(column, &options)?;
            let text = |row| Ok(cells.text(&formatter.value(row).try_to_string()?));
            let texts: Result<Vec<String>, ArrowError> = (0..batch.num_rows()).map(text).collect();
            Ok(Arc::new(StringArray::from(texts?)) as ArrayRef)
        };
        let columns: Result<Vec<ArrayRef>, ArrowError> =
            batch.columns().iter().map(column).collect();
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

    fn written(format: RowFormat, cells: Cells) -> String {
        let mut out = Vec::new();
        write(&hostile(), format, cells, &mut out).expect("memory");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_table_is_tame_and_on_a_terminal_short() {
        let short = written(RowFormat::Table, Cells::Short);
        assert!(short.contains(r"| id\u{202e} "), "{short}");
        assert!(short.contains(r"| a\u{1b}[31m\nb\u{9b} |"), "{short}");
        assert!(
            short.contains(&format!("| {}… |", "x".repeat(200))),
            "{short}"
        );
        let whole = written(RowFormat::Table, Cells::Whole);
        assert!(
            whole.contains(&format!("| {} |", "x".repeat(1000))),
            "{whole}"
        );
        for text in [short, whole] {
            assert_eq!(text.lines().count(), 5);
            assert!(!text.contains(|letter| letter != '\n' && readable::is_hidden(letter)));
        }
    }

    #[test]
    fn data_is_exact() {
        let csv = written(RowFormat::Csv, Cells::Short);
        let x = "x".repeat(1000);
        assert_eq!(
            csv,
            format!("id\u{202e},long\n\"a\x1b[31m\nb\u{9b}\",{x}\n")
        );
        let json = written(RowFormat::Json, Cells::Short);
        assert!(!json.trim_end().contains(readable::is_hidden), "{json}");
        let rows: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let expected = serde_json::json!([{"id\u{202e}": "a\x1b[31m\nb\u{9b}", "long": x}]);
        assert_eq!(rows, expected);
    }
}
