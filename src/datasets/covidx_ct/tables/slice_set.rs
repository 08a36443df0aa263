//! The slice numbers seen of one scan, as a bitmap over their range.

use smallvec::SmallVec;

/// A set of slice numbers: one bit a number between the smallest and the largest.
///
/// Slices of a scan are near each other, so this is hardly more than a bit a slice and finds an exact duplicate without a set of
/// names. Numbers that would stretch the bitmap beyond [`MAX_WORDS`] go into a list.
#[derive(Debug, Default)]
pub(super) struct SliceSet {
    /// `words[0]` holds the numbers from `64 * base`.
    base: u32,
    words: SmallVec<[u64; INLINE_WORDS]>,
    far: Vec<u32>,
}

/// Most scans have no more slices than these words have bits: they need no memory of their own.
const INLINE_WORDS: usize = 4;
/// 8 KiB: more slices than any scanner makes in one scan.
const MAX_WORDS: u32 = 1024;

impl SliceSet {
    /// Adds `slice`; `false` when it was there.
    pub(super) fn insert(&mut self, slice: u32) -> bool {
        let (word, bit) = (slice / 64, 1_u64 << (slice % 64));
        let Some(index) = self.reach(word) else {
            return match self.far.binary_search(&slice) {
                Ok(_) => false,
                Err(place) => {
                    self.far.insert(place, slice);
                    true
                }
            };
        };
        let new = self.words[index] & bit == 0;
        self.words[index] |= bit;
        new
    }

    /// The index of `word`, growing the bitmap at either end as far as it may.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most MAX_WORDS words; this runs once a row"
    )]
    fn reach(&mut self, word: u32) -> Option<usize> {
        if self.words.is_empty() {
            self.base = word;
            self.words.push(0);
        }
        let len = self.words.len() as u32;
        if word < self.base {
            let more = self.base - word;
            if more + len > MAX_WORDS {
                return None;
            }
            self.words
                .insert_many(0, std::iter::repeat_n(0, more as usize));
            self.base = word;
        } else if word - self.base >= len {
            if word - self.base >= MAX_WORDS {
                return None;
            }
            self.words.resize((word - self.base) as usize + 1, 0);
        }
        Some((word - self.base) as usize)
    }

    /// Bytes beside the set itself.
    pub(super) fn held_bytes(&self) -> usize {
        let words = if self.words.spilled() {
            self.words.capacity() * size_of::<u64>()
        } else {
            0
        };
        words + self.far.capacity() * size_of::<u32>()
    }

    /// How many numbers are in the set.
    pub(super) fn len(&self) -> usize {
        let near: u32 = self.words.iter().map(|word| word.count_ones()).sum();
        near as usize + self.far.len()
    }

    /// The number in the middle, the lower one of two; `None` when empty.
    pub(super) fn middle(&self) -> Option<u32> {
        let mut before = self.len().checked_sub(1)? / 2;
        if !self.far.is_empty() {
            let near = self.words.iter().zip(self.base..);
            let near = near.flat_map(|(&word, index)| Bits(word).map(move |bit| index * 64 + bit));
            let mut numbers: Vec<u32> = near.chain(self.far.iter().copied()).collect();
            numbers.sort_unstable();
            return numbers.get(before).copied();
        }
        for (&word, index) in self.words.iter().zip(self.base..) {
            let here = word.count_ones() as usize;
            if before < here {
                return Some(index * 64 + Bits(word).nth(before)?);
            }
            before -= here;
        }
        None
    }
}

/// The bits that are set, lowest first.
struct Bits(u64);

impl Iterator for Bits {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let bit = (self.0 != 0).then(|| self.0.trailing_zeros())?;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_a_set(numbers in prop::collection::vec(prop_oneof![0..500_u32, any::<u32>()], 0..200)) {
            let mut ours = SliceSet::default();
            let mut set = BTreeSet::new();
            for number in numbers {
                prop_assert_eq!(ours.insert(number), set.insert(number));
            }
            prop_assert_eq!(ours.len(), set.len());
            let middle = set.iter().nth(set.len().saturating_sub(1) / 2).copied();
            prop_assert_eq!(ours.middle(), middle);
        }
    }
}
