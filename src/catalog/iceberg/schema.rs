//! A table's description as Iceberg has it, made from the contract, and compared with it. Pure.

use std::collections::HashMap;
use std::sync::Arc;

use iceberg::spec::{
    MappedField, NameMapping, NestedField, PartitionSpec, PrimitiveType, Schema, TableMetadata,
    Type,
};
use serde_json::{Value, json};

use crate::catalog::definition::{Body, Definition, DefinitionColumn, is_ours, parameter};
use crate::contract::{Column, ColumnType, Table};

/// Ids of partition fields begin here, by the specification: they are not those of columns.
const FIRST_PARTITION_FIELD: usize = 1000;
/// A reader's DROP TABLE or expire must remove no file: they are the lake's.
const COLLECTS: (&str, &str) = ("gc.enabled", "false");
const COMMENT: &str = "comment";
const NAME_MAPPING: &str = "schema.name-mapping.default";

/// The columns and partition keys, by the contract's field ids. Every column may be NULL: files that are older than a column have
/// nothing there.
pub(super) fn schema(table: &Table) -> Schema {
    let field = |column: &Column| {
        let kind = Type::Primitive(primitive(column.kind));
        let field = NestedField::optional(column.field_id, &column.name, kind);
        Arc::new(field.with_doc(&column.description))
    };
    Schema::builder()
        .with_fields(table.all_columns().map(field))
        .build()
        .expect("names and ids are unique: a test of the contract compares them")
}

fn primitive(kind: ColumnType) -> PrimitiveType {
    match kind {
        ColumnType::String => PrimitiveType::String,
        ColumnType::Int => PrimitiveType::Int,
        ColumnType::Bigint => PrimitiveType::Long,
        ColumnType::Boolean => PrimitiveType::Boolean,
    }
}

/// The table before its first snapshot, as JSON: made by hand, because the crate's builder gives columns and tables ids of its own.
pub(super) fn nothing(
    table: &Table,
    location: &str,
    uuid: &str,
) -> Result<TableMetadata, iceberg::Error> {
    let schema = schema(table);
    let keys = table.partition_keys.iter().zip(FIRST_PARTITION_FIELD..);
    let fields: Vec<Value> = keys
        .map(|(key, id)| {
            json!({
                "source-id": key.field_id,
                "field-id": id,
                "name": key.name,
                "transform": "identity",
            })
        })
        .collect();
    let metadata = json!({
        "format-version": 2,
        "table-uuid": uuid,
        "location": location,
        "last-sequence-number": 0,
        "last-updated-ms": 0,
        "last-column-id": schema.highest_field_id(),
        "last-partition-id": FIRST_PARTITION_FIELD + fields.len() - 1,
        "schemas": [schema],
        "current-schema-id": 0,
        "partition-specs": [{"spec-id": 0, "fields": fields}],
        "default-spec-id": 0,
        "sort-orders": [{"order-id": 0, "fields": []}],
        "default-sort-order-id": 0,
        "properties": {},
    });
    Ok(serde_json::from_value(metadata)?)
}

/// What is said of the table besides, whatever it shows.
pub(super) fn properties(table: &Table) -> HashMap<String, String> {
    let names = table.all_columns().map(|column| {
        MappedField::new(Some(column.field_id), vec![column.name.clone()], Vec::new())
    });
    let mapping = NameMapping::new(names.collect());
    let mapping = serde_json::to_string(&mapping).expect("plain data serialises");
    HashMap::from([
        (COLLECTS.0.to_owned(), COLLECTS.1.to_owned()),
        (COMMENT.to_owned(), table.description.clone()),
        (NAME_MAPPING.to_owned(), mapping),
        (
            parameter::CONTRACT.to_owned(),
            table.contract_version.clone(),
        ),
    ])
}

/// What the contract wants, as catalogs are compared in.
pub(super) fn wanted(table: &Table, location: &str) -> Definition {
    let keys: Vec<&str> = table
        .partition_keys
        .iter()
        .map(|key| key.name.as_str())
        .collect();
    definition(
        &table.name,
        location,
        &schema(table),
        &keys,
        &properties(table),
    )
}

/// What a table is, in the same words.
pub(super) fn found(table: &Table, metadata: &TableMetadata) -> Definition {
    let spec: &PartitionSpec = metadata.default_partition_spec();
    let keys: Vec<&str> = spec
        .fields()
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    definition(
        &table.name,
        metadata.location(),
        metadata.current_schema(),
        &keys,
        metadata.properties(),
    )
}

fn definition(
    name: &str,
    location: &str,
    schema: &Schema,
    keys: &[&str],
    properties: &HashMap<String, String>,
) -> Definition {
    let columns = schema.as_struct().fields().iter().map(|field| {
        DefinitionColumn {
            name: field.name.clone(),
            // The id is part of what a column is: by it the files are read.
            kind: format!("{} (id {})", field.field_type, field.id),
            comment: field.doc.clone().unwrap_or_default(),
        }
    });
    let (keys, columns) = columns.partition(|column| keys.contains(&column.name.as_str()));
    // What is shown changes with every version, and is no description.
    let lasts = |name: &str| name != COMMENT && (!is_ours(name) || name == parameter::CONTRACT);
    Definition {
        name: name.to_owned(),
        description: properties.get(COMMENT).cloned().unwrap_or_default(),
        columns,
        keys,
        body: Body::Iceberg(location.to_owned()),
        parameters: properties
            .iter()
            .filter(|(name, _)| lasts(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        partitions: Vec::new(),
    }
}
