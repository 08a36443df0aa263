//! Requests that only the SDK can make: with a checksum of ours, and with the bucket's expected owner.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::{AggregatedBytes, ByteStream};
use aws_sdk_s3::types::{ChecksumMode, ServerSideEncryption, StorageClass};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use md5::{Digest, Md5};
use object_store::TagSet;
use tokio::time::timeout;

use super::s3::S3;
use super::s3_error::{Fault, S3Error};
use crate::net::backoff::Backoff;
use crate::net::retry::{Verdict, retry};
use crate::progress::Stop;

/// Tries of a request that a store refuses …
const TRIES: u32 = 10;
/// … and to open a lake whose store does not answer at all, where the address may be wrong.
const CONNECT_TRIES: u32 = 3;
/// Tries for one page of a listing: the store has answered before.
pub(super) const LIST_TRIES: u32 = TRIES;
/// A small object or a page of a listing that has not come in this time will not come.
const ANSWER_TIME: Duration = Duration::from_secs(30);
/// How long such a request waits.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_millis(100),
    longest: Duration::from_secs(5),
};

/// What the store says of an object, without sending it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Size in bytes.
    pub bytes: u64,
    /// The CRC-32 that it was stored with; `None` where the store keeps none.
    pub crc32: Option<u32>,
}

/// An object of which a size is expected.
#[derive(Debug)]
pub(super) enum Found {
    /// There is none.
    Absent,
    /// It has another size; it was not read.
    Other(u64),
    /// It has that size.
    Whole(Bytes),
}

