//! One Parquet file: our settings, row groups appended as they come, statistics for the log.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnDescPtr, ColumnPath, SchemaDescPtr};
use serde_json::Value;

use super::chunk::{PageChunk, Scratch};
use super::column::ColumnValues;
use super::settings::{COMPRESSION_LEVEL, PAGE_ROWS, PAGE_VERSION};
use super::slices::{SortedSlices, Target};
use super::write_error::WriteError;
use crate::contract::{Column, ColumnType, Table};
use crate::lake::{ColumnStatistics, DataFile, DataFileWriter, TEXT_BOUND_BYTES};

/// Columns that the general writer writes without a dictionary: their values hardly repeat, it would overflow and fall back,
/// with both written.
const PLAIN: [&str; 14] = [
    "image_key",
    "patient_id",
    "file_name",
    "label_line",
    "slice_index",
    "bbox_xmin",
    "bbox_ymin",
    "bbox_xmax",
    "bbox_ymax",
    "image_bytes",
    "image_crc32",
    "cover_image_key",
    "detail",
    "image",
];

/// How a table's files are written.
#[derive(Debug)]
pub(super) struct TableFormat {
    pub(super) table: &'static Table,
    schema: SchemaRef,
    columns: SchemaDescPtr,
    properties: WriterPropertiesPtr,
    /// The general writers, by column: all columns' at once would be made for each row group, used or not.
    factories: Vec<ArrowRowGroupWriterFactory>,
}

/// An encoded column chunk.
pub(super) enum Chunk {
    General(ArrowColumnChunk),
    Pages(PageChunk),
}

impl Chunk {
    fn append_to(
        self,
        group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    ) -> Result<(), ParquetError> {
        match self {
            Self::General(chunk) => chunk.append_to_row_group(group),
            Self::Pages(chunk) => group.append_column(&chunk.bytes, chunk.close),
        }
    }
}

impl TableFormat {
    /// `sorted_by` names the columns by which the rows of a group are sorted, ascending, NULLs first.
    pub(super) fn new(table: &'static Table, sorted_by: &[&str]) -> Result<Self, ParquetError> {
        let schema = table.file_schema();
        let descriptor = ArrowSchemaConverter::new().convert(&schema)?;
        let sorting = sorted_by
            .iter()
            .filter_map(|name| schema.index_of(name).ok())
            .map(|index| SortingColumn {
                column_idx: i32::try_from(index).expect("a contract's columns are few"),
                descending: false,
                nulls_first: true,
            })
            .collect();
        let mut properties = WriterProperties::builder()
            // Pinned, or the bytes would change with the crate's version.
            .set_created_by("ctlake".to_owned())
            .set_writer_version(PAGE_VERSION)
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(COMPRESSION_LEVEL)?))
            .set_statistics_enabled(EnabledStatistics::Page)
            .set_statistics_truncate_length(Some(TEXT_BOUND_BYTES))
            .set_column_index_truncate_length(Some(TEXT_BOUND_BYTES))
            .set_data_page_row_count_limit(PAGE_ROWS)
            .set_bloom_filter_enabled(false)
            .set_sorting_columns(Some(sorting));
        for name in PLAIN.iter().filter(|name| schema.index_of(name).is_ok()) {
            let path = ColumnPath::from(*name);
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::PLAIN);
        }
        let properties = Arc::new(properties.build());
        let factories = schema
            .fields()
            .iter()
            .map(|field| factory(field, &properties))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            table,
            factories,
            schema,
            columns: Arc::new(descriptor),
            properties,
        })
    }

    /// Encodes a row group of slices.
    pub(super) fn encode_slices(
        &self,
        slices: &SortedSlices,
        scratch: &mut Scratch,
    ) -> Result<Vec<Chunk>, ParquetError> {
        self.encode(|name, column| slices.column(name, Target { column, scratch }))
    }

    /// Encodes a batch of the table's schema as a row group.
    pub(super) fn encode_batch(&self, batch: &RecordBatch) -> Result<Vec<Chunk>, ParquetError> {
        self.encode(|name, _| {
            let column = batch.column_by_name(name);
            let column = column.expect("a batch of this table's schema");
            Ok(ColumnValues::Array(Arc::clone(column)))
        })
    }

    /// One column after the other, so that no more than one is held unencoded.
    fn encode(
        &self,
        mut values: impl FnMut(&str, &ColumnDescPtr) -> Result<ColumnValues, ParquetError>,
    ) -> Result<Vec<Chunk>, ParquetError> {
        let fields = self.schema.fields().iter().zip(self.columns.columns());
        fields
            .zip(&self.factories)
            .map(|((field, column), factory)| {
                Ok(match values(field.name(), column)? {
                    ColumnValues::Chunk(chunk) => Chunk::Pages(chunk),
                    ColumnValues::Array(array) => Chunk::General(general(factory, field, &array)?),
                })
            })
            .collect()
    }
}

