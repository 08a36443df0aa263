//! A table's description in a Delta log, made from the contract, and compared with it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::action::{MetaData, Provider};
use crate::catalog::definition::{Body, Definition, DefinitionColumn};
use crate::catalog::identity::uuid;
use crate::contract::{Column, ColumnType, Table};

/// Nothing is ours to remove for anybody but `snapshots expire`: a VACUUM finds nothing that is old enough, and a checkpoint
/// removes no version.
const CONFIGURATION: [(&str, &str); 2] = [
    ("delta.deletedFileRetentionDuration", "interval 36500 days"),
    ("delta.logRetentionDuration", "interval 36500 days"),
];

/// What the table is, by the contract. What was `found` of its identity stays, and so do the properties of its user.
pub(super) fn metadata(table: &Table, found: Option<&MetaData>, seed: &str, time: i64) -> MetaData {
    let mut configuration = found.map_or_else(BTreeMap::new, |found| found.configuration.clone());
    let ours = CONFIGURATION.map(|(name, value)| (name.to_owned(), value.to_owned()));
    configuration.extend(ours);
    MetaData {
        id: found.map_or_else(
            || uuid("delta", &table.name, seed),
            |found| found.id.clone(),
        ),
        name: Some(table.name.clone()),
        description: Some(table.description.clone()),
        format: Provider {
            provider: "parquet".to_owned(),
            options: BTreeMap::new(),
        },
        schema_string: schema(table).to_string(),
        partition_columns: table
            .partition_keys
            .iter()
            .map(|key| key.name.clone())
            .collect(),
        configuration,
        created_time: Some(found.and_then(|found| found.created_time).unwrap_or(time)),
    }
}

/// Every column may be NULL: files that are older than a column have nothing there.
fn schema(table: &Table) -> Value {
    let field = |column: &Column| {
        json!({
            "name": column.name,
            "type": type_name(column.kind),
            "nullable": true,
            "metadata": {"comment": column.description},
        })
    };
    let fields: Vec<Value> = table.all_columns().map(field).collect();
    json!({"type": "struct", "fields": fields})
}

fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::String => "string",
        ColumnType::Int => "integer",
        ColumnType::Bigint => "long",
        ColumnType::Boolean => "boolean",
    }
}

/// A description as catalogs are compared in; types are Delta's.
pub(super) fn definition(metadata: &MetaData) -> Definition {
    let schema: Value = serde_json::from_str(&metadata.schema_string).unwrap_or_default();
    let fields = schema["fields"].as_array().cloned().unwrap_or_default();
    let is_key = |column: &DefinitionColumn| metadata.partition_columns.contains(&column.name);
    let (keys, columns) = fields.iter().map(column).partition(is_key);
    Definition {
        name: metadata.name.clone().unwrap_or_default(),
        description: metadata.description.clone().unwrap_or_default(),
        columns,
        keys,
        body: Body::Parquet(String::new()),
        parameters: metadata.configuration.clone(),
        partitions: Vec::new(),
    }
}

fn column(field: &Value) -> DefinitionColumn {
    let text = |value: &Value| match value.as_str() {
        Some(text) => text.to_owned(),
        None if value.is_null() => String::new(),
        None => value.to_string(),
    };
    DefinitionColumn {
        name: text(&field["name"]),
        kind: text(&field["type"]),
        comment: text(&field["metadata"]["comment"]),
    }
}
