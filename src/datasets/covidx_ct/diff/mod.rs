//! What changed from one snapshot to another, slice by slice and patient by patient.

mod slices;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::datasets::Comparison;
use crate::lake::Lake;
use crate::lake::log::Entry;
use crate::query::QueryError;
use crate::query::diff::{self, TableDiff};

use slices::{Changes, SliceDiff};

/// The differences between two snapshots.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Diff {
    /// The older snapshot.
    a: String,
    /// Its release.
    release_a: String,
    /// The newer snapshot.
    b: String,
    /// Its release.
    release_b: String,
    /// Rows of each table.
    tables: Vec<TableDiff>,
    /// Labels and boxes of the slices.
    slices: SliceDiff,
    /// Ids that only the newer one has.
    patients_added: Vec<String>,
    /// Ids that only the older one has.
    patients_removed: Vec<String>,
    /// Patients of both whose split is another.
    patients_moved: Vec<Moved>,
    /// Findings that only the newer one has, as `rule: subject`.
    findings_new: Vec<String>,
    /// Findings that only the older one has.
    findings_gone: Vec<String>,
}

impl Diff {
    /// For people, and for programs.
    pub(super) fn compared(&self) -> Comparison {
        Comparison {
            text: text::text(self),
            json: serde_json::to_string_pretty(self).expect("plain data serialises"),
        }
    }
}

/// A patient in another split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Moved {
    /// The patient.
    patient_id: String,
    /// The split before; `none` without slices.
    from: String,
    /// The split after.
    to: String,
}

/// Compares the snapshots of two entries.
pub(super) async fn diff(lake: &Lake, a: &Entry, b: &Entry) -> Result<Diff, QueryError> {
    let patients_a = diff::pairs(lake, a, PATIENTS).await?;
    let patients_b = diff::pairs(lake, b, PATIENTS).await?;
    let findings_a = diff::findings(lake, a).await?;
    let findings_b = diff::findings(lake, b).await?;
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
        tables: diff::tables(a, b),
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
