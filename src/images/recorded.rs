//! What the snapshot says of an image file, by which a copy of it is checked.

use serde::Serialize;

/// What was recorded of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// Size in bytes.
    pub bytes: u64,
    /// CRC-32 of the content.
    pub crc32: u32,
}
