//! SQL by Amazon Athena: the only place that knows its client.
//!
//! | file | what is in it |
//! |---|---|
//! | `client` | the requests, each sent again while that may help |
//! | `execution` | how a query stands, read from Athena's answer |
//! | `fetch` | the answer, from Athena's pages or from its file on S3 |
//! | `table`, `csv` | its values, made rows of Arrow; and the file, taken apart |
//! | `bill` | what was read and what it costs |
//! | `reason` | why a statement isn't answered, and the place in it |

mod bill;
mod client;
mod csv;
mod error;
mod execution;
mod fetch;
mod reason;
mod table;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_athena::types::{
    ManagedQueryResultsConfiguration, QueryExecutionState as State, WorkGroupConfiguration,
};

pub use self::bill::{Bill, USD_PER_TERABYTE};
use self::client::Client;
pub use self::error::AthenaError;
use self::execution::Execution;
pub use self::reason::Reason;
use super::{Answer, Engine, QueryError};
use crate::lake::{Lake, S3};
use crate::net::backoff::Backoff;
use crate::progress::{Progress, Stop, Unit};

/// What Athena takes.
const LONGEST_STATEMENT: usize = 262_144;
/// How long one waits before looking at a query again.
const LOOK: Backoff = Backoff {
    first: Duration::from_millis(200),
    longest: Duration::from_secs(3),
};

/// What a query is asked with.
#[derive(Debug, Clone, Default)]
pub struct AthenaOptions {
    /// The database in which names are looked up.
    pub database: String,
    /// The workgroup.
    pub workgroup: String,
    /// Where the answer goes, `s3://bucket/prefix/`; the workgroup's place without it.
    pub output: Option<String>,
    /// The query is stopped once it has read more bytes.
    pub max_scan: Option<u64>,
    /// So many bytes it may read, as far as one knows: for the progress only.
    pub expected: u64,
}

/// What the workgroup says of its queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkGroup {
    /// It ends a query that has read more bytes.
    pub cutoff: Option<u64>,
    /// Whether it has a place for answers.
    pub has_output: bool,
    /// Whether its settings go before those of a query.
    pub enforced: bool,
}

/// Athena, over the tables that its catalog shows.
pub struct Athena {
    s3: S3,
    client: Client,
    options: AthenaOptions,
    workgroup: Option<WorkGroup>,
    progress: Arc<dyn Progress>,
    stop: Stop,
}

impl Athena {
    /// Looks at the workgroup, and refuses one in which the query can't be asked.
    pub async fn open(
        lake: &Lake,
        options: AthenaOptions,
        progress: Arc<dyn Progress>,
        stop: Stop,
    ) -> Result<Self, AthenaError> {
        let not_on_s3 = || AthenaError::NotOnS3(lake.name().to_owned());
        let s3 = lake.s3().ok_or_else(not_on_s3)?.clone();
        let client = Client::new(&s3, &options.workgroup);
        let workgroup = match client.workgroup(&stop).await {
            Ok(found) => found.as_ref().map(workgroup),
            // Some may ask questions and not look at the workgroup: Athena tells when it has no place for answers.
            Err(AthenaError::Refused { code, .. }) if code == "AccessDeniedException" => None,
            Err(error) => return Err(error),
        };
        if options.output.is_none() && workgroup.is_some_and(|group| !group.has_output) {
            return Err(AthenaError::NoOutput(options.workgroup));
        }
        Ok(Self {
            s3,
            client,
            options,
            workgroup,
            progress,
            stop,
        })
    }

    /// What the workgroup says, where one may look at it.
    #[must_use]
    pub fn workgroup(&self) -> Option<WorkGroup> {
        self.workgroup
    }

    async fn start(&self, sql: &str) -> Result<String, AthenaError> {
        let AthenaOptions {
            database, output, ..
        } = &self.options;
        let started = self
            .client
            .start(sql, database, output.as_deref(), &self.stop)
            .await;
        started.map_err(|error| match error {
            // What Athena can't parse it refuses at once.
            AthenaError::Refused { message, code, .. }
                if code == "InvalidRequestException"
                    && Reason::parse(&message).position.is_some() =>
            {
                self.statement(sql, &message, false)
            }
            error => error,
        })
    }

