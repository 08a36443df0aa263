//! The lake: stores, layout, landing zone, manifest, log. It publishes data files and doesn't care who wrote them.

mod data_file;
mod error;
pub mod expire;
mod folder;
pub mod format;
pub mod landing;
pub mod layout;
mod location;
pub mod log;
pub mod manifest;
mod publish;
pub mod reader;
mod snapshot;
pub mod snapshots;

pub use data_file::{ColumnStatistics, DataFile, DataFileWriter, hex};
pub use error::LakeError;
pub use folder::FolderStore;
pub use location::{Lake, Location};
pub use publish::{Draft, PublishError, PublishOptions, Published, discard, publish};
pub use snapshot::{SnapshotName, SnapshotNameError};
