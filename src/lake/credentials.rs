//! AWS credentials from the standard chain, cached, for both S3 clients.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use tokio::sync::Mutex;

/// Credentials are asked for anew when they end within this time: a request that is under way must not outlive them.
const BEFORE_EXPIRY: Duration = Duration::from_mins(5);

/// The chain (environment, profile, SSO, web identity, container, IMDS, `credential_process`) behind one cache.
///
/// The chain itself caches nothing: a profile with `credential_process` would start a process for each request.
#[derive(Debug, Clone)]
pub(super) struct CachedCredentials {
    chain: SharedCredentialsProvider,
    cached: Arc<Mutex<Option<Credentials>>>,
}

impl CachedCredentials {
    pub(super) fn new(chain: SharedCredentialsProvider) -> Self {
        Self {
            chain,
            cached: Arc::default(),
        }
    }

    /// The credentials to use now.
    pub(super) async fn get(&self) -> Result<Credentials, CredentialsError> {
        // Held while the chain is asked, so that a thousand requests ask it once.
        let mut cached = self.cached.lock().await;
        if let Some(credentials) = cached.as_ref().filter(|found| lasts(found)) {
            return Ok(credentials.clone());
        }
        let credentials = self.chain.provide_credentials().await?;
        *cached = Some(credentials.clone());
        Ok(credentials)
    }

    /// Forgets what is cached: the store says that it has expired, whatever its own date says.
    pub(super) async fn forget(&self) {
        *self.cached.lock().await = None;
    }
}

fn lasts(credentials: &Credentials) -> bool {
    credentials
        .expiry()
        .is_none_or(|end| end > SystemTime::now() + BEFORE_EXPIRY)
}

impl ProvideCredentials for CachedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.get())
    }
}

#[async_trait]
impl CredentialProvider for CachedCredentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let credentials = self
            .get()
            .await
            .map_err(|source| object_store::Error::Generic {
                store: "S3",
                source: source.into(),
            })?;
        Ok(Arc::new(AwsCredential {
            key_id: credentials.access_key_id().to_owned(),
            secret_key: credentials.secret_access_key().to_owned(),
            token: credentials.session_token().map(str::to_owned),
        }))
    }
}
