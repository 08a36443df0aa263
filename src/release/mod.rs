//! A release of a dataset: its name, the files it comes in, and how a dataset recognises them.
//!
//! Pure: paths and bytes in, values out; no file is opened here. What is true of one dataset alone is behind [`DatasetFormat`].

mod clutter;
mod dataset_format;
mod files;
mod name;

pub use clutter::is_clutter;
pub use dataset_format::{DatasetFormat, KnownDatasets};
pub use files::{FileRole, FindError, LabelFile, Recognised, ReleaseFiles};
pub use name::{Release, ReleaseNameError};
