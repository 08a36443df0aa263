//! The build: landing zone -> curated tables.
//!
//! [`plan()`] reads the metadata, takes the inputs' digests and decides whether there is anything to do; [`execute`] streams
//! the label lines through the merge into row groups, encodes them on all cores, audits and publishes. Nothing but row groups
//! that are being filled or encoded, about 130 bytes a scan and 100 a patient is held; with previews, a row group of them and
//! 16 images.

mod chunk;
mod column;
mod counts;
mod error;
mod execute;
mod finding;
mod images;
mod inputs;
mod labels;
mod merge;
mod names;
mod options;
mod parquet_file;
mod partition;
mod partition_key;
mod partition_names;
mod patient;
mod patients;
mod plain;
mod plan;
mod previews;
mod retyped;
mod roster;
mod row;
mod row_group;
mod runs;
mod scan_lines;
mod settings;
mod slice_set;
mod slices;
mod specification;
mod stem;
mod texts;
mod totals;
mod values;
mod write;
mod write_error;

pub use counts::{BuildSummary, Counts, Forecast, RuleCount, TableForecast};
pub use error::{BuildError, LandedFile};
pub use execute::{audit_published, execute, forecast};
pub use options::{BuildOptions, DEFAULT_MEMORY};
pub use plan::{Action, BuildPlan, plan};
pub use roster::UnreadableColumn;
pub use write_error::WriteError;
