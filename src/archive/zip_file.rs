//! A zip file on disk.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::directory::{self, Directory};
use super::{Archive, ArchiveEntry, ArchiveError, Fault, Limits, Refused, content};

/// An open zip. All readers share one file handle, each with a place of its own in it.
#[derive(Debug)]
pub(super) struct ZipFile {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    name: String,
    file: File,
    /// Size of the file when it was opened.
    length: u64,
    directory: Directory,
}

impl ZipFile {
    /// Opens `path` and reads the directory at its end.
    pub(super) fn open(path: &Path, limits: &Limits) -> Result<Self, ArchiveError> {
        let failed = |source| ArchiveError::Read {
            path: path.to_owned(),
            source,
        };
        let name = path.display().to_string();
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let directory = directory::open(&name, &file, length, limits, failed)?;
        let shared = Arc::new(Shared {
            name,
            file,
            length,
            directory,
        });
        Ok(Self { shared })
    }
}

impl Shared {
    fn read(&self, index: usize) -> Result<Bytes, ArchiveError> {
        let place = self.directory.places[index];
        let content = content::read(&self.file, self.length, place);
        Ok(content.map_err(|fault| self.blame(index, fault))?.into())
    }

    /// A fault of an entry, or of whoever writes to the file: that means all of it.
    fn blame(&self, index: usize, fault: Fault) -> ArchiveError {
        match self.file.metadata() {
            Ok(metadata) if metadata.len() != self.length => ArchiveError::Changed {
                archive: self.name.clone(),
                expected: self.length,
                found: metadata.len(),
            },
            _ => ArchiveError::Entry {
                archive: self.name.clone(),
                path: self.directory.entries[index].path.clone(),
                source: fault,
            },
        }
    }
}

#[async_trait]
impl Archive for ZipFile {
    fn name(&self) -> &str {
        &self.shared.name
    }

    fn entries(&self) -> &[ArchiveEntry] {
        &self.shared.directory.entries
    }

    fn refused(&self) -> &[Refused] {
        &self.shared.directory.refused
    }

    fn warnings(&self) -> Vec<String> {
        self.shared.directory.warnings.clone()
    }

    async fn read(&self, index: usize) -> Result<Bytes, ArchiveError> {
        let shared = Arc::clone(&self.shared);
        spawn_blocking(move || shared.read(index)).await?
    }

    async fn crc32(&self, index: usize) -> Result<u32, ArchiveError> {
        Ok(self.shared.directory.places[index].crc32)
    }
}
