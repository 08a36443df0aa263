//! What an S3 server said, kept apart: status, code, message, request.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::net::retry::Verdict;
use crate::readable;
use crate::trust;

/// Why a request to S3 failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum S3Error {
    /// The server answered with an error.
    Answer {
        /// HTTP status.
        status: u16,
        /// The error's code, `AccessDenied`; empty where the answer had none (a HEAD has no body).
        code: String,
        /// The server's words.
        message: String,
        /// What support asks for.
        request_id: Option<String>,
        /// The bucket's region, where the server names it.
        region: Option<String>,
    },
    /// The answer's checksum is not that of what was sent.
    Checksum {
        /// CRC-32 sent.
        sent: u32,
        /// What the server says it has stored, base64.
        stored: String,
    },
    /// No answer within the time allowed.
    Timeout(Duration),
    /// No whole answer: refused, reset, cut off.
    Connection(String),
    /// The server's certificate was rejected.
    Certificate(String),
    /// There are no credentials.
    NoCredentials(String),
    /// The request could not be made.
    Request(String),
    /// A page of a listing says that there is more, and not how to ask for it.
    Listing,
}

/// What to do about a failed request.
///
/// | answer | fault |
/// |---|---|
/// | 503, 429, `SlowDown`, `Throttling…`, `TooManyRequests…`, `RequestLimitExceeded` | throttled: try again, slower |
/// | 500, 502, 504, 408, `InternalError`, `RequestTimeout`, no answer, an answer cut off | transient: try again |
/// | `BadDigest`, `XAmzContentSHA256Mismatch`, `XAmzContentChecksumMismatch`, `IncompleteBody`, another checksum in the answer | body: read it again, then try again |
/// | `ExpiredToken`, `ExpiredTokenException`, `TokenRefreshRequired` | credentials: once again with new ones |
/// | anything else | fatal |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The store wants fewer requests.
    Throttled,
    /// It may work the next time.
    Transient,
    /// The body was damaged on the way.
    Body,
    /// The credentials have expired.
    Credentials,
    /// It will not work the next time either.
    Fatal,
}

impl Fault {
    /// Whether the store did not take the request, and may take it later.
    #[must_use]
    pub fn is_refusal(self) -> bool {
        matches!(self, Self::Throttled | Self::Transient)
    }

    /// Whether the request is sent again, `tries` times in all.
    #[must_use]
    pub fn verdict(self, tries: u32) -> Verdict {
        match self {
            Self::Throttled | Self::Transient | Self::Body => Verdict::retry(tries),
            Self::Credentials => Verdict::RenewThenRetry,
            Self::Fatal => Verdict::GiveUp,
        }
    }
}

