//! Carrying out a plan: transfer, record, reconcile, seal.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use chrono::Utc;
use serde_json::json;
use tokio::sync::mpsc;

use super::error::IngestError;
use super::options::IngestOptions;
use super::plan::{Decision, IngestPlan, Planned};
use super::recorder::Recorder;
use super::shard::Shard;
use super::summary::{Failed, IngestSummary, Tally};
use super::transfer::{Outcome, Transfer};
use super::uploader::Fatal;
use crate::archive::Archive;
use crate::lake::manifest::{self, Content, Line};
use crate::lake::{Completeness, Lake, LakeError, format, layout};
use crate::progress::{Progress, Stop, Unit};
use crate::transfer::free_space;

/// Carries out a plan. What was stored before a failure or a stop is recorded, so that the next run goes on from there.
pub async fn execute(
    lake: &Lake,
    plan: IngestPlan,
    options: &IngestOptions,
    progress: Arc<dyn Progress>,
    stop: &Stop,
) -> Result<IngestSummary, IngestError> {
    check(lake, &plan)?;
    let files: Vec<Planned> = plan.records().cloned().collect();
    let release = plan.release.as_str().to_owned();
    let run = run_name(plan.shard);
    let mut recorder = Recorder {
        lake,
        release: &release,
        run: &run,
        sequence: 0,
        written: Vec::new(),
    };
    announce(&mut recorder, &plan, &files).await?;
    progress.begin("files", Unit::Bytes, Tally::of(files.iter()).bytes);
    let begun = Instant::now();
    let transfer = Transfer {
        lake: lake.clone(),
        release: release.clone(),
        archive: Arc::clone(&plan.archive),
        options: options.clone(),
        progress: Arc::clone(&progress),
        stop: stop.clone(),
    };
    let (sender, stored) = mpsc::channel(1000);
    let planned = files.len() as u64;
    // Whether the store can publish is asked meanwhile: it takes several round trips.
    let (outcome, recorded, format) = tokio::join!(
        transfer.run(files, sender),
        recorder.record(stored),
        format::ensure(lake)
    );
    let seconds = begun.elapsed().as_secs_f64();
    progress.end();
    recorded?;
    format?;
    let stored = outcome.stored.files + outcome.adopted.files;
    match outcome.fatal {
        Some(Fatal::Store(error)) => return Err(error.into()),
        Some(Fatal::Source(source)) => {
            return Err(IngestError::SourceLost {
                stored,
                files: planned,
                source: Box::new(source),
            });
        }
        None if outcome.left > 0 => {
            return Err(IngestError::Stopped {
                stored,
                files: planned,
            });
        }
        None => {}
    }
    finish(lake, plan, recorder, outcome, seconds).await
}

/// Refuses a plan that can't be carried out: other content has a file's name, or the disk is too small.
pub fn check(lake: &Lake, plan: &IngestPlan) -> Result<(), IngestError> {
    let conflicts: Vec<String> = plan
        .with(Decision::Conflict)
        .map(|file| file.path.clone())
        .collect();
    if !conflicts.is_empty() {
        return Err(IngestError::OtherContent(conflicts));
    }
    check_space(lake, &Tally::of(plan.puts()))
}

/// `20261124T093000.123456Z-3f9a`, and the stretch: sorts by time.
pub(super) fn run_name(shard: Option<Shard>) -> String {
    let stretch = shard.map_or_else(String::new, |shard| {
        format!("-{}of{}", shard.index, shard.count)
    });
    format!(
        "{}-{:04x}{stretch}",
        Utc::now().format("%Y%m%dT%H%M%S%.6fZ"),
        rand::random::<u16>()
    )
}

