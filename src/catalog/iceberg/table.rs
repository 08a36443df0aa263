//! An Iceberg table as its metadata tells it. Pure.

use std::collections::HashMap;

use iceberg::spec::{Snapshot, TableMetadata};

use crate::catalog::definition::parameter;
use crate::catalog::versions::{Foreign, Version};
use crate::lake::SnapshotName;

/// What there is of a table.
#[derive(Debug, Clone, Default)]
pub(in crate::catalog) struct IcebergTable {
    /// The number of the newest metadata file in the lake; 0 before the first.
    pub(super) version: u64,
    /// The number that readers without a catalog are sent to.
    pub(super) hint: Option<u64>,
    /// What is shown.
    pub(super) metadata: Option<TableMetadata>,
    /// The file in which that stands.
    pub(super) file: Option<String>,
    /// The snapshot that a database still shows, where it was not moved with the lake.
    pub(super) lagging: Option<SnapshotName>,
}

impl IcebergTable {
    /// Our versions that can be read, oldest first.
    pub(super) fn readable(&self) -> Vec<Version> {
        let mut snapshots: Vec<&Snapshot> = self.snapshots().collect();
        snapshots.sort_by_key(|snapshot| snapshot.sequence_number());
        let mut versions: Vec<Version> = snapshots.into_iter().filter_map(of_snapshot).collect();
        // A version that shows an older one again has no snapshot of its own.
        let current = self.current().filter(|current| {
            let same = |version: &Version| version.snapshot == current.snapshot;
            !versions.contains(current) && versions.iter().any(same)
        });
        versions.extend(current);
        versions
    }

    /// The last of our versions: it stands in the table's properties, which somebody else's version leaves alone.
    pub(super) fn current(&self) -> Option<Version> {
        current(self.metadata.as_ref()?)
    }

    /// The snapshot that is shown, where it is not that of our last version.
    pub(super) fn foreign(&self) -> Option<Foreign> {
        let metadata = self.metadata.as_ref()?;
        let shown = metadata.current_snapshot()?;
        let ours = of_snapshot(shown);
        let operation = match (&ours, self.current()) {
            (Some(ours), Some(current)) if ours.snapshot == current.snapshot => return None,
            (Some(ours), _) => format!("back to entry {}", ours.entry),
            (None, _) => shown.summary().operation.as_str().to_owned(),
        };
        Some(Foreign {
            version: shown.snapshot_id().to_string(),
            operation,
        })
    }

    /// The snapshot of the table that has the files of `name`.
    pub(super) fn showing(&self, name: &SnapshotName) -> Option<&Snapshot> {
        let shows =
            |snapshot: &&Snapshot| of_snapshot(snapshot).is_some_and(|v| v.snapshot == *name);
        self.snapshots().find(shows)
    }

    fn snapshots(&self) -> impl Iterator<Item = &Snapshot> {
        let metadata = self.metadata.iter();
        metadata.flat_map(|metadata| metadata.snapshots().map(AsRef::as_ref))
    }
}

/// The last of our versions that the metadata shows or has shown.
pub(super) fn current(metadata: &TableMetadata) -> Option<Version> {
    mark(metadata.properties())
}

/// The version that a snapshot was made for, where it is ours.
pub(super) fn of_snapshot(snapshot: &Snapshot) -> Option<Version> {
    mark(&snapshot.summary().additional_properties)
}

/// What makes a version ours.
pub(super) fn marks(version: &Version) -> [(String, String); 2] {
    [
        (parameter::ENTRY.to_owned(), version.entry.to_string()),
        (parameter::SNAPSHOT.to_owned(), version.snapshot.to_string()),
    ]
}

fn mark(properties: &HashMap<String, String>) -> Option<Version> {
    Some(Version {
        entry: properties.get(parameter::ENTRY)?.parse().ok()?,
        snapshot: properties.get(parameter::SNAPSHOT)?.parse().ok()?,
    })
}
