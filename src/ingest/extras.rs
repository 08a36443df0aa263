//! What is below the lake and ctlake has not written: it is reported, and is no fault of the lake.

use std::collections::HashSet;

use object_store::path::Path;
use serde::Serialize;

use super::selection::is_png;
use crate::covidx::{Release, release};
use crate::lake::stray::{Stray, StrayKind, shell_word, shown};
use crate::lake::{Lake, LakeError, SnapshotName, layout, log};

/// No more extras are named: a bucket may hold millions of them.
const NAMED: usize = 1000;

/// What is below the lake and ctlake has not written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Extras {
    /// How many files, objects and folders; what is in a folder isn't counted.
    pub count: u64,
    /// Their bytes, as far as listings tell.
    pub bytes: u64,
    /// And how many files of a release that are in no manifest.
    pub unrecorded: u64,
    /// The first of all of them.
    pub named: Vec<Extra>,
}

/// A file, an object or a folder that ctlake has not written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Extra {
    /// Its name below the lake's root, what can't be printed escaped.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// What it is.
    pub kind: ExtraKind,
    /// A command that removes it, or shows what is in a folder; none for what an ingest may record.
    pub command: Option<String>,
}

/// What an extra is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtraKind {
    /// A file that ctlake has not written.
    File,
    /// An image, label file or metadata of the release's folder that is in no manifest: an ingest may record it.
    Unrecorded,
    /// A file in the folder of a published table that the log doesn't name: who reads folders, as Athena does, reads it too.
    InTable,
    /// An empty object whose key ends in `/`, as the S3 console makes for a folder.
    FolderMarker,
    /// A folder that ctlake has not made.
    Folder,
}

/// Extras as they are found, in any order.
#[derive(Debug, Default)]
pub(super) struct Found(Vec<(Vec<u8>, u64, ExtraKind)>);

impl Found {
    /// Adds a file of a release's folder that is in no manifest.
    pub(super) fn add_landed(&mut self, release: &str, path: &str, bytes: u64) {
        let is_release_file = is_png(path) || release::recognise(path).is_some();
        let kind = if is_release_file {
            ExtraKind::Unrecorded
        } else {
            ExtraKind::File
        };
        self.add(format!("{}/{path}", layout::landing(release)), bytes, kind);
    }

    /// Adds what ctlake could not have written.
    pub(super) fn add_strays(&mut self, strays: &[Stray]) {
        for stray in strays {
            let kind = match stray.kind {
                StrayKind::File => ExtraKind::File,
                StrayKind::Marker => ExtraKind::FolderMarker,
                StrayKind::Folder | StrayKind::Closed(_) => ExtraKind::Folder,
            };
            self.add(stray.name(), stray.bytes, kind);
        }
    }

    fn add(&mut self, name: impl Into<Vec<u8>>, bytes: u64, kind: ExtraKind) {
        self.0.push((name.into(), bytes, kind));
    }

    /// All of them counted, and the first named.
    pub(super) fn extras(mut self, lake: &Lake) -> Extras {
        self.0.sort_by(|a, b| a.0.cmp(&b.0));
        let mut extras = Extras::default();
        for (name, bytes, kind) in self.0 {
            if kind == ExtraKind::Unrecorded {
                extras.unrecorded += 1;
            } else {
                extras.count += 1;
                extras.bytes += bytes;
            }
            if extras.named.len() < NAMED {
                extras.named.push(Extra {
                    path: shown(&name),
                    bytes,
                    kind,
                    command: command(lake, &name, kind),
                });
            }
        }
        extras
    }
}

impl Extras {
    /// Adds those of another part of the lake.
    pub fn append(&mut self, others: &Self) {
        self.count += others.count;
        self.bytes += others.bytes;
        self.unrecorded += others.unrecorded;
        let room = NAMED.saturating_sub(self.named.len());
        self.named.extend(others.named.iter().take(room).cloned());
    }
}

