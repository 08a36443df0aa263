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
use tokio::sync::oneshot;

use super::{Answer, Engine, QueryError};
use crate::contract::{Column, Contract, Table};
use crate::lake::log::Entry;
use crate::lake::{Lake, layout};

/// Virtual memory only, until a query needs it.
const STACK_BYTES: usize = 256 << 20;

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
        let (sender, answered) = oneshot::channel();
        // Polars blocks, and takes deep queries apart by recursion: a thread of its own with room for it.
        let ask = move || {
            // Nobody waits for the answer when the program was interrupted.
            let _ = sender.send(ask(tables, &sql, limit));
        };
        std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn(ask)
            .map_err(|error| QueryError::Read {
                message: error.to_string(),
            })?;
        answered.await.map_err(|_| QueryError::Read {
            message: "the engine stopped without an answer".to_owned(),
        })?
    }
}

fn ask(
    tables: Vec<(String, LazyFrame)>,
    sql: &str,
    limit: Option<u32>,
) -> Result<Answer, QueryError> {
    let mut context = SQLContext::new();
    for (name, frame) in tables {
        context.register(&name, frame);
    }
    let frame = context.execute(sql).map_err(query)?;
    let frame = match limit {
        Some(limit) => frame.limit(limit as IdxSize),
        None => frame,
    };
    answer(frame.collect().map_err(query)?)
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
    let key = |path: &str| {
        Path::parse(path).map_err(|error| PolarsError::ComputeError(error.to_string().into()))
    };
    let root = lake.uri(&Path::default());
    // Polars takes each `a=b` of a file's path for a partition, but not those above a folder that it is given. A snapshot's
    // folder holds just what the log names.
    let paths = if root.contains('=') {
        let folder = layout::table(&table.name, &entry.snapshot);
        [PlRefPath::new(lake.uri(&folder))].into_iter().collect()
    } else {
        files
            .iter()
            .map(|file| Ok(PlRefPath::new(lake.uri(&key(&file.path)?))))
            .collect::<Result<_, PolarsError>>()?
    };
    let arguments = ScanArgsParquet {
        hive_options: HiveOptions {
            enabled: Some(!table.partition_keys.is_empty()),
            hive_start_idx: 0,
            schema: (!table.partition_keys.is_empty())
                .then(|| polars_schema(table.partition_keys.iter())),
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
    Arc::new(fields.collect::<Schema>())
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
