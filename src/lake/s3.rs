//! A lake on S3: one configuration, two clients.
//!
//! Images go through `aws-sdk-s3`, which can send a CRC-32 with a body; everything else goes through `object_store`.

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{IdentityCache, RequestChecksumCalculation, ResponseChecksumValidation};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::service_config::ServiceConfigKey;
use object_store::ObjectStore;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::prefix::PrefixStore;

use super::credentials::CachedCredentials;
use super::error::LakeError;
use super::request_log::{SdkRequests, StoreRequests};
use super::s3_error::S3Error;
use super::stamped::Stamped;
use crate::trust::{self, Authorities, TrustError};

/// A server that does not answer a SYN in this time is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// `s3://bucket/prefix`, and how objects are written there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct S3Location {
    /// The bucket.
    pub bucket: String,
    /// Key below which the lake is; may be empty. No `/` at either end.
    pub prefix: String,
    /// How objects are written.
    pub settings: S3Settings,
}

/// How objects are written, and to whose bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct S3Settings {
    /// Server-side encryption: `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub encryption: Option<String>,
    /// ARN or id of the KMS key.
    pub kms_key: Option<String>,
    /// Storage class of every object.
    pub storage_class: Option<String>,
    /// Tags of every object.
    pub tags: Vec<(String, String)>,
    /// The account that the bucket must belong to.
    pub bucket_owner: Option<String>,
}

impl S3Settings {
    /// Whether each object is encrypted with a key of KMS, which is a request of its own.
    #[must_use]
    pub fn uses_kms(&self) -> bool {
        self.encryption
            .as_deref()
            .is_some_and(|kind| kind.starts_with("aws:kms"))
    }
}

/// The SDK's client, and what each of its requests carries.
#[derive(Debug, Clone)]
pub struct S3 {
    pub(super) client: Client,
    pub(crate) location: S3Location,
    pub(super) credentials: CachedCredentials,
    pub(crate) region: String,
    /// The same for clients of other services.
    config: SdkConfig,
    /// The endpoint of a server that is not AWS's.
    pub(crate) endpoint: Option<String>,
    /// Whose certificates are trusted, in the place of the system's.
    authorities: Option<Arc<Authorities>>,
}

impl S3 {
    /// Reads the environment and profiles. No request is sent yet, but credentials may be.
    pub(crate) async fn connect(location: &S3Location) -> Result<Self, LakeError> {
        let loader = |authorities: Option<&Arc<Authorities>>| {
            let loader = aws_config::defaults(BehaviorVersion::latest())
                // One controller sees every refusal and slows down for all (`ingest`).
                .retry_config(RetryConfig::disabled())
                .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                .timeout_config(
                    TimeoutConfig::builder()
                        .connect_timeout(CONNECT_TIMEOUT)
                        .build(),
                );
            match authorities {
                Some(authorities) => loader.http_client(sdk_client(authorities)),
                None => loader,
            }
        };
        let trust = |error| LakeError::Trust(error);
        let (first, rest) = trust::OF_AWS.split_at(1);
        let from_env = |names| Authorities::from_env(names).map_err(trust);
        let mut authorities = from_env(first)?.map(Arc::new);
        let mut others = from_env(rest)?.map(Arc::new);
        if authorities.is_none() && others.is_none() {
            others = Authorities::of_system().map_err(trust)?.map(Arc::new);
        }
        let mut config = loader(authorities.as_ref().or(others.as_ref()))
            .load()
            .await;
        if authorities.is_none() {
            authorities = profile_authorities(&config).map_err(trust)?.or(others);
            if authorities.is_some() {
                // Anew: whoever gives credentials is asked by the same client.
                config = loader(authorities.as_ref()).load().await;
            }
        }
        let endpoint = endpoint(&config);
        let region = match (config.region(), &endpoint) {
            (Some(region), _) => region.to_string(),
            // Other servers have no regions, but signatures name one.
            (None, Some(_)) => "us-east-1".to_owned(),
            (None, None) => return Err(LakeError::NoRegion(location.bucket.clone())),
        };
        let chain = config.credentials_provider();
        let credentials = CachedCredentials::new(chain.ok_or_else(|| LakeError::S3 {
            action: "open",
            path: location.to_string(),
            source: Box::new(S3Error::NoCredentials(
                "the configuration turns them off".to_owned(),
            )),
        })?);
        let mut builder = aws_sdk_s3::config::Builder::from(&config)
            .region(Region::new(region.clone()))
            .credentials_provider(credentials.clone())
            // The provider caches, and can be told to forget.
            .identity_cache(IdentityCache::no_cache())
            .interceptor(SdkRequests)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        if let Some(endpoint) = &endpoint {
            builder = builder.endpoint_url(endpoint).force_path_style(true);
        }
        let client = Client::from_conf(builder.build());
        let config = config
            .into_builder()
            .region(Region::new(region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials.clone()))
            .build();
        Ok(Self {
            client,
            config,
            location: location.clone(),
            credentials,
            region,
            endpoint,
            authorities,
        })
    }

