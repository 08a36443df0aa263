//! What can go wrong between us and a lake.

use object_store::path::Path;
use thiserror::Error;

use super::decode_error::DecodeError;
use super::s3_error::{Fault, S3Error};
use crate::hint::Hint;
use crate::readable;
use crate::trust::{self, TrustError};

/// An operation on a lake failed.
#[derive(Debug, Error)]
pub enum LakeError {
    /// The URL is none that we know.
    #[error("expected a folder like `./lake` or a bucket like `s3://bucket/prefix`, got `{0}`")]
    Location(String),
    /// The lake's path is something else.
    #[error("expected a folder at `{0}`, found a file")]
    NotAFolder(String),
    /// Nothing is there.
    #[error("no lake at `{0}`")]
    Missing(String),
    /// A newer release wrote the lake.
    #[error("lake `{lake}` has format version {found}, this release reads up to {known}")]
    NewerFormat {
        /// The lake.
        lake: String,
        /// Its format version.
        found: u32,
        /// The newest that we know.
        known: u32,
        /// The release that wrote it.
        written_by: String,
    },
    /// A lake of a dataset that this program doesn't know.
    #[error("lake `{lake}` holds the dataset `{found}`, which this release does not know; it knows {}", readable::list(.known))]
    UnknownDataset {
        /// The lake.
        lake: String,
        /// Its dataset.
        found: String,
        /// Those that we know.
        known: Vec<String>,
    },
    /// A lake holds one dataset.
    #[error("lake `{lake}` holds the dataset `{found}`, not `{expected}`")]
    OtherDataset {
        /// The lake.
        lake: String,
        /// Its dataset.
        found: String,
        /// That of the files to be stored.
        expected: &'static str,
    },
    /// The probe found that a second create of one object is not refused.
    #[error(
        "the store of lake `{0}` does not refuse to create an object twice, so two publishers could both win"
    )]
    NoConditionalPut(String),
    /// The store refused or failed.
    #[error("cannot {action} `{path}`")]
    Store {
        /// A verb: read, write, list, delete.
        action: &'static str,
        /// The object.
        path: String,
        /// What the store said.
        source: object_store::Error,
    },
    /// Files of ours should be behind it.
    #[error("cannot list `{0}`: it is a symbolic link that leads to no folder")]
    BrokenLink(String),
    /// S3 refused or failed.
    #[error("cannot {action} `{path}`")]
    S3 {
        /// A verb: open, read, write, list, delete.
        action: &'static str,
        /// The lake or the object.
        path: String,
        /// What S3 said.
        source: Box<S3Error>,
    },
    /// The certificates that the user wants to be trusted can't be read.
    #[error(transparent)]
    Trust(TrustError),
    /// Nothing says which region the bucket is in.
    #[error("no AWS region for bucket `{0}`")]
    NoRegion(String),
    /// An object of ours can't be read.
    #[error("`{path}` is damaged: expected {expected}")]
    Damaged {
        /// The object.
        path: String,
        /// What should be there.
        expected: &'static str,
        /// Where reading stopped.
        source: serde_json::Error,
    },
    /// An object has the name of an entry of the log, and is none.
    #[error("`{path}` is no entry of the log: {problem}")]
    NoEntry {
        /// The object.
        path: String,
        /// How that can be told.
        problem: String,
        /// A command that shows it.
        look: String,
        /// A command that removes it.
        remove: String,
        /// Where reading stopped, if it did.
        source: Option<serde_json::Error>,
    },
    /// An object of the manifest can't be read.
    #[error("`{path}` is damaged")]
    Manifest {
        /// The object.
        path: String,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// A task of ours died.
    #[error("a worker stopped without an answer")]
    Worker(#[from] tokio::task::JoinError),
}

impl LakeError {
    /// Wraps what the store said about `path`; for use in `map_err`.
    pub fn store(
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(object_store::Error) -> Self + use<> {
        let path = path.to_string();
        move |source| match source {
            // Of a request that the SDK has sent.
            object_store::Error::Generic { store, source } => match source.downcast::<S3Error>() {
                Ok(source) => Self::S3 {
                    action,
                    path,
                    source,
                },
                Err(source) => Self::Store {
                    action,
                    path,
                    source: object_store::Error::Generic { store, source },
                },
            },
            source => Self::Store {
                action,
                path,
                source,
            },
        }
    }

    /// Wraps what S3 said about `path`; for use in `map_err`.
    pub fn s3(action: &'static str, path: &Path) -> impl FnOnce(S3Error) -> Self + use<> {
        let path = path.to_string();
        move |source| Self::S3 {
            action,
            path,
            source: Box::new(source),
        }
    }

    /// What to do about it when it came from a request.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::S3 { source, .. } => source.fault(),
            _ => Fault::Fatal,
        }
    }

    /// Whether the store said that there is no such object.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(
            self,
            Self::Store {
                source: object_store::Error::NotFound { .. },
                ..
            }
        )
    }
}

