//! A source's label files and metadata, before anything is stored.

use std::sync::Arc;

use super::error::IngestError;
use super::execute::execute;
use super::options::IngestOptions;
use super::plan::IngestPlan;
use crate::lake::Lake;
use crate::lake::manifest::Manifest;
use crate::progress::{Silent, Stop};

/// The label files and the metadata of a plan's source, in a lake in memory: what a build would make of them can be told before
/// anything is stored. Of the images nothing is read.
pub async fn preview(
    lake: &Lake,
    plan: &IngestPlan,
    options: &IngestOptions,
    stop: &Stop,
) -> Result<Lake, IngestError> {
    let labels = Lake::in_memory(&plan.source, lake.dataset());
    let preview = IngestPlan {
        source: plan.source.clone(),
        release: plan.release.clone(),
        shard: None,
        files: plan.labels_and_metadata.clone(),
        ignored: Vec::new(),
        unlabelled: Vec::new(),
        copies: Vec::new(),
        left_out: 0,
        rejected: Vec::new(),
        passed_over: Vec::new(),
        listed: 0,
        warnings: Vec::new(),
        whole_source: None,
        labels_and_metadata: Vec::new(),
        archive: Arc::clone(&plan.archive),
        manifest: Manifest::default(),
    };
    execute(&labels, preview, options, Arc::new(Silent), stop).await?;
    Ok(labels)
}