impl S3 {
    /// Stores `content` at `key` of the bucket; the store refuses it when its CRC-32 is another.
    ///
    /// Servers other than AWS get a Content-MD5 besides: some check only that.
    pub(crate) async fn put(&self, key: &str, content: Bytes, crc32: u32) -> Result<(), S3Error> {
        let settings = &self.location.settings;
        let md5 = self
            .endpoint
            .is_some()
            .then(|| BASE64_STANDARD.encode(Md5::digest(&content)));
        let sent = encode(crc32);
        let answer = self
            .client
            .put_object()
            .bucket(&self.location.bucket)
            .key(key)
            .checksum_crc32(&sent)
            .set_content_md5(md5)
            .set_expected_bucket_owner(settings.bucket_owner.clone())
            .set_server_side_encryption(
                settings
                    .encryption
                    .as_deref()
                    .map(ServerSideEncryption::from),
            )
            .set_ssekms_key_id(settings.kms_key.clone())
            .set_storage_class(settings.storage_class.as_deref().map(StorageClass::from))
            .set_tagging(self.tagging())
            .body(ByteStream::from(content))
            .send()
            .await
            .map_err(|error| S3Error::new(&error))?;
        match answer.checksum_crc32() {
            Some(stored) if stored != sent => Err(S3Error::Checksum {
                sent: crc32,
                stored: stored.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Size and checksum of the object at `key`; `None` where there is none.
    pub(super) async fn head(&self, key: &str) -> Result<Option<Stored>, S3Error> {
        let answer = self
            .client
            .head_object()
            .bucket(&self.location.bucket)
            .key(key)
            .checksum_mode(ChecksumMode::Enabled)
            .set_expected_bucket_owner(self.location.settings.bucket_owner.clone())
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Some(Stored {
                bytes: u64::try_from(answer.content_length().unwrap_or(0)).unwrap_or(0),
                crc32: answer.checksum_crc32().and_then(decode),
            })),
            // A HEAD has no body, so a missing bucket looks the same; the lake was opened, so there is one.
            Err(SdkError::ServiceError(error)) if error.raw().status().as_u16() == 404 => Ok(None),
            Err(error) => Err(S3Error::new(&error)),
        }
    }

    /// The object at `key`; `None` where there is none. A missing bucket is an error.
    pub(super) async fn get(&self, key: &str) -> Result<Option<Bytes>, S3Error> {
        match self.begin_get(key).await? {
            Some(answer) => body(answer).await.map(Some),
            None => Ok(None),
        }
    }

    /// The object at `key`, if it has so many bytes: nobody must have to hold a larger one.
    pub(super) async fn get_sized(&self, key: &str, bytes: u64) -> Result<Found, S3Error> {
        let Some(answer) = self.begin_get(key).await? else {
            return Ok(Found::Absent);
        };
        match answer
            .content_length()
            .and_then(|size| size.try_into().ok())
        {
            Some(size) if size != bytes => Ok(Found::Other(size)),
            _ => body(answer).await.map(Found::Whole),
        }
    }

    async fn begin_get(&self, key: &str) -> Result<Option<GetObjectOutput>, S3Error> {
        let answer = self
            .client
            .get_object()
            .bucket(&self.location.bucket)
            .key(key)
            .set_expected_bucket_owner(self.location.settings.bucket_owner.clone())
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), GetObjectError::NoSuchKey(_)) =>
            {
                Ok(None)
            }
            Err(error) => Err(S3Error::new(&error)),
        }
    }

    /// Like [`S3::get`], again while the store is busy: for a request that no controller watches.
    pub(super) async fn get_patiently(&self, key: &str) -> Result<Option<Bytes>, S3Error> {
        self.patiently(CONNECT_TRIES, || Box::pin(self.get(key)))
            .await
    }

    /// Sends what `ask` makes, which changes nothing, until the store answers: for requests that no controller watches. A store that
    /// doesn't answer at all is tried `connect_tries` times.
    pub(super) async fn patiently<T, F>(
        &self,
        connect_tries: u32,
        ask: impl Fn() -> F,
    ) -> Result<T, S3Error>
    where
        F: Future<Output = Result<T, S3Error>>,
    {
        let classify = |error: &S3Error| match (error, error.fault()) {
            (_, Fault::Credentials) => Verdict::RenewThenRetry,
            (S3Error::Answer { .. }, Fault::Throttled | Fault::Transient) => Verdict::retry(TRIES),
            (_, Fault::Transient) => Verdict::retry(connect_tries),
            _ => Verdict::GiveUp,
        };
        let answered = retry(
            BACKOFF,
            // Whoever asks to stop drops the request, which changes nothing.
            &Stop::default(),
            classify,
            || self.credentials.forget(),
            || {
                let answer = timeout(ANSWER_TIME, ask());
                async { answer.await.unwrap_or(Err(S3Error::Timeout(ANSWER_TIME))) }
            },
        )
        .await;
        answered.map_err(|given_up| given_up.error)
    }

    /// A URL with which anybody can read the object at `key` for so long, a week at the most. No request is sent.
    pub(super) async fn presign_get(&self, key: &str, time: Duration) -> Result<String, S3Error> {
        let time = PresigningConfig::expires_in(time)
            .map_err(|error| S3Error::Request(error.to_string()))?;
        let get = self.client.get_object();
        // No owner is expected: whoever uses the URL would have to send that header.
        let request = get
            .bucket(&self.location.bucket)
            .key(key)
            .presigned(time)
            .await
            .map_err(|error| S3Error::new(&error))?;
        Ok(request.uri().to_owned())
    }

    /// When the credentials in use end, and with them every URL that they have signed; `None` for those that last.
    pub async fn credentials_end(&self) -> Option<SystemTime> {
        self.credentials.get().await.ok()?.expiry()
    }

    /// Removes the object at `key`; one that is gone already is no error.
    pub(crate) async fn remove(&self, key: &str) -> Result<(), S3Error> {
        let removed = self
            .client
            .delete_object()
            .bucket(&self.location.bucket)
            .key(key)
            .set_expected_bucket_owner(self.location.settings.bucket_owner.clone())
            .send()
            .await;
        removed.map(|_| ()).map_err(|error| S3Error::new(&error))
    }

    fn tagging(&self) -> Option<String> {
        let mut tags = TagSet::default();
        for (key, value) in &self.location.settings.tags {
            tags.push(key, value);
        }
        let tags = tags.encoded();
        (!tags.is_empty()).then(|| tags.to_owned())
    }
}

async fn body(answer: GetObjectOutput) -> Result<Bytes, S3Error> {
    let collected = answer.body.collect().await;
    collected
        .map(AggregatedBytes::into_bytes)
        .map_err(|error| S3Error::Connection(error.to_string()))
}

/// As S3 writes a CRC-32: base64 of its bytes, the highest first.
fn encode(crc32: u32) -> String {
    BASE64_STANDARD.encode(crc32.to_be_bytes())
}

/// `None` for the checksum of an object in parts (`AAAAAA==-3`), which is not that of its content.
fn decode(text: &str) -> Option<u32> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_comes_back_as_it_went() {
        assert_eq!(encode(0xcbf4_3926), "y/Q5Jg==");
        assert_eq!(decode("y/Q5Jg=="), Some(0xcbf4_3926));
        assert_eq!(decode("y/Q5Jg==-3"), None);
        assert_eq!(decode("AAAA"), None);
    }
}
