//! Rows in the formats people and programs want.

mod cell;
mod markdown;
mod nested;
mod screen;
#[cfg(feature = "sql")]
mod workbook;

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::csv::WriterBuilder;
use arrow::error::ArrowError;
use arrow::json::WriterBuilder as JsonBuilder;
use arrow::json::writer::JsonArray;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::args::RowFormat;
use super::failure::Failure;
use super::rewriter::Rewriter;
use crate::query::Answer;
use crate::readable;

pub(super) use screen::Screen;

/// The text of a NULL where a person reads it.
const NULL: &str = "NULL";

/// Rejects an answer that `format` cannot hold.
#[cfg_attr(not(feature = "sql"), expect(unused_variables))]
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
    let flat = || nested::flat(answer).map_err(to_io);
    match format {
        RowFormat::Table => table(answer, out),
        RowFormat::Csv => csv(&*flat()?, out),
        RowFormat::Json => json(answer, out),
        RowFormat::Parquet => parquet(answer, out),
        RowFormat::Markdown => markdown::write(&*flat()?, out),
        #[cfg(feature = "sql")]
        RowFormat::Xlsx => workbook::write(&*flat()?, out),
        #[cfg(not(feature = "sql"))]
        RowFormat::Xlsx => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// A table is for people: each cell is one line, nothing in it steers a terminal, and numbers stand below each other.
fn table(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    Screen::endless().show(answer, out).map(drop)
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
    use arrow::array::{ArrayRef, Int64Array, ListArray, StringArray, StructArray};
    use arrow::datatypes::{DataType, Field, Int64Type};

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

    /// Numbers, arrays and structures.
    fn nested() -> Answer {
        let lists = [Some(vec![Some(1), None, Some(2)]), None, Some(vec![])];
        let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(lists);
        let texts = StringArray::from(vec![Some("a,b"), None, Some("\"c\"")]);
        let field = Arc::new(Field::new("text", DataType::Utf8, true));
        let structures = StructArray::from(vec![(field, Arc::new(texts) as ArrayRef)]);
        let columns: [(&str, ArrayRef); 3] = [
            ("n", Arc::new(Int64Array::from(vec![7, 12_345, -1]))),
            ("lists", Arc::new(lists)),
            ("structures", Arc::new(structures)),
        ];
        let columns = columns
            .into_iter()
            .map(|(name, column)| (name, column, true));
        RecordBatch::try_from_iter_with_nullable(columns)
            .expect("columns of one length")
            .into()
    }

    #[test]
    fn nested_values_are_json_in_every_cell() {
        let shown = |format: RowFormat| {
            let mut out = Vec::new();
            write(&nested(), format, &mut out).expect("memory");
            String::from_utf8(out).expect("text")
        };
        insta::assert_snapshot!(shown(RowFormat::Csv), @r#"
        n,lists,structures
        7,"[1, null, 2]","{""text"": ""a,b""}"
        12345,,"{""text"": null}"
        -1,[],"{""text"": ""\""c\""""}"
        "#);
        insta::assert_snapshot!(shown(RowFormat::Table), @r#"
        +-------+--------------+-------------------+
        |     n | lists        | structures        |
        +-------+--------------+-------------------+
        |     7 | [1, null, 2] | {"text": "a,b"}   |
        | 12345 | NULL         | {"text": null}    |
        |    -1 | []           | {"text": "\"c\""} |
        +-------+--------------+-------------------+
        "#);
        insta::assert_snapshot!(shown(RowFormat::Markdown), @r#"
        | n | lists | structures |
        | ---: | --- | --- |
        | 7 | \[1, null, 2\] | {"text": "a,b"} |
        | 12345 | NULL | {"text": null} |
        | -1 | \[\] | {"text": "\\"c\\""} |
        "#);
        #[cfg(feature = "sql")]
        write(&nested(), RowFormat::Xlsx, &mut Vec::new()).expect("memory");
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
