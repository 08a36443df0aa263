//! A build: labels, metadata and manifest are merged, written as four tables, audited and published.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::available_parallelism;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use chrono::{SecondsFormat, Utc};
use parquet::errors::ParquetError;
use serde::Serialize;

use super::error::BuildError;
use super::finding::Finding;
use super::images::Images;
use super::labels::{LineCount, ReadError, for_each_line};
use super::merge::{Merge, PartitionId, Placed};
use super::parquet_file::TableFormat;
use super::patients::{self, PatientRows};
use super::plan::{BuildPlan, METADATA};
use super::row_group::{HELD_ROWS, OpenGroups, ROW_BYTES};
use super::slices::{Common, SliceGroup};
use super::write::{Closed, Partition, Queue, Work, WriteError, write};
use crate::contract::{Contract, RuleId, Severity, Table};
use crate::covidx::{Release, Split};
use crate::lake::log::{Entry, TableFiles};
use crate::lake::reader::ObjectReader;
use crate::lake::{
    Draft, Lake, LakeError, PublishOptions, Published, SnapshotName, discard, layout, publish,
};
use crate::progress::{Progress, Stop, Unit};

/// What a build is asked for.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// Which release, where the landing zone has several.
    pub release: Option<Release>,
    /// So many malformed lines become findings instead of an error.
    pub max_bad_rows: u64,
    /// Publish nothing when a finding is this bad or worse.
    pub fail_on: Option<Severity>,
    /// Keep the files of a build that failed its audit.
    pub keep_failed: bool,
    /// Publish even what is there already.
    pub force: bool,
    /// Publish to a store without conditional writes.
    pub single_writer: bool,
    /// Bytes for rows and row groups on their way to the files.
    pub memory: u64,
    /// Encoder threads at the most.
    pub threads: usize,
}

/// The default budget: see [`BuildOptions::memory`].
pub const DEFAULT_MEMORY: u64 = 128_000_000;

impl Default for BuildOptions {
    fn default() -> Self {
        Self {
            release: None,
            max_bad_rows: 0,
            fail_on: None,
            keep_failed: false,
            force: false,
            single_writer: false,
            memory: DEFAULT_MEMORY,
            threads: available_parallelism().map_or(1, usize::from),
        }
    }
}

/// What a build did.
#[derive(Debug, Clone, Serialize)]
pub struct BuildSummary {
    /// The release.
    pub release: Release,
    /// The snapshot that readers see now.
    pub snapshot: SnapshotName,
    /// Its entry in the log.
    pub entry: u64,
    /// Whether this build has published it, and not another one that was faster with the same content.
    pub published: bool,
    /// What the labels added up to.
    pub counts: Counts,
    /// Data files of all tables.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

/// What the labels add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Physical lines of the label files.
    pub lines: u64,
    /// Of these, blank ones.
    pub blank_lines: u64,
    /// Of these, malformed ones.
    pub bad_lines: u64,
    /// Rows of `ct_slices`.
    pub slices: u64,
    /// Slices whose image is in the landing zone.
    pub slices_in_landing: u64,
    /// Rows of `patients`.
    pub patients: u64,
    /// Patients with slices.
    pub patients_with_slices: u64,
    /// Distinct scans, as file names tell them apart.
    pub scans: u64,
    /// Partitions of `ct_slices`.
    pub partitions: u64,
    /// Columns that the metadata lacks: their values are NULL or `Unknown`.
    pub missing_columns: Vec<&'static str>,
    /// Columns of the metadata that were passed over.
    pub extra_columns: Vec<String>,
    /// Subjects by rule.
    pub findings: Vec<RuleCount>,
    /// Bytes that the merge held for the whole build, without row groups: patients, scans, slice bitmaps.
    pub held_bytes: u64,
}

/// How many subjects a rule has named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleCount {
    /// The rule.
    pub rule: RuleId,
    /// How bad it is.
    pub severity: Severity,
    /// Subjects.
    pub subjects: u64,
}

/// What a build would write.
#[derive(Debug, Clone, Serialize)]
pub struct Forecast {
    /// What the labels add up to.
    pub counts: Counts,
    /// Rows and files of each table.
    pub tables: BTreeMap<String, TableForecast>,
}

