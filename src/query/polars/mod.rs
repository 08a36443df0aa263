//! SQL by Polars: the only place that knows it. It is asked where somebody names it.

mod guard;

use std::io::Cursor;
use std::sync::Arc;

use arrow::datatypes::DataType as ArrowType;
use arrow::ipc::reader::StreamReader;
use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use polars::prelude::cloud::CloudOptions;
use polars::prelude::{
    CloudScheme, CompatLevel, DataFrame, DataType, Expr, HiveOptions, IdxSize, IntoLazy,
    IpcStreamWriter, LazyFrame, PlRefPath, PolarsError, ScanArgsParquet, ScanSources, Schema,
    SchemaRef, SerWriter, UnionArgs, col, concat, lit,
};
use polars::sql::SQLContext;
use tokio::sync::oneshot;

use super::question::{names, names_other_snapshots};
use super::{Answer, Engine, QueryError, Refusal};
use crate::contract::{Column, ColumnType, Contract, Table};
use crate::lake::log::Entry;
use crate::lake::{Lake, S3Access, layout};

/// Files that are fetched at the same time.
const FETCHES: usize = 16;
/// Virtual memory only, until a query needs it.
const STACK_BYTES: usize = 256 << 20;

/// The tables of one snapshot, as lazy scans of the files that the log names.
pub(super) struct Polars {
    lake: Lake,
    entry: Entry,
}

impl Polars {
    pub(super) fn new(lake: &Lake, entry: &Entry) -> Self {
        Self {
            lake: lake.clone(),
            entry: entry.clone(),
        }
    }
}

#[async_trait]
impl Engine for Polars {
    async fn query(&self, sql: &str, limit: Option<u32>) -> Result<Answer, QueryError> {
        if names_other_snapshots(sql) {
            let refusal = Refusal::new("Polars has one snapshot")
                .hint("leave out `--engine polars`: DataFusion answers it");
            return Err(QueryError::Query(Box::new(refusal)));
        }
        let contract = self.lake.contract();
        let sql = &guard::guarded(contract, sql)
            .map_err(|refusal| QueryError::Query(Box::new(refusal)))?;
        let source = Source::new(&self.lake).await?;
        let mut tables = Vec::new();
        for table in &contract.tables {
            let files = source.files(&self.entry, table, sql).await?;
            let frame = scan(&source, files, table).map_err(read)?;
            tables.push((table.name.clone(), frame));
        }
        let images = self.lake.object_root();
        let sql = sql.to_owned();
        let (sender, answered) = oneshot::channel();
        // Polars blocks, and takes deep queries apart by recursion: a thread of its own with room for it.
        let ask = move || {
            // Nobody waits for the answer when the program was interrupted.
            let _ = sender.send(ask(contract, tables, &images, &sql, limit));
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

/// Where Polars finds the files: by itself, with our credentials, or handed over.
struct Source {
    lake: Lake,
    cloud: Option<CloudOptions>,
    /// Polars' S3 client trusts the system's authorities and can't be told of others: it reads nothing by itself then.
    has_authorities: bool,
}

/// The files of one table.
#[derive(Default)]
struct Files {
    /// Polars reads these itself, and only as much of them as a query needs.
    paths: Vec<PlRefPath>,
    /// Polars can't name these to S3: their content, and the values of their partition.
    fetched: Vec<(Bytes, Vec<(String, String)>)>,
}

impl Source {
    async fn new(lake: &Lake) -> Result<Self, QueryError> {
        let mut source = Self {
            lake: lake.clone(),
            cloud: None,
            has_authorities: false,
        };
        if let Some(s3) = lake.s3() {
            let access = s3.access().await.map_err(QueryError::Lake)?;
            source.has_authorities = access.has_authorities;
            source.cloud = Some(cloud_options(access).map_err(read)?);
        }
        Ok(source)
    }

    /// What there is of `table` for `sql`: of a folder whose path is no text, too, the files' content is handed over. Files that have to be fetched are left out where the query doesn't name their table.
    async fn files(&self, entry: &Entry, table: &Table, sql: &str) -> Result<Files, QueryError> {
        let named = entry.tables.get(&table.name);
        let listed = named.map_or(&[][..], |table| &table.files);
        let mut files = Files::default();
        if listed.is_empty() {
            return Ok(files);
        }
        let root = self.lake.uri(&Path::default());
        let folder_is_text = self
            .lake
            .folder()
            .is_none_or(|path| path.to_str().is_some());
        // Polars takes each `a=b` of a file's path for a partition, but not those above a folder that it is given. A
        // snapshot's folder holds just what the log names.
        if self.cloud.is_none() && folder_is_text && root.contains('=') {
            let folder = layout::table(&table.name, &entry.snapshot);
            files.paths.push(PlRefPath::new(self.lake.uri(&folder)));
            return Ok(files);
        }
        let mut fetched = Vec::new();
        for file in listed {
            let key = layout::key(&file.path);
            let polars_can_name = match self.cloud {
                None => folder_is_text,
                Some(_) => !self.has_authorities && polars_can_name(&root, &file.path),
            };
            if polars_can_name {
                files.paths.push(PlRefPath::new(self.lake.uri(&key)));
            } else if names(self.lake.contract(), sql, table) {
                fetched.push((key, file.partition.clone()));
            }
        }
        files.fetched = stream::iter(fetched)
            .map(|(key, partition)| async move {
                let content = self.lake.read(&key).await.map_err(QueryError::Lake)?;
                Ok::<_, QueryError>((content, partition))
            })
            .buffered(FETCHES)
            .try_collect()
            .await?;
        Ok(files)
    }
}

/// Polars' S3 client misreads keys with a blank, an apostrophe or a letter that is not ASCII, and takes each `a=b` above the
/// lake for a partition.
fn polars_can_name(root: &str, path: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/_.-:".contains(letter);
    root.chars().all(plain) && path.chars().all(|letter| letter == '=' || plain(letter))
}

fn cloud_options(access: S3Access) -> Result<CloudOptions, PolarsError> {
    let http = access
        .endpoint
        .as_deref()
        .is_some_and(|endpoint| endpoint.starts_with("http:"));
    let given = [
        ("aws_access_key_id", Some(access.access_key_id)),
        ("aws_secret_access_key", Some(access.secret_access_key)),
        ("aws_session_token", access.session_token),
        ("aws_region", Some(access.region)),
        ("aws_endpoint", access.endpoint),
        ("aws_virtual_hosted_style_request", Some("false".to_owned())),
        ("aws_allow_http", Some(http.to_string())),
    ];
    let given = given
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)));
    CloudOptions::from_untyped_config(Some(CloudScheme::S3), given)
}

