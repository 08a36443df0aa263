//! The answer to a query, from Athena's pages or from its file on S3.

use aws_sdk_athena::operation::get_query_results::GetQueryResultsOutput;
use aws_sdk_athena::types::Row;
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::client::Client;
use super::csv::{self, Broken, CsvReader};
use super::error::AthenaError;
use super::execution::Execution;
use super::table::{AnswerColumn, Rows};
use crate::lake::{LakeError, S3};
use crate::progress::Stop;
use crate::query::Answer;

/// The answer: one page of Athena's, or the file in which it stands when that is not all.
pub(super) async fn fetch(
    client: &Client,
    s3: &S3,
    stop: &Stop,
    query: &str,
    execution: &Execution,
    limit: Option<u32>,
) -> Result<Answer, AthenaError> {
    let mut page = client.page(query, None, stop).await?;
    let mut rows = Rows::new(columns(&page)?, limit);
    let mut data = page_rows(&page);
    // The names come first, but not in the answers to SHOW and DESCRIBE.
    if execution.has_names() && data.first().is_some_and(|row| rows.are_names(values(row))) {
        data = &data[1..];
    }
    let is_all =
        page.next_token().is_none() || limit.is_some_and(|limit| data.len() >= limit as usize);
    if let (false, Some(file)) = (is_all, &execution.file) {
        return read_file(s3, file, rows).await;
    }
    loop {
        for row in data {
            rows.push(values(row))?;
        }
        let token = page.next_token().map(str::to_owned);
        if token.is_none() || !rows.wants_more() {
            return rows.finish();
        }
        page = client.page(query, token, stop).await?;
        data = page_rows(&page);
    }
}

/// The rows from the file that Athena wrote: a thousand rows a request would take long.
async fn read_file(s3: &S3, file: &str, mut rows: Rows) -> Result<Answer, AthenaError> {
    let failed = |source: LakeError| AthenaError::Answer {
        place: file.to_owned(),
        source: Box::new(source),
    };
    let damaged = |record: u64, what: String| AthenaError::Csv {
        place: file.to_owned(),
        record,
        what,
    };
    let (bucket, key) = file
        .strip_prefix("s3://")
        .and_then(|address| address.split_once('/'))
        .ok_or_else(|| damaged(0, "no address of an object of S3".to_owned()))?;
    let key = Path::parse(key).map_err(|error| damaged(0, error.to_string()))?;
    let read = || LakeError::store("read", &key);
    let store = s3.bucket(bucket).map_err(failed)?;
    let object = store.get(&key).await.map_err(read()).map_err(failed)?;
    let mut pieces = object.into_stream();
    let mut reader = CsvReader::default();
    let mut record = 0;
    let width = rows.width();
    let mut take = |values: csv::Record| {
        record += 1;
        if values.len() != width {
            let what = format!("expected {width} values, got {}", values.len());
            return Err(damaged(record, what));
        }
        // The first holds the names.
        if record > 1 {
            rows.push(values.iter().map(Option::as_deref))?;
        }
        Ok(rows.wants_more())
    };
    while let Some(piece) = pieces.try_next().await.map_err(read()).map_err(failed)? {
        let outcome = reader.push(&piece, |values| {
            take(values).map_err(|error| Trouble::Athena(Box::new(error)))
        });
        let more = outcome.map_err(|trouble| match trouble {
            Trouble::Athena(error) => *error,
            Trouble::Csv(Broken { record, what }) => damaged(record, what.to_owned()),
        })?;
        if !more {
            return rows.finish();
        }
    }
    let last = reader
        .finish()
        .map_err(|Broken { record, what }| damaged(record, what.to_owned()))?;
    if let Some(values) = last {
        take(values)?;
    }
    rows.finish()
}

/// What ends the reading of a file.
enum Trouble {
    Csv(Broken),
    Athena(Box<AthenaError>),
}

impl From<Broken> for Trouble {
    fn from(broken: Broken) -> Self {
        Self::Csv(broken)
    }
}

fn columns(page: &GetQueryResultsOutput) -> Result<Vec<AnswerColumn>, AthenaError> {
    let metadata = page
        .result_set()
        .and_then(|answer| answer.result_set_metadata());
    let metadata = metadata.ok_or(AthenaError::Lacks {
        action: "athena:GetQueryResults",
        what: "columns",
    })?;
    let columns = metadata.column_info().iter().map(|column| AnswerColumn {
        name: column.label().unwrap_or(column.name()).to_owned(),
        kind: column.r#type().to_owned(),
        digits: (column.precision(), column.scale()),
    });
    Ok(columns.collect())
}

fn page_rows(page: &GetQueryResultsOutput) -> &[Row] {
    page.result_set().map_or(&[], |answer| answer.rows())
}

/// The values of a row: NULL is one without a text.
fn values(row: &Row) -> impl Iterator<Item = Option<&str>> {
    row.data().iter().map(|value| value.var_char_value())
}
