//! The error of the use cases: that of the stage that failed. The stages before it stay done.

use thiserror::Error;

use crate::catalog::CatalogError;
use crate::datasets::BuildError;
use crate::hint::Hint;
use crate::images::ImagesError;
use crate::ingest::IngestError;
use crate::lake::LakeError;
use crate::lake::snapshots::SnapshotError;
use crate::query::QueryError;

/// A use case failed. [`Hint`] says what to do about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The files could not be ingested.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The tables could not be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The snapshot could not be registered, or a catalog could not be read.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The images could not be selected or exported.
    #[error(transparent)]
    Images(#[from] ImagesError),
    /// The query could not be answered.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// There is no such snapshot.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The store failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
}

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    fn stage(&self) -> &dyn Hint {
        match self {
            Self::Ingest(error) => error,
            Self::Build(error) => error,
            Self::Catalog(error) => error,
            Self::Images(error) => error,
            Self::Query(error) => error,
            Self::Snapshot(error) => error,
            Self::Lake(error) => error,
        }
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<String> {
        self.stage().hint()
    }

    fn is_incomplete(&self) -> bool {
        self.stage().is_incomplete()
    }

    fn is_usage(&self) -> bool {
        self.stage().is_usage()
    }
}
