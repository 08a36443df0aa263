//! Why a dataset can't be ingested, and what to do about it.

use thiserror::Error;

use crate::archive::ArchiveError;
use crate::hint::Hint;
use crate::lake::LakeError;
use crate::readable::list;
use crate::release::FindError;

/// An ingest failed; what was stored before is whole and stays.
#[derive(Debug, Error)]
pub enum IngestError {
    /// The store failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The source can't be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The source is no dataset.
    #[error("`{archive}` is not a whole release")]
    Files {
        /// The source.
        archive: String,
        /// The first file that was refused, and why: it may be the one.
        refused: Option<String>,
        /// What a release consists of besides images.
        files: &'static str,
        /// What is missing.
        source: Box<FindError>,
    },
    /// A file in the landing zone has other content under the same name.
    #[error("{} already in the landing zone with other content: {}", count(.0.len()), list(.0))]
    OtherContent(Vec<String>),
    /// It will not fit.
    #[error("not enough space for {need} bytes at `{folder}`: {free} bytes are free")]
    NoSpace {
        /// The lake's folder.
        folder: String,
        /// Bytes to be stored.
        need: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The source can't be read any more.
    #[error("stopped: {stored} of {files} files are stored and recorded")]
    SourceLost {
        /// Files stored in this run.
        stored: u64,
        /// Files that were to be stored.
        files: u64,
        /// What happened.
        source: Box<ArchiveError>,
    },
    /// Somebody asked to stop.
    #[error("stopped: {stored} of {files} files are stored and recorded")]
    Stopped {
        /// Files stored in this run.
        stored: u64,
        /// Files that were to be stored.
        files: u64,
    },
    /// Somebody asked to stop.
    #[error("stopped: {checked} of {files} files are checked")]
    VerifyStopped {
        /// Files checked.
        checked: u64,
        /// Files that were to be checked.
        files: u64,
    },
    /// The same, while images were decoded.
    #[error("stopped: {decoded} of {images} images are decoded")]
    DecodeStopped {
        /// Images decoded.
        decoded: u64,
        /// Images that were to be decoded.
        images: u64,
    },
}

fn count(files: usize) -> String {
    match files {
        1 => "1 file is".to_owned(),
        files => format!("{files} files are"),
    }
}

impl Hint for IngestError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Lake(error) => return error.hint(),
            Self::Archive(error) => return error.hint(),
            Self::SourceLost { source, .. } => return source.hint(),
            Self::Files {
                source,
                refused,
                files,
                ..
            } => match (&**source, refused) {
                (FindError::SeveralReleases { found }, _) => format!(
                    "name one: `--release {}`",
                    found.first().map_or("NAME", |release| release.as_str())
                ),
                (FindError::TwoFiles { .. }, _) => {
                    "move the one that is not meant out of the source, or name the folder that holds the release alone"
                        .to_owned()
                }
                (_, Some(refused)) => format!("refused: {refused}"),
                _ => format!("a release has {files}"),
            },
            Self::OtherContent(_) => "if the source is right, replace them: `--replace`".to_owned(),
            Self::NoSpace { folder, .. } => {
                format!(
                    "free some space (`df -h '{folder}'`), or ingest to a bucket: `--lake s3://bucket/prefix`"
                )
            }
            Self::Stopped { .. } | Self::VerifyStopped { .. } => {
                "run the same command again: it goes on from there".to_owned()
            }
            Self::DecodeStopped { .. } => {
                "run the same command again: it begins with the first image".to_owned()
            }
        })
    }

    fn is_incomplete(&self) -> bool {
        matches!(self, Self::SourceLost { source, .. } if !source.is_change())
    }
}
