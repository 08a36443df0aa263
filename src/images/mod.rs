//! The image files behind a query: downloaded from the landing zone, every one checked, or as signed URLs.
//!
//! | file | what is in it |
//! |---|---|
//! | `column_path` | columns that make folders or classes: `split/diagnosis` |
//! | `file_name` | names that any file system takes; pure |
//! | `recorded` | what the snapshot says of an image file |
//! | `cohort` | the answer to the query, and what the snapshot says of its images |
//! | `sample` | so many of each class, the same for the same seed; pure |
//! | `selection` | which images, each with its place; pure |
//! | `existing_files` | what is in the folder already |
//! | `loader_files` | what loaders of image folders read beside the images; pure |
//! | `plan` | what is to be done with each image; pure |
//! | `download` | doing it |
//! | `place` | a whole file under its name, or none |
//! | `sign` | URLs instead of files |

mod cohort;
mod column_path;
mod download;
mod error;
mod existing_files;
mod file_name;
mod loader_files;
mod place;
mod plan;
mod recorded;
mod sample;
mod selection;
mod sign;

pub use cohort::{Cohort, ask};
pub use column_path::{ColumnPath, ColumnPathError};
pub use download::{DownloadOptions, Downloaded, Failed, download};
pub use error::ImagesError;
pub use existing_files::{ExistingFiles, find_existing};
pub use loader_files::{LoaderFiles, METADATA, PATH, loader_files};
pub use place::Link;
pub use plan::{Decision, ImagesPlan, Planned, amount};
pub use recorded::Recorded;
pub use sample::{Drawn, Sample};
pub use selection::{Choice, InSeveralSplits, Selected, Selection, SelectionOptions, select};
pub use sign::{LONGEST, sign};
