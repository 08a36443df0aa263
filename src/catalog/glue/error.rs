//! What AWS Glue said, kept apart: what was asked, of what, and why it was refused.

use aws_sdk_glue::error::SdkError;
use aws_sdk_glue::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use thiserror::Error;

use crate::hint::Hint;
use crate::lake::S3Error;
use crate::readable;

/// A request to Glue failed.
#[derive(Debug, Error)]
pub enum GlueError {
    /// Glue answered with an error.
    #[error("AWS Glue refused `{action}` on `{resource}`: {code}{}", words(message, request_id.as_deref()))]
    Answer {
        /// The right that the request needs: `glue:UpdateTable`.
        action: &'static str,
        /// What it was about: `covidx.ct_slices`.
        resource: String,
        /// What kind of refusal it is.
        fault: GlueFault,
        /// Glue's code.
        code: String,
        /// Glue's words.
        message: String,
        /// What support asks for.
        request_id: Option<String>,
    },
    /// There was no whole answer.
    #[error("no answer from AWS Glue to `{action}` on `{resource}`")]
    Unanswered {
        /// The right that the request needs.
        action: &'static str,
        /// What it was about.
        resource: String,
        /// Why.
        source: S3Error,
    },
}

fn words(message: &str, request_id: Option<&str>) -> String {
    let request = request_id.map_or(String::new(), |id| format!(" (request {id})"));
    match message {
        "" => request,
        message => format!(": {}{request}", readable::words(message)),
    }
}

/// What kind of refusal an answer is.
///
/// | code | fault |
/// |---|---|
/// | `AccessDeniedException` that speaks of Lake Formation | `LakeFormation` |
/// | `AccessDeniedException` | `AccessDenied` |
/// | `EntityNotFoundException` | `NotFound` |
/// | `AlreadyExistsException` | `AlreadyExists` |
/// | `ConcurrentModificationException` | `Conflict` |
/// | `Throttling…`, `TooManyRequests…`, `RequestLimitExceeded`, status 429 | `Throttled` |
/// | `ExpiredToken…` | `Expired` |
/// | `InvalidSignatureException`, `UnrecognizedClientException` and the like | `Credentials` |
/// | `ResourceNumberLimitExceededException` | `Limit` |
/// | `GlueEncryptionException` | `Encryption` |
/// | `InternalServiceException`, `OperationTimeoutException`, status 5xx | `Unavailable` |
/// | anything else | `Other` |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GlueFault {
    /// IAM says no.
    AccessDenied,
    /// Lake Formation says no.
    LakeFormation,
    /// Database, table or partition is not there.
    NotFound,
    /// It is there already.
    AlreadyExists,
    /// Somebody else has changed it.
    Conflict,
    /// Too many requests, also after several tries.
    Throttled,
    /// The credentials have expired.
    Expired,
    /// The credentials are unknown, or signed for another region.
    Credentials,
    /// The account's quota is used up.
    Limit,
    /// The catalog's KMS key can't be used.
    Encryption,
    /// Glue itself has failed, also after several tries.
    Unavailable,
    /// Anything else.
    Other,
}

impl GlueFault {
    fn new(status: u16, code: &str, message: &str) -> Self {
        match code {
            // Both refuse with one code; only the words tell who did, and that decides who can help.
            "AccessDeniedException" if message.contains("Lake Formation") => Self::LakeFormation,
            "AccessDeniedException" | "AccessDenied" => Self::AccessDenied,
            "EntityNotFoundException" => Self::NotFound,
            "AlreadyExistsException" => Self::AlreadyExists,
            "ConcurrentModificationException" => Self::Conflict,
            "ExpiredToken" | "ExpiredTokenException" => Self::Expired,
            "InvalidSignatureException"
            | "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "IncompleteSignatureException"
            | "MissingAuthenticationTokenException"
            | "SignatureDoesNotMatch" => Self::Credentials,
            "ResourceNumberLimitExceededException" => Self::Limit,
            "GlueEncryptionException" => Self::Encryption,
            "RequestLimitExceeded" => Self::Throttled,
            code if code.starts_with("Throttling") || code.starts_with("TooManyRequests") => {
                Self::Throttled
            }
            "InternalServiceException" | "OperationTimeoutException" => Self::Unavailable,
            _ if status == 429 => Self::Throttled,
            _ if status >= 500 => Self::Unavailable,
            _ => Self::Other,
        }
    }
}

