//! A file of an archive.

use serde::Serialize;

/// What an archive says of one of its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArchiveEntry {
    /// Path below the archive's root, `2A_images/NCP_96_1328_0032.png`: segments separated by `/`, none of them empty, `.` or
    /// `..`.
    pub path: String,
    /// Size of the content in bytes.
    pub bytes: u64,
    /// CRC-32 of the content, where the archive declares one: a folder doesn't.
    pub crc32: Option<u32>,
}
