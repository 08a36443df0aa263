//! Why tables can't be written.

use parquet::errors::ParquetError;
use thiserror::Error;

use crate::hint::Hint;
use crate::lake::LakeError;

/// Writing failed; what was written so far is in no snapshot.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The store failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// Encoding failed.
    #[error("cannot encode Parquet")]
    Parquet(#[from] ParquetError),
    /// Somebody asked to stop.
    #[error("stopped: nothing was published")]
    Stopped,
}

impl Hint for WriteError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Lake(error) => error.hint(),
            Self::Parquet(_) | Self::Stopped => None,
        }
    }
}
