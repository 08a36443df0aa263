//! File names held once a scan: what stands before the slice's digits, and how many digits there are.

use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::patient::PatientId;
use super::slice_set::SliceSet;
use crate::columnar::push_numbered;

/// What stands after the digits.
pub(super) const EXTENSION: &str = ".png";

/// In the place of a slice number: the name has none.
pub(super) const NO_SLICE: u32 = u32::MAX;

/// The number of a stem in [`Stems`].
pub(super) type StemId = u32;

/// All names that differ only in their slice's digits: about 130 bytes a scan, and a bit a slice where there are many.
///
/// A name of no usual shape (no digits before `.png`) has a stem of its own, which is the whole name.
#[derive(Debug)]
pub(super) struct Stem {
    text: Range<u32>,
    /// Where the scan's id is in the text.
    scan: Range<u16>,
    /// How many digits follow; `None` when the text is the whole name.
    digits: Option<u8>,
    /// Whether the name is of a known shape.
    pub(super) known_shape: bool,
    /// Whose scan it is.
    pub(super) patient: PatientId,
    /// The images of this stem.
    pub(super) images: Range<u32>,
    /// Slice numbers seen.
    pub(super) slices: SliceSet,
}

/// What a new stem is made of.
pub(super) struct NewStem<'a> {
    pub(super) text: &'a str,
    pub(super) scan: Range<u16>,
    pub(super) digits: Option<u8>,
    pub(super) known_shape: bool,
    pub(super) patient: PatientId,
    pub(super) images: Range<u32>,
}

/// All stems, found by name.
#[derive(Debug, Default)]
pub(super) struct Stems {
    texts: String,
    stems: Vec<Stem>,
    table: HashTable<StemId>,
    hasher: DefaultHashBuilder,
}

impl Stems {
    /// Makes room for so many stems: a table that grows hashes all that it has again.
    pub(super) fn reserve(&mut self, stems: usize) {
        self.stems.reserve(stems);
        self.table.reserve(stems, |&id| {
            hash(&self.hasher, &self.texts, &self.stems, id)
        });
    }

    /// The stem with that text and as many digits (`None`: the text is a whole name).
    pub(super) fn find(&self, text: &str, digits: Option<u8>) -> Option<StemId> {
        self.table
            .find(self.hash(text, digits), |&id| {
                let stem = &self.stems[id as usize];
                stem.digits == digits && self.text(stem) == text
            })
            .copied()
    }

    /// Adds a stem that [`Stems::find`] did not find.
    pub(super) fn add(&mut self, new: NewStem<'_>) -> StemId {
        let id = u32::try_from(self.stems.len()).expect("fewer scans than lines");
        let end = |texts: &str| u32::try_from(texts.len()).expect("MAX_NAMES bounds all names");
        let start = end(&self.texts);
        self.texts.push_str(new.text);
        let number = self.hash(new.text, new.digits);
        self.stems.push(Stem {
            text: start..end(&self.texts),
            scan: new.scan,
            digits: new.digits,
            known_shape: new.known_shape,
            patient: new.patient,
            images: new.images,
            slices: SliceSet::default(),
        });
        let Self {
            table,
            stems,
            texts,
            hasher,
        } = self;
        table.insert_unique(number, id, |&id| hash(hasher, texts, stems, id));
        id
    }

    pub(super) fn get(&self, id: StemId) -> &Stem {
        &self.stems[id as usize]
    }

    pub(super) fn get_mut(&mut self, id: StemId) -> &mut Stem {
        &mut self.stems[id as usize]
    }

