//! What can go wrong between a question and Athena's answer.

use arrow::error::ArrowError;
use aws_sdk_athena::error::SdkError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use thiserror::Error;

use super::reason::Reason;
use crate::hint::Hint;
use crate::lake::{Fault, LakeError, S3Error};
use crate::readable;

/// Athena doesn't answer.
#[derive(Debug, Error)]
pub enum AthenaError {
    /// Athena reads S3 only.
    #[error("expected a lake on S3, got `{0}`: Athena can't read a folder")]
    NotOnS3(String),
    /// A request was refused.
    #[error("Amazon Athena refused `{action}` on workgroup `{workgroup}`: {code}{}", words(message, request_id.as_deref()))]
    Refused {
        /// The right that the request needs: `athena:StartQueryExecution`.
        action: &'static str,
        /// The workgroup.
        workgroup: String,
        /// What to do about it.
        fault: Fault,
        /// Athena's code.
        code: String,
        /// Athena's words.
        message: String,
        /// What support asks for.
        request_id: Option<String>,
    },
    /// There was no whole answer.
    #[error("no answer from Amazon Athena to `{action}`")]
    Unanswered {
        /// The right that the request needs.
        action: &'static str,
        /// Why.
        source: S3Error,
    },
    /// The statement can't be answered.
    #[error("Athena can't answer the query: {}{marked}", reason.text)]
    Statement {
        /// What Athena says.
        reason: Reason,
        /// The place in the statement that is meant.
        marked: String,
        /// The database in which names were looked up.
        database: String,
        /// Whether Athena says that it may work the next time.
        retryable: bool,
    },
    /// Athena takes no longer statement.
    #[error("expected a query of up to {limit} bytes, got {bytes}")]
    TooLong {
        /// What Athena takes.
        limit: usize,
        /// What it was given.
        bytes: usize,
    },
    /// Nothing says where the answer goes.
    #[error("workgroup `{0}` has no place for answers")]
    NoOutput(String),
    /// The query has read too much.
    #[error("the query was stopped: it had read {scanned} bytes, of {limit} allowed by {}", by(*by_workgroup))]
    TooMuch {
        /// Bytes it had read.
        scanned: u64,
        /// Bytes it may read.
        limit: u64,
        /// Whether the workgroup's limit ended it; `--max-scan` otherwise.
        by_workgroup: bool,
    },
    /// Somebody else has stopped it.
    #[error("query `{query}` was cancelled{}", words(reason, None))]
    Cancelled {
        /// The query.
        query: String,
        /// What Athena says of it.
        reason: String,
    },
    /// The caller has asked to stop.
    #[error("stopped: the query was stopped too, after it had read {scanned} bytes")]
    Stopped {
        /// Bytes it had read.
        scanned: u64,
    },
    /// The caller has asked to stop, or too much was read, and Athena goes on.
    #[error("query `{query}` could not be stopped: it may go on reading")]
    GoesOn {
        /// The query.
        query: String,
        /// Why.
        source: Box<AthenaError>,
    },
    /// An answer to a request lacks something.
    #[error("the answer of Amazon Athena to `{action}` has no {what}")]
    Lacks {
        /// The right that the request needs.
        action: &'static str,
        /// What it lacks.
        what: &'static str,
    },
    /// A value can't be read.
    #[error("column `{column}` of the answer holds a value that is no `{kind}`")]
    Value {
        /// The column.
        column: String,
        /// Its type, in Athena's words.
        kind: String,
        /// What can't be read.
        source: ArrowError,
    },
    /// The file that holds the answer is damaged.
    #[error("the answer in `{place}` is damaged at record {record}: {what}")]
    Csv {
        /// The file.
        place: String,
        /// The record, from 1; the first holds the names.
        record: u64,
        /// What is wrong.
        what: String,
    },
    /// The file that holds the answer can't be read.
    #[error("the answer is in `{place}`, which can't be read")]
    Answer {
        /// The file.
        place: String,
        /// Why.
        source: Box<LakeError>,
    },
}

fn words(message: &str, request_id: Option<&str>) -> String {
    let request = request_id.map_or(String::new(), |id| format!(" (request {id})"));
    match message {
        "" => request,
        message => format!(": {}{request}", readable::words(message)),
    }
}

fn by(workgroup: bool) -> &'static str {
    if workgroup {
        "the workgroup"
    } else {
        "`--max-scan`"
    }
}

impl AthenaError {
    /// From what the SDK says; for use in `map_err`.
    pub(super) fn new<E>(
        action: &'static str,
        workgroup: &str,
    ) -> impl FnOnce(SdkError<E, HttpResponse>) -> Self + use<E>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let workgroup = workgroup.to_owned();
        move |error| {
            let error = S3Error::new(&error);
            let fault = error.fault();
            match error {
                S3Error::Answer {
                    code,
                    message,
                    request_id,
                    ..
                } => Self::Refused {
                    action,
                    workgroup,
                    fault,
                    code,
                    message,
                    request_id,
                },
                source => Self::Unanswered { action, source },
            }
        }
    }

    /// Whether the same request may be answered the next time.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Refused { fault, .. } => fault.is_refusal(),
            Self::Unanswered { source, .. } => source.fault().is_refusal(),
            _ => false,
        }
    }
}

