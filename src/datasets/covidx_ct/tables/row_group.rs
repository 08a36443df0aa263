//! Rows on their way into row groups. What is flushed when depends on counts alone, so the same labels give the same files
//! whatever the machine.

use super::partition_key::PartitionId;
use super::row::{LabelLine, Placed, Row};

/// Rows of a full row group.
pub(super) const GROUP_ROWS: usize = 131_072;
/// Rows held in all open row groups together; then the fullest is written though it isn't full.
pub(super) const HELD_ROWS: usize = 4 << 20;
/// Bytes that a held row costs.
pub(super) const ROW_BYTES: usize = size_of::<Row>();
/// Rows are held in pieces of this many: a vector that grows would be copied again and again, or hold twice the memory.
const PIECE_ROWS: usize = GROUP_ROWS / 128;

/// The rows of one row group, in the order they were read.
#[derive(Debug, Default)]
pub(super) struct OpenGroup {
    pub(super) pieces: Vec<Vec<Row>>,
    rows: usize,
    /// Boxes that do not fit a row, by the row's line.
    pub(super) wide_boxes: Vec<(LabelLine, [i32; 4])>,
}

/// One open row group a partition.
#[derive(Debug, Default)]
pub(super) struct OpenGroups {
    groups: Vec<OpenGroup>,
    held: usize,
}

impl OpenGroups {
    /// Adds rows until all are added or a row group must be written now, which is given back: call it again then.
    pub(super) fn push(&mut self, placed: &mut Placed<'_>) -> Option<(PartitionId, OpenGroup)> {
        let index = placed.partition as usize;
        if index >= self.groups.len() {
            self.groups.resize_with(index + 1, OpenGroup::default);
        }
        let group = &mut self.groups[index];
        if let (Some(wide), [row, ..]) = (placed.wide_box, placed.rows) {
            group.wide_boxes.push((row.line, wide));
        }
        while !placed.rows.is_empty() {
            let used = group.rows % PIECE_ROWS;
            if used == 0 {
                group.pieces.push(Vec::with_capacity(PIECE_ROWS));
            }
            // A group is full at the end of a piece.
            let room = (PIECE_ROWS - used).min(HELD_ROWS - self.held);
            let (rows, rest) = placed.rows.split_at(placed.rows.len().min(room));
            if let Some(piece) = group.pieces.last_mut() {
                piece.extend_from_slice(rows);
            }
            placed.rows = rest;
            group.rows += rows.len();
            self.held += rows.len();
            if group.rows == GROUP_ROWS {
                return Some((placed.partition, self.take(index)));
            }
            if self.held == HELD_ROWS {
                let fullest = (0..self.groups.len())
                    .max_by_key(|&index| (self.groups[index].rows, usize::MAX - index))?;
                let id = PartitionId::try_from(fullest).expect("partitions are numbered so");
                return Some((id, self.take(fullest)));
            }
        }
        None
    }

    /// The row groups that are left, by partition.
    pub(super) fn rest(self) -> impl Iterator<Item = (PartitionId, OpenGroup)> {
        (0..).zip(self.groups).filter(|(_, group)| group.rows > 0)
    }

    fn take(&mut self, index: usize) -> OpenGroup {
        let group = std::mem::take(&mut self.groups[index]);
        self.held -= group.rows;
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(batch: usize) -> Vec<(PartitionId, Vec<Row>, usize)> {
        let rows: Vec<Row> = (0..134_072).map(Row::of_slice).collect();
        let mut groups = OpenGroups::default();
        let mut written = Vec::new();
        for (number, rows) in rows.chunks(batch).enumerate() {
            let mut placed = Placed {
                partition: 1,
                rows,
                wide_box: (number == 0 && batch == 1).then_some([0; 4]),
            };
            written.extend(std::iter::from_fn(|| groups.push(&mut placed)));
        }
        written.extend(groups.rest());
        written
            .into_iter()
            .map(|(partition, group)| (partition, group.pieces.concat(), group.wide_boxes.len()))
            .collect()
    }

    #[test]
    fn rows_added_at_once_fill_the_same_groups() {
        let single = groups(1);
        let [(1, first, 1), (1, second, 0)] = &single[..] else {
            panic!("two groups of one partition");
        };
        assert_eq!((first.len(), second.len()), (GROUP_ROWS, 3000));
        for batch in [7, 1000, 2048, GROUP_ROWS + 3000] {
            let several = groups(batch);
            let rows = |groups: &[(PartitionId, Vec<Row>, usize)]| {
                groups
                    .iter()
                    .map(|group| group.1.clone())
                    .collect::<Vec<_>>()
            };
            assert_eq!(rows(&several), rows(&single), "{batch}");
        }
    }
}
