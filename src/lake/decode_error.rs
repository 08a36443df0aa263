//! Why an object of the manifest can't be read.

use thiserror::Error;

/// Bytes are not what their name says.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// Cut off, changed, or not ours.
    #[error("its SHA-256 begins with {found}, expected {expected}")]
    Digest {
        /// By the name.
        expected: String,
        /// Of the bytes.
        found: String,
    },
    /// Not zstd.
    #[error("it can't be decompressed")]
    Compression(#[from] std::io::Error),
    /// A line is not what it should be.
    #[error("a line can't be read")]
    Line(#[from] serde_json::Error),
}
