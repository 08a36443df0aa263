//! The smallest and the largest value of each column of a file.

use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;

/// A value not above or not below those of a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bound {
    Boolean(bool),
    Int(i64),
    Text(String),
}

/// Bounds and NULLs of a column over all row groups of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ColumnBounds {
    /// Lower and upper; `None` when all values are NULL.
    pub(crate) bounds: Option<(Bound, Bound)>,
    pub(crate) nulls: u64,
}

impl ColumnBounds {
    /// Those of all columns, in the order of the schema.
    pub(super) fn of_file(metadata: &ParquetMetaData) -> Vec<Self> {
        let columns = metadata.file_metadata().schema_descr().num_columns();
        (0..columns)
            .map(|column| Self::of_column(metadata.row_groups(), column))
            .collect()
    }

    fn of_column(groups: &[RowGroupMetaData], column: usize) -> Self {
        let mut all = Self::default();
        let chunks = groups.iter().map(|group| group.column(column));
        for statistics in chunks.filter_map(|chunk| chunk.statistics()) {
            all.nulls += statistics.null_count_opt().unwrap_or(0);
            if let Some((lower, upper)) = of_chunk(statistics) {
                all.bounds = Some(match all.bounds {
                    None => (lower, upper),
                    Some((low, high)) => (low.min(lower), high.max(upper)),
                });
            }
        }
        all
    }
}

fn of_chunk(statistics: &Statistics) -> Option<(Bound, Bound)> {
    let text = |bytes: &[u8]| Some(Bound::Text(str::from_utf8(bytes).ok()?.to_owned()));
    match statistics {
        Statistics::Boolean(values) => {
            let bound = |value: &bool| Bound::Boolean(*value);
            values.min_opt().map(bound).zip(values.max_opt().map(bound))
        }
        Statistics::Int32(values) => {
            let bound = |value: &i32| Bound::Int(i64::from(*value));
            values.min_opt().map(bound).zip(values.max_opt().map(bound))
        }
        Statistics::Int64(values) => {
            let bound = |value: &i64| Bound::Int(*value);
            values.min_opt().map(bound).zip(values.max_opt().map(bound))
        }
        Statistics::ByteArray(_) => {
            text(statistics.min_bytes_opt()?).zip(text(statistics.max_bytes_opt()?))
        }
        _ => None,
    }
}
