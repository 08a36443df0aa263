//! Why an archive can't be downloaded, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::archive::ArchiveError;
use crate::hint::Hint;

/// A download failed; what has arrived stays, and the next run goes on from there.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The source can't be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The source can't be read any more.
    #[error("stopped: {there} of {bytes} bytes are there")]
    Broken {
        /// Bytes in the part.
        there: u64,
        /// Bytes of the archive.
        bytes: u64,
        /// What happened.
        source: ArchiveError,
    },
    /// Somebody asked to stop.
    #[error("stopped: {there} of {bytes} bytes are there")]
    Stopped {
        /// Bytes in the part.
        there: u64,
        /// Bytes of the archive.
        bytes: u64,
    },
    /// Something else has the name.
    #[error("expected nothing or the same archive at `{}`, found something else", .0.display())]
    Occupied(PathBuf),
    /// Another process downloads to the same file.
    #[error("another process is writing `{}`", .0.display())]
    Locked(PathBuf),
    /// It will not fit.
    #[error("not enough space for {need} bytes at `{}`: {free} bytes are free", folder.display())]
    NoSpace {
        /// Where it should go.
        folder: PathBuf,
        /// Bytes to come.
        need: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// What has arrived is not what the server has.
    #[error("`{}` has arrived damaged: expected {digest} {expected}, found {found}", part.display())]
    Damaged {
        /// What has been removed.
        part: PathBuf,
        /// Which digest tells.
        digest: &'static str,
        /// That of the server.
        expected: String,
        /// That of the file.
        found: String,
    },
    /// The server's answers were not clearly about one archive, and what has arrived is none.
    #[error(
        "`{}` was named differently from answer to answer by its server, and has arrived damaged",
        part.display()
    )]
    Unproved {
        /// What has been removed.
        part: PathBuf,
        /// What is wrong with it.
        source: ArchiveError,
    },
    /// The system refused.
    #[error("cannot {action} `{}`", path.display())]
    File {
        /// `read`, `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FetchError {
    pub(super) fn file(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File {
            action,
            path: path.to_owned(),
            source,
        }
    }
}

impl Hint for FetchError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Archive(error) | Self::Broken { source: error, .. } => return error.hint(),
            Self::Stopped { .. } => "run the same command again: it goes on from there".to_owned(),
            Self::Occupied(path) => format!(
                "name another file with `--out`, or move this one away: `mv '{0}' '{0}.old'`",
                path.display()
            ),
            Self::Locked(_) => {
                "wait for it, or name another file with `--out`; `ps` shows what runs".to_owned()
            }
            Self::NoSpace { folder, .. } => format!(
                "free some space (`df -h '{}'`), or do without the file: `ctlake ingest` reads straight from the source",
                folder.display()
            ),
            Self::Damaged { .. } => {
                "it has been removed: run the same command again to download all of it; if that fails too, test the disk and the memory"
                    .to_owned()
            }
            Self::Unproved { .. } => {
                "it has been removed: run the same command again; if that fails too, the server has several archives at one address: ask its owner"
                    .to_owned()
            }
            Self::File { .. } => {
                "check the path, its permissions and the free space: `df -h`".to_owned()
            }
        })
    }

    fn is_incomplete(&self) -> bool {
        matches!(self, Self::Broken { source, .. } if !source.is_change())
    }
}
