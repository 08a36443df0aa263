//! An archive of which some entries have been read before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use crate::archive::{Archive, ArchiveEntry, ArchiveError, Refused};

/// Gives the contents that were read for the plan once more, so that a server is not asked for them again.
#[derive(Debug)]
pub(super) struct ReadBefore {
    archive: Arc<dyn Archive>,
    /// By index. Each is given once: who reads an entry again doubts what it got.
    contents: Mutex<HashMap<usize, Bytes>>,
}

impl ReadBefore {
    pub(super) fn new(archive: Arc<dyn Archive>, contents: HashMap<usize, Bytes>) -> Self {
        Self {
            archive,
            contents: Mutex::new(contents),
        }
    }

    fn has(&self, index: usize) -> bool {
        let contents = self.contents.lock();
        let contents = contents.unwrap_or_else(PoisonError::into_inner);
        contents.contains_key(&index)
    }

    fn take(&self, index: usize) -> Option<Bytes> {
        let contents = self.contents.lock();
        let mut contents = contents.unwrap_or_else(PoisonError::into_inner);
        contents.remove(&index)
    }
}

#[async_trait]
impl Archive for ReadBefore {
    fn name(&self) -> &str {
        self.archive.name()
    }

    fn entries(&self) -> &[ArchiveEntry] {
        self.archive.entries()
    }

    fn refused(&self) -> &[Refused] {
        self.archive.refused()
    }

    fn warnings(&self) -> Vec<String> {
        self.archive.warnings()
    }

    fn expect(&self, indices: &[usize]) {
        let unread: Vec<usize> = indices
            .iter()
            .copied()
            .filter(|&index| !self.has(index))
            .collect();
        self.archive.expect(&unread);
    }

    async fn read(&self, index: usize) -> Result<Bytes, ArchiveError> {
        match self.take(index) {
            Some(content) => Ok(content),
            None => self.archive.read(index).await,
        }
    }

    async fn crc32(&self, index: usize) -> Result<u32, ArchiveError> {
        self.archive.crc32(index).await
    }
}
