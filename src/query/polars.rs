//! SQL by Polars: the only place that knows it.

use std::io::Cursor;
use std::sync::Arc;

use arrow::datatypes::DataType as ArrowType;
use arrow::ipc::reader::StreamReader;
use async_trait::async_trait;
use object_store::path::Path;
use polars::prelude::{
    CompatLevel, DataFrame, DataType, HiveOptions, IdxSize, IpcStreamWriter, LazyFrame, PlRefPath,
    PolarsError, ScanArgsParquet, Schema, SchemaRef, SerWriter,
};
use polars::sql::SQLContext;

use super::{Answer, Engine, QueryError};
use crate::contract::{Column, Contract, Table};
use crate::lake::Lake;
use crate::lake::log::Entry;

/// The tables of one snapshot, as lazy scans of the files that the log names.
pub(super) struct Polars {
    tables: Vec<(String, LazyFrame)>,
}

impl Polars {
    pub(super) fn new(lake: &Lake, entry: &Entry) -> Result<Self, QueryError> {
        let tables = Contract::current()
            .tables
            .iter()
            .map(|table| Ok((table.name.clone(), scan(lake, entry, table).map_err(read)?)))
            .collect::<Result<_, _>>()?;
        Ok(Self { tables })
    }
}

#[async_trait]
impl Engine for Polars {
    async fn query(&self, sql: &str, limit: Option<u32>) -> Result<Answer, QueryError> {
        let tables = self.tables.clone();
        let sql = sql.to_owned();
        // Polars blocks, and with its own threads.
        let answered = tokio::task::spawn_blocking(move || {
            let mut context = SQLContext::new();
            for (name, frame) in tables {
                context.register(&name, frame);
            }
            let frame = context.execute(&sql).map_err(query)?;
            let frame = match limit {
                Some(limit) => frame.limit(limit as IdxSize),
                None => frame,
            };
            answer(frame.collect().map_err(query)?)
        });
        answered.await.map_err(|error| QueryError::Read {
            message: error.to_string(),
        })?
    }
}

/// A lazy scan with the contract's types: without them Polars guesses from the path values.
fn scan(lake: &Lake, entry: &Entry, table: &Table) -> Result<LazyFrame, PolarsError> {
    let files = entry
        .tables
        .get(&table.name)
        .map_or(&[][..], |table| &table.files);
    if files.is_empty() {
        let schema = polars_schema(table.all_columns());
        return Ok(polars::prelude::IntoLazy::lazy(
            DataFrame::empty_with_schema(&schema),
        ));
    }
    let paths = files
        .iter()
        .map(|file| {
            let key = Path::parse(&file.path)
                .map_err(|error| PolarsError::ComputeError(error.to_string().into()))?;
            Ok(PlRefPath::new(lake.uri(&key)))
        })
        .collect::<Result<_, PolarsError>>()?;
    let arguments = ScanArgsParquet {
        hive_options: HiveOptions {
            enabled: Some(!table.partition_keys.is_empty()),
            // Folders above the lake may look like partitions too.
            hive_start_idx: lake.uri(&Path::default()).len(),
            schema: Some(polars_schema(table.partition_keys.iter())),
            try_parse_dates: false,
        },
        schema: Some(polars_schema(table.columns.iter())),
        // A snapshot of an older contract has fewer columns.
        allow_missing_columns: true,
        glob: false,
        ..ScanArgsParquet::default()
    };
    LazyFrame::scan_parquet_files(paths, arguments)
}

fn polars_schema<'a>(columns: impl Iterator<Item = &'a Column>) -> SchemaRef {
    let fields = columns.map(|column| {
        let kind = match column.kind.names().arrow {
            ArrowType::Int32 => DataType::Int32,
            ArrowType::Int64 => DataType::Int64,
            ArrowType::Boolean => DataType::Boolean,
            _ => DataType::String,
        };
        (column.name.as_str().into(), kind)
    });
    Arc::new(Schema::from_iter(fields))
}

/// Through Arrow's stream format: both sides know it, and no pointer is passed.
fn answer(mut frame: DataFrame) -> Result<Answer, QueryError> {
    let mut stream = Vec::new();
    IpcStreamWriter::new(&mut stream)
        .with_compat_level(CompatLevel::oldest())
        .finish(&mut frame)
        .map_err(read)?;
    let broken = |error: arrow::error::ArrowError| QueryError::Read {
        message: error.to_string(),
    };
    let reader = StreamReader::try_new(Cursor::new(stream), None).map_err(broken)?;
    Ok(Answer {
        schema: reader.schema(),
        batches: reader.collect::<Result<_, _>>().map_err(broken)?,
    })
}

/// An error while a query is planned or run: the files may be at fault as well as the query.
fn query(error: PolarsError) -> QueryError {
    match error {
        PolarsError::IO { .. } => read(error),
        other => QueryError::Query {
            message: first_line(&other),
        },
    }
}

fn read(error: PolarsError) -> QueryError {
    QueryError::Read {
        message: first_line(&error),
    }
}

/// Polars appends its whole plan to some messages.
fn first_line(error: &PolarsError) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}
