//! Publishing: data files become a snapshot with one new object in the log, or not at all.

use std::collections::{BTreeMap, HashMap};

use object_store::path::Path;
use thiserror::Error;

use super::error::LakeError;
use super::format;
use super::handle::Lake;
use super::layout;
use super::log::{self, Entry, Input, Operation, TableFiles};
use super::snapshot::SnapshotName;
use crate::hint::Hint;

/// A snapshot whose files are written and that nobody sees yet.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its name, which is also its folders' name.
    pub snapshot: SnapshotName,
    /// Digest of everything that decides its content, hex.
    pub content_id: String,
    /// The release of the dataset.
    pub release: String,
    /// The contract its tables follow.
    pub contract_version: String,
    /// What was read.
    pub inputs: Vec<Input>,
    /// Its tables by name.
    pub tables: BTreeMap<String, TableFiles>,
}

/// How publishing is done.
#[derive(Debug, Clone, Copy, Default)]
pub struct PublishOptions {
    /// Publish even when the current entry has the same content.
    pub force: bool,
    /// Publish to a store without conditional writes: the caller vouches that nobody else publishes.
    pub single_writer: bool,
}

/// How publishing ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Published {
    /// The draft is the current snapshot.
    Entry(Entry),
    /// Another publisher has put the same content there first; the draft's files are removed.
    SameContent(Entry),
}

/// Publishing failed; the log is as it was, unless the text says otherwise.
#[derive(Debug, Error)]
pub enum PublishError {
    /// The store failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// A data file is not as it was written.
    #[error("data file `{path}` of the new snapshot: expected {expected} bytes, found {found}")]
    Changed {
        /// The file.
        path: String,
        /// Size as written.
        expected: u64,
        /// What is there now.
        found: String,
    },
    /// An expire took the snapshot for abandoned.
    #[error(
        "snapshot `{0}` was removed by `snapshots expire` while it was being built; nothing was published"
    )]
    Expired(SnapshotName),
}

impl Hint for PublishError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Lake(error) => error.hint(),
            Self::Changed { .. } | Self::Expired(_) => Some(
                "run `ctlake build` again, and keep `snapshots expire --older-than` longer than a build takes"
                    .to_owned(),
            ),
        }
    }
}

/// Publishes `draft` as the next entry of the log.
///
/// Losing the race for a number is no failure: the winner's entry is read and the next number tried. On failure the draft's
/// files are removed.
pub async fn publish(
    lake: &Lake,
    draft: &Draft,
    options: PublishOptions,
) -> Result<Published, PublishError> {
    let outcome = try_publish(lake, draft, options).await;
    if !matches!(outcome, Ok(Published::Entry(_))) {
        // What can't be removed now is removed by `snapshots expire`; the outcome is what counts.
        let _ = discard(lake, &draft.snapshot).await;
    }
    outcome
}

async fn try_publish(
    lake: &Lake,
    draft: &Draft,
    options: PublishOptions,
) -> Result<Published, PublishError> {
    format::require_conditional_put(lake, options.single_writer).await?;
    loop {
        // An expire says in the log what it is going to remove, before it does. So the two can't both win: what it has said
        // before this reading stops us, and what it says later takes the number that we want.
        let entries = log::read_all(lake).await?;
        if log::expired(&entries).contains(&draft.snapshot) {
            return Err(PublishError::Expired(draft.snapshot.clone()));
        }
        let parent = entries.last();
        match parent {
            Some(entry) if entry.content_id == draft.content_id && !options.force => {
                return Ok(Published::SameContent(entry.clone()));
            }
            _ => {}
        }
        check_files(lake, draft).await?;
        let entry = entry(lake, draft, parent);
        if log::append(lake, &entry).await? {
            return Ok(Published::Entry(entry));
        }
    }
}

fn entry(lake: &Lake, draft: &Draft, parent: Option<&Entry>) -> Entry {
    Entry {
        dataset: Some(lake.dataset().name().to_owned()),
        number: parent.map_or(1, |entry| entry.number + 1),
        operation: Operation::Publish,
        snapshot: draft.snapshot.clone(),
        snapshot_id: rand::random_range(1..i64::MAX),
        content_id: draft.content_id.clone(),
        parent: parent.map(|entry| entry.number),
        committed_at: log::now(),
        release: draft.release.clone(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        contract_version: draft.contract_version.clone(),
        inputs: draft.inputs.clone(),
        tables: draft.tables.clone(),
    }
}

/// Compares the draft's files with what the store lists, just before they are published.
async fn check_files(lake: &Lake, draft: &Draft) -> Result<(), PublishError> {
    for (table, content) in &draft.tables {
        let listed: HashMap<Path, u64> = lake
            .list(&layout::table(table, &draft.snapshot))
            .await?
            .into_iter()
            .map(|object| (object.location, object.size))
            .collect();
        for file in &content.files {
            let found = listed.get(&layout::key(&file.path));
            if found != Some(&file.bytes) {
                return Err(PublishError::Changed {
                    path: file.path.clone(),
                    expected: file.bytes,
                    found: found.map_or("no file".to_owned(), |bytes| format!("{bytes} bytes")),
                });
            }
        }
    }
    Ok(())
}

/// Removes whatever was written below a snapshot's prefixes, unless an entry names it: the log may have been written where we
/// got an error for an answer.
pub async fn discard(lake: &Lake, snapshot: &SnapshotName) -> Result<(), LakeError> {
    let entries = log::read_all(lake).await?;
    if entries.iter().any(|entry| entry.snapshot == *snapshot) {
        return Ok(());
    }
    for table in lake.folders(&layout::key(layout::CURATED)).await? {
        let objects = lake.list(&layout::table(&table, snapshot)).await?;
        lake.delete(objects.into_iter().map(|object| object.location).collect())
            .await?;
    }
    Ok(())
}
