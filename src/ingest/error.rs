//! Why a dataset can't be ingested, and what to do about it.

use std::path::PathBuf;

use thiserror::Error;

use crate::covidx::release::FindError;
use crate::hint::Hint;
use crate::lake::LakeError;

/// An ingest failed; what was stored before is whole and stays.
#[derive(Debug, Error)]
pub enum IngestError {
    /// The store failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The source can't be read.
    #[error("cannot read `{path}`")]
    Source {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The source is no folder.
    #[error("expected a dataset folder, got `{0}`")]
    NotAFolder(PathBuf),
    /// The folder is no dataset.
    #[error("`{folder}` is not a whole release")]
    Files {
        /// The folder.
        folder: PathBuf,
        /// What is missing.
        source: FindError,
    },
    /// A file in the landing zone has other content under the same name.
    #[error("{} already in the landing zone with other content: `{}`", count(.0), .0.join("`, `"))]
    OtherContent(Vec<String>),
    /// A file has changed since it was planned.
    #[error("`{path}` has changed while it was read: expected {expected} bytes, found {found}")]
    Changed {
        /// The file.
        path: PathBuf,
        /// Size in the plan.
        expected: u64,
        /// Size now.
        found: u64,
    },
    /// Somebody asked to stop.
    #[error("stopped: what was copied stays")]
    Stopped,
}

fn count(paths: &[String]) -> String {
    match paths.len() {
        1 => "1 file is".to_owned(),
        count => format!("{count} files are"),
    }
}

impl Hint for IngestError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Lake(error) => return error.hint(),
            Self::NotAFolder(_) => {
                "download and unpack the archive first, then name the folder that holds `metadata.csv`".to_owned()
            }
            Self::Source { .. } => {
                "name the folder that holds `metadata.csv` and the three label files; `ctlake sample OUT` makes one"
                    .to_owned()
            }
            Self::Files { source: FindError::SeveralReleases { found }, .. } => {
                format!("name one: `--release {}`", found.first().map_or("CT-2A", |release| release.as_str()))
            }
            Self::Files { .. } => {
                "a release has three label files (`train_…`, `val_…`, `test_…`) and `metadata.csv`".to_owned()
            }
            Self::OtherContent(_) => {
                "if the source is right, replace them: `--replace`".to_owned()
            }
            Self::Changed { .. } => "run `ctlake ingest` again when nothing writes to it".to_owned(),
            Self::Stopped => "run the same command again: it goes on from there".to_owned(),
        })
    }
}
