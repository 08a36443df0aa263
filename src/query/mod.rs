//! Questions in SQL, answers in Arrow batches, whoever computes them.
//!
//! | file | what is in it |
//! |---|---|
//! | `question` | whether a text is a question, and what it names |
//! | `choice` | which engine answers it |
//! | `datafusion` | DataFusion, on this machine, over the snapshot of an entry of the log |
//! | `polars` | Polars, likewise, for who names it |
//! | `nearest` | the name that somebody may have meant |
//! | `refusal` | why there is no answer, and where in the question |
//! | `athena` | Amazon Athena, over what its catalog shows |
//! | `diff`, `findings`, `profile` | questions of this program's own: what differs, what was found, what the columns hold |

pub mod athena;
mod choice;
#[cfg(feature = "sql")]
mod datafusion;
pub mod diff;
pub mod findings;
#[cfg(feature = "sql")]
mod nearest;
#[cfg(feature = "sql")]
mod polars;
pub mod profile;
mod question;
mod refusal;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, SchemaRef};
use arrow::error::ArrowError;
use async_trait::async_trait;
use thiserror::Error;

use crate::hint::Hint;
use crate::lake::log::Entry;
use crate::lake::snapshots::SnapshotError;
use crate::lake::{Lake, LakeError};
use crate::trust;

use self::athena::{AthenaError, Bill};
pub use self::choice::{Catalog, Choice, Facts, choose, default_limit};
pub use self::question::{bytes_named, check_query, names_other_snapshots};
pub use self::refusal::{Place, Refusal};

/// Whether there is an engine in this program.
pub const BUILT_IN: bool = cfg!(feature = "sql");

/// The rows that answer a question.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Names and types of the columns.
    pub schema: SchemaRef,
    /// The rows.
    pub batches: Vec<RecordBatch>,
    /// What it cost to have them computed, where somebody else did.
    pub bill: Option<Bill>,
}

impl From<RecordBatch> for Answer {
    fn from(batch: RecordBatch) -> Self {
        Self {
            schema: batch.schema(),
            batches: vec![batch],
            bill: None,
        }
    }
}

impl Answer {
    /// Rows in all.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// A column as text; a NULL is empty.
    pub(crate) fn texts(&self, column: usize) -> Result<Vec<String>, QueryError> {
        let mut texts = Vec::new();
        for batch in &self.batches {
            let values = cast(batch.column(column), &DataType::Utf8).map_err(unreadable)?;
            let values = values.as_string::<i32>();
            texts.extend((0..values.len()).map(|row| values.value(row).to_owned()));
        }
        Ok(texts)
    }

    /// A column of counts.
    pub(crate) fn counts(&self, column: usize) -> Result<Vec<u64>, QueryError> {
        let mut counts = Vec::new();
        for batch in &self.batches {
            let values = cast(batch.column(column), &DataType::Int64).map_err(unreadable)?;
            let values = values.as_primitive::<Int64Type>();
            counts.extend(values.values().iter().map(|value| value.unsigned_abs()));
        }
        Ok(counts)
    }

    /// The columns of each batch as texts.
    pub(crate) fn text_batches(&self) -> Result<Vec<Vec<StringArray>>, QueryError> {
        let text = |column: &ArrayRef| {
            let texts = cast(column, &DataType::Utf8).map_err(unreadable)?;
            Ok(texts.as_string::<i32>().clone())
        };
        let columns = |batch: &RecordBatch| batch.columns().iter().map(text).collect();
        self.batches.iter().map(columns).collect()
    }

    /// The rows as texts, `None` for NULL.
    pub(crate) fn records(&self) -> Result<Vec<Record>, QueryError> {
        let mut records = Vec::with_capacity(self.rows());
        for (batch, columns) in self.batches.iter().zip(self.text_batches()?) {
            let value = |texts: &StringArray, row| {
                (!texts.is_null(row)).then(|| texts.value(row).to_owned())
            };
            records.extend((0..batch.num_rows()).map(|row| {
                let columns = columns.iter();
                columns.map(|column| value(column, row)).collect()
            }));
        }
        Ok(records)
    }
}

