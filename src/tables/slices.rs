//! A row group of `ct_slices`: rows sorted, and each column of the contract made from them.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a group has at most GROUP_ROWS rows; MAX_LINES bounds lines, and slices but NO_SLICE are read as signed integers"
)]

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescPtr;

use super::chunk::{PageChunk, Scratch};
use super::column::{ColumnValues, Run, Scalar};
use super::images::{ImageFacts, Images, slice_key};
use super::merge::Merge;
use super::names::{self, NameRun};
use super::partition_key::PartitionId;
use super::row::{LabelLine, Row};
use super::row_group::OpenGroup;
use super::stem::NO_SLICE;
use super::values::{ValueId, Values};
use super::{plain, runs};
use crate::covidx::age::AgeBand;

/// What the rows of one stem share.
#[derive(Debug)]
struct StemFacts {
    /// Places in the group's texts: so many small ones of their own would be felt. The scan's id is part of the text.
    text: Range<usize>,
    scan_id: Option<Range<usize>>,
    patient_id: Range<usize>,
    digits: Option<u8>,
    source: ValueId,
    verified_finding: ValueId,
    slice_selection: ValueId,
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
    values: Arc<Values>,
    class_id: u8,
    stems: Vec<StemFacts>,
    texts: String,
    pieces: Vec<Vec<Row>>,
    /// Index of a stem, and how many rows of it follow each other (in a piece, while they are not sorted).
    runs: Vec<(u32, usize)>,
    wide_boxes: Vec<(LabelLine, [i32; 4])>,
}

/// Where a column's values are to be encoded.
pub(super) struct Target<'a> {
    pub(super) column: &'a ColumnDescPtr,
    pub(super) scratch: &'a mut Scratch,
}

/// Rows in the order of the table: by patient, scan and slice.
#[derive(Debug)]
pub(super) struct SortedSlices {
    group: SliceGroup,
    /// The `stem` of these is an index into the group's.
    rows: Vec<Row>,
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
            pieces, wide_boxes, ..
        } = group;
        let (mut stems, mut texts) = (Vec::new(), String::new());
        let mut runs = Vec::new();
        for run in pieces
            .iter()
            .flat_map(|piece| piece.chunk_by(|a, b| a.stem == b.stem))
        {
            let number = &mut local[run[0].stem as usize];
            if *number == u32::MAX {
                *number = stems.len() as u32;
                stems.push(StemFacts::new(merge, run[0].stem, &mut texts));
            }
            runs.push((*number, run.len()));
        }
        Self {
            common: Arc::clone(common),
            images: Arc::clone(&merge.images),
            values: Arc::clone(&merge.values),
            class_id: merge.class_id(partition),
            stems,
            texts,
            pieces,
            runs,
            wide_boxes,
        }
    }

    fn text(&self, place: &Range<usize>) -> &str {
        &self.texts[place.clone()]
    }

    fn scan_id(&self, stem: &StemFacts) -> Option<&str> {
        stem.scan_id.as_ref().map(|place| self.text(place))
    }

    /// Sorts by patient, scan and slice, NULLs first; rows equal in all three by label file and line.
    ///
    /// Lines of a scan follow each other already, so whole runs of them are put in their place, and a scan is sorted only where
    /// it needs it: a plain sort would be a quarter of a build's time.
    pub(super) fn sort(mut self) -> SortedSlices {
        let mut order: Vec<u32> = (0..self.stems.len() as u32).collect();
        let key = |stem: u32| {
            let stem = &self.stems[stem as usize];
            (self.text(&stem.patient_id), self.scan_id(stem))
        };
        order.sort_unstable_by_key(|&stem| (key(stem), stem));
        // Two stems of one scan (names with more and fewer digits) share a rank, so that their slices mix.
        let mut ranks = vec![0_u32; self.stems.len()];
        let mut last = 0;
        for pair in order.windows(2) {
            last += u32::from(key(pair[0]) != key(pair[1]));
            ranks[pair[1] as usize] = last;
        }
        let mut runs: Vec<(u32, &[Row])> = Vec::with_capacity(self.runs.len());
        let mut rest: &[Row] = &[];
        let mut pieces = self.pieces.iter();
        for &(stem, count) in &self.runs {
            if rest.is_empty() {
                rest = pieces.next().map_or(&[], Vec::as_slice);
            }
            let (run, others) = rest.split_at(count);
            rest = others;
            runs.push((stem, run));
        }
        let rank = |run: &(u32, &[Row])| ranks[run.0 as usize];
        runs.sort_by_key(rank);
        // NO_SLICE is the largest number: adding one makes it the smallest.
        let key = |row: &Row| (row.slice.wrapping_add(1), row.line);
        let mut sorted = Vec::with_capacity(self.pieces.iter().map(Vec::len).sum());
        let mut sorted_runs = Vec::with_capacity(runs.len());
        for scan in runs.chunk_by(|a, b| rank(a) == rank(b)) {
            let start = sorted.len();
            for &(stem, run) in scan {
                sorted.extend(run.iter().map(|row| row.with_stem(stem)));
            }
            let rows = &mut sorted[start..];
            if !rows.is_sorted_by_key(key) {
                rows.sort_unstable_by_key(key);
            }
            let runs = rows.chunk_by(|a, b| a.stem == b.stem);
            sorted_runs.extend(runs.map(|run| (run[0].stem, run.len())));
        }
        self.pieces.clear();
        self.runs = sorted_runs;
        SortedSlices {
            group: self,
            rows: sorted,
        }
    }
}