    /// Waits until the query has ended, and stops it when it reads too much or somebody asks to stop.
    async fn wait(&self, query: &str, sql: &str) -> Result<Execution, AthenaError> {
        let expected = self.options.expected;
        self.progress.begin("Athena reads", Unit::Bytes, expected);
        let outcome = self.watch(query, sql).await;
        self.progress.end();
        outcome
    }

    async fn watch(&self, query: &str, sql: &str) -> Result<Execution, AthenaError> {
        let mut scanned = 0;
        for looks in 1.. {
            tokio::select! {
                () = tokio::time::sleep(LOOK.after(looks)) => {}
                () = self.stop.wait() => {
                    return Err(self.ended(query, AthenaError::Stopped { scanned }).await);
                }
            }
            let now = match self.client.execution(query, &self.stop).await {
                Ok(found) => Execution::new(&found),
                Err(_) if self.stop.requested() => {
                    return Err(self.ended(query, AthenaError::Stopped { scanned }).await);
                }
                // Nobody would wait for its answer.
                Err(error) => return Err(self.ended(query, error).await),
            };
            // What is read twice would be more than all.
            let shown = |bytes: u64| bytes.min(self.options.expected);
            self.progress
                .advance(shown(now.scanned).saturating_sub(shown(scanned)));
            scanned = now.scanned.max(scanned);
            let limit = self.options.max_scan.filter(|limit| scanned > *limit);
            match (&now.state, limit) {
                (State::Succeeded, _) => return Ok(now),
                (State::Failed, _) => return Err(self.statement(sql, &now.reason, now.retryable)),
                (State::Cancelled, _) => return Err(self.cancelled(query, now)),
                (_, Some(limit)) => {
                    let error = AthenaError::TooMuch {
                        scanned,
                        limit,
                        by_workgroup: false,
                    };
                    return Err(self.ended(query, error).await);
                }
                _ => {}
            }
        }
        unreachable!("there is always another look")
    }

    /// Ends the query; gives `why`, or what prevented it.
    async fn ended(&self, query: &str, why: AthenaError) -> AthenaError {
        match self.client.end(query).await {
            Ok(()) => why,
            Err(source) => AthenaError::GoesOn {
                query: query.to_owned(),
                source: Box::new(source),
            },
        }
    }

    /// A query that was stopped, and not by us.
    fn cancelled(&self, query: &str, now: Execution) -> AthenaError {
        let cutoff = self.workgroup.and_then(|group| group.cutoff);
        match cutoff.filter(|limit| now.scanned >= *limit) {
            Some(limit) => AthenaError::TooMuch {
                scanned: now.scanned,
                limit,
                by_workgroup: true,
            },
            None => AthenaError::Cancelled {
                query: query.to_owned(),
                reason: now.reason,
            },
        }
    }

    fn statement(&self, sql: &str, text: &str, retryable: bool) -> AthenaError {
        let reason = Reason::parse(text);
        AthenaError::Statement {
            marked: reason.marked(sql),
            reason,
            database: self.options.database.clone(),
            retryable,
        }
    }
}

#[async_trait]
impl Engine for Athena {
    async fn query(&self, sql: &str, limit: Option<u32>) -> Result<Answer, QueryError> {
        if sql.len() > LONGEST_STATEMENT {
            return Err(AthenaError::TooLong {
                limit: LONGEST_STATEMENT,
                bytes: sql.len(),
            }
            .into());
        }
        let query = self.start(sql).await?;
        let execution = self.wait(&query, sql).await?;
        let scanned = execution.scanned;
        let answer = tokio::select! {
            answer = fetch::fetch(&self.client, &self.s3, &self.stop, &query, &execution, limit) => answer?,
            () = self.stop.wait() => return Err(AthenaError::Stopped { scanned }.into()),
        };
        let bill = execution.bill(query, &self.options);
        Ok(Answer {
            bill: Some(bill),
            ..answer
        })
    }
}

fn workgroup(found: &WorkGroupConfiguration) -> WorkGroup {
    let place = found
        .result_configuration()
        .and_then(|result| result.output_location());
    let managed = found
        .managed_query_results_configuration()
        .is_some_and(ManagedQueryResultsConfiguration::enabled);
    let cutoff = found.bytes_scanned_cutoff_per_query();
    WorkGroup {
        cutoff: cutoff.and_then(|bytes| u64::try_from(bytes).ok()),
        has_output: managed || place.is_some_and(|place| !place.is_empty()),
        enforced: found.enforce_work_group_configuration().unwrap_or(false),
    }
}
