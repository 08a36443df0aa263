//! What the manifest knows of the images, looked up by name while labels are read.

use std::collections::HashMap;
use std::ops::Range;

use super::stem::{NO_SLICE, split_digits};
use crate::lake::manifest::{Manifest, ManifestEntry};

/// An image in the landing zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ImageFacts {
    slice: u32,
    /// Size of the file.
    pub(super) bytes: u64,
    /// CRC-32 of the file.
    pub(super) crc32: u32,
    /// Width and height in pixels; `None` for an unreadable header.
    pub(super) size: Option<(u16, u16)>,
}

/// The images of a release: 24 bytes each, their names held once a scan.
#[derive(Debug, Default)]
pub(super) struct Images {
    /// Sorted by slice within a stem.
    facts: Vec<ImageFacts>,
    /// By what stands before the digits, and how many digits.
    stems: HashMap<(Box<str>, u8), Range<u32>>,
    /// Names of no usual shape, whole.
    others: HashMap<Box<str>, u32>,
}

impl Images {
    /// From what the manifest has in `folder` below `landing/<release>/`, which is where ingest puts them.
    pub(super) fn new(manifest: &Manifest, folder: &str) -> Self {
        let mut by_stem: HashMap<(&str, u8), Vec<ImageFacts>> = HashMap::new();
        let mut images = Self::default();
        for entry in manifest.entries().values() {
            let Some(name) = name_in(folder, &entry.path) else {
                continue;
            };
            let facts = ImageFacts::new(entry);
            if let Some((stem, digits, slice)) = split_digits(name) {
                by_stem
                    .entry((stem, digits))
                    .or_default()
                    .push(ImageFacts { slice, ..facts });
            } else {
                let index = index(images.facts.len());
                images.facts.push(facts);
                images.others.insert(name.into(), index);
            }
        }
        for ((stem, digits), mut facts) in by_stem {
            facts.sort_unstable_by_key(|facts| facts.slice);
            let start = index(images.facts.len());
            images.facts.append(&mut facts);
            images
                .stems
                .insert((stem.into(), digits), start..index(images.facts.len()));
        }
        images
    }

    pub(super) fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.facts.len()
    }

    /// Bytes held, without the names of stems, which are few.
    pub(super) fn held_bytes(&self) -> usize {
        self.facts.capacity() * size_of::<ImageFacts>()
    }

    /// The images of one stem, by index.
    pub(super) fn of_stem(&self, stem: &str, digits: u8) -> Range<u32> {
        // A map with a tuple key can't be asked with a borrowed one; this runs once a scan.
        self.stems
            .get(&(stem.into(), digits))
            .cloned()
            .unwrap_or_default()
    }

    /// The image with a name of no usual shape, by index.
    pub(super) fn of_name(&self, name: &str) -> Range<u32> {
        self.others
            .get(name)
            .map_or(0..0, |&index| index..index + 1)
    }

    /// The image of `slice` among those of its stem.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is in a range of u32; this runs once a row"
    )]
    pub(super) fn find(&self, of_stem: &Range<u32>, slice: u32) -> Option<u32> {
        let facts = &self.facts[of_stem.start as usize..of_stem.end as usize];
        let found = facts
            .binary_search_by_key(&slice, |facts| facts.slice)
            .ok()?;
        Some(of_stem.start + found as u32)
    }

    pub(super) fn get(&self, index: u32) -> &ImageFacts {
        &self.facts[index as usize]
    }

    /// File names of the images that `labelled` says no to, in no order.
    pub(super) fn unlabelled(&self, labelled: impl Fn(u32) -> bool) -> Vec<String> {
        let mut names = Vec::new();
        for ((stem, digits), range) in &self.stems {
            for index in range.clone().filter(|&index| !labelled(index)) {
                let slice = self.get(index).slice;
                names.push(format!(
                    "{stem}{slice:0width$}.png",
                    width = usize::from(*digits)
                ));
            }
        }
        for (name, &index) in &self.others {
            if !labelled(index) {
                names.push(name.to_string());
            }
        }
        names
    }

    /// File names of the images without a readable header.
    pub(super) fn unreadable(&self) -> Vec<String> {
        self.unlabelled(|index| self.get(index).size.is_some())
    }
}

impl ImageFacts {
    fn new(entry: &ManifestEntry) -> Self {
        let pixels = |value: Option<u32>| value.and_then(|value| u16::try_from(value).ok());
        Self {
            slice: NO_SLICE,
            bytes: entry.bytes,
            crc32: entry.crc32,
            size: pixels(entry.width).zip(pixels(entry.height)),
        }
    }
}

/// The number under which an image of that name is known.
pub(super) fn slice_key(digits: Option<u8>, slice: u32) -> u32 {
    digits.map_or(NO_SLICE, |_| slice)
}

fn index(images: usize) -> u32 {
    u32::try_from(images).expect("a manifest with so many would not fit the memory")
}

/// The name of an image whose path below `landing/<release>/` is in `folder`.
fn name_in<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    let name = path.strip_prefix(folder)?.strip_prefix('/')?;
    (!name.contains('/')).then_some(name)
}
