//! Columns of file names, as plain pages.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a name is not longer than MAX_LINE, and its key little longer"
)]

use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescPtr;

use super::chunk::{Bounds, ChunkWriter, PageBody, PageChunk, Scratch};
use super::row::Row;
use super::settings::PAGE_ROWS;
use super::stem::{EXTENSION, push_file_name, write_digits};

/// A text's length stands before it, in so many bytes.
const LENGTH_BYTES: usize = 4;

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
    let values = scratch.take_values();
    let mut writer = ChunkWriter::new(column, Encoding::PLAIN, scratch);
    let mut page = NamePage {
        prefix,
        rows: 0,
        values,
        used: 0,
        value: Vec::new(),
        low: Vec::new(),
        high: Vec::new(),
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
    writer.keep_values(page.values);
    writer.finish()
}

/// A page that is being filled.
struct NamePage<'a> {
    prefix: &'a str,
    rows: usize,
    /// The values, and room for more.
    values: Vec<u8>,
    used: usize,
    /// The value that was put last, filled up to whole words.
    value: Vec<u8>,
    low: Vec<u8>,
    high: Vec<u8>,
}

/// Values are copied in pieces of this many bytes.
const WORD: usize = 16;

impl NamePage<'_> {
    fn push(&mut self, run: NameRun<'_>) {
        let (Some(first), Some(last)) = (run.rows.first(), run.rows.last()) else {
            return;
        };
        // Names of one stem come in their order: those between can't be bounds.
        let begins = self.rows == 0;
        self.rows += run.rows.len();
        self.make(&run, last.slice);
        let name = &self.value[LENGTH_BYTES..];
        if begins || name > self.high.as_slice() {
            name.clone_into(&mut self.high);
        }
        let length = self.make(&run, first.slice);
        let name = &self.value[LENGTH_BYTES..];
        if begins || name < self.low.as_slice() {
            name.clone_into(&mut self.low);
        }
        if let Some(digits) = run.digits {
            self.put_all(length, digits.into(), run.rows);
            return;
        }
        for row in run.rows {
            let length = self.make(&run, row.slice);
            self.make_room(1, length);
            self.put(length);
        }
    }

    /// Makes a value; returns its bytes.
    fn make(&mut self, run: &NameRun<'_>, slice: u32) -> usize {
        self.value.clear();
        self.value.extend([0; LENGTH_BYTES]);
        self.value.extend_from_slice(self.prefix.as_bytes());
        push_file_name(&mut self.value, run.text, run.digits, slice);
        let length = self.value.len();
        let text = (length - LENGTH_BYTES) as u32;
        self.value[..LENGTH_BYTES].copy_from_slice(&text.to_le_bytes());
        length
    }

    /// Puts names of one stem, of which one has been made: made from their parts, they would take as long as it takes to
    /// compress them.
    fn put_all(&mut self, length: usize, digits: usize, rows: &[Row]) {
        self.make_room(rows.len(), length);
        let end = length - EXTENSION.len();
        let mut tens = None;
        for row in rows {
            if tens != Some(row.slice / 10) {
                tens = Some(row.slice / 10);
                write_digits(&mut self.value[end - digits..end], row.slice);
            }
            // Written beside the copy: a word that is read just after a part of it was written has to be waited for.
            let last = self.used + end - 1;
            self.put(length);
            self.values[last] = b'0' + (row.slice % 10) as u8;
        }
    }

    /// Makes room for `count` values of `length` bytes.
    fn make_room(&mut self, count: usize, length: usize) {
        self.value.resize(length.next_multiple_of(WORD), 0);
        let needed = self.used + count * length + WORD;
        if needed > self.values.len() {
            self.values.resize(needed, 0);
        }
    }

    fn put(&mut self, length: usize) {
        let (words, _) = self.value.as_chunks::<WORD>();
        let (room, _) = self.values[self.used..].as_chunks_mut::<WORD>();
        for (room, word) in room.iter_mut().zip(words) {
            *room = *word;
        }
        self.used += length;
    }

    fn flush(&mut self, writer: &mut ChunkWriter<'_>) -> Result<(), ParquetError> {
        writer.data(&PageBody {
            rows: self.rows,
            validity: &[],
            values: &self.values[..self.used],
            bounds: Some(Bounds::Text(self.low.clone(), self.high.clone())),
        })?;
        self.used = 0;
        self.rows = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_page_is_its_names(
            runs in prop::collection::vec(
                ("[a-z_]{0,40}", prop::option::of(1..12_u8), prop::collection::btree_set(0..2000_u32, 1..40)),
                1..6,
            ),
            used in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut page = NamePage {
                prefix: "landing/",
                rows: 0,
                values: used,
                used: 0,
                value: Vec::new(),
                low: Vec::new(),
                high: Vec::new(),
            };
            let (mut expected, mut names) = (Vec::new(), Vec::new());
            for (text, digits, slices) in &runs {
                let fits = |slice: &&u32| digits.is_none_or(|digits| **slice < 10_u32.pow(digits.min(9).into()));
                let rows: Vec<Row> = slices.iter().filter(fits).map(|&slice| Row::of_slice(slice)).collect();
                for row in &rows {
                    let mut name = b"landing/".to_vec();
                    push_file_name(&mut name, text, *digits, row.slice);
                    expected.extend((name.len() as u32).to_le_bytes());
                    expected.extend(&name);
                    names.push(name);
                }
                page.push(NameRun { text, digits: *digits, rows: &rows });
            }
            prop_assert_eq!(&page.values[..page.used], &expected);
            prop_assert_eq!(page.rows, names.len());
            prop_assert_eq!(names.iter().min(), (page.rows > 0).then_some(&page.low));
            prop_assert_eq!(names.iter().max(), (page.rows > 0).then_some(&page.high));
        }
    }
}
