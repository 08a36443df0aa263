//! The columns of a table: a line each, in the order of the contract, with the function that makes its values from rows `R`.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Int32Array, Int64Array, RecordBatch, StringArray,
};
use parquet::errors::ParquetError;

use crate::columnar::{Chunk, ColumnEncoder, ColumnTarget, Encoding};
use crate::contract::{ColumnType, Table};

/// A column: its name in the contract, its encoding and the builder of its values.
pub(super) struct Column<B> {
    name: &'static str,
    encoding: Encoding,
    pub(super) build: B,
}

impl<B> Column<B> {
    fn new(name: &'static str, encoding: Encoding, build: B) -> Self {
        Self {
            name,
            encoding,
            build,
        }
    }
}

/// Makes a column as an array.
pub(super) enum ArrayBuilder<R> {
    Text(fn(&R) -> StringArray),
    Int(fn(&R) -> Int32Array),
    Bigint(fn(&R) -> Int64Array),
    Boolean(fn(&R) -> BooleanArray),
}

/// Encodes a column of one type.
type Encode<R, A> = fn(&R, ColumnEncoder<'_, A>) -> Result<Chunk, ParquetError>;

/// Makes a column as the pages of a file, without an array of all its values where that can be.
pub(super) enum PageBuilder<R> {
    Text(Encode<R, StringArray>),
    Int(Encode<R, Int32Array>),
    Bigint(Encode<R, Int64Array>),
    Boolean(Encode<R, BooleanArray>),
}

/// A function for each type that makes a column of it.
macro_rules! constructors {
    ($($function:ident $variant:ident $build:ty,)*) => {$(
        pub(super) fn $function(
            name: &'static str,
            encoding: Encoding,
            build: $build,
        ) -> Column<Self> {
            Column::new(name, encoding, Self::$variant(build))
        }
    )*};
}

impl<R> ArrayBuilder<R> {
    constructors! {
        text Text fn(&R) -> StringArray,
        int Int fn(&R) -> Int32Array,
        bigint Bigint fn(&R) -> Int64Array,
        boolean Boolean fn(&R) -> BooleanArray,
    }

    fn build(&self, rows: &R) -> ArrayRef {
        fn shared(array: impl Array + 'static) -> ArrayRef {
            Arc::new(array)
        }
        match self {
            Self::Text(build) => shared(build(rows)),
            Self::Int(build) => shared(build(rows)),
            Self::Bigint(build) => shared(build(rows)),
            Self::Boolean(build) => shared(build(rows)),
        }
    }
}

impl<R> PageBuilder<R> {
    constructors! {
        text Text Encode<R, StringArray>,
        int Int Encode<R, Int32Array>,
        bigint Bigint Encode<R, Int64Array>,
        boolean Boolean Encode<R, BooleanArray>,
    }

    pub(super) fn build(&self, rows: &R, target: ColumnTarget<'_>) -> Result<Chunk, ParquetError> {
        match self {
            Self::Text(build) => build(rows, target.of()),
            Self::Int(build) => build(rows, target.of()),
            Self::Bigint(build) => build(rows, target.of()),
            Self::Boolean(build) => build(rows, target.of()),
        }
    }
}

/// A column's name, type and encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ColumnOutline {
    pub(super) name: &'static str,
    pub(super) kind: ColumnType,
    pub(super) encoding: Encoding,
}

/// The outlines of the columns, in their order.
pub(super) fn outlines<B: Typed>(columns: &[Column<B>]) -> Vec<ColumnOutline> {
    let columns = columns.iter();
    columns
        .map(|column| ColumnOutline {
            name: column.name,
            kind: column.build.kind(),
            encoding: column.encoding,
        })
        .collect()
}

/// The rows as a batch of `table`.
pub(super) fn batch<R>(
    table: &Table,
    columns: &[Column<ArrayBuilder<R>>],
    rows: &R,
) -> RecordBatch {
    let columns = columns.iter().map(|column| column.build.build(rows));
    RecordBatch::try_new(table.file_schema(), columns.collect())
        .expect("the columns are those of the contract: a test compares them")
}

/// A builder knows the type of its column.
pub(super) trait Typed {
    fn kind(&self) -> ColumnType;
}

impl<R> Typed for ArrayBuilder<R> {
    fn kind(&self) -> ColumnType {
        match self {
            Self::Text(_) => ColumnType::String,
            Self::Int(_) => ColumnType::Int,
            Self::Bigint(_) => ColumnType::Bigint,
            Self::Boolean(_) => ColumnType::Boolean,
        }
    }
}

impl<R> Typed for PageBuilder<R> {
    fn kind(&self) -> ColumnType {
        match self {
            Self::Text(_) => ColumnType::String,
            Self::Int(_) => ColumnType::Int,
            Self::Bigint(_) => ColumnType::Bigint,
            Self::Boolean(_) => ColumnType::Boolean,
        }
    }
}
