//! What changed from one snapshot to another: what can be told of any dataset.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{QueryError, engine};
use crate::lake::log::{Entry, TableFiles};
use crate::lake::{Lake, layout};

/// Rows of a table in both snapshots.
#[derive(Debug, Clone, Serialize)]
pub struct TableDiff {
    /// The table.
    pub table: String,
    /// Rows before and after.
    pub rows: (u64, u64),
    /// Rows before and after of the partitions that differ, by path.
    pub partitions: BTreeMap<String, (u64, u64)>,
}

const FINDINGS: &str =
    "SELECT CONCAT(rule, ': ', subject) AS finding, '' AS nothing FROM quality_findings";

/// The findings of a snapshot, as `rule: subject`.
pub async fn findings(lake: &Lake, entry: &Entry) -> Result<BTreeSet<String>, QueryError> {
    Ok(pairs(lake, entry, FINDINGS).await?.into_keys().collect())
}

/// Rows of two text columns, as a map.
pub async fn pairs(
    lake: &Lake,
    entry: &Entry,
    sql: &str,
) -> Result<BTreeMap<String, String>, QueryError> {
    let answer = engine(lake, entry)?.query(sql, None).await?;
    Ok(answer.texts(0)?.into_iter().zip(answer.texts(1)?).collect())
}

/// Compares the rows of all tables.
#[must_use]
pub fn tables(a: &Entry, b: &Entry) -> Vec<TableDiff> {
    let names: BTreeSet<&String> = a.tables.keys().chain(b.tables.keys()).collect();
    names
        .into_iter()
        .map(|name| {
            let mut partitions: BTreeMap<String, (u64, u64)> = BTreeMap::new();
            for (path, rows) in partition_rows(a.tables.get(name)) {
                partitions.entry(path).or_default().0 += rows;
            }
            for (path, rows) in partition_rows(b.tables.get(name)) {
                partitions.entry(path).or_default().1 += rows;
            }
            partitions.retain(|path, (a, b)| a != b && !path.is_empty());
            TableDiff {
                table: name.clone(),
                rows: (a.rows(name), b.rows(name)),
                partitions,
            }
        })
        .collect()
}

fn partition_rows(table: Option<&TableFiles>) -> impl Iterator<Item = (String, u64)> {
    table
        .into_iter()
        .flat_map(|table| &table.files)
        .map(|file| (layout::partition_path(&file.partition), file.rows))
}
