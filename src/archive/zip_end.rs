//! The end of a zip: where its central directory is, and how many entries that has.

use memchr::memmem;

use super::positioned::{ReadAt, bytes_at};
use super::record::{long, longest, short};
use super::zip_fault::ZipFault;
use super::zip_header;

/// Bytes of an end record without its comment.
const END: usize = 22;
/// Bytes of the record that says where a Zip64 end record is; it lies right before the end record.
const LOCATOR: usize = 20;
/// Bytes of a Zip64 end record.
const END64: u64 = 56;
/// Of these, what its size does not count.
const END64_HEAD: u64 = 12;
/// All of these with the longest comment.
const LONGEST: u64 = (LOCATOR + END + u16::MAX as usize) as u64;

const END_SIGNATURE: &[u8] = b"PK\x05\x06";
const LOCATOR_SIGNATURE: &[u8] = b"PK\x06\x07";
const END64_SIGNATURE: &[u8] = b"PK\x06\x06";

/// What 32 bits keep of an offset is this many bytes short of it, or a multiple.
pub(super) const WRAP: u64 = 1 << 32;

/// Where the directory of a zip is, and what its end says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// First byte.
    pub(super) start: u64,
    /// Bytes.
    pub(super) size: u64,
    /// Where the records of the end begin: no header goes beyond.
    pub(super) limit: u64,
    /// How many entries there are: in a zip without Zip64 records what 16 bits keep of that number.
    pub(super) entries: u64,
    /// Whether a Zip64 record says so.
    pub(super) is_zip64: bool,
    /// Whether the directory lies so far behind that 32 bits can't have its offset, nor those of its last entries, and no Zip64
    /// record says it either: macOS's Finder and `ditto` write archives so.
    pub(super) is_wrapped: bool,
}

/// The end record.
#[derive(Debug, Clone, Copy)]
struct End {
    disk: u16,
    directory_disk: u16,
    entries_here: u16,
    entries: u16,
    size: u32,
    offset: u32,
    comment: u16,
}

/// The Zip64 end record.
#[derive(Debug, Clone, Copy)]
struct End64 {
    /// Its first byte.
    place: u64,
    disk: u32,
    directory_disk: u32,
    entries_here: u64,
    entries: u64,
    size: u64,
    offset: u64,
}

/// Finds the directory of a zip of `length` bytes by the records at its end.
pub(super) fn find(source: &impl ReadAt, length: u64) -> Result<Extent, ZipFault> {
    let from = length.saturating_sub(LONGEST);
    let tail = bytes_at(source, from..length)?;
    let mut first = ZipFault::NoEnd;
    // A comment may have the signature in it too.
    for at in memmem::rfind_iter(&tail, END_SIGNATURE) {
        let Some(end) = End::parse(&tail[at..]) else {
            continue;
        };
        let place = from + at as u64;
        match end.locate(source, place, &tail[..at], length) {
            Err(error @ ZipFault::Io(_)) => return Err(error),
            Err(fault) if matches!(first, ZipFault::NoEnd) => first = fault,
            Err(_) => {}
            found => return found,
        }
    }
    Err(first)
}

