//! Lines of the manifest.

use serde::{Deserialize, Serialize};

/// A file in the landing zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestEntry {
    /// Path below `landing/<release>/`.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// CRC-32 (IEEE) of the content.
    pub crc32: u32,
    /// Pixels, from the PNG header; absent for other files and unreadable headers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Path in the source, where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// A line of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Line {
    /// The file is there.
    Stored(ManifestEntry),
    /// What is there under this path is not to be trusted, or not there any more.
    Withdrawn {
        /// Path below `landing/<release>/`.
        path: String,
        /// Why.
        withdrawn: String,
    },
}

/// A line of a plan: a file that the source has, or that it may have and that can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Path below `landing/<release>/`.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// CRC-32, where the source says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crc32: Option<u32>,
    /// Why it can't be taken, where it can't: its size is not known then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Expected {
    /// Whether `entry` is this file.
    #[must_use]
    pub fn is(&self, entry: &ManifestEntry) -> bool {
        self.refused.is_none()
            && entry.bytes == self.bytes
            && self.crc32.is_none_or(|crc32| crc32 == entry.crc32)
    }
}
