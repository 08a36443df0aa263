//! One column of one row group, waiting to be encoded in the way its caller knows.

use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Int32Array, StringArray};
use parquet::arrow::arrow_writer::ArrowColumnChunk;
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedRowGroupWriter;
use parquet::schema::types::ColumnDescPtr;

use super::chunk::{PageChunk, Scratch};
use super::general::GeneralWriter;
use super::numbered::{self, NumberedRun};
use super::plain;
use super::runs::{self, Run};

/// How the values of a column stand in its data pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// One after the other: values that hardly repeat. A dictionary of them would overflow, and both would be written.
    Plain,
    /// As places in a dictionary.
    Dictionary,
}

/// An encoded column chunk.
pub(crate) enum Chunk {
    /// By the general writer.
    General(ArrowColumnChunk),
    /// By the encoders here.
    Pages(PageChunk),
}

impl Chunk {
    pub(super) fn append_to(
        self,
        group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    ) -> Result<(), ParquetError> {
        match self {
            Self::General(chunk) => chunk.append_to_row_group(group),
            Self::Pages(chunk) => group.append_column(&chunk.bytes, chunk.close),
        }
    }
}

/// A column of whatever type that is to be encoded.
pub(crate) struct ColumnTarget<'a> {
    pub(super) column: &'a ColumnDescPtr,
    pub(super) encoding: Encoding,
    pub(super) general: &'a GeneralWriter,
    pub(super) scratch: &'a mut Scratch,
}

impl<'a> ColumnTarget<'a> {
    /// The encoder of a column whose values are those of an array `A`.
    pub(crate) fn of<A>(self) -> ColumnEncoder<'a, A> {
        ColumnEncoder {
            target: self,
            values: PhantomData,
        }
    }
}

/// Encodes a column whose values are those of an array `A`.
pub(crate) struct ColumnEncoder<'a, A> {
    target: ColumnTarget<'a>,
    values: PhantomData<A>,
}

impl<A: Array + 'static> ColumnEncoder<'_, A> {
    /// Values in no order that the caller knows: left to the general writer.
    pub(crate) fn array(self, values: A) -> Result<Chunk, ParquetError> {
        let values: ArrayRef = Arc::new(values);
        self.target.general.encode(&values).map(Chunk::General)
    }

    /// NULL in so many rows.
    pub(crate) fn nulls(self, rows: usize) -> Result<Chunk, ParquetError> {
        let ColumnTarget {
            column, scratch, ..
        } = self.target;
        runs::encode::<i32>(column, scratch, &[(None, rows)]).map(Chunk::Pages)
    }
}

impl ColumnEncoder<'_, StringArray> {
    /// Texts that stay the same over many rows.
    pub(crate) fn runs(self, runs: &[Run<&str>]) -> Result<Chunk, ParquetError> {
        encode_runs(self.target, runs)
    }

    /// Texts that differ in a number: `prefix`, what a run's texts begin with, the number of each row, `suffix`.
    pub(crate) fn numbered<'r, R: 'r>(
        self,
        prefix: &str,
        suffix: &str,
        runs: impl Iterator<Item = NumberedRun<'r, R>>,
        number: impl Fn(&R) -> u32,
    ) -> Result<Chunk, ParquetError> {
        let ColumnTarget {
            column, scratch, ..
        } = self.target.plain();
        numbered::encode(column, scratch, prefix, suffix, runs, number).map(Chunk::Pages)
    }
}

impl ColumnEncoder<'_, Int32Array> {
    /// Numbers that stay the same over many rows.
    pub(crate) fn runs(self, runs: &[Run<i32>]) -> Result<Chunk, ParquetError> {
        encode_runs(self.target, runs)
    }

    /// The number of each row.
    pub(crate) fn values<R>(
        self,
        rows: &[R],
        value: impl Fn(&R) -> i32,
    ) -> Result<Chunk, ParquetError> {
        let ColumnTarget {
            column, scratch, ..
        } = self.target.plain();
        plain::encode_ints(column, scratch, rows, value).map(Chunk::Pages)
    }

    /// The number of each row, `None` for NULL.
    pub(crate) fn optional_values<R>(
        self,
        rows: &[R],
        value: impl Fn(&R) -> Option<i32>,
    ) -> Result<Chunk, ParquetError> {
        let ColumnTarget {
            column, scratch, ..
        } = self.target.plain();
        plain::encode_optional_ints(column, scratch, rows, value).map(Chunk::Pages)
    }
}

impl ColumnEncoder<'_, BooleanArray> {
    /// Booleans, as runs of them.
    pub(crate) fn runs(
        self,
        runs: impl Iterator<Item = (bool, usize)>,
    ) -> Result<Chunk, ParquetError> {
        let ColumnTarget {
            column, scratch, ..
        } = self.target.plain();
        plain::encode_bools(column, scratch, runs).map(Chunk::Pages)
    }
}

fn encode_runs<V: runs::Value>(
    target: ColumnTarget<'_>,
    runs: &[Run<V>],
) -> Result<Chunk, ParquetError> {
    debug_assert_eq!(target.encoding, Encoding::Dictionary, "{:?}", target.column);
    runs::encode(target.column, target.scratch, runs).map(Chunk::Pages)
}

impl ColumnTarget<'_> {
    /// The same, where its encoding is the plain one.
    fn plain(self) -> Self {
        debug_assert_eq!(self.encoding, Encoding::Plain, "{:?}", self.column);
        self
    }
}
