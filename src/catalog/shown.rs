//! What catalogs show of a lake now, asked there.

use std::collections::BTreeSet;

use serde::Serialize;

use super::definition::{Body, parameter};
use super::delta::Delta;
use super::error::CatalogError;
use super::glue::Glue;
use super::glue_tables::{self, GlueTables};
use super::iceberg::Iceberg;
use super::plan::FoundTable;
use super::versioned::{self, Versioned};
use super::versions::Foreign;
use crate::lake::projection::{self, Format, Projection};
use crate::lake::{Lake, SnapshotName, layout};

/// What one catalog shows.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// Where it is.
    pub projection: Projection,
    /// The lake's tables that are there.
    pub tables: Vec<ShownTable>,
    /// Tables and views that should be there and are not, or are somebody else's.
    pub missing: Vec<String>,
}

/// A table in a catalog.
#[derive(Debug, Clone, Serialize)]
pub struct ShownTable {
    /// Its name.
    pub table: String,
    /// The entry of the log that it shows, as it says.
    pub entry: Option<u64>,
    /// The snapshots whose files it names: one, unless its partitions are being moved, or a move was cut short.
    pub snapshots: BTreeSet<SnapshotName>,
    /// A version that somebody else made, where that is what the table shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub foreign: Option<Foreign>,
}

impl Shown {
    /// Whether everything is there, and every table shows the files of `snapshot`, the current one, and nothing else.
    #[must_use]
    pub fn is_current(&self, snapshot: &SnapshotName) -> bool {
        self.missing.is_empty()
            && self
                .tables
                .iter()
                .all(|table| table.foreign.is_none() && table.snapshots.iter().eq([snapshot]))
    }
}

/// Asks every catalog that the lake is recorded in. Each answers or fails by itself.
pub async fn shown(
    lake: &Lake,
) -> Result<Vec<(Projection, Result<Shown, CatalogError>)>, CatalogError> {
    let mut all = Vec::new();
    for projection in projection::read_all(lake).await? {
        let shown = match (projection.format, lake.s3()) {
            // Glue shows no folder, even when it is a copy of a lake that is shown.
            (Format::Hive, None) => continue,
            (Format::Hive, Some(s3)) => ask(lake, &Glue::new(s3), &projection).await,
            (Format::Iceberg, _) => {
                versions(&Iceberg::of(lake, &projection), lake, &projection).await
            }
            (Format::Delta, _) => versions(&Delta::of(&projection), lake, &projection).await,
        };
        all.push((projection, shown));
    }
    Ok(all)
}

/// The snapshots that any catalog shows: their files must stay. One catalog that can't be asked may show any.
pub async fn shown_snapshots(lake: &Lake) -> Result<BTreeSet<SnapshotName>, CatalogError> {
    let mut snapshots = BTreeSet::new();
    for (projection, shown) in shown(lake).await? {
        let shown = shown.map_err(|source| CatalogError::Unknown {
            projection: projection.key().to_string(),
            place: projection.to_string(),
            source: Box::new(source),
        })?;
        snapshots.extend(shown.tables.into_iter().flat_map(|table| table.snapshots));
    }
    Ok(snapshots)
}

async fn ask(lake: &Lake, glue: &Glue, projection: &Projection) -> Result<Shown, CatalogError> {
    let names: Vec<&str> = projection.tables.iter().map(String::as_str).collect();
    let lists = FoundTable::lists_partitions;
    let database = projection.database.as_deref().unwrap_or_default();
    let found = glue.find(database, &names, lists).await?;
    let ours: Vec<FoundTable> = found
        .tables
        .into_values()
        .filter(|table| table.lake() == Some(lake.name()))
        .collect();
    let is_there = |name: &&String| ours.iter().any(|table| table.definition.name == **name);
    let missing = projection.tables.iter().filter(|name| !is_there(name));
    let tables = ours.iter().filter(|table| !table.definition.is_view());
    Ok(Shown {
        projection: projection.clone(),
        missing: missing.cloned().collect(),
        tables: tables.map(|table| shown_table(lake, table)).collect(),
    })
}

/// What the tables show stands in the lake; the database only has to know them.
async fn versions<F: Versioned>(
    format: &F,
    lake: &Lake,
    projection: &Projection,
) -> Result<Shown, CatalogError> {
    let mut shown = versioned::shown(format, lake, projection).await?;
    match (lake.s3(), &projection.database, GlueTables::of(projection)) {
        (Some(_), Some(_), Some(tables)) => {
            shown
                .missing
                .extend(glue_tables::missing(lake, &tables).await?);
        }
        // No database can have that name.
        (Some(_), Some(_), None) => shown.missing.extend(projection.tables.clone()),
        _ => {}
    }
    Ok(shown)
}

fn shown_table(lake: &Lake, found: &FoundTable) -> ShownTable {
    let root = lake.uri(&layout::key(layout::CURATED));
    let snapshot = |location: &str| {
        let below = location.strip_prefix(&root)?;
        below.split('/').nth(2)?.parse::<SnapshotName>().ok()
    };
    let own = match &found.definition.body {
        Body::Parquet(location) => snapshot(location),
        Body::View { .. } | Body::Iceberg(_) | Body::Delta(_) | Body::Other(_) => None,
    };
    let partitions = found.definition.partitions.iter();
    let others = partitions.filter_map(|partition| snapshot(&partition.location));
    ShownTable {
        table: found.definition.name.clone(),
        entry: found
            .parameter(parameter::ENTRY)
            .and_then(|number| number.parse().ok()),
        snapshots: own.into_iter().chain(others).collect(),
        foreign: None,
    }
}
