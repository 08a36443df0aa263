//! What a catalog should have: the contract's tables at an entry's files, and the contract's views.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::database::DatabaseName;
use super::definition::{Body, Definition, DefinitionColumn, parameter};
use super::partition::Partition;
use super::presto_view;
use crate::contract::{Column, Contract, Table, View};
use crate::lake::log::{Entry, TableFiles};
use crate::lake::{Lake, layout};

/// Everything that one entry of the log calls for.
#[derive(Debug, Clone, Serialize)]
pub struct Wanted {
    /// Where it goes.
    pub database: DatabaseName,
    /// What the database is of, where it has to be made.
    #[serde(skip)]
    pub title: &'static str,
    /// The lake's address.
    pub lake: String,
    /// The snapshot to show.
    pub snapshot: String,
    /// The entry of the log that shows it.
    pub entry: u64,
    /// Tables and views, in the order in which they are to change.
    #[serde(skip)]
    pub definitions: Vec<Definition>,
}

/// What the catalog should have to show `entry`.
#[must_use]
pub fn wanted(lake: &Lake, entry: &Entry, database: &DatabaseName) -> Wanted {
    let contract = lake.contract();
    let there = contract.tables_to_publish();
    let there = there.filter(|table| !table.optional || entry.has_rows(&table.name));
    let tables = there.map(|table| {
        let folder = lake.uri(&layout::table(&table.name, &entry.snapshot)) + "/";
        let mut definition = files(table, folder);
        let content = entry.tables.get(&table.name).cloned().unwrap_or_default();
        definition.partitions = partitions(&definition, &content);
        definition.parameters.extend(measures(&content));
        definition.parameters.extend(projection(&definition));
        definition
    });
    let mut definitions: Vec<Definition> = tables.collect();
    definitions.extend(views(contract, database, &lake.object_root()));
    for definition in &mut definitions {
        let provenance = [
            (parameter::LAKE, lake.name().to_owned()),
            (parameter::SNAPSHOT, entry.snapshot.to_string()),
            (parameter::ENTRY, entry.number.to_string()),
            (parameter::CONTRACT, contract.version.clone()),
        ];
        // A view reads whatever its table shows: it has no snapshot of its own, and doesn't change with one.
        let lasting = [parameter::LAKE, parameter::CONTRACT];
        let view = definition.is_view();
        let said = provenance
            .into_iter()
            .filter(|(name, _)| !view || lasting.contains(name));
        definition
            .parameters
            .extend(said.map(|(name, value)| (name.to_owned(), value)));
    }
    Wanted {
        database: database.clone(),
        title: contract.title,
        lake: lake.name().to_owned(),
        snapshot: entry.snapshot.to_string(),
        entry: entry.number,
        definitions,
    }
}

/// The same without a lake: names to be replaced stand in capitals, and no partition is known.
#[must_use]
pub fn structure(contract: &Contract, database: &DatabaseName) -> Vec<Definition> {
    let tables = contract.tables_to_publish().map(|table| {
        let folder = format!(
            "s3://BUCKET/PREFIX/{}/{}/SNAPSHOT/",
            layout::CURATED,
            table.name
        );
        files(table, folder)
    });
    tables
        .chain(views(contract, database, "s3://BUCKET/"))
        .collect()
}

fn files(table: &Table, location: String) -> Definition {
    let parameters = [("EXTERNAL", "TRUE"), ("classification", "parquet")];
    Definition {
        name: table.name.clone(),
        description: table.description.clone(),
        columns: table.columns.iter().map(column).collect(),
        keys: table.partition_keys.iter().map(column).collect(),
        body: Body::Parquet(location),
        parameters: parameters
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        partitions: Vec::new(),
    }
}

/// A column of the contract in the words of Glue.
pub(super) fn column(column: &Column) -> DefinitionColumn {
    DefinitionColumn {
        name: column.name.clone(),
        kind: column.kind.names().hive.to_owned(),
        comment: column.description.clone(),
    }
}

