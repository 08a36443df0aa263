//! A column chunk made page by page, for columns that the general writer would take apart value by value.
//!
//! The general writer hashes each value for its dictionary and compares each for the statistics. Here the caller knows runs
//! and order already, so a chunk costs little more than its compression.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a page has at most PAGE_ROWS values, whose callers keep them below 2 GiB together, and a row group few pages"
)]

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, Type, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder};
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::settings::{COMPRESSION_LEVEL, TEXT_BOUND_BYTES};

/// A finished column chunk and what the footer says of it.
pub(crate) struct PageChunk {
    pub(super) bytes: Bytes,
    pub(super) close: ColumnCloseResult,
}

/// The smallest and the largest value of a page or a chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bounds {
    Bool(bool, bool),
    Int(i32, i32),
    Text(Vec<u8>, Vec<u8>),
}

impl Bounds {
    /// Bounds of both.
    fn widen(&mut self, other: &Self) {
        match (self, other) {
            (Self::Bool(low, high), Self::Bool(lower, higher)) => {
                *low &= lower;
                *high |= higher;
            }
            (Self::Int(low, high), Self::Int(lower, higher)) => {
                *low = (*low).min(*lower);
                *high = (*high).max(*higher);
            }
            (Self::Text(low, high), Self::Text(lower, higher)) => {
                if lower < low {
                    low.clone_from(lower);
                }
                if higher > high {
                    high.clone_from(higher);
                }
            }
            _ => unreachable!("a column has values of one type"),
        }
    }

    /// As they stand in the column index, cut to [`TEXT_BOUND_BYTES`].
    fn index_bytes(&self) -> (Vec<u8>, Vec<u8>) {
        match self {
            Self::Bool(low, high) => (vec![u8::from(*low)], vec![u8::from(*high)]),
            Self::Int(low, high) => (low.to_le_bytes().into(), high.to_le_bytes().into()),
            Self::Text(low, high) => (cut_lower(low).0, cut_upper(high).0),
        }
    }

    fn statistics(&self, nulls: u64) -> Statistics {
        match self {
            Self::Bool(low, high) => {
                Statistics::boolean(Some(*low), Some(*high), None, Some(nulls), false)
            }
            Self::Int(low, high) => {
                Statistics::int32(Some(*low), Some(*high), None, Some(nulls), false)
            }
            Self::Text(low, high) => {
                let (low, low_exact) = cut_lower(low);
                let (high, high_exact) = cut_upper(high);
                let statistics = ValueStatistics::new(
                    Some(ByteArray::from(low)),
                    Some(ByteArray::from(high)),
                    None,
                    Some(nulls),
                    false,
                );
                Statistics::ByteArray(
                    statistics
                        .with_min_is_exact(low_exact)
                        .with_max_is_exact(high_exact),
                )
            }
        }
    }
}

/// What stands in a data page.
pub(super) struct PageBody<'a> {
    /// Rows, NULLs among them.
    pub(super) rows: usize,
    /// Runs of `true` (a value) and `false` (NULL); only read where the column may be NULL.
    pub(super) validity: &'a [(bool, usize)],
    /// The values, encoded.
    pub(super) values: &'a [u8],
    /// Bounds of the values; `None` when all are NULL.
    pub(super) bounds: Option<Bounds>,
}

/// What an encoder thread keeps from chunk to chunk: making a compressor anew costs more than a small page.
pub(crate) struct Scratch {
    compressor: zstd::bulk::Compressor<'static>,
    compressed: Vec<u8>,
    page: Vec<u8>,
    values: Vec<u8>,
}

impl Scratch {
    pub(crate) fn new() -> Result<Self, ParquetError> {
        Ok(Self {
            compressor: zstd::bulk::Compressor::new(COMPRESSION_LEVEL)?,
            compressed: Vec::new(),
            page: Vec::new(),
            values: Vec::new(),
        })
    }

    /// Memory for the values of a page, with whatever is in it; see [`ChunkWriter::keep_values`].
    pub(super) fn take_values(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.values)
    }

    fn compress(&mut self, data: &[u8]) -> Result<Bytes, ParquetError> {
        self.compressed.clear();
        self.compressed
            .reserve(zstd::zstd_safe::compress_bound(data.len()));
        self.compressor
            .compress_to_buffer(data, &mut self.compressed)?;
        Ok(Bytes::copy_from_slice(&self.compressed))
    }
}

