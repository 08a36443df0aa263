//! What changed from one snapshot to another.

mod slices;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{QueryError, engine};
use crate::lake::log::{Entry, TableFiles};
use crate::lake::{Lake, layout};

pub use slices::{Changes, CohortDiff, Relabelled, SliceDiff};

/// The differences between two snapshots.
#[derive(Debug, Clone, Serialize)]
pub struct Diff {
    /// The older snapshot.
    pub a: String,
    /// Its release.
    pub release_a: String,
    /// The newer snapshot.
    pub b: String,
    /// Its release.
    pub release_b: String,
    /// Rows of each table.
    pub tables: Vec<TableDiff>,
    /// Labels and boxes of the slices.
    pub slices: SliceDiff,
    /// Ids that only the newer one has.
    pub patients_added: Vec<String>,
    /// Ids that only the older one has.
    pub patients_removed: Vec<String>,
    /// Patients of both whose split is another.
    pub patients_moved: Vec<Moved>,
    /// Findings that only the newer one has, as `rule: subject`.
    pub findings_new: Vec<String>,
    /// Findings that only the older one has.
    pub findings_gone: Vec<String>,
}

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

/// A patient in another split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The patient.
    pub patient_id: String,
    /// The split before; `none` without slices.
    pub from: String,
    /// The split after.
    pub to: String,
}

/// Compares the snapshots of two entries.
pub async fn diff(lake: &Lake, a: &Entry, b: &Entry) -> Result<Diff, QueryError> {
    let patients_a = pairs(lake, a, PATIENTS).await?;
    let patients_b = pairs(lake, b, PATIENTS).await?;
    let findings_a = findings(lake, a).await?;
    let findings_b = findings(lake, b).await?;
    let only = |of: &BTreeMap<String, String>, not: &BTreeMap<String, String>| {
        of.keys()
            .filter(|id| !not.contains_key(*id))
            .cloned()
            .collect()
    };
    Ok(Diff {
        a: a.snapshot.to_string(),
        release_a: a.release.clone(),
        b: b.snapshot.to_string(),
        release_b: b.release.clone(),
        tables: tables(a, b),
        slices: slices::diff(lake, a, b).await?,
        patients_added: only(&patients_b, &patients_a),
        patients_removed: only(&patients_a, &patients_b),
        patients_moved: patients_a
            .iter()
            .filter_map(|(id, from)| {
                let to = patients_b.get(id).filter(|to| *to != from)?;
                Some(Moved {
                    patient_id: id.clone(),
                    from: from.clone(),
                    to: to.clone(),
                })
            })
            .collect(),
        findings_new: findings_b.difference(&findings_a).cloned().collect(),
        findings_gone: findings_a.difference(&findings_b).cloned().collect(),
    })
}

const PATIENTS: &str = "SELECT patient_id, COALESCE(split, 'none') AS split FROM patients";
const FINDINGS: &str =
    "SELECT CONCAT(rule, ': ', subject) AS finding, '' AS nothing FROM quality_findings";

async fn findings(lake: &Lake, entry: &Entry) -> Result<BTreeSet<String>, QueryError> {
    Ok(pairs(lake, entry, FINDINGS).await?.into_keys().collect())
}

/// Rows of two text columns, as a map.
async fn pairs(
    lake: &Lake,
    entry: &Entry,
    sql: &str,
) -> Result<BTreeMap<String, String>, QueryError> {
    let answer = engine(lake, entry)?.query(sql, None).await?;
    Ok(answer.texts(0)?.into_iter().zip(answer.texts(1)?).collect())
}

fn tables(a: &Entry, b: &Entry) -> Vec<TableDiff> {
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
            let rows = |entry: &Entry| entry.tables.get(name).map_or(0, TableFiles::rows);
            TableDiff {
                table: name.clone(),
                rows: (rows(a), rows(b)),
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
