//! Row groups into the data files of a snapshot: queued by the threads that make them, encoded by several others and appended in
//! order. It knows neither the origin of rows nor their meaning.
//!
//! | file | what is in it |
//! |---|---|
//! | `pipeline` | the threads, from the first row group to the last file |
//! | `queue` | row groups on their way to the encoders, bounded |
//! | `files` | the files that are open, and those that are being closed |
//! | `table_file` | one file: Parquet into an object, described for the log |

mod error;
mod files;
mod pipeline;
mod queue;
mod table_file;

pub use error::WriteError;

pub(crate) use pipeline::{RowGroup, write};
pub(crate) use queue::{Closed, Partition, Queue};
pub(crate) use table_file::TableFormat;
