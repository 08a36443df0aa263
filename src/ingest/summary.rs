//! What an ingest did.

use serde::Serialize;

use super::plan::Planned;
use super::refused::Rejected;
use super::shard::Shard;
use super::uploader::NotStored;
use crate::release::Release;

/// What an ingest did, to the byte: the source's files are those kept, stored, failed, rejected and of other shards.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IngestSummary {
    /// The source as its user wrote it.
    pub source: String,
    /// The release.
    pub release: Release,
    /// The stretch of the archive.
    pub shard: Option<Shard>,
    /// Files that the source has of the release and that can be taken.
    pub files: Tally,
    /// Stored in this run.
    pub stored: Tally,
    /// There already.
    pub kept: Tally,
    /// Of these the ones that an earlier run had stored and not recorded.
    pub adopted: Tally,
    /// In the stretches of other shards.
    pub elsewhere: Tally,
    /// Not stored, each with its reason.
    pub failed: Vec<Failed>,
    /// Files that are or could be the release's and were not taken, each with its reason.
    pub rejected: Vec<Rejected>,
    /// Entries that can't be taken and that the release can do without.
    pub passed_over: u64,
    /// Files of the source that belong to no release, or to another.
    pub ignored: u64,
    /// Images outside the release's own folder that no label file names.
    pub unlabelled: u64,
    /// Files whose name another file has, which was taken.
    pub copies: u64,
    /// Files of the release that `--only` left out.
    pub left_out: u64,
    /// Requests that stored files, or tried to.
    pub requests: u64,
    /// Of these refused, failed or lost, and sent again.
    pub retries: u64,
    /// Files that some source has and the landing zone lacks, whoever was to bring them; refused ones among them.
    pub missing: u64,
    /// Which of the label files and the metadata the landing zone lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lacks: Option<String>,
    /// Whether the landing zone is complete.
    pub complete: bool,
    /// What was noticed of the source while it was read.
    pub warnings: Vec<String>,
    /// Seconds that the transfer took.
    pub seconds: f64,
    /// Where the failed and rejected files are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
}

/// Files and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Tally {
    /// Of planned files.
    pub fn of<'a>(files: impl Iterator<Item = &'a Planned>) -> Self {
        let mut tally = Self::default();
        files.for_each(|file| tally.add(file.bytes));
        tally
    }

    /// Counts one more file.
    pub(super) fn add(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

/// A file that was not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// Path below the release's folder.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Why.
    pub reason: String,
}

impl Failed {
    pub(super) fn new(file: &Planned, error: &NotStored) -> Self {
        Self {
            path: file.path.clone(),
            bytes: file.bytes,
            reason: match error {
                NotStored::Archive(error) => chain(error),
                NotStored::GivenUp { tries, last } => {
                    format!("given up after {tries} tries: {}", chain(last))
                }
            },
        }
    }
}

impl IngestSummary {
    /// Whether everything that this run was to bring is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.rejected.is_empty()
    }
}

/// An error and what is behind it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
