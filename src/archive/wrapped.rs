//! Where the entries of a zip are whose writer has kept 32 bits of their offsets.
//!
//! macOS's Finder and `ditto` write no Zip64 records: in an archive of more than 4 GiB offsets and sizes are what 32 bits keep of
//! them. Their entries lie one behind the other in the order of the directory, so each begins at the first place behind the one
//! before that ends in the same 32 bits. An entry of more than 4 GiB moves those behind it; its size is told by who is found
//! elsewhere.

use super::zip_end::WRAP;

/// What lies between two entries at most: a local header's extra field and, behind the data, its sizes once more.
const BETWEEN: u64 = u16::MAX as u64 + 24;

/// Gives entries their places, in the order of the directory.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Where the next begins at the earliest.
    floor: u64,
}

/// An entry with its place.
pub(super) trait Placed {
    /// Moves it.
    fn shift(&mut self, by: u64);
    /// Lets it have more bytes.
    fn grow(&mut self, by: u64);
}

impl Places {
    /// The place of an entry of which 32 bits are `offset`, and which takes up `taken` bytes at least.
    pub(super) fn next(&mut self, offset: u64, taken: u64) -> u64 {
        let behind = self.floor.saturating_sub(offset).div_ceil(WRAP);
        let place = offset.saturating_add(behind.saturating_mul(WRAP));
        self.floor = place.saturating_add(taken);
        place
    }

    /// Whether the last entry ends about where the directory begins, at `start`; with how many times 4 GiB its data, or that of
    /// others, is longer than it says.
    pub(super) fn longer(&self, start: u64) -> Option<u64> {
        let gap = start.checked_sub(self.floor)?;
        (gap % WRAP <= BETWEEN).then_some(gap / WRAP)
    }
}

/// Finds the entries that are `longer` times 4 GiB longer together than they say, and moves those behind them; false if that
/// explains nothing. `is_there` tells whether an entry begins at its place.
pub(super) fn grow<T: Placed, E>(
    entries: &mut [T],
    longer: u64,
    mut is_there: impl FnMut(&T) -> Result<bool, E>,
) -> Result<bool, E> {
    for done in 0..longer {
        // From the first that is elsewhere on, all are.
        let (mut here, mut elsewhere) = (0, entries.len());
        while here < elsewhere {
            let middle = here.midpoint(elsewhere);
            if is_there(&entries[middle])? {
                here = middle + 1;
            } else {
                elsewhere = middle;
            }
        }
        let (before, behind) = entries.split_at_mut(here);
        let Some(long) = before.last_mut() else {
            return Ok(false);
        };
        if behind.is_empty() {
            // All are where they should be: what is left is the last one's.
            long.grow((longer - done).saturating_mul(WRAP));
            break;
        }
        long.grow(WRAP);
        for entry in behind {
            entry.shift(WRAP);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Entry {
        place: u64,
        bytes: u64,
    }

    impl Placed for Entry {
        fn shift(&mut self, by: u64) {
            self.place += by;
        }

        fn grow(&mut self, by: u64) {
            self.bytes += by;
        }
    }

    /// Entries of these sizes one behind the other, as 32 bits tell of them, and where they are found.
    fn found(sizes: &[u64]) -> Option<(Vec<Entry>, u64)> {
        let mut at = 0;
        let truth: Vec<u64> = sizes
            .iter()
            .map(|size| {
                let place = at;
                at += 30 + size + 16;
                place
            })
            .collect();
        let mut places = Places::default();
        let mut entries: Vec<Entry> = sizes
            .iter()
            .zip(&truth)
            .map(|(size, place)| Entry {
                place: places.next(place % WRAP, 30 + size % WRAP),
                bytes: size % WRAP,
            })
            .collect();
        let longer = places.longer(at)?;
        let mut probes = 0;
        let explained = grow(&mut entries, longer, |entry| {
            probes += 1;
            Ok::<_, ()>(truth.contains(&entry.place))
        });
        (explained == Ok(true)).then_some((entries, probes))
    }

    fn truth(sizes: &[u64]) -> Vec<Entry> {
        let mut at = 0;
        let entry = |&bytes| {
            let place = at;
            at += 30 + bytes + 16;
            Entry { place, bytes }
        };
        sizes.iter().map(entry).collect()
    }

    #[test]
    fn entries_of_less_than_4_gib_are_placed_without_looking() {
        let sizes = vec![900_000_000; 23];
        let (entries, probes) = found(&sizes).expect("places");
        assert_eq!((entries, probes), (truth(&sizes), 0));
    }

    #[test]
    fn an_entry_of_more_is_told_by_those_behind_it() {
        for sizes in [
            vec![5 * WRAP + 7],
            vec![10, 2 * WRAP + 7, 20],
            vec![WRAP - 1, WRAP, 3 * WRAP, 0, 1],
            vec![5, 6, 7, WRAP + 1],
            vec![WRAP + 1, 5, WRAP + 1, 6, WRAP + 1],
        ] {
            let (entries, _) = found(&sizes).expect("places");
            assert_eq!(entries, truth(&sizes), "{sizes:?}");
        }
    }

    #[test]
    fn entries_in_another_order_are_not_placed() {
        let mut places = Places::default();
        places.next(3_000_000_000, 1_000_000_000);
        places.next(0, 3_000_000_000);
        assert_eq!(places.longer(4_000_000_100), None);
    }
}
