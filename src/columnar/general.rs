//! The general writer of the `parquet` crate, for one column.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{FieldRef, Schema};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::writer::SerializedFileWriter;

/// What makes the general writers of one column.
#[derive(Debug)]
pub(super) struct GeneralWriter {
    field: FieldRef,
    factory: ArrowRowGroupWriterFactory,
}

impl GeneralWriter {
    pub(super) fn new(
        field: &FieldRef,
        properties: &WriterPropertiesPtr,
    ) -> Result<Self, ParquetError> {
        let schema = Arc::new(Schema::new(vec![Arc::clone(field)]));
        let root = ArrowSchemaConverter::new()
            .convert(&schema)?
            .root_schema_ptr();
        let writer = SerializedFileWriter::new(Vec::new(), root, Arc::clone(properties))?;
        Ok(Self {
            field: Arc::clone(field),
            factory: ArrowRowGroupWriterFactory::new(&writer, schema),
        })
    }

    pub(super) fn encode(&self, values: &ArrayRef) -> Result<ArrowColumnChunk, ParquetError> {
        let mut writers = self.factory.create_column_writers(0)?;
        let mut writer = writers.pop().expect("a factory of one column");
        for leaf in compute_leaves(&self.field, values)? {
            writer.write(&leaf)?;
        }
        writer.close()
    }
}
