//! The inputs of a build, opened: every line is merged, and each row goes into a row group or is counted.

use std::sync::Arc;
use std::thread;

use arrow::array::RecordBatch;
use chrono::{SecondsFormat, Utc};
use parquet::errors::ParquetError;

use super::columns::batch;
use super::error::{InputError, LandedFile};
use super::images::Images;
use super::labels::{LineCount, LineSink, ReadError, Taken, for_each_line};
use super::merge::Merge;
use super::partition_key::PartitionId;
use super::partition_names::partition;
use super::patients::{self, PatientRows};
use super::plan::{Landed, METADATA};
use super::row::{Placed, Row};
use super::row_group::{OpenGroup, OpenGroups};
use super::slices::{Common, SliceGroup};
use super::snapshot_info::{self, SnapshotInfo};
use super::specification::{FINDINGS, INFO, PATIENTS, PREVIEWS, SLICES, table};
use super::totals::{Totals, joined};
use super::{previews, quality_findings};
use crate::build::{Closed, Partition, Queue, RowGroup, WriteError};
use crate::columnar::{Chunk, FileFormat, Scratch};
use crate::datasets::covidx_ct::files::Split;
use crate::datasets::covidx_ct::files::release::CtRelease;
use crate::datasets::covidx_ct::rules::RuleId;
use crate::datasets::{BuildError, BuildOptions, BuildPlan, Counts, Forecast, TableForecast};
use crate::lake::reader::ObjectReader;
use crate::lake::{Lake, SnapshotName, layout};
use crate::progress::{Progress, Unit};
use crate::release::Release;

/// Stems at the most: each costs about 130 bytes.
const MAX_SCANS: usize = 4_000_000;
/// Bytes of their names at the most. Their places have 32 bits.
const MAX_NAMES: usize = 1 << 30;

/// The rows of one row group, not yet encoded.
pub(super) enum Work {
    Slices(SliceGroup),
    Batch(RecordBatch),
}

impl RowGroup for Work {
    fn encode(
        self,
        format: &FileFormat,
        scratch: &mut Scratch,
    ) -> Result<Vec<Chunk>, ParquetError> {
        match self {
            Self::Slices(group) => group.sort().encode(format, scratch),
            Self::Batch(batch) => format.encode_batch(&batch),
        }
    }
}

/// The inputs of a build, opened.
pub(super) struct Inputs {
    lake: Lake,
    merge: Merge,
    release: Release,
    readers: Vec<(Split, LandedFile, ObjectReader)>,
    common: Arc<Common>,
    /// Where the images are below the lake's root; `None` where no previews are made of them.
    previewed: Option<String>,
    threads: usize,
    max_bad_rows: u64,
    /// The metadata file, as findings call it.
    metadata: LandedFile,
    bad_metadata: bool,
    progress: Arc<dyn Progress>,
    label_bytes: u64,
    snapshot_time: String,
}

