//! What is in a table, column by column.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{Engine, QueryError, engine};
use crate::columnar::TEXT_BOUND_BYTES;
use crate::contract::{Column, ColumnType, Table};
use crate::lake::Lake;
use crate::lake::log::{Entry, TableFiles};

/// Values that are named of a column.
const TOP: usize = 3;
/// Bytes of the longest character of UTF-8: where a text bound is cut, up to so many less stand.
const CHARACTER_BYTES: usize = 4;

/// A table and what its columns hold.
#[derive(Debug, Clone, Serialize)]
pub struct Profile {
    /// The table.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// Its columns, in the contract's order.
    pub columns: Vec<ColumnProfile>,
}

/// What one column holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnProfile {
    /// Its name.
    pub column: String,
    /// Its type, as Hive calls it.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Rows without a value.
    pub nulls: u64,
    /// Different values; not known without an engine.
    pub distinct: Option<u64>,
    /// The smallest value; absent when all are NULL. Text is compared by its bytes.
    pub min: Option<Value>,
    /// The largest value.
    pub max: Option<Value>,
    /// The commonest values and their rows, the commonest first; empty where no value stands twice.
    pub top: Vec<(String, u64)>,
}

/// The columns of `table` in the snapshot of `entry`.
///
/// NULLs and bounds come from the log, and all of a partition key; what different values there are is counted by the engine.
/// A program without one leaves that out.
pub async fn profile(lake: &Lake, entry: &Entry, table: &Table) -> Result<Profile, QueryError> {
    let nothing = TableFiles::default();
    let files = entry.tables.get(&table.name).unwrap_or(&nothing);
    let mut columns: Vec<ColumnProfile> = table
        .all_columns()
        .map(|column| {
            if table.is_partition_key(&column.name) {
                of_key(column, files)
            } else {
                of_statistics(column, files)
            }
        })
        .collect();
    match engine(lake, entry) {
        Ok(engine) if !files.files.is_empty() => {
            count_values(engine.as_ref(), table, files, &mut columns).await?;
        }
        Ok(_) | Err(QueryError::NoEngine) => {}
        Err(error) => return Err(error),
    }
    Ok(Profile {
        table: table.name.clone(),
        rows: files.rows(),
        columns,
    })
}

/// A partition key: its values stand in the log.
fn of_key(column: &Column, files: &TableFiles) -> ColumnProfile {
    let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
    for file in &files.files {
        let value = file.partition.iter().find(|(key, _)| *key == column.name);
        if let Some((_, value)) = value {
            *rows.entry(value).or_default() += file.rows;
        }
    }
    let text = |value: Option<&&str>| value.map(|value| Value::from(*value));
    let mut top: Vec<(String, u64)> = rows
        .iter()
        .map(|(value, rows)| ((*value).to_owned(), *rows))
        .collect();
    top.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    top.truncate(TOP);
    ColumnProfile {
        column: column.name.clone(),
        kind: column.kind.names().hive,
        nulls: 0,
        distinct: Some(rows.len() as u64),
        min: text(rows.keys().next()),
        max: text(rows.keys().next_back()),
        top,
    }
}

/// Any other column: the statistics of its files.
fn of_statistics(column: &Column, files: &TableFiles) -> ColumnProfile {
    let mut profile = ColumnProfile {
        column: column.name.clone(),
        kind: column.kind.names().hive,
        nulls: 0,
        distinct: files.files.is_empty().then_some(0),
        min: None,
        max: None,
        top: Vec::new(),
    };
    for file in &files.files {
        // A file of an older contract lacks the column: it reads as NULL.
        let Some(statistics) = file.columns.get(&column.field_id) else {
            profile.nulls += file.rows;
            continue;
        };
        profile.nulls += statistics.nulls;
        keep(&mut profile.min, statistics.lower.as_ref(), is_less);
        keep(&mut profile.max, statistics.upper.as_ref(), |a, b| {
            is_less(b, a)
        });
    }
    profile
}

fn keep(best: &mut Option<Value>, found: Option<&Value>, is_better: fn(&Value, &Value) -> bool) {
    if let Some(found) = found
        && best.as_ref().is_none_or(|best| is_better(found, best))
    {
        *best = Some(found.clone());
    }
}

fn is_less(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a < b,
        (Value::Bool(a), Value::Bool(b)) => !a & b,
        _ => a.as_i64() < b.as_i64(),
    }
}

/// What only the rows tell: different values, the commonest of them, and bounds that were cut.
async fn count_values(
    engine: &dyn Engine,
    table: &Table,
    files: &TableFiles,
    columns: &mut [ColumnProfile],
) -> Result<(), QueryError> {
    let counts: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| format!("COUNT(DISTINCT {}) AS c{at}", column.name))
        .collect();
    let sql = format!("SELECT {} FROM {}", counts.join(", "), table.name);
    let answer = engine.query(&sql, None).await?;
    let names = table.columns.iter().zip(columns.iter_mut());
    for (at, (column, profile)) in names.enumerate() {
        let distinct = answer.counts(at)?.first().copied().unwrap_or_default();
        profile.distinct = Some(distinct);
        if distinct < files.rows() - profile.nulls {
            let sql = top_values(table, column);
            let answer = engine.query(&sql, None).await?;
            profile.top = answer
                .texts(0)?
                .into_iter()
                .zip(answer.counts(1)?)
                .collect();
        }
        if column.kind == ColumnType::String && is_cut(profile) {
            let sql = format!(
                "SELECT MIN({0}) AS a, MAX({0}) AS b FROM {1}",
                column.name, table.name
            );
            let answer = engine.query(&sql, None).await?;
            let bound = |at| -> Result<Option<Value>, QueryError> {
                Ok(answer.texts(at)?.into_iter().next().map(Value::from))
            };
            (profile.min, profile.max) = (bound(0)?, bound(1)?);
        }
    }
    Ok(())
}

fn top_values(table: &Table, column: &Column) -> String {
    format!(
        "SELECT {0} AS value, COUNT(*) AS n FROM {1} WHERE {0} IS NOT NULL GROUP BY {0} ORDER BY n DESC, value LIMIT {TOP}",
        column.name, table.name
    )
}

/// Whether a bound may be shorter than the value it stands for.
fn is_cut(profile: &ColumnProfile) -> bool {
    let bounds = [&profile.min, &profile.max];
    bounds.into_iter().flatten().any(|bound| {
        bound
            .as_str()
            .is_some_and(|text| text.len() + CHARACTER_BYTES > TEXT_BOUND_BYTES)
    })
}
