//! What is wrong with the directory of a zip.

use std::io;

use thiserror::Error;

/// Why the directory of a zip can't be read.
#[derive(Debug, Error)]
pub enum ZipFault {
    /// Nothing at the end of the file closes a zip.
    #[error("no end record in its last bytes")]
    NoEnd,
    /// The end record is that of one of several files.
    #[error("it is part {part} of a split archive")]
    Split {
        /// 1-based; the end record is in the last.
        part: u64,
    },
    /// The end record needs a Zip64 end record, and that is not as it should be.
    #[error("its Zip64 end record is damaged")]
    Zip64End,
    /// The end record leads to a place where no directory begins.
    #[error("its end record places the directory at byte {offset}, where none begins")]
    NoStart {
        /// Byte in the archive.
        offset: u64,
    },
    /// No header begins where the next should.
    #[error("expected a header, found {found}")]
    NoHeader {
        /// The bytes there in hex, or "the end".
        found: String,
    },
    /// A header is longer than what is left of the directory.
    #[error("the header runs beyond the directory")]
    LongHeader,
    /// The archive can't be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}