/// What a build would write to one table.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TableForecast {
    /// Rows.
    pub rows: u64,
    /// Rows by partition path; one file each, until it passes the target size.
    pub partitions: BTreeMap<String, u64>,
}

/// The tables, in the order of their formats.
const SLICES: usize = 0;
const PATIENTS: usize = 1;
const FINDINGS: usize = 2;
const INFO: usize = 3;
const TABLES: [(&str, &[&str]); 4] = [
    ("ct_slices", &["patient_id", "scan_id", "slice_index"]),
    ("patients", &["patient_id"]),
    ("quality_findings", &[]),
    ("snapshot_info", &[]),
];

/// Stems at the most: each costs about 150 bytes.
const MAX_SCANS: usize = 4_000_000;
/// What encoding one row group takes beside its rows: their sorted copy, one column unencoded, the chunks.
const GROUP_BYTES: u64 = 16_000_000;
/// The shortest label line has about this many bytes.
const SHORTEST_LINE: u64 = 16;

/// Reads everything and counts what would be written.
pub async fn forecast(
    lake: &Lake,
    plan: &BuildPlan,
    options: &BuildOptions,
    progress: Arc<dyn Progress>,
) -> Result<Forecast, BuildError> {
    let labels = Labels::open(lake, plan, options, progress).await?;
    let counted = tokio::task::spawn_blocking(move || labels.count());
    counted.await.map_err(LakeError::from)?
}

/// Carries out a plan.
///
/// On any failure, and when asked to stop, what was written is removed and nothing is published.
pub async fn execute(
    lake: &Lake,
    plan: &BuildPlan,
    options: &BuildOptions,
    progress: Arc<dyn Progress>,
    stop: &Stop,
) -> Result<BuildSummary, BuildError> {
    let time = Utc::now();
    let snapshot = SnapshotName::new(time, &plan.content_id);
    let written = write_tables(lake, plan, options, progress, stop, &snapshot).await;
    let audited = written.and_then(|(counts, tables)| {
        audit(lake, options, &snapshot, &counts, &tables)?;
        Ok((counts, tables))
    });
    let (counts, tables) = match audited {
        Ok(written) => written,
        Err(error) => {
            if !matches!(error, BuildError::Audit { kept: Some(_), .. }) {
                // What can't be removed now is removed by `snapshots expire`; the reason is what counts.
                let _ = discard(lake, &snapshot).await;
            }
            return Err(error);
        }
    };
    let draft = Draft {
        snapshot,
        content_id: plan.content_id.clone(),
        release: plan.release.as_str().to_owned(),
        contract_version: Contract::current().version.clone(),
        inputs: plan.inputs.clone(),
        tables,
    };
    let publish_options = PublishOptions {
        force: options.force,
        single_writer: options.single_writer,
    };
    let (entry, published) = match publish(lake, &draft, publish_options).await? {
        Published::Entry(entry) => (entry, true),
        Published::SameContent(entry) => (entry, false),
    };
    Ok(summary(plan, &entry, published, counts))
}

fn summary(plan: &BuildPlan, entry: &Entry, published: bool, counts: Counts) -> BuildSummary {
    BuildSummary {
        release: plan.release.clone(),
        snapshot: entry.snapshot.clone(),
        entry: entry.number,
        published,
        counts,
        files: entry
            .tables
            .values()
            .map(|table| table.files.len() as u64)
            .sum(),
        bytes: entry.tables.values().map(TableFiles::bytes).sum(),
    }
}

async fn write_tables(
    lake: &Lake,
    plan: &BuildPlan,
    options: &BuildOptions,
    progress: Arc<dyn Progress>,
    stop: &Stop,
    snapshot: &SnapshotName,
) -> Result<(Counts, BTreeMap<String, TableFiles>), BuildError> {
    let encoders = encoders(plan, options)?;
    let labels = Labels::open(lake, plan, options, progress).await?;
    let formats = TABLES
        .iter()
        .map(|(name, sorted_by)| TableFormat::new(table(name), sorted_by))
        .collect::<Result<Vec<_>, ParquetError>>()
        .map_err(WriteError::from)?;
    let name = snapshot.clone();
    let (produced, tables) = write(
        lake,
        snapshot,
        &Arc::new(formats),
        encoders,
        stop,
        move |queue| labels.produce(queue, &name),
    )
    .await?;
    Ok((produced?, tables))
}

