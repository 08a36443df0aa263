//! One file of a table: Parquet into an object of the lake, described for the log.

use parquet::errors::ParquetError;
use serde_json::Value;

use super::error::WriteError;
use crate::columnar::{Bound, Chunk, ColumnBounds, FileEncoder, FileFormat};
use crate::lake::{ColumnStatistics, DataFile, DataFileWriter};

/// How the files of a table are written and described.
#[derive(Debug)]
pub(crate) struct TableFormat {
    /// The table's name.
    pub(crate) name: String,
    /// The field ids of its columns, in the order of the schema.
    pub(crate) field_ids: Vec<i32>,
    /// How its files are encoded.
    pub(crate) file: FileFormat,
}

/// A file that grows by row groups.
pub(super) struct TableFile {
    encoder: FileEncoder,
    data: DataFileWriter,
    partition: Vec<(String, String)>,
    field_ids: Vec<i32>,
}

impl TableFile {
    pub(super) fn new(
        format: &TableFormat,
        data: DataFileWriter,
        partition: Vec<(String, String)>,
    ) -> Result<Self, ParquetError> {
        Ok(Self {
            encoder: FileEncoder::new(&format.file)?,
            data,
            partition,
            field_ids: format.field_ids.clone(),
        })
    }

    /// Bytes so far.
    pub(super) fn bytes(&self) -> u64 {
        self.data.bytes()
    }

    /// Appends a row group.
    pub(super) async fn append(&mut self, chunks: Vec<Chunk>) -> Result<(), WriteError> {
        let bytes = self.encoder.append(chunks)?;
        Ok(self.data.append(bytes).await?)
    }

    /// Writes the footer and makes the file durable.
    pub(super) async fn close(mut self) -> Result<DataFile, WriteError> {
        let end = self.encoder.finish()?;
        self.data.append(end.bytes).await?;
        let path = self.data.path().to_string();
        let (bytes, sha256) = self.data.finish().await?;
        let columns = end.columns.into_iter().map(statistics);
        Ok(DataFile {
            path,
            partition: self.partition,
            rows: end.rows,
            bytes,
            sha256,
            columns: self.field_ids.into_iter().zip(columns).collect(),
        })
    }

    /// Gives up the file.
    pub(super) async fn abort(self) {
        self.data.abort().await;
    }
}

/// A column's bounds as the log has them.
fn statistics(column: ColumnBounds) -> ColumnStatistics {
    let (lower, upper) = column.bounds.unzip();
    ColumnStatistics {
        lower: lower.map(value),
        upper: upper.map(value),
        nulls: column.nulls,
    }
}

fn value(bound: Bound) -> Value {
    match bound {
        Bound::Boolean(value) => value.into(),
        Bound::Int(value) => value.into(),
        Bound::Text(value) => value.into(),
    }
}