impl End {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let record = bytes.get(..END)?;
        Some(Self {
            disk: short(record, 4),
            directory_disk: short(record, 6),
            entries_here: short(record, 8),
            entries: short(record, 10),
            size: long(record, 12),
            offset: long(record, 16),
            comment: short(record, 20),
        })
    }

    /// Whether something in it says: see the Zip64 record.
    fn defers(&self) -> bool {
        self.entries == u16::MAX || self.size == u32::MAX || self.offset == u32::MAX
    }

    /// The directory that the record at `place` of an archive of `length` bytes closes; `before` ends there.
    fn locate(
        &self,
        source: &impl ReadAt,
        place: u64,
        before: &[u8],
        length: u64,
    ) -> Result<Extent, ZipFault> {
        let end = place + END as u64 + u64::from(self.comment);
        if end > length {
            return Err(ZipFault::NoEnd);
        }
        let locator = before.last_chunk::<LOCATOR>();
        if let Some(locator) = locator.filter(|locator| locator.starts_with(LOCATOR_SIGNATURE)) {
            match End64::read(source, locator, place - LOCATOR as u64) {
                Err(ZipFault::Zip64End) if !self.defers() => {}
                Ok(end64) if !self.defers() && !end64.agrees(self) => {}
                end64 => return end64?.locate(source),
            }
        }
        if self.disk != 0 || self.directory_disk != 0 || self.entries_here != self.entries {
            // The signature may stand anywhere in compressed data: a record that ends with the file is one.
            let is_part = self.disk > 0
                && self.directory_disk <= self.disk
                && self.entries_here <= self.entries
                && end == length;
            return Err(if is_part {
                ZipFault::Split {
                    part: u64::from(self.disk) + 1,
                }
            } else {
                ZipFault::NoEnd
            });
        }
        let (size, offset) = (u64::from(self.size), u64::from(self.offset));
        let extent = Extent {
            start: offset,
            size,
            limit: place,
            entries: u64::from(self.entries),
            is_zip64: false,
            is_wrapped: false,
        };
        // The archive begins with its file, so nothing but what 32 bits can't keep may lie between the place that is told and the
        // one right before this record. To look for an archive that begins later, all of the file might be read; and a whole zip
        // in the last bytes of one that is cut off would be taken for it.
        let wrapped = place
            .checked_sub(size)
            .filter(|start| *start > offset && (start - offset).is_multiple_of(WRAP));
        if let Some(start) = wrapped
            && zip_header::begins(source, start)?
        {
            return Ok(Extent {
                start,
                is_wrapped: true,
                ..extent
            });
        }
        extent.checked(source)
    }
}

impl End64 {
    /// The record that `locator`, at `place`, leads to.
    fn read(source: &impl ReadAt, locator: &[u8; LOCATOR], place: u64) -> Result<Self, ZipFault> {
        let parts = long(locator, 16);
        if parts > 1 {
            let part = u64::from(parts);
            return Err(ZipFault::Split { part });
        }
        let at = longest(locator, 8);
        if at.saturating_add(END64) > place {
            return Err(ZipFault::Zip64End);
        }
        let record = bytes_at(source, at..at + END64)?;
        let size = longest(&record, 4);
        if !record.starts_with(END64_SIGNATURE) || size != place - at - END64_HEAD {
            return Err(ZipFault::Zip64End);
        }
        Ok(Self {
            place: at,
            disk: long(&record, 16),
            directory_disk: long(&record, 20),
            entries_here: longest(&record, 24),
            entries: longest(&record, 32),
            size: longest(&record, 40),
            offset: longest(&record, 48),
        })
    }

    /// Whether the end record has the same, as far as its bits go.
    fn agrees(&self, end: &End) -> bool {
        self.entries & u64::from(u16::MAX) == u64::from(end.entries)
            && self.size & u64::from(u32::MAX) == u64::from(end.size)
            && self.offset & u64::from(u32::MAX) == u64::from(end.offset)
    }

    fn locate(&self, source: &impl ReadAt) -> Result<Extent, ZipFault> {
        if self.disk != 0 || self.directory_disk != 0 {
            let part = u64::from(self.disk) + 1;
            return Err(ZipFault::Split { part });
        }
        if self.entries_here != self.entries {
            return Err(ZipFault::Zip64End);
        }
        let extent = Extent {
            start: self.offset,
            size: self.size,
            limit: self.place,
            entries: self.entries,
            is_zip64: true,
            is_wrapped: false,
        };
        extent.checked(source)
    }
}

impl Extent {
    /// The same, if a directory begins there.
    fn checked(self, source: &impl ReadAt) -> Result<Self, ZipFault> {
        let is_empty = self.entries == 0 && self.size == 0 && self.start <= self.limit;
        if is_empty || self.start < self.limit && zip_header::begins(source, self.start)? {
            Ok(self)
        } else {
            Err(ZipFault::NoStart { offset: self.start })
        }
    }
}
