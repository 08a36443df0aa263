//! What a build did, or would do, in numbers.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::contract::Severity;
use crate::lake::SnapshotName;
use crate::release::Release;

/// What a build did.
#[derive(Debug, Clone, Serialize)]
pub struct BuildSummary {
    /// The release.
    pub release: Release,
    /// The snapshot that readers see now.
    pub snapshot: SnapshotName,
    /// Its entry in the log.
    pub entry: u64,
    /// Whether this build has published it, and not another one that was faster with the same content.
    pub published: bool,
    /// What the labels added up to.
    pub counts: Counts,
    /// Data files of all tables.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

/// What the labels add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Physical lines of the label files.
    pub lines: u64,
    /// Of these, blank ones.
    pub blank_lines: u64,
    /// Of these, malformed ones.
    pub bad_lines: u64,
    /// Labelled images: a row of the table of images each.
    pub slices: u64,
    /// Slices whose image is in the landing zone, where that is known.
    pub slices_in_landing: Option<u64>,
    /// Rows of `patients`.
    pub patients: u64,
    /// Patients with slices.
    pub patients_with_slices: u64,
    /// Scans, as `patients.scans` counts them.
    pub scans: u64,
    /// Rows of `previews`; `None` where nobody asked for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previews: Option<u64>,
    /// The scans without a preview; `None` where nobody asked for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_preview: Option<WithoutPreview>,
    /// Partitions of the table of images.
    pub partitions: u64,
    /// Columns that the metadata lacks: their values are NULL or `Unknown`.
    pub missing_columns: Vec<&'static str>,
    /// Columns of the metadata that were passed over.
    pub extra_columns: Vec<String>,
    /// What each rule found.
    pub findings: Vec<RuleCount>,
    /// Bytes that the merge held for the whole build, without row groups: patients, scans, slice bitmaps.
    pub held_bytes: u64,
}

/// Scans without a preview, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WithoutPreview {
    /// The image of their middle slice is not in the landing zone.
    pub not_in_landing: u64,
    /// It can't be decoded.
    pub not_decoded: u64,
    /// The first image that can't be decoded.
    pub first_not_decoded: Option<String>,
}

impl Counts {
    /// How often all rules are broken.
    #[must_use]
    pub fn occurrences(&self) -> u64 {
        self.findings.iter().map(|found| found.occurrences).sum()
    }

    /// The rules with findings that are so bad or worse.
    #[must_use]
    pub fn at_least(&self, threshold: Severity) -> Vec<BrokenRule> {
        self.findings
            .iter()
            .filter(|count| count.severity >= threshold)
            .map(|count| (count.rule, count.severity, count.occurrences))
            .collect()
    }
}

/// A rule, how bad it is, and how often it is broken.
pub type BrokenRule = (&'static str, Severity, u64);

/// How often a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleCount {
    /// The rule's id.
    pub rule: &'static str,
    /// What the rule is called.
    #[serde(skip)]
    pub title: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Slices, patients, lines, … that break it.
    pub subjects: u64,
    /// How often they do: what `quality_findings` adds up to, however many rows it has.
    pub occurrences: u64,
}

/// What a build would write.
#[derive(Debug, Clone, Serialize)]
pub struct Forecast {
    /// What the labels add up to.
    pub counts: Counts,
    /// Rows and files of each table.
    pub tables: BTreeMap<String, TableForecast>,
}

/// What a build would write to one table.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TableForecast {
    /// Rows.
    pub rows: u64,
    /// Rows by partition path; one file each, until it passes the target size.
    pub partitions: BTreeMap<String, u64>,
}

impl TableForecast {
    pub(in crate::datasets) fn add(&mut self, path: String, rows: u64) {
        if rows > 0 {
            self.rows += rows;
            *self.partitions.entry(path).or_default() += rows;
        }
    }
}
