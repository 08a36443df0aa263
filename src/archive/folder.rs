//! A folder, with all folders below it.

use std::collections::HashMap;
use std::fs::{self, File, FileType, ReadDir};
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::backslashes::{self, without_clash};
use super::content::exactly;
use super::entry_path::{check, readable};
use super::{Archive, ArchiveEntry, ArchiveError, Fault, Limits, Refusal, Refused};

/// The files below a folder, as they were when it was opened.
#[derive(Debug)]
pub(super) struct Folder {
    listing: Arc<Listing>,
}

#[derive(Debug)]
struct Listing {
    name: String,
    root: PathBuf,
    entries: Vec<ArchiveEntry>,
    refused: Vec<Refused>,
    /// Paths on the disk of entries whose names have backslashes, by the paths with slashes that they are read as: some programs
    /// unpack zips of Windows so.
    slashed: HashMap<String, String>,
}

impl Folder {
    /// Lists the files below `root`.
    pub(super) fn open(root: &Path, limits: &Limits) -> Result<Self, ArchiveError> {
        let mut listing = Listing {
            name: root.display().to_string(),
            root: root.to_owned(),
            entries: Vec::new(),
            refused: Vec::new(),
            slashed: HashMap::new(),
        };
        let items = fs::read_dir(root).map_err(at(root))?;
        let mut with_backslashes = Vec::new();
        listing
            .walk(items, "", limits, &mut with_backslashes)
            .map_err(at(root))?;
        listing.take_slashed(with_backslashes, limits);
        listing.entries.sort_by(|a, b| a.path.cmp(&b.path));
        listing.refused.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self {
            listing: Arc::new(listing),
        })
    }
}

impl Listing {
    /// Symbolic links to folders are not followed: they may lead anywhere, and round in circles. A folder below that the system
    /// does not let us list is refused like a file: whether it is needed, the archive can't know.
    /// Files with a backslash in their name come later.
    fn walk(
        &mut self,
        items: ReadDir,
        prefix: &str,
        limits: &Limits,
        with_backslashes: &mut Vec<String>,
    ) -> io::Result<()> {
        for item in items {
            let item = item?;
            let name = item.file_name();
            let Some(name) = name.to_str() else {
                let path = format!("{prefix}{}", readable(name.as_encoded_bytes()));
                self.refuse(path, Refusal::NotUtf8);
                continue;
            };
            let path = format!("{prefix}{name}");
            if let Err(refusal) = check(&path) {
                let is_file = || item.file_type().is_ok_and(|kind| kind.is_file());
                if refusal == Refusal::Backslash && is_file() {
                    with_backslashes.push(path);
                } else {
                    self.refuse(path, refusal);
                }
                continue;
            }
            let kind = match item.file_type() {
                Ok(kind) => kind,
                Err(error) => {
                    self.refuse(path, unreadable(&error));
                    continue;
                }
            };
            if kind.is_dir() {
                let below = format!("{path}/");
                let listed = fs::read_dir(item.path());
                let walked =
                    listed.and_then(|items| self.walk(items, &below, limits, with_backslashes));
                if let Err(error) = walked {
                    self.refuse(below, unreadable(&error));
                }
                continue;
            }
            self.add(path, file_size(&item.path(), kind), limits);
        }
        Ok(())
    }

    fn add(&mut self, path: String, bytes: Result<u64, Refusal>, limits: &Limits) {
        match bytes {
            Err(refusal) => self.refuse(path, refusal),
            Ok(bytes) => match limits.refusal(bytes, bytes) {
                Some(refusal) => self.refuse(path, refusal),
                None => self.entries.push(ArchiveEntry {
                    path,
                    bytes,
                    crc32: None,
                }),
            },
        }
    }

    /// Reads backslashes in names as slashes, where the paths that this gives can be taken and no other file has them.
    fn take_slashed(&mut self, names: Vec<String>, limits: &Limits) {
        let (names, refused): (Vec<String>, Vec<String>) = names
            .into_iter()
            .partition(|name| check(&name.replace('\\', "/")).is_ok());
        let slashed: Vec<String> = names.iter().map(|name| name.replace('\\', "/")).collect();
        let others = self.entries.iter().map(|entry| entry.path.as_str());
        let free = without_clash(&slashed, others);
        for ((name, path), free) in names.into_iter().zip(slashed).zip(free) {
            if !free {
                self.refuse(name, Refusal::Backslash);
                continue;
            }
            let size = fs::metadata(self.root.join(&name));
            let size = size.map(|metadata| metadata.len());
            self.slashed.insert(path.clone(), name);
            self.add(path, size.map_err(|error| unreadable(&error)), limits);
        }
        for name in refused {
            self.refuse(name, Refusal::Backslash);
        }
    }

