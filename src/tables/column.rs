//! The values of one column of one row group.

use arrow::array::ArrayRef;

use super::chunk::PageChunk;

/// A value of a column whose values come in runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Scalar<'a> {
    Null,
    Text(&'a str),
    Int(i32),
}

impl<'a> From<Option<&'a str>> for Scalar<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<Option<i32>> for Scalar<'_> {
    fn from(value: Option<i32>) -> Self {
        value.map_or(Self::Null, Self::Int)
    }
}

/// So many rows with the same value.
pub(super) type Run<'a> = (Scalar<'a>, usize);

/// A column, as far as its table brings it.
pub(super) enum ColumnValues {
    /// Encoded already.
    Chunk(PageChunk),
    /// For the general writer.
    Array(ArrayRef),
}
