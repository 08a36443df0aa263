//! COVIDx CT as a dataset.

use std::sync::Arc;

use async_trait::async_trait;

use super::demo::DEMO;
use super::files::sample::generate;
use super::powerbi::PRESENTATION;
use super::rules::RuleId;
use super::{CtFormat, diff, report, tables};
use crate::datasets::{
    BuildError, BuildOptions, BuildPlan, BuildSummary, Comparison, Dataset, Demo, Forecast, Report,
    SampleOptions, SyntheticDataset,
};
use crate::lake::Lake;
use crate::lake::log::Entry;
use crate::powerbi::Presentation;
use crate::progress::{Progress, Stop};
use crate::query::QueryError;
use crate::release::DatasetFormat;

/// COVIDx CT.
#[derive(Debug, Clone, Copy)]
pub struct CovidxCt;

#[async_trait]
impl Dataset for CovidxCt {
    fn format(&self) -> &'static dyn DatasetFormat {
        &CtFormat
    }

    fn presentation(&self) -> &'static Presentation {
        &PRESENTATION
    }

    fn sample(&self, options: &SampleOptions) -> Box<dyn SyntheticDataset> {
        Box::new(generate(options))
    }

    fn demo(&self) -> &'static Demo {
        &DEMO
    }

    async fn plan(&self, lake: &Lake, options: &BuildOptions) -> Result<BuildPlan, BuildError> {
        tables::plan(lake, options).await
    }

    async fn forecast(
        &self,
        lake: &Lake,
        plan: BuildPlan,
        options: &BuildOptions,
        progress: Arc<dyn Progress>,
    ) -> Result<Forecast, BuildError> {
        tables::forecast(lake, plan, options, progress).await
    }

    async fn execute(
        &self,
        lake: &Lake,
        plan: BuildPlan,
        options: &BuildOptions,
        progress: Arc<dyn Progress>,
        stop: &Stop,
    ) -> Result<BuildSummary, BuildError> {
        tables::execute(lake, plan, options, progress, stop).await
    }

    async fn report(
        &self,
        lake: &Lake,
        entry: &Entry,
        pictures: usize,
    ) -> Result<Report, QueryError> {
        report::report(lake, entry, pictures).await
    }

    async fn diff(&self, lake: &Lake, a: &Entry, b: &Entry) -> Result<Comparison, QueryError> {
        diff::diff(lake, a, b).await.map(|diff| diff.compared())
    }

    fn without_images(&self, forecast: &mut Forecast) {
        let counts = &mut forecast.counts;
        counts.slices_in_landing = None;
        let needing = RuleId::ALL.into_iter().filter(|rule| rule.needs_images());
        let needing: Vec<&str> = needing.map(RuleId::as_str).collect();
        counts
            .findings
            .retain(|found| !needing.contains(&found.rule));
    }
}
