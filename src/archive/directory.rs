//! A zip's central directory: what its entries claim, and which of them are taken.

use std::collections::{HashMap, HashSet};
use std::io::{self, ErrorKind, Read};
use std::ops::Range;

use super::backslashes;
use super::content::{LOCAL_HEADER, Place, begins};
use super::entry::ArchiveEntry;
use super::entry_name::EntryName;
use super::entry_path::{check_decoded, readable};
use super::error::ArchiveError;
use super::fault::Fault;
use super::limits::Limits;
use super::magic;
use super::positioned::{Cursor, ReadAt};
use super::refusal::{Refusal, Refused};
use super::witness;
use super::wrapped::{self, Placed, Places};
use super::zip_end::{self, Extent};
use super::zip_fault::ZipFault;
use super::zip_header::{self, Header};

/// What is in a zip, in the order of its bytes.
#[derive(Debug)]
pub(super) struct Directory {
    /// The files that are taken.
    pub(super) entries: Vec<ArchiveEntry>,
    /// Where these are, one by one.
    pub(super) places: Vec<Place>,
    /// The entries that are not.
    pub(super) refused: Vec<Refused>,
    /// What the user should know.
    pub(super) warnings: Vec<String>,
    /// Where the directory is.
    pub(super) range: Range<u64>,
    /// The [`witness`] digest of its bytes.
    pub(super) digest: u64,
}

/// An entry on its way into one of the two lists.
struct Claim {
    path: String,
    /// Its name in the archive, where that is not its path.
    stored: Option<Box<[u8]>>,
    place: Place,
    refusal: Option<Refusal>,
}

/// All headers of a directory.
struct Headers {
    /// Those of files, each judged by itself but for the size.
    claims: Vec<Claim>,
    /// Those of them that are refused for a backslash, and could be taken with a slash in its place.
    slashed: Vec<Slashed>,
    foreign: Oddity,
    backslashes: Oddity,
    range: Range<u64>,
    digest: u64,
}

/// What a claim with a backslash in its path would be without.
struct Slashed {
    /// Index of the claim.
    claim: usize,
    path: String,
    refusal: Option<Refusal>,
}

/// How often something was seen that an honest writer does in good faith.
#[derive(Default)]
struct Oddity {
    count: usize,
    /// The first path.
    first: String,
}

/// Bytes of the directory that are read at once.
const STEP: usize = 1 << 20;

/// Entries that 16 bits can't count.
const WRAPPED_COUNT: u64 = 1 << 16;

/// Compression methods.
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// The flag of an entry that needs a password.
const ENCRYPTED: u16 = 1;

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
                source: ZipFault::Io(error),
                ..
            }
            | ArchiveError::Directory {
                source: ZipFault::Io(error),
                ..
            },
        ) if error.kind() != ErrorKind::UnexpectedEof => Err(failed(error)),
        Err(error @ (ArchiveError::NoDirectory { .. } | ArchiveError::Split { .. })) => {
            let head = head(&source, length).map_err(failed)?;
            Err(explained(error, archive, &head))
        }
        read => read,
    }
}