impl GlueError {
    /// From what the SDK says; for use in `map_err`.
    pub(super) fn new<E>(
        action: &'static str,
        resource: &str,
    ) -> impl FnOnce(SdkError<E, HttpResponse>) -> Self + use<E>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let resource = resource.to_owned();
        move |error| match &error {
            SdkError::ServiceError(service) => {
                let meta = service.err().meta();
                let code = meta.code().unwrap_or_default();
                let message = meta.message().unwrap_or_default();
                Self::Answer {
                    action,
                    resource,
                    fault: GlueFault::new(service.raw().status().as_u16(), code, message),
                    code: code.to_owned(),
                    message: message.to_owned(),
                    request_id: meta.request_id().map(str::to_owned),
                }
            }
            other => Self::Unanswered {
                action,
                resource,
                source: S3Error::unanswered(other),
            },
        }
    }

    /// From what Glue says of one item of a batch.
    pub(super) fn item(
        action: &'static str,
        resource: String,
        code: Option<&str>,
        message: Option<&str>,
    ) -> Self {
        let (code, message) = (code.unwrap_or_default(), message.unwrap_or_default());
        Self::Answer {
            action,
            resource,
            fault: GlueFault::new(200, code, message),
            code: code.to_owned(),
            message: message.to_owned(),
            request_id: None,
        }
    }

    /// What kind of refusal it is, if Glue answered.
    #[must_use]
    pub fn fault(&self) -> Option<GlueFault> {
        match self {
            Self::Answer { fault, .. } => Some(*fault),
            Self::Unanswered { .. } => None,
        }
    }

    /// Whether the catalog is no longer what a plan was made on: planning anew tells what to do.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        use GlueFault::{AlreadyExists, Conflict, NotFound};
        matches!(self.fault(), Some(AlreadyExists | Conflict | NotFound))
    }
}

impl Hint for GlueError {
    fn hint(&self) -> Option<String> {
        let (action, resource, fault) = match self {
            Self::Unanswered { source, .. } => {
                return source.hint().map(|hint| {
                    format!("{hint}; AWS_REGION and AWS_ENDPOINT_URL_GLUE say where Glue is")
                });
            }
            Self::Answer {
                action,
                resource,
                fault,
                ..
            } => (action, resource, fault),
        };
        Some(match fault {
            GlueFault::AccessDenied => format!(
                "allow `{action}` on `{resource}`: `ctlake register --iam-policy builder` prints a policy with all that is needed"
            ),
            GlueFault::LakeFormation => format!(
                "Lake Formation governs `{resource}`: grant the caller's role CREATE_TABLE on the database and ALTER, DESCRIBE and DROP on its tables (`aws lakeformation grant-permissions`), or give IAMAllowedPrincipals Super on them"
            ),
            GlueFault::Throttled => {
                "Glue gets too many requests in this account: run the same command again in a minute, it goes on from there".to_owned()
            }
            GlueFault::Expired => {
                "get new credentials (`aws sso login`, or export new AWS_… variables) and run the same command again: it goes on from there".to_owned()
            }
            GlueFault::Credentials => {
                "`aws sts get-caller-identity` shows whose credentials these are; Glue must be asked in the bucket's region, which AWS_REGION names".to_owned()
            }
            GlueFault::Limit => {
                "raise the account's quota of databases, tables or partitions: `aws service-quotas list-service-quotas --service-code glue`".to_owned()
            }
            GlueFault::Encryption => {
                "the Data Catalog is encrypted: allow kms:Encrypt, kms:Decrypt and kms:GenerateDataKey on its key (`aws glue get-data-catalog-encryption-settings`)".to_owned()
            }
            GlueFault::Unavailable => {
                "run the same command again: it goes on from there".to_owned()
            }
            GlueFault::NotFound | GlueFault::AlreadyExists | GlueFault::Conflict => {
                "somebody else changes it at the same time: run the same command again when they are done".to_owned()
            }
            GlueFault::Other => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds() {
        use GlueFault::{
            AccessDenied, AlreadyExists, Conflict, Credentials, Encryption, Expired, LakeFormation,
            Limit, NotFound, Other, Throttled, Unavailable,
        };
        for (status, code, message, expected) in [
            (
                400,
                "AccessDeniedException",
                "User: x is not authorized",
                AccessDenied,
            ),
            (
                400,
                "AccessDeniedException",
                "Insufficient Lake Formation permission(s) on covidx",
                LakeFormation,
            ),
            (400, "EntityNotFoundException", "", NotFound),
            (400, "AlreadyExistsException", "", AlreadyExists),
            (400, "ConcurrentModificationException", "", Conflict),
            (400, "ThrottlingException", "", Throttled),
            (429, "", "", Throttled),
            (400, "ExpiredTokenException", "", Expired),
            (
                400,
                "InvalidSignatureException",
                "Credential should be scoped to a valid region",
                Credentials,
            ),
            (400, "UnrecognizedClientException", "", Credentials),
            (400, "ResourceNumberLimitExceededException", "", Limit),
            (400, "GlueEncryptionException", "", Encryption),
            (500, "InternalServiceException", "", Unavailable),
            (503, "", "", Unavailable),
            (400, "InvalidInputException", "", Other),
        ] {
            assert_eq!(
                GlueFault::new(status, code, message),
                expected,
                "{status} {code}"
            );
        }
    }
}
