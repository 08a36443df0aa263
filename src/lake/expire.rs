//! Expiring: the files of old snapshots, and what builds that died have left, are removed; the log stays. These are the steps of
//! `ops::expire`, which knows what catalogs show.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use object_store::ObjectMeta;
use serde::Serialize;

use super::error::LakeError;
use super::handle::Lake;
use super::layout;
use super::listing::Followed;
use super::log::{self, Entry, Operation};
use super::snapshot::SnapshotName;

/// What is kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// So many of the newest snapshots that the log names, the current one among them.
    pub keep: usize,
    /// And everything younger than this.
    pub older_than: Duration,
}

/// What is to be removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ExpirePlan {
    /// Snapshots, oldest first.
    pub snapshots: Vec<ExpiredSnapshot>,
    /// Files that a process was writing when it died.
    pub staged: Vec<String>,
    /// The last entry that was seen.
    #[serde(skip)]
    seen: u64,
}

/// A snapshot whose files go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExpiredSnapshot {
    /// Its name.
    pub snapshot: SnapshotName,
    /// Whether an entry of the log names it; if not, a build died or was stopped.
    pub published: bool,
    /// Bytes of its files.
    pub bytes: u64,
    /// Its files.
    pub files: Vec<String>,
}

/// Plans from what is in the lake now. `shown` are the snapshots that catalogs name files of.
pub async fn plan(
    lake: &Lake,
    retention: Retention,
    shown: &BTreeSet<SnapshotName>,
) -> Result<ExpirePlan, LakeError> {
    let entries = log::read_all(lake).await?;
    // A table may be on another disk. Behind a link further down may be anything, and what is listed may be removed.
    let tables = entries.iter().flat_map(|entry| entry.tables.keys());
    let tables = Followed::folders(tables.map(|table| format!("{}/{table}", layout::CURATED)));
    let data = lake
        .list_all(&layout::key(layout::CURATED), &tables)
        .await?;
    for stray in &data.strays {
        stray.check_open(|folder| is_of_a_table(&entries, folder))?;
    }
    let staged = lake
        .list_all(&layout::key(layout::STAGING), &Followed::default())
        .await?;
    Ok(decide(
        &entries,
        shown,
        &data.objects,
        &staged.objects,
        retention,
        Utc::now(),
    ))
}

/// What goes, given the log, what catalogs show, the objects below `curated/` and those being written.
///
/// | snapshot | is current or among the `keep` newest | youngest file | goes |
/// |---|---|---|---|
/// | named by the log | yes | – | no |
/// | named by the log | no | younger than `older_than` | no |
/// | named by the log | no | older | yes |
/// | not named | – | younger | no: a build may be writing it |
/// | not named | – | older | yes |
/// | shown by a catalog | – | – | no |
/// | any, and the log is empty | – | – | no: where nothing was published, nothing can be said in the log |
fn decide(
    entries: &[Entry],
    shown: &BTreeSet<SnapshotName>,
    data: &[ObjectMeta],
    staged: &[ObjectMeta],
    retention: Retention,
    now: DateTime<Utc>,
) -> ExpirePlan {
    let old = |object: &ObjectMeta| {
        let age = now.signed_duration_since(object.last_modified).to_std();
        age.is_ok_and(|age| age >= retention.older_than)
    };
    let mut by_snapshot: BTreeMap<SnapshotName, Vec<&ObjectMeta>> = BTreeMap::new();
    for object in data {
        if let Some(snapshot) = layout::snapshot_of(&object.location) {
            by_snapshot.entry(snapshot).or_default().push(object);
        }
    }
    let published: HashSet<&SnapshotName> = entries.iter().map(|entry| &entry.snapshot).collect();
    let kept = newest(entries, retention.keep);
    let seen = entries.last().map_or(0, |entry| entry.number);
    let snapshots = by_snapshot
        .into_iter()
        .filter(|(snapshot, files)| {
            seen > 0
                && !kept.contains(snapshot)
                && !shown.contains(snapshot)
                && files.iter().all(|object| old(object))
        })
        .map(|(snapshot, files)| ExpiredSnapshot {
            published: published.contains(&snapshot),
            bytes: files.iter().map(|object| object.size).sum(),
            files: files
                .iter()
                .map(|object| object.location.to_string())
                .collect(),
            snapshot,
        })
        .collect();
    let staged = staged
        .iter()
        .filter(|object| old(object))
        .map(|object| object.location.to_string())
        .collect();
    ExpirePlan {
        snapshots,
        staged,
        seen,
    }
}

