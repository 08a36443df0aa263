//! How the files of a schema are written, and one row group of them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowSchemaConverter;
use parquet::basic::{Compression, Encoding as PageEncoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::schema::types::{ColumnPath, SchemaDescPtr};

use super::chunk::Scratch;
use super::column::{Chunk, ColumnTarget, Encoding};
use super::general::GeneralWriter;
use super::settings::{COMPRESSION_LEVEL, PAGE_ROWS, PAGE_VERSION, TEXT_BOUND_BYTES};

/// How the files of a schema are written.
#[derive(Debug)]
pub(crate) struct FileFormat {
    pub(super) columns: SchemaDescPtr,
    pub(super) properties: WriterPropertiesPtr,
    encodings: Vec<Encoding>,
    /// By column: all columns' writers at once would be made for each row group, used or not.
    general: Vec<GeneralWriter>,
}

impl FileFormat {
    /// `encodings` are those of the columns in the order of the schema; `sorted_by` the places of the columns by which the rows of
    /// a group are sorted, ascending, NULLs first.
    pub(crate) fn new(
        schema: &SchemaRef,
        encodings: Vec<Encoding>,
        sorted_by: &[usize],
    ) -> Result<Self, ParquetError> {
        let descriptor = ArrowSchemaConverter::new().convert(schema)?;
        let sorting = sorted_by
            .iter()
            .map(|&index| SortingColumn {
                column_idx: i32::try_from(index).expect("columns are few"),
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
        for (field, encoding) in schema.fields().iter().zip(&encodings) {
            if *encoding == Encoding::Plain {
                let path = ColumnPath::from(field.name().as_str());
                properties = properties
                    .set_column_dictionary_enabled(path.clone(), false)
                    .set_column_encoding(path, PageEncoding::PLAIN);
            }
        }
        let properties = Arc::new(properties.build());
        let general = schema
            .fields()
            .iter()
            .map(|field| GeneralWriter::new(field, &properties))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            columns: Arc::new(descriptor),
            properties,
            encodings,
            general,
        })
    }

    /// Encodes a row group: `encode` is called with the columns in the order of the schema, one after the other, so that no more
    /// than one is held unencoded.
    pub(crate) fn encode(
        &self,
        scratch: &mut Scratch,
        mut encode: impl FnMut(usize, ColumnTarget<'_>) -> Result<Chunk, ParquetError>,
    ) -> Result<Vec<Chunk>, ParquetError> {
        let columns = self.columns.columns().iter().zip(&self.encodings);
        columns
            .zip(&self.general)
            .enumerate()
            .map(|(at, ((column, &encoding), general))| {
                let target = ColumnTarget {
                    column,
                    encoding,
                    general,
                    scratch: &mut *scratch,
                };
                encode(at, target)
            })
            .collect()
    }

    /// Encodes a batch of the schema as a row group.
    pub(crate) fn encode_batch(&self, batch: &RecordBatch) -> Result<Vec<Chunk>, ParquetError> {
        let columns = self.general.iter().zip(batch.columns());
        columns
            .map(|(general, values)| general.encode(values).map(Chunk::General))
            .collect()
    }
}
