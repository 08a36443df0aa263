//! Ingest: a dataset's files into the landing zone.

mod error;
mod execute;
mod folder;
mod plan;
mod png;

pub use error::IngestError;
pub use execute::{IngestSummary, execute};
pub use plan::{Decision, IngestPlan, Planned, plan};
