//! The Iceberg tables as a database in AWS Glue has them: their columns, and which metadata file is theirs. Moving a table from one
//! file to the next is one request, and what readers without a hint see.

use std::collections::BTreeMap;

use super::table::IcebergTable;
use super::{State, address, metadata_key, number};
use crate::catalog::database::DatabaseName;
use crate::catalog::definition::{Body, Definition, ICEBERG_ROOT, TABLE_TYPE, parameter};
use crate::catalog::plan::Found;
use crate::catalog::versions::{Foreign, Refusal};
use crate::catalog::wanted::{self, Wanted};
use crate::contract::Table;
use crate::lake::log::Entry;
use crate::lake::{Lake, layout};

/// Where a table's metadata is.
pub(super) const LOCATION: &str = "metadata_location";
/// Where it was before.
const PREVIOUS: &str = "previous_metadata_location";

/// What the database should have of `tables`; names have `suffix`. `ahead` tells how many versions a table is to be moved before.
pub(in crate::catalog) fn wanted(
    lake: &Lake,
    tables: &State,
    ahead: &BTreeMap<String, u64>,
    entry: &Entry,
    database: &DatabaseName,
    suffix: &str,
) -> Wanted {
    let definitions = lake.contract().tables_to_publish().filter_map(|table| {
        let found = tables.get(&table.name).map_or(0, |found| found.version);
        let version = found + ahead.get(&table.name).copied().unwrap_or_default();
        (version > 0).then(|| definition(lake, table, version, suffix))
    });
    Wanted {
        database: database.clone(),
        title: lake.contract().title,
        lake: lake.name().to_owned(),
        snapshot: entry.snapshot.to_string(),
        entry: entry.number,
        definitions: definitions.collect(),
    }
}

fn definition(lake: &Lake, table: &Table, version: u64, suffix: &str) -> Definition {
    let file = address(lake, &metadata_key(&table.name, version));
    let parameters = [
        (TABLE_TYPE, "ICEBERG"),
        (LOCATION, &file),
        (parameter::LAKE, lake.name()),
        (parameter::CONTRACT, &table.contract_version),
    ];
    Definition {
        name: table.name.clone() + suffix,
        description: table.description.clone(),
        columns: table.all_columns().map(wanted::column).collect(),
        // The metadata has the partitions; readers want none here.
        keys: Vec::new(),
        body: Body::Iceberg(address(lake, &super::folder(&table.name))),
        parameters: parameters
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        partitions: Vec::new(),
    }
}

/// Whether a table with these parameters is at a file of the lake. Engines that commit to it leave the others of ours out.
pub(in crate::catalog) fn is_of(lake: &Lake, parameters: &BTreeMap<String, String>) -> bool {
    let tables = address(lake, &layout::key(ICEBERG_ROOT)) + "/";
    let file = parameters.get(LOCATION);
    file.is_some_and(|file| file.starts_with(&tables))
}

/// Completes `wanted` with the file that each table was at before. Refused where that is one that the new one doesn't follow: somebody
/// has moved the table since.
pub(in crate::catalog) fn follow(
    wanted: &mut Wanted,
    found: &Found,
    tables: &State,
    lake: &Lake,
) -> Result<(), Refusal> {
    let ours = found
        .tables
        .values()
        .filter(|table| table.lake() == Some(lake.name()));
    for there in ours {
        let name = &there.definition.name;
        let mut definitions = wanted.definitions.iter_mut();
        let definition = definitions.find(|definition| definition.name == *name);
        let (Some(definition), Some(now)) = (definition, there.parameter(LOCATION)) else {
            continue;
        };
        let previous = if definition.parameters.get(LOCATION).map(String::as_str) == Some(now) {
            there.parameter(PREVIOUS)
        } else {
            let known = tables.values().any(|table| follows(table, now));
            if !known {
                return Err(Refusal::Foreign {
                    table: name.clone(),
                    foreign: Foreign {
                        version: now.to_owned(),
                        operation: "moved in AWS Glue".to_owned(),
                    },
                });
            }
            Some(now)
        };
        if let Some(previous) = previous {
            definition
                .parameters
                .insert(PREVIOUS.to_owned(), previous.to_owned());
        }
    }
    Ok(())
}

/// Whether the newest metadata of `table` comes from that in `file`.
fn follows(table: &IcebergTable, file: &str) -> bool {
    let Some(metadata) = &table.metadata else {
        return false;
    };
    let folder = format!("{}/metadata/", metadata.location());
    let mut log = metadata.metadata_log().iter();
    let in_log = log.any(|before| before.metadata_file == file);
    let known = |name: &str| number(name).is_some_and(|number| number <= table.version);
    in_log || file.strip_prefix(&folder).is_some_and(known)
}
