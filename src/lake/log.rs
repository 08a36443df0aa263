//! The log: entry N, created once and never changed, says which data files each table has.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use serde::{Deserialize, Serialize};

use super::data_file::DataFile;
use super::error::LakeError;
use super::handle::Lake;
use super::layout;
use super::snapshot::SnapshotName;
use super::stray::shell_word;

/// Entries that are read at the same time.
const READS: usize = 16;

/// One entry, complete in itself: nothing else must be read to know the tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the log, from 1.
    pub number: u64,
    /// What made it.
    pub operation: Operation,
    /// The snapshot it shows.
    pub snapshot: SnapshotName,
    /// The same as a positive 64-bit number, for formats that want one.
    pub snapshot_id: i64,
    /// Digest of everything that decides the content, hex.
    pub content_id: String,
    /// The entry it follows.
    pub parent: Option<u64>,
    /// When it was written, ISO 8601, UTC.
    pub committed_at: String,
    /// The dataset; early entries don't name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// The release of the dataset.
    pub release: String,
    /// What built the data files.
    pub tool_version: String,
    /// The contract they follow.
    pub contract_version: String,
    /// What was read.
    pub inputs: Vec<Input>,
    /// The tables by name.
    pub tables: BTreeMap<String, TableFiles>,
}

/// What made an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Operation {
    /// A build's new snapshot.
    Publish,
    /// An older entry's snapshot, shown again.
    Rollback {
        /// The number of that entry.
        to: u64,
    },
    /// The same snapshot stays; the files of others may be removed from here on, and nobody may show them any more.
    Expire {
        /// Their names.
        snapshots: Vec<SnapshotName>,
    },
}

/// A file that a build has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Key below the lake's root.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// As [`Digest`](super::Digest) writes it.
    pub digest: String,
}

impl Entry {
    /// Whether the snapshot has anything of `table`.
    #[must_use]
    pub fn has_rows(&self, table: &str) -> bool {
        self.tables
            .get(table)
            .is_some_and(|table| !table.files.is_empty())
    }

    /// Rows of `table`; none where the snapshot has no such table.
    #[must_use]
    pub fn rows(&self, table: &str) -> u64 {
        self.tables.get(table).map_or(0, TableFiles::rows)
    }

    /// When it was written, in milliseconds since 1970.
    #[must_use]
    pub fn committed_millis(&self) -> i64 {
        let time = DateTime::parse_from_rfc3339(&self.committed_at);
        time.map_or_else(
            |_| self.snapshot.time().timestamp_millis(),
            |time| time.timestamp_millis(),
        )
    }

    /// An entry after `last` that shows the same snapshot.
    pub(super) fn shown_again(&self, last: u64, operation: Operation) -> Self {
        Self {
            number: last + 1,
            operation,
            parent: Some(last),
            committed_at: now(),
            ..self.clone()
        }
    }
}

/// The time, as entries have it.
pub(super) fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The files of one table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableFiles {
    /// The data files, in path order.
    pub files: Vec<DataFile>,
}

impl TableFiles {
    /// Rows in all.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// Bytes in all.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// The numbers of all entries, ascending.
pub async fn numbers(lake: &Lake) -> Result<Vec<u64>, LakeError> {
    let listing = lake.list_folder(&layout::key(layout::LOG)).await?;
    let entries = listing.objects.iter();
    Ok(entries
        .filter_map(|object| number(&object.location))
        .collect())
}

/// Reads entry `number`.
pub async fn read(lake: &Lake, number: u64) -> Result<Entry, LakeError> {
    read_after(lake, number, number.checked_sub(1)).await
}

/// Reads entry `number`, which follows entry `previous`, where there is one.
async fn read_after(lake: &Lake, number: u64, previous: Option<u64>) -> Result<Entry, LakeError> {
    let key = layout::log_entry(number);
    let text = lake.read(&key).await?;
    let entry = serde_json::from_slice::<Entry>(&text);
    let follows = number == previous.unwrap_or_default() + 1;
    let (problem, source) = match (entry, previous) {
        (Ok(entry), _) if entry.number == number => return Ok(entry),
        (Ok(entry), _) => (format!("it says that it is entry {}", entry.number), None),
        (Err(source), _) if follows => {
            return Err(LakeError::Damaged {
                path: key.to_string(),
                expected: "a log entry",
                source,
            });
        }
        // Numbers have no gaps.
        (Err(source), Some(previous)) => {
            (format!("it does not follow entry {previous}"), Some(source))
        }
        (Err(source), None) => ("there is no entry 1".to_owned(), Some(source)),
    };
    let (look, remove) = commands(lake, &key);
    Err(LakeError::NoEntry {
        path: key.to_string(),
        problem,
        look,
        remove,
        source,
    })
}

/// Commands that show an object of the lake, and that remove it.
fn commands(lake: &Lake, key: &Path) -> (String, String) {
    let word = shell_word(lake.uri(key).as_bytes());
    match lake.s3() {
        Some(_) => (format!("aws s3 cp {word} -"), format!("aws s3 rm {word}")),
        None => (format!("cat {word}"), format!("rm {word}")),
    }
}

/// All entries, oldest first.
pub async fn read_all(lake: &Lake) -> Result<Vec<Entry>, LakeError> {
    let numbers = numbers(lake).await?;
    let previous = [None].into_iter().chain(numbers.iter().copied().map(Some));
    stream::iter(numbers.iter().copied().zip(previous))
        .map(|(number, previous)| read_after(lake, number, previous))
        .buffered(READS)
        .try_collect()
        .await
}

/// The highest entry: what readers see.
pub async fn current(lake: &Lake) -> Result<Option<Entry>, LakeError> {
    match numbers(lake).await?[..] {
        [] => Ok(None),
        [number] => read_after(lake, number, None).await.map(Some),
        [.., previous, number] => read_after(lake, number, Some(previous)).await.map(Some),
    }
}

/// The snapshots whose files are being, or were, removed.
#[must_use]
pub fn expired(entries: &[Entry]) -> HashSet<&SnapshotName> {
    entries
        .iter()
        .filter_map(|entry| match &entry.operation {
            Operation::Expire { snapshots } => Some(snapshots),
            Operation::Publish | Operation::Rollback { .. } => None,
        })
        .flatten()
        .collect()
}

/// Appends `entry` at its number; `false` when another publisher has taken that number.
pub async fn append(lake: &Lake, entry: &Entry) -> Result<bool, LakeError> {
    let text = Bytes::from(serde_json::to_vec(entry).expect("plain data serialises"));
    lake.create_same(&layout::log_entry(entry.number), text)
        .await
}

/// The number of the entry at `location`; `None` for an object that is no entry, whoever has put it there.
#[must_use]
pub fn number(location: &Path) -> Option<u64> {
    let number = location.filename()?.strip_suffix(".json")?.parse().ok()?;
    // The first entry is 1.
    (number > 0 && layout::log_entry(number) == *location).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_entrys_own_name_has_a_number() {
        let at = |name: &str| number(&layout::key(&format!("{}/{name}", layout::LOG)));
        assert_eq!(at("00000000000000000007.json"), Some(7));
        for name in [
            "7.json",
            "00000000000000000000.json",
            "+0000000000000000007.json",
            "00000000000000000007.json.bak",
            "00000000000000000007.jsonl",
            "old/00000000000000000007.json",
            "foo.json",
            ".json",
            "99999999999999999999.json",
        ] {
            assert_eq!(at(name), None, "{name}");
        }
    }
}
