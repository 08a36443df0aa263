//! Formats that keep their history: from what the log says and what a format shows to the steps between the two. A pure decision.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

use serde::Serialize;
use thiserror::Error;

use super::evolution::Incompatible;
use super::plan::Change;
use crate::contract::Table;
use crate::hint::Hint;
use crate::lake::SnapshotName;
use crate::lake::log::{self, Entry, Operation};

/// One version of a table: the entry of the log that it was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Version {
    /// The entry's number.
    pub entry: u64,
    /// The entry's snapshot.
    pub snapshot: SnapshotName,
}

/// A version that somebody else made, on top of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Foreign {
    /// What the format calls it.
    pub version: String,
    /// What was done, in the format's word.
    pub operation: String,
}

/// What a format shows of one table.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    /// The last of our versions that the table shows or has shown; `None` before the first.
    pub(super) current: Option<Version>,
    /// Our versions that can still be read, oldest first, the current one among them.
    pub(super) readable: Vec<Version>,
    /// The newest version, where it is not ours.
    pub(super) foreign: Option<Foreign>,
    /// The snapshots whose files the table names now.
    pub(super) snapshots: BTreeSet<SnapshotName>,
    /// In what its description differs from the contract's: columns, comments, properties, its place in a catalog.
    pub(super) differences: Vec<Change>,
    /// A difference that readers would not survive.
    pub(super) incompatible: Option<Incompatible>,
}

/// One thing to do to one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The table, by its name in the contract.
    pub table: String,
    /// What.
    #[serde(flatten)]
    pub action: Action,
}

/// What is done to a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Action {
    /// A version with the files of an entry, and no others.
    Publish(Version),
    /// The same for an entry that shows again what an older version shows.
    Rollback {
        /// The new version.
        #[serde(flatten)]
        version: Version,
        /// The entry of the older one.
        to: u64,
    },
    /// The description becomes the contract's.
    Describe {
        /// What differs.
        changes: Vec<Change>,
    },
    /// Versions can't be read any more: their files go.
    Expire {
        /// Which.
        versions: Vec<Version>,
    },
}

/// Something is in the way.
#[derive(Debug, Error)]
pub enum Refusal {
    /// Somebody else's version would be overwritten.
    #[error(
        "version {} of `{table}` was not made by ctlake ({}): the next one would undo it",
        foreign.version,
        foreign.operation
    )]
    Foreign {
        /// The table.
        table: String,
        /// The version.
        foreign: Foreign,
    },
    /// The format knows an entry that the log doesn't have.
    #[error(
        "`{table}` shows entry {} ({}), expected an entry of the log, which has {}",
        shown.entry,
        shown.snapshot,
        Has(*last, found.as_ref())
    )]
    OtherLog {
        /// The table.
        table: String,
        /// What it shows.
        shown: Version,
        /// The log's last entry.
        last: u64,
        /// What the log has at that number.
        found: Option<SnapshotName>,
    },
    /// Readers would not survive it.
    #[error(transparent)]
    Incompatible(#[from] Incompatible),
}

/// What the log has in the place of an entry.
struct Has<'a>(u64, Option<&'a SnapshotName>);

impl fmt::Display for Has<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(_, Some(snapshot)) => write!(f, "{snapshot} there"),
            Self(last, None) => write!(f, "no entry after {last}"),
        }
    }
}

impl Hint for Refusal {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Foreign { .. } => Some(
                "`ctlake register --force`, with the same `--format`, puts the log's files in its place, as a new version; what was written there stays in the old one"
                    .to_owned(),
            ),
            Self::OtherLog { .. } => Some(
                "was the log restored from a backup? Then `ctlake register --force`, with the same `--format`, shows its current entry, as a new version"
                    .to_owned(),
            ),
            Self::Incompatible(_) => Some(
                "is a newer ctlake in use elsewhere? Then use that one. Otherwise remove the metadata of the table from the lake, `iceberg/TABLE/` or `curated/TABLE/_delta_log/` (no data is lost), and register again"
                    .to_owned(),
            ),
        }
    }
}

/// Decides what to do to each of `tables`, which are in the order in which they are to change.
///
/// Entry after entry, and of each entry the tables in order, so that what is referred to is there before what refers to it; then
/// the descriptions; at the end, the other way round, what is to be removed. Of one table:
///
/// | entry of the log, after the shown one | step |
/// |---|---|
/// | an expire | none: it shows what the one before shows |
/// | its files are expired | none |
/// | the same snapshot as the version before | none |
/// | without rows, and the table is optional and not there yet | none |
/// | a rollback to what an older version shows | roll back |
/// | any other | publish |
///
/// | the table | |
/// |---|---|
/// | somebody else's version is the newest | refused; with `force`: the current entry is published over it |
/// | shows an entry that the log doesn't have | refused; with `force`: the current entry is published |
/// | lost a column or changed a type | refused |
/// | differs in description only | describe |
/// | has versions whose files are expired | expire |
pub(super) fn decide(
    entries: &[Entry],
    tables: &[(&Table, History)],
    force: bool,
) -> Result<Vec<Step>, Refusal> {
    let log = Log::new(entries);
    let mut versions = Vec::new();
    let mut descriptions = Vec::new();
    let mut expired = Vec::new();
    for (table, history) in tables {
        let step = |action| Step {
            table: table.name.clone(),
            action,
        };
        let advanced = log.advance(table, history, force)?;
        let stays = advanced.is_empty();
        let is_there = history.current.is_some() || !stays;
        versions.extend(advanced.into_iter().map(|(at, action)| (at, step(action))));
        if !is_there {
            continue;
        }
        if let Some(incompatible) = &history.incompatible {
            return Err(incompatible.clone().into());
        }
        if !history.differences.is_empty() {
            let changes = history.differences.clone();
            descriptions.push(step(Action::Describe { changes }));
        }
        let gone = log.gone(history, stays);
        if !gone.is_empty() {
            expired.push(step(Action::Expire { versions: gone }));
        }
    }
    // Stable: tables of one entry stay in their order.
    versions.sort_by_key(|(at, _)| *at);
    let versions = versions.into_iter().map(|(_, step)| step);
    let expired = expired.into_iter().rev();
    Ok(versions.chain(descriptions).chain(expired).collect())
}

