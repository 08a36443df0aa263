//! The stages in order, callable without the command line.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::catalog::{self, RegisterOptions, Registration};
use crate::datasets::{self, Action, BuildOptions, BuildPlan, BuildSummary, Dataset, Forecast};
use crate::error::Result;
use crate::ingest::{self, IngestOptions, IngestPlan, IngestSummary};
use crate::lake::{Lake, LakeError, SnapshotName, format};
use crate::progress::{Progress, Stop};
use crate::release::Release;

/// What a run is asked for.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// The first stage.
    pub ingest: IngestOptions,
    /// The second; its release is that of the first.
    pub build: BuildOptions,
    /// The third, where there is to be one.
    pub register: Option<RegisterOptions>,
}

impl RunOptions {
    /// What the last stage would refuse, told before hours have gone by.
    fn check(&self, lake: &Lake) -> Result<()> {
        if let Some(register) = &self.register {
            register.check(lake)?;
        }
        Ok(())
    }

    fn build_of(&self, release: &Release) -> BuildOptions {
        BuildOptions {
            release: Some(release.clone()),
            ..self.build.clone()
        }
    }
}

/// What a run did.
#[derive(Debug, Clone, Serialize)]
pub struct RunSummary {
    /// The first stage.
    pub ingest: IngestSummary,
    /// The second; `None` where the landing zone is not complete, so that it was not begun.
    #[serde(serialize_with = "build_or_not_begun")]
    pub build: Option<BuildOutcome>,
    /// The third, format after format, where it was asked for and begun.
    pub register: Vec<Registration>,
}

/// How the second stage of a run ended.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildOutcome {
    /// There was nothing to do: this snapshot has the same content.
    UpToDate(SnapshotName),
    /// There was nothing to do: this snapshot has the same content, and it was rolled back.
    RolledBack(SnapshotName),
    /// It published a snapshot.
    Built(BuildSummary),
}

/// For scripts, each outcome has a name.
#[expect(clippy::ref_option, reason = "serde passes the field")]
fn build_or_not_begun<S: Serializer>(
    build: &Option<BuildOutcome>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match build {
        Some(build) => build.serialize(serializer),
        None => serializer.serialize_str("not_begun"),
    }
}

impl RunSummary {
    /// Whether the run came to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.build.is_some()
    }
}

/// Carries out the plan of an ingest, builds the tables and, where that is asked for, registers them. Each stage is planned when its inputs are there; one that ends
/// incomplete ends the run, and the same run again goes on there.
pub async fn run(
    dataset: &dyn Dataset,
    lake: &Lake,
    plan: IngestPlan,
    options: &RunOptions,
    progress: Arc<dyn Progress>,
    stop: &Stop,
) -> Result<RunSummary> {
    options.check(lake)?;
    ingest::check(lake, &plan)?;
    // The build would refuse such a store, after hours of uploads. Where the question itself fails, the ingest says why.
    let safe = format::require_conditional_put(lake, options.build.single_writer).await;
    if let Err(refusal @ LakeError::NoConditionalPut(_)) = safe {
        return Err(refusal.into());
    }
    let ingest = ingest::execute(lake, plan, &options.ingest, Arc::clone(&progress), stop).await?;
    if !ingest.is_complete() {
        return Ok(RunSummary {
            ingest,
            build: None,
            register: Vec::new(),
        });
    }
    let build_options = options.build_of(&ingest.release);
    let plan = dataset.plan(lake, &build_options).await?;
    let register = options.register.as_ref();
    let (build, register) = build(
        dataset,
        lake,
        plan,
        &build_options,
        register,
        progress,
        stop,
    )
    .await?;
    Ok(RunSummary {
        ingest,
        build: Some(build),
        register,
    })
}

/// Carries out the plan of a build and, where that is asked for, registers the snapshot that is current then.
pub async fn build(
    dataset: &dyn Dataset,
    lake: &Lake,
    plan: BuildPlan,
    options: &BuildOptions,
    register: Option<&RegisterOptions>,
    progress: Arc<dyn Progress>,
    stop: &Stop,
) -> Result<(BuildOutcome, Vec<Registration>)> {
    if let Some(register) = register {
        register.check(lake)?;
    }
    let build = match plan.action {
        Action::Build => {
            BuildOutcome::Built(dataset.execute(lake, plan, options, progress, stop).await?)
        }
        Action::UpToDate(ref snapshot) => {
            let snapshot = snapshot.clone();
            datasets::audit_published(dataset, lake, plan, options, progress).await?;
            BuildOutcome::UpToDate(snapshot)
        }
        Action::RolledBack(snapshot) => BuildOutcome::RolledBack(snapshot),
    };
    let register = match register {
        Some(register) => Box::pin(catalog::register(lake, register)).await?,
        None => Vec::new(),
    };
    Ok((build, register))
}

/// What a run's second stage would do, told before its first.
#[derive(Debug, Serialize)]
pub struct BuildPreview {
    /// What would be written. Before the images have been stored, what they alone can tell is missing from it.
    pub forecast: Forecast,
    /// Whether the landing zone is complete, so that the forecast is too.
    pub exact: bool,
    /// What there is to do, where that can be told.
    pub action: Option<Action>,
}

/// Tells what the second stage of a run would make of the source of `plan`, whose label files and metadata are read for it.
/// Nothing is stored.
pub async fn preview(
    dataset: &dyn Dataset,
    lake: &Lake,
    plan: &IngestPlan,
    options: &RunOptions,
    progress: Arc<dyn Progress>,
    stop: &Stop,
) -> Result<BuildPreview> {
    options.check(lake)?;
    let build = options.build_of(&plan.release);
    if plan.records().next().is_none() {
        let plan = dataset.plan(lake, &build).await?;
        let action = plan.action.clone();
        return Ok(BuildPreview {
            forecast: dataset.forecast(lake, plan, &build, progress).await?,
            exact: true,
            action: Some(action),
        });
    }
    let labels = ingest::preview(lake, plan, &options.ingest, stop).await?;
    let plan = dataset.plan(&labels, &build).await?;
    let mut forecast = dataset.forecast(&labels, plan, &build, progress).await?;
    dataset.without_images(&mut forecast);
    Ok(BuildPreview {
        forecast,
        exact: false,
        action: None,
    })
}
