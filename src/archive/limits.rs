//! How much an archive may claim.

use super::entry::ArchiveEntry;
use super::error::ArchiveError;
use super::refusal::Refusal;

/// Entries of up to this many bytes may grow as they like.
const SMALL: u64 = 1_000_000;

/// Limits that tell a dataset from a decompression bomb. They hold for declared sizes, so that a bomb is refused before a byte
/// of it is inflated; and no entry is ever inflated past what it declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that one compressed byte may become, for entries of more than 1 MB. 200 by default: label files shrink to a tenth,
    /// CT images hardly at all, and deflate's own limit, which bombs aim for, is 1,032.
    pub max_ratio: u64,
    /// Bytes of one entry, 1 GB by default: an entry is held in memory as a whole while it is stored, and the largest file of
    /// a release is a label file of some 20 MB.
    pub max_entry_bytes: u64,
    /// Bytes of all entries of a zip together, or of all files that are taken from a folder, 1 TB by default: the largest
    /// release, CT-3A, is a tenth of it.
    pub max_total_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_ratio: 200,
            max_entry_bytes: 1_000_000_000,
            max_total_bytes: 1_000_000_000_000,
        }
    }
}

impl Limits {
    /// Why an entry of `bytes` that takes `compressed` bytes of the archive is not taken, if it isn't.
    pub(super) fn refusal(&self, bytes: u64, compressed: u64) -> Option<Refusal> {
        // Of an archive on a server, what is compressed is held in memory too.
        let most = bytes.max(compressed);
        if most > self.max_entry_bytes {
            return Some(Refusal::TooLarge {
                bytes: most,
                limit: self.max_entry_bytes,
            });
        }
        let ratio = bytes.div_ceil(compressed.max(1));
        (bytes > SMALL && ratio > self.max_ratio).then_some(Refusal::Ratio {
            ratio,
            limit: self.max_ratio,
        })
    }

    /// Refuses an archive whose entries have too many bytes together.
    pub fn check_total<'a>(
        &self,
        archive: &str,
        entries: impl IntoIterator<Item = &'a ArchiveEntry>,
    ) -> Result<(), ArchiveError> {
        let bytes = entries
            .into_iter()
            .fold(0_u64, |sum, entry| sum.saturating_add(entry.bytes));
        if bytes > self.max_total_bytes {
            return Err(ArchiveError::TooLarge {
                archive: archive.to_owned(),
                bytes,
                limit: self.max_total_bytes,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_large_in_the_archive_alone_is_refused_too() {
        let limits = Limits::default();
        let limit = limits.max_entry_bytes;
        assert_eq!(limits.refusal(10, limit), None);
        let bytes = limit + 1;
        let refusal = Some(Refusal::TooLarge { bytes, limit });
        assert_eq!(limits.refusal(bytes, 10), refusal);
        assert_eq!(limits.refusal(10, bytes), refusal);
    }
}
