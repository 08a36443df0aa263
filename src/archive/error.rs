//! Why an archive or an entry of it can't be read, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use super::fault::Fault;
use super::kaggle::KaggleError;
use super::remote::RemoteError;
use super::zip_fault::ZipFault;
use crate::hint::Hint;

/// An archive can't be read. All but [`ArchiveError::Entry`] mean all of it.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// The source is of a kind that this release can't read.
    #[error(
        "expected a zip file, a folder, `https://…/archive.zip` or `kaggle:owner/name`, got `{0}`"
    )]
    SourceKind(String),
    /// Its server can't be read. Entries that need the same bytes fail together.
    #[error(transparent)]
    Remote(Arc<RemoteError>),
    /// The source is here already.
    #[error("expected `kaggle:owner/name` or `https://…/archive.zip`, got `{0}`")]
    NotRemote(String),
    /// The source is neither a file nor a folder.
    #[error("expected a zip file or a folder, found something else at `{}`", .0.display())]
    SpecialFile(PathBuf),
    /// Nothing is there.
    #[error("no zip file or folder at `{}`", .0.display())]
    Missing(PathBuf),
    /// The system refused.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of another kind.
    #[error("expected a zip archive at `{archive}`, found {found}")]
    NotAZip {
        /// The archive.
        archive: String,
        /// What it is, or how it begins.
        found: String,
    },
    /// It begins as a zip, and its end is not that of one.
    #[error(
        "`{archive}` is cut off or damaged: expected a zip's central directory at the end of its {bytes} bytes"
    )]
    NoDirectory {
        /// The archive.
        archive: String,
        /// Its size.
        bytes: u64,
        /// What is wrong there.
        source: ZipFault,
    },
    /// One of several files that are a zip together only.
    #[error("`{archive}` is {}", part(*.parts, *.is_joined))]
    Split {
        /// The archive.
        archive: String,
        /// How many files they are, if this is the last; none for the first.
        parts: Option<u64>,
        /// Whether this begins as the first and ends as the last.
        is_joined: bool,
    },
    /// Its end is that of a zip of more than 4 GiB without Zip64 records, and its entries are not where they should be then.
    #[error(
        "`{0}` has more than 4 GiB and no Zip64 records, and its entries do not lie one behind the other"
    )]
    Unplaced(String),
    /// The list of the entries breaks off.
    #[error("the central directory of `{archive}` is damaged at entry {entry} of {entries}")]
    Directory {
        /// The archive.
        archive: String,
        /// 1-based.
        entry: u64,
        /// How many there should be.
        entries: u64,
        /// What is wrong there.
        source: ZipFault,
    },
    /// The list of the entries is longer than it says.
    #[error("expected {declared} entries in the central directory of `{archive}`, found more")]
    MoreEntries {
        /// The archive.
        archive: String,
        /// How many there should be.
        declared: u64,
    },
    /// It would become too large.
    #[error("the files of `{archive}` would have {bytes} bytes, more than {limit}")]
    TooLarge {
        /// The archive.
        archive: String,
        /// Declared bytes of the entries that are not refused.
        bytes: u64,
        /// How many there may be.
        limit: u64,
    },
    /// Somebody writes to the archive.
    #[error("`{archive}` has changed while it was read: expected {expected} bytes, found {found}")]
    Changed {
        /// The archive.
        archive: String,
        /// Its size when it was opened.
        expected: u64,
        /// Its size now.
        found: u64,
    },
    /// One entry can't be read; the others can.
    #[error("cannot read `{path}` in `{archive}`")]
    Entry {
        /// The archive.
        archive: String,
        /// The entry's path.
        path: String,
        /// What is wrong with it.
        source: Fault,
    },
    /// A task of ours died.
    #[error("a worker stopped without an answer")]
    Worker(#[from] tokio::task::JoinError),
}

impl From<RemoteError> for ArchiveError {
    fn from(error: RemoteError) -> Self {
        Self::Remote(Arc::new(error))
    }
}

impl From<KaggleError> for ArchiveError {
    fn from(error: KaggleError) -> Self {
        RemoteError::from(error).into()
    }
}

