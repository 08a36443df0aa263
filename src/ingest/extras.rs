//! What is below the lake and ctlake has not written: it is reported, and is no fault of the lake.

use std::collections::{HashMap, HashSet};

use object_store::path::Path;
use serde::Serialize;

use crate::lake::own_names::{Owner, is_own_folder, owner};
use crate::lake::stray::{Stray, StrayKind, shell_word, shown};
use crate::lake::{FolderListing, Followed, Lake, LakeError, SnapshotName, landing, layout, log};
use crate::release::DatasetFormat;

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
    /// A folder with nothing in it that ctlake has not made.
    EmptyFolder,
    /// A symbolic link to a folder that holds nothing of the lake's: what is behind it is no part of the lake.
    Link,
    /// A file or folder beside the lake's own, or of another writer of its Iceberg or Delta tables: somebody may need it.
    Other,
}

/// Extras as they are found, in any order.
#[derive(Debug, Default)]
pub(super) struct Found(Vec<(Vec<u8>, u64, ExtraKind)>);

/// Finds out what is behind a symbolic link: it may be anybody's, so it is never named as something to remove.
struct Links<'a> {
    lake: &'a Lake,
    /// By folder, whether it is a link or below one.
    seen: HashMap<String, bool>,
}

impl Links<'_> {
    fn hide(&mut self, name: &[u8]) -> bool {
        if self.lake.folder().is_none() {
            return false;
        }
        // No link is followed whose name is no text.
        let name = String::from_utf8_lossy(name);
        let Some((folder, _)) = name.trim_end_matches('/').rsplit_once('/') else {
            return false;
        };
        if let Some(&hidden) = self.seen.get(folder) {
            return hidden;
        }
        let hidden = self.lake.is_link(folder) || self.hide(folder.as_bytes());
        self.seen.insert(folder.to_owned(), hidden);
        hidden
    }
}

impl Found {
    /// Adds a file of a release's folder that is in no manifest.
    pub(super) fn add_landed(
        &mut self,
        format: &dyn DatasetFormat,
        release: &str,
        path: &str,
        bytes: u64,
    ) {
        let is_release_file = format.is_image(path) || format.recognise(path).is_some();
        let kind = if is_release_file {
            ExtraKind::Unrecorded
        } else {
            ExtraKind::File
        };
        self.add(format!("{}/{path}", layout::landing(release)), bytes, kind);
    }

    /// Adds what ctlake could not have written. `is_table` tells which names are those of tables.
    pub(super) fn add_strays(
        &mut self,
        format: &dyn DatasetFormat,
        strays: &[Stray],
        is_table: impl Fn(&str) -> bool,
    ) {
        for stray in strays {
            let kind = match stray.kind {
                StrayKind::File => ExtraKind::File,
                StrayKind::Marker => ExtraKind::FolderMarker,
                StrayKind::Folder | StrayKind::Closed(_) => ExtraKind::Folder,
                StrayKind::EmptyFolder => ExtraKind::EmptyFolder,
                StrayKind::Link => ExtraKind::Link,
            };
            let is_own = matches!(kind, ExtraKind::EmptyFolder | ExtraKind::Link)
                && str::from_utf8(stray.name())
                    .is_ok_and(|name| is_own_folder(name, format, &is_table));
            if !is_own {
                self.add(stray.name(), stray.bytes, kind);
            }
        }
    }

    /// Adds a file below one of ctlake's own folders, if its name is none that ctlake writes.
    fn add_object(
        &mut self,
        format: &dyn DatasetFormat,
        name: &str,
        bytes: u64,
        is_table: impl Fn(&str) -> bool,
    ) {
        match owner(name, format, is_table) {
            Owner::Ours => {}
            Owner::Stranger => self.add(name, bytes, ExtraKind::File),
            Owner::Other => self.add(name, bytes, ExtraKind::Other),
        }
    }

    /// Adds a folder that ctlake has not made.
    fn add_folder(&mut self, lake: &Lake, name: &str, kind: ExtraKind) {
        if lake.is_link(name) {
            self.add(name, 0, ExtraKind::Link);
        } else {
            self.add(format!("{name}/"), 0, kind);
        }
    }

    fn add(&mut self, name: impl Into<Vec<u8>>, bytes: u64, kind: ExtraKind) {
        self.0.push((name.into(), bytes, kind));
    }

    /// All of them counted, and the first named.
    pub(super) fn extras(mut self, lake: &Lake) -> Extras {
        self.0.sort_by(|a, b| a.0.cmp(&b.0));
        let mut extras = Extras::default();
        let mut links = Links {
            lake,
            seen: HashMap::new(),
        };
        for (name, bytes, kind) in self.0 {
            // An ingest may record it, and nobody is told to remove it.
            if kind != ExtraKind::Unrecorded && links.hide(&name) {
                continue;
            }
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
        (ExtraKind::Folder | ExtraKind::Other, Some(_)) => format!("aws s3 ls --recursive {word}"),
        (ExtraKind::Folder | ExtraKind::Other, None) => format!("ls -la {word}"),
        (ExtraKind::EmptyFolder, None) => format!("rmdir {word}"),
        (_, Some(_)) => format!("aws s3 rm {word}"),
        (_, None) => format!("rm {word}"),
    })
}

