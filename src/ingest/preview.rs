//! A source's label files and metadata, before anything is stored.

use std::sync::Arc;

use super::error::IngestError;
use super::execute::execute;
use super::options::IngestOptions;
use super::plan::{IngestPlan, plan_archive};
use super::selection::is_png;
use crate::lake::Lake;
use crate::progress::{Silent, Stop};

/// The label files and the metadata of a plan's source, in a lake in memory: what a build would make of them can be told before
/// anything is stored. Of the images nothing is read.
pub async fn preview(
    plan: &IngestPlan,
    options: &IngestOptions,
    stop: &Stop,
) -> Result<Lake, IngestError> {
    let lake = Lake::in_memory(&plan.source);
    let mut preview = plan_archive(
        &lake,
        Arc::clone(&plan.archive),
        &IngestOptions {
            release: Some(plan.release.clone()),
            only: Vec::new(),
            shard: None,
            ..options.clone()
        },
    )
    .await?;
    preview.files.retain(|file| !is_png(&file.path));
    execute(&lake, preview, options, Arc::new(Silent), stop).await?;
    Ok(lake)
}