impl Inputs {
    pub(super) async fn open(
        lake: &Lake,
        plan: BuildPlan,
        options: &BuildOptions,
        progress: Arc<dyn Progress>,
    ) -> Result<Self, BuildError> {
        let landed: Landed = plan.prepared.take();
        let folder = plan.release.image_folder();
        let images = Images::new(&landed.manifest, &folder);
        let landing = lake.object_key(&layout::landing(plan.release.as_str()));
        let image_prefix = format!("{landing}/{folder}/");
        let landed_file = |path: &str| LandedFile {
            lake: lake.name().to_owned(),
            path: path.to_owned(),
        };
        let mut readers = Vec::new();
        for (index, split) in Split::ALL.into_iter().enumerate() {
            let reader = ObjectReader::open(lake, &landed.objects[index]).await?;
            readers.push((split, landed_file(&plan.inputs[index].path), reader));
        }
        Ok(Self {
            lake: lake.clone(),
            merge: Merge::new(landed.roster, images),
            readers,
            common: Arc::new(Common {
                release: plan.release.as_str().to_owned(),
                content_id: plan.content_id,
                image_prefix,
            }),
            previewed: options.previews.then(|| {
                let landing = layout::landing(plan.release.as_str());
                format!("{landing}/{folder}/")
            }),
            threads: options.threads,
            max_bad_rows: options.max_bad_rows,
            metadata: landed_file(&plan.inputs[METADATA].path),
            bad_metadata: options.bad_metadata,
            progress,
            label_bytes: plan.inputs[..METADATA]
                .iter()
                .map(|input| input.bytes)
                .sum(),
            release: plan.release,
            snapshot_time: Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true),
        })
    }

    /// Merges every line, handing the rows to `each`.
    fn merge_lines(
        &mut self,
        mut each: impl FnMut(&Merge, Placed<'_>) -> Result<(), BuildError>,
    ) -> Result<Counts, BuildError> {
        let mut counts = Counts::default();
        self.progress.begin("labels", Unit::Bytes, self.label_bytes);
        let mut rows = Vec::new();
        for (split, file, reader) in std::mem::take(&mut self.readers) {
            let mut lines = SplitLines {
                merge: &mut self.merge,
                split,
                file: &file,
                max_bad_rows: self.max_bad_rows,
                bad_lines: &mut counts.bad_lines,
                rows: &mut rows,
                each: &mut each,
            };
            let lines = for_each_line(reader, &*self.progress, &mut lines);
            let LineCount { all, blank } = lines.map_err(|stop| match stop {
                LineStop::Read(source) => BuildError::from(InputError::Labels {
                    file: file.path.clone(),
                    source,
                }),
                LineStop::Build(error) => error,
            })?;
            if all == blank {
                return Err(InputError::NoLines(file).into());
            }
            counts.lines += all;
            counts.blank_lines += blank;
        }
        self.progress.end();
        self.check_joined()?;
        Ok(counts)
    }

    /// Metadata that most slices find no patient in is that of something else, or damaged.
    fn check_joined(&mut self) -> Result<(), BuildError> {
        let (slices, joined) = (self.merge.slices(), self.merge.joined());
        if joined >= slices.div_ceil(2) {
            return Ok(());
        }
        if !self.bad_metadata {
            let orphan = self.merge.some_orphan().unwrap_or_default().to_owned();
            return Err(InputError::Unmatched {
                file: self.metadata.clone(),
                slices,
                joined,
                orphan,
            }
            .into());
        }
        let detail = format!("{joined} of {slices} slices belong to a patient that it lists");
        self.merge.findings.add(
            RuleId::MetadataUnmatched,
            &self.metadata.path,
            Some(detail),
            slices - joined,
        );
        Ok(())
    }

    /// Fills in what all lines add up to.
    fn sum_up(&self, totals: &Totals, counts: &mut Counts) {
        let merge = &self.merge;
        counts.slices = merge.slices();
        counts.slices_in_landing = Some(merge.landed());
        counts.patients = merge.patients.len() as u64;
        counts.patients_with_slices = merge.patients.with_slices();
        counts.scans = totals.scan_count();
        counts.partitions = merge.partitions.len() as u64;
        counts.held_bytes = merge.held_bytes() + totals.held_bytes();
        counts.missing_columns.clone_from(&merge.columns.missing);
        counts.extra_columns.clone_from(&merge.columns.extra);
        counts.findings = totals.findings.counts();
    }

    /// Queues the row groups of all tables.
    pub(super) fn produce(
        mut self,
        mut queue: Queue<Work>,
        snapshot: &SnapshotName,
    ) -> Result<Counts, BuildError> {
        let mut groups = OpenGroups::default();
        let mut local = Vec::new();
        let common = Arc::clone(&self.common);
        let mut push = |queue: &mut Queue<Work>,
                        merge: &Merge,
                        (id, group): (PartitionId, OpenGroup),
                        last: bool| {
            let partition = partition(&merge.values, merge.partitions.key(id));
            let work = SliceGroup::new(merge, &common, id, group, &mut local);
            queue.push(SLICES, &partition, Work::Slices(work), last)
        };
        let mut counts = self.merge_lines(|merge, mut placed| {
            while let Some(full) = groups.push(&mut placed) {
                push(&mut queue, merge, full, false)?;
            }
            Ok(())
        })?;
        let merge = &self.merge;
        let mut others = queue.for_other_tables();
        thread::scope(|scope| {
            let rest = scope.spawn(move || {
                let mut rest = groups.rest();
                rest.try_for_each(|group| push(&mut queue, merge, group, true))
            });
            self.produce_others(&mut others, snapshot, &mut counts)?;
            drop(others);
            Ok(joined(rest)?)
        })
        .map(|()| counts)
    }

    /// Queues the row groups of all tables but the slices.
    fn produce_others(
        &self,
        queue: &mut Queue<Work>,
        snapshot: &SnapshotName,
        counts: &mut Counts,
    ) -> Result<(), BuildError> {
        let (merge, common) = (&self.merge, &*self.common);
        let totals = Totals::of(merge, self.release.as_str());
        self.sum_up(&totals, counts);
        let patients = PatientRows::new(merge, &totals, common, table(PATIENTS));
        for (key, batch, last) in patients.batches() {
            let partition = partition(&merge.values, key);
            queue.push(PATIENTS, &partition, Work::Batch(batch), last)?;
        }
        let whole: Partition = Arc::from([]);
        let findings = totals.findings.rows();
        if !findings.is_empty() {
            let columns = quality_findings::columns();
            let batch = batch(table(FINDINGS), &columns, &&findings[..]);
            queue.push(FINDINGS, &whole, Work::Batch(batch), true)?;
        }
        let info = SnapshotInfo {
            snapshot,
            common,
            counts,
            built_at: &self.snapshot_time,
        };
        let info = batch(table(INFO), &snapshot_info::columns(), &info);
        queue.push(INFO, &whole, Work::Batch(info), true)?;
        if let Some(folder) = &self.previewed {
            let sources = previews::Sources {
                lake: &self.lake,
                folder,
                key_prefix: &common.image_prefix,
                threads: self.threads,
            };
            let push = |batch| Ok(queue.push(PREVIEWS, &whole, Work::Batch(batch), false)?);
            let table = table(PREVIEWS);
            let (rows, without) = previews::produce(merge, &sources, table, &*self.progress, push)?;
            counts.previews = Some(rows);
            counts.without_preview = Some(without);
        }
        Ok(())
    }

    /// Counts what [`Inputs::produce`] would queue.
    pub(super) fn count(mut self) -> Result<Forecast, BuildError> {
        let mut rows: Vec<u64> = Vec::new();
        let mut counts = self.merge_lines(|_, placed| {
            let index = placed.partition as usize;
            if index >= rows.len() {
                rows.resize(index + 1, 0);
            }
            rows[index] += placed.rows.len() as u64;
            Ok(())
        })?;
        let totals = Totals::of(&self.merge, self.release.as_str());
        self.sum_up(&totals, &mut counts);
        let mut slices = TableForecast::default();
        let path = |key| layout::partition_path(&partition(&self.merge.values, key));
        for (id, &rows) in (0..).zip(&rows) {
            slices.add(path(self.merge.partitions.key(id)), rows);
        }
        let mut patients = TableForecast::default();
        for (key, members) in patients::by_partition(&self.merge, &totals) {
            patients.add(path(key), members.len() as u64);
        }
        let mut findings = TableForecast::default();
        findings.add(String::new(), totals.findings.rows().len() as u64);
        let mut info = TableForecast::default();
        info.add(String::new(), 1);
        let mut forecasts = vec![slices, patients, findings, info];
        if self.previewed.is_some() {
            let mut images = TableForecast::default();
            images.add(String::new(), previews::scans(&self.merge).0.len() as u64);
            forecasts.push(images);
        }
        let tables = forecasts.into_iter().enumerate();
        let tables = tables
            .map(|(number, forecast)| (table(number).name.clone(), forecast))
            .collect();
        Ok(Forecast { counts, tables })
    }
}

