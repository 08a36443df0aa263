//! Where a dataset's files come from: a zip file on disk, at a URL or on Kaggle, or a folder, behind one small interface of
//! entries.
//!
//! An archive is somebody else's: its names, sizes and offsets are claims. What can't be taken is [`Refused`], each entry with
//! its reason, when the archive is opened; what turns out to be wrong later is an error of that one entry
//! ([`ArchiveError::Entry`]). Everything else stays readable.
//!
//! | file | what is in it |
//! |---|---|
//! | `zip_file`, `remote_zip`, `folder` | the archives there are |
//! | `remote` | one file on a server, read by ranges |
//! | `kaggle` | what Kaggle is asked: which version there is, and where its archive is now |
//! | `stretch`, `read_ahead` | which ranges are fetched for the entries that are wanted, and when |
//! | [`fetch`] | a whole archive from a server into a file |
//! | `directory` | a zip's central directory -> entries, places, refusals |
//! | `zip_end`, `zip_header`, `record` | the records of it, byte by byte; pure but for the reading |
//! | `wrapped` | places that 32 bits can't have, told by the order of the entries |
//! | `entry_name` | a name's bytes -> text |
//! | `content` | one entry of a zip, inflated and checked |
//! | `positioned` | bytes that many read at once, so that the two above don't care where they are |
//! | `entry_path` | which names are taken |
//! | `backslashes` | which names are taken with slashes in their place |

mod backslashes;
mod content;
mod directory;
mod entry;
mod entry_name;
mod entry_path;
mod error;
mod fault;
pub mod fetch;
mod folder;
mod kaggle;
mod limits;
mod magic;
mod positioned;
mod ranges;
mod read_ahead;
mod record;
mod refusal;
mod remote;
mod remote_zip;
mod secret_url;
mod source;
mod stretch;
mod witness;
mod wrapped;
mod zip_end;
mod zip_fault;
mod zip_file;
mod zip_header;

#[cfg(test)]
mod tests;

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::task::spawn_blocking;

pub use entry::ArchiveEntry;
pub use error::ArchiveError;
pub use fault::Fault;
pub use kaggle::{AttemptedCredentials, Dataset, KaggleError};
pub use limits::Limits;
pub use ranges::Ranges;
pub use refusal::{Refusal, Refused};
pub use remote::RemoteError;
pub use secret_url::SecretUrl;
pub use source::Source;
pub use zip_fault::ZipFault;

use folder::Folder;
use kaggle::Kaggle;
use remote::Address;
use remote_zip::RemoteZip;
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

    /// What the user should know beside that. More may be noticed while it is read.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Says which entries will be read, and in which order: who has to fetch them can be ahead.
    fn expect(&self, _indices: &[usize]) {}

    /// The content of `entries()[index]`, of the length and the CRC-32 that the archive declares. Never more memory than that
    /// length is held for it.
    async fn read(&self, index: usize) -> Result<Bytes, ArchiveError>;

    /// The CRC-32 of `entries()[index]`: the declared one, or by reading where none is declared.
    async fn crc32(&self, index: usize) -> Result<u32, ArchiveError>;
}

/// Opens a source and judges all its entries; no content is read.
pub async fn open(
    source: &Source,
    limits: &Limits,
    ranges: &Ranges,
) -> Result<Box<dyn Archive>, ArchiveError> {
    let (limits, ranges) = (*limits, *ranges);
    Ok(match source.clone() {
        Source::Zip(path) => {
            Box::new(spawn_blocking(move || ZipFile::open(&path, &limits)).await??)
        }
        Source::Folder(path) => {
            Box::new(spawn_blocking(move || Folder::open(&path, &limits)).await??)
        }
        remote @ (Source::Url(_) | Source::Kaggle(_)) => {
            let (name, address, warnings) = locate(remote).await?;
            Box::new(RemoteZip::open(name, address, limits, ranges, warnings).await?)
        }
    })
}

/// The name, the address and what to know of an archive on a server; of a dataset on Kaggle that is a certain version.
async fn locate(source: Source) -> Result<(String, Address, Vec<String>), ArchiveError> {
    match source {
        Source::Kaggle(dataset) => {
            let api = Kaggle::from_env()?;
            let dataset = api.pin(&dataset).await?;
            let warnings = api.warnings().to_vec();
            Ok((
                dataset.to_string(),
                Address::Kaggle { api, dataset },
                warnings,
            ))
        }
        Source::Url(url) => Ok((url.to_string(), Address::Url(url), Vec::new())),
        Source::Zip(path) | Source::Folder(path) => {
            Err(ArchiveError::NotRemote(path.display().to_string()))
        }
    }
}
