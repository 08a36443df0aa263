//! Row groups into a file, and its footer.

use std::sync::Arc;

use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;

use super::bounds::ColumnBounds;
use super::column::Chunk;
use super::format::FileFormat;

/// A file that grows by row groups. Its bytes are given away as they are made.
pub(crate) struct FileEncoder {
    writer: SerializedFileWriter<Vec<u8>>,
}

/// The end of a file, and what it adds up to.
pub(crate) struct FileEnd {
    /// Its last bytes.
    pub(crate) bytes: Vec<u8>,
    pub(crate) rows: u64,
    /// In the order of the schema.
    pub(crate) columns: Vec<ColumnBounds>,
}

impl FileEncoder {
    pub(crate) fn new(format: &FileFormat) -> Result<Self, ParquetError> {
        let root = format.columns.root_schema_ptr();
        let properties = Arc::clone(&format.properties);
        let writer = SerializedFileWriter::new(Vec::new(), root, properties)?;
        Ok(Self { writer })
    }

    /// Appends a row group; returns the bytes that the file has more.
    pub(crate) fn append(&mut self, chunks: Vec<Chunk>) -> Result<Vec<u8>, ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for chunk in chunks {
            chunk.append_to(&mut group)?;
        }
        group.close()?;
        self.drain()
    }

    /// Writes the footer.
    pub(crate) fn finish(mut self) -> Result<FileEnd, ParquetError> {
        let metadata = self.writer.finish()?;
        Ok(FileEnd {
            rows: metadata.file_metadata().num_rows().unsigned_abs(),
            columns: ColumnBounds::of_file(&metadata),
            bytes: self.drain()?,
        })
    }

    fn drain(&mut self) -> Result<Vec<u8>, ParquetError> {
        self.writer.flush()?;
        Ok(std::mem::take(self.writer.inner_mut()))
    }
}
