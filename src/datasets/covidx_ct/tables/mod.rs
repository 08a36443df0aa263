//! The tables: landing zone -> rows -> columns.
//!
//! `plan` reads the metadata, takes the inputs' digests and decides whether there is anything to do; `execute` streams
//! the label lines through the merge into row groups, encodes them on all cores, audits and publishes. Nothing but row groups
//! that are being filled or encoded, about 130 bytes a scan and 100 a patient is held; with previews, a row group of them and
//! 16 images.
//!
//! | file | what is in it |
//! |---|---|
//! | `plan`, `settings` | what a build reads, and what decides its content |
//! | `execute`, `error` | a build from its plan to its snapshot |
//! | `roster`, `patient`, `partition`, `retyped` | the metadata: patients, and the spellings of partition values |
//! | `labels`, `scan_lines` | label files, line by line |
//! | `merge`, `row`, `partition_key` | a label line -> a row in a partition |
//! | `stem`, `slice_set`, `images` | what is known of a file name: its scan, slices seen, the image in the landing zone |
//! | `values`, `texts` | texts held once |
//! | `finding`, `totals` | what breaks a quality rule, and what all lines add up to |
//! | `inputs`, `row_group` | rows -> row groups of all tables, or their counts |
//! | `specification`, `partition_names` | the tables there are, and the folders of their partitions |
//! | `columns` | a table's columns as a table: name, encoding and function |
//! | `slices`, `patients`, `previews`, `quality_findings`, `snapshot_info` | the columns of each table |

mod columns;
mod error;
mod execute;
mod finding;
mod images;
mod inputs;
mod labels;
mod merge;
mod partition;
mod partition_key;
mod partition_names;
mod patient;
mod patients;
mod plan;
mod previews;
mod quality_findings;
mod retyped;
mod roster;
mod row;
mod row_group;
mod scan_lines;
mod settings;
mod slice_set;
mod slices;
mod snapshot_info;
mod specification;
mod stem;
mod texts;
mod totals;
mod values;

pub use error::{InputError, LandedFile};
pub(super) use execute::{execute, forecast};
pub(super) use plan::plan;
pub use roster::UnreadableColumn;