/// Makes one column chunk.
pub(super) struct ChunkWriter<'a> {
    column: ColumnDescPtr,
    scratch: &'a mut Scratch,
    sink: TrackedWrite<Vec<u8>>,
    encoding: Encoding,
    dictionary_offset: Option<i64>,
    data_offset: Option<i64>,
    offsets: OffsetIndexBuilder,
    index: ColumnIndexBuilder,
    bounds: Option<Bounds>,
    rows: usize,
    nulls: usize,
    uncompressed: usize,
}

impl<'a> ChunkWriter<'a> {
    /// A chunk whose data pages have values in `encoding`.
    pub(super) fn new(
        column: &ColumnDescPtr,
        encoding: Encoding,
        scratch: &'a mut Scratch,
    ) -> Self {
        Self {
            index: ColumnIndexBuilder::new(column.physical_type()),
            column: column.clone(),
            sink: TrackedWrite::new(Vec::new()),
            scratch,
            encoding,
            dictionary_offset: None,
            data_offset: None,
            offsets: OffsetIndexBuilder::new(),
            bounds: None,
            rows: 0,
            nulls: 0,
            uncompressed: 0,
        }
    }

    /// Gives back what [`Scratch::take_values`] has given.
    pub(super) fn keep_values(&mut self, values: Vec<u8>) {
        self.scratch.values = values;
    }