    /// The other client, over the lake's prefix.
    pub(super) fn object_store(&self) -> object_store::Result<Arc<dyn ObjectStore>> {
        let S3Location {
            bucket,
            prefix,
            settings,
        } = &self.location;
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&self.region)
            .with_credentials(Arc::new(self.credentials.clone()))
            .with_http_connector(StoreRequests::new(self.authorities.clone()));
        if let Some(endpoint) = &self.endpoint {
            builder = builder
                .with_endpoint(endpoint)
                .with_allow_http(true)
                .with_virtual_hosted_style_request(false);
        }
        for (key, value) in [
            ("aws_server_side_encryption", &settings.encryption),
            ("aws_sse_kms_key_id", &settings.kms_key),
        ] {
            if let Some(value) = value {
                // The type of these keys is private; their names are not.
                builder = builder.with_config(key.parse::<AmazonS3ConfigKey>()?, value);
            }
        }
        let store = Stamped::new(
            builder.build()?,
            settings.storage_class.as_deref(),
            &settings.tags,
        );
        Ok(Arc::new(PrefixStore::new(store, Path::parse(prefix)?)))
    }

    /// Another bucket, with the same credentials: a service may put its answers there.
    pub fn bucket(&self, name: &str) -> Result<Arc<dyn ObjectStore>, LakeError> {
        let location = S3Location {
            bucket: name.to_owned(),
            ..S3Location::default()
        };
        let elsewhere = Self {
            location,
            ..self.clone()
        };
        elsewhere
            .object_store()
            .map_err(LakeError::store("open", &Path::from(name)))
    }

    /// The configuration that this client was made from, credentials and all: for a client of another AWS service.
    #[must_use]
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Where the lake is.
    #[must_use]
    pub fn location(&self) -> &S3Location {
        &self.location
    }

    /// The region in which requests are signed.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The key in the bucket of what is at `path` in the lake.
    #[must_use]
    pub fn key(&self, path: &str) -> String {
        self.location.key(path)
    }

    /// The credentials in use and where the store is: for another engine that brings a client of its own.
    pub async fn access(&self) -> Result<S3Access, LakeError> {
        let credentials = self
            .credentials
            .get()
            .await
            .map_err(|error| LakeError::S3 {
                action: "open",
                path: self.location.to_string(),
                source: Box::new(S3Error::NoCredentials(error.to_string())),
            })?;
        Ok(S3Access {
            access_key_id: credentials.access_key_id().to_owned(),
            secret_access_key: credentials.secret_access_key().to_owned(),
            session_token: credentials.session_token().map(str::to_owned),
            region: self.region.clone(),
            endpoint: self.endpoint.clone(),
            has_authorities: self.has_authorities(),
        })
    }

    /// Whether certificates are checked, and against others than every client would by itself.
    fn has_authorities(&self) -> bool {
        let is_plain = self
            .endpoint
            .as_deref()
            .is_some_and(|it| it.starts_with("http:"));
        let authorities = self.authorities.as_ref();
        !is_plain && authorities.is_some_and(|authorities| !authorities.are_system())
    }
}

/// What another client needs. It has no `Debug`: a secret must not find its way into a message.
pub struct S3Access {
    /// Whose requests they are.
    pub access_key_id: String,
    /// Signs requests.
    pub secret_access_key: String,
    /// Of temporary credentials.
    pub session_token: Option<String>,
    /// Named in signatures.
    pub region: String,
    /// The endpoint of a server that is not AWS's.
    pub endpoint: Option<String>,
    /// Whether `AWS_CA_BUNDLE` or its like says whose certificates are trusted, and no client does so by itself.
    pub has_authorities: bool,
}

impl S3Location {
    /// The key in the bucket of what is at `path` in the lake; the prefix itself for an empty path.
    #[must_use]
    pub fn key(&self, path: &str) -> String {
        match (self.prefix.as_str(), path) {
            ("", path) => path.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, path) => format!("{prefix}/{path}"),
        }
    }
}

impl std::fmt::Display for S3Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}", self.bucket)?;
        if self.prefix.is_empty() {
            return Ok(());
        }
        write!(f, "/{}", self.prefix)
    }
}

/// The certificates that `ca_bundle` of the profile names. As for the AWS CLI, `AWS_CA_BUNDLE` comes before it, and
/// `REQUESTS_CA_BUNDLE` behind it.
fn profile_authorities(config: &SdkConfig) -> Result<Option<Arc<Authorities>>, TrustError> {
    let key = ServiceConfigKey::builder()
        .service_id("S3")
        .env("AWS_CA_BUNDLE")
        .profile("ca_bundle")
        .build()
        .expect("all three are given");
    let named = config
        .service_config()
        .and_then(|service| service.load_config(key))
        .filter(|path| !path.is_empty());
    let place = "ca_bundle of the AWS profile";
    let found = named.map(|path| Authorities::read(place, path.as_ref()));
    Ok(found.transpose()?.map(Arc::new))
}

/// The SDK's own client but for whom it trusts.
fn sdk_client(authorities: &Authorities) -> SharedHttpClient {
    let store = TrustStore::empty().with_pem_certificate(authorities.pem());
    let context = TlsContext::builder().with_trust_store(store).build();
    aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(context.expect("certificates that were parsed"))
        .build_https()
}

/// `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, or what the profile says, as the SDK finds it: `object_store` must be told the same.
fn endpoint(config: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id("S3")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .expect("all three are given");
    config
        .service_config()
        .and_then(|service| service.load_config(key))
        .or_else(|| config.endpoint_url().map(str::to_owned))
        .map(|endpoint| endpoint.trim_end_matches('/').to_owned())
}
