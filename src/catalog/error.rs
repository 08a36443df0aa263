//! What can go wrong between a lake and a catalog.

use thiserror::Error;

use super::delta::DeltaError;
use super::glue::GlueError;
use super::iceberg::IcebergError;
use super::plan::Refusal;
use super::versions;
use crate::hint::Hint;
use crate::lake::LakeError;
use crate::lake::snapshots::SnapshotError;

/// A snapshot can't be registered, or what is registered can't be told.
#[derive(Debug, Error)]
pub enum CatalogError {
    /// The store failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// There is no snapshot.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// Athena reads S3 only.
    #[error("expected a lake on S3, got `{0}`: Glue and Athena can't read a folder")]
    NotOnS3(String),
    /// Hive tables are nowhere but in a database.
    #[error("expected a database in AWS Glue: Hive tables are nowhere else")]
    NoDatabase,
    /// What would stand in a location is taken for a placeholder.
    #[error(
        "the prefix of lake `{0}` has `${{` in it, which Athena takes for the value of a partition key"
    )]
    Prefix(String),
    /// Something is in the way.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something is in the way, in a format that keeps its history.
    #[error(transparent)]
    Version(#[from] versions::Refusal),
    /// An Iceberg table can't be read or made.
    #[error(transparent)]
    Iceberg(#[from] IcebergError),
    /// A Delta log can't be read.
    #[error(transparent)]
    Delta(#[from] DeltaError),
    /// Glue refused or failed.
    #[error(transparent)]
    Glue(Box<GlueError>),
    /// Some partitions of a batch were not taken; the others are there.
    #[error("{failed} of {asked} partitions of `{table}` were not registered")]
    Partitions {
        /// `database.table`.
        table: String,
        /// How many were not.
        failed: usize,
        /// How many were to be.
        asked: usize,
        /// What was said of the first.
        source: Box<GlueError>,
    },
    /// What is shown must stay, and it can't be told.
    #[error("cannot tell which snapshots are shown by {place}")]
    Unknown {
        /// What shows them.
        place: String,
        /// The object of the lake that names it.
        projection: String,
        /// Why.
        source: Box<CatalogError>,
    },
    /// Others change the same tables over and over.
    #[error("somebody else changed {place} {attempts} times during the registration")]
    Contended {
        /// What was changed.
        place: String,
        /// How often it was tried.
        attempts: u32,
    },
}

impl From<GlueError> for CatalogError {
    fn from(error: GlueError) -> Self {
        Self::Glue(Box::new(error))
    }
}

impl Hint for CatalogError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Lake(error) => error.hint(),
            Self::Snapshot(error) => error.hint(),
            Self::NotOnS3(_) => Some(
                "build the lake on S3, `--lake s3://bucket/prefix`; of a folder, `ctlake register --format iceberg` makes tables without Glue, and `ctlake sql` asks"
                    .to_owned(),
            ),
            Self::NoDatabase => Some("name one: `--database covidx`".to_owned()),
            Self::Prefix(_) => Some("choose a prefix of letters, digits, `-`, `_` and `/`".to_owned()),
            Self::Refused(error) => error.hint(),
            Self::Version(error) => error.hint(),
            Self::Iceberg(error) => error.hint(),
            Self::Delta(error) => error.hint(),
            Self::Glue(error) => error.hint(),
            Self::Partitions { .. } => {
                Some("run the same command again: it registers what is missing".to_owned())
            }
            Self::Unknown {
                projection, source, ..
            } => Some(format!(
                "{}if it is gone for good, remove `{projection}` from the lake",
                source.hint().map_or(String::new(), |hint| format!("{hint}; "))
            )),
            Self::Contended { .. } => Some(
                "let one job register at a time; `aws cloudtrail lookup-events` shows who else calls UpdateTable"
                    .to_owned(),
            ),
        }
    }
}