impl S3Error {
    /// From what the SDK says, of a request to any service.
    pub fn new<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match error {
            SdkError::ServiceError(service) => {
                let raw = service.raw();
                let meta = service.err().meta();
                Self::Answer {
                    status: raw.status().as_u16(),
                    code: meta.code().unwrap_or_default().to_owned(),
                    message: meta.message().unwrap_or_default().to_owned(),
                    request_id: meta.request_id().map(str::to_owned),
                    region: raw.headers().get("x-amz-bucket-region").map(str::to_owned),
                }
            }
            SdkError::ConstructionFailure(_) => Self::Request(context(error)),
            other => Self::unanswered(other),
        }
    }

    /// From what the SDK says of a request to any service that got no whole answer.
    #[must_use]
    pub fn unanswered(error: &(dyn Error + 'static)) -> Self {
        if let Some(reason) = trust::rejection(error) {
            return Self::Certificate(reason);
        }
        // Credentials are asked for while a request is sent.
        match credentials_error(error) {
            Some(error) => Self::NoCredentials(innermost(error)),
            None => Self::Connection(innermost(error)),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let (status, code) = match self {
            Self::Answer { status, code, .. } => (*status, code.as_str()),
            Self::Checksum { .. } => return Fault::Body,
            Self::Timeout(_) | Self::Connection(_) => return Fault::Transient,
            Self::Certificate(_) | Self::NoCredentials(_) | Self::Request(_) | Self::Listing => {
                return Fault::Fatal;
            }
        };
        match (status, code) {
            (_, "SlowDown" | "RequestLimitExceeded") | (429 | 503, _) => Fault::Throttled,
            (_, code) if code.starts_with("Throttling") || code.starts_with("TooManyRequests") => {
                Fault::Throttled
            }
            (
                _,
                "BadDigest"
                | "XAmzContentSHA256Mismatch"
                | "XAmzContentChecksumMismatch"
                | "IncompleteBody",
            ) => Fault::Body,
            (_, "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired") => {
                Fault::Credentials
            }
            (_, "InternalError" | "RequestTimeout") | (408 | 500 | 502 | 504, _) => {
                Fault::Transient
            }
            _ => Fault::Fatal,
        }
    }

    /// The status of an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Answer { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The code of an answer; empty where there is none.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Answer { code, .. } => code,
            _ => "",
        }
    }

    /// What its user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Answer {
                region: Some(region),
                status: 301 | 400,
                ..
            } => {
                return Some(format!(
                    "the bucket is in {region}: `export AWS_REGION={region}`"
                ));
            }
            Self::Answer { status, code, .. } => match (code.as_str(), status) {
                ("NoSuchBucket", _) => {
                    "check the name: `aws s3 ls` lists your buckets; `aws s3 mb s3://BUCKET` makes one"
                }
                ("InvalidAccessKeyId", _) => {
                    "the store does not know this access key: check AWS_ACCESS_KEY_ID and AWS_PROFILE; temporary credentials need AWS_SESSION_TOKEN too"
                }
                ("SignatureDoesNotMatch", _) => {
                    "the secret does not belong to this access key: check AWS_SECRET_ACCESS_KEY, or enter both again with `aws configure`"
                }
                ("InvalidToken", _) => {
                    "the session token is not valid for these credentials: check AWS_SESSION_TOKEN, or `aws sso login`"
                }
                ("AuthorizationHeaderMalformed" | "PermanentRedirect", _) => {
                    "the bucket is in another region: `aws s3api get-bucket-location --bucket BUCKET` shows it, `export AWS_REGION=…` sets it"
                }
                ("ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired", _) => {
                    "get new credentials (`aws sso login`, or export new AWS_… variables) and run the same command again: it goes on from there"
                }
                ("RequestTimeTooSkewed", _) => {
                    "this machine's clock is wrong: `timedatectl` shows it"
                }
                ("AccessDenied" | "AllAccessDisabled", _) | (_, 403) => {
                    "`ctlake doctor` shows which right is missing; a bucket that demands encryption needs `--sse aws:kms --kms-key KEY`"
                }
                ("InvalidStorageClass", _) => {
                    "name a class that the store knows: `--storage-class STANDARD_IA`"
                }
                (code, _) if code.starts_with("KMS.") => {
                    "check `--kms-key`: the key must be enabled, in the bucket's region, and yours to use"
                }
                ("QuotaExceeded" | "XMinioStorageFull", _) | (_, 507) => "the store is full",
                _ => return None,
            },
            Self::Certificate(reason) => return Some(trust::hint(reason, trust::OF_AWS)),
            Self::NoCredentials(_) => {
                "`aws configure` or `aws sso login`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; AWS_PROFILE names a profile"
            }
            Self::Timeout(_) | Self::Connection(_) => {
                "check the network and AWS_ENDPOINT_URL, then run the same command again: it goes on from there"
            }
            Self::Listing => {
                "run the same command again; if it ends so too, this store can't be relied on to list: use another version of its server"
            }
            Self::Checksum { .. } | Self::Request(_) => return None,
        };
        Some(hint.to_owned())
    }
}

impl fmt::Display for S3Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer {
                status,
                code,
                message,
                request_id,
                ..
            } => {
                write!(f, "the store answered {status}")?;
                for word in [code, message] {
                    if !word.is_empty() {
                        write!(f, " {}", readable::words(word))?;
                    }
                }
                match request_id {
                    Some(id) => write!(f, " (request {id})"),
                    None => Ok(()),
                }
            }
            Self::Checksum { sent, stored } => {
                write!(f, "sent CRC-32 {sent:08x}, the store has `{stored}`")
            }
            Self::Timeout(time) => write!(f, "no answer within {} s", time.as_secs()),
            Self::Connection(text) => write!(f, "the connection failed: {text}"),
            Self::Certificate(reason) => {
                write!(f, "the server's certificate was rejected: {reason}")
            }
            Self::NoCredentials(text) => write!(f, "no AWS credentials: {text}"),
            Self::Request(text) => write!(f, "the request could not be made: {text}"),
            Self::Listing => write!(
                f,
                "the store broke a listing off: it says that there is more, and gives no new `NextContinuationToken`"
            ),
        }
    }
}

impl Error for S3Error {}

/// What the chain of providers said, if that is what stopped the request.
fn credentials_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CredentialsError> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

fn context(error: &dyn Error) -> String {
    DisplayErrorContext(error).to_string()
}

/// What began it: the words around it only say which layer passed it on.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, code: &str) -> Fault {
        let error = S3Error::Answer {
            status,
            code: code.to_owned(),
            message: String::new(),
            request_id: None,
            region: None,
        };
        error.fault()
    }

    #[test]
    fn the_table_holds() {
        use Fault::{Body, Credentials, Fatal, Throttled, Transient};
        for (status, code, expected) in [
            (503, "SlowDown", Throttled),
            (503, "", Throttled),
            (429, "", Throttled),
            (400, "ThrottlingException", Throttled),
            (400, "RequestLimitExceeded", Throttled),
            (500, "InternalError", Transient),
            (502, "", Transient),
            (504, "", Transient),
            (408, "", Transient),
            (400, "RequestTimeout", Transient),
            (400, "BadDigest", Body),
            (400, "XAmzContentSHA256Mismatch", Body),
            (400, "IncompleteBody", Body),
            (400, "ExpiredToken", Credentials),
            (403, "AccessDenied", Fatal),
            (403, "SignatureDoesNotMatch", Fatal),
            (404, "NoSuchBucket", Fatal),
            (400, "InvalidDigest", Fatal),
            (501, "NotImplemented", Fatal),
        ] {
            assert_eq!(answer(status, code), expected, "{status} {code}");
        }
    }
}
