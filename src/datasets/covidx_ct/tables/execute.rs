//! A build: labels, metadata and manifest are merged, written as tables, audited and published.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Utc;

use super::inputs::Inputs;
use super::plan::METADATA;
use super::row_group::{HELD_ROWS, ROW_BYTES};
use super::specification::{TableSpecification, tables};
use crate::build::write;
use crate::datasets::covidx_ct::contract;
use crate::datasets::{BuildError, BuildOptions, BuildPlan, BuildSummary, Counts, Forecast};
use crate::lake::log::{Entry, TableFiles};
use crate::lake::{
    Draft, Lake, LakeError, PublishOptions, Published, SnapshotName, discard, layout, publish,
};
use crate::progress::{Progress, Stop};
use crate::release::Release;

/// What encoding one row group takes beside its rows: their sorted copy, one column unencoded, the chunks.
const GROUP_BYTES: u64 = 16_000_000;
/// Encoders, files that are closed and the producers share the threads of the runtime that may block, 512.
const MAX_ENCODERS: usize = 256;
/// The shortest label line has about this many bytes.
const SHORTEST_LINE: u64 = 16;

/// Reads everything and counts what would be written.
pub(in crate::datasets::covidx_ct) async fn forecast(
    lake: &Lake,
    plan: BuildPlan,
    options: &BuildOptions,
    progress: Arc<dyn Progress>,
) -> Result<Forecast, BuildError> {
    let inputs = Inputs::open(lake, plan, options, progress).await?;
    let counted = tokio::task::spawn_blocking(move || inputs.count());
    counted.await.map_err(LakeError::from)?
}

/// Carries out a plan.
///
/// On any failure, and when asked to stop, what was written is removed and nothing is published.
pub(in crate::datasets::covidx_ct) async fn execute(
    lake: &Lake,
    plan: BuildPlan,
    options: &BuildOptions,
    progress: Arc<dyn Progress>,
    stop: &Stop,
) -> Result<BuildSummary, BuildError> {
    let time = Utc::now();
    let encoders = encoders(&plan, options)?;
    let (release, content_id, inputs) = (
        plan.release.clone(),
        plan.content_id.clone(),
        plan.inputs.clone(),
    );
    let snapshot = SnapshotName::new(time, &content_id);
    let written = write_tables(lake, plan, options, encoders, progress, stop, &snapshot).await;
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
        content_id,
        release: release.as_str().to_owned(),
        contract_version: contract().version.clone(),
        inputs,
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
    Ok(summary(release, &entry, published, counts))
}

fn summary(release: Release, entry: &Entry, published: bool, counts: Counts) -> BuildSummary {
    BuildSummary {
        release,
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
    plan: BuildPlan,
    options: &BuildOptions,
    encoders: usize,
    progress: Arc<dyn Progress>,
    stop: &Stop,
    snapshot: &SnapshotName,
) -> Result<(Counts, BTreeMap<String, TableFiles>), BuildError> {
    let inputs = Inputs::open(lake, plan, options, progress).await?;
    let formats = tables(options)
        .iter()
        .map(TableSpecification::format)
        .collect::<Result<Vec<_>, _>>()?;
    let name = snapshot.clone();
    let (produced, tables) = write(
        lake,
        snapshot,
        &Arc::new(formats),
        encoders,
        stop,
        move |queue| inputs.produce(queue, &name),
    )
    .await?;
    Ok((produced?, tables))
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
    let affordable = usize::try_from(affordable).unwrap_or(usize::MAX);
    Ok(options.threads.clamp(1, MAX_ENCODERS.min(affordable)))
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
    let found = counts.at_least(threshold);
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
