//! One header of a zip's central directory. Its extra fields are optional but two: what is not needed is not read, so it may be
//! as malformed as it likes.

use std::io::Read;

use super::positioned::{Cursor, ReadAt, bytes_at};
use super::record::{long, longest, short};
use super::zip_fault::ZipFault;

/// Bytes of a header before its name.
const FIXED: usize = 46;

/// How a header begins.
const SIGNATURE: &[u8] = b"PK\x01\x02";

/// Extra fields that are read.
const ZIP64: u16 = 0x0001;
const UNICODE_PATH: u16 = 0x7075;

/// What a header says of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header<'a> {
    /// The system that its attributes are of.
    pub(super) system: u8,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc32: u32,
    pub(super) compressed: u64,
    pub(super) bytes: u64,
    pub(super) attributes: u32,
    /// First byte of its local header.
    pub(super) offset: u64,
    /// As it is stored, in whatever encoding.
    pub(super) name: &'a [u8],
    /// The name in UTF-8, where a field of Info-ZIP's has it and is about this very name.
    pub(super) unicode: Option<&'a [u8]>,
    /// Whether a size or the offset is in a Zip64 field that is not there, or too short.
    pub(super) lacks_zip64: bool,
}

/// Whether a header begins at `offset`.
pub(super) fn begins(source: &impl ReadAt, offset: u64) -> Result<bool, ZipFault> {
    let end = offset.saturating_add(SIGNATURE.len() as u64);
    match bytes_at(source, offset..end) {
        Ok(bytes) => Ok(bytes == SIGNATURE),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Reads the header that begins where `cursor` is into `buffer`: its length, or what is there instead of one. There are `room`
/// bytes until the directory must end.
pub(super) fn read<S: ReadAt>(
    cursor: &mut Cursor<S>,
    buffer: &mut Vec<u8>,
    room: u64,
) -> Result<Result<u64, String>, ZipFault> {
    buffer.clear();
    let fixed = room.min(FIXED as u64);
    cursor.by_ref().take(fixed).read_to_end(buffer)?;
    if !buffer.starts_with(SIGNATURE) {
        let found = &buffer[..buffer.len().min(SIGNATURE.len())];
        return Ok(Err(if found.is_empty() {
            "the end".to_owned()
        } else {
            hex::encode(found)
        }));
    }
    if buffer.len() < FIXED {
        return Err(ZipFault::LongHeader);
    }
    let variable: u64 = [28, 30, 32]
        .map(|at| u64::from(short(buffer, at)))
        .iter()
        .sum();
    let length = FIXED as u64 + variable;
    cursor.by_ref().take(variable).read_to_end(buffer)?;
    if length > room || buffer.len() as u64 != length {
        return Err(ZipFault::LongHeader);
    }
    Ok(Ok(length))
}

impl<'a> Header<'a> {
    /// Of the bytes that [`read`] has read.
    pub(super) fn parse(bytes: &'a [u8]) -> Self {
        let (fixed, variable) = bytes.split_at(FIXED);
        let (name, rest) = variable.split_at(short(fixed, 28).into());
        let extra = &rest[..short(fixed, 30).into()];
        let mut header = Self {
            system: fixed[5],
            flags: short(fixed, 8),
            method: short(fixed, 10),
            crc32: long(fixed, 16),
            compressed: long(fixed, 20).into(),
            bytes: long(fixed, 24).into(),
            attributes: long(fixed, 38),
            offset: long(fixed, 42).into(),
            name,
            unicode: None,
            lacks_zip64: false,
        };
        header.widen(field(extra, ZIP64));
        header.unicode = field(extra, UNICODE_PATH).and_then(|field| unicode(field, name));
        header
    }

    /// Takes from the Zip64 field what 32 bits can't have.
    fn widen(&mut self, field: Option<&[u8]>) {
        let mut rest = field.unwrap_or_default();
        // In this order, and those alone that are needed.
        for value in [&mut self.bytes, &mut self.compressed, &mut self.offset] {
            if *value != u64::from(u32::MAX) {
                continue;
            }
            match rest.split_at_checked(8) {
                Some((first, others)) => {
                    *value = longest(first, 0);
                    rest = others;
                }
                None => self.lacks_zip64 = true,
            }
        }
    }
}

/// The data of the first extra field with that tag. Behind one whose length is wrong nothing is found any more.
fn field(mut extra: &[u8], tag: u16) -> Option<&[u8]> {
    while let Some((head, rest)) = extra.split_at_checked(4) {
        let (data, others) = rest.split_at_checked(short(head, 2).into())?;
        if short(head, 0) == tag {
            return Some(data);
        }
        extra = others;
    }
    None
}

/// The name in a Unicode Path field, if it is UTF-8 and that of `name`: who renames an entry may leave the field as it was.
fn unicode<'a>(field: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (head, path) = field.split_at_checked(5)?;
    let is_of_name = head[0] == 1 && long(head, 1) == crc32fast::hash(name);
    (is_of_name && !path.is_empty() && str::from_utf8(path).is_ok()).then_some(path)
}
