//! Zips byte by byte: what no honest writer writes.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// An entry as both its headers tell it. What they tell can be changed to what is not true.
#[derive(Clone)]
pub(super) struct Forged {
    pub(super) name: Vec<u8>,
    pub(super) data: Vec<u8>,
    pub(super) method: u16,
    pub(super) flags: u16,
    pub(super) crc32: u32,
    pub(super) compressed: u32,
    pub(super) bytes: u32,
    pub(super) mode: u32,
    /// Where the directory says that it begins; where it does, if none.
    pub(super) offset: Option<u32>,
}

impl Forged {
    /// A deflated entry in which everything is true.
    pub(super) fn new(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        let content = content.as_ref();
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        let data = encoder.finish().unwrap();
        Self {
            name: name.as_ref().to_vec(),
            method: 8,
            flags: 0,
            crc32: crc32fast::hash(content),
            compressed: data.len() as u32,
            bytes: content.len() as u32,
            mode: 0o100_644,
            offset: None,
            data,
        }
    }

    /// The same, stored.
    pub(super) fn stored(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        let data = content.as_ref().to_vec();
        Self {
            method: 0,
            compressed: data.len() as u32,
            data,
            ..Self::new(name, content)
        }
    }

    /// From the flags to the lengths of name and extra field, the same in both headers.
    fn header(&self) -> Vec<u8> {
        let mut header = Vec::new();
        for short in [self.flags, self.method, 0, 0x21] {
            header.extend(short.to_le_bytes());
        }
        for long in [self.crc32, self.compressed, self.bytes] {
            header.extend(long.to_le_bytes());
        }
        header.extend((self.name.len() as u16).to_le_bytes());
        header.extend([0, 0]);
        header
    }
}

/// The archive of these entries, and where its central directory begins.
pub(super) fn zip(entries: &[Forged]) -> (Vec<u8>, usize) {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let offset = entry.offset.unwrap_or(bytes.len() as u32);
        bytes.extend(b"PK\x03\x04\x14\0");
        bytes.extend(entry.header());
        bytes.extend(&entry.name);
        bytes.extend(&entry.data);
        directory.extend(b"PK\x01\x02\x1e\x03\x14\0");
        directory.extend(entry.header());
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(&entry.name);
    }
    let start = bytes.len();
    let count = (entries.len() as u16).to_le_bytes();
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([count, count].concat());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend((start as u32).to_le_bytes());
    bytes.extend([0, 0]);
    (bytes, start)
}