fn table(name: &str) -> &'static Table {
    Contract::current()
        .table(name)
        .expect("the contract has the four tables: a test compares them")
}

/// How many encoders the memory allows.
fn encoders(plan: &BuildPlan, options: &BuildOptions) -> Result<usize, BuildError> {
    let label_bytes: u64 = plan.inputs[..METADATA]
        .iter()
        .map(|input| input.bytes)
        .sum();
    let rows = (label_bytes / SHORTEST_LINE).min(HELD_ROWS as u64) * ROW_BYTES as u64;
    let group = GROUP_BYTES.min(rows * 4 + 1_000_000);
    let affordable = options.memory.saturating_sub(rows) / group;
    if affordable == 0 {
        return Err(BuildError::Memory {
            need: (rows + group).div_ceil(1_000_000),
            given: options.memory / 1_000_000,
        });
    }
    Ok(options.threads.clamp(1, affordable as usize))
}

fn audit(
    lake: &Lake,
    options: &BuildOptions,
    snapshot: &SnapshotName,
    counts: &Counts,
    tables: &BTreeMap<String, TableFiles>,
) -> Result<(), BuildError> {
    let rows = tables.get("ct_slices").map_or(0, TableFiles::rows);
    if rows + counts.blank_lines + counts.bad_lines != counts.lines {
        return Err(BuildError::Reconcile {
            lines: counts.lines,
            rows,
            blank: counts.blank_lines,
            bad: counts.bad_lines,
        });
    }
    let Some(threshold) = options.fail_on else {
        return Ok(());
    };
    let found: Vec<_> = counts
        .findings
        .iter()
        .filter(|count| count.severity >= threshold)
        .map(|count| (count.rule, count.severity, count.subjects))
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(BuildError::Audit {
        fail_on: threshold.as_str(),
        found,
        kept: options
            .keep_failed
            .then(|| lake.uri(&layout::table("ct_slices", snapshot))),
    })
}

/// The inputs of a build, opened.
struct Labels {
    merge: Merge,
    release: Release,
    readers: Vec<(Split, String, ObjectReader)>,
    common: Arc<Common>,
    max_bad_rows: u64,
    progress: Arc<dyn Progress>,
    label_bytes: u64,
    snapshot_time: String,
}

