//! Ingest: a dataset's files into the landing zone, every one verified.
//!
//! [`plan()`] compares what the archive has with what the landing zone and its manifest have; [`execute`] sends what is missing,
//! many files at a time, at the pace of the store, and writes down what it has stored while it goes.

mod decode;
mod error;
mod execute;
pub mod extras;
mod file_name;
mod label_names;
mod landed_reader;
mod options;
mod place;
mod plan;
mod preview;
mod read_before;
mod recorder;
mod refused;
mod release_files;
mod selection;
mod shard;
mod summary;
mod transfer;
mod unrecorded;
mod uploader;
pub mod verify;

pub use error::IngestError;
pub use execute::{check, execute};
pub use options::IngestOptions;
pub use plan::{Decision, IngestPlan, Planned, plan};
pub use preview::preview;
pub use refused::Rejected;
pub use shard::{Shard, ShardError};
pub use summary::{Failed, IngestSummary, Tally};
