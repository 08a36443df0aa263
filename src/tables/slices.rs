//! A row group of `ct_slices`: rows sorted, and each column of the contract made from them.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, Int64Array, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};

use super::column::{ColumnValues, Scalar};
use super::images::{ImageFacts, Images};
use super::merge::{Merge, NO_SLICE, PartitionId, Row, slice_key};
use super::row_group::OpenGroup;
use super::stem::push_file_name;
use crate::covidx::age::AgeBand;

/// What the rows of one stem share.
#[derive(Debug)]
struct StemFacts {
    text: Box<str>,
    digits: Option<u8>,
    patient_id: Box<str>,
    scan_id: Option<Box<str>>,
    source: Option<Arc<str>>,
    verified_finding: Option<Arc<str>>,
    slice_selection: Option<Arc<str>>,
    age: Option<u8>,
    in_metadata: bool,
    images: Range<u32>,
}

/// What all rows of a build share.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) release: String,
    pub(super) content_id: String,
    /// Key of the image folder, with the lake's prefix and a `/` at the end.
    pub(super) image_prefix: String,
}

/// A row group that knows everything it needs, so that it can be encoded on any thread while labels are still being read.
#[derive(Debug)]
pub(super) struct SliceGroup {
    common: Arc<Common>,
    images: Arc<Images>,
    class_id: u8,
    stems: Vec<StemFacts>,
    /// The `stem` of these rows is an index into `stems`.
    rows: Vec<Row>,
    wide_boxes: Vec<(u32, [i32; 4])>,
}

/// Rows in the order of the table: by patient, scan and slice.
#[derive(Debug)]
pub(super) struct SortedSlices {
    group: SliceGroup,
    /// Index of a stem, and how many rows of it follow each other.
    runs: Vec<(u32, usize)>,
}

impl SliceGroup {
    /// Takes what the group's rows need out of the merge. `local` is scratch space that is kept from group to group.
    pub(super) fn new(
        merge: &Merge,
        common: &Arc<Common>,
        partition: PartitionId,
        group: OpenGroup,
        local: &mut Vec<u32>,
    ) -> Self {
        local.clear();
        local.resize(merge.stems.len(), u32::MAX);
        let OpenGroup {
            mut rows,
            wide_boxes,
        } = group;
        let mut stems = Vec::new();
        for row in &mut rows {
            let number = &mut local[row.stem as usize];
            if *number == u32::MAX {
                *number = stems.len() as u32;
                stems.push(StemFacts::new(merge, row.stem));
            }
            row.stem = *number;
        }
        Self {
            common: Arc::clone(common),
            images: Arc::clone(&merge.images),
            class_id: merge.class_id(partition),
            stems,
            rows,
            wide_boxes,
        }
    }

