//! The values of one column of one row group.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, StringBuilder};

/// A value of a column whose values come in runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Scalar<'a> {
    Null,
    Text(&'a str),
    Int(i32),
    Bool(bool),
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

/// A column, in the form that is cheapest to encode.
#[derive(Debug)]
pub(super) enum ColumnValues<'a> {
    /// Values that stay the same over many rows: most columns are facts of the patient or the scan.
    Runs(Vec<Run<'a>>),
    /// Values that change from row to row.
    Array(ArrayRef),
}

impl ColumnValues<'_> {
    /// One value for all rows.
    pub(super) fn constant(value: Scalar<'_>, rows: usize) -> ColumnValues<'_> {
        ColumnValues::Runs(vec![(value, rows)])
    }
}

/// The same values, one by one.
pub(super) fn expand(runs: &[Run<'_>]) -> ArrayRef {
    let values = || {
        runs.iter()
            .flat_map(|&(value, rows)| std::iter::repeat_n(value, rows))
    };
    match runs.iter().find(|(value, _)| *value != Scalar::Null) {
        Some((Scalar::Int(_), _)) => Arc::new(
            values()
                .map(|value| match value {
                    Scalar::Int(value) => Some(value),
                    _ => None,
                })
                .collect::<Int32Array>(),
        ),
        Some((Scalar::Bool(_), _)) => Arc::new(
            values()
                .map(|value| match value {
                    Scalar::Bool(value) => Some(value),
                    _ => None,
                })
                .collect::<BooleanArray>(),
        ),
        _ => {
            let mut builder = StringBuilder::new();
            for value in values() {
                builder.append_option(match value {
                    Scalar::Text(text) => Some(text),
                    _ => None,
                });
            }
            Arc::new(builder.finish())
        }
    }
}
