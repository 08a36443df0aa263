//! A row group of `ct_slices`: rows sorted, and each column of the contract made from them.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{BooleanArray, Int32Array, Int64Array, StringArray};
use parquet::errors::ParquetError;

use super::columns::{Column, PageBuilder};
use super::images::{ImageFacts, Images, slice_key};
use super::merge::Merge;
use super::partition_key::PartitionId;
use super::row::{LabelLine, Row};
use super::row_group::OpenGroup;
use super::stem::{EXTENSION, NO_SLICE};
use super::values::{ValueId, Values};
use crate::columnar::Encoding::{Dictionary, Plain};
use crate::columnar::{Chunk, ColumnEncoder, FileFormat, NumberedRun, Run, Scratch};
use crate::datasets::covidx_ct::files::age::AgeBand;

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
                *number = number_of(stems.len());
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
        let mut order: Vec<u32> = (0..number_of(self.stems.len())).collect();
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

/// The number of a stem in its group.
fn number_of(stems: usize) -> u32 {
    u32::try_from(stems).expect("a group has at most GROUP_ROWS rows")
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

type Build = PageBuilder<SortedSlices>;
type Encoded = Result<Chunk, ParquetError>;

/// The columns of the table.
pub(super) fn columns() -> Vec<Column<Build>> {
    vec![
        Build::text("image_key", Plain, |slices, to| {
            slices.names(to, &slices.group.common.image_prefix)
        }),
        Build::text("file_name", Plain, |slices, to| slices.names(to, "")),
        Build::text("release", Dictionary, |slices, to| {
            slices.texts(to, &slices.group.common.release)
        }),
        Build::text("split", Dictionary, SortedSlices::splits),
        Build::int("label_line", Plain, |slices, to| {
            to.values(&slices.rows, |row| row.line.number().cast_signed())
        }),
        Build::int("class_id", Dictionary, SortedSlices::class_ids),
        Build::text("patient_id", Dictionary, |slices, to| {
            slices.stem_texts(to, |stem| Some(slices.group.text(&stem.patient_id)))
        }),
        Build::text("scan_id", Dictionary, |slices, to| {
            slices.stem_texts(to, |stem| slices.group.scan_id(stem))
        }),
        Build::int("slice_index", Plain, SortedSlices::slice_indexes),
        Build::int("bbox_xmin", Plain, |slices, to| slices.box_edges(to, 0)),
        Build::int("bbox_ymin", Plain, |slices, to| slices.box_edges(to, 1)),
        Build::int("bbox_xmax", Plain, |slices, to| slices.box_edges(to, 2)),
        Build::int("bbox_ymax", Plain, |slices, to| slices.box_edges(to, 3)),
        Build::text("source", Dictionary, |slices, to| {
            slices.patient_texts(to, |stem| stem.source)
        }),
        Build::int("age", Dictionary, SortedSlices::ages),
        Build::text("age_band", Dictionary, |slices, to| {
            slices.stem_texts(to, |stem| Some(AgeBand::of(stem.age).as_str()))
        }),
        Build::text("verified_finding", Dictionary, |slices, to| {
            slices.patient_texts(to, |stem| stem.verified_finding)
        }),
        Build::text("slice_selection", Dictionary, |slices, to| {
            slices.patient_texts(to, |stem| stem.slice_selection)
        }),
        Build::boolean("in_metadata", Plain, SortedSlices::in_metadata),
        Build::boolean("in_landing", Plain, SortedSlices::in_landing),
        Build::bigint("image_bytes", Plain, SortedSlices::image_bytes),
        Build::text("image_crc32", Plain, SortedSlices::image_checksums),
        Build::int("image_width", Plain, |slices, to| {
            slices.image_sizes(to, |(width, _)| width)
        }),
        Build::int("image_height", Plain, |slices, to| {
            slices.image_sizes(to, |(_, height)| height)
        }),
    ]
}

impl SortedSlices {
    /// Encodes the columns in the format of their table.
    pub(super) fn encode(
        &self,
        format: &FileFormat,
        scratch: &mut Scratch,
    ) -> Result<Vec<Chunk>, ParquetError> {
        let columns = columns();
        format.encode(scratch, |at, target| columns[at].build.build(self, target))
    }

    fn texts(&self, column: ColumnEncoder<'_, StringArray>, text: &str) -> Encoded {
        column.runs(&[(Some(text), self.rows.len())])
    }

    fn splits(&self, column: ColumnEncoder<'_, StringArray>) -> Encoded {
        let runs: Vec<Run<&str>> = self
            .rows
            .chunk_by(|a, b| a.line.split() == b.line.split())
            .map(|run| (Some(run[0].line.split().as_str()), run.len()))
            .collect();
        column.runs(&runs)
    }

    fn class_ids(&self, column: ColumnEncoder<'_, Int32Array>) -> Encoded {
        column.runs(&[(Some(self.group.class_id.into()), self.rows.len())])
    }

    fn slice_indexes(&self, column: ColumnEncoder<'_, Int32Array>) -> Encoded {
        // All others are read as signed integers.
        let slice = |row: &Row| row.slice.cast_signed();
        if self.rows.iter().all(|row| row.slice != NO_SLICE) {
            return column.values(&self.rows, slice);
        }
        column.optional_values(&self.rows, |row| {
            (row.slice != NO_SLICE).then(|| slice(row))
        })
    }

    fn box_edges(&self, column: ColumnEncoder<'_, Int32Array>, edge: usize) -> Encoded {
        let wide = &self.group.wide_boxes;
        if wide.is_empty() {
            return column.values(&self.rows, |row| row.bbox[edge].into());
        }
        column.values(&self.rows, |row| {
            if row.has_wide_box()
                && let Some((_, bbox)) = wide.iter().find(|(line, _)| *line == row.line)
            {
                return bbox[edge];
            }
            row.bbox[edge].into()
        })
    }

    /// A text per stem.
    fn stem_texts<'a>(
        &'a self,
        column: ColumnEncoder<'_, StringArray>,
        text: impl Fn(&'a StemFacts) -> Option<&'a str>,
    ) -> Encoded {
        column.runs(&self.stem_runs(text))
    }

    /// A text per patient, which many patients share.
    fn patient_texts(
        &self,
        column: ColumnEncoder<'_, StringArray>,
        value: impl Fn(&StemFacts) -> ValueId,
    ) -> Encoded {
        self.stem_texts(column, |stem| {
            self.group.values.get(value(stem)).map(|text| &**text)
        })
    }

    fn ages(&self, column: ColumnEncoder<'_, Int32Array>) -> Encoded {
        column.runs(&self.stem_runs(|stem| stem.age.map(i32::from)))
    }

    fn stem_runs<'a, V>(&'a self, value: impl Fn(&'a StemFacts) -> Option<V>) -> Vec<Run<V>> {
        let group = &self.group;
        group
            .runs
            .iter()
            .map(|&(stem, rows)| (value(&group.stems[stem as usize]), rows))
            .collect()
    }

    /// File names with `prefix` before each.
    fn names(&self, column: ColumnEncoder<'_, StringArray>, prefix: &str) -> Encoded {
        let mut rest = self.rows.as_slice();
        let runs = self.group.runs.iter().map(|&(stem, count)| {
            let (rows, others) = rest.split_at(count);
            rest = others;
            let stem = &self.group.stems[stem as usize];
            NumberedRun {
                text: self.group.text(&stem.text),
                digits: stem.digits,
                rows,
            }
        });
        column.numbered(prefix, EXTENSION, runs, |row| row.slice)
    }

    fn in_metadata(&self, column: ColumnEncoder<'_, BooleanArray>) -> Encoded {
        let group = &self.group;
        let runs = group.runs.iter();
        column.runs(runs.map(|&(stem, rows)| (group.stems[stem as usize].in_metadata, rows)))
    }

    fn in_landing(&self, column: ColumnEncoder<'_, BooleanArray>) -> Encoded {
        if self.group.images.is_empty() {
            return column.runs([(false, self.rows.len())].into_iter());
        }
        column.runs(self.images().map(|image| (image.is_some(), 1)))
    }

    fn image_bytes(&self, column: ColumnEncoder<'_, Int64Array>) -> Encoded {
        if self.group.images.is_empty() {
            return column.nulls(self.rows.len());
        }
        let images = self.images();
        column.array(
            images
                .map(|image| i64::try_from(image?.bytes).ok())
                .collect(),
        )
    }

    fn image_checksums(&self, column: ColumnEncoder<'_, StringArray>) -> Encoded {
        if self.group.images.is_empty() {
            return column.nulls(self.rows.len());
        }
        let images = self.images();
        column.array(
            images
                .map(|image| Some(format!("{:08x}", image?.crc32)))
                .collect(),
        )
    }

    fn image_sizes(
        &self,
        column: ColumnEncoder<'_, Int32Array>,
        side: fn((u16, u16)) -> u16,
    ) -> Encoded {
        if self.group.images.is_empty() {
            return column.nulls(self.rows.len());
        }
        column.optional_values(&self.rows, |row| Some(side(self.image(row)?.size?).into()))
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
