//! The one type table: what each type of the contract is to every reader.

use arrow::datatypes::DataType;
use serde::Deserialize;

/// A column's type, as `physicalType` names it in the contract.
///
/// Only these four: no engine misreads them (unsigned, timestamp, decimal and binary are each refused or misread by one).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// UTF-8 text.
    String,
    /// 32-bit signed integer.
    Int,
    /// 64-bit signed integer.
    Bigint,
    /// True or false.
    Boolean,
}

/// What one contract type is called elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeNames {
    /// Arrow, and through it Parquet and Polars.
    pub arrow: DataType,
    /// ODCS `logicalType`.
    pub logical: &'static str,
    /// Hive, Glue and Athena.
    pub hive: &'static str,
    /// Trino, in a view's definition.
    pub trino: &'static str,
    /// A column's `dataType` in a Power BI model.
    pub tmdl: &'static str,
    /// Power Query.
    pub power_query: &'static str,
}

impl ColumnType {
    /// The table's row of this type; a new type doesn't compile until it has one.
    #[must_use]
    pub fn names(self) -> TypeNames {
        let (arrow, logical, hive, trino, tmdl, power_query) = match self {
            Self::String => (
                DataType::Utf8,
                "string",
                "string",
                "varchar",
                "string",
                "type text",
            ),
            Self::Int => (
                DataType::Int32,
                "integer",
                "int",
                "integer",
                "int64",
                "Int64.Type",
            ),
            Self::Bigint => (
                DataType::Int64,
                "integer",
                "bigint",
                "bigint",
                "int64",
                "Int64.Type",
            ),
            Self::Boolean => (
                DataType::Boolean,
                "boolean",
                "boolean",
                "boolean",
                "boolean",
                "type logical",
            ),
        };
        TypeNames {
            arrow,
            logical,
            hive,
            trino,
            tmdl,
            power_query,
        }
    }
}