/// What is in the lake besides the files of its releases, and ctlake has not written.
pub async fn elsewhere(lake: &Lake) -> Result<Extras, LakeError> {
    let format = lake.dataset();
    let entries = log::read_all(lake).await?;
    let tables = lake.contract().tables.iter();
    let mut tables: HashSet<&str> = tables.map(|table| table.name.as_str()).collect();
    tables.extend(
        entries
            .iter()
            .flat_map(|entry| entry.tables.keys().map(String::as_str)),
    );
    let is_table = |name: &str| tables.contains(name);
    let mut found = Found::default();
    let root = lake.list_folder(&Path::default()).await?;
    for object in &root.objects {
        found.add_object(format, object.location.as_ref(), object.size, is_table);
    }
    for folder in &root.folders {
        if !is_own_folder(folder.as_ref(), format, is_table) {
            found.add_folder(lake, folder.as_ref(), ExtraKind::Other);
        }
    }
    found.add_strays(format, &root.strays, is_table);
    in_landing_zone(lake, &mut found).await?;
    // Nothing is followed: only what is in the lake itself can be extra.
    let followed = Followed::default();
    for folder in [layout::OWN, layout::ICEBERG] {
        let listing = lake.list_all(&layout::key(folder), &followed).await?;
        for object in &listing.objects {
            found.add_object(format, object.location.as_ref(), object.size, is_table);
        }
        found.add_strays(format, &listing.strays, is_table);
    }
    let expired = log::expired(&entries);
    let snapshots: HashSet<&SnapshotName> = entries
        .iter()
        .map(|entry| &entry.snapshot)
        .filter(|snapshot| !expired.contains(snapshot))
        .collect();
    let named = entries.iter().flat_map(|entry| entry.tables.values());
    let named: HashSet<&str> = named
        .flat_map(|table| &table.files)
        .map(|file| file.path.as_str())
        .collect();
    let data = lake
        .list_all(&layout::key(layout::CURATED), &followed)
        .await?;
    for object in &data.objects {
        let name = object.location.as_ref();
        let snapshot = layout::snapshot_of(&object.location);
        if snapshot.is_some_and(|it| snapshots.contains(&it)) {
            if !named.contains(name) {
                found.add(name, object.size, ExtraKind::InTable);
            }
        } else {
            found.add_object(format, name, object.size, is_table);
        }
    }
    found.add_strays(format, &data.strays, is_table);
    Ok(found.extras(lake))
}

/// What is at the top of the landing zone besides the releases.
async fn in_landing_zone(lake: &Lake, found: &mut Found) -> Result<(), LakeError> {
    let listing = lake.list_folder(&layout::key(layout::LANDING)).await?;
    for object in &listing.objects {
        found.add(object.location.as_ref(), object.size, ExtraKind::File);
    }
    found.add_strays(lake.dataset(), &listing.strays, |_| false);
    let releases = landing::releases(lake).await?;
    for folder in &listing.folders {
        let name = folder.filename().unwrap_or_default();
        if releases.iter().any(|release| release.as_str() == name) {
            continue;
        }
        // A folder that nobody may open is named as it is, and so is what is behind a link.
        let within = if lake.is_link(folder.as_ref()) {
            FolderListing::default()
        } else {
            lake.list_folder(folder).await.unwrap_or_default()
        };
        match (&within.objects[..], &within.folders[..], &within.strays[..]) {
            ([], [], [marker]) if matches!(marker.kind, StrayKind::Marker) => {
                found.add(marker.name(), 0, ExtraKind::FolderMarker);
            }
            ([], [], []) if lake.s3().is_none() => {
                found.add_folder(lake, folder.as_ref(), ExtraKind::EmptyFolder);
            }
            _ => found.add_folder(lake, folder.as_ref(), ExtraKind::Folder),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millions_are_counted_and_a_thousand_named() {
        let lake = Lake::in_memory("lake", &crate::datasets::covidx_ct::CtFormat);
        let mut found = Found::default();
        for number in 0..2_500_u64 {
            found.add_landed(
                &crate::datasets::covidx_ct::CtFormat,
                "CT-2A",
                &format!("notes/{number}.txt"),
                number,
            );
        }
        let extras = found.extras(&lake);
        assert_eq!((extras.count, extras.bytes), (2_500, 3_123_750));
        assert_eq!(extras.named.len(), NAMED);
    }

    #[test]
    fn what_an_ingest_may_record_is_not_to_be_removed() {
        let lake = Lake::in_memory("lake", &crate::datasets::covidx_ct::CtFormat);
        let mut found = Found::default();
        for path in [
            "2A_images/a.png",
            "train_COVIDx_CT-2A.txt",
            "metadata.csv",
            "README.md",
            "notes/metadata.csv",
        ] {
            found.add_landed(&crate::datasets::covidx_ct::CtFormat, "CT-2A", path, 1);
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
