//! The manifest: what was ingested, file by file, so that no listing of images is needed to know what is there.

use bytes::Bytes;
use object_store::path::Path;
use serde::{Deserialize, Serialize};

use super::error::LakeError;
use super::layout;
use super::location::Lake;

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
}

/// All entries of a release, in the order they were written: a later one of the same path replaces an earlier one.
pub async fn read(lake: &Lake, release: &str) -> Result<Vec<ManifestEntry>, LakeError> {
    let mut entries = Vec::new();
    for part in lake.list(&layout::manifest(release)).await? {
        entries.extend(read_part(lake, &part.location).await?);
    }
    Ok(entries)
}

/// The entries of one part.
pub async fn read_part(lake: &Lake, part: &Path) -> Result<Vec<ManifestEntry>, LakeError> {
    let text = lake.read(part).await?;
    text.split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| {
            serde_json::from_slice(line).map_err(|source| LakeError::Damaged {
                path: part.to_string(),
                expected: "a manifest entry a line",
                source,
            })
        })
        .collect()
}

/// Adds a part; `run` sorts after the runs before it.
pub async fn add_part(
    lake: &Lake,
    release: &str,
    run: &str,
    entries: &[ManifestEntry],
) -> Result<(), LakeError> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut text = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut text, entry).expect("plain data serialises");
        text.push(b'\n');
    }
    let key = layout::key(&format!("{}/{run}.jsonl", layout::manifest(release)));
    lake.create_object(&key, Bytes::from(text)).await?;
    Ok(())
}