impl Labels {
    async fn open(
        lake: &Lake,
        plan: &BuildPlan,
        options: &BuildOptions,
        progress: Arc<dyn Progress>,
    ) -> Result<Self, BuildError> {
        let file = |index: usize| plan.inputs[index].path.clone();
        let text = lake.read(&plan.objects[METADATA].location).await?;
        let images = Images::new(&plan.manifest);
        let folder = images
            .folder()
            .map_or_else(|| plan.release.image_folder(), str::to_owned);
        let image_prefix = format!("{}/{folder}/", layout::landing(plan.release.as_str()));
        let mut readers = Vec::new();
        for (index, split) in Split::ALL.into_iter().enumerate() {
            let reader = ObjectReader::open(lake, &plan.objects[index]).await?;
            readers.push((split, file(index), reader));
        }
        Ok(Self {
            merge: Merge::new(&text, images).map_err(|source| BuildError::Metadata {
                file: file(METADATA),
                source,
            })?,
            release: plan.release.clone(),
            readers,
            common: Arc::new(Common {
                release: plan.release.as_str().to_owned(),
                content_id: plan.content_id.clone(),
                image_prefix,
            }),
            max_bad_rows: options.max_bad_rows,
            progress,
            label_bytes: plan.inputs[..METADATA]
                .iter()
                .map(|input| input.bytes)
                .sum(),
            snapshot_time: Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true),
        })
    }

    /// Merges every line, handing each row to `row`.
    fn merge_lines(
        &mut self,
        mut row: impl FnMut(&Merge, Placed) -> Result<(), BuildError>,
    ) -> Result<Counts, BuildError> {
        let mut counts = Counts::default();
        self.progress.begin("labels", Unit::Bytes, self.label_bytes);
        for (split, file, reader) in std::mem::take(&mut self.readers) {
            let merge = &mut self.merge;
            let (max_bad_rows, bad_lines) = (self.max_bad_rows, &mut counts.bad_lines);
            let lines = for_each_line(reader, &*self.progress, |number, bytes| {
                let placed = match merge.line(split, number, bytes) {
                    Ok(placed) => placed,
                    Err(source) => {
                        let error = BuildError::Line {
                            file: file.clone(),
                            line: number,
                            source,
                        };
                        *bad_lines += 1;
                        if *bad_lines > max_bad_rows {
                            return Err(LineStop::Build(error));
                        }
                        merge.add_bad_line(&file, number, &error);
                        return Ok(());
                    }
                };
                if merge.stems.len() > MAX_SCANS {
                    return Err(LineStop::Build(BuildError::TooManyScans {
                        file: file.clone(),
                        line: number,
                        limit: MAX_SCANS,
                        mib: merge.held_bytes() >> 20,
                    }));
                }
                row(merge, placed).map_err(LineStop::Build)
            });
            let LineCount { all, blank } = lines.map_err(|stop| match stop {
                LineStop::Read(source) => BuildError::Labels {
                    file: file.clone(),
                    source,
                },
                LineStop::Build(error) => error,
            })?;
            if all == blank {
                return Err(BuildError::NoLines(file));
            }
            counts.lines += all;
            counts.blank_lines += blank;
        }
        self.merge.judge_whole(self.release.as_str());
        self.progress.end();
        let merge = &self.merge;
        counts.slices = merge.slices();
        counts.slices_in_landing = merge.landed();
        counts.patients = merge.patients.len() as u64;
        counts.patients_with_slices = merge.patients.with_slices();
        counts.scans = merge.stems.len() as u64;
        counts.partitions = merge.partitions.len() as u64;
        counts.held_bytes = merge.held_bytes();
        counts.missing_columns.clone_from(&merge.missing_columns);
        counts.extra_columns.clone_from(&merge.extra_columns);
        counts.findings = merge
            .findings
            .counts()
            .into_iter()
            .map(|(rule, severity, subjects)| RuleCount {
                rule,
                severity,
                subjects,
            })
            .collect();
        Ok(counts)
    }

    /// Queues the row groups of all four tables.
    fn produce(mut self, mut queue: Queue, snapshot: &SnapshotName) -> Result<Counts, BuildError> {
        let mut groups = OpenGroups::default();
        let mut names = PartitionNames::default();
        let mut local = Vec::new();
        let common = Arc::clone(&self.common);
        let counts = self.merge_lines(|merge, placed| {
            let Some((partition, group)) = groups.push(placed) else {
                return Ok(());
            };
            let name = names.get(merge, partition);
            let work = SliceGroup::new(merge, &common, partition, group, &mut local);
            Ok(queue.push(SLICES, &name, Work::Slices(work))?)
        })?;
        for (partition, group) in groups.rest() {
            let name = names.get(&self.merge, partition);
            let work = SliceGroup::new(&self.merge, &common, partition, group, &mut local);
            queue.push(SLICES, &name, Work::Slices(work))?;
        }
        let by_partition = patients::by_partition(&mut self.merge);
        let rows = PatientRows::new(&self.merge, &common, table("patients"), by_partition);
        for (partition, batch) in rows.batches() {
            let name = names.get(&self.merge, partition);
            queue.push(PATIENTS, &name, Work::Batch(batch))?;
        }
        let whole: Partition = Arc::from([]);
        let findings = self.merge.findings.rows();
        if !findings.is_empty() {
            queue.push(FINDINGS, &whole, Work::Batch(findings_batch(&findings)))?;
        }
        let info = self.info_batch(snapshot, &counts, findings.len());
        queue.push(INFO, &whole, Work::Batch(info))?;
        Ok(counts)
    }

    /// Counts what [`Labels::produce`] would queue.
    fn count(mut self) -> Result<Forecast, BuildError> {
        let mut names = PartitionNames::default();
        let mut rows: Vec<u64> = Vec::new();
        let counts = self.merge_lines(|_, placed| {
            let index = placed.partition as usize;
            if index >= rows.len() {
                rows.resize(index + 1, 0);
            }
            rows[index] += 1;
            Ok(())
        })?;
        let mut slices = TableForecast::default();
        for (partition, &rows) in (0..).zip(&rows) {
            let path = path_text(&names.get(&self.merge, partition));
            slices.add(path, rows);
        }
        let mut patients = TableForecast::default();
        for (partition, members) in patients::by_partition(&mut self.merge) {
            let path = path_text(&names.get(&self.merge, partition));
            patients.add(path, members.len() as u64);
        }
        let mut findings = TableForecast::default();
        findings.add(String::new(), self.merge.findings.rows().len() as u64);
        let mut info = TableForecast::default();
        info.add(String::new(), 1);
        let tables = TABLES
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .zip([slices, patients, findings, info])
            .collect();
        Ok(Forecast { counts, tables })
    }

    fn info_batch(&self, snapshot: &SnapshotName, counts: &Counts, findings: usize) -> RecordBatch {
        let text = |value: &str| -> ArrayRef { Arc::new(StringArray::from(vec![value])) };
        let number = |value: u64| -> ArrayRef { Arc::new(Int64Array::from(vec![value as i64])) };
        batch("snapshot_info", |column| match column {
            "snapshot_id" => text(snapshot.as_str()),
            "content_id" => text(&self.common.content_id),
            "release" => text(self.release.as_str()),
            "built_at" => text(&self.snapshot_time),
            "tool_version" => text(env!("CARGO_PKG_VERSION")),
            "contract_version" => text(&Contract::current().version),
            "slices" => number(counts.slices),
            "patients" => number(counts.patients),
            "findings" => number(findings as u64),
            other => unreachable!("column `{other}` of snapshot_info has no values"),
        })
    }
}