/// What there is to remove from each of `tables`, and nothing else: what they show now stays. The last table comes first.
pub(super) fn expire(entries: &[Entry], tables: &[(&Table, History)]) -> Vec<Step> {
    let log = Log::new(entries);
    let gone = tables.iter().rev().map(|(table, history)| Step {
        table: table.name.clone(),
        action: Action::Expire {
            versions: log.gone(history, true),
        },
    });
    let removes =
        |step: &Step| !matches!(&step.action, Action::Expire { versions } if versions.is_empty());
    gone.filter(removes).collect()
}

struct Log<'a> {
    entries: &'a [Entry],
    expired: HashSet<&'a SnapshotName>,
}

impl<'a> Log<'a> {
    fn new(entries: &'a [Entry]) -> Self {
        Self {
            expired: log::expired(entries),
            entries,
        }
    }

    /// The versions that `table` lacks, each with its entry's number.
    fn advance(
        &self,
        table: &Table,
        history: &History,
        force: bool,
    ) -> Result<Vec<(u64, Action)>, Refusal> {
        let known = self.check(table, history, force)?;
        // Of a table that shows what the log doesn't know, only the current entry can be told.
        let after = match (&history.current, known) {
            (None, _) => 0,
            (Some(shown), true) => shown.entry,
            (Some(_), false) => self.current().map_or(0, |entry| entry.number - 1),
        };
        let mut shown = history.current.clone().filter(|_| known);
        let mut readable = history.readable.clone();
        let mut steps = Vec::new();
        for entry in self.shown().filter(|entry| entry.number > after) {
            let same = shown
                .as_ref()
                .is_some_and(|shown| shown.snapshot == entry.snapshot);
            let absent = table.optional && shown.is_none() && !entry.has_rows(&table.name);
            if same || absent || self.expired.contains(&entry.snapshot) {
                continue;
            }
            let version = version(entry);
            let action = publish(entry, &version, &readable);
            readable.push(version.clone());
            shown = Some(version);
            steps.push((entry.number, action));
        }
        if history.foreign.is_some()
            && steps.is_empty()
            && let Some(current) = self.current()
        {
            steps.push((current.number, Action::Publish(version(current))));
        }
        Ok(steps)
    }

    /// Whether the log knows what the table shows.
    fn check(&self, table: &Table, history: &History, force: bool) -> Result<bool, Refusal> {
        if let (Some(foreign), false) = (&history.foreign, force) {
            return Err(Refusal::Foreign {
                table: table.name.clone(),
                foreign: foreign.clone(),
            });
        }
        let Some(shown) = &history.current else {
            return Ok(true);
        };
        let found = self
            .entries
            .iter()
            .find(|entry| entry.number == shown.entry)
            .map(|entry| &entry.snapshot);
        if found == Some(&shown.snapshot) {
            return Ok(true);
        }
        if force {
            return Ok(false);
        }
        Err(Refusal::OtherLog {
            table: table.name.clone(),
            shown: shown.clone(),
            last: self.entries.last().map_or(0, |entry| entry.number),
            found: found.cloned(),
        })
    }

    /// The entries that change what is shown.
    fn shown(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        let shows = |entry: &&Entry| !matches!(entry.operation, Operation::Expire { .. });
        self.entries.iter().filter(shows)
    }

    fn current(&self) -> Option<&Entry> {
        self.shown().next_back()
    }

    /// The versions whose files the log has given up. What is shown now and `stays` so is not among them.
    fn gone(&self, history: &History, stays: bool) -> Vec<Version> {
        let gone = |version: &&Version| {
            self.expired.contains(&version.snapshot)
                && !(stays && history.snapshots.contains(&version.snapshot))
        };
        history.readable.iter().filter(gone).cloned().collect()
    }
}

fn version(entry: &Entry) -> Version {
    Version {
        entry: entry.number,
        snapshot: entry.snapshot.clone(),
    }
}

fn publish(entry: &Entry, version: &Version, readable: &[Version]) -> Action {
    let older = readable
        .iter()
        .rfind(|older| older.snapshot == version.snapshot);
    match (&entry.operation, older) {
        (Operation::Rollback { .. }, Some(older)) => Action::Rollback {
            version: version.clone(),
            to: older.entry,
        },
        _ => Action::Publish(version.clone()),
    }
}

#[cfg(test)]
mod tests;
