//! Columns whose values stay the same over many rows, as dictionary pages of runs.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a page has at most PAGE_ROWS rows, and a text is shorter than 4 GiB"
)]

use std::hash::Hash;

use hashbrown::HashMap;
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescPtr;

use super::chunk::{Bounds, ChunkWriter, PageBody, PageChunk, Scratch, push_run};
use super::settings::PAGE_ROWS;

/// In the place of an index: NULL.
const NULL: u32 = u32::MAX;

/// So many rows with the same value, `None` for NULL.
pub(crate) type Run<V> = (Option<V>, usize);

/// A value of a dictionary.
pub(super) trait Value: Copy + Ord + Hash {
    /// Appends it as it stands in a plain page.
    fn push_plain(self, out: &mut Vec<u8>);

    fn bounds(low: Self, high: Self) -> Bounds;
}

impl Value for &str {
    fn push_plain(self, out: &mut Vec<u8>) {
        out.extend((self.len() as u32).to_le_bytes());
        out.extend(self.as_bytes());
    }

    fn bounds(low: Self, high: Self) -> Bounds {
        Bounds::Text(low.into(), high.into())
    }
}

impl Value for i32 {
    fn push_plain(self, out: &mut Vec<u8>) {
        out.extend(self.to_le_bytes());
    }

    fn bounds(low: Self, high: Self) -> Bounds {
        Bounds::Int(low, high)
    }
}

/// Encodes a column of text or 32-bit integers from its runs.
pub(super) fn encode<V: Value>(
    column: &ColumnDescPtr,
    scratch: &mut Scratch,
    runs: &[Run<V>],
) -> Result<PageChunk, ParquetError> {
    let (values, runs) = index(runs);
    let encoding = if values.is_empty() {
        Encoding::PLAIN
    } else {
        Encoding::RLE_DICTIONARY
    };
    let mut writer = ChunkWriter::new(column, encoding, scratch);
    let mut bits = 0;
    let mut width = None;
    if let Some(last) = values.len().checked_sub(1) {
        bits = usize::BITS - last.leading_zeros();
        width = Some(bits as u8);
        let mut plain = Vec::new();
        for value in &values {
            value.push_plain(&mut plain);
        }
        writer.dictionary(&plain, values.len())?;
    }
    let mut page = RunPage::new();
    for (index, mut rows) in runs {
        while rows > 0 {
            let fits = rows.min(PAGE_ROWS - page.rows);
            page.push(&values, index, fits, bits);
            rows -= fits;
            if page.rows == PAGE_ROWS {
                page.flush(&mut writer, width)?;
            }
        }
    }
    if page.rows > 0 {
        page.flush(&mut writer, width)?;
    }
    writer.finish()
}

/// The distinct values in the order they come, and runs of their indexes; neighbours with one value become one run.
fn index<V: Value>(runs: &[Run<V>]) -> (Vec<V>, Vec<(u32, usize)>) {
    let mut values = Vec::new();
    let mut indexes: HashMap<V, u32> = HashMap::new();
    let mut indexed: Vec<(u32, usize)> = Vec::with_capacity(runs.len());
    let mut last = None;
    for &(value, rows) in runs {
        if last == Some(value)
            && let Some(run) = indexed.last_mut()
        {
            run.1 += rows;
            continue;
        }
        last = Some(value);
        let index = value.map_or(NULL, |value| {
            *indexes.entry(value).or_insert_with(|| {
                values.push(value);
                values.len() as u32 - 1
            })
        });
        indexed.push((index, rows));
    }
    (values, indexed)
}

/// A page that is being filled.
struct RunPage<V> {
    rows: usize,
    validity: Vec<(bool, usize)>,
    runs: Vec<u8>,
    bounds: Option<(V, V)>,
}

impl<V: Value> RunPage<V> {
    fn new() -> Self {
        Self {
            rows: 0,
            validity: Vec::new(),
            runs: Vec::new(),
            bounds: None,
        }
    }

    fn push(&mut self, values: &[V], index: u32, rows: usize, bits: u32) {
        self.rows += rows;
        let valid = index != NULL;
        match self.validity.last_mut() {
            Some(last) if last.0 == valid => last.1 += rows,
            _ => self.validity.push((valid, rows)),
        }
        if valid {
            push_run(&mut self.runs, index, bits, rows);
            let value = values[index as usize];
            self.bounds = Some(match self.bounds {
                None => (value, value),
                Some((low, high)) => (low.min(value), high.max(value)),
            });
        }
    }

    /// `width` is that of an index, where the chunk has a dictionary: a page of NULLs has no index and names it all the same.
    fn flush(
        &mut self,
        writer: &mut ChunkWriter<'_>,
        width: Option<u8>,
    ) -> Result<(), ParquetError> {
        let page = std::mem::replace(self, Self::new());
        let mut values = Vec::with_capacity(page.runs.len() + 1);
        values.extend(width);
        values.extend_from_slice(&page.runs);
        writer.data(&PageBody {
            rows: page.rows,
            validity: &page.validity,
            values: &values,
            bounds: page.bounds.map(|(low, high)| V::bounds(low, high)),
        })
    }
}
