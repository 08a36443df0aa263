//! What a request asks for, told from its method and address alone.

use std::fmt;

use hyper::{Method, Uri};
use percent_encoding::percent_decode_str;

/// An operation of S3, by its name there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Operation {
    PutObject,
    GetObject,
    HeadObject,
    DeleteObject,
    DeleteObjects,
    ListObjectsV2,
    CreateMultipartUpload,
    UploadPart,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListMultipartUploads,
    HeadBucket,
    GetBucketLocation,
    GetBucketEncryption,
    GetPublicAccessBlock,
    /// One that this server doesn't know.
    Other,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The operation, and the object it is about: a key, or the prefix of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    pub(crate) operation: Operation,
    pub(crate) key: String,
}

impl Target {
    /// Reads an address of the form `/bucket/key?query`.
    pub(crate) fn of(method: &Method, uri: &Uri) -> Self {
        let key = uri.path().trim_start_matches('/').split_once('/');
        let key = decoded(key.map_or("", |(_, key)| key));
        let query = uri.query().unwrap_or_default();
        if key.is_empty() {
            Self {
                operation: of_bucket(method, query),
                key: value(query, "prefix").map_or_else(String::new, decoded),
            }
        } else {
            Self {
                operation: of_object(method, query),
                key,
            }
        }
    }
}

fn of_object(method: &Method, query: &str) -> Operation {
    let has = |name| value(query, name).is_some();
    match *method {
        Method::PUT if has("partNumber") => Operation::UploadPart,
        Method::PUT => Operation::PutObject,
        Method::GET if has("uploadId") || has("attributes") || has("tagging") => Operation::Other,
        Method::GET => Operation::GetObject,
        Method::HEAD => Operation::HeadObject,
        Method::DELETE if has("uploadId") => Operation::AbortMultipartUpload,
        Method::DELETE => Operation::DeleteObject,
        Method::POST if has("uploads") => Operation::CreateMultipartUpload,
        Method::POST if has("uploadId") => Operation::CompleteMultipartUpload,
        _ => Operation::Other,
    }
}

fn of_bucket(method: &Method, query: &str) -> Operation {
    let has = |name| value(query, name).is_some();
    match *method {
        Method::GET if has("list-type") => Operation::ListObjectsV2,
        Method::GET if has("uploads") => Operation::ListMultipartUploads,
        Method::GET if has("location") => Operation::GetBucketLocation,
        Method::GET if has("encryption") => Operation::GetBucketEncryption,
        Method::GET if has("publicAccessBlock") => Operation::GetPublicAccessBlock,
        Method::HEAD => Operation::HeadBucket,
        Method::POST if has("delete") => Operation::DeleteObjects,
        _ => Operation::Other,
    }
}

/// The value of `name` in the query, empty where it has none.
fn value<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| {
        let (found, value) = pair.split_once('=').unwrap_or((pair, ""));
        (found == name).then_some(value)
    })
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
