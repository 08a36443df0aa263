//! A zip's central directory: what its entries claim, and which of them are taken.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read};

use zip::read::{ArchiveOffset, Config, ZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

use super::content::{LOCAL_HEADER, Place, begins};
use super::entry::ArchiveEntry;
use super::entry_path::{check, readable};
use super::error::ArchiveError;
use super::limits::Limits;
use super::magic;
use super::positioned::{Cursor, ReadAt};
use super::refusal::{Refusal, Refused};

/// What is in a zip, in the order of its bytes.
#[derive(Debug)]
pub(super) struct Directory {
    /// The files that are taken.
    pub(super) entries: Vec<ArchiveEntry>,
    /// Where these are, one by one.
    pub(super) places: Vec<Place>,
    /// The entries that are not.
    pub(super) refused: Vec<Refused>,
}

/// An entry on its way into one of the two lists.
struct Claim {
    path: String,
    place: Place,
    refusal: Option<Refusal>,
}

/// Bytes of the directory that are read at once.
const STEP: usize = 1 << 20;

/// How a header of the central directory begins.
const SIGNATURE: &[u8] = b"PK\x01\x02";

/// File types of a Unix mode: the format's upper half of the external attributes.
const TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const SYMBOLIC_LINK: u32 = 0o120_000;

/// Reads the directory at the end of `source`, which has `length` bytes. `archive` is its name for errors, and `failed` makes one
/// of what reading gives. What is no zip at all is told by its start.
pub(super) fn open<S: ReadAt>(
    archive: &str,
    source: S,
    length: u64,
    limits: &Limits,
    failed: impl Fn(io::Error) -> ArchiveError,
) -> Result<Directory, ArchiveError> {
    match read(archive, &source, length, limits) {
        Err(
            ArchiveError::NoDirectory {
                source: ZipError::Io(error),
                ..
            }
            | ArchiveError::Directory {
                source: ZipError::Io(error),
                ..
            },
        ) if error.kind() != ErrorKind::UnexpectedEof => Err(failed(error)),
        Err(error @ ArchiveError::NoDirectory { .. }) => {
            let head = head(&source, length).map_err(failed)?;
            Err(if magic::is_zip(&head) {
                error
            } else {
                ArchiveError::NotAZip {
                    archive: archive.to_owned(),
                    found: magic::describe(&head),
                }
            })
        }
        read => read,
    }
}

fn head(source: impl ReadAt, length: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    Cursor::new(source, length, magic::HEAD)
        .take(magic::HEAD as u64)
        .read_to_end(&mut head)?;
    Ok(head)
}

fn read<S: ReadAt>(
    archive: &str,
    source: S,
    length: u64,
    limits: &Limits,
) -> Result<Directory, ArchiveError> {
    let mut claims = claims(archive, &source, length, limits)?;
    claims.sort_by(|a, b| (a.place.offset, &a.path).cmp(&(b.place.offset, &b.path)));
    refuse_ambiguous_paths(&mut claims);
    refuse_overlaps(&source, length, &mut claims);
    let mut directory = Directory {
        entries: Vec::with_capacity(claims.len()),
        places: Vec::with_capacity(claims.len()),
        refused: Vec::new(),
    };
    for Claim {
        path,
        place,
        refusal,
    } in claims
    {
        if let Some(reason) = refusal {
            let path = readable(path.as_bytes());
            directory.refused.push(Refused { path, reason });
        } else {
            directory.entries.push(ArchiveEntry {
                path,
                bytes: place.bytes,
                crc32: Some(place.crc32),
            });
            directory.places.push(place);
        }
    }
    limits.check_total(archive, &directory.entries)?;
    Ok(directory)
}

/// Every header of the directory but those of folders, each judged by itself.
fn claims<S: ReadAt>(
    archive: &str,
    source: S,
    length: u64,
    limits: &Limits,
) -> Result<Vec<Claim>, ArchiveError> {
    let no_directory = |source| ArchiveError::NoDirectory {
        archive: archive.to_owned(),
        bytes: length,
        source,
    };
    // The archive begins with its file. To look for one that begins later, all of the file might be read; and a whole zip in
    // the last bytes of one that is cut off would be taken for it.
    let config = Config {
        archive_offset: ArchiveOffset::Known(0),
    };
    // Not `ZipArchive`: of entries with one name it keeps the last and forgets the others.
    let mut headers =
        ZipIterable::try_new(Cursor::new(source, length, STEP), config).map_err(no_directory)?;
    let declared = headers.len();
    let headers = headers.files().map_err(no_directory)?;
    let mut claims = Vec::with_capacity(declared);
    for (number, header) in (1..).zip(headers.by_ref()) {
        let header = header.map_err(|source| ArchiveError::Directory {
            archive: archive.to_owned(),
            entry: number,
            entries: declared,
            source,
        })?;
        let is_folder = header.name_raw().ends_with(b"/") && header.size() == 0;
        if !is_folder {
            claims.push(claim(&header, length, limits));
        }
    }
    // A count that has run over at 65,536 would lose files without a word.
    let mut next = [0; 4];
    match headers.reader_mut().read_exact(&mut next) {
        Ok(()) if next == SIGNATURE => Err(ArchiveError::MoreEntries {
            archive: archive.to_owned(),
            declared,
        }),
        Err(error) if error.kind() != ErrorKind::UnexpectedEof => {
            Err(no_directory(ZipError::Io(error)))
        }
        _ => Ok(claims),
    }
}

fn claim(header: &ZipFileEntry<'_>, length: u64, limits: &Limits) -> Claim {
    let path = String::from_utf8(header.name_raw().to_vec());
    let refusal = match &path {
        Ok(path) => check(path).err(),
        Err(_) => Some(Refusal::NotUtf8),
    };
    Claim {
        refusal: refusal.or_else(|| refusal_by_header(header, length, limits)),
        path: path.unwrap_or_else(|error| readable(error.as_bytes())),
        place: Place {
            offset: header.header_start(),
            compressed: header.compressed_size(),
            deflated: header.compression() == zip::CompressionMethod::Deflated,
            bytes: header.size(),
            crc32: header.crc32(),
        },
    }
}

/// What is wrong with an entry beside its path.
fn refusal_by_header(header: &ZipFileEntry<'_>, length: u64, limits: &Limits) -> Option<Refusal> {
    match (header.external_attributes() >> 16) & TYPE {
        0 | REGULAR => {}
        SYMBOLIC_LINK => return Some(Refusal::SymbolicLink),
        _ => return Some(Refusal::SpecialFile),
    }
    if header.encrypted() {
        return Some(Refusal::Encrypted);
    }
    let method = header.compression();
    if ![
        zip::CompressionMethod::Stored,
        zip::CompressionMethod::Deflated,
    ]
    .contains(&method)
    {
        return Some(Refusal::Compression {
            method: method.into_compression().as_u16(),
        });
    }
    let end = data_end(header.header_start(), header.compressed_size());
    if end > length {
        return Some(Refusal::OutsideArchive {
            end,
            archive_bytes: length,
        });
    }
    limits.refusal(header.size(), header.compressed_size())
}

/// Where an entry's data ends at the earliest: the length of its local name and extra field is not known here.
fn data_end(offset: u64, compressed: u64) -> u64 {
    offset
        .saturating_add(LOCAL_HEADER)
        .saturating_add(compressed)
}

/// Of entries with the same path none is taken, nor one whose folder is a file.
fn refuse_ambiguous_paths(claims: &mut [Claim]) {
    let mut counts: HashMap<&str, u32> = HashMap::with_capacity(claims.len());
    let texts = claims
        .iter()
        .filter(|claim| claim.refusal != Some(Refusal::NotUtf8));
    for claim in texts {
        *counts.entry(&claim.path).or_default() += 1;
    }
    let below_a_file = |path: &str| {
        path.match_indices('/')
            .any(|(at, _)| counts.contains_key(&path[..at]))
    };
    let refusals: Vec<Option<Refusal>> = claims
        .iter()
        .map(|claim| {
            // Checked names only: others may be all slashes.
            let refusal = || match counts.get(claim.path.as_str()) {
                Some(&count) if count > 1 => Some(Refusal::Duplicate { count }),
                _ => below_a_file(&claim.path).then_some(Refusal::BelowAFile),
            };
            claim.refusal.or_else(refusal)
        })
        .collect();
    for (claim, refusal) in claims.iter_mut().zip(refusals) {
        claim.refusal = refusal;
    }
}

/// Many entries that share bytes are the other kind of bomb. Of two that do, the later is refused if no entry of its name begins
/// where it says, else the earlier, which runs into it. So one wrong offset or size costs one entry.
fn refuse_overlaps<S: ReadAt>(source: &S, length: u64, claims: &mut [Claim]) {
    let mut last: Option<&mut Claim> = None;
    for next in claims.iter_mut().filter(|claim| claim.refusal.is_none()) {
        let offset = next.place.offset;
        match &mut last {
            Some(claim) if data_end(claim.place.offset, claim.place.compressed) > offset => {
                if !begins(source, length, offset, &next.path) {
                    next.refusal = Some(Refusal::Overlap);
                    continue;
                }
                claim.refusal = Some(Refusal::Overlap);
            }
            _ => {}
        }
        last = Some(next);
    }
}
