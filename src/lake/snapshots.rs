//! Choosing, listing and rolling back snapshots.

use std::collections::{BTreeMap, HashSet};

use serde::{Serialize, Serializer};
use thiserror::Error;

use super::error::LakeError;
use super::handle::Lake;
use super::log::{self, Entry, Operation};
use super::snapshot::SnapshotName;
use crate::hint::Hint;
use crate::readable;

/// A snapshot can't be shown.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The store failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The log is empty.
    #[error("lake `{0}` has no snapshot yet")]
    None(String),
    /// No entry has that name or number.
    #[error("no snapshot `{0}` in the log")]
    Unknown(String),
    /// Several snapshots begin so.
    #[error("expected one snapshot, got `{0}`, with which several begin")]
    Ambiguous(String),
    /// Its files are gone.
    #[error("the files of snapshot `{0}` were removed by `snapshots expire`")]
    Expired(SnapshotName),
    /// Rolling back to what is shown already.
    #[error("snapshot `{0}` is current already")]
    Current(SnapshotName),
}

impl Hint for SnapshotError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Lake(error) => return error.hint(),
            Self::None(lake) => format!(
                "build one: `ctlake build --lake {}`",
                readable::argument(lake)
            ),
            Self::Unknown(_) | Self::Ambiguous(_) | Self::Expired(_) | Self::Current(_) => {
                "`ctlake snapshots list` shows which there are".to_owned()
            }
        })
    }
}

/// One line of the list of snapshots.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// The entry's number.
    pub entry: u64,
    /// The snapshot it shows.
    pub snapshot: SnapshotName,
    /// Whether readers see it now.
    pub current: bool,
    /// Whether its files are gone.
    pub expired: bool,
    /// What made the entry.
    pub operation: Operation,
    /// When, ISO 8601, UTC.
    pub committed_at: String,
    /// The release of the dataset.
    pub release: String,
    /// Rows of the tables that the contract counts, by what they are called.
    #[serde(flatten)]
    pub rows: CountedRows,
    /// Bytes of all data files.
    pub bytes: u64,
}

/// Rows by what they are called.
#[derive(Debug, Clone)]
pub struct CountedRows(pub Vec<(&'static str, u64)>);

impl Serialize for CountedRows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// All entries, newest first.
pub async fn list(lake: &Lake) -> Result<Vec<Listed>, LakeError> {
    let entries = log::read_all(lake).await?;
    let expired: HashSet<SnapshotName> = log::expired(&entries).into_iter().cloned().collect();
    let last = entries.last().map(|entry| entry.number);
    Ok(entries
        .into_iter()
        .rev()
        .map(|entry| {
            let counted = lake.contract().counted.iter();
            Listed {
                current: Some(entry.number) == last,
                expired: expired.contains(&entry.snapshot),
                rows: CountedRows(
                    counted
                        .map(|of| (of.several, entry.rows(of.table)))
                        .collect(),
                ),
                bytes: entry.tables.values().map(log::TableFiles::bytes).sum(),
                entry: entry.number,
                snapshot: entry.snapshot,
                operation: entry.operation,
                committed_at: entry.committed_at,
                release: entry.release,
            }
        })
        .collect())
}

/// The entry that `selector` means: a snapshot's name (or its beginning, when only one begins so) or an entry's number; the
/// current entry without one. Refused when its files are gone.
pub async fn resolve(lake: &Lake, selector: Option<&str>) -> Result<Entry, SnapshotError> {
    let Some(selector) = selector else {
        // What is current never expires.
        let current = log::current(lake).await?;
        return current.ok_or_else(|| SnapshotError::None(lake.name().to_owned()));
    };
    let entries = log::read_all(lake).await?;
    let expired: HashSet<SnapshotName> = log::expired(&entries).into_iter().cloned().collect();
    let entry = select(entries, selector)?;
    if expired.contains(&entry.snapshot) {
        return Err(SnapshotError::Expired(entry.snapshot));
    }
    Ok(entry)
}

/// The newest entry of each release, by the release's name. Of a release whose snapshots are all gone there is none.
pub async fn of_each_release(lake: &Lake) -> Result<Vec<Entry>, LakeError> {
    let entries = log::read_all(lake).await?;
    let expired: HashSet<SnapshotName> = log::expired(&entries).into_iter().cloned().collect();
    let mut newest = BTreeMap::new();
    for entry in entries {
        if !expired.contains(&entry.snapshot) {
            newest.insert(entry.release.clone(), entry);
        }
    }
    Ok(newest.into_values().collect())
}

fn select(entries: Vec<Entry>, selector: &str) -> Result<Entry, SnapshotError> {
    let unknown = || SnapshotError::Unknown(selector.to_owned());
    // Eight digits are a date, with which a name begins.
    if selector.len() < 8
        && let Ok(number) = selector.parse::<u64>()
    {
        let mut entries = entries.into_iter();
        return entries
            .find(|entry| entry.number == number)
            .ok_or_else(unknown);
    }
    let mut found = entries
        .into_iter()
        .filter(|entry| entry.snapshot.as_str().starts_with(selector));
    let first = found.next().ok_or_else(unknown)?;
    // A snapshot that was rolled back to stands in several entries; they all name the same files.
    if found.all(|other| other.snapshot == first.snapshot) {
        Ok(first)
    } else {
        Err(SnapshotError::Ambiguous(selector.to_owned()))
    }
}

/// The current entry, and the one that a rollback would show again.
pub async fn rollback_plan(lake: &Lake, selector: &str) -> Result<(Entry, Entry), SnapshotError> {
    let target = resolve(lake, Some(selector)).await?;
    let last = last_before(lake, &target).await?;
    Ok((last, target))
}

/// Shows an older snapshot again; returns the new entry. Nothing is copied or removed.
pub async fn rollback(lake: &Lake, selector: &str) -> Result<Entry, SnapshotError> {
    let target = resolve(lake, Some(selector)).await?;
    loop {
        let last = last_before(lake, &target).await?;
        let operation = Operation::Rollback { to: target.number };
        let entry = target.shown_again(last.number, operation);
        if log::append(lake, &entry).await? {
            return Ok(entry);
        }
    }
}

/// The last entry of the log, after which `target` can be shown again.
async fn last_before(lake: &Lake, target: &Entry) -> Result<Entry, SnapshotError> {
    let entries = log::read_all(lake).await?;
    let last = entries.last().unwrap_or(target);
    if last.snapshot == target.snapshot {
        return Err(SnapshotError::Current(target.snapshot.clone()));
    }
    if log::expired(&entries).contains(&target.snapshot) {
        return Err(SnapshotError::Expired(target.snapshot.clone()));
    }
    Ok(last.clone())
}

/// The entry whose content was rolled back and would come again with `content_id`.
///
/// A rollback says "not this": an unattended build of the same inputs must not undo it.
#[must_use]
pub fn rolled_back<'a>(entries: &'a [Entry], content_id: &str) -> Option<&'a Entry> {
    let current = entries
        .iter()
        .rfind(|entry| !matches!(entry.operation, Operation::Expire { .. }))?;
    let Operation::Rollback { to } = current.operation else {
        return None;
    };
    entries.iter().find(|entry| {
        entry.number > to
            && entry.content_id == content_id
            && entry.content_id != current.content_id
    })
}
