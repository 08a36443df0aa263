//! An object as it is kept, and the check of a body before it becomes one.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use hyper::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{Checksum, ContentType, Metadata, ServerSideEncryption, StorageClass};
use s3s::{S3Result, s3_error};

#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) body: Bytes,
    pub(crate) etag: String,
    pub(crate) modified: SystemTime,
    /// What came with it and was found right.
    pub(crate) checksum: Checksum,
    pub(crate) attributes: Attributes,
}

/// What was said of an object when it was written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attributes {
    pub(crate) content_type: Option<ContentType>,
    pub(crate) metadata: Option<Metadata>,
    pub(crate) encryption: Option<ServerSideEncryption>,
    pub(crate) kms_key: Option<String>,
    pub(crate) storage_class: Option<StorageClass>,
}

impl Attributes {
    /// The encryption that answers name: S3 encrypts what nobody asked it to.
    pub(crate) fn encryption(&self) -> ServerSideEncryption {
        let default = ServerSideEncryption::from_static(ServerSideEncryption::AES256);
        self.encryption.clone().unwrap_or(default)
    }
}

impl Object {
    pub(crate) fn new(body: Bytes, checksum: Checksum, attributes: Attributes) -> Self {
        Self {
            etag: md5_hex(&body),
            body,
            modified: SystemTime::now(),
            checksum,
            attributes,
        }
    }

    /// As a client would have written it, with its CRC-32.
    pub(crate) fn with_crc32(body: Bytes) -> Self {
        let checksum = Checksum {
            checksum_crc32: Some(BASE64.encode(crc32fast::hash(&body).to_be_bytes())),
            ..Checksum::default()
        };
        Self::new(body, checksum, Attributes::default())
    }
}

/// The digests that were sent along with a body.
#[derive(Debug, Default)]
pub(crate) struct Digests {
    pub(crate) md5: Option<String>,
    pub(crate) checksum: Checksum,
}

/// The digests in the headers of a request of any type.
macro_rules! digests {
    ($input:expr) => {
        $crate::support::s3::object::Digests {
            md5: $input.content_md5.take(),
            checksum: s3s::dto::Checksum {
                checksum_crc32: $input.checksum_crc32.take(),
                checksum_crc32c: $input.checksum_crc32c.take(),
                checksum_crc64nvme: $input.checksum_crc64nvme.take(),
                checksum_sha1: $input.checksum_sha1.take(),
                checksum_sha256: $input.checksum_sha256.take(),
                ..Default::default()
            },
        }
    };
}
pub(crate) use digests;

impl Digests {
    /// Adds those that came behind the body.
    pub(crate) fn add_trailers(&mut self, trailers: &HeaderMap) {
        let text = |name: &str| Some(trailers.get(name)?.to_str().ok()?.trim().to_owned());
        let sum = &mut self.checksum;
        for (name, place) in [
            ("x-amz-checksum-crc32", &mut sum.checksum_crc32),
            ("x-amz-checksum-crc32c", &mut sum.checksum_crc32c),
            ("x-amz-checksum-crc64nvme", &mut sum.checksum_crc64nvme),
            ("x-amz-checksum-sha1", &mut sum.checksum_sha1),
            ("x-amz-checksum-sha256", &mut sum.checksum_sha256),
        ] {
            if let Some(value) = text(name) {
                *place = Some(value);
            }
        }
    }

    /// Checks `body` and gives the checksum to keep.
    pub(crate) fn check(self, body: &[u8]) -> S3Result<Checksum> {
        if let Some(md5) = &self.md5 {
            let expected = BASE64.decode(md5).map_err(|_| s3_error!(InvalidDigest))?;
            if expected.len() != 16 {
                return Err(s3_error!(InvalidDigest));
            }
            if expected != Md5::checksum(body) {
                return Err(s3_error!(BadDigest, "The Content-MD5 did not match"));
            }
        }
        let given = self.checksum;
        let sent = [
            &given.checksum_crc32,
            &given.checksum_crc32c,
            &given.checksum_crc64nvme,
            &given.checksum_sha1,
            &given.checksum_sha256,
        ];
        if sent.iter().filter(|sum| sum.is_some()).count() > 1 {
            return Err(s3_error!(InvalidRequest, "more than one checksum"));
        }
        let mut hasher = ChecksumHasher {
            crc32: wanted(given.checksum_crc32.as_ref()),
            crc32c: wanted(given.checksum_crc32c.as_ref()),
            crc64nvme: wanted(given.checksum_crc64nvme.as_ref()),
            sha1: wanted(given.checksum_sha1.as_ref()),
            sha256: wanted(given.checksum_sha256.as_ref()),
        };
        hasher.update(body);
        if hasher.finalize() == given {
            Ok(given)
        } else {
            Err(s3_error!(BadDigest, "The checksum did not match"))
        }
    }
}

/// A hasher for a checksum that was sent.
fn wanted<T: Default>(sum: Option<&String>) -> Option<T> {
    sum.is_some().then(T::default)
}

/// An entity tag of one body.
pub(crate) fn md5_hex(body: &[u8]) -> String {
    hex(Md5::checksum(body).as_ref())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
