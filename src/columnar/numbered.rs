//! Columns of texts that differ in a number, as plain pages.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a text is shorter than 4 GiB"
)]

use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescPtr;

use super::chunk::{Bounds, ChunkWriter, PageBody, PageChunk, Scratch};
use super::settings::PAGE_ROWS;

/// A text's length stands before it, in so many bytes.
const LENGTH_BYTES: usize = 4;

/// Rows whose texts differ in their number only, in its ascending order.
#[derive(Debug)]
pub(crate) struct NumberedRun<'a, R> {
    /// The text before the number.
    pub(crate) text: &'a str,
    /// How many digits the number has, 1 or more and as many as the largest needs, with zeros before it; `None`: neither number
    /// nor suffix follow.
    pub(crate) digits: Option<u8>,
    pub(crate) rows: &'a [R],
}

/// Appends a text: `text`, `number` with so many digits, `suffix`. Without digits it is `text` alone.
pub(crate) fn push_numbered(
    out: &mut Vec<u8>,
    text: &str,
    digits: Option<u8>,
    number: u32,
    suffix: &str,
) {
    out.extend_from_slice(text.as_bytes());
    let Some(digits) = digits else {
        return;
    };
    let start = out.len();
    out.resize(start + usize::from(digits), b'0');
    write_digits(&mut out[start..], number);
    out.extend_from_slice(suffix.as_bytes());
}

/// Writes a number over `text`, with zeros before it. By hand: `write!` with a width would be felt.
fn write_digits(text: &mut [u8], number: u32) {
    let mut rest = number;
    for digit in text.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

/// Encodes the texts of all rows with `prefix` before each, and `suffix` after each number.
pub(super) fn encode<'a, R: 'a>(
    column: &ColumnDescPtr,
    scratch: &mut Scratch,
    prefix: &str,
    suffix: &str,
    runs: impl Iterator<Item = NumberedRun<'a, R>>,
    number: impl Fn(&R) -> u32,
) -> Result<PageChunk, ParquetError> {
    let values = scratch.take_values();
    let mut writer = ChunkWriter::new(column, Encoding::PLAIN, scratch);
    let mut page = NumberedPage::new(prefix, suffix, values, number);
    for mut run in runs {
        while !run.rows.is_empty() {
            let fits = run.rows.len().min(PAGE_ROWS - page.rows);
            let (rows, rest) = run.rows.split_at(fits);
            page.push(&NumberedRun { rows, ..run });
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
struct NumberedPage<'a, F> {
    prefix: &'a str,
    suffix: &'a str,
    number: F,
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

impl<'a, F> NumberedPage<'a, F> {
    /// `values` is memory for the values, with whatever is in it.
    fn new(prefix: &'a str, suffix: &'a str, values: Vec<u8>, number: F) -> Self {
        Self {
            prefix,
            suffix,
            number,
            rows: 0,
            values,
            used: 0,
            value: Vec::new(),
            low: Vec::new(),
            high: Vec::new(),
        }
    }

    fn push<R>(&mut self, run: &NumberedRun<'_, R>)
    where
        F: Fn(&R) -> u32,
    {
        let (Some(first), Some(last)) = (run.rows.first(), run.rows.last()) else {
            return;
        };
        // They come in the order of their numbers: those between can't be bounds.
        let begins = self.rows == 0;
        self.rows += run.rows.len();
        self.make(run, last);
        let text = &self.value[LENGTH_BYTES..];
        if begins || text > self.high.as_slice() {
            text.clone_into(&mut self.high);
        }
        let length = self.make(run, first);
        let text = &self.value[LENGTH_BYTES..];
        if begins || text < self.low.as_slice() {
            text.clone_into(&mut self.low);
        }
        if let Some(digits) = run.digits {
            self.put_all(length, digits.into(), run.rows);
            return;
        }
        for row in run.rows {
            let length = self.make(run, row);
            self.make_room(1, length);
            self.put(length);
        }
    }

    /// Makes the value of a row of the run; returns its bytes.
    fn make<R>(&mut self, run: &NumberedRun<'_, R>, row: &R) -> usize
    where
        F: Fn(&R) -> u32,
    {
        let number = (self.number)(row);
        self.value.clear();
        self.value.extend([0; LENGTH_BYTES]);
        self.value.extend_from_slice(self.prefix.as_bytes());
        push_numbered(&mut self.value, run.text, run.digits, number, self.suffix);
        let length = self.value.len();
        let text = (length - LENGTH_BYTES) as u32;
        self.value[..LENGTH_BYTES].copy_from_slice(&text.to_le_bytes());
        length
    }

    /// Puts the texts of one run, of which one has been made: made from their parts, they would take as long as it takes to
    /// compress them.
    fn put_all<R>(&mut self, length: usize, digits: usize, rows: &[R])
    where
        F: Fn(&R) -> u32,
    {
        self.make_room(rows.len(), length);
        let end = length - self.suffix.len();
        let mut tens = None;
        for row in rows {
            let number = (self.number)(row);
            if tens != Some(number / 10) {
                tens = Some(number / 10);
                write_digits(&mut self.value[end - digits..end], number);
            }
            // Written beside the copy: a word that is read just after a part of it was written has to be waited for.
            let last = self.used + end - 1;
            self.put(length);
            self.values[last] = b'0' + (number % 10) as u8;
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
            validity: &[(true, self.rows)],
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
        fn a_page_is_its_texts(
            runs in prop::collection::vec(
                ("[a-z_]{0,40}", prop::option::of(1..12_u8), prop::collection::btree_set(0..2000_u32, 1..40)),
                1..6,
            ),
            used in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut page = NumberedPage::new("landing/", ".png", used, |number: &u32| *number);
            let (mut expected, mut texts) = (Vec::new(), Vec::new());
            for (text, digits, numbers) in &runs {
                let fits = |number: &&u32| digits.is_none_or(|digits| **number < 10_u32.pow(digits.min(9).into()));
                let rows: Vec<u32> = numbers.iter().filter(fits).copied().collect();
                for &number in &rows {
                    let whole = match digits {
                        Some(digits) => format!("landing/{text}{number:0width$}.png", width = usize::from(*digits)),
                        None => format!("landing/{text}"),
                    };
                    expected.extend((whole.len() as u32).to_le_bytes());
                    expected.extend(whole.as_bytes());
                    texts.push(whole.into_bytes());
                }
                page.push(&NumberedRun { text, digits: *digits, rows: &rows });
            }
            prop_assert_eq!(&page.values[..page.used], &expected);
            prop_assert_eq!(page.rows, texts.len());
            prop_assert_eq!(texts.iter().min(), (page.rows > 0).then_some(&page.low));
            prop_assert_eq!(texts.iter().max(), (page.rows > 0).then_some(&page.high));
        }
    }
}