impl Hint for AthenaError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotOnS3(_) => {
                "`--engine datafusion` reads it; for Athena build the lake on S3: `--lake s3://bucket/prefix`".to_owned()
            }
            Self::Refused {
                action,
                fault,
                code,
                ..
            } => return refused(action, *fault, code),
            Self::Unanswered { source, .. } => {
                return source.hint().map(|hint| {
                    format!("{hint}; AWS_REGION and AWS_ENDPOINT_URL_ATHENA say where Athena is")
                });
            }
            Self::Statement {
                reason,
                database,
                retryable,
                ..
            } => statement(reason.code.as_deref(), database, *retryable),
            Self::TooLong { .. } => {
                "make a view of a part of it, or join with a table instead of listing values".to_owned()
            }
            Self::NoOutput(workgroup) => format!(
                "name one, `--output-location s3://bucket/answers/`, or set it for all: `aws athena update-work-group --work-group {workgroup} --configuration-updates ResultConfigurationUpdates={{OutputLocation=s3://bucket/answers/}}`"
            ),
            Self::TooMuch { by_workgroup, .. } => {
                let limit = if *by_workgroup {
                    "have the workgroup's limit raised"
                } else {
                    "raise `--max-scan`"
                };
                format!(
                    "what was read is billed; name fewer columns, filter by country, sex or diagnosis, or {limit}"
                )
            }
            Self::Cancelled { query, .. } => format!(
                "`aws athena get-query-execution --query-execution-id {query}` shows what Athena knows of it"
            ),
            Self::GoesOn { query, .. } => {
                format!("`aws athena stop-query-execution --query-execution-id {query}`")
            }
            Self::Stopped { .. } | Self::Lacks { .. } => return None,
            Self::Value { column, .. } => {
                format!("have it as text: `CAST({column} AS varchar)`")
            }
            Self::Csv { .. } => "run the same command again: the answer is written anew".to_owned(),
            Self::Answer { .. } => {
                "allow s3:GetObject on the place for answers: `ctlake register --iam-policy reader` prints a policy to start from"
                    .to_owned()
            }
        })
    }
}

fn refused(action: &str, fault: Fault, code: &str) -> Option<String> {
    Some(match (fault, code) {
        (Fault::Throttled, _) => {
            "many queries run in this account: run the same command again, later; `aws service-quotas list-service-quotas --service-code athena` shows the quota".to_owned()
        }
        (Fault::Transient, _) => "run the same command again".to_owned(),
        (Fault::Credentials, _) => {
            "get new credentials: `aws sso login`, or export new AWS_… variables".to_owned()
        }
        (_, "AccessDeniedException" | "AccessDenied") => format!(
            "allow `{action}` on the workgroup: `ctlake register --iam-policy reader` prints a policy with all that is needed"
        ),
        (
            _,
            "UnrecognizedClientException" | "InvalidSignatureException" | "InvalidClientTokenId"
            | "MissingAuthenticationTokenException" | "IncompleteSignatureException",
        ) => {
            "AWS does not know these credentials: `aws sts get-caller-identity` shows whose they are; check AWS_PROFILE and AWS_REGION".to_owned()
        }
        (_, "InvalidRequestException") => {
            "check `--workgroup` and `--output-location`: `aws athena list-work-groups` shows the workgroups of AWS_REGION".to_owned()
        }
        _ => return None,
    })
}

fn statement(code: Option<&str>, database: &str, retryable: bool) -> String {
    match code {
        _ if retryable => "run the same command again: Athena says that it may work".to_owned(),
        Some("TABLE_NOT_FOUND" | "SCHEMA_NOT_FOUND") => format!(
            "`ctlake register --database {database}` shows the lake's tables there; `ctlake sql --engine athena \"SHOW TABLES\"` lists what there is"
        ),
        Some("COLUMN_NOT_FOUND") => "`ctlake schema` lists the columns of each table".to_owned(),
        Some("PERMISSION_DENIED") => {
            "allow reading the tables and their files: `ctlake register --iam-policy reader` prints a policy with all that is needed".to_owned()
        }
        Some(code) if code.starts_with("HIVE_") || code.starts_with("ICEBERG_") => {
            "`ctlake status` tells whether the snapshot's files are there and whether the catalog shows them".to_owned()
        }
        _ => {
            "Athena's SQL is Trino's; `--engine datafusion` asks the same on this machine; docs/sql.md lists the differences".to_owned()
        }
    }
}
