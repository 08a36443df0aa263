//! Columns whose values stay the same over many rows, as dictionary pages of runs.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a page has at most PAGE_ROWS rows, and a text is not longer than MAX_LINE"
)]

use hashbrown::HashMap;
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescPtr;

use super::chunk::{Bounds, ChunkWriter, PageBody, PageChunk, Scratch, push_run};
use super::column::{Run, Scalar};
use super::settings::PAGE_ROWS;

/// In the place of an index: NULL.
const NULL: u32 = u32::MAX;

/// Encodes a column of text or 32-bit integers from its runs.
pub(super) fn encode(
    column: &ColumnDescPtr,
    scratch: &mut Scratch,
    runs: &[Run<'_>],
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
        writer.dictionary(&plain(&values), values.len())?;
    }
    let mut page = RunPage::default();
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
fn index<'a>(runs: &[Run<'a>]) -> (Vec<Scalar<'a>>, Vec<(u32, usize)>) {
    let mut values = Vec::new();
    let mut indexes: HashMap<Scalar<'a>, u32> = HashMap::new();
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
        let index = match value {
            Scalar::Null => NULL,
            value => *indexes.entry(value).or_insert_with(|| {
                values.push(value);
                values.len() as u32 - 1
            }),
        };
        indexed.push((index, rows));
    }
    (values, indexed)
}

fn plain(values: &[Scalar<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for value in values {
        match value {
            Scalar::Text(text) => {
                out.extend((text.len() as u32).to_le_bytes());
                out.extend(text.as_bytes());
            }
            Scalar::Int(number) => out.extend(number.to_le_bytes()),
            Scalar::Null => unreachable!("not a dictionary value"),
        }
    }
    out
}

/// A page that is being filled.
#[derive(Default)]
struct RunPage<'a> {
    rows: usize,
    validity: Vec<(bool, usize)>,
    runs: Vec<u8>,
    bounds: Option<(Scalar<'a>, Scalar<'a>)>,
}

impl<'a> RunPage<'a> {
    fn push(&mut self, values: &[Scalar<'a>], index: u32, rows: usize, bits: u32) {
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
        let page = std::mem::take(self);
        let mut values = Vec::with_capacity(page.runs.len() + 1);
        values.extend(width);
        values.extend_from_slice(&page.runs);
        writer.data(&PageBody {
            rows: page.rows,
            validity: &page.validity,
            values: &values,
            bounds: page.bounds.and_then(bounds),
        })
    }
}

fn bounds((low, high): (Scalar<'_>, Scalar<'_>)) -> Option<Bounds> {
    match (low, high) {
        (Scalar::Text(low), Scalar::Text(high)) => Some(Bounds::Text(low.into(), high.into())),
        (Scalar::Int(low), Scalar::Int(high)) => Some(Bounds::Int(low, high)),
        _ => None,
    }
}