/// A closed queue has its reason on the other side of the pipeline, which is returned in the place of this.
impl From<Closed> for BuildError {
    fn from(Closed: Closed) -> Self {
        Self::Write(WriteError::Stopped)
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

impl TableForecast {
    fn add(&mut self, path: String, rows: u64) {
        if rows > 0 {
            self.rows += rows;
            *self.partitions.entry(path).or_default() += rows;
        }
    }
}

/// The paths of partitions, made once each.
#[derive(Default)]
struct PartitionNames(BTreeMap<PartitionId, Partition>);

impl PartitionNames {
    fn get(&mut self, merge: &Merge, partition: PartitionId) -> Partition {
        let make = || {
            let values = merge.partitions.key(partition);
            let keys = &table("ct_slices").partition_keys;
            keys.iter()
                .zip(values)
                .map(|(key, value)| {
                    let value = merge.values.get(value).map_or("", |value| value);
                    (key.name.clone(), value.to_owned())
                })
                .collect()
        };
        Arc::clone(self.0.entry(partition).or_insert_with(make))
    }
}

fn path_text(partition: &Partition) -> String {
    let parts: Vec<String> = partition
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    parts.join("/")
}

fn findings_batch(findings: &[Finding]) -> RecordBatch {
    let text = |value: fn(&Finding) -> Option<&str>| -> ArrayRef {
        Arc::new(findings.iter().map(value).collect::<StringArray>())
    };
    batch("quality_findings", |column| match column {
        "rule" => text(|finding| Some(finding.rule.as_str())),
        "severity" => {
            text(|finding| Some(Contract::current().rule(finding.rule).severity.as_str()))
        }
        "subject_type" => text(|finding| Some(&finding.subject_type)),
        "subject" => text(|finding| Some(&finding.subject)),
        "detail" => text(|finding| finding.detail.as_deref()),
        "occurrences" => Arc::new(Int64Array::from_iter_values(
            findings.iter().map(|finding| finding.occurrences as i64),
        )),
        other => unreachable!("column `{other}` of quality_findings has no values"),
    })
}

fn batch(name: &str, values: impl Fn(&str) -> ArrayRef) -> RecordBatch {
    let table = table(name);
    let columns = table
        .columns
        .iter()
        .map(|column| values(&column.name))
        .collect();
    RecordBatch::try_new(table.file_schema(), columns)
        .expect("the columns are made after the contract")
}
