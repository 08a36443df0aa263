//! Copying what the plan says, a few files at a time.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use chrono::Utc;
use futures::{StreamExt, stream};
use serde::Serialize;
use tokio::fs;

use super::error::IngestError;
use super::plan::{Decision, IngestPlan, Planned};
use super::png;
use crate::covidx::Release;
use crate::lake::manifest::ManifestEntry;
use crate::lake::{Lake, format, landing, manifest};
use crate::progress::{Progress, Stop, Unit};

/// Files that are copied at the same time.
const CONCURRENCY: usize = 16;

/// What an ingest did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IngestSummary {
    /// The release.
    pub release: Release,
    /// Files copied.
    pub stored: u64,
    /// Bytes copied.
    pub stored_bytes: u64,
    /// Files that were there already.
    pub kept: u64,
    /// Files of the source that belong to no release.
    pub ignored: u64,
}

/// Carries out a plan. What was copied before a failure or a stop is recorded, so that the next run goes on from there.
pub async fn execute(
    lake: &Lake,
    plan: &IngestPlan,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<IngestSummary, IngestError> {
    let conflicts: Vec<String> = plan
        .with(Decision::Conflict)
        .map(|file| file.path.clone())
        .collect();
    if !conflicts.is_empty() {
        return Err(IngestError::OtherContent(conflicts));
    }
    format::ensure(lake).await?;
    let files: Vec<&Planned> = plan.with(Decision::Put).collect();
    let total = files.iter().map(|file| file.bytes).sum();
    progress.begin("files", Unit::Bytes, total);
    let release = plan.release.as_str();
    // After a failure no file is begun any more, but those in flight are waited for: they land and must be recorded.
    let failed = AtomicBool::new(false);
    let outcomes: Vec<Result<ManifestEntry, IngestError>> = stream::iter(files)
        .map(|file| async {
            if stop.requested() || failed.load(Ordering::Relaxed) {
                return Err(IngestError::Stopped);
            }
            copy(lake, release, file, progress)
                .await
                .inspect_err(|_| failed.store(true, Ordering::Relaxed))
        })
        .buffer_unordered(CONCURRENCY)
        .collect()
        .await;
    progress.end();
    let (mut stored, mut failures) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        match outcome {
            Ok(entry) => stored.push(entry),
            Err(error) => failures.push(error),
        }
    }
    stored.sort_by(|a, b| a.path.cmp(&b.path));
    let run = format!(
        "{}-{:04x}",
        Utc::now().format("%Y%m%dT%H%M%S%.6fZ"),
        rand::random::<u16>()
    );
    manifest::add_part(lake, release, &run, &stored).await?;
    // What began it is worth more than the stops that followed.
    let first = failures
        .iter()
        .position(|error| !matches!(error, IngestError::Stopped))
        .unwrap_or(0);
    if !failures.is_empty() {
        return Err(failures.swap_remove(first));
    }
    Ok(IngestSummary {
        release: plan.release.clone(),
        stored: stored.len() as u64,
        stored_bytes: stored.iter().map(|entry| entry.bytes).sum(),
        kept: plan.with(Decision::Keep).count() as u64,
        ignored: plan.ignored.len() as u64,
    })
}

async fn copy(
    lake: &Lake,
    release: &str,
    file: &Planned,
    progress: &dyn Progress,
) -> Result<ManifestEntry, IngestError> {
    let content = fs::read(&file.source)
        .await
        .map_err(|source| IngestError::Source {
            path: file.source.clone(),
            source,
        })?;
    if content.len() as u64 != file.bytes {
        return Err(IngestError::Changed {
            path: file.source.clone(),
            expected: file.bytes,
            found: content.len() as u64,
        });
    }
    let size = png::size(&content);
    let entry = ManifestEntry {
        path: file.path.clone(),
        bytes: file.bytes,
        crc32: crc32fast::hash(&content),
        width: size.map(|(width, _)| width),
        height: size.map(|(_, height)| height),
    };
    landing::put(lake, release, &file.path, Bytes::from(content)).await?;
    progress.advance(file.bytes);
    Ok(entry)
}
