//! The stages in order, callable without the command line.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use thiserror::Error;

use crate::hint::Hint;
use crate::ingest::{self, IngestError, IngestOptions, IngestSummary};
use crate::lake::Lake;
use crate::progress::{Progress, Stop};
use crate::tables::{self, Action, BuildError, BuildOptions, BuildSummary};

/// A stage failed; the stages before it stay done.
#[derive(Debug, Error)]
pub enum PipelineError {
    /// The files could not be landed.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The tables could not be built.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl Hint for PipelineError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Ingest(error) => error.hint(),
            Self::Build(error) => error.hint(),
        }
    }
}

/// What a run did.
#[derive(Debug, Clone, Serialize)]
pub struct RunSummary {
    /// The first stage.
    pub ingest: IngestSummary,
    /// The second; `None` when the tables were up to date, or files are missing.
    pub build: Option<BuildSummary>,
}

/// Ingests the dataset at `source` and builds the tables; an ingest that is not complete ends the run.
pub async fn run(
    lake: &Lake,
    source: &Path,
    ingest_options: &IngestOptions,
    options: &BuildOptions,
    progress: Arc<dyn Progress>,
    stop: &Stop,
) -> Result<RunSummary, PipelineError> {
    let plan = ingest::plan(lake, source, ingest_options).await?;
    let ingest = ingest::execute(lake, plan, ingest_options, Arc::clone(&progress), stop).await?;
    if !ingest.is_complete() {
        return Ok(RunSummary {
            ingest,
            build: None,
        });
    }
    let options = BuildOptions {
        release: Some(ingest.release.clone()),
        ..options.clone()
    };
    let plan = tables::plan(lake, &options).await?;
    let build = match plan.action {
        Action::Build => Some(tables::execute(lake, &plan, &options, progress, stop).await?),
        Action::UpToDate(_) | Action::RolledBack(_) => None,
    };
    Ok(RunSummary { ingest, build })
}
