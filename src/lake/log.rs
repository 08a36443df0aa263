//! The log: entry N, created once and never changed, says which data files each table has.

use std::collections::BTreeMap;
use std::path::Path as FsPath;

use object_store::path::Path;
use serde::{Deserialize, Serialize};

use super::data_file::DataFile;
use super::error::LakeError;
use super::layout;
use super::location::Lake;
use super::snapshot::SnapshotName;

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
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// A build's new snapshot.
    Publish,
    /// An older entry's snapshot, shown again.
    Rollback {
        /// The number of that entry.
        to: u64,
    },
}

/// A file that a build has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Key below the lake's root.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256, hex.
    pub sha256: String,
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
    let objects = lake.list(&layout::key(layout::LOG)).await?;
    Ok(objects
        .iter()
        .filter_map(|object| number(&object.location))
        .collect())
}

/// Reads entry `number`.
pub async fn read(lake: &Lake, number: u64) -> Result<Entry, LakeError> {
    let key = layout::log_entry(number);
    let text = lake.read(&key).await?;
    serde_json::from_slice(&text).map_err(|source| LakeError::Damaged {
        path: key.to_string(),
        expected: "a log entry",
        source,
    })
}

/// All entries, oldest first.
pub async fn read_all(lake: &Lake) -> Result<Vec<Entry>, LakeError> {
    let mut entries = Vec::new();
    for number in numbers(lake).await? {
        entries.push(read(lake, number).await?);
    }
    Ok(entries)
}

/// The highest entry: what readers see.
pub async fn current(lake: &Lake) -> Result<Option<Entry>, LakeError> {
    match numbers(lake).await?.last() {
        Some(&number) => read(lake, number).await.map(Some),
        None => Ok(None),
    }
}

/// Appends `entry` at its number; `false` when another publisher has taken that number.
pub async fn append(lake: &Lake, entry: &Entry) -> Result<bool, LakeError> {
    let text = serde_json::to_vec(entry).expect("plain data serialises");
    lake.create_object(&layout::log_entry(entry.number), text.into())
        .await
}

fn number(location: &Path) -> Option<u64> {
    let name = FsPath::new(location.filename()?);
    (name.extension()? == "json")
        .then(|| name.file_stem()?.to_str()?.parse().ok())
        .flatten()
}
