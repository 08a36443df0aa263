//! A label line as a row, while its row group is open.
//!
//! Names are never held. A row is 20 bytes: the number of its stem (all of the name but the digits), its slice, line, split
//! and box; the rest is looked up when the row group is written.

use super::partition_key::PartitionId;
use super::stem::StemId;
use crate::datasets::covidx_ct::files::Split;

/// In the place of a box: it does not fit 16 bits and stands beside the row.
const WIDE_BOX: [u16; 4] = [u16::MAX; 4];
/// The split is packed above the line number.
const LINE_BITS: u32 = 30;
/// What is below them.
const LINE_MASK: u32 = (1 << LINE_BITS) - 1;
/// The longest label file that is read, in lines: those of all three are counted in signed 32-bit integers.
pub(super) const MAX_LINES: u32 = i32::MAX.unsigned_abs() / 3;

const _: () = assert!(MAX_LINES <= LINE_MASK);

/// A line of a split's label file. They are ordered as they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LabelLine(u32);

impl LabelLine {
    /// Line `number`, 1-based, [`MAX_LINES`] at the most.
    pub(super) fn new(split: Split, number: u32) -> Self {
        Self((split as u32) << LINE_BITS | number)
    }

    pub(super) fn split(self) -> Split {
        Split::ALL[(self.0 >> LINE_BITS) as usize]
    }

    pub(super) fn number(self) -> u32 {
        self.0 & LINE_MASK
    }
}

/// One label line, as it is held while its row group is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) stem: StemId,
    pub(super) slice: u32,
    pub(super) line: LabelLine,
    pub(super) bbox: [u16; 4],
}

impl Row {
    /// The same row with another number for its stem.
    pub(super) fn with_stem(self, stem: u32) -> Self {
        Self { stem, ..self }
    }

    /// Whether the box stands beside the row.
    pub(super) fn has_wide_box(self) -> bool {
        self.bbox == WIDE_BOX
    }

    #[cfg(test)]
    pub(super) fn of_slice(slice: u32) -> Self {
        Self {
            stem: 0,
            slice,
            line: LabelLine::new(Split::Train, 1),
            bbox: [0, 0, 1, 1],
        }
    }
}

/// A box as a row holds it, and beside the row where that can't.
pub(super) fn narrow(bbox: [i32; 4]) -> ([u16; 4], Option<[i32; 4]>) {
    let narrow = bbox.map(|edge| u16::try_from(edge).unwrap_or(u16::MAX));
    if narrow.contains(&u16::MAX) {
        (WIDE_BOX, Some(bbox))
    } else {
        (narrow, None)
    }
}

/// Rows that follow each other, and the partition they belong to.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    pub(super) partition: PartitionId,
    pub(super) rows: &'a [Row],
    /// The box of the only row, where that can't hold it.
    pub(super) wide_box: Option<[i32; 4]>,
}
