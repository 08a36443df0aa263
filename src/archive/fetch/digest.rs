//! The digests of a file on its way.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crc_fast::{CrcAlgorithm, Digest as Crc};
use md5::{Digest as _, Md5};

use crate::archive::remote::Hashes;

/// Bytes of a file that are read at once.
const STEP: usize = 1 << 20;

/// CRC-32C of all bytes, and their MD5 where the server gives one to compare it with.
pub(super) struct Digest {
    crc32c: Crc,
    md5: Option<Md5>,
    expected: Hashes,
}

impl Digest {
    pub(super) fn new(expected: Hashes) -> Self {
        Self {
            crc32c: Crc::new(CrcAlgorithm::Crc32Iscsi),
            md5: expected.md5.map(|_| Md5::new()),
            expected,
        }
    }

    /// Of the file at `path`.
    pub(super) fn of_file(path: &Path, expected: Hashes) -> io::Result<Self> {
        let mut digest = Self::new(expected);
        let mut file = File::open(path)?;
        let mut buffer = vec![0; STEP];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok(digest),
                Ok(count) => digest.update(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The next bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.crc32c.update(bytes);
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
    }

    /// What is not as the server says: the digest's name, the expected value and the found one.
    pub(super) fn mismatch(&self) -> Option<(&'static str, String, String)> {
        let found = of_32_bits(self.crc32c.finalize());
        if let Some(expected) = self.expected.crc32c.filter(|expected| *expected != found) {
            return Some(("CRC-32C", format!("{expected:08x}"), format!("{found:08x}")));
        }
        let (expected, md5) = (self.expected.md5?, self.md5.clone()?);
        let found: [u8; 16] = md5.finalize().into();
        (expected != found).then(|| ("MD5", hex::encode(expected), hex::encode(found)))
    }

    /// Whether the server has given anything to compare it with.
    pub(super) fn proves(&self) -> bool {
        !Self::names(self.expected).is_empty()
    }

    /// The names of the digests that there are.
    pub(super) fn names(hashes: Hashes) -> Vec<&'static str> {
        let crc32c = hashes.crc32c.map(|_| "CRC-32C");
        let md5 = hashes.md5.map(|_| "MD5");
        crc32c.into_iter().chain(md5).collect()
    }
}

/// The CRC-32C of some bytes.
pub(super) fn crc32c(bytes: &[u8]) -> u32 {
    of_32_bits(crc_fast::checksum(CrcAlgorithm::Crc32Iscsi, bytes))
}

fn of_32_bits(checksum: u64) -> u32 {
    u32::try_from(checksum).expect("a CRC-32 has 32 bits")
}
