//! Glue's own types of tables and partitions, from definitions and to them.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_glue::types::{
    Column, PartitionInput, SerDeInfo, StorageDescriptor, Table, TableInput,
};

use crate::catalog::definition::{
    Body, Definition, DefinitionColumn, INPUT_FORMAT, NO_SERDE, OUTPUT_FORMAT, PROVIDER, SERDE,
    TABLE_TYPE,
};
use crate::catalog::partition::Partition;
use crate::catalog::presto_view;

const EXTERNAL: &str = "EXTERNAL_TABLE";
const VIEW: &str = "VIRTUAL_VIEW";

pub(super) fn table_input(
    definition: &Definition,
    parameters: BTreeMap<String, String>,
) -> TableInput {
    let columns = columns(&definition.columns);
    let input = TableInput::builder()
        .name(&definition.name)
        .set_description(Some(definition.description.clone()).filter(|text| !text.is_empty()))
        .owner("ctlake")
        .set_partition_keys(Some(self::columns(&definition.keys)))
        .set_parameters(Some(HashMap::from_iter(parameters)));
    let input = match &definition.body {
        Body::View { stored, .. } => input
            .table_type(VIEW)
            .view_original_text(stored)
            .view_expanded_text(presto_view::EXPANDED)
            .storage_descriptor(
                StorageDescriptor::builder()
                    .set_columns(Some(columns))
                    .location("")
                    .serde_info(SerDeInfo::builder().build())
                    .build(),
            ),
        Body::Parquet(location) | Body::Other(location) => input
            .table_type(EXTERNAL)
            .storage_descriptor(parquet(columns, location)),
        // Readers find all else in the metadata.
        Body::Iceberg(location) => input.table_type(EXTERNAL).storage_descriptor(
            StorageDescriptor::builder()
                .set_columns(Some(columns))
                .location(location)
                .build(),
        ),
        Body::Delta(location) => {
            // Where engines look for the log: not all of them at the location itself.
            let path = ("path", location.as_str());
            input.table_type(EXTERNAL).storage_descriptor(storage(
                columns,
                location,
                NO_SERDE,
                &[path],
            ))
        }
    };
    input.build().expect("it has a name")
}

pub(super) fn partition_input(definition: &Definition, partition: &Partition) -> PartitionInput {
    PartitionInput::builder()
        .set_values(Some(partition.values.clone()))
        .storage_descriptor(parquet(columns(&definition.columns), &partition.location))
        .build()
}

fn parquet(columns: Vec<Column>, location: &str) -> StorageDescriptor {
    storage(columns, location, [SERDE, INPUT_FORMAT, OUTPUT_FORMAT], &[])
}

fn storage(
    columns: Vec<Column>,
    location: &str,
    [serde, input, output]: [&str; 3],
    parameters: &[(&str, &str)],
) -> StorageDescriptor {
    let mut serde = SerDeInfo::builder()
        .serialization_library(serde)
        .parameters("serialization.format", "1");
    for (name, value) in parameters {
        serde = serde.parameters(*name, *value);
    }
    StorageDescriptor::builder()
        .set_columns(Some(columns))
        .location(location)
        .input_format(input)
        .output_format(output)
        .serde_info(serde.build())
        .build()
}

fn columns(columns: &[DefinitionColumn]) -> Vec<Column> {
    let column = |column: &DefinitionColumn| {
        Column::builder()
            .name(&column.name)
            .r#type(&column.kind)
            .comment(&column.comment)
            .build()
            .expect("it has a name")
    };
    columns.iter().map(column).collect()
}

pub(super) fn definition(table: &Table) -> Definition {
    let storage = table.storage_descriptor();
    let stored = table.view_original_text().unwrap_or_default();
    let reads = |storage: &StorageDescriptor| {
        let serde = storage.serde_info();
        storage.input_format() == Some(INPUT_FORMAT)
            && storage.output_format() == Some(OUTPUT_FORMAT)
            && serde.and_then(SerDeInfo::serialization_library) == Some(SERDE)
    };
    let provider = table.parameters().and_then(|all| all.get(PROVIDER));
    let kind = table.parameters().and_then(|all| all.get(TABLE_TYPE));
    let body = match (table.table_type(), presto_view::decode(stored)) {
        (Some(EXTERNAL), _) if kind.is_some_and(|name| name.eq_ignore_ascii_case("iceberg")) => {
            let location = storage.and_then(StorageDescriptor::location);
            Body::Iceberg(
                location
                    .unwrap_or_default()
                    .trim_end_matches('/')
                    .to_owned(),
            )
        }
        (Some(EXTERNAL), _) if provider.is_some_and(|name| name == "delta") => {
            Body::Delta(delta_root(storage))
        }
        (Some(EXTERNAL), _) if storage.is_some_and(reads) => Body::Parquet(with_slash(storage)),
        (Some(VIEW), Some(sql)) => Body::View {
            sql,
            stored: stored.to_owned(),
        },
        (kind, _) => Body::Other(format!("{} of another format", kind.unwrap_or("a table"))),
    };
    let parameters = table.parameters().into_iter().flatten();
    Definition {
        name: table.name().to_owned(),
        description: table.description().unwrap_or_default().to_owned(),
        columns: storage.map_or_else(Vec::new, |storage| found_columns(storage.columns())),
        keys: found_columns(table.partition_keys()),
        body,
        parameters: parameters
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        partitions: Vec::new(),
    }
}

/// Where engines look for a Delta table's log.
fn delta_root(storage: Option<&StorageDescriptor>) -> String {
    let serde = storage.and_then(StorageDescriptor::serde_info);
    let parameters = serde.and_then(SerDeInfo::parameters);
    let path = parameters.and_then(|all| all.get("path"));
    path.map_or_else(String::new, |path| path.trim_end_matches('/').to_owned())
}

fn found_columns(columns: &[Column]) -> Vec<DefinitionColumn> {
    let column = |column: &Column| DefinitionColumn {
        name: column.name().to_owned(),
        kind: column.r#type().unwrap_or_default().to_owned(),
        comment: column.comment().unwrap_or_default().to_owned(),
    };
    columns.iter().map(column).collect()
}

/// A location as we write it: other tools leave the slash at its end out.
pub(super) fn with_slash(storage: Option<&StorageDescriptor>) -> String {
    let location = storage.and_then(StorageDescriptor::location);
    format!("{}/", location.unwrap_or_default().trim_end_matches('/'))
}