/// What has to be typed to be rid of it, or to see what is in it.
fn command(lake: &Lake, name: &[u8], kind: ExtraKind) -> Option<String> {
    let root = match (lake.s3(), lake.folder()) {
        (Some(_), _) => (lake.uri(&Path::default()) + "/").into_bytes(),
        (None, Some(folder)) => folder.join("").into_os_string().into_encoded_bytes(),
        (None, None) => return None,
    };
    let word = shell_word(&[&root, name].concat());
    Some(match (kind, lake.s3()) {
        (ExtraKind::Unrecorded, _) => return None,
        (ExtraKind::Folder, Some(_)) => format!("aws s3 ls --recursive {word}"),
        (ExtraKind::Folder, None) => format!("ls -la {word}"),
        (_, Some(_)) => format!("aws s3 rm {word}"),
        (_, None) => format!("rm {word}"),
    })
}

/// What is in the lake's own folders besides the releases, and ctlake has not written.
pub async fn elsewhere(lake: &Lake) -> Result<Extras, LakeError> {
    let mut found = Found::default();
    if lake.s3().is_some() {
        // Others may have folders beside those of a lake, but a key such as `//a` can only be a slip.
        let root = lake.list_folder(&Path::default()).await?;
        found.add_strays(&root.strays);
    }
    let landing = lake.list_folder(&layout::key(layout::LANDING)).await?;
    for object in &landing.objects {
        let name = object.location.as_ref();
        found.add(name, object.size, ExtraKind::File);
    }
    for folder in landing.folders.iter().filter(|folder| !is_release(folder)) {
        let name = format!("{folder}/");
        found.add(name, 0, ExtraKind::Folder);
    }
    found.add_strays(&landing.strays);
    let log = layout::key(layout::LOG);
    let own = lake.list_all(&layout::key(layout::OWN)).await?;
    for object in own.objects {
        let key = object.location;
        if key.prefix_matches(&log) && log::number(&key).is_none() {
            found.add(key.as_ref(), object.size, ExtraKind::File);
        }
    }
    found.add_strays(&own.strays);
    let data = lake.list_all(&layout::key(layout::CURATED)).await?;
    let entries = log::read_all(lake).await?;
    let expired = log::expired(&entries);
    let snapshots: HashSet<&SnapshotName> = entries
        .iter()
        .map(|entry| &entry.snapshot)
        .filter(|snapshot| !expired.contains(snapshot))
        .collect();
    let tables = entries.iter().flat_map(|entry| entry.tables.values());
    let named: HashSet<&str> = tables
        .flat_map(|table| &table.files)
        .map(|file| file.path.as_str())
        .collect();
    for object in data.objects {
        let name = object.location.as_ref();
        let snapshot = layout::snapshot_of(&object.location);
        if snapshot.is_some_and(|it| snapshots.contains(&it)) && !named.contains(name) {
            found.add(name, object.size, ExtraKind::InTable);
        }
    }
    found.add_strays(&data.strays);
    Ok(found.extras(lake))
}

fn is_release(folder: &Path) -> bool {
    let name = folder.filename().unwrap_or_default();
    let release = name.parse::<Release>();
    release.is_ok_and(|release| release.as_str() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millions_are_counted_and_a_thousand_named() {
        let lake = Lake::in_memory("lake");
        let mut found = Found::default();
        for number in 0..2_500_u64 {
            found.add_landed("CT-2A", &format!("notes/{number}.txt"), number);
        }
        let extras = found.extras(&lake);
        assert_eq!((extras.count, extras.bytes), (2_500, 3_123_750));
        assert_eq!(extras.named.len(), NAMED);
    }

    #[test]
    fn what_an_ingest_may_record_is_not_to_be_removed() {
        let lake = Lake::in_memory("lake");
        let mut found = Found::default();
        for path in [
            "2A_images/a.png",
            "train_COVIDx_CT-2A.txt",
            "metadata.csv",
            "README.md",
            "notes/metadata.csv",
        ] {
            found.add_landed("CT-2A", path, 1);
        }
        let extras = found.extras(&lake);
        let others = extras.named.iter();
        let others = others.filter(|extra| extra.kind != ExtraKind::Unrecorded);
        let others: Vec<&str> = others.map(|extra| extra.path.as_str()).collect();
        assert_eq!(
            others,
            [
                "landing/CT-2A/README.md",
                "landing/CT-2A/notes/metadata.csv"
            ]
        );
        assert_eq!((extras.unrecorded, extras.count), (3, 2));
    }
}