/// An error of the end of a file, by what its start says.
fn explained(error: ArchiveError, archive: &str, head: &[u8]) -> ArchiveError {
    let archive = archive.to_owned();
    match error {
        ArchiveError::Split { parts, .. } => ArchiveError::Split {
            archive,
            parts,
            is_joined: magic::is_split(head),
        },
        _ if magic::is_split(head) => ArchiveError::Split {
            archive,
            parts: None,
            is_joined: false,
        },
        error if magic::is_zip(head) => error,
        _ => ArchiveError::NotAZip {
            archive,
            found: magic::describe(head),
        },
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
    let Headers {
        mut claims,
        foreign,
        backslashes: slashed,
        range,
        digest,
        ..
    } = headers(archive, &source, length)?;
    for claim in &mut claims {
        claim.refuse_by_place(length, limits);
    }
    claims.sort_by(|a, b| (a.place.offset, &a.path).cmp(&(b.place.offset, &b.path)));
    refuse_ambiguous_paths(&mut claims);
    refuse_overlaps(&source, length, &mut claims);
    let mut directory = Directory {
        entries: Vec::with_capacity(claims.len()),
        places: Vec::with_capacity(claims.len()),
        refused: Vec::new(),
        warnings: foreign
            .warning("are not UTF-8 and are read as code page 437")
            .into_iter()
            .chain(slashed.warning(backslashes::WARNING))
            .collect(),
        range,
        digest,
    };
    for Claim {
        path,
        place,
        refusal,
        ..
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

/// Walks the directory, duplicates and all.
fn headers<S: ReadAt>(archive: &str, source: S, length: u64) -> Result<Headers, ArchiveError> {
    let extent = zip_end::find(&source, length).map_err(|fault| match fault {
        ZipFault::Split { part } => ArchiveError::Split {
            archive: archive.to_owned(),
            parts: Some(part),
            is_joined: false,
        },
        source => ArchiveError::NoDirectory {
            archive: archive.to_owned(),
            bytes: length,
            source,
        },
    })?;
    let wrong = |number: u64, source| ArchiveError::Directory {
        archive: archive.to_owned(),
        entry: number,
        entries: extent.entries,
        source,
    };
    let mut headers = Headers {
        claims: Vec::new(),
        slashed: Vec::new(),
        foreign: Oddity::default(),
        backslashes: Oddity::default(),
        range: extent.start..extent.start,
        digest: 0,
    };
    let mut cursor = Cursor::starting_at(&source, length, STEP, extent.start);
    let mut places = Places::default();
    let mut digest = witness::digest();
    let mut buffer = Vec::new();
    let mut count = 0;
    loop {
        let room = extent.limit - headers.range.end;
        let read = zip_header::read(&mut cursor, &mut buffer, room);
        match read.map_err(|fault| wrong(count + 1, fault))? {
            Ok(bytes) => headers.range.end += bytes,
            Err(_) if extent.is_whole(count, headers.range.end) => break,
            Err(found) if count < extent.entries => {
                return Err(wrong(count + 1, ZipFault::NoHeader { found }));
            }
            Err(_) => {
                return Err(ArchiveError::MoreEntries {
                    archive: archive.to_owned(),
                    declared: extent.entries,
                });
            }
        }
        count += 1;
        digest.update(&buffer);
        let mut header = Header::parse(&buffer);
        if extent.is_wrapped {
            let taken = LOCAL_HEADER + header.name.len() as u64 + header.compressed;
            header.offset = places.next(header.offset, taken);
            // Its writer has no such fields.
            header.lacks_zip64 = false;
        }
        headers.add(&header);
    }
    headers.digest = digest.finalize();
    if extent.is_wrapped {
        let placed = match places.longer(extent.start) {
            None => false,
            Some(longer) => {
                let is_there = |claim: &Claim| claim.begins(&source, length);
                let grown = wrapped::grow(&mut headers.claims, longer, is_there);
                grown.map_err(|fault| wrong(1, fault.into_io().into()))?
            }
        };
        if !placed {
            return Err(ArchiveError::Unplaced(archive.to_owned()));
        }
    }
    headers.take_slashed();
    Ok(headers)
}

impl Extent {
    /// Whether a directory of `count` headers that ends at `end` is all of this one. A count that has run over at 65,536 would
    /// lose files without a word: whoever has cut it to 16 bits has the directory's size right.
    fn is_whole(&self, count: u64, end: u64) -> bool {
        let declared = count == self.entries;
        let wrapped = !self.is_zip64
            && count % WRAPPED_COUNT == self.entries
            && end == self.start + self.size;
        declared || wrapped
    }
}

impl Headers {
    /// Adds the claim of a header, unless that is a folder's.
    fn add(&mut self, header: &Header<'_>) {
        let name = EntryName::of(header);
        if name.path.ends_with('/') && header.bytes == 0 {
            return;
        }
        if name.is_foreign {
            self.foreign.see(&name.path);
        }
        if name.had_backslashes {
            self.backslashes.see(&name.path);
        }
        let refusal = check_decoded(&name.path, &name.stored).err();
        if refusal == Some(Refusal::Backslash) {
            let name = name.with_slashes();
            if name.path.ends_with('/') && header.bytes == 0 {
                return;
            }
            if check_decoded(&name.path, &name.stored).is_ok() {
                self.slashed.push(Slashed {
                    claim: self.claims.len(),
                    path: name.path,
                    refusal: refusal_by_header(header),
                });
            }
        }
        let refusal = refusal.or_else(|| refusal_by_header(header));
        let is_path = name.path.as_bytes() == header.name;
        self.claims.push(Claim {
            path: name.path,
            stored: (!is_path).then(|| header.name.into()),
            place: Place {
                offset: header.offset,
                compressed: header.compressed,
                deflated: header.method == DEFLATED,
                bytes: header.bytes,
                crc32: header.crc32,
            },
            refusal,
        });
    }

    /// Reads backslashes as slashes where no other file has the name that this gives.
    fn take_slashed(&mut self) {
        let slashed = std::mem::take(&mut self.slashed);
        if slashed.is_empty() {
            return;
        }
        let claims: HashSet<usize> = slashed.iter().map(|slashed| slashed.claim).collect();
        let paths: Vec<String> = slashed.iter().map(|slashed| slashed.path.clone()).collect();
        let others = self.claims.iter().enumerate();
        let others = others.filter(|(index, _)| !claims.contains(index));
        let free = backslashes::without_clash(&paths, others.map(|(_, claim)| claim.path.as_str()));
        let taken = slashed.into_iter().zip(free).filter(|(_, free)| *free);
        for (slashed, _) in taken {
            self.backslashes.see(&slashed.path);
            let claim = &mut self.claims[slashed.claim];
            let stored = std::mem::replace(&mut claim.path, slashed.path);
            claim
                .stored
                .get_or_insert_with(|| stored.into_bytes().into());
            claim.refusal = slashed.refusal;
        }
    }
}

impl Oddity {
    fn see(&mut self, path: &str) {
        if self.count == 0 {
            self.first = readable(path.as_bytes());
        }
        self.count += 1;
    }

    fn warning(self, what: &str) -> Option<String> {
        let Self { count, first } = self;
        (count > 0).then(|| format!("names of the archive {what}: {count}, the first is `{first}`"))
    }
}

/// What is wrong with an entry beside its path and its size.
fn refusal_by_header(header: &Header<'_>) -> Option<Refusal> {
    match (header.attributes >> 16) & TYPE {
        0 | REGULAR => {}
        SYMBOLIC_LINK => return Some(Refusal::SymbolicLink),
        _ => return Some(Refusal::SpecialFile),
    }
    if header.flags & ENCRYPTED != 0 {
        return Some(Refusal::Encrypted);
    }
    let method = header.method;
    if ![STORED, DEFLATED].contains(&method) {
        return Some(Refusal::Compression { method });
    }
    header.lacks_zip64.then_some(Refusal::NoZip64)
}

impl Claim {
    /// Refuses it for its place or its size, if it is not refused yet.
    fn refuse_by_place(&mut self, length: u64, limits: &Limits) {
        let Place {
            offset,
            compressed,
            bytes,
            ..
        } = self.place;
        let end = data_end(offset, compressed);
        self.refusal = self.refusal.or_else(|| {
            if end > length {
                return Some(Refusal::OutsideArchive {
                    end,
                    archive_bytes: length,
                });
            }
            limits.refusal(bytes, compressed)
        });
    }

    /// Whether it begins where it says.
    fn begins(&self, source: impl ReadAt, length: u64) -> Result<bool, Fault> {
        let stored = self.stored.as_deref().unwrap_or(self.path.as_bytes());
        begins(source, length, self.place.offset, stored)
    }
}

impl Placed for Claim {
    fn shift(&mut self, by: u64) {
        self.place.offset = self.place.offset.saturating_add(by);
    }

    fn grow(&mut self, by: u64) {
        self.place.compressed = self.place.compressed.saturating_add(by);
    }
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
    for claim in claims.iter() {
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
                if !next.begins(source, length).unwrap_or(false) {
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
