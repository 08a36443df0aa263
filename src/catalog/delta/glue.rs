//! The Delta tables as a database in AWS Glue has them: their columns, and where their log is. Glue has no snapshot of them and no
//! partitions, so that there is nothing to move when a version comes.

use crate::catalog::database::DatabaseName;
use crate::catalog::definition::{Body, Definition, PROVIDER, TABLE_TYPE, parameter};
use crate::catalog::wanted::{self, Wanted};
use crate::contract::Table;
use crate::lake::log::Entry;
use crate::lake::{Lake, layout};

/// What the database should have; names have `suffix`.
pub(in crate::catalog) fn wanted(
    lake: &Lake,
    entry: &Entry,
    database: &DatabaseName,
    suffix: &str,
) -> Wanted {
    let there = lake
        .contract()
        .tables_to_publish()
        .filter(|table| !table.optional || entry.has_rows(&table.name));
    Wanted {
        database: database.clone(),
        title: lake.contract().title,
        lake: lake.name().to_owned(),
        snapshot: entry.snapshot.to_string(),
        entry: entry.number,
        definitions: there.map(|table| definition(lake, table, suffix)).collect(),
    }
}

fn definition(lake: &Lake, table: &Table, suffix: &str) -> Definition {
    let root = layout::key(&format!("{}/{}", layout::CURATED, table.name));
    let parameters = [
        ("EXTERNAL", "TRUE"),
        ("classification", "delta"),
        // Trino and Spark know it by the first, Athena by the second.
        (PROVIDER, "delta"),
        (TABLE_TYPE, "DELTA"),
        (parameter::LAKE, lake.name()),
        (parameter::CONTRACT, &table.contract_version),
    ];
    Definition {
        name: table.name.clone() + suffix,
        description: table.description.clone(),
        columns: table.all_columns().map(wanted::column).collect(),
        // The log has the partitions; readers want none here.
        keys: Vec::new(),
        body: Body::Delta(lake.uri(&root)),
        parameters: parameters
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        partitions: Vec::new(),
    }
}
