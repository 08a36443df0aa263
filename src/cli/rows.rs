//! Rows in the formats people and programs want.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::csv::WriterBuilder;
use arrow::error::ArrowError;
use arrow::json::WriterBuilder as JsonBuilder;
use arrow::json::writer::JsonArray;
use arrow::util::display::FormatOptions;
use arrow::util::pretty::pretty_format_batches_with_options;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::args::RowFormat;
use crate::query::Answer;

/// Writes `answer` in `format`.
pub(super) fn write(answer: &Answer, format: RowFormat, out: &mut dyn Write) -> io::Result<()> {
    match format {
        RowFormat::Table => table(answer, out),
        RowFormat::Csv => csv(answer, out),
        RowFormat::Json => json(answer, out),
        RowFormat::Parquet => parquet(answer, out),
    }
}

fn table(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let options = FormatOptions::default().with_null("NULL");
    let header = RecordBatch::new_empty(Arc::clone(&answer.schema));
    let batches: Vec<RecordBatch> = std::iter::once(header)
        .chain(answer.batches.iter().cloned())
        .collect();
    let text = pretty_format_batches_with_options(&batches, &options).map_err(to_io)?;
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
    let mut writer = JsonBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, JsonArray>(&mut *out);
    for batch in &answer.batches {
        writer.write(batch).map_err(to_io)?;
    }
    writer.finish().map_err(to_io)?;
    writeln!(out)
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