/// The `keep` snapshots that were shown last, the current one always among them.
fn newest(entries: &[Entry], keep: usize) -> HashSet<&SnapshotName> {
    let mut kept = HashSet::new();
    for entry in entries.iter().rev() {
        if kept.len() >= keep.max(1) {
            break;
        }
        kept.insert(&entry.snapshot);
    }
    kept
}

/// Whether a folder is that of a table, or in it: what is there decides whether a snapshot is old.
fn is_of_a_table(entries: &[Entry], folder: &str) -> bool {
    let table = folder.split('/').nth(1).unwrap_or_default();
    entries.iter().any(|entry| entry.tables.contains_key(table))
}

/// Removes the files of a plan that was declared.
pub async fn remove(lake: &Lake, plan: &ExpirePlan) -> Result<(), LakeError> {
    let files = plan.snapshots.iter().flat_map(|expired| &expired.files);
    let keys = files.chain(&plan.staged).map(|file| layout::key(file));
    lake.delete(keys.collect()).await
}

/// Says in the log which snapshots go, before their first file does: a killed expire can't leave one that looks whole, and nobody
/// can show it any more, neither a build that was taken for dead nor a rollback. A snapshot that was shown after it was planned is
/// spared: the plan that remains is returned.
pub async fn declare(lake: &Lake, mut plan: ExpirePlan) -> Result<ExpirePlan, LakeError> {
    loop {
        let entries = log::read_all(lake).await?;
        let shown: HashSet<&SnapshotName> = entries
            .iter()
            .filter(|entry| entry.number > plan.seen)
            .map(|entry| &entry.snapshot)
            .collect();
        plan.snapshots
            .retain(|expired| !shown.contains(&expired.snapshot));
        let said = log::expired(&entries);
        let names = plan.snapshots.iter().map(|expired| &expired.snapshot);
        let snapshots: Vec<_> = names.filter(|name| !said.contains(name)).cloned().collect();
        let Some(last) = entries.last().filter(|_| !snapshots.is_empty()) else {
            break;
        };
        let entry = last.shown_again(last.number, Operation::Expire { snapshots });
        if log::append(lake, &entry).await? {
            break;
        }
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64, snapshot: &str) -> Entry {
        serde_json::from_value(serde_json::json!({
            "number": number, "operation": {"kind": "publish"}, "snapshot": snapshot, "snapshot_id": 1, "content_id": "c",
            "parent": null, "committed_at": "", "release": "CT-2A", "tool_version": "", "contract_version": "",
            "inputs": [], "tables": {},
        }))
        .expect("an entry")
    }

    fn file(snapshot: &str, modified: &str) -> ObjectMeta {
        ObjectMeta {
            location: layout::key(&format!("curated/patients/{snapshot}/part-00000.parquet")),
            last_modified: modified.parse().expect("a time"),
            size: 10,
            e_tag: None,
            version: None,
        }
    }

    const OLD: &str = "20260101T000000Z-00000000-0001";
    const NEW: &str = "20260102T000000Z-00000000-0002";
    const DEAD: &str = "20260103T000000Z-00000000-0003";

    fn decided(keep: usize, hours: u64) -> Vec<String> {
        decided_with(&[], keep, hours)
    }

    fn decided_with(shown: &[&str], keep: usize, hours: u64) -> Vec<String> {
        let entries = [entry(1, OLD), entry(2, NEW)];
        let data = [
            file(OLD, "2026-01-01T00:00:00Z"),
            file(NEW, "2026-01-02T00:00:00Z"),
            file(DEAD, "2026-01-03T00:00:00Z"),
        ];
        let retention = Retention {
            keep,
            older_than: Duration::from_secs(hours * 3600),
        };
        let now = "2026-01-03T12:00:00Z".parse().expect("a time");
        let shown = shown.iter().map(|name| name.parse().expect("a name"));
        decide(&entries, &shown.collect(), &data, &[], retention, now)
            .snapshots
            .into_iter()
            .map(|expired| expired.snapshot.to_string())
            .collect()
    }

    #[test]
    fn the_table_holds() {
        assert_eq!(decided(1, 0), [OLD, DEAD]);
        assert_eq!(decided(2, 0), [DEAD]);
        assert_eq!(decided(1, 24), [OLD]);
        assert_eq!(decided(1, 24 * 30), [""; 0]);
        assert_eq!(decided(0, 0), [OLD, DEAD], "the current one always stays");
        assert_eq!(decided_with(&[OLD], 1, 0), [DEAD], "a catalog shows it");
    }
}
