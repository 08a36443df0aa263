//! Which ranges of an archive are fetched for the entries that are wanted.

use std::ops::Range;

/// Entries that are fetched together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Bytes of the archive.
    pub(super) range: Range<u64>,
    /// Indices of the entries in it.
    pub(super) entries: Vec<usize>,
}

/// Entries with their bytes, in the archive's order -> stretches of up to `most` bytes; a longer entry is one by itself. What
/// lies between two entries is fetched with them where it is no more than `gap` bytes: a request costs more than that.
pub(super) fn stretches(
    entries: impl IntoIterator<Item = (usize, Range<u64>)>,
    most: u64,
    gap: u64,
) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for (index, bytes) in entries {
        match stretches.last_mut() {
            Some(last)
                if bytes.start >= last.range.start
                    && bytes.start.saturating_sub(last.range.end) <= gap
                    && bytes.end.max(last.range.end) - last.range.start <= most =>
            {
                last.range.end = last.range.end.max(bytes.end);
                last.entries.push(index);
            }
            _ => stretches.push(Stretch {
                range: bytes,
                entries: vec![index],
            }),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn neighbours_are_fetched_together_up_to_a_size_and_over_small_gaps() {
        let found = stretches(
            [
                (0, 0..40),
                (1, 40..90),
                (2, 90..130),
                (5, 135..140),
                (9, 160..170),
                (10, 170..400),
            ],
            100,
            5,
        );
        let expected = [
            (0..90, vec![0, 1]),
            (90..140, vec![2, 5]),
            (160..170, vec![9]),
            (170..400, vec![10]),
        ];
        let expected: Vec<Stretch> = expected
            .into_iter()
            .map(|(range, entries)| Stretch { range, entries })
            .collect();
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn every_entry_is_in_one_stretch_and_little_else_is(
            sizes in prop::collection::vec((1_u64..50, 0_u64..20), 0..50),
            most in 1_u64..100,
            gap in 0_u64..20,
        ) {
            let mut at = 0;
            let entries: Vec<(usize, Range<u64>)> = sizes.iter().enumerate().map(|(index, (bytes, skipped))| {
                let start = at + skipped;
                at = start + bytes;
                (index, start..at)
            }).collect();
            let found = stretches(entries.clone(), most, gap);
            let listed: Vec<usize> = found.iter().flat_map(|stretch| stretch.entries.clone()).collect();
            prop_assert_eq!(listed, (0..entries.len()).collect::<Vec<_>>());
            for stretch in &found {
                let wanted: u64 = stretch.entries.iter().map(|index| entries[*index].1.end - entries[*index].1.start).sum();
                let bytes = stretch.range.end - stretch.range.start;
                prop_assert!(bytes <= most || stretch.entries.len() == 1);
                prop_assert!(bytes <= wanted + gap * (stretch.entries.len() as u64 - 1));
            }
        }
    }
}