fn ask(
    contract: &Contract,
    tables: Vec<(String, LazyFrame)>,
    images: &str,
    sql: &str,
    limit: Option<u32>,
) -> Result<Answer, QueryError> {
    let mut context = SQLContext::new();
    for (name, frame) in tables {
        context.register(&name, frame);
    }
    for view in contract.views {
        let frame = context
            .execute(&view.sql(contract, None, images))
            .map_err(query)?;
        context.register(view.name, frame);
    }
    let frame = context.execute(sql).map_err(query)?;
    let frame = match limit {
        Some(limit) => frame.limit(limit as IdxSize),
        None => frame,
    };
    answer(frame.collect().map_err(query)?)
}

/// A lazy scan with the contract's types: without them Polars guesses from the path values.
fn scan(source: &Source, files: Files, table: &Table) -> Result<LazyFrame, PolarsError> {
    let partitioned = !table.partition_keys.is_empty();
    let arguments = |hive: bool| ScanArgsParquet {
        hive_options: HiveOptions {
            enabled: Some(hive),
            hive_start_idx: 0,
            schema: hive.then(|| polars_schema(table.partition_keys.iter())),
            try_parse_dates: false,
        },
        schema: Some(polars_schema(table.columns.iter())),
        // A snapshot of an older contract has fewer columns.
        allow_missing_columns: true,
        glob: false,
        cloud_options: source.cloud.clone(),
        ..ScanArgsParquet::default()
    };
    let mut frames = Vec::new();
    if !files.paths.is_empty() {
        let paths = files.paths.into_iter().collect();
        frames.push(LazyFrame::scan_parquet_files(
            paths,
            arguments(partitioned),
        )?);
    }
    for (content, partition) in files.fetched {
        let buffers = ScanSources::Buffers(Arc::from([Vec::from(content).into()]));
        let keys: Vec<Expr> = partition
            .into_iter()
            .map(|(key, value)| lit(value).alias(key.as_str()))
            .collect();
        let frame = LazyFrame::scan_parquet_sources(buffers, arguments(false))?;
        frames.push(frame.with_columns(keys));
    }
    match frames.len() {
        0 => {
            let empty = DataFrame::empty_with_schema(&polars_schema(table.all_columns()));
            Ok(empty.lazy())
        }
        1 => Ok(frames.remove(0)),
        _ => concat(frames, UnionArgs::default()),
    }
    .map(|frame| wide(frame, table))
}

/// Integers with 64 bits: `bbox_xmax * bbox_ymax` would wrap in the 32 that the files have.
fn wide(frame: LazyFrame, table: &Table) -> LazyFrame {
    let narrow = table
        .all_columns()
        .filter(|column| column.kind == ColumnType::Int);
    let wide: Vec<Expr> = narrow
        .map(|column| col(column.name.as_str()).cast(DataType::Int64))
        .collect();
    frame.with_columns(wide)
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
        bill: None,
    })
}

/// An error while a query is planned or run: the files may be at fault as well as the query.
fn query(error: PolarsError) -> QueryError {
    match error {
        PolarsError::IO { .. } => read(error),
        other => QueryError::Query(Box::new(Refusal::new(first_line(&other)))),
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
