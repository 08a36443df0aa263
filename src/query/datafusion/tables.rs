//! A table of a snapshot: the files that the log names, each with the values of its partition.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use async_trait::async_trait;
use chrono::DateTime;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::config::TableParquetOptions;
use datafusion::common::stats::Precision;
use datafusion::common::{DFSchema, Result, ScalarValue, Statistics, project_schema};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::listing::helpers::expr_applicable_for_cols;
use datafusion::datasource::physical_plan::{
    FileGroup, FileGroupPartitioner, FileScanConfigBuilder, ParquetSource,
};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use object_store::ObjectMeta;

use crate::contract::{Column, ColumnType, Table};
use crate::lake::layout;
use crate::lake::log::{Entry, TableFiles};

/// Bytes at the end of a file that are read at once: footers are smaller, and small files are read whole.
const FOOTER_BYTES: usize = 256 << 10;

/// One table of one snapshot.
#[derive(Debug)]
pub(super) struct SnapshotTable {
    schema: TableSchema,
    files: Vec<PartitionedFile>,
    rows: u64,
    bytes: u64,
    store: ObjectStoreUrl,
}

impl SnapshotTable {
    /// `table` as `entry` has it, in the store that is registered as `store`.
    pub(super) fn new(entry: &Entry, table: &Table, store: ObjectStoreUrl) -> Self {
        let nothing = TableFiles::default();
        let named = entry.tables.get(&table.name).unwrap_or(&nothing);
        let files = named.files.iter().map(|file| {
            let value = |key: &Column| {
                let mut values = file.partition.iter();
                let value = values.find(|(name, _)| *name == key.name);
                ScalarValue::Utf8(value.map(|(_, value)| value.clone()))
            };
            let meta = ObjectMeta {
                location: layout::key(&file.path),
                last_modified: DateTime::UNIX_EPOCH,
                size: file.bytes,
                e_tag: None,
                version: None,
            };
            let keys = table.partition_keys.iter();
            PartitionedFile::new_from_meta(meta).with_partition_values(keys.map(value).collect())
        });
        let fields = table.columns.iter().map(field).collect::<Vec<_>>();
        let keys = table.partition_keys.iter().map(field).collect();
        Self {
            schema: TableSchema::new(Arc::new(Schema::new(fields)), keys),
            files: files.collect(),
            rows: named.rows(),
            bytes: named.bytes(),
            store,
        }
    }

    /// The files whose partition meets `filters`, as far as these are about nothing else.
    fn files(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<PartitionedFile>> {
        let filters = filters.iter().filter(|filter| self.is_about_keys(filter));
        let Some(filter) = conjunction(filters.cloned()) else {
            return Ok(self.files.clone());
        };
        let keys = self.schema.table_partition_cols();
        let column = |at: usize| -> ArrayRef {
            let values = self
                .files
                .iter()
                .map(|file| match &file.partition_values[at] {
                    ScalarValue::Utf8(value) => value.as_deref(),
                    _ => None,
                });
            Arc::new(values.collect::<StringArray>())
        };
        let schema = Arc::new(Schema::new(keys.clone()));
        let batch =
            RecordBatch::try_new(Arc::clone(&schema), (0..keys.len()).map(column).collect())?;
        let filter = state.create_physical_expr(filter, &DFSchema::try_from(schema)?)?;
        let meets = filter.evaluate(&batch)?.into_array(self.files.len())?;
        let files = self.files.iter().zip(meets.as_boolean().iter());
        Ok(files
            .filter(|(_, meets)| *meets == Some(true))
            .map(|(file, _)| file.clone())
            .collect())
    }

    fn is_about_keys(&self, filter: &Expr) -> bool {
        let keys = self.schema.table_partition_cols().iter();
        let names: Vec<&str> = keys.map(|key| key.name().as_str()).collect();
        !names.is_empty() && expr_applicable_for_cols(&names, filter)
    }
}

/// A column as SQL sees it. Integers have 64 bits whatever the files have: `bbox_xmax * bbox_ymax` must not wrap.
fn field(column: &Column) -> FieldRef {
    let kind = match column.kind {
        ColumnType::Int | ColumnType::Bigint => DataType::Int64,
        ColumnType::String | ColumnType::Boolean => column.kind.names().arrow,
    };
    Arc::new(Field::new(&column.name, kind, true))
}

/// The files in their order, in so many partitions of the same size; a file may be divided at a row group.
fn partitions(files: Vec<PartitionedFile>, count: usize) -> Vec<FileGroup> {
    let whole = FileGroup::new(files).split_files(1);
    if count == 1 {
        return whole;
    }
    let divided = FileGroupPartitioner::new()
        .with_target_partitions(count)
        .with_repartition_file_min_size(0)
        .repartition_file_groups(&whole);
    divided.unwrap_or(whole)
}

#[async_trait]
impl TableProvider for SnapshotTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.schema.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let files = self.files(state, filters)?;
        if files.is_empty() {
            let schema = project_schema(&self.schema(), projection)?;
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let options = TableParquetOptions {
            global: state.config_options().execution.parquet.clone(),
            ..TableParquetOptions::default()
        };
        let mut source = ParquetSource::new(self.schema.clone())
            .with_table_parquet_options(options)
            .with_metadata_size_hint(FOOTER_BYTES);
        // Row groups without a row that meets them are left out; the rows themselves are judged above.
        if let Some(filter) = conjunction(filters.iter().cloned()) {
            let schema = DFSchema::try_from(self.schema())?;
            source = source.with_predicate(state.create_physical_expr(filter, &schema)?);
        }
        // Not exact: `COUNT(*)` opens the files, and fails where one is missing.
        let statistics = Statistics {
            num_rows: Precision::Inexact(usize::try_from(self.rows).unwrap_or(usize::MAX)),
            total_byte_size: Precision::Inexact(usize::try_from(self.bytes).unwrap_or(usize::MAX)),
            ..Statistics::new_unknown(&self.schema())
        };
        let groups = partitions(files, state.config().target_partitions());
        let scan = FileScanConfigBuilder::new(self.store.clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let filters = filters.iter().map(|filter| {
            if self.is_about_keys(filter) {
                TableProviderFilterPushDown::Exact
            } else {
                TableProviderFilterPushDown::Inexact
            }
        });
        Ok(filters.collect())
    }
}
