//! The next metadata of a table, as the bytes of its file.

use std::collections::HashMap;

use bytes::Bytes;
use iceberg::spec::{
    MAIN_BRANCH, Snapshot, SnapshotReference, SnapshotRetention, TableMetadata,
    TableMetadataBuilder,
};
use serde_json::Value;

use super::manifest::{self, Cause};
use super::schema;
use super::table::{IcebergTable, marks};
use crate::catalog::identity::uuid;
use crate::catalog::versions::{Action, Version};
use crate::contract::Table;
use crate::lake::log::Entry;

/// What is to be written, in order: the last is what makes it the table's.
pub(super) struct Next {
    /// What the metadata leads to: names below the table's `metadata/`.
    pub(super) objects: Vec<(String, Bytes)>,
    /// The new metadata.
    pub(super) metadata: TableMetadata,
    /// The same as its file has it.
    pub(super) text: Bytes,
}

/// What `step` makes of `found`. The same of the same, byte for byte, whoever asks: `entry` is that of the step.
pub(super) async fn next(
    table: &Table,
    found: &IcebergTable,
    step: &Action,
    entry: &Entry,
    [location, root]: [&str; 2],
) -> Result<Next, iceberg::Error> {
    let before = if let Some(metadata) = &found.metadata {
        metadata.clone()
    } else {
        let uuid = uuid("iceberg", &table.name, entry.snapshot.as_str());
        schema::nothing(table, location, &uuid)?
    };
    // Readers that go back in time by the clock want it to go forward.
    let time = entry.committed_millis().max(before.last_updated_ms() + 1);
    let shown = before.current_snapshot_id();
    let builder = described(before, found.file.clone(), table)?;
    let mut objects = Vec::new();
    let builder = match step {
        Action::Publish(version) | Action::Rollback { version, .. } => {
            let builder = builder.set_properties(HashMap::from(marks(version)))?;
            if let Some(older) = found.showing(&version.snapshot) {
                show(builder, older.snapshot_id())?
            } else {
                let cause = Cause {
                    table,
                    entry,
                    version,
                    time,
                    root,
                };
                let described = builder.clone().build()?.metadata;
                let new = manifest::next(&described, &cause).await?;
                objects = new.objects;
                builder.set_branch_snapshot(new.snapshot, MAIN_BRANCH)?
            }
        }
        Action::Describe { .. } => builder,
        Action::Expire { versions } => builder.remove_snapshots(&expiring(found, versions)),
    };
    let metadata = builder.build()?.metadata;
    let moved = metadata.current_snapshot_id() != shown;
    let text = text(&metadata, time, moved)?;
    Ok(Next {
        objects,
        // Read back: what was set in the text holds for the step that follows.
        metadata: serde_json::from_slice(&text)?,
        text,
    })
}

/// The same table with the contract's columns and properties.
fn described(
    before: TableMetadata,
    file: Option<String>,
    table: &Table,
) -> Result<TableMetadataBuilder, iceberg::Error> {
    before
        .into_builder(file)
        .add_current_schema(schema::schema(table))?
        .set_properties(schema::properties(table))
}

fn show(builder: TableMetadataBuilder, id: i64) -> Result<TableMetadataBuilder, iceberg::Error> {
    let retention = SnapshotRetention::branch(None, None, None);
    builder.set_ref(MAIN_BRANCH, SnapshotReference::new(id, retention))
}

/// The snapshots that were made for `versions`, without the one that is shown.
pub(super) fn expiring(found: &IcebergTable, versions: &[Version]) -> Vec<i64> {
    let shown = found
        .metadata
        .as_ref()
        .and_then(TableMetadata::current_snapshot_id);
    let named = versions
        .iter()
        .filter_map(|version| found.showing(&version.snapshot));
    named
        .map(Snapshot::snapshot_id)
        .filter(|id| Some(*id) != shown)
        .collect()
}

/// As JSON in one order: of maps the crate keeps none. Where no snapshot is new it takes the time of day: the step's stands in its
/// place, and where another one is shown, `moved`, so it does in the history.
fn text(metadata: &TableMetadata, time: i64, moved: bool) -> Result<Bytes, iceberg::Error> {
    let mut value = serde_json::to_value(metadata)?;
    value["last-updated-ms"] = time.into();
    if moved
        && let Some(last) = value["snapshot-log"]
            .as_array_mut()
            .and_then(|log| log.last_mut())
    {
        last["timestamp-ms"] = time.into();
    }
    for (list, key) in [
        ("schemas", "schema-id"),
        ("partition-specs", "spec-id"),
        ("sort-orders", "order-id"),
        ("snapshots", "sequence-number"),
        ("statistics", "snapshot-id"),
        ("partition-statistics", "snapshot-id"),
    ] {
        if let Some(list) = value.get_mut(list).and_then(Value::as_array_mut) {
            list.sort_by_key(|one| one[key].as_i64());
        }
    }
    value.sort_all_objects();
    Ok(serde_json::to_vec(&value)?.into())
}

#[cfg(test)]
mod tests;
