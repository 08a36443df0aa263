//! That an archive is whole where its server gives no digest of it: each file of it has a CRC-32.

use std::fs::File;
use std::path::Path;

use super::error::FetchError;
use crate::archive::{ArchiveError, Fault, Limits, content, directory};
use crate::progress::Stop;

/// What is checked.
pub(super) const NAME: &str = "CRC-32 of every file";

/// Reads every file of the zip in `file`, which has `bytes` and whose name is `path`.
pub(super) fn of_every_file(
    path: &Path,
    file: &File,
    bytes: u64,
    stop: &Stop,
) -> Result<(), FetchError> {
    let unproved = |source| FetchError::Unproved {
        part: path.to_owned(),
        source,
    };
    let name = path.display().to_string();
    let failed = |source| ArchiveError::Read {
        path: path.to_owned(),
        source,
    };
    // Whoever reads it has limits of his own.
    let limits = Limits {
        max_ratio: u64::MAX,
        max_total_bytes: u64::MAX,
        ..Limits::default()
    };
    let directory = directory::open(&name, file, bytes, &limits, failed).map_err(unproved)?;
    if let Some(refused) = directory.refused.first() {
        return Err(unproved(ArchiveError::Entry {
            archive: name,
            path: refused.path.clone(),
            source: Fault::Refused(refused.reason),
        }));
    }
    for (entry, place) in directory.entries.iter().zip(directory.places) {
        if stop.requested() {
            return Err(FetchError::Stopped {
                there: bytes,
                bytes,
            });
        }
        content::read(file, bytes, place).map_err(|source| {
            unproved(ArchiveError::Entry {
                archive: name.clone(),
                path: entry.path.clone(),
                source,
            })
        })?;
    }
    Ok(())
}
