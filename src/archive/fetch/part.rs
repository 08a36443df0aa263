//! `FILE.part`: an archive of which the beginning is there.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use same_file::Handle;

use super::digest::{Digest, crc32c};
use super::error::FetchError;
use super::journal::{Journal, Piece};
use super::proof;
use crate::archive::remote::Validator;
use crate::progress::{Progress, Stop};

/// The beginning of an archive on disk, locked against other processes.
#[derive(Debug)]
pub(super) struct Part {
    out: PathBuf,
    path: PathBuf,
    file: File,
    journal_path: PathBuf,
    journal: File,
    end: u64,
    /// Whether it may be of several contents for all that the server says.
    ambiguous: bool,
}

/// The folder of a file.
pub(super) fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn beside(out: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(out);
    name.push(suffix);
    name.into()
}

impl Part {
    pub(super) fn journal_path(out: &Path) -> PathBuf {
        beside(out, ".part.journal")
    }

    /// Opens what is there of the archive, or begins it. What an earlier run has written is read again, so that what a disk or
    /// another program has done to it is noticed; from the first fault on it is dropped. `progress` hears of what stays, and
    /// the digest is that of it.
    pub(super) fn open(
        out: &Path,
        source: &str,
        content: &Validator,
        tail: u64,
        progress: &dyn Progress,
    ) -> Result<(Self, Digest), FetchError> {
        let path = beside(out, ".part");
        let failed = |error| FetchError::file("write", &path, error);
        let mut file = open_alone(&path)?;
        let journal_path = Self::journal_path(out);
        let mut journal = Journal::read(&journal_path)?
            .filter(|journal| journal.refusal(source, content, tail).is_none())
            .unwrap_or_else(|| Journal::new(source, content, tail));
        let mut digest = Digest::new(content.hashes);
        let whole =
            whole_pieces(&mut file, &journal.pieces, &mut digest, progress).map_err(failed)?;
        journal.pieces.truncate(whole);
        let ambiguous = journal.is_ambiguous(content);
        let end = journal.end();
        file.set_len(end)
            .and_then(|()| file.seek(SeekFrom::Start(end)))
            .map_err(failed)?;
        let written = File::create(&journal_path).and_then(|mut file| {
            file.write_all(journal.text().as_bytes())?;
            Ok(file)
        });
        let journal = written.map_err(|error| FetchError::file("write", &journal_path, error))?;
        let part = Self {
            out: out.to_owned(),
            path,
            file,
            journal_path,
            journal,
            end,
            ambiguous,
        };
        Ok((part, digest))
    }

    /// Bytes that are there.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The next bytes, and whether the server has given the archive more than one name by now.
    pub(super) fn append(&mut self, bytes: &[u8], ambiguous: bool) -> Result<(), FetchError> {
        self.ambiguous |= ambiguous;
        self.file
            .write_all(bytes)
            .map_err(|error| FetchError::file("write", &self.path, error))?;
        self.end += bytes.len() as u64;
        let piece = Piece {
            end: self.end,
            crc32c: crc32c(bytes),
            ambiguous: self.ambiguous,
        };
        self.journal
            .write_all(piece.line().as_bytes())
            .map_err(|error| FetchError::file("write", &self.journal_path, error))
    }

    /// Gives the whole archive its name, if it is what the server says; and if the server says too little, if it is a whole zip.
    /// Gives what has proved it beside the server's digests.
    pub(super) fn finish(
        self,
        digest: &Digest,
        stop: &Stop,
    ) -> Result<Option<&'static str>, FetchError> {
        let Self {
            out,
            path,
            file,
            journal_path,
            end,
            ambiguous,
            ..
        } = self;
        let mut proved = None;
        if ambiguous && !digest.proves() {
            match proof::of_every_file(&path, &file, end, stop) {
                Ok(()) => proved = Some(proof::NAME),
                Err(error @ FetchError::Stopped { .. }) => return Err(error),
                Err(error) => {
                    remove(&[&path, &journal_path])?;
                    return Err(error);
                }
            }
        }
        if let Some((digest, expected, found)) = digest.mismatch() {
            remove(&[&path, &journal_path])?;
            return Err(FetchError::Damaged {
                part: path,
                digest,
                expected,
                found,
            });
        }
        file.sync_all()
            .map_err(|error| FetchError::file("write", &path, error))?;
        // A link, not a rename: it refuses where somebody has put a file meanwhile.
        fs::hard_link(&path, &out)
            .or_else(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Err(error),
                // Not every file system has links.
                _ => fs::rename(&path, &out),
            })
            .and_then(|()| sync_folder(folder(&out)))
            .map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => FetchError::Occupied(out.clone()),
                _ => FetchError::file("write", &out, error),
            })?;
        remove(&[&path, &journal_path])?;
        Ok(proved)
    }
}

fn remove(paths: &[&Path]) -> Result<(), FetchError> {
    for path in paths {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(FetchError::file("remove", path, error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Opens the part, locked. A process that died between giving the archive its name and taking the part's away has left one file
/// with two names: what is written to the part would be written to the archive, so that name goes first.
fn open_alone(path: &Path) -> Result<File, FetchError> {
    let failed = |error| FetchError::file("write", path, error);
    let open = || {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).map_err(failed)?;
        lock(&file, path)?;
        Ok(file)
    };
    let file = open()?;
    if names(&file).map_err(failed)? == 1 {
        return Ok(file);
    }
    fs::remove_file(path).map_err(failed)?;
    open()
}

/// How many names a file has.
#[cfg(unix)]
fn names(file: &File) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    file.metadata().map(|metadata| metadata.nlink())
}

#[cfg(not(unix))]
fn names(_: &File) -> io::Result<u64> {
    Ok(1)
}

/// Locks the part, and makes sure that it still is: who had it before may have given it its name meanwhile.
fn lock(file: &File, path: &Path) -> Result<(), FetchError> {
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(FetchError::Locked(path.to_owned())),
        Err(TryLockError::Error(error)) => return Err(FetchError::file("lock", path, error)),
    }
    let opened = file.try_clone().and_then(Handle::from_file);
    match (opened, Handle::from_path(path)) {
        (Ok(opened), Ok(there)) if opened == there => Ok(()),
        _ => Err(FetchError::Locked(path.to_owned())),
    }
}

/// How many of the pieces, from the first on, are what the journal says.
fn whole_pieces(
    file: &mut File,
    pieces: &[Piece],
    digest: &mut Digest,
    progress: &dyn Progress,
) -> io::Result<usize> {
    file.seek(SeekFrom::Start(0))?;
    let mut start = 0;
    for (index, piece) in pieces.iter().enumerate() {
        let length = piece.end - start;
        let mut bytes = Vec::new();
        Read::take(&mut *file, length).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != length || crc32c(&bytes) != piece.crc32c {
            return Ok(index);
        }
        digest.update(&bytes);
        progress.advance(length);
        start = piece.end;
    }
    Ok(pieces.len())
}

/// A name is safe when its folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
