//! The content of one entry of a zip.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use flate2::bufread::DeflateDecoder;

use super::fault::Fault;
use super::positioned::{Cursor, ReadAt};

/// Where an entry's bytes are and what they should become: what the central directory says. The local header is asked for its
/// own length only, since a streamed zip has no sizes in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// First byte of the local header.
    pub(super) offset: u64,
    /// Bytes of the data behind it, as they are in the archive.
    pub(super) compressed: u64,
    /// Whether these are deflated; stored if not.
    pub(super) deflated: bool,
    /// Bytes of the content.
    pub(super) bytes: u64,
    /// CRC-32 of the content.
    pub(super) crc32: u32,
}

/// Bytes of a local header before its name.
pub(super) const LOCAL_HEADER: u64 = HEADER as u64;
const HEADER: usize = 30;

/// How a local header begins.
const SIGNATURE: &[u8] = b"PK\x03\x04";

/// Bytes that are read at once at most.
const STEP: u64 = 64 * 1024;

/// Room for local header, name and extra field, so that a small entry comes in one go.
const HEAD: u64 = 512;

/// The content at `place` of an archive with `length` bytes. What is too long, too short or not of the declared CRC-32 is a
/// fault; no more memory than the declared size is taken.
pub(super) fn read(source: impl ReadAt, length: u64, place: Place) -> Result<Vec<u8>, Fault> {
    let step = STEP.min(place.compressed.saturating_add(HEAD));
    let step = usize::try_from(step).expect("STEP bounds it");
    let mut cursor = Cursor::new(source, length, step);
    seek_data(&mut cursor, place.offset)?;
    let mut data = cursor.take(place.compressed);
    let size = usize::try_from(place.bytes).map_err(io::Error::other)?;
    let content = if place.deflated {
        exactly(&mut DeflateDecoder::new(data), size)?
    } else {
        exactly(&mut data, size)?
    };
    match crc32fast::hash(&content) {
        found if found == place.crc32 => Ok(content),
        found => Err(Fault::Checksum {
            expected: place.crc32,
            found,
        }),
    }
}

/// Whether the entry that begins at `offset` calls itself `name`.
pub(super) fn begins(
    source: impl ReadAt,
    length: u64,
    offset: u64,
    name: &[u8],
) -> Result<bool, Fault> {
    let mut cursor = Cursor::new(source, length, HEADER + name.len());
    let mut found = vec![0; name.len()];
    match local_header(&mut cursor, offset) {
        Ok((length, _)) if usize::from(length) == name.len() => {}
        Ok(_) | Err(Fault::NoLocalHeader { .. }) => return Ok(false),
        Err(fault) => return Err(fault),
    }
    match cursor.read_exact(&mut found) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        read => Ok(read.map(|()| found == name)?),
    }
}

/// To the first byte behind the local header at `offset`, its name and its extra field.
fn seek_data<S: ReadAt>(cursor: &mut Cursor<S>, offset: u64) -> Result<(), Fault> {
    let (name, extra) = local_header(cursor, offset)?;
    cursor.seek_relative(i64::from(name) + i64::from(extra))?;
    Ok(())
}

/// The lengths of name and extra field, which follow where the cursor then is.
fn local_header<S: ReadAt>(cursor: &mut Cursor<S>, offset: u64) -> Result<(u16, u16), Fault> {
    cursor.seek(SeekFrom::Start(offset))?;
    let mut header = [0; HEADER];
    let whole = match cursor.read_exact(&mut header) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => false,
        read => read.map(|()| true)?,
    };
    if !whole {
        return Err(Fault::NoLocalHeader {
            offset,
            found: "the end".to_owned(),
        });
    }
    if !header.starts_with(SIGNATURE) {
        return Err(Fault::NoLocalHeader {
            offset,
            found: hex::encode(&header[..SIGNATURE.len()]),
        });
    }
    let [.., name_low, name_high, extra_low, extra_high] = header;
    Ok((
        u16::from_le_bytes([name_low, name_high]),
        u16::from_le_bytes([extra_low, extra_high]),
    ))
}

/// All of `reader`, which must have `size` bytes.
pub(super) fn exactly(reader: &mut impl Read, size: usize) -> Result<Vec<u8>, Fault> {
    let mut content = vec![0; size];
    let mut filled = 0;
    while filled < size {
        match reader.read(&mut content[filled..]) {
            Ok(0) => {
                return Err(Fault::Length {
                    expected: size as u64,
                    found: filled as u64,
                });
            }
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    // The end of the deflate stream is read with this too: a stream without one is damaged.
    match reader.take(1).read_to_end(&mut Vec::new())? {
        0 => Ok(content),
        more => Err(Fault::Length {
            expected: size as u64,
            found: (size + more) as u64,
        }),
    }
}