impl StemFacts {
    fn new(merge: &Merge, stem: u32, texts: &mut String) -> Self {
        let stem = merge.stems.get(stem);
        let patient = merge.patients.get(stem.patient);
        let mut push = |text: &str| {
            let start = texts.len();
            texts.push_str(text);
            start..texts.len()
        };
        let text = push(merge.stems.text(stem));
        let scan = stem.scan();
        Self {
            scan_id: (!scan.is_empty()).then(|| text.start + scan.start..text.start + scan.end),
            text,
            patient_id: push(merge.patients.id(stem.patient)),
            digits: stem.digits(),
            source: patient.source,
            verified_finding: patient.verified_finding,
            slice_selection: patient.slice_selection,
            age: patient.age,
            in_metadata: patient.in_metadata,
            images: stem.images.clone(),
        }
    }
}

impl SortedSlices {
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// One column of the contract.
    ///
    /// # Panics
    /// When the contract has a column that this table doesn't fill: a build of any labels shows it.
    pub(super) fn column(&self, name: &str, to: Target<'_>) -> Result<ColumnValues, ParquetError> {
        let group = &self.group;
        let rows = self.rows();
        let chunk = match name {
            "image_key" => self.names(to, &group.common.image_prefix),
            "file_name" => self.names(to, ""),
            "release" => runs::encode(
                to.column,
                to.scratch,
                &[(Scalar::Text(&group.common.release), rows)],
            ),
            "split" => runs::encode(to.column, to.scratch, &self.splits()),
            "label_line" => self.ints(to, |row| row.line.number() as i32),
            "class_id" => runs::encode(
                to.column,
                to.scratch,
                &[(Scalar::Int(group.class_id.into()), rows)],
            ),
            "patient_id" => self.of_stems(to, |stem| Scalar::Text(group.text(&stem.patient_id))),
            "scan_id" => self.of_stems(to, |stem| group.scan_id(stem).into()),
            "slice_index" if self.rows.iter().all(|row| row.slice != NO_SLICE) => {
                self.ints(to, |row| row.slice as i32)
            }
            "slice_index" => self.optional_ints(to, |row| {
                (row.slice != NO_SLICE).then_some(row.slice as i32)
            }),
            "bbox_xmin" => self.box_edge(to, 0),
            "bbox_ymin" => self.box_edge(to, 1),
            "bbox_xmax" => self.box_edge(to, 2),
            "bbox_ymax" => self.box_edge(to, 3),
            "source" => self.of_patients(to, |stem| stem.source),
            "age" => self.of_stems(to, |stem| stem.age.map(i32::from).into()),
            "age_band" => self.of_stems(to, |stem| Scalar::Text(AgeBand::of(stem.age).as_str())),
            "verified_finding" => self.of_patients(to, |stem| stem.verified_finding),
            "slice_selection" => self.of_patients(to, |stem| stem.slice_selection),
            "image_width" => self.image_ints(to, |image| Some(image.size?.0.into())),
            "image_bytes" | "image_crc32" if group.images.is_empty() => {
                runs::encode(to.column, to.scratch, &[(Scalar::Null, rows)])
            }
            "image_height" => self.image_ints(to, |image| Some(image.size?.1.into())),
            "in_metadata" => {
                let stems = &group.stems;
                let runs = group.runs.iter();
                let runs = runs.map(|&(stem, rows)| (stems[stem as usize].in_metadata, rows));
                plain::encode_bools(to.column, to.scratch, runs)
            }
            "in_landing" if group.images.is_empty() => {
                plain::encode_bools(to.column, to.scratch, [(false, rows)].into_iter())
            }
            "in_landing" => {
                let runs = self.images().map(|image| (image.is_some(), 1));
                plain::encode_bools(to.column, to.scratch, runs)
            }
            name => return Ok(ColumnValues::Array(self.array(name))),
        };
        chunk.map(ColumnValues::Chunk)
    }

