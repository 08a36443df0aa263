//! Clients of the server: the two that the program itself has.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Config, Credentials, Region};
use object_store::aws::{AmazonS3, AmazonS3Builder, S3ConditionalPut};

use super::{ACCESS_KEY, BUCKET, REGION, S3Server, SECRET_KEY};

impl S3Server {
    /// What a client needs; it asks once and doesn't try again.
    pub(crate) fn config(&self) -> aws_sdk_s3::config::Builder {
        Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(self.endpoint())
            .region(Region::from_static(REGION))
            .credentials_provider(credentials(ACCESS_KEY, SECRET_KEY, None))
            .retry_config(RetryConfig::disabled())
            .force_path_style(true)
    }

    pub(crate) fn client(&self) -> Client {
        Client::from_conf(self.config().build())
    }

    pub(crate) fn object_store(&self) -> AmazonS3 {
        AmazonS3Builder::new()
            .with_endpoint(self.endpoint())
            .with_allow_http(true)
            .with_bucket_name(BUCKET)
            .with_region(REGION)
            .with_access_key_id(ACCESS_KEY)
            .with_secret_access_key(SECRET_KEY)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .build()
            .expect("a store")
    }
}

pub(crate) fn credentials(key: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials::new(key, secret, token.map(str::to_owned), None, "test")
}
