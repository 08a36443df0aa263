//! A zip file on a server, of which no more is fetched than is wanted.

use std::io;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::content;
use super::directory::{self, Directory};
use super::positioned::ReadAt;
use super::ranges::Ranges;
use super::read_ahead::{Piece, ReadAhead};
use super::remote::{Address, RemoteError, RemoteFile};
use super::{Archive, ArchiveEntry, ArchiveError, Fault, Limits, Refused};

/// Bytes of the end that are fetched to open it: a comment of the greatest length, what stands beside it, and the directory of
/// a small archive.
const TAIL: u64 = 256 * 1024;
/// Bytes that are fetched at a new place of the directory; what follows comes in larger and larger steps.
const FIRST_STEP: u64 = 256 * 1024;
/// No step is larger: the directory of 195,000 entries has 16 MB.
const LONGEST_STEP: u64 = 8_000_000;
/// Room for the local header's name and extra field, whose length the directory doesn't tell.
const LOCAL_ROOM: u64 = 2 * u16::MAX as u64;

/// An open zip on a server.
#[derive(Debug)]
pub(super) struct RemoteZip {
    name: String,
    file: RemoteFile,
    directory: Directory,
    ahead: ReadAhead,
    warnings: Vec<String>,
}

impl RemoteZip {
    /// Opens the zip at `address` and reads the directory at its end. `name` is what errors call it.
    pub(super) async fn open(
        name: String,
        address: Address,
        limits: Limits,
        ranges: Ranges,
        warnings: Vec<String>,
    ) -> Result<Self, ArchiveError> {
        let (file, tail) = RemoteFile::open(address, ranges.idle, TAIL).await?;
        let length = file.validator().bytes;
        let bytes = Fetched {
            file: file.clone(),
            runtime: Handle::current(),
            tail: Piece {
                start: length - tail.len() as u64,
                bytes: tail,
            },
            last: Mutex::new(Piece {
                start: 0,
                bytes: Bytes::new(),
            }),
        };
        let archive = name.clone();
        let directory =
            spawn_blocking(move || directory::open(&archive, bytes, length, &limits, failed))
                .await??;
        file.swear(directory.range.clone(), directory.digest)
            .await?;
        Ok(Self {
            ahead: ReadAhead::new(file.clone(), ranges),
            name,
            file,
            directory,
            warnings,
        })
    }

    /// Where everything of an entry is, and perhaps some bytes more.
    fn extent(&self, index: usize) -> Range<u64> {
        let places = &self.directory.places;
        let place = places[index];
        let next = places
            .get(index + 1)
            .map_or(self.file.validator().bytes, |next| next.offset);
        let end = place.offset + content::LOCAL_HEADER + place.compressed + LOCAL_ROOM;
        place.offset..end.min(next)
    }

    /// Fetches an entry and takes it out of what has come.
    async fn content(&self, index: usize) -> Result<Result<Vec<u8>, Fault>, ArchiveError> {
        let place = self.directory.places[index];
        let length = self.file.validator().bytes;
        let piece = self.ahead.take(index, self.extent(index)).await?;
        Ok(spawn_blocking(move || content::read(piece, length, place)).await?)
    }
}

#[async_trait]
impl Archive for RemoteZip {
    fn name(&self) -> &str {
        &self.name
    }

    fn entries(&self) -> &[ArchiveEntry] {
        &self.directory.entries
    }

    fn refused(&self) -> &[Refused] {
        &self.directory.refused
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = [&self.warnings[..], &self.directory.warnings].concat();
        warnings.extend(self.file.warning());
        warnings
    }

    fn expect(&self, indices: &[usize]) {
        let entries = indices.iter().map(|index| (*index, self.extent(*index)));
        self.ahead.expect(entries);
    }

    async fn read(&self, index: usize) -> Result<Bytes, ArchiveError> {
        let content = match self.content(index).await? {
            // The bytes may have been damaged on their way. What is asked for a second time is fetched a second time.
            Err(_) => self.content(index).await?,
            whole => whole,
        };
        let content = content.map_err(|source| ArchiveError::Entry {
            archive: self.name.clone(),
            path: self.directory.entries[index].path.clone(),
            source,
        })?;
        Ok(content.into())
    }

    async fn crc32(&self, index: usize) -> Result<u32, ArchiveError> {
        Ok(self.directory.places[index].crc32)
    }
}

impl ReadAt for Piece {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let bytes = offset
            .checked_sub(self.start)
            .and_then(|skipped| self.bytes.get(usize::try_from(skipped).ok()?..))
            .unwrap_or_default();
        let count = bytes.len().min(buffer.len());
        buffer[..count].copy_from_slice(&bytes[..count]);
        Ok(count)
    }
}

/// The archive for whoever reads its directory, on a thread that may wait.
struct Fetched {
    file: RemoteFile,
    runtime: Handle,
    tail: Piece,
    /// What was fetched last.
    last: Mutex<Piece>,
}

impl Piece {
    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ReadAt for Fetched {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if offset >= self.tail.start {
            return self.tail.read_at(buffer, offset);
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if !(last.start..last.end()).contains(&offset) {
            let step = if offset == last.end() && !last.bytes.is_empty() {
                (8 * last.bytes.len() as u64).min(LONGEST_STEP)
            } else {
                FIRST_STEP
            };
            let end = (offset + step).min(self.tail.start);
            let bytes = self.runtime.block_on(self.file.get(offset..end));
            *last = Piece {
                start: offset,
                bytes: bytes.map_err(io::Error::other)?,
            };
        }
        last.read_at(buffer, offset)
    }
}

/// What [`Fetched`] gives is an error of the server.
fn failed(error: io::Error) -> ArchiveError {
    match error.downcast::<RemoteError>() {
        Ok(error) => error.into(),
        Err(error) => RemoteError::Read(error).into(),
    }
}
