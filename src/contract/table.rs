//! A table of the contract and its columns.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;

use super::types::ColumnType;

/// A column: its name, type and meaning.
#[derive(Debug, Clone)]
pub struct Column {
    /// Lower-case name, unique in its table.
    pub name: String,
    /// Its type.
    pub kind: ColumnType,
    /// Parquet and Iceberg field id, never reused.
    pub field_id: i32,
    /// Never NULL.
    pub required: bool,
    /// Part of the primary key.
    pub primary_key: bool,
    /// The column of another table whose value it has.
    pub references: Option<Reference>,
    /// Meaning, unit, and when it is NULL.
    pub description: String,
    /// Example values, as text.
    pub examples: Vec<String>,
}

impl Column {
    fn field(&self) -> Field {
        let id = (
            PARQUET_FIELD_ID_META_KEY.to_owned(),
            self.field_id.to_string(),
        );
        Field::new(&self.name, self.kind.names().arrow, !self.required).with_metadata([id].into())
    }
}

/// A column of another table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The table.
    pub table: String,
    /// Its column.
    pub column: String,
}

/// A table: its columns in order, and its partition keys, which stand in the path and not in the files.
#[derive(Debug, Clone)]
pub struct Table {
    /// Name, also of its folder below `curated/`.
    pub name: String,
    /// The version of the contract that it is of.
    pub contract_version: String,
    /// What one row is.
    pub description: String,
    /// Not in every snapshot: built only when asked for.
    pub optional: bool,
    /// The columns in the data files.
    pub columns: Vec<Column>,
    /// The hive keys, in path order.
    pub partition_keys: Vec<Column>,
}

impl Table {
    /// The Arrow schema of the data files: field ids in the metadata, no partition keys.
    #[must_use]
    pub fn file_schema(&self) -> SchemaRef {
        let fields: Vec<Field> = self.columns.iter().map(Column::field).collect();
        Arc::new(Schema::new(fields))
    }

    /// The Arrow schema that readers see: the file's columns, then the partition keys.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<Field> = self.all_columns().map(Column::field).collect();
        Arc::new(Schema::new(fields))
    }

    /// The file's columns, then the partition keys.
    pub fn all_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().chain(&self.partition_keys)
    }

    /// Whether `column` is a partition key.
    #[must_use]
    pub fn is_partition_key(&self, column: &str) -> bool {
        self.partition_keys.iter().any(|key| key.name == column)
    }
}