fn views(
    contract: &Contract,
    database: &DatabaseName,
    images: &str,
) -> impl Iterator<Item = Definition> {
    let views = contract.views.iter();
    views.map(move |view| view_definition(contract, view, database, images))
}

fn view_definition(
    contract: &Contract,
    view: &View,
    database: &DatabaseName,
    images: &str,
) -> Definition {
    let columns = view.columns(contract);
    let sql = view.sql(contract, Some(database.as_str()), images);
    let stored = presto_view::encode(&sql, database.as_str(), &columns);
    let parameters = [
        ("presto_view", "true"),
        // Trino knows a view by this, and takes a table's description in its place where there is one.
        ("comment", "Presto View"),
        (parameter::DESCRIPTION, view.description),
    ];
    Definition {
        name: view.name.to_owned(),
        description: String::new(),
        columns: columns
            .into_iter()
            .map(|column| DefinitionColumn {
                kind: column.kind.names().hive.to_owned(),
                name: column.name,
                comment: column.description,
            })
            .collect(),
        keys: Vec::new(),
        body: Body::View { stored, sql },
        parameters: parameters
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        partitions: Vec::new(),
    }
}

/// Each combination of partition values that has files, in path order.
fn partitions(definition: &Definition, content: &TableFiles) -> Vec<Partition> {
    let Body::Parquet(root) = &definition.body else {
        return Vec::new();
    };
    if definition.keys.is_empty() {
        return Vec::new();
    }
    let found: BTreeSet<&[(String, String)]> = content
        .files
        .iter()
        .map(|file| &file.partition[..])
        .collect();
    found
        .into_iter()
        .map(|partition| Partition {
            values: partition.iter().map(|(_, value)| value.clone()).collect(),
            location: format!("{root}{}/", layout::partition_path(partition)),
        })
        .collect()
}

/// What Hive, Spark and Trino estimate a query's cost by.
fn measures(content: &TableFiles) -> [(String, String); 3] {
    [
        ("numFiles".to_owned(), content.files.len().to_string()),
        ("numRows".to_owned(), content.rows().to_string()),
        ("totalSize".to_owned(), content.bytes().to_string()),
    ]
}

/// The parameters from which Athena and Trino compute the partitions instead of asking for them: the values of each key, and where
/// a combination of them is. A combination without files costs a listing and has no rows.
fn projection(definition: &Definition) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    let (Body::Parquet(root), false) = (&definition.body, definition.partitions.is_empty()) else {
        return parameters;
    };
    let mut template = root.clone();
    parameters.insert("projection.enabled".to_owned(), "true".to_owned());
    for (index, key) in definition.keys.iter().enumerate() {
        let name = &key.name;
        let values: BTreeSet<&str> = definition
            .partitions
            .iter()
            .filter_map(|partition| partition.values.get(index).map(String::as_str))
            .collect();
        // Values have no comma: it is one of the characters that canonical values lack.
        let values: Vec<&str> = values.into_iter().collect();
        parameters.insert(format!("projection.{name}.type"), "enum".to_owned());
        parameters.insert(format!("projection.{name}.values"), values.join(","));
        template += &format!("{name}=${{{name}}}/");
    }
    parameters.insert("storage.location.template".to_owned(), template);
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Glue lets a comment and a description be long.
    #[test]
    fn comments_are_as_short_as_glue_wants_them() {
        let database = "covidx".parse().expect("a name");
        for definition in structure(crate::datasets::covidx_ct::contract(), &database) {
            assert!(definition.description.len() <= 2048, "{}", definition.name);
            for column in definition.columns.iter().chain(&definition.keys) {
                let length = column.comment.chars().count();
                assert!(
                    length <= 255,
                    "{}.{}: {length}",
                    definition.name,
                    column.name
                );
            }
        }
    }
}
