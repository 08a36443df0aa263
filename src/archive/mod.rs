//! Where a dataset's files come from: a zip file or a folder, behind one small interface of entries.
//!
//! An archive is somebody else's: its names, sizes and offsets are claims. What can't be taken is [`Refused`], each entry with
//! its reason, when the archive is opened; what turns out to be wrong later is an error of that one entry
//! ([`ArchiveError::Entry`]). Everything else stays readable.
//!
//! | file | what is in it |
//! |---|---|
//! | `zip_file`, `folder` | the archives there are |
//! | `directory` | a zip's central directory -> entries, places, refusals |
//! | `content` | one entry of a zip, inflated and checked |
//! | `positioned` | bytes that many read at once, so that the two above don't care where they are |
//! | `entry_path` | which names are taken |

mod content;
mod directory;
mod entry;
mod entry_path;
mod error;
mod fault;
mod folder;
mod limits;
mod magic;
mod positioned;
mod refusal;
mod source;
mod zip_file;

#[cfg(test)]
mod tests;

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::task::spawn_blocking;

pub use entry::ArchiveEntry;
pub use error::ArchiveError;
pub use fault::Fault;
pub use limits::Limits;
pub use refusal::{Refusal, Refused};
pub use source::Source;

use folder::Folder;
use zip_file::ZipFile;

/// The files of a dataset. Reading is for many tasks at once, and the same entry can be read again.
#[async_trait]
pub trait Archive: Send + Sync + Debug {
    /// The source as its user wrote it.
    fn name(&self) -> &str;

    /// Files only, in archive order: those of a zip by the place of their bytes, those of a folder by path. Paths are unique,
    /// relative and safe to join to a folder.
    fn entries(&self) -> &[ArchiveEntry];

    /// What is in the archive and is not taken, each with its reason. Folders are no files and stand in neither list.
    fn refused(&self) -> &[Refused];

    /// The content of `entries()[index]`, of the length and the CRC-32 that the archive declares. Never more memory than that
    /// length is held for it.
    async fn read(&self, index: usize) -> Result<Bytes, ArchiveError>;

    /// The CRC-32 of `entries()[index]`: the declared one, or by reading where none is declared.
    async fn crc32(&self, index: usize) -> Result<u32, ArchiveError>;
}

/// Opens a source and judges all its entries; no content is read.
pub async fn open(source: &Source, limits: &Limits) -> Result<Box<dyn Archive>, ArchiveError> {
    let (source, limits) = (source.clone(), *limits);
    let opened = spawn_blocking(move || -> Result<Box<dyn Archive>, ArchiveError> {
        Ok(match source {
            Source::Zip(path) => Box::new(ZipFile::open(&path, &limits)?),
            Source::Folder(path) => Box::new(Folder::open(&path, &limits)?),
        })
    });
    opened.await?
}
