//! What is wrong with the content of one entry.

use std::io;

use thiserror::Error;

use super::refusal::Refusal;

/// The content of an entry is not what the archive declares.
#[derive(Debug, Error)]
pub enum Fault {
    /// The directory points to a place where no entry begins.
    #[error("expected a local header at byte {offset}, found {found}")]
    NoLocalHeader {
        /// Byte in the archive.
        offset: u64,
        /// The bytes there in hex, or "the end".
        found: String,
    },
    /// There is less or more content than declared. Of what is too much one byte is read.
    #[error("expected {expected} bytes, found {}{found}", if found > expected { "at least " } else { "" })]
    Length {
        /// The declared size, or the one when the archive was opened.
        expected: u64,
        /// The real one, or a byte more than expected.
        found: u64,
    },
    /// The content is not the declared one.
    #[error("expected CRC-32 {expected:08x}, found {found:08x}")]
    Checksum {
        /// The declared one.
        expected: u32,
        /// That of the content.
        found: u32,
    },
    /// It is not read at all.
    #[error(transparent)]
    Refused(Refusal),
    /// The file can't be read, or what is read can't be inflated.
    #[error("its content can't be read")]
    Unreadable(#[from] io::Error),
}

impl Fault {
    /// What the system said, where it is that.
    pub(super) fn into_io(self) -> io::Error {
        match self {
            Self::Unreadable(error) => error,
            fault => io::Error::other(fault),
        }
    }
}
