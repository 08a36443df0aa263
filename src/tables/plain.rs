//! Columns whose values hardly repeat, as plain pages.

use arrow::array::BooleanBufferBuilder;
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescPtr;

use super::chunk::{Bounds, ChunkWriter, PageBody, PageChunk, Scratch};
use super::settings::PAGE_ROWS;

/// Room for the names of a page.
const TEXT_PAGE_BYTES: usize = 64 * PAGE_ROWS;

/// Encodes a column of 32-bit integers without NULLs.
pub(super) fn encode_ints<T>(
    column: &ColumnDescPtr,
    scratch: &mut Scratch,
    rows: &[T],
    value: impl Fn(&T) -> i32,
) -> Result<PageChunk, ParquetError> {
    let mut writer = ChunkWriter::new(column, Encoding::PLAIN, scratch);
    let mut values = vec![0; 4 * PAGE_ROWS];
    for page in rows.chunks(PAGE_ROWS) {
        let values = &mut values[..4 * page.len()];
        let (mut low, mut high) = (i32::MAX, i32::MIN);
        for (bytes, row) in values.chunks_exact_mut(4).zip(page) {
            let value = value(row);
            bytes.copy_from_slice(&value.to_le_bytes());
            low = low.min(value);
            high = high.max(value);
        }
        writer.data(&PageBody {
            rows: page.len(),
            validity: &[(true, page.len())],
            values,
            bounds: Some(Bounds::Int(low, high)),
        })?;
    }
    writer.finish()
}

/// Encodes a column of booleans without NULLs, from its runs.
pub(super) fn encode_bools(
    column: &ColumnDescPtr,
    scratch: &mut Scratch,
    runs: impl Iterator<Item = (bool, usize)>,
) -> Result<PageChunk, ParquetError> {
    let mut writer = ChunkWriter::new(column, Encoding::PLAIN, scratch);
    let mut page = BooleanBufferBuilder::new(PAGE_ROWS);
    let mut flush = |page: &mut BooleanBufferBuilder| {
        let rows = page.len();
        let bits = page.finish();
        let set = bits.count_set_bits();
        writer.data(&PageBody {
            rows,
            validity: &[],
            values: bits.values(),
            bounds: Some(Bounds::Bool(set == rows, set > 0)),
        })
    };
    for (value, mut rows) in runs {
        while rows > 0 {
            let fits = rows.min(PAGE_ROWS - page.len());
            page.append_n(fits, value);
            rows -= fits;
            if page.len() == PAGE_ROWS {
                flush(&mut page)?;
            }
        }
    }
    if !page.is_empty() {
        flush(&mut page)?;
    }
    writer.finish()
}

/// Encodes a column of 32-bit integers, `None` for NULL.
pub(super) fn encode_optional_ints<T>(
    column: &ColumnDescPtr,
    scratch: &mut Scratch,
    rows: &[T],
    value: impl Fn(&T) -> Option<i32>,
) -> Result<PageChunk, ParquetError> {
    let mut writer = ChunkWriter::new(column, Encoding::PLAIN, scratch);
    let mut values = Vec::with_capacity(4 * PAGE_ROWS);
    let mut validity: Vec<(bool, usize)> = Vec::new();
    for page in rows.chunks(PAGE_ROWS) {
        values.clear();
        validity.clear();
        let mut bounds: Option<(i32, i32)> = None;
        for row in page {
            let value = value(row);
            match validity.last_mut() {
                Some(last) if last.0 == value.is_some() => last.1 += 1,
                _ => validity.push((value.is_some(), 1)),
            }
            if let Some(value) = value {
                values.extend_from_slice(&value.to_le_bytes());
                let (low, high) = bounds.unwrap_or((value, value));
                bounds = Some((low.min(value), high.max(value)));
            }
        }
        writer.data(&PageBody {
            rows: page.len(),
            validity: &validity,
            values: &values,
            bounds: bounds.map(|(low, high)| Bounds::Int(low, high)),
        })?;
    }
    writer.finish()
}

/// Encodes a column of text that is never NULL.
///
/// `runs` says how many rows follow each other in ascending order: only the first and the last of them can be a bound.
/// `push` appends the text of a row.
pub(super) fn encode_texts<T>(
    column: &ColumnDescPtr,
    scratch: &mut Scratch,
    rows: &[T],
    runs: impl Iterator<Item = usize>,
    push: impl Fn(&mut Vec<u8>, &T),
) -> Result<PageChunk, ParquetError> {
    let mut writer = ChunkWriter::new(column, Encoding::PLAIN, scratch);
    let mut values = Vec::with_capacity(TEXT_PAGE_BYTES);
    let mut runs = runs;
    let mut left = 0;
    for page in rows.chunks(PAGE_ROWS) {
        values.clear();
        let mut bounds: Option<Bounds> = None;
        let mut first = true;
        for (index, row) in page.iter().enumerate() {
            let start = values.len();
            values.extend([0; 4]);
            push(&mut values, row);
            let length = (values.len() - start - 4) as u32;
            values[start..start + 4].copy_from_slice(&length.to_le_bytes());
            let begins = first || left == 0;
            if left == 0 {
                left = runs.next().unwrap_or(1);
            }
            left -= 1;
            first = false;
            if begins || left == 0 || index + 1 == page.len() {
                include(&mut bounds, &values[start + 4..]);
            }
        }
        writer.data(&PageBody {
            rows: page.len(),
            validity: &[],
            values: &values,
            bounds,
        })?;
    }
    writer.finish()
}

fn include(bounds: &mut Option<Bounds>, text: &[u8]) {
    match bounds {
        Some(Bounds::Text(low, high)) => {
            if text < low.as_slice() {
                low.clear();
                low.extend_from_slice(text);
            }
            if text > high.as_slice() {
                high.clear();
                high.extend_from_slice(text);
            }
        }
        other => *other = Some(Bounds::Text(text.to_vec(), text.to_vec())),
    }
}
