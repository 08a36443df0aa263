//! The datasets that there are. Each has a folder of its own, in which alone its tables, columns and words are named.
//!
//! | file | what is in it |
//! |---|---|
//! | `dataset` | what a dataset does |
//! | `options`, [`plan`], `counts`, `report`, `sample`, `error` | what the builds of all have in common |
//! | [`covidx_ct`] | COVIDx CT |

mod counts;
pub mod covidx_ct;
mod dataset;
mod error;
mod options;
pub mod plan;
mod report;
mod sample;

use crate::lake::{Lake, LakeError, Location};
use crate::release::{DatasetFormat, Release, ReleaseNameError};

pub use counts::{
    BrokenRule, BuildSummary, Counts, Forecast, RuleCount, TableForecast, WithoutPreview,
};
pub use dataset::{Dataset, audit_published};
pub use error::{BuildError, DatasetError};
pub use options::{BuildOptions, DEFAULT_MEMORY};
pub use plan::{Action, BuildPlan};
pub use report::{Comparison, Report};
pub use sample::{Demo, SampleOptions, SyntheticDataset};

/// The datasets: a new one has its line here. The first is that of a lake that doesn't name any.
const ALL: [&dyn Dataset; 1] = [&covidx_ct::CovidxCt];

/// The files and tables of each dataset.
fn formats() -> [&'static dyn DatasetFormat; ALL.len()] {
    ALL.map(Dataset::format)
}

/// The dataset of a lake that doesn't name any.
#[must_use]
pub fn default() -> &'static dyn Dataset {
    ALL[0]
}

/// The dataset of a lake.
///
/// # Panics
/// When the lake was not opened by this module.
#[must_use]
pub fn of(lake: &Lake) -> &'static dyn Dataset {
    let name = lake.dataset().name();
    let mut all = ALL.into_iter();
    all.find(|dataset| dataset.format().name() == name)
        .expect("a lake is opened with the datasets that there are")
}

/// The release of that name, as the first dataset spells it that has such releases.
pub fn release(name: &str) -> Result<Release, ReleaseNameError> {
    let named = formats().map(|format| format.release(name)).into_iter();
    named.reduce(Result::or).expect("there is a dataset")
}

/// Opens a lake that exists.
pub async fn open(location: &Location) -> Result<Lake, LakeError> {
    Lake::open(location, &formats()).await
}

/// Opens a lake, making its folder if there is none. A bucket must exist.
pub async fn create(location: &Location) -> Result<Lake, LakeError> {
    Lake::create(location, &formats()).await
}

/// Opens a lake to look at it before it is made: one that doesn't exist is empty, and nothing is written.
pub async fn peek(location: &Location) -> Result<Lake, LakeError> {
    Lake::peek(location, &formats()).await
}
