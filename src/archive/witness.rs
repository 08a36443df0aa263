//! The digest by which bytes that were fetched are compared with the same bytes fetched again.

use crc_fast::{CrcAlgorithm, Digest};

/// A digest of nothing yet.
pub(super) fn digest() -> Digest {
    Digest::new(CrcAlgorithm::Crc64Nvme)
}

/// The digest of some bytes.
pub(super) fn of(bytes: &[u8]) -> u64 {
    crc_fast::checksum(CrcAlgorithm::Crc64Nvme, bytes)
}
