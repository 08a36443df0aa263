//! Why a build can't be done, and what to do about it.

use std::error::Error;
use std::fmt;

use crate::build::WriteError;
use crate::contract::Severity;
use crate::hint::Hint;
use crate::lake::{LakeError, PublishError, SnapshotName};
use crate::readable::{argument, list};
use crate::release::{FindError, Release};

/// What is wrong with the files of a dataset, in the words of an error of its own.
#[derive(Debug)]
pub struct DatasetError {
    error: Box<dyn Error + Send + Sync>,
    hint: Option<String>,
}

impl DatasetError {
    /// The error of a dataset.
    pub fn new(error: impl Hint + Send + Sync + 'static) -> Self {
        Self {
            hint: error.hint(),
            error: Box::new(error),
        }
    }
}

impl fmt::Display for DatasetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for DatasetError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

impl Hint for DatasetError {
    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

/// A build failed; nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The store failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// No release is in the landing zone.
    #[error("the landing zone of lake `{lake}` {}", no_release(.folders))]
    NoRelease {
        /// The lake.
        lake: String,
        /// Folders in its landing zone that are no releases.
        folders: Vec<String>,
    },
    /// The release that was asked for is not there.
    #[error("expected release `{wanted}` in the landing zone, found {}", names(.found))]
    UnknownRelease {
        /// What was asked for.
        wanted: Release,
        /// What is there.
        found: Vec<Release>,
    },
    /// Which one is meant?
    #[error("expected one release in the landing zone, found {}", names(.0))]
    SeveralReleases(Vec<Release>),
    /// Images are still to come.
    #[error("the landing zone of `{release}` is not complete: {} missing of what its source has, the first is `{first}`", files_are(*missing))]
    Unfinished {
        /// The release.
        release: Release,
        /// Files that are missing.
        missing: u64,
        /// One of them.
        first: String,
        /// Why that one can't be taken from its source, if it can't.
        refused: Option<String>,
    },
    /// Label files or metadata are missing.
    #[error("`{folder}` is not a whole release")]
    Files {
        /// The release's folder.
        folder: String,
        /// What a release consists of besides images.
        files: &'static str,
        /// What is missing.
        source: Box<FindError>,
    },
    /// The budget does not hold the open row groups.
    #[error("expected --memory of at least {need} MB for these label files, got {given} MB")]
    Memory {
        /// Megabytes that are needed.
        need: u64,
        /// Megabytes that were given.
        given: u64,
    },
    /// Writing failed.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Rows and lines do not add up: an error of ours.
    #[error("{lines} label lines, but {rows} rows, {blank} blank and {bad} malformed lines")]
    Reconcile {
        /// Physical lines.
        lines: u64,
        /// Rows in the files.
        rows: u64,
        /// Blank lines.
        blank: u64,
        /// Malformed lines.
        bad: u64,
    },
    /// The findings are worse than allowed.
    #[error("nothing was published: {}, and --fail-on {fail_on} allows none", findings(.found))]
    Audit {
        /// The threshold.
        fail_on: &'static str,
        /// Rules at or above it, and how often they are broken.
        found: Vec<(&'static str, Severity, u64)>,
        /// Where the files were kept.
        kept: Option<String>,
    },
    /// What is published already has findings that are worse than allowed.
    #[error("the current snapshot `{snapshot}` has {}, and --fail-on {fail_on} allows none", findings(.found))]
    AuditPublished {
        /// The snapshot.
        snapshot: SnapshotName,
        /// The threshold.
        fail_on: &'static str,
        /// Rules at or above it, with their subjects.
        found: Vec<(&'static str, Severity, u64)>,
    },
    /// Publishing failed.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The files are not as the dataset has them.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}

fn findings(found: &[(&'static str, Severity, u64)]) -> String {
    let texts: Vec<String> = found
        .iter()
        .map(|(rule, severity, occurrences)| {
            format!("{occurrences} {} ({})", rule, severity.as_str())
        })
        .collect();
    texts.join(", ")
}

impl BuildError {
    /// Whether somebody asked to stop.
    #[must_use]
    pub fn is_stop(&self) -> bool {
        matches!(self, Self::Write(WriteError::Stopped))
    }
}

fn names(releases: &[Release]) -> String {
    let names: Vec<&str> = releases.iter().map(Release::as_str).collect();
    list(&names)
}

fn no_release(folders: &[String]) -> String {
    if folders.is_empty() {
        return "is empty".to_owned();
    }
    format!(
        "has no release: expected a folder with label files, or of which a manifest tells, found {}",
        list(folders)
    )
}

fn files_are(missing: u64) -> String {
    match missing {
        1 => "1 file is".to_owned(),
        missing => format!("{missing} files are"),
    }
}

impl Hint for BuildError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Lake(error) => return error.hint(),
            Self::Write(error) => return error.hint(),
            Self::Dataset(error) => return error.hint(),
            Self::Publish(error) => return error.hint(),
            Self::NoRelease { lake, .. } => {
                format!(
                    "put a dataset there first: `ctlake ingest FOLDER --lake {}`",
                    argument(lake)
                )
            }
            Self::UnknownRelease { found, .. } | Self::SeveralReleases(found) => {
                let one = found.first().map_or("NAME", Release::as_str);
                format!("name one: `--release {one}`")
            }
            Self::Files { folder, source, .. } if matches!(**source, FindError::TwoFiles { .. }) => {
                format!("remove the one that is not meant from `{folder}`")
            }
            Self::Files { files, .. } => {
                format!("bring the whole release: `ctlake ingest FOLDER` with {files}")
            }
            Self::Unfinished {
                first,
                refused: Some(reason),
                ..
            } => format!(
                "`{first}` can't be taken: {reason}; correct it in the source and run `ctlake ingest` again, or build without it: `--partial`"
            ),
            Self::Unfinished { .. } => {
                "run `ctlake ingest` again: it brings what is missing; `--partial` builds from what is there".to_owned()
            }
            Self::Memory { need, .. } => format!("pass `--memory {need}MB`"),
            Self::Reconcile { .. } => "this is a bug of ctlake: please report it".to_owned(),
            Self::Audit { kept: Some(path), .. } => {
                format!("look at the tables in `{path}`; once something is published, `ctlake snapshots expire` removes them")
            }
            Self::AuditPublished { .. } => {
                "look at the table `quality_findings`; correct the inputs and build again, or show an older snapshot: `ctlake snapshots rollback`"
                    .to_owned()
            }
            Self::Audit { .. } => {
                "look at what was written with `--keep-failed`, or publish with the findings: leave `--fail-on` out"
                    .to_owned()
            }
        })
    }
}
