//! Columns of file names, as plain pages.

use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescPtr;

use super::chunk::{Bounds, ChunkWriter, PageBody, PageChunk, Scratch};
use super::merge::Row;
use super::settings::PAGE_ROWS;
use super::stem::push_file_name;

/// A text's length stands before it, in so many bytes.
const LENGTH_BYTES: usize = 4;
/// What stands after the digits.
const EXTENSION: &str = ".png";
/// Room for the names of a page.
const PAGE_BYTES: usize = 64 * PAGE_ROWS;

/// Rows of one stem that follow each other in ascending order.
#[derive(Debug, Clone, Copy)]
pub(super) struct NameRun<'a> {
    pub(super) text: &'a str,
    pub(super) digits: Option<u8>,
    pub(super) rows: &'a [Row],
}

/// Encodes the names of all rows with `prefix` before each.
pub(super) fn encode<'a>(
    column: &ColumnDescPtr,
    scratch: &mut Scratch,
    prefix: &str,
    runs: impl Iterator<Item = NameRun<'a>>,
) -> Result<PageChunk, ParquetError> {
    let mut writer = ChunkWriter::new(column, Encoding::PLAIN, scratch);
    let mut page = NamePage {
        prefix,
        rows: 0,
        values: Vec::with_capacity(PAGE_BYTES),
        bounds: None,
    };
    for mut run in runs {
        while !run.rows.is_empty() {
            let fits = run.rows.len().min(PAGE_ROWS - page.rows);
            let (rows, rest) = run.rows.split_at(fits);
            page.push(NameRun { rows, ..run });
            run.rows = rest;
            if page.rows == PAGE_ROWS {
                page.flush(&mut writer)?;
            }
        }
    }
    if page.rows > 0 {
        page.flush(&mut writer)?;
    }
    writer.finish()
}

/// A page that is being filled.
struct NamePage<'a> {
    prefix: &'a str,
    rows: usize,
    values: Vec<u8>,
    bounds: Option<Bounds>,
}

impl NamePage<'_> {
    fn push(&mut self, run: NameRun<'_>) {
        let Some((first, others)) = run.rows.split_first() else {
            return;
        };
        self.rows += run.rows.len();
        let start = self.values.len();
        self.push_name(&run, first.slice);
        let length = self.values.len() - start;
        // The names between can't be bounds.
        self.include_last(length);
        if let Some(digits) = run.digits {
            self.push_others(length, digits.into(), first.slice, others);
        } else {
            for row in others {
                self.push_name(&run, row.slice);
            }
        }
        self.include_last(length);
    }

    fn push_name(&mut self, run: &NameRun<'_>, slice: u32) {
        let start = self.values.len();
        self.values.extend([0; LENGTH_BYTES]);
        self.values.extend_from_slice(self.prefix.as_bytes());
        push_file_name(&mut self.values, run.text, run.digits, slice);
        let length = (self.values.len() - start - LENGTH_BYTES) as u32;
        self.values[start..start + LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
    }

    /// Names of one stem as copies of the name before with other digits: made from their parts, they would take as long as
    /// it takes to compress them.
    fn push_others(&mut self, length: usize, digits: usize, mut before: u32, rows: &[Row]) {
        for row in rows {
            self.values.extend_from_within(self.values.len() - length..);
            let end = self.values.len() - EXTENSION.len();
            let text = &mut self.values[end - digits..end];
            match text.last_mut() {
                Some(last) if row.slice == before + 1 && *last != b'9' => *last += 1,
                _ => write_digits(text, row.slice),
            }
            before = row.slice;
        }
    }

    /// Widens the bounds by the last name, whose record has `length` bytes.
    fn include_last(&mut self, length: usize) {
        let name = &self.values[self.values.len() - length + LENGTH_BYTES..];
        match &mut self.bounds {
            Some(Bounds::Text(low, high)) => {
                if name < low.as_slice() {
                    name.clone_into(low);
                }
                if name > high.as_slice() {
                    name.clone_into(high);
                }
            }
            other => *other = Some(Bounds::Text(name.to_vec(), name.to_vec())),
        }
    }

    fn flush(&mut self, writer: &mut ChunkWriter<'_>) -> Result<(), ParquetError> {
        writer.data(&PageBody {
            rows: self.rows,
            validity: &[],
            values: &self.values,
            bounds: self.bounds.take(),
        })?;
        self.values.clear();
        self.rows = 0;
        Ok(())
    }
}

/// Writes a number over `text`, with zeros before it.
fn write_digits(text: &mut [u8], number: u32) {
    let mut rest = number;
    for digit in text.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}
