//! Copying what the plan says, a few files at a time.

use bytes::Bytes;
use chrono::Utc;
use futures::{StreamExt, TryStreamExt, stream};
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
    let mut stored = Vec::new();
    let copying = stream::iter(files)
        .map(|file| copy(lake, release, file, progress, stop))
        .buffer_unordered(CONCURRENCY)
        .try_for_each(|entry| {
            stored.push(entry);
            futures::future::ready(Ok(()))
        });
    let copied = copying.await;
    progress.end();
    stored.sort_by(|a, b| a.path.cmp(&b.path));
    let run = format!(
        "{}-{:04x}",
        Utc::now().format("%Y%m%dT%H%M%S%.6fZ"),
        rand::random::<u16>()
    );
    manifest::add_part(lake, release, &run, &stored).await?;
    copied?;
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
    stop: &Stop,
) -> Result<ManifestEntry, IngestError> {
    if stop.requested() {
        return Err(IngestError::Stopped);
    }
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
