//! Errors as Kaggle and Google's storage write them.

use bytes::Bytes;
use hyper::StatusCode;
use serde_json::json;

use super::Expiry;

/// How an API writes its errors.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Shape {
    /// `{"error":{"code":…,"message":…,"status":…}}`, of the API's own host.
    #[default]
    Rpc,
    /// `{"code":…,"message":…}`, of the website's host.
    Legacy,
    Empty,
    /// A page that says it was JSON.
    Html,
}

/// Why a call or a request is refused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// The storage's code; the API has its own.
    code: &'static str,
    message: &'static str,
    /// How long the object is that a range was asked of.
    pub(crate) length: Option<u64>,
}

const fn refusal(status: StatusCode, code: &'static str, message: &'static str) -> Refusal {
    Refusal {
        status,
        code,
        message,
        length: None,
    }
}

pub(crate) const BAD_REQUEST: Refusal = refusal(
    StatusCode::BAD_REQUEST,
    "InvalidArgument",
    "Invalid request",
);
pub(crate) const UNAUTHENTICATED: Refusal = refusal(
    StatusCode::UNAUTHORIZED,
    "AuthenticationRequired",
    "Unauthenticated",
);
pub(crate) const DENIED: Refusal = refusal(
    StatusCode::FORBIDDEN,
    "AccessDenied",
    "Permission 'datasets.get' was denied",
);
pub(crate) const NOT_FOUND: Refusal = refusal(StatusCode::NOT_FOUND, "NoSuchKey", "Not found");
pub(crate) const TOO_MANY_REQUESTS: Refusal = refusal(
    StatusCode::TOO_MANY_REQUESTS,
    "SlowDown",
    "Too many requests",
);
pub(crate) const UNAVAILABLE: Refusal = refusal(
    StatusCode::SERVICE_UNAVAILABLE,
    "ServiceUnavailable",
    "The service is unavailable",
);
pub(crate) const METHOD_NOT_ALLOWED: Refusal = refusal(
    StatusCode::METHOD_NOT_ALLOWED,
    "MethodNotAllowed",
    "The specified method is not allowed",
);
pub(crate) const CHANGED: Refusal = refusal(
    StatusCode::PRECONDITION_FAILED,
    "PreconditionFailed",
    "At least one of the pre-conditions you specified did not hold.",
);
pub(crate) const OUT_OF_RANGE: Refusal = refusal(
    StatusCode::RANGE_NOT_SATISFIABLE,
    "InvalidRange",
    "The requested range cannot be satisfied.",
);
pub(crate) const EXPIRED: Refusal = refusal(
    StatusCode::BAD_REQUEST,
    "ExpiredToken",
    "The provided token has expired.",
);
pub(crate) const WRONG_SIGNATURE: Refusal = refusal(
    StatusCode::FORBIDDEN,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided.",
);
pub(crate) const UNSIGNED_HEADER: Refusal = refusal(
    StatusCode::BAD_REQUEST,
    "MalformedSecurityHeader",
    "Your request has a malformed header.",
);
pub(crate) const LEAK: Refusal = refusal(
    StatusCode::BAD_REQUEST,
    "InvalidRequest",
    "Credentials arrived at a host that must not see them.",
);

impl Refusal {
    pub(crate) fn expired(how: Expiry) -> Self {
        match how {
            Expiry::ExpiredToken => EXPIRED,
            Expiry::Unauthorized => UNAUTHENTICATED,
            Expiry::SignatureDoesNotMatch => WRONG_SIGNATURE,
            Expiry::AccessDenied => DENIED,
            Expiry::NoSuchKey => NOT_FOUND,
        }
    }

    pub(crate) fn of_length(self, length: u64) -> Self {
        Self {
            length: Some(length),
            ..self
        }
    }

    /// What the API says, with its content type.
    pub(crate) fn said(self, shape: Shape) -> (&'static str, Bytes) {
        const JSON: &str = "application/json";
        let (code, message) = (self.status.as_u16(), self.message);
        match shape {
            Shape::Rpc => {
                let status = match code {
                    401 => "UNAUTHENTICATED",
                    403 => "PERMISSION_DENIED",
                    404 => "NOT_FOUND",
                    429 => "RESOURCE_EXHAUSTED",
                    503 => "UNAVAILABLE",
                    _ => "INVALID_ARGUMENT",
                };
                let error = json!({"code": code, "message": message, "status": status});
                (JSON, json!({ "error": error }).to_string().into())
            }
            Shape::Legacy => {
                let error = json!({"code": code, "message": message});
                (JSON, error.to_string().into())
            }
            Shape::Empty => (JSON, Bytes::new()),
            Shape::Html => {
                let page = format!("<!DOCTYPE html><html><title>{code}</title><p>{message}");
                (JSON, page.into())
            }
        }
    }

    /// What the storage says, with its content type.
    pub(crate) fn xml(self) -> (&'static str, Bytes) {
        let Self { code, message, .. } = self;
        let error = format!(
            "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
        );
        ("application/xml; charset=UTF-8", error.into())
    }
}
