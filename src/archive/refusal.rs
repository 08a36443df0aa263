//! Entries that are not taken, and why.

use std::io;

use serde::{Serialize, Serializer};
use thiserror::Error;

/// An entry that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Its name as readable text: what is not UTF-8 replaced, control characters escaped, cut to a readable length.
    pub path: String,
    /// Why.
    pub reason: Refusal,
}

/// Why an entry is not taken. `Display` says it to people, `kind` in JSON to programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Refusal {
    /// No name at all.
    #[error("its name is empty")]
    EmptyName,
    /// The bytes of a file's name in a folder are no text.
    #[error("its name is not UTF-8")]
    NotUtf8,
    /// The name has a control character in it.
    #[error("its name has a control character in it")]
    ControlCharacter,
    /// The name, or one segment of it, is longer than stores take.
    #[error("its name has {bytes} bytes in {part}, more than {limit}")]
    LongName {
        /// "all" or "one segment".
        part: &'static str,
        /// How long it is.
        bytes: u64,
        /// How long it may be.
        limit: u64,
    },
    /// `/etc/passwd`.
    #[error("its path is absolute")]
    AbsolutePath,
    /// `C:/windows`.
    #[error("its path begins with a drive letter")]
    DriveLetter,
    /// A separator on Windows, a letter elsewhere; read as a separator, the path leads elsewhere or is that of another file.
    #[error("its path has a backslash in it, and can't be read with a slash there")]
    Backslash,
    /// A segment is empty or `.`: two spellings of one path.
    #[error("its path has an empty or a `.` segment")]
    IdleSegment,
    /// A segment is `..`.
    #[error("its path leads upwards by `..`")]
    ParentSegment,
    /// Two entries have the same path, and nothing says which is meant.
    #[error("its path is there {count} times")]
    Duplicate {
        /// How many entries have it.
        count: u32,
    },
    /// `a/b` where `a` is a file too.
    #[error("a folder of its path is a file of the archive")]
    BelowAFile,
    /// A symbolic link in a zip; in a folder one that leads to a folder or to nothing.
    #[error("it is a symbolic link")]
    SymbolicLink,
    /// The system does not let us list a folder (its path ends in `/`) or look at a file.
    #[error("it can't be read: {error}")]
    Unreadable {
        /// What the system said.
        #[serde(serialize_with = "as_text")]
        error: io::ErrorKind,
    },
    /// A device, a pipe or a socket.
    #[error("it is neither a file nor a folder")]
    SpecialFile,
    /// It needs a password.
    #[error("it is encrypted")]
    Encrypted,
    /// Neither stored nor deflated.
    #[error("it is compressed by method {method}, expected stored (0) or deflated (8)")]
    Compression {
        /// The method's number in the zip format.
        method: u16,
    },
    /// A size or the place is more than 32 bits can say, and the Zip64 field that has it is missing or cut.
    #[error("its size or its place should be in a Zip64 field, which is missing or cut off")]
    NoZip64,
    /// The place of its data is no place in the archive.
    #[error("its data would end at byte {end} of {archive_bytes}")]
    OutsideArchive {
        /// Where its data would end at the earliest.
        end: u64,
        /// Size of the archive.
        archive_bytes: u64,
    },
    /// It shares bytes with another entry.
    #[error("its data overlaps that of another entry")]
    Overlap,
    /// It is larger than one entry may be.
    #[error("it declares {bytes} bytes, more than {limit}")]
    TooLarge {
        /// Its declared size.
        bytes: u64,
        /// How large it may be.
        limit: u64,
    },
    /// It would grow too much.
    #[error("it would grow {ratio}-fold, more than {limit}-fold")]
    Ratio {
        /// Declared bytes for each compressed byte.
        ratio: u64,
        /// How many there may be.
        limit: u64,
    },
}

// serde hands the field over by reference.
#[expect(clippy::trivially_copy_pass_by_ref)]
fn as_text<S: Serializer>(error: &io::ErrorKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(error)
}
