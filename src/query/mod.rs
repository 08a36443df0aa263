//! Questions in SQL, answers in Arrow batches, whoever computes them.

pub mod diff;
#[cfg(feature = "sql")]
mod polars;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use thiserror::Error;

use crate::contract::{Contract, Table};
use crate::hint::Hint;
use crate::lake::Lake;
use crate::lake::log::Entry;

/// The rows that answer a question.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Names and types of the columns.
    pub schema: SchemaRef,
    /// The rows.
    pub batches: Vec<RecordBatch>,
}

impl Answer {
    /// Rows in all.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
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
    #[error("cannot answer the query: {message}")]
    Query {
        /// What the engine said.
        message: String,
    },
    /// The engine failed on the way.
    #[error("cannot read the tables: {message}")]
    Read {
        /// What the engine said.
        message: String,
    },
    /// This program was built without an SQL engine.
    #[error("this ctlake was built without SQL")]
    NoEngine,
}

impl Hint for QueryError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Query { .. } => format!(
                "the tables are\n{}\nnot supported: RANK, ROWS BETWEEN, `> (subquery)`, ROLLUP, INTERSECT; give aggregates of one column aliases",
                tables()
            ),
            Self::Read { .. } => {
                "`ctlake status` tells whether the snapshot's files are there".to_owned()
            }
            Self::NoEngine => {
                "build it with `--features sql`, or read the files that `ctlake path TABLE` names"
                    .to_owned()
            }
        })
    }
}

/// The tables and their columns, a table a line.
fn tables() -> String {
    let line = |table: &Table| {
        let columns: Vec<&str> = table
            .all_columns()
            .map(|column| column.name.as_str())
            .collect();
        format!("  {}({})", table.name, columns.join(", "))
    };
    let lines: Vec<String> = Contract::current().tables.iter().map(line).collect();
    lines.join("\n")
}

/// The engine that this program was built with, over the snapshot of `entry`.
#[cfg(feature = "sql")]
pub fn engine(lake: &Lake, entry: &Entry) -> Result<Box<dyn Engine>, QueryError> {
    Ok(Box::new(polars::Polars::new(lake, entry)?))
}

/// The engine that this program was built with, over the snapshot of `entry`.
#[cfg(not(feature = "sql"))]
pub fn engine(_: &Lake, _: &Entry) -> Result<Box<dyn Engine>, QueryError> {
    Err(QueryError::NoEngine)
}