    /// The columns that are left to the general writer.
    fn array(&self, name: &str) -> ArrayRef {
        match name {
            "image_bytes" => Arc::new(
                self.images()
                    .map(|image| i64::try_from(image?.bytes).ok())
                    .collect::<Int64Array>(),
            ),
            "image_crc32" => Arc::new(
                self.images()
                    .map(|image| Some(format!("{:08x}", image?.crc32)))
                    .collect::<StringArray>(),
            ),
            other => unreachable!("column `{other}` of ct_slices has no values"),
        }
    }

    fn ints(&self, to: Target<'_>, value: impl Fn(&Row) -> i32) -> Result<PageChunk, ParquetError> {
        plain::encode_ints(to.column, to.scratch, &self.rows, value)
    }

    fn optional_ints(
        &self,
        to: Target<'_>,
        value: impl Fn(&Row) -> Option<i32>,
    ) -> Result<PageChunk, ParquetError> {
        plain::encode_optional_ints(to.column, to.scratch, &self.rows, value)
    }

    fn box_edge(&self, to: Target<'_>, edge: usize) -> Result<PageChunk, ParquetError> {
        let wide = &self.group.wide_boxes;
        if wide.is_empty() {
            return self.ints(to, |row| row.bbox[edge].into());
        }
        self.ints(to, |row| {
            if row.has_wide_box()
                && let Some((_, bbox)) = wide.iter().find(|(line, _)| *line == row.line)
            {
                return bbox[edge];
            }
            row.bbox[edge].into()
        })
    }

    fn of_stems<'a>(
        &'a self,
        to: Target<'_>,
        value: impl Fn(&'a StemFacts) -> Scalar<'a>,
    ) -> Result<PageChunk, ParquetError> {
        let runs: Vec<Run<'a>> = self
            .group
            .runs
            .iter()
            .map(|&(stem, rows)| (value(&self.group.stems[stem as usize]), rows))
            .collect();
        runs::encode(to.column, to.scratch, &runs)
    }

    /// A column of values that many patients share.
    fn of_patients(
        &self,
        to: Target<'_>,
        value: impl Fn(&StemFacts) -> ValueId,
    ) -> Result<PageChunk, ParquetError> {
        let text = |stem| self.group.values.get(value(stem)).map(|text| &**text);
        self.of_stems(to, |stem| text(stem).into())
    }

    fn splits(&self) -> Vec<Run<'static>> {
        self.rows
            .chunk_by(|a, b| a.line.split() == b.line.split())
            .map(|run| (Scalar::Text(run[0].line.split().as_str()), run.len()))
            .collect()
    }

    /// File names with `prefix` before each.
    fn names(&self, to: Target<'_>, prefix: &str) -> Result<PageChunk, ParquetError> {
        let mut rest = self.rows.as_slice();
        let runs = self.group.runs.iter().map(|&(stem, count)| {
            let (rows, others) = rest.split_at(count);
            rest = others;
            let stem = &self.group.stems[stem as usize];
            NameRun {
                text: self.group.text(&stem.text),
                digits: stem.digits,
                rows,
            }
        });
        names::encode(to.column, to.scratch, prefix, runs)
    }

    fn image_ints(
        &self,
        to: Target<'_>,
        value: impl Fn(&ImageFacts) -> Option<i32>,
    ) -> Result<PageChunk, ParquetError> {
        if self.group.images.is_empty() {
            return runs::encode(to.column, to.scratch, &[(Scalar::Null, self.rows())]);
        }
        self.optional_ints(to, |row| value(self.image(row)?))
    }

    fn image(&self, row: &Row) -> Option<&ImageFacts> {
        let group = &self.group;
        let stem = &group.stems[row.stem as usize];
        let index = group
            .images
            .find(&stem.images, slice_key(stem.digits, row.slice))?;
        Some(group.images.get(index))
    }

    fn images(&self) -> impl Iterator<Item = Option<&ImageFacts>> {
        self.rows.iter().map(|row| self.image(row))
    }
}
