//! The lake's tables as Delta tables: a log of versions beside the data files, `curated/<table>/_delta_log/`.
//!
//! | file | what is in it |
//! |---|---|
//! | `action` | the lines of a version |
//! | `table` | what the versions add up to |
//! | `schema` | a table's description |
//! | `file` | a data file, with its statistics |
//! | `version` | the next version |
//! | `glue` | the tables in AWS Glue |

mod action;
mod error;
mod file;
mod glue;
mod schema;
mod table;
mod version;

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::{StreamExt, future, stream};
use object_store::path::Path;

pub use self::error::DeltaError;
pub(super) use self::glue::wanted;
use self::table::DeltaTable;
use super::error::CatalogError;
use super::evolution;
use super::plan::differences;
use super::versioned::{self, Taken, Versioned};
use super::versions::{Action, History, Step, Version};
use crate::contract::Table;
use crate::lake::log::{self, Entry};
use crate::lake::projection::{Format, Projection};
use crate::lake::{Lake, layout};

/// Versions that are read at once.
const READS: usize = 16;

/// Delta tables in the lake. Where a database in Glue has them too, that is written by others.
pub(super) struct Delta {
    projection: Projection,
}

impl Delta {
    /// With the region and the name of a database, where one has the tables; their names have `suffix` there.
    pub(super) fn new(lake: &Lake, database: Option<(&str, &str)>, suffix: &str) -> Self {
        Self {
            projection: versioned::projection(lake, Format::Delta, database, suffix),
        }
    }

    /// Where they were registered before.
    pub(super) fn of(projection: &Projection) -> Self {
        Self {
            projection: projection.clone(),
        }
    }
}

impl Versioned for Delta {
    type State = BTreeMap<String, DeltaTable>;

    fn projection(&self) -> Projection {
        self.projection.clone()
    }

    async fn read(
        &self,
        lake: &Lake,
        tables: &[&'static Table],
    ) -> Result<Self::State, CatalogError> {
        let read = tables.iter().map(|table| async move {
            let found = read(lake, &table.name).await?;
            Ok::<_, CatalogError>((table.name.clone(), found))
        });
        Ok(future::try_join_all(read).await?.into_iter().collect())
    }

    /// Every version stays: what expires only can't be read any more, and there is nothing to remove.
    fn history(&self, _: &Lake, state: &Self::State, table: &Table, entries: &[Entry]) -> History {
        let Some(found) = state.get(&table.name) else {
            return History::default();
        };
        let expired = log::expired(entries);
        let readable = |version: &&Version| !expired.contains(&version.snapshot);
        let ours = found.ours.iter().map(|(_, version)| version);
        let mut history = History {
            current: found.current().cloned(),
            readable: ours.filter(readable).cloned().collect(),
            foreign: found.foreign.clone(),
            snapshots: found.snapshots(),
            ..History::default()
        };
        if let Some(metadata) = &found.metadata {
            let wanted = schema::metadata(table, Some(metadata), "", 0);
            let (is, becomes) = (schema::definition(metadata), schema::definition(&wanted));
            // What others have made of the table is overwritten as a whole, or not at all.
            if found.foreign.is_none() {
                history.incompatible = evolution::check(&is, &becomes).err();
            }
            history.differences = differences(&is, &becomes);
        }
        history
    }

    async fn take(
        &self,
        lake: &Lake,
        state: &mut Self::State,
        step: &Step,
        entry: &Entry,
    ) -> Result<Taken, CatalogError> {
        let table = lake
            .contract()
            .table(&step.table)
            .expect("steps are made of the contract's tables");
        let found = state.entry(step.table.clone()).or_default();
        let is_described = |wanted: &action::MetaData| found.metadata.as_ref() == Some(wanted);
        let idle = match &step.action {
            // A version before this one has brought it.
            Action::Describe { .. } => {
                is_described(&schema::metadata(table, found.metadata.as_ref(), "", 0))
            }
            Action::Expire { .. } => true,
            Action::Publish(_) | Action::Rollback { .. } => false,
        };
        if idle {
            return Ok(Taken::Done);
        }
        let actions = version::next(table, found, &step.action, entry);
        let text = Bytes::from(version::text(&actions));
        let key = key(&step.table, found.next);
        // Who shows the same entry writes the same bytes.
        if !lake.create_same(&key, text).await? {
            return Ok(Taken::Lost);
        }
        found.push(actions);
        Ok(Taken::Done)
    }

    fn requests(&self) -> u64 {
        0
    }
}

/// `curated/<table>/_delta_log`.
fn folder(table: &str) -> Path {
    layout::key(&format!("{}/{table}/_delta_log", layout::CURATED))
}

/// `curated/<table>/_delta_log/00000000000000000007.json`.
fn key(table: &str, version: u64) -> Path {
    layout::key(&format!("{}/{version:020}.json", folder(table)))
}

/// Reads all versions of a table.
async fn read(lake: &Lake, table: &str) -> Result<DeltaTable, CatalogError> {
    let listing = lake.list_folder(&folder(table)).await?;
    let objects = listing.objects.iter();
    let versions = objects.filter(|object| is_version(&object.location));
    let keys: Vec<Path> = versions.map(|object| object.location.clone()).collect();
    for (number, found) in (0..).zip(&keys) {
        let expected = key(table, number);
        if *found != expected {
            return Err(DeltaError::Gap {
                expected: expected.to_string(),
                found: found.to_string(),
            }
            .into());
        }
    }
    let mut texts = stream::iter(&keys)
        .map(|key| lake.read(key))
        .buffered(READS)
        .zip(stream::iter(&keys));
    let mut found = DeltaTable::default();
    while let Some((text, key)) = texts.next().await {
        found.read(key.as_ref(), &text?)?;
    }
    Ok(found)
}

/// Whether it is a version, and not a checkpoint or a checksum that others have put beside it.
fn is_version(location: &Path) -> bool {
    let name = location
        .filename()
        .and_then(|name| name.strip_suffix(".json"));
    name.is_some_and(|name| name.len() == 20 && name.bytes().all(|byte| byte.is_ascii_digit()))
}