/// A row as texts.
pub(crate) type Record = Vec<Option<String>>;

pub(crate) fn unreadable(error: ArrowError) -> QueryError {
    QueryError::Read {
        message: error.to_string(),
    }
}

/// Answers SQL over the tables of one snapshot.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Answers `sql`, with no more than `limit` rows.
    async fn query(&self, sql: &str, limit: Option<u32>) -> Result<Answer, QueryError>;
}

/// A question can't be answered.
#[derive(Debug, Error)]
pub enum QueryError {
    /// The engine doesn't understand the question, or can't answer it.
    #[error("cannot answer the query: {0}")]
    Query(Box<Refusal>),
    /// A statement that would change something.
    #[error("expected a query, got `{0}`")]
    Statement(String),
    /// The engine failed on the way.
    #[error("cannot read the tables: {message}")]
    Read {
        /// What the engine said.
        message: String,
    },
    /// The store failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// A snapshot that the question names can't be shown.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// Athena doesn't answer.
    #[error(transparent)]
    Athena(Box<AthenaError>),
    /// This program was built without an SQL engine.
    #[error("this ctlake was built without SQL")]
    NoEngine,
}

impl From<AthenaError> for QueryError {
    fn from(error: AthenaError) -> Self {
        Self::Athena(Box::new(error))
    }
}

impl Hint for QueryError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Query(refusal) => refusal.hint.clone().unwrap_or_else(|| {
                "`ctlake schema` lists the tables and columns, docs/sql.md the SQL".to_owned()
            }),
            Self::Statement(_) => {
                "the tables are read-only: SELECT, WITH, SHOW TABLES or EXPLAIN".to_owned()
            }
            Self::Read { message } if let Some(reason) = trust::rejection_in(message) => {
                trust::hint(&reason, trust::OF_AWS)
            }
            Self::Read { .. } => {
                "`ctlake status` tells whether the snapshot's files are there".to_owned()
            }
            Self::Lake(error) => return error.hint(),
            Self::Snapshot(error) => return error.hint(),
            Self::Athena(error) => return error.hint(),
            Self::NoEngine => {
                "build it with `--features sql`, ask Athena with `--engine athena`, or read the files that `ctlake path TABLE` names"
                    .to_owned()
            }
        })
    }
}

/// The engine that this program was built with, over the snapshot of `entry`.
#[cfg(feature = "sql")]
pub fn engine(lake: &Lake, entry: &Entry) -> Result<Box<dyn Engine>, QueryError> {
    Ok(Box::new(datafusion::DataFusion::new(lake, entry)))
}

/// The engine that this program was built with, over the snapshot of `entry`.
#[cfg(not(feature = "sql"))]
pub fn engine(_: &Lake, _: &Entry) -> Result<Box<dyn Engine>, QueryError> {
    Err(QueryError::NoEngine)
}

/// Polars over the snapshot of `entry`: it knows less SQL.
#[cfg(feature = "sql")]
pub fn polars_engine(lake: &Lake, entry: &Entry) -> Result<Box<dyn Engine>, QueryError> {
    Ok(Box::new(polars::Polars::new(lake, entry)))
}

/// Polars over the snapshot of `entry`.
#[cfg(not(feature = "sql"))]
pub fn polars_engine(_: &Lake, _: &Entry) -> Result<Box<dyn Engine>, QueryError> {
    Err(QueryError::NoEngine)
}

/// What of `sql` Athena would answer otherwise than this program, without an error.
#[cfg(feature = "sql")]
#[must_use]
pub fn differs(sql: &str) -> Option<&'static str> {
    datafusion::differs(sql)
}

/// What of `sql` Athena would answer otherwise: not known without an engine.
#[cfg(not(feature = "sql"))]
#[must_use]
pub fn differs(_: &str) -> Option<&'static str> {
    None
}