/// A closed queue has its reason on the other side of the pipeline, which is returned in the place of this.
impl From<Closed> for BuildError {
    fn from(Closed: Closed) -> Self {
        Self::Write(WriteError::Stopped)
    }
}

/// Merges the lines of one label file.
struct SplitLines<'a, F> {
    merge: &'a mut Merge,
    split: Split,
    file: &'a LandedFile,
    max_bad_rows: u64,
    bad_lines: &'a mut u64,
    /// Scratch space.
    rows: &'a mut Vec<Row>,
    each: &'a mut F,
}

impl<F: FnMut(&Merge, Placed<'_>) -> Result<(), BuildError>> LineSink for SplitLines<'_, F> {
    type Error = LineStop;

    fn line(&mut self, number: u32, bytes: &[u8]) -> Result<(), LineStop> {
        let placed = match self.merge.line(self.split, number, bytes, self.rows) {
            Ok(placed) => placed,
            Err(source) => {
                let error = InputError::Line {
                    file: self.file.clone(),
                    line: number,
                    source,
                };
                *self.bad_lines += 1;
                if *self.bad_lines > self.max_bad_rows {
                    return Err(LineStop::Build(error.into()));
                }
                self.merge.add_bad_line(&self.file.path, number, &error);
                return Ok(());
            }
        };
        if self.merge.stems.len() > MAX_SCANS {
            return Err(LineStop::Build(
                InputError::TooManyScans {
                    file: self.file.path.clone(),
                    line: number,
                    limit: MAX_SCANS,
                    mib: self.merge.held_bytes() >> 20,
                }
                .into(),
            ));
        }
        if self.merge.stems.text_bytes() > MAX_NAMES {
            return Err(LineStop::Build(
                InputError::NamesTooLong {
                    file: self.file.path.clone(),
                    line: number,
                    limit: MAX_NAMES,
                }
                .into(),
            ));
        }
        (self.each)(self.merge, placed).map_err(LineStop::Build)
    }

    fn several(&mut self, number: u32, lines: &[u8]) -> Result<Taken, LineStop> {
        let Some((placed, taken)) = self.merge.several(self.split, number, lines, self.rows) else {
            return Ok(Taken::default());
        };
        (self.each)(self.merge, placed).map_err(LineStop::Build)?;
        Ok(taken)
    }
}

/// Why reading lines ended early.
enum LineStop {
    Read(ReadError),
    Build(BuildError),
}

impl From<ReadError> for LineStop {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}