impl ArchiveError {
    /// Whether the rest of the archive can be read all the same.
    #[must_use]
    pub fn is_of_one_entry(&self) -> bool {
        matches!(self, Self::Entry { .. })
    }

    /// Whether the archive is another one now: to go on would mix the two.
    #[must_use]
    pub fn is_change(&self) -> bool {
        match self {
            Self::Changed { .. } => true,
            Self::Remote(error) => matches!(**error, RemoteError::Changed { .. }),
            _ => false,
        }
    }
}

impl Hint for ArchiveError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::SourceKind(_) => "name the dataset on Kaggle: `kaggle:hgunraj/covidxct`".to_owned(),
            Self::Remote(error) => return error.hint(),
            Self::NotRemote(path) => format!("it is here already: `ctlake ingest '{path}'`"),
            Self::SpecialFile(_) | Self::Missing(_) => {
                "name the dataset's zip file, or the folder that holds `metadata.csv`; `ctlake sample OUT` makes one"
                    .to_owned()
            }
            Self::Read { path, .. } => {
                format!("check the path and its permissions: `ls -ld '{}'`", path.display())
            }
            Self::NotAZip { archive, .. } => volume_hint(archive).unwrap_or_else(|| {
                "name the dataset's zip file; an archive of another kind is downloaded and unpacked by hand, then its folder is named"
                    .to_owned()
            }),
            Self::Split { archive, .. } => split_hint(archive),
            Self::Unplaced(_) => {
                "unpack it where it was made (macOS: `ditto -x -k ARCHIVE FOLDER`), then name the folder".to_owned()
            }
            Self::NoDirectory { archive, .. }
            | Self::Directory { archive, .. }
            | Self::MoreEntries { archive, .. } => {
                if let Some(hint) = volume_hint(archive) {
                    hint
                } else if Path::new(archive).exists() {
                    format!("download it again and compare its size with the source's; `unzip -t '{archive}'` gives a second opinion")
                } else {
                    "look whether it is whole where it comes from, then run the same command again".to_owned()
                }
            }
            Self::TooLarge { .. } => {
                "if the archive is to be trusted, raise the limit: `--max-total-bytes N`".to_owned()
            }
            Self::Changed { .. } => {
                "wait until nothing writes to it (a download, a copy), then run the same command again".to_owned()
            }
            Self::Entry { archive, source, .. } => entry_hint(archive, source),
            Self::Worker(_) => return None,
        })
    }
}

/// Which part of a split zip a file is.
fn part(parts: Option<u64>, is_joined: bool) -> String {
    match parts {
        None => "the first part of a split zip".to_owned(),
        Some(parts) if is_joined => {
            format!("{parts} parts of a split zip one behind the other, which is no zip")
        }
        Some(parts) => format!("the last of {parts} parts of a split zip"),
    }
}

/// What to do with one of the files of a split zip, of which the last is `NAME.zip`.
fn split_hint(archive: &str) -> String {
    let path = Path::new(archive);
    let last = if path.exists() {
        path.with_extension("zip").display().to_string()
    } else {
        "ARCHIVE.zip".to_owned()
    };
    format!(
        "bring all parts (`.z01`, `.z02`, … and `.zip`) into one folder and join them: `zip -s 0 '{last}' --out whole.zip`, then name `whole.zip`"
    )
}

/// What to do with a file whose name says that it is one of several: `a.z01` of a split zip, `a.zip.001` of one that was cut.
fn volume_hint(archive: &str) -> Option<String> {
    let (stem, extension) = archive.rsplit_once('.')?;
    let is_number = |text: &str| {
        (2..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if extension.strip_prefix(['z', 'Z']).is_some_and(is_number) {
        return Some(split_hint(archive));
    }
    (extension.len() > 2 && is_number(extension)).then(|| {
        format!("it is one of several parts: join them, `cat '{stem}'.[0-9]* > '{stem}'`, then name `{stem}`")
    })
}

fn entry_hint(archive: &str, fault: &Fault) -> String {
    match fault {
        Fault::Unreadable(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            format!("check who may read it: `ls -lR '{archive}'`")
        }
        _ => "download or copy the archive again, then run the same command: it stores only what is missing".to_owned(),
    }
}
