//! Who may do what: the checks between the signature and the work.

use std::sync::Arc;

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderValue};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Error, S3Result, s3_error};

use super::{ACCESS_KEY, ACCOUNT, BUCKET, Operation, REGION, SECRET_KEY, Shared, Target};

pub(crate) struct Policy(pub(crate) Arc<Shared>);

#[async_trait::async_trait]
impl S3Auth for Policy {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == ACCESS_KEY {
            Ok(SecretKey::from(SECRET_KEY))
        } else {
            Err(s3_error!(InvalidAccessKeyId))
        }
    }
}

#[async_trait::async_trait]
impl S3Access for Policy {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let (faults, headers) = (self.0.faults(), cx.headers());
        if cx.credentials().is_none() {
            return Err(s3_error!(AccessDenied, "Not signed"));
        }
        if region(headers).is_some_and(|region| region != REGION) {
            return Err(wrong_region());
        }
        let token = text(headers, "x-amz-security-token");
        if token.is_some() && token == faults.expired_token.as_deref() {
            return Err(s3_error!(ExpiredToken, "The provided token has expired."));
        }
        if cx.s3_path().get_bucket_name() != Some(BUCKET) {
            return Err(s3_error!(NoSuchBucket));
        }
        let owner = text(headers, "x-amz-expected-bucket-owner");
        if owner.is_some_and(|owner| owner != ACCOUNT) {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        let Target { operation, key } = Target::of(cx.method(), cx.uri());
        let writes = matches!(
            operation,
            Operation::PutObject | Operation::CreateMultipartUpload
        );
        let unencrypted = writes && !headers.contains_key("x-amz-server-side-encryption");
        let denied = faults.deny.contains(&operation) || (faults.deny_unencrypted && unencrypted);
        if denied && faults.concern(&key) {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        Ok(())
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The region that the request was signed for, where the signature is in a header.
fn region(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (_, scope) = authorization.split_once("Credential=")?;
    scope.split('/').nth(2)
}

fn wrong_region() -> S3Error {
    let mut error = s3_error!(
        AuthorizationHeaderMalformed,
        "The authorization header is malformed; the region is wrong; expecting '{REGION}'"
    );
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-bucket-region", HeaderValue::from_static(REGION));
    error.set_headers(headers);
    error
}
