//! The lake: stores, layout, landing zone, manifest, log. It publishes data files and doesn't care who wrote them.

mod credentials;
mod data_file;
pub mod doctor;
mod error;
pub mod expire;
mod folder;
pub mod format;
mod handle;
pub mod landing;
pub mod layout;
mod location;
pub mod log;
pub mod manifest;
pub mod projection;
mod publish;
pub mod reader;
mod request_log;
mod s3;
mod s3_bucket;
mod s3_error;
mod s3_objects;
mod snapshot;
pub mod snapshots;
mod stamped;

pub use data_file::{ColumnStatistics, DataFile, DataFileWriter, TEXT_BOUND_BYTES, hex};
pub use error::LakeError;
pub use folder::FolderStore;
pub use handle::Lake;
pub use location::Location;
pub use publish::{Draft, PublishError, PublishOptions, Published, discard, publish};
pub use request_log::SdkRequests;
pub use s3::{S3, S3Access, S3Location, S3Settings};
pub use s3_error::{Fault, S3Error};
pub use s3_objects::Stored;
pub use snapshot::{SnapshotName, SnapshotNameError};
