//! Zips byte by byte: what no honest writer writes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;

use crate::archive::positioned::ReadAt;

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
    /// The system that has written it: 3 is Unix, 0 MS-DOS.
    pub(super) system: u8,
    /// Extra fields, as the directory and as the local header have them.
    pub(super) extra: Vec<u8>,
    pub(super) local_extra: Vec<u8>,
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
            system: 3,
            extra: Vec::new(),
            local_extra: Vec::new(),
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

    /// From the flags to the lengths of name and extra field, which has so many bytes.
    fn header(&self, extra: usize) -> Vec<u8> {
        let mut header = Vec::new();
        for short in [self.flags, self.method, 0, 0x21] {
            header.extend(short.to_le_bytes());
        }
        for long in [self.crc32, self.compressed, self.bytes] {
            header.extend(long.to_le_bytes());
        }
        header.extend((self.name.len() as u16).to_le_bytes());
        header.extend((extra as u16).to_le_bytes());
        header
    }

    /// Everything before its data.
    fn local(&self) -> Vec<u8> {
        let header = self.header(self.local_extra.len());
        [
            b"PK\x03\x04\x14\0",
            &header[..],
            &self.name,
            &self.local_extra,
        ]
        .concat()
    }

    /// Its header in the directory, when it begins at `offset`.
    fn central(&self, offset: u64) -> Vec<u8> {
        let offset = self.offset.unwrap_or(offset as u32);
        let mut central = b"PK\x01\x02\x1e".to_vec();
        central.extend([self.system, 0x14, 0]);
        central.extend(self.header(self.extra.len()));
        central.extend([0; 6]);
        central.extend((self.mode << 16).to_le_bytes());
        central.extend(offset.to_le_bytes());
        central.extend([&self.name[..], &self.extra].concat());
        central
    }
}

/// An extra field.
pub(super) fn field(tag: u16, data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u16).to_le_bytes();
    [&tag.to_le_bytes()[..], &length, data].concat()
}

/// The end record of a directory at `start`, as far as its bits go.
fn end(entries: usize, directory: usize, start: u64) -> Vec<u8> {
    let count = (entries as u16).to_le_bytes();
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    end.extend([count, count].concat());
    end.extend((directory as u32).to_le_bytes());
    end.extend((start as u32).to_le_bytes());
    end.extend([0, 0]);
    end
}

/// The archive of these entries, and where its central directory begins.
pub(super) fn zip(entries: &[Forged]) -> (Vec<u8>, usize) {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        directory.extend(entry.central(bytes.len() as u64));
        bytes.extend(entry.local());
        bytes.extend(&entry.data);
    }
    let start = bytes.len();
    bytes.extend(&directory);
    bytes.extend(end(entries.len(), directory.len(), start as u64));
    (bytes, start)
}

/// An archive most of whose bytes are zeros, and nowhere.
#[derive(Debug, Default)]
pub(super) struct Sparse {
    pieces: BTreeMap<u64, Vec<u8>>,
    pub(super) length: u64,
}

impl Sparse {
    fn push(&mut self, bytes: Vec<u8>) {
        let at = self.length;
        self.length += bytes.len() as u64;
        self.pieces.insert(at, bytes);
    }
}

impl ReadAt for Sparse {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let end = self.length.min(offset + buffer.len() as u64);
        let count = end.saturating_sub(offset) as usize;
        let buffer = &mut buffer[..count];
        buffer.fill(0);
        for (&at, piece) in self.pieces.range(..end) {
            let from = offset.max(at);
            let to = end.min(at + piece.len() as u64);
            if from < to {
                buffer[(from - offset) as usize..(to - offset) as usize]
                    .copy_from_slice(&piece[(from - at) as usize..(to - at) as usize]);
            }
        }
        Ok(count)
    }
}

/// An archive as macOS's Finder writes it, whatever its size: no Zip64 record, all numbers cut to their bits, and behind each
/// entry its sizes once more. The data of each entry is followed by as many zeros as given.
pub(super) fn finder(entries: &[(Forged, u64)]) -> Sparse {
    let mut archive = Sparse::default();
    let mut directory = Vec::new();
    for (entry, zeros) in entries {
        let bytes = entry.data.len() as u64 + zeros;
        let entry = Forged {
            flags: 8,
            compressed: bytes as u32,
            system: 3,
            // Times and owner, which are longer in the local header.
            extra: field(0x5855, &[0; 8]),
            local_extra: field(0x5855, &[0; 12]),
            ..entry.clone()
        };
        directory.extend(entry.central(archive.length));
        archive.push(entry.local());
        archive.push(entry.data.clone());
        archive.length += zeros;
        archive.push(b"PK\x07\x08descriptor..".to_vec());
    }
    let start = archive.length;
    let end = end(entries.len(), directory.len(), start);
    archive.push(directory);
    archive.push(end);
    archive
}