    /// A stem and what stands before its digits.
    pub(super) fn text_and_mut(&mut self, id: StemId) -> (&str, &mut Stem) {
        let stem = &mut self.stems[id as usize];
        (slice_of(&self.texts, &stem.text), stem)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (StemId, &Stem)> {
        (0..).zip(&self.stems)
    }

    pub(super) fn len(&self) -> usize {
        self.stems.len()
    }

    /// Bytes of all texts.
    pub(super) fn text_bytes(&self) -> usize {
        self.texts.len()
    }

    /// Bytes held.
    pub(super) fn held_bytes(&self) -> usize {
        let slices: usize = self.stems.iter().map(|stem| stem.slices.held_bytes()).sum();
        let entry = size_of::<Stem>() + 2 * size_of::<StemId>();
        slices + self.texts.capacity() + self.stems.capacity() * entry
    }

    /// What stands before the digits, or the whole name.
    pub(super) fn text(&self, stem: &Stem) -> &str {
        slice_of(&self.texts, &stem.text)
    }

    /// The scan's id; `None` when the name has none.
    pub(super) fn scan(&self, stem: &Stem) -> Option<&str> {
        let scan = &self.text(stem)[stem.scan()];
        (!scan.is_empty()).then_some(scan)
    }

    /// The file name of one slice.
    pub(super) fn file_name(&self, stem: &Stem, slice: u32) -> String {
        let mut name = Vec::new();
        push_numbered(&mut name, self.text(stem), stem.digits, slice, EXTENSION);
        String::from_utf8(name).expect("a name is text and digits")
    }

    fn hash(&self, text: &str, digits: Option<u8>) -> u64 {
        self.hasher.hash_one((text, digits))
    }
}

impl Stem {
    /// Notes that a slice was seen; `false` when it was seen before.
    pub(super) fn add_slice(&mut self, slice: u32) -> bool {
        // A name without a number is one slice.
        self.slices
            .insert(if slice == NO_SLICE { 0 } else { slice })
    }

    /// Where the scan's id is in the text; empty when it has none.
    pub(super) fn scan(&self) -> Range<usize> {
        self.scan.start.into()..self.scan.end.into()
    }

    pub(super) fn digits(&self) -> Option<u8> {
        self.digits
    }
}

fn hash(hasher: &DefaultHashBuilder, texts: &str, stems: &[Stem], id: StemId) -> u64 {
    let stem = &stems[id as usize];
    hasher.hash_one((slice_of(texts, &stem.text), stem.digits))
}

fn slice_of<'a>(texts: &'a str, range: &Range<u32>) -> &'a str {
    &texts[range.start as usize..range.end as usize]
}

/// Takes a name of the usual shape apart: what stands before the digits, how many there are, and their number.
pub(super) fn split_digits(name: &str) -> Option<(&str, u8, u32)> {
    let bare = name.strip_suffix(EXTENSION)?;
    let stem = bare.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = &bare[stem.len()..];
    Some((
        stem,
        u8::try_from(digits.len()).ok()?,
        number(digits.as_bytes())?,
    ))
}

/// The number that one or more digits write, if it fits a signed 32-bit integer.
fn number(digits: &[u8]) -> Option<u32> {
    let mut value = 0_u64;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 || value > i32::MAX as u64 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    let fits = !digits.is_empty() && i32::try_from(value).is_ok();
    u32::try_from(value).ok().filter(|_| fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_is_its_parts(stem in "[a-zA-Z_.-]{0,20}", digits in "[0-9]{1,12}") {
            let name = format!("{stem}{digits}.png");
            let Some((text, width, slice)) = split_digits(&name) else {
                let too_large = digits.parse::<u64>().is_ok_and(|value| value > i32::MAX as u64);
                prop_assert!(too_large);
                return Ok(());
            };
            let mut again = Vec::new();
            push_numbered(&mut again, text, Some(width), slice, EXTENSION);
            prop_assert_eq!(again, name.into_bytes());
        }
    }

    #[test]
    fn a_stem_knows_its_names() {
        let mut stems = Stems::default();
        let id = stems.add(NewStem {
            text: "NCP_96_1328_",
            scan: 7..11,
            digits: Some(4),
            known_shape: true,
            patient: 0,
            images: 0..0,
        });
        assert_eq!(stems.find("NCP_96_1328_", Some(4)), Some(id));
        assert_eq!(stems.find("NCP_96_1328_", Some(5)), None);
        assert_eq!(stems.scan(stems.get(id)), Some("1328"));
        assert_eq!(stems.file_name(stems.get(id), 32), "NCP_96_1328_0032.png");
    }
}
