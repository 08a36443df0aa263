//! The next version of a Delta table, as the bytes of its file. Pure.

use serde_json::{Map, Value, json};

use super::action::{Action, CommitInfo};
use super::file;
use super::schema;
use super::table::{DeltaTable, PROTOCOL, mark};
use crate::catalog::versions::{self, Version};
use crate::contract::Table;
use crate::lake::log::Entry;

/// What `step` makes of `found`; `entry` is that of the step.
///
/// What is removed is what the table has and the entry has not, whoever has added it; what is added is what the table lacks. So no
/// path is in both, and the same content again adds nothing.
pub(super) fn next(
    table: &Table,
    found: &DeltaTable,
    step: &versions::Action,
    entry: &Entry,
) -> Vec<Action> {
    let time = entry.committed_millis();
    let mut actions = vec![info(table, found, step, entry, time).into()];
    if found.protocol.is_none() {
        actions.push(PROTOCOL.into());
    }
    let seed = entry.snapshot.as_str();
    let metadata = schema::metadata(table, found.metadata.as_ref(), seed, time);
    if found.metadata.as_ref() != Some(&metadata) {
        actions.push(metadata.into());
    }
    if !matches!(step, versions::Action::Describe { .. }) {
        let wanted = file::files(table, entry);
        let gone = found
            .active
            .values()
            .filter(|add| !wanted.contains_key(&add.path));
        actions.extend(gone.map(|add| file::remove(add, time).into()));
        let written = entry.snapshot.time().timestamp_millis();
        let new = wanted
            .into_iter()
            .filter(|(path, _)| !found.active.contains_key(path));
        actions.extend(new.map(|(path, data)| file::add(table, path, data, written).into()));
    }
    actions
}

/// One object a line.
pub(super) fn text(actions: &[Action]) -> Vec<u8> {
    let mut text = Vec::new();
    for action in actions {
        serde_json::to_writer(&mut text, action).expect("plain data serialises");
        text.push(b'\n');
    }
    text
}

fn info(
    table: &Table,
    found: &DeltaTable,
    step: &versions::Action,
    entry: &Entry,
    time: i64,
) -> CommitInfo {
    let keys: Vec<&str> = table
        .partition_keys
        .iter()
        .map(|key| key.name.as_str())
        .collect();
    let overwrite = json!({"mode": "Overwrite", "partitionBy": json!(keys).to_string()});
    let (operation, parameters) = match step {
        _ if found.metadata.is_none() => ("CREATE TABLE", overwrite),
        versions::Action::Rollback { to, .. } => {
            let older = found.ours.iter().rfind(|(_, shown)| shown.entry == *to);
            let older = older.map_or(0, |(version, _)| *version);
            ("RESTORE", json!({"version": older.to_string()}))
        }
        versions::Action::Describe { .. } => ("REPLACE COLUMNS", json!({})),
        versions::Action::Publish(_) | versions::Action::Expire { .. } => ("WRITE", overwrite),
    };
    // A description changes nothing of what is shown.
    let described = match step {
        versions::Action::Describe { .. } => found.current().cloned(),
        _ => None,
    };
    let shown = described.unwrap_or_else(|| Version {
        entry: entry.number,
        snapshot: entry.snapshot.clone(),
    });
    CommitInfo {
        timestamp: Some(time),
        operation: Some(operation.to_owned()),
        operation_parameters: Some(object(parameters)),
        engine_info: Some(concat!("ctlake/", env!("CARGO_PKG_VERSION")).to_owned()),
        user_metadata: Some(mark(&shown)),
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
