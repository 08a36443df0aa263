//! The lake's tables as Iceberg tables (format version 2): `iceberg/<table>/metadata/`, apart from the data files.
//!
//! | file | what is in it |
//! |---|---|
//! | `schema` | a table's description |
//! | `file` | a data file, with its statistics |
//! | `manifest` | a new snapshot |
//! | `metadata` | the next metadata of a table |
//! | `table` | what the metadata says |
//! | `glue` | the tables in AWS Glue |
//!
//! A version is committed by creating `v<N>.metadata.json`, after all that it leads to; then `version-hint.text` and Glue are moved to
//! it. Crate `iceberg` is known to this folder only, and makes bytes: reading and writing is the lake's.

mod error;
mod file;
mod glue;
mod manifest;
mod metadata;
mod schema;
mod table;

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::future;
use iceberg::spec::{FormatVersion, TableMetadata};
use object_store::path::Path;

pub use self::error::IcebergError;
pub(super) use self::glue::{follow, is_of, wanted};
use self::table::IcebergTable;
use super::database::DatabaseName;
use super::definition::ICEBERG_ROOT;
use super::error::CatalogError;
use super::evolution;
use super::glue::Glue;
use super::plan::{Change, differences};
use super::versioned::{self, Taken, Versioned};
use super::versions::{Action, History, Step};
use crate::contract::Table;
use crate::lake::log::Entry;
use crate::lake::projection::{Format, Projection};
use crate::lake::{Lake, S3, layout};

const HINT: &str = "version-hint.text";

/// What there is, by the tables' names.
pub(super) type State = BTreeMap<String, IcebergTable>;

/// Iceberg tables in the lake, and the database in Glue that has them too. It is moved by others, but where somebody else has moved
/// it, that is what is shown.
pub(super) struct Iceberg {
    projection: Projection,
    glue: Option<Glue>,
}

impl Iceberg {
    /// With a database, where one has the tables; their names have `suffix` there.
    pub(super) fn new(lake: &Lake, database: Option<&DatabaseName>, suffix: &str) -> Self {
        let region = lake.s3().map(S3::region);
        let database = region.zip(database.map(DatabaseName::as_str));
        Self::of(
            lake,
            &versioned::projection(lake, Format::Iceberg, database, suffix),
        )
    }

    /// Where they were registered before.
    pub(super) fn of(lake: &Lake, projection: &Projection) -> Self {
        Self {
            projection: projection.clone(),
            glue: lake
                .s3()
                .filter(|_| projection.database.is_some())
                .map(Glue::new),
        }
    }

    /// Where somebody else has moved a table in Glue, that is its newest metadata.
    async fn look_in_glue(&self, lake: &Lake, state: &mut State) -> Result<(), CatalogError> {
        let (Some(glue), Some(database)) = (&self.glue, &self.projection.database) else {
            return Ok(());
        };
        let names: Vec<&str> = self.projection.tables.iter().map(String::as_str).collect();
        let found = glue.find(database, &names, |_| false).await?;
        for (table, name) in lake
            .contract()
            .tables_to_publish()
            .zip(&self.projection.tables)
        {
            let there = found.tables.get(name);
            let there = there.filter(|there| there.lake() == Some(lake.name()));
            let Some(file) = there.and_then(|there| there.parameter(glue::LOCATION)) else {
                continue;
            };
            let folder = address(lake, &metadata_folder(&table.name)) + "/";
            let found = state.entry(table.name.clone()).or_default();
            if let Some(ours) = file.strip_prefix(&folder).and_then(number) {
                if ours != found.version {
                    let key = metadata_key(&table.name, ours);
                    let shown = table::current(&load(lake, &table.name, &key).await?);
                    found.lagging = shown.map(|version| version.snapshot);
                }
                continue;
            }
            let key = file
                .strip_prefix(&root(lake))
                .and_then(|key| Path::parse(key).ok())
                .ok_or_else(|| IcebergError::Elsewhere {
                    table: format!("{database}.{name}"),
                    found: file.to_owned(),
                    expected: root(lake),
                })?;
            found.metadata = Some(load(lake, &table.name, &key).await?);
            found.file = Some(file.to_owned());
        }
        Ok(())
    }
}

