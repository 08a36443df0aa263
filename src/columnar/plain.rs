//! Columns whose values hardly repeat, as plain pages.

use arrow::array::BooleanBufferBuilder;
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescPtr;

use super::chunk::{Bounds, ChunkWriter, PageBody, PageChunk, Scratch};
use super::settings::PAGE_ROWS;

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
            validity: &[(true, rows)],
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
