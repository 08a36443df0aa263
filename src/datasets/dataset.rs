//! What a dataset does: from a landing zone to tables, and how these are shown.

use std::sync::Arc;

use async_trait::async_trait;

use super::counts::{BuildSummary, Forecast};
use super::error::BuildError;
use super::options::BuildOptions;
use super::plan::{Action, BuildPlan};
use super::report::{Comparison, Report};
use super::sample::{Demo, SampleOptions, SyntheticDataset};
use crate::lake::Lake;
use crate::lake::log::Entry;
use crate::powerbi::Presentation;
use crate::progress::{Progress, Stop};
use crate::query::QueryError;
use crate::release::DatasetFormat;

/// A dataset. A lake knows it by its [`DatasetFormat`]; this is what is done with its files.
#[async_trait]
pub trait Dataset: Send + Sync {
    /// Its name, its contract, and how its files are recognised.
    fn format(&self) -> &'static dyn DatasetFormat;

    /// Its pages in Power BI, and how its columns are shown.
    fn presentation(&self) -> &'static Presentation;

    /// Makes a synthetic dataset.
    fn sample(&self, options: &SampleOptions) -> Box<dyn SyntheticDataset>;

    /// What the demo shows.
    fn demo(&self) -> &'static Demo;

    /// Plans a build of what is in the landing zone now.
    async fn plan(&self, lake: &Lake, options: &BuildOptions) -> Result<BuildPlan, BuildError>;

    /// Reads everything and counts what would be written.
    async fn forecast(
        &self,
        lake: &Lake,
        plan: BuildPlan,
        options: &BuildOptions,
        progress: Arc<dyn Progress>,
    ) -> Result<Forecast, BuildError>;

    /// Carries out a plan.
    ///
    /// On any failure, and when asked to stop, what was written is removed and nothing is published.
    async fn execute(
        &self,
        lake: &Lake,
        plan: BuildPlan,
        options: &BuildOptions,
        progress: Arc<dyn Progress>,
        stop: &Stop,
    ) -> Result<BuildSummary, BuildError>;

    /// Makes a page of the snapshot that `entry` shows, with up to so many `pictures` if the snapshot has any.
    async fn report(
        &self,
        lake: &Lake,
        entry: &Entry,
        pictures: usize,
    ) -> Result<Report, QueryError>;

    /// Compares the snapshots of two entries.
    async fn diff(&self, lake: &Lake, a: &Entry, b: &Entry) -> Result<Comparison, QueryError>;

    /// Takes from a forecast what images alone can tell.
    fn without_images(&self, forecast: &mut Forecast);
}

/// Judges the findings of a plan whose content is published already, perhaps by a build that was asked to judge none.
pub async fn audit_published(
    dataset: &dyn Dataset,
    lake: &Lake,
    plan: BuildPlan,
    options: &BuildOptions,
    progress: Arc<dyn Progress>,
) -> Result<(), BuildError> {
    let (Some(threshold), Action::UpToDate(snapshot)) = (options.fail_on, plan.action.clone())
    else {
        return Ok(());
    };
    let Forecast { counts, .. } = dataset.forecast(lake, plan, options, progress).await?;
    let found = counts.at_least(threshold);
    if found.is_empty() {
        return Ok(());
    }
    Err(BuildError::AuditPublished {
        snapshot,
        fail_on: threshold.as_str(),
        found,
    })
}