    /// Sorts by patient, scan and slice, NULLs first; rows equal in all three by label file and line.
    ///
    /// Lines of a scan follow each other already, so rows are dealt out to their scans by counting, and a scan is sorted only
    /// where it needs it: a plain sort would be a quarter of a build's time.
    pub(super) fn sort(mut self) -> SortedSlices {
        let mut order: Vec<u32> = (0..self.stems.len() as u32).collect();
        let key = |stem: u32| {
            let stem = &self.stems[stem as usize];
            (&stem.patient_id, &stem.scan_id)
        };
        order.sort_unstable_by_key(|&stem| (key(stem), stem));
        // Two stems of one scan (names with more and fewer digits) share a rank, so that their slices mix.
        let mut ranks = vec![0_u32; self.stems.len()];
        let mut last = 0;
        for pair in order.windows(2) {
            last += u32::from(key(pair[0]) != key(pair[1]));
            ranks[pair[1] as usize] = last;
        }
        let mut starts = vec![0_usize; last as usize + 2];
        for row in &self.rows {
            starts[ranks[row.stem as usize] as usize + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut sorted = self.rows.clone();
        let mut next = starts.clone();
        for row in &self.rows {
            let place = &mut next[ranks[row.stem as usize] as usize];
            sorted[*place] = *row;
            *place += 1;
        }
        // NO_SLICE is the largest number: adding one makes it the smallest.
        let key = |row: &Row| (row.slice.wrapping_add(1), row.place());
        for scan in starts.windows(2) {
            let rows = &mut sorted[scan[0]..scan[1]];
            if !rows.is_sorted_by_key(key) {
                rows.sort_unstable_by_key(key);
            }
        }
        self.rows = sorted;
        let runs = self
            .rows
            .chunk_by(|a, b| a.stem == b.stem)
            .map(|run| (run[0].stem, run.len()))
            .collect();
        SortedSlices { group: self, runs }
    }
}

impl StemFacts {
    fn new(merge: &Merge, stem: u32) -> Self {
        let stem = merge.stems.get(stem);
        let patient = merge.patients.get(stem.patient);
        let value = |id| merge.values.get(id).map(Arc::clone);
        Self {
            text: merge.stems.text(stem).into(),
            digits: stem.digits(),
            patient_id: merge.patients.id(stem.patient).into(),
            scan_id: merge.stems.scan(stem).map(Into::into),
            source: value(patient.source),
            verified_finding: value(patient.verified_finding),
            slice_selection: value(patient.slice_selection),
            age: patient.age,
            in_metadata: patient.in_metadata,
            images: stem.images.clone(),
        }
    }
}

impl SortedSlices {
    pub(super) fn rows(&self) -> usize {
        self.group.rows.len()
    }

    /// The values of one column of the contract.
    ///
    /// # Panics
    /// When the contract has a column that this table doesn't fill: a build of any labels shows it.
    pub(super) fn column(&self, name: &str) -> ColumnValues<'_> {
        let group = &self.group;
        let rows = self.rows();
        match name {
            "image_key" => ColumnValues::Array(self.names(&group.common.image_prefix)),
            "file_name" => ColumnValues::Array(self.names("")),
            "release" => ColumnValues::constant(Scalar::Text(&group.common.release), rows),
            "split" => ColumnValues::Runs(self.splits()),
            "label_line" => self.ints(|row| row.line() as i32),
            "class_id" => ColumnValues::constant(Scalar::Int(group.class_id.into()), rows),
            "patient_id" => self.of_stems(|stem| Scalar::Text(&stem.patient_id)),
            "scan_id" => self.of_stems(|stem| stem.scan_id.as_deref().into()),
            "slice_index" => ColumnValues::Array(Arc::new(
                group
                    .rows
                    .iter()
                    .map(|row| (row.slice != NO_SLICE).then_some(row.slice as i32))
                    .collect::<Int32Array>(),
            )),
            "bbox_xmin" => self.box_edge(0),
            "bbox_ymin" => self.box_edge(1),
            "bbox_xmax" => self.box_edge(2),
            "bbox_ymax" => self.box_edge(3),
            "source" => self.of_stems(|stem| stem.source.as_deref().into()),
            "age" => self.of_stems(|stem| stem.age.map(i32::from).into()),
            "age_band" => self.of_stems(|stem| Scalar::Text(AgeBand::of(stem.age).as_str())),
            "verified_finding" => self.of_stems(|stem| stem.verified_finding.as_deref().into()),
            "slice_selection" => self.of_stems(|stem| stem.slice_selection.as_deref().into()),
            "in_metadata" => self.of_stems(|stem| Scalar::Bool(stem.in_metadata)),
            "in_landing" if group.images.is_empty() => {
                ColumnValues::constant(Scalar::Bool(false), rows)
            }
            "in_landing" => ColumnValues::Array(Arc::new(BooleanArray::from_iter(
                self.images().map(|image| Some(image.is_some())),
            ))),
            name if group.images.is_empty() && name.starts_with("image_") => {
                ColumnValues::constant(Scalar::Null, rows)
            }
            "image_bytes" => ColumnValues::Array(Arc::new(
                self.images()
                    .map(|image| Some(i64::from(image?.bytes)))
                    .collect::<Int64Array>(),
            )),
            "image_crc32" => ColumnValues::Array(Arc::new(
                self.images()
                    .map(|image| Some(format!("{:08x}", image?.crc32)))
                    .collect::<StringArray>(),
            )),
            "image_width" => self.image_size(|(width, _)| width),
            "image_height" => self.image_size(|(_, height)| height),
            other => unreachable!("column `{other}` of ct_slices has no values"),
        }
    }

    fn ints(&self, value: impl Fn(&Row) -> i32) -> ColumnValues<'_> {
        ColumnValues::Array(Arc::new(Int32Array::from_iter_values(
            self.group.rows.iter().map(value),
        )))
    }

    fn box_edge(&self, edge: usize) -> ColumnValues<'_> {
        let wide = &self.group.wide_boxes;
        self.ints(|row| {
            if row.has_wide_box()
                && let Some((_, bbox)) = wide.iter().find(|(place, _)| *place == row.place())
            {
                return bbox[edge];
            }
            row.bbox[edge].into()
        })
    }

    fn of_stems<'a>(&'a self, value: impl Fn(&'a StemFacts) -> Scalar<'a>) -> ColumnValues<'a> {
        ColumnValues::Runs(
            self.runs
                .iter()
                .map(|&(stem, rows)| (value(&self.group.stems[stem as usize]), rows))
                .collect(),
        )
    }

    fn splits(&self) -> Vec<(Scalar<'static>, usize)> {
        self.group
            .rows
            .chunk_by(|a, b| a.split() == b.split())
            .map(|run| (Scalar::Text(run[0].split().as_str()), run.len()))
            .collect()
    }

    /// File names with `prefix` before each.
    fn names(&self, prefix: &str) -> ArrayRef {
        let mut text = String::with_capacity(self.rows() * (prefix.len() + 32));
        let mut offsets = Vec::with_capacity(self.rows() + 1);
        offsets.push(0);
        for row in &self.group.rows {
            let stem = &self.group.stems[row.stem as usize];
            text.push_str(prefix);
            push_file_name(&mut text, &stem.text, stem.digits, row.slice);
            offsets.push(text.len() as i32);
        }
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        Arc::new(StringArray::new(
            offsets,
            Buffer::from_vec(text.into_bytes()),
            None,
        ))
    }

    fn images(&self) -> impl Iterator<Item = Option<&ImageFacts>> {
        let group = &self.group;
        group.rows.iter().map(|row| {
            let stem = &group.stems[row.stem as usize];
            let index = group
                .images
                .find(&stem.images, slice_key(stem.digits, row.slice))?;
            Some(group.images.get(index))
        })
    }

    fn image_size(&self, edge: impl Fn((u16, u16)) -> u16) -> ColumnValues<'_> {
        ColumnValues::Array(Arc::new(
            self.images()
                .map(|image| Some(i32::from(edge(image?.size?))))
                .collect::<Int32Array>(),
        ))
    }
}
