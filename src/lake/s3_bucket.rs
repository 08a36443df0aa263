//! What a bucket says of itself.

use chrono::{DateTime, Utc};

use super::s3::S3;
use super::s3_error::S3Error;

impl S3 {
    /// How the bucket encrypts what comes without a wish of its own; `None` where it doesn't.
    pub(crate) async fn bucket_encryption(&self) -> Result<Option<String>, S3Error> {
        let answer = self
            .client
            .get_bucket_encryption()
            .bucket(&self.location.bucket)
            .set_expected_bucket_owner(self.location.settings.bucket_owner.clone())
            .send()
            .await
            .map_err(|error| S3Error::new(&error))?;
        let rules = answer.server_side_encryption_configuration();
        let default = rules
            .and_then(|rules| rules.rules().first())
            .and_then(|rule| rule.apply_server_side_encryption_by_default());
        Ok(default.map(|default| default.sse_algorithm().as_str().to_owned()))
    }

    /// Whether the bucket refuses every kind of public access.
    pub(crate) async fn blocks_public_access(&self) -> Result<bool, S3Error> {
        let answer = self
            .client
            .get_public_access_block()
            .bucket(&self.location.bucket)
            .set_expected_bucket_owner(self.location.settings.bucket_owner.clone())
            .send()
            .await
            .map_err(|error| S3Error::new(&error))?;
        Ok(answer
            .public_access_block_configuration()
            .is_some_and(|block| {
                [
                    block.block_public_acls(),
                    block.ignore_public_acls(),
                    block.block_public_policy(),
                    block.restrict_public_buckets(),
                ]
                .iter()
                .all(|blocked| *blocked == Some(true))
            }))
    }

    /// When the object at `key` was written, by the store's clock.
    pub(crate) async fn modified(&self, key: &str) -> Result<Option<DateTime<Utc>>, S3Error> {
        let answer = self
            .client
            .head_object()
            .bucket(&self.location.bucket)
            .key(key)
            .set_expected_bucket_owner(self.location.settings.bucket_owner.clone())
            .send()
            .await
            .map_err(|error| S3Error::new(&error))?;
        Ok(answer
            .last_modified()
            .and_then(|time| DateTime::from_timestamp(time.secs(), 0)))
    }
}
