//! A Delta table as its log tells it, version after version. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::action::{Action, Add, MetaData, Protocol};
use super::error::DeltaError;
use crate::catalog::definition::parameter;
use crate::catalog::versions::{Foreign, Version};
use crate::lake::SnapshotName;

/// What we read and write: no version that needs more is understood.
pub(super) const PROTOCOL: Protocol = Protocol {
    min_reader_version: 1,
    min_writer_version: 2,
};

/// What there is of a table.
#[derive(Debug, Clone, Default)]
pub(in crate::catalog) struct DeltaTable {
    /// The number that the next version will have.
    pub(super) next: u64,
    pub(super) protocol: Option<Protocol>,
    pub(super) metadata: Option<MetaData>,
    /// The files that it has now, by path.
    pub(super) active: BTreeMap<String, Add>,
    /// Our versions with their numbers, oldest first.
    pub(super) ours: Vec<(u64, Version)>,
    /// The newest version that changes anything, where it is not ours.
    pub(super) foreign: Option<Foreign>,
}

impl DeltaTable {
    /// Reads version [`next`](Self::next), which `key` holds.
    pub(super) fn read(&mut self, key: &str, text: &[u8]) -> Result<(), DeltaError> {
        let mut actions = Vec::new();
        for line in text.split(|byte| *byte == b'\n') {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let action = serde_json::from_slice(line).map_err(|source| DeltaError::Damaged {
                path: key.to_owned(),
                source,
            })?;
            actions.push(action);
        }
        self.push(actions);
        match &self.protocol {
            Some(found) if !is_understood(found) => Err(DeltaError::Protocol {
                path: key.to_owned(),
                reader: found.min_reader_version,
                writer: found.min_writer_version,
            }),
            _ => Ok(()),
        }
    }

    /// The table with one version more.
    pub(super) fn push(&mut self, actions: Vec<Action>) {
        let version = self.next;
        self.next += 1;
        let info = actions.iter().find_map(|action| action.commit_info.clone());
        let info = info.unwrap_or_default();
        if let Some(shown) = info.user_metadata.as_deref().and_then(read_mark) {
            self.ours.push((version, shown));
            self.foreign = None;
        } else if !actions.iter().all(Action::is_remark) {
            self.foreign = Some(Foreign {
                version: version.to_string(),
                operation: info.operation.unwrap_or_else(|| "unknown".to_owned()),
            });
        }
        for action in actions {
            if let Some(remove) = action.remove {
                self.active.remove(&remove.path);
            }
            if let Some(add) = action.add {
                self.active.insert(add.path.clone(), add);
            }
            self.protocol = action.protocol.or(self.protocol.take());
            self.metadata = action.meta_data.or(self.metadata.take());
        }
    }

    /// The last of our versions.
    pub(super) fn current(&self) -> Option<&Version> {
        self.ours.last().map(|(_, shown)| shown)
    }

    /// The snapshots whose files it has now.
    pub(super) fn snapshots(&self) -> BTreeSet<SnapshotName> {
        let first = |path: &String| path.split('/').next()?.parse().ok();
        let named = self.active.keys().filter_map(first);
        let shown = self.current().map(|shown| shown.snapshot.clone());
        named.chain(shown).collect()
    }
}

fn is_understood(found: &Protocol) -> bool {
    found.min_reader_version <= PROTOCOL.min_reader_version
        && found.min_writer_version <= PROTOCOL.min_writer_version
}

/// The text by which a version of ours is known: the entry of the log and the snapshot that it shows.
pub(super) fn mark(shown: &Version) -> String {
    let mark = json!({parameter::ENTRY: shown.entry, parameter::SNAPSHOT: shown.snapshot});
    mark.to_string()
}

fn read_mark(text: &str) -> Option<Version> {
    let mark: Value = serde_json::from_str(text).ok()?;
    Some(Version {
        entry: mark[parameter::ENTRY].as_u64()?,
        snapshot: mark[parameter::SNAPSHOT].as_str()?.parse().ok()?,
    })
}
