//! Questions in SQL, answers in Arrow batches, whoever computes them.

pub mod diff;
pub mod findings;
#[cfg(feature = "sql")]
mod polars;
pub mod profile;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, SchemaRef};
use arrow::error::ArrowError;
use async_trait::async_trait;
use thiserror::Error;

use crate::contract::{Contract, Table};
use crate::hint::Hint;
use crate::lake::log::Entry;
use crate::lake::{Lake, LakeError};

/// The rows that answer a question.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Names and types of the columns.
    pub schema: SchemaRef,
    /// The rows.
    pub batches: Vec<RecordBatch>,
}

impl From<RecordBatch> for Answer {
    fn from(batch: RecordBatch) -> Self {
        Self {
            schema: batch.schema(),
            batches: vec![batch],
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

    /// The rows as texts, `None` for NULL.
    pub(crate) fn records(&self) -> Result<Vec<Record>, QueryError> {
        let mut records = Vec::with_capacity(self.rows());
        for batch in &self.batches {
            let texts = |column: &ArrayRef| cast(column, &DataType::Utf8);
            let columns: Result<Vec<_>, _> = batch.columns().iter().map(texts).collect();
            let columns = columns.map_err(unreadable)?;
            let value = |column: &dyn Array, row| {
                let texts = column.as_string::<i32>();
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

fn unreadable(error: ArrowError) -> QueryError {
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
    #[error("cannot answer the query: {message}")]
    Query {
        /// What the engine said.
        message: String,
    },
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
    /// This program was built without an SQL engine.
    #[error("this ctlake was built without SQL")]
    NoEngine,
}

impl Hint for QueryError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Query { .. } => format!(
                "the tables are\n{}\nnot supported: ROWS BETWEEN n PRECEDING, `> (subquery)`, ROLLUP; name each result: `MIN(age) AS youngest`",
                tables()
            ),
            Self::Statement(_) => {
                "the tables are read-only: SELECT, WITH, SHOW TABLES or EXPLAIN".to_owned()
            }
            Self::Read { .. } => {
                "`ctlake status` tells whether the snapshot's files are there".to_owned()
            }
            Self::Lake(error) => return error.hint(),
            Self::NoEngine => {
                "build it with `--features sql`, or read the files that `ctlake path TABLE` names"
                    .to_owned()
            }
        })
    }
}

/// Refuses what is no question: an engine may accept `DROP TABLE` and drop nothing but its own view of the table.
pub fn check_query(sql: &str) -> Result<(), QueryError> {
    let text = without_leading_comments(sql).trim_start_matches(['(', ' ', '\n', '\t']);
    let word: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
    match word.to_ascii_uppercase().as_str() {
        "SELECT" | "WITH" | "SHOW" | "EXPLAIN" | "FROM" | "VALUES" => Ok(()),
        _ => {
            let statement: Vec<&str> = text.split_whitespace().take(2).collect();
            Err(QueryError::Statement(statement.join(" ")))
        }
    }
}

fn without_leading_comments(sql: &str) -> &str {
    let text = sql.trim_start();
    let rest = match (text.strip_prefix("--"), text.strip_prefix("/*")) {
        (Some(line), _) => line.split_once('\n').map(|(_, rest)| rest),
        (_, Some(block)) => block.split_once("*/").map(|(_, rest)| rest),
        _ => return text,
    };
    rest.map_or("", without_leading_comments)
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
    Ok(Box::new(polars::Polars::new(lake, entry)))
}

/// The engine that this program was built with, over the snapshot of `entry`.
#[cfg(not(feature = "sql"))]
pub fn engine(_: &Lake, _: &Entry) -> Result<Box<dyn Engine>, QueryError> {
    Err(QueryError::NoEngine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_pass_and_statements_are_named() {
        for sql in [
            "select 1",
            "-- why\n/* not */ WITH a AS (SELECT 1) SELECT * FROM a",
            "(SELECT 1)",
        ] {
            assert!(check_query(sql).is_ok(), "{sql}");
        }
        for (sql, named) in [
            ("DROP TABLE patients;", "DROP TABLE"),
            ("-- only", ""),
            ("hello", "hello"),
        ] {
            let error = check_query(sql).expect_err(sql);
            assert_eq!(
                error.to_string(),
                format!("expected a query, got `{named}`")
            );
        }
    }
}
