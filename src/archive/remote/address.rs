//! Where a remote file is: a URL that stays, or one that Kaggle gives for some time.

use super::error::RemoteError;
use crate::archive::kaggle::{Dataset, Kaggle};
use crate::archive::secret_url::SecretUrl;

/// Gives the URL of a remote file, as often as it is asked.
#[derive(Debug)]
pub(in crate::archive) enum Address {
    /// Where a user says that it is.
    Url(SecretUrl),
    /// A version of a dataset.
    Kaggle {
        /// Who is asked.
        api: Kaggle,
        /// With its version.
        dataset: Dataset,
    },
}

impl Address {
    /// A URL that works now.
    pub(super) async fn resolve(&self) -> Result<SecretUrl, RemoteError> {
        match self {
            Self::Url(url) => Ok(url.clone()),
            Self::Kaggle { api, dataset } => Ok(api.signed_url(dataset).await?),
        }
    }
}
