//! Why a build can't be done, and what to do about it.

use std::fmt;

use thiserror::Error;

use super::labels::ReadError;
use super::roster::UnreadableColumn;
use crate::build::WriteError;
use crate::contract::{RuleId, Severity};
use crate::covidx::metadata::MetadataError;
use crate::covidx::release::{FindError, Release};
use crate::covidx::split_file::LineError;
use crate::hint::Hint;
use crate::lake::{LakeError, PublishError, SnapshotName};
use crate::readable::{argument, list};

/// A label file or the metadata in the landing zone of a lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LandedFile {
    /// The lake as its user wrote it.
    pub lake: String,
    /// Path in the lake.
    pub path: String,
}

impl LandedFile {
    /// The name without the folder, which it has in its source too, or nearly so.
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// What brings it again.
    fn command(&self) -> String {
        format!(
            "`ctlake ingest SOURCE --lake {} --replace`",
            argument(&self.lake)
        )
    }
}

impl fmt::Display for LandedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// A build failed; nothing was published.
#[derive(Debug, Error)]
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
        /// What is missing.
        source: Box<FindError>,
    },
    /// The metadata is not as it should be.
    #[error("`{file}`, {source}")]
    Metadata {
        /// The file.
        file: LandedFile,
        /// Where and what.
        source: MetadataError,
    },
    /// The metadata is a header.
    #[error("`{0}`: expected a row per patient, found none below the header")]
    NoPatients(LandedFile),
    /// A column of the metadata means something else.
    #[error("`{file}`, column `{}`: {column}", .column.name)]
    UnreadableColumn {
        /// The file.
        file: LandedFile,
        /// The column.
        column: Box<UnreadableColumn>,
    },
    /// The metadata is that of other labels.
    #[error(
        "`{file}` does not fit the label files: {joined} of {slices} slices belong to a patient that it lists; it lacks `{orphan}`, for one"
    )]
    Unmatched {
        /// The file.
        file: LandedFile,
        /// Slices of the label files.
        slices: u64,
        /// Of these, those of a patient of the file.
        joined: u64,
        /// A patient of the label files that it lacks.
        orphan: String,
    },
    /// A label line is not as it should be.
    #[error("`{file}`, line {line}, {source}")]
    Line {
        /// The file.
        file: LandedFile,
        /// 1-based line.
        line: u32,
        /// Where and what.
        source: LineError,
    },
    /// A label file can't be read to its end.
    #[error("`{file}`, {source}")]
    Labels {
        /// The file.
        file: String,
        /// Where and what.
        source: ReadError,
    },
    /// A label file has no line.
    #[error("`{0}`: expected a line a slice, found an empty file")]
    NoLines(LandedFile),
    /// Too many scans to hold.
    #[error(
        "expected at most {limit} scans, found more at `{file}`, line {line}: {limit} scans already take {mib} MiB"
    )]
    TooManyScans {
        /// The file.
        file: String,
        /// 1-based line.
        line: u32,
        /// The limit.
        limit: usize,
        /// What the limit costs.
        mib: u64,
    },
    /// Names that take too much to hold.
    #[error(
        "expected names of scans of at most {limit} bytes together, found more at `{file}`, line {line}"
    )]
    NamesTooLong {
        /// The file.
        file: String,
        /// 1-based line.
        line: u32,
        /// The limit.
        limit: usize,
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
        found: Vec<(RuleId, Severity, u64)>,
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
        found: Vec<(RuleId, Severity, u64)>,
    },
    /// Publishing failed.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

fn findings(found: &[(RuleId, Severity, u64)]) -> String {
    let texts: Vec<String> = found
        .iter()
        .map(|(rule, severity, occurrences)| {
            format!("{occurrences} {} ({})", rule.as_str(), severity.as_str())
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
            Self::Publish(error) => return error.hint(),
            Self::NoRelease { lake, .. } => {
                format!(
                    "put a dataset there first: `ctlake ingest FOLDER --lake {}`",
                    argument(lake)
                )
            }
            Self::UnknownRelease { found, .. } | Self::SeveralReleases(found) => {
                let one = found.first().map_or("CT-2A", Release::as_str);
                format!("name one: `--release {one}`")
            }
            Self::Files { folder, source } if matches!(**source, FindError::TwoFiles { .. }) => {
                format!("remove the one that is not meant from `{folder}`")
            }
            Self::Files { .. } => {
                "bring the whole release: `ctlake ingest FOLDER` with its three label files and the metadata"
                    .to_owned()
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
            Self::Metadata { file, source } => {
                let advice = source.advice(file.name());
                let advice = advice.unwrap_or_else(|| format!("correct `{}` in the source", file.name()));
                format!("{advice}, then {}", file.command())
            }
            Self::NoPatients(file) | Self::UnreadableColumn { file, .. } | Self::Unmatched { file, .. } => format!(
                "correct `{}` in the source, then {}; or build with it as it is: `--allow-bad-metadata`",
                file.name(),
                file.command()
            ),
            Self::Line { file, source, .. } if source.is_encoding() => format!(
                "is `{name}` text in UTF-8? convert it in the source, as with `iconv -f UTF-16 -t UTF-8 {name} > utf8.txt`, then {}",
                file.command(),
                name = file.name(),
            ),
            Self::Line { .. } => {
                "correct the line, or let the build go on and record up to N such lines: `--max-bad-rows N`".to_owned()
            }
            Self::Labels { file, .. } => {
                format!("is `{file}` a label file? its lines are `FILE CLASS XMIN YMIN XMAX YMAX`")
            }
            Self::NoLines(file) => {
                format!("put the lines of `{}` into the source, then {}", file.name(), file.command())
            }
            Self::TooManyScans { .. } | Self::NamesTooLong { .. } => {
                "check the file names: each scan's slices should differ in their number only".to_owned()
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