/// What makes the general writers of one column.
fn factory(
    field: &FieldRef,
    properties: &WriterPropertiesPtr,
) -> Result<ArrowRowGroupWriterFactory, ParquetError> {
    let schema = Arc::new(Schema::new(vec![Arc::clone(field)]));
    let root = ArrowSchemaConverter::new()
        .convert(&schema)?
        .root_schema_ptr();
    let writer = SerializedFileWriter::new(Vec::new(), root, Arc::clone(properties))?;
    Ok(ArrowRowGroupWriterFactory::new(&writer, schema))
}

/// A column as the general writer makes it.
fn general(
    factory: &ArrowRowGroupWriterFactory,
    field: &FieldRef,
    array: &ArrayRef,
) -> Result<ArrowColumnChunk, ParquetError> {
    let mut writers = factory.create_column_writers(0)?;
    let mut writer = writers.pop().expect("a factory of one column");
    for leaf in compute_leaves(field, array)? {
        writer.write(&leaf)?;
    }
    writer.close()
}

/// A file that grows by row groups.
pub(super) struct ParquetFile {
    writer: SerializedFileWriter<Vec<u8>>,
    data: DataFileWriter,
    partition: Vec<(String, String)>,
}

impl ParquetFile {
    pub(super) fn new(
        format: &TableFormat,
        data: DataFileWriter,
        partition: Vec<(String, String)>,
    ) -> Result<Self, ParquetError> {
        let root = format.columns.root_schema_ptr();
        let properties = Arc::clone(&format.properties);
        Ok(Self {
            writer: SerializedFileWriter::new(Vec::new(), root, properties)?,
            data,
            partition,
        })
    }

    /// Bytes so far.
    pub(super) fn bytes(&self) -> u64 {
        self.data.bytes()
    }

    /// Appends a row group.
    pub(super) async fn append(&mut self, chunks: Vec<Chunk>) -> Result<(), WriteError> {
        let mut group = self.writer.next_row_group()?;
        for chunk in chunks {
            chunk.append_to(&mut group)?;
        }
        group.close()?;
        self.drain().await
    }

    async fn drain(&mut self) -> Result<(), WriteError> {
        self.writer.flush().map_err(ParquetError::from)?;
        let bytes = std::mem::take(self.writer.inner_mut());
        Ok(self.data.append(bytes).await?)
    }

    /// Writes the footer and makes the file durable.
    pub(super) async fn close(mut self, table: &Table) -> Result<DataFile, WriteError> {
        let metadata = self.writer.finish()?;
        self.drain().await?;
        let path = self.data.path().to_string();
        let (bytes, sha256) = self.data.finish().await?;
        Ok(DataFile {
            path,
            partition: self.partition,
            rows: metadata.file_metadata().num_rows().unsigned_abs(),
            bytes,
            sha256,
            columns: statistics(table, &metadata),
        })
    }

    /// Gives up the file.
    pub(super) async fn abort(self) {
        self.data.abort().await;
    }
}

/// Bounds and NULLs of each column over all row groups of a file.
fn statistics(table: &Table, metadata: &ParquetMetaData) -> BTreeMap<i32, ColumnStatistics> {
    table
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let groups = metadata
                .row_groups()
                .iter()
                .map(|group| group.column(index));
            let mut nulls = 0;
            let mut bounds: Option<(Value, Value)> = None;
            for statistics in groups.filter_map(|chunk| chunk.statistics()) {
                nulls += statistics.null_count_opt().unwrap_or(0);
                if let Some((lower, upper)) = group_bounds(column, statistics) {
                    bounds = Some(match bounds {
                        None => (lower, upper),
                        Some((low, high)) => (smaller(low, lower), larger(high, upper)),
                    });
                }
            }
            let (lower, upper) = bounds.unzip();
            (
                column.field_id,
                ColumnStatistics {
                    lower,
                    upper,
                    nulls,
                },
            )
        })
        .collect()
}

fn group_bounds(column: &Column, statistics: &Statistics) -> Option<(Value, Value)> {
    let value = |bytes: &[u8]| -> Option<Value> {
        Some(match column.kind {
            ColumnType::String => str::from_utf8(bytes).ok()?.into(),
            ColumnType::Int => i32::from_le_bytes(bytes.try_into().ok()?).into(),
            ColumnType::Bigint => i64::from_le_bytes(bytes.try_into().ok()?).into(),
            ColumnType::Boolean => (*bytes.first()? != 0).into(),
        })
    };
    value(statistics.min_bytes_opt()?).zip(value(statistics.max_bytes_opt()?))
}

fn smaller(a: Value, b: Value) -> Value {
    if less(&b, &a) { b } else { a }
}

fn larger(a: Value, b: Value) -> Value {
    if less(&a, &b) { b } else { a }
}

/// Order of two values of one column.
fn less(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_i64() < b.as_i64(),
        (Value::String(a), Value::String(b)) => a < b,
        (Value::Bool(a), Value::Bool(b)) => a < b,
        _ => false,
    }
}