    /// Writes the dictionary: `values` plainly encoded. Before the first data page.
    pub(super) fn dictionary(&mut self, values: &[u8], count: usize) -> Result<(), ParquetError> {
        let page = Page::DictionaryPage {
            buf: self.scratch.compress(values)?,
            num_values: count as u32,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        let (offset, _) = self.write(page, values.len())?;
        self.dictionary_offset = Some(offset);
        Ok(())
    }

    /// Writes a data page.
    pub(super) fn data(&mut self, body: &PageBody<'_>) -> Result<(), ParquetError> {
        let mut nulls = 0;
        let (compressed, uncompressed) = if self.column.max_def_level() == 0 {
            (self.scratch.compress(body.values)?, body.values.len())
        } else {
            // Definition levels: their length in bytes, then runs of one bit.
            let mut page = std::mem::take(&mut self.scratch.page);
            page.clear();
            page.extend([0; 4]);
            for &(valid, rows) in body.validity {
                push_run(&mut page, u32::from(valid), 1, rows);
                nulls += if valid { 0 } else { rows };
            }
            let length = page.len() as u32 - 4;
            page[..4].copy_from_slice(&length.to_le_bytes());
            page.extend_from_slice(body.values);
            let compressed = self.scratch.compress(&page)?;
            self.scratch.page = page;
            (compressed, self.scratch.page.len())
        };
        let data = Page::DataPage {
            buf: compressed,
            num_values: body.rows as u32,
            encoding: self.encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let (offset, size) = self.write(data, uncompressed)?;
        self.data_offset.get_or_insert(offset);
        self.offsets.append_offset_and_size(offset, size);
        self.offsets.append_row_count(body.rows as i64);
        let (low, high) = body
            .bounds
            .as_ref()
            .map(Bounds::index_bytes)
            .unwrap_or_default();
        self.index
            .append(body.bounds.is_none(), low, high, nulls as i64);
        match (&mut self.bounds, &body.bounds) {
            (Some(all), Some(page)) => all.widen(page),
            (all @ None, page) => all.clone_from(page),
            (Some(_), None) => {}
        }
        self.rows += body.rows;
        self.nulls += nulls;
        Ok(())
    }

    /// Offset and compressed size of the page, header included.
    fn write(&mut self, page: Page, uncompressed: usize) -> Result<(i64, i32), ParquetError> {
        let mut writer = SerializedPageWriter::new(&mut self.sink);
        let written = writer.write_page(CompressedPage::new(page, uncompressed))?;
        self.uncompressed += written.uncompressed_size;
        Ok((written.offset as i64, written.compressed_size as i32))
    }

    /// Ends the chunk.
    pub(super) fn finish(self) -> Result<PageChunk, ParquetError> {
        let bytes = self.sink.into_inner()?;
        let mut encodings = vec![Encoding::RLE, self.encoding];
        if self.dictionary_offset.is_some() {
            encodings.push(Encoding::PLAIN);
        }
        let statistics = match &self.bounds {
            Some(bounds) => bounds.statistics(self.nulls as u64),
            None => empty_statistics(self.column.physical_type(), self.nulls as u64),
        };
        let metadata = ColumnChunkMetaData::builder(self.column)
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_encodings(encodings)
            .set_total_compressed_size(bytes.len() as i64)
            .set_total_uncompressed_size(self.uncompressed as i64)
            .set_num_values(self.rows as i64)
            .set_data_page_offset(self.data_offset.unwrap_or_default())
            .set_dictionary_page_offset(self.dictionary_offset)
            .set_statistics(statistics)
            .build()?;
        Ok(PageChunk {
            close: ColumnCloseResult {
                bytes_written: bytes.len() as u64,
                rows_written: self.rows as u64,
                metadata,
                bloom_filter: None,
                column_index: Some(self.index.build()?),
                offset_index: Some(self.offsets.build()),
            },
            bytes: bytes.into(),
        })
    }
}

fn empty_statistics(kind: Type, nulls: u64) -> Statistics {
    match kind {
        Type::BOOLEAN => Statistics::boolean(None, None, None, Some(nulls), false),
        Type::INT32 => Statistics::int32(None, None, None, Some(nulls), false),
        Type::INT64 => Statistics::int64(None, None, None, Some(nulls), false),
        _ => Statistics::byte_array(None, None, None, Some(nulls), false),
    }
}

/// Appends one run of the RLE encoding: how often, then the value in as few bytes as `bits` need.
pub(super) fn push_run(out: &mut Vec<u8>, value: u32, bits: u32, count: usize) {
    let mut header = (count as u64) << 1;
    while header >= 0x80 {
        out.push(header as u8 | 0x80);
        header >>= 7;
    }
    out.push(header as u8);
    out.extend_from_slice(&value.to_le_bytes()[..bits.div_ceil(8) as usize]);
}

/// A text that is not above `text`, and whether it is the same.
fn cut_lower(text: &[u8]) -> (Vec<u8>, bool) {
    (
        text[..boundary(text)].to_vec(),
        text.len() <= TEXT_BOUND_BYTES,
    )
}

/// A text that is not below `text`, and whether it is the same.
fn cut_upper(text: &[u8]) -> (Vec<u8>, bool) {
    if text.len() <= TEXT_BOUND_BYTES {
        return (text.to_vec(), true);
    }
    let mut cut = text[..boundary(text)].to_vec();
    // The last ASCII letter that has a next one is raised and what follows it dropped.
    while let Some(last) = cut.pop() {
        if last < 0x7e {
            cut.push(last + 1);
            return (cut, false);
        }
    }
    (text.to_vec(), true)
}

/// Where a text may be cut: at most [`TEXT_BOUND_BYTES`], and between letters.
fn boundary(text: &[u8]) -> usize {
    let is_start = |at: &usize| text.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
    (0..=text.len().min(TEXT_BOUND_BYTES))
        .rev()
        .find(is_start)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cut_bounds_are_bounds_and_text(text in "\\PC{0,80}") {
            let (low, low_exact) = cut_lower(text.as_bytes());
            let (high, high_exact) = cut_upper(text.as_bytes());
            prop_assert!(low.as_slice() <= text.as_bytes() && text.as_bytes() <= high.as_slice());
            prop_assert!(str::from_utf8(&low).is_ok() && str::from_utf8(&high).is_ok());
            prop_assert_eq!(low_exact, low == text.as_bytes());
            prop_assert_eq!(high_exact, high == text.as_bytes());
        }
    }

    #[test]
    fn a_run_is_a_header_and_a_value() {
        let mut out = Vec::new();
        push_run(&mut out, 5, 3, 100);
        push_run(&mut out, 0x1234, 13, 1);
        push_run(&mut out, 0, 0, 3);
        assert_eq!(out, [0xc8, 0x01, 5, 2, 0x34, 0x12, 6]);
    }
}