/// Before the first file is sent, the manifest says what is to come and what is refused, and no longer vouches for what is
/// replaced. Where nothing is to come and nothing is missing, there is nothing to say.
async fn announce(
    recorder: &mut Recorder<'_>,
    plan: &IngestPlan,
    files: &[Planned],
) -> Result<(), LakeError> {
    if files.is_empty() && plan.rejected.is_empty() && plan.manifest.missing().is_empty() {
        return Ok(());
    }
    let expected = plan.expected();
    let source = plan.whole_source.clone();
    if !plan.manifest.expects(source.as_deref(), &expected) {
        let files = expected;
        recorder.add(Content::Plan { source, files }).await?;
    }
    let replaced: Vec<Line> = plan
        .with(Decision::Replace)
        .map(|file| Line::Withdrawn {
            path: file.path.clone(),
            withdrawn: "replaced".to_owned(),
        })
        .collect();
    if !replaced.is_empty() {
        recorder.add(Content::Part(replaced)).await?;
    }
    Ok(())
}

async fn finish(
    lake: &Lake,
    plan: IngestPlan,
    recorder: Recorder<'_>,
    outcome: Outcome,
    seconds: f64,
) -> Result<IngestSummary, IngestError> {
    let adopted = outcome.adopted;
    let mut kept = Tally::of(plan.with(Decision::Keep));
    kept.files += adopted.files;
    kept.bytes += adopted.bytes;
    let elsewhere = Tally::of(plan.with(Decision::Elsewhere));
    let release = plan.release.as_str();
    let Recorder {
        run,
        sequence,
        written,
        ..
    } = recorder;
    let manifest = if plan.shard.is_some() {
        // Other shards may have added to it since it was planned.
        manifest::read(lake, release).await?
    } else {
        let mut manifest = plan.manifest;
        for object in written {
            manifest.apply(object);
        }
        manifest
    };
    let landed = manifest.entries().keys().map(String::as_str);
    let top_files = landed.filter(|path| !path.contains('/'));
    let completeness = Completeness::of(lake.dataset(), &plan.release, &manifest, top_files);
    manifest::seal(lake, release, run, sequence, &manifest).await?;
    let mut summary = IngestSummary {
        files: Tally::of(plan.files.iter()),
        source: plan.source,
        release: plan.release,
        shard: plan.shard,
        stored: outcome.stored,
        kept,
        adopted,
        elsewhere,
        failed: outcome
            .failed
            .iter()
            .map(|(file, error)| Failed::new(file, error))
            .collect(),
        rejected: plan.rejected,
        passed_over: plan.passed_over.len() as u64,
        ignored: plan.ignored.len() as u64,
        unlabelled: plan.unlabelled.len() as u64,
        copies: plan.copies.len() as u64,
        left_out: plan.left_out,
        requests: outcome.requests,
        retries: outcome.refusals,
        missing: completeness.missing.len() as u64,
        lacks: completeness.lacks(),
        complete: completeness.is_complete(),
        warnings: noticed(&*plan.archive, &plan.warnings),
        seconds,
        report: None,
    };
    if !summary.is_complete() {
        summary.report = Some(report(lake, run, &summary).await?);
    }
    Ok(summary)
}

/// What an archive has to say now and had not when it was opened.
fn noticed(archive: &dyn Archive, before: &[String]) -> Vec<String> {
    let mut warnings = archive.warnings();
    warnings.retain(|warning| !before.contains(warning));
    warnings
}

/// What failed, for who comes later. Gives its key.
async fn report(lake: &Lake, run: &str, summary: &IngestSummary) -> Result<String, LakeError> {
    let key = layout::report(run);
    let text = json!({"command": "ingest", "summary": summary}).to_string();
    lake.create_object(&key, Bytes::from(text)).await?;
    Ok(key.to_string())
}

/// A lake in a folder needs room there.
fn check_space(lake: &Lake, needed: &Tally) -> Result<(), IngestError> {
    let Some(folder) = lake.folder() else {
        return Ok(());
    };
    free_space::check(folder, needed.bytes, |free| IngestError::NoSpace {
        folder: folder.display().to_string(),
        need: needed.bytes,
        free,
    })
}