    fn refuse(&mut self, path: String, reason: Refusal) {
        self.refused.push(Refused {
            path: readable(path.as_bytes()),
            reason,
        });
    }

    fn read(&self, index: usize) -> Result<Vec<u8>, Fault> {
        let entry = &self.entries[index];
        let mut file = self.open(entry)?;
        exactly(
            &mut file,
            usize::try_from(entry.bytes).map_err(io::Error::other)?,
        )
    }

    fn crc32(&self, index: usize) -> Result<u32, Fault> {
        let entry = &self.entries[index];
        let mut file = BufReader::with_capacity(1 << 16, self.open(entry)?);
        let mut hasher = crc32fast::Hasher::new();
        let mut found = 0;
        loop {
            let bytes = file.fill_buf()?;
            let count = bytes.len();
            hasher.update(bytes);
            found += count as u64;
            if count == 0 || found > entry.bytes {
                break;
            }
            file.consume(count);
        }
        if found != entry.bytes {
            return Err(Fault::Length {
                expected: entry.bytes,
                found,
            });
        }
        Ok(hasher.finalize())
    }

    /// The file of an entry, if it still has the size that was listed.
    fn open(&self, entry: &ArchiveEntry) -> Result<File, Fault> {
        let name = self.slashed.get(&entry.path).unwrap_or(&entry.path);
        let file = File::open(self.root.join(name))?;
        match file.metadata()?.len() {
            found if found == entry.bytes => Ok(file),
            found => Err(Fault::Length {
                expected: entry.bytes,
                found,
            }),
        }
    }

    fn blame(&self, index: usize) -> impl FnOnce(Fault) -> ArchiveError {
        move |source| ArchiveError::Entry {
            archive: self.name.clone(),
            path: self.entries[index].path.clone(),
            source,
        }
    }
}

/// The size of a file, also behind a symbolic link; why it is not taken, if it isn't.
fn file_size(path: &Path, kind: FileType) -> Result<u64, Refusal> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(metadata.len()),
        Ok(_) if !kind.is_symlink() => Err(Refusal::SpecialFile),
        Ok(_) => Err(Refusal::SymbolicLink),
        Err(error) if kind.is_symlink() && error.kind() == ErrorKind::NotFound => {
            Err(Refusal::SymbolicLink)
        }
        Err(error) => Err(unreadable(&error)),
    }
}

fn unreadable(error: &io::Error) -> Refusal {
    Refusal::Unreadable {
        error: error.kind(),
    }
}

/// Wraps what the system said about `path`; for use in `map_err`.
fn at(path: &Path) -> impl FnOnce(io::Error) -> ArchiveError {
    |source| ArchiveError::Read {
        path: path.to_owned(),
        source,
    }
}

#[async_trait]
impl Archive for Folder {
    fn name(&self) -> &str {
        &self.listing.name
    }

    fn entries(&self) -> &[ArchiveEntry] {
        &self.listing.entries
    }

    fn refused(&self) -> &[Refused] {
        &self.listing.refused
    }

    fn warnings(&self) -> Vec<String> {
        let slashed = &self.listing.slashed;
        let first = slashed.keys().min().map(|path| {
            let (count, path) = (slashed.len(), readable(path.as_bytes()));
            format!(
                "names in the folder {}: {count}, the first is `{path}`",
                backslashes::WARNING
            )
        });
        first.into_iter().collect()
    }

    async fn read(&self, index: usize) -> Result<Bytes, ArchiveError> {
        let listing = Arc::clone(&self.listing);
        spawn_blocking(move || {
            let content = listing.read(index);
            Ok(content.map_err(listing.blame(index))?.into())
        })
        .await?
    }

    async fn crc32(&self, index: usize) -> Result<u32, ArchiveError> {
        let listing = Arc::clone(&self.listing);
        spawn_blocking(move || listing.crc32(index).map_err(listing.blame(index))).await?
    }
}