impl Versioned for Iceberg {
    type State = State;

    fn projection(&self) -> Projection {
        self.projection.clone()
    }

    async fn read(&self, lake: &Lake, _: &[&'static Table]) -> Result<State, CatalogError> {
        let mut state = read(lake).await?;
        self.look_in_glue(lake, &mut state).await?;
        Ok(state)
    }

    fn history(&self, _: &Lake, state: &State, table: &Table, _: &[Entry]) -> History {
        let Some(found) = state.get(&table.name) else {
            return History::default();
        };
        let current = found.current();
        let shown = current.iter().map(|shown| shown.snapshot.clone());
        let mut history = History {
            readable: found.readable(),
            foreign: found.foreign(),
            snapshots: shown.chain(found.lagging.clone()).collect(),
            current,
            ..History::default()
        };
        if let Some(metadata) = &found.metadata {
            let (is, becomes) = (
                schema::found(table, metadata),
                schema::wanted(table, metadata.location()),
            );
            // What others have made of the table is overwritten as a whole, or not at all.
            if history.foreign.is_none() {
                history.incompatible = evolution::check(&is, &becomes).err();
            }
            history.differences = differences(&is, &becomes);
            history.differences.extend(behind(found));
        }
        history
    }

    async fn take(
        &self,
        lake: &Lake,
        state: &mut State,
        step: &Step,
        entry: &Entry,
    ) -> Result<Taken, CatalogError> {
        let table = lake
            .contract()
            .table(&step.table)
            .expect("steps are made of the contract's tables");
        let found = state.entry(step.table.clone()).or_default();
        if !is_done(table, found, &step.action) {
            let location = address(lake, &folder(&table.name));
            let next = metadata::next(table, found, &step.action, entry, [&location, &root(lake)])
                .await
                .map_err(IcebergError::make(&table.name))?;
            for (name, bytes) in next.objects {
                let key = in_metadata(&table.name, &name);
                if !lake.create_object(&key, bytes).await? {
                    // What is there has the same content: its name says so. That it is there is seen for sure.
                    lake.read(&key).await?;
                }
            }
            let key = metadata_key(&table.name, found.version + 1);
            // Who shows the same entry writes the same bytes.
            if !lake.create_same(&key, next.text).await? {
                return Ok(Taken::Lost);
            }
            found.version += 1;
            found.metadata = Some(next.metadata);
            found.file = Some(address(lake, &key));
        }
        if found.hint != Some(found.version) {
            let hint = Bytes::from(found.version.to_string());
            lake.write(&in_metadata(&table.name, HINT), hint).await?;
            found.hint = Some(found.version);
        }
        Ok(Taken::Done)
    }

    fn requests(&self) -> u64 {
        self.glue.as_ref().map_or(0, Glue::requests)
    }
}

/// Whether `found` is as the step wants it, but for the hint.
fn is_done(table: &Table, found: &IcebergTable, step: &Action) -> bool {
    let Some(metadata) = &found.metadata else {
        return false;
    };
    match step {
        // A version before this one may have brought it.
        Action::Describe { .. } => {
            let becomes = schema::wanted(table, metadata.location());
            differences(&schema::found(table, metadata), &becomes).is_empty()
        }
        Action::Expire { versions } => metadata::expiring(found, versions).is_empty(),
        Action::Publish(_) | Action::Rollback { .. } => false,
    }
}

/// How many files each table's metadata is to be moved on by.
pub(super) fn ahead(steps: &[Step]) -> BTreeMap<String, u64> {
    let mut ahead = BTreeMap::new();
    for step in steps {
        let moves = match &step.action {
            Action::Publish(_) | Action::Rollback { .. } | Action::Expire { .. } => true,
            // A version before it brings it, and the hint is no version.
            Action::Describe { changes } => {
                !ahead.contains_key(&step.table) && changes.iter().any(|change| change.what != HINT)
            }
        };
        if moves {
            *ahead.entry(step.table.clone()).or_default() += 1;
        }
    }
    ahead
}

/// A process may have died between a version and its hint.
fn behind(found: &IcebergTable) -> Option<Change> {
    (found.hint != Some(found.version)).then(|| Change {
        what: HINT.to_owned(),
        from: found.hint.map(|hint| hint.to_string()),
        to: Some(found.version.to_string()),
    })
}

/// Reads what the lake has of every table.
pub(super) async fn read(lake: &Lake) -> Result<State, CatalogError> {
    let read = lake.contract().tables_to_publish().map(|table| async move {
        let found = read_table(lake, &table.name).await?;
        Ok::<_, CatalogError>((table.name.clone(), found))
    });
    Ok(future::try_join_all(read).await?.into_iter().collect())
}

async fn read_table(lake: &Lake, table: &str) -> Result<IcebergTable, CatalogError> {
    let listing = lake.list_folder(&metadata_folder(table)).await?;
    let objects = listing.objects.iter();
    let versions = objects.filter_map(|object| {
        let version = number(object.location.filename()?)?;
        // Not `v007` or `v+7`, which others may have put there.
        (metadata_key(table, version) == object.location).then_some(version)
    });
    let Some(version) = versions.max() else {
        return Ok(IcebergTable::default());
    };
    let hint = lake.read_if_exists(&in_metadata(table, HINT)).await?;
    let hint = hint.and_then(|text| std::str::from_utf8(&text).ok()?.trim().parse().ok());
    let key = metadata_key(table, version);
    Ok(IcebergTable {
        version,
        hint,
        metadata: Some(load(lake, table, &key).await?),
        file: Some(address(lake, &key)),
        lagging: None,
    })
}

async fn load(lake: &Lake, table: &str, key: &Path) -> Result<TableMetadata, CatalogError> {
    let path = key.to_string();
    let text = lake.read(key).await?;
    let metadata: TableMetadata = match serde_json::from_slice(&text) {
        Ok(metadata) => metadata,
        Err(source) => return Err(IcebergError::Damaged { path, source }.into()),
    };
    let expected = address(lake, &folder(table));
    if metadata.location() != expected {
        let found = metadata.location().to_owned();
        return Err(IcebergError::Moved {
            path,
            found,
            expected,
        }
        .into());
    }
    match metadata.format_version() {
        FormatVersion::V2 => Ok(metadata),
        other => Err(IcebergError::Version {
            path,
            found: other as u8,
        }
        .into()),
    }
}

/// `iceberg/<table>`.
fn folder(table: &str) -> Path {
    layout::key(&format!("{ICEBERG_ROOT}/{table}"))
}

/// `iceberg/<table>/metadata`.
fn metadata_folder(table: &str) -> Path {
    layout::key(&format!("{ICEBERG_ROOT}/{table}/metadata"))
}

fn in_metadata(table: &str, name: &str) -> Path {
    layout::key(&format!("{ICEBERG_ROOT}/{table}/metadata/{name}"))
}

/// `iceberg/<table>/metadata/v7.metadata.json`: so readers without a catalog find it.
fn metadata_key(table: &str, version: u64) -> Path {
    in_metadata(table, &format!("v{version}.metadata.json"))
}

/// The number in the name of a metadata file of ours.
fn number(name: &str) -> Option<u64> {
    let digits = name.strip_prefix('v')?.strip_suffix(".metadata.json")?;
    digits.parse().ok()
}

/// What stands before a key in its address: Iceberg has whole addresses, with a scheme.
fn root(lake: &Lake) -> String {
    let scheme = if lake.folder().is_some() {
        "file://"
    } else {
        ""
    };
    format!(
        "{scheme}{}/",
        lake.uri(&Path::default()).trim_end_matches('/')
    )
}

fn address(lake: &Lake, key: &Path) -> String {
    format!("{}{key}", root(lake))
}