impl LakeError {
    /// Whether the store is there and refuses access.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        match self {
            Self::Store { source, .. } => {
                matches!(source, object_store::Error::PermissionDenied { .. })
                    || io_kind(source) == Some(std::io::ErrorKind::PermissionDenied)
                    || io_kind(source) == Some(std::io::ErrorKind::ReadOnlyFilesystem)
            }
            Self::S3 { source, .. } => source.status() == Some(403),
            _ => false,
        }
    }
}

impl Hint for LakeError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Location(_) | Self::NotAFolder(_) => {
                "name a folder, `--lake ./lake`, or a bucket, `--lake s3://bucket/prefix`; or set CTLAKE_LAKE"
                    .to_owned()
            }
            Self::Missing(lake) => format!(
                "`ctlake ingest FOLDER --lake {}` makes it from a dataset folder; `ctlake demo` shows how",
                readable::argument(lake)
            ),
            Self::NewerFormat { written_by, .. } => {
                format!("use {written_by} or newer")
            }
            Self::UnknownDataset { .. } => "use the release of ctlake that wrote it, or a newer one".to_owned(),
            Self::OtherDataset { .. } => {
                "a lake holds one dataset: name another lake with `--lake`".to_owned()
            }
            Self::NoConditionalPut(_) => {
                "if nobody else ever publishes to this lake, pass `--single-writer`".to_owned()
            }
            Self::Store { source, .. } => return store_hint(source),
            Self::BrokenLink(_) => {
                "mount the disk that it leads to, or let it lead to the right folder: `ln -sfn FOLDER LINK`"
                    .to_owned()
            }
            Self::S3 { source, .. } => return source.hint(),
            Self::Trust(error) => error.hint(),
            Self::NoRegion(_) => {
                "`export AWS_REGION=eu-central-1`, or set `region` in the profile".to_owned()
            }
            Self::NoEntry { look, remove, .. } => format!(
                "ctlake has not written it under this name: look at it, `{look}`, and remove it, `{remove}`"
            ),
            Self::Damaged { .. } | Self::Manifest { .. } => {
                "restore the object from a backup or an older version of the bucket".to_owned()
            }
            Self::Worker(_) => return None,
        })
    }
}

fn store_hint(error: &object_store::Error) -> Option<String> {
    if let Some(reason) = trust::rejection(error) {
        return Some(trust::hint(&reason, trust::OF_AWS));
    }
    if matches!(
        error,
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. }
    ) && io_kind(error).is_none()
    {
        return Some(
            "`ctlake doctor` shows which right is missing; a bucket that demands encryption needs `--sse aws:kms --kms-key KEY`"
                .to_owned(),
        );
    }
    match io_kind(error)? {
        std::io::ErrorKind::PermissionDenied => Some(
            "check who owns the folder: `ls -ld` it; reading commands need read permission only"
                .to_owned(),
        ),
        std::io::ErrorKind::StorageFull => Some(
            "free some space: `ctlake snapshots expire` removes old snapshots, `df -h` shows the disk"
                .to_owned(),
        ),
        _ => None,
    }
}

/// The operating system's own kind of error, wherever in the chain it stands.
fn io_kind(error: &object_store::Error) -> Option<std::io::ErrorKind> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        cause = error.source();
    }
    None
}
