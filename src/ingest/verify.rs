//! The landing zone against its manifest: what is missing, what is damaged, what is there besides.
//!
//! [`inspect`] only looks; [`withdraw`] makes the manifest stop vouching for what was found, so that the next ingest brings
//! just that again.

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt;
use object_store::path::Path;
use serde::{Deserialize, Serialize};

pub use super::decode::BrokenImage;
use super::decode::decode_images;
use super::error::IngestError;
use super::execute::run_name;
use super::extras::{Extras, Found};
use super::landed_reader::LandedReader;
use crate::lake::landing::LandedFiles;
use crate::lake::manifest::{self, Content, Line, Manifest, ManifestEntry};
use crate::lake::{Completeness, Correction, Difference, Lake, LakeError, Stored, landing, layout};
use crate::progress::{Progress, Stop, Unit};
use crate::release::Release;
use crate::transfer::pool::{self, Limits};

/// So many files are checked between two notes of how far it has come.
const CHECKPOINT_FILES: u64 = 5000;
/// Bytes of files in memory, where a store keeps no checksum and they are read; a larger file is alone.
const MEMORY: u64 = 64_000_000;
/// A check that was interrupted longer ago begins anew.
const CHECKPOINT_AGE: TimeDelta = TimeDelta::days(1);

/// What a verification is asked for.
#[derive(Debug, Clone)]
pub struct VerifyOptions {
    /// The release.
    pub release: Release,
    /// Also compare the CRC-32 of each file as the store has it.
    pub deep: bool,
    /// Also read every image and decode it.
    pub decode: bool,
    /// Requests under way at the same time, at the most.
    pub concurrency: usize,
    /// A request without an answer in this time has failed.
    pub request_timeout: Duration,
    /// Note in the lake how far it has come, so that an interrupted check goes on from there.
    pub resumable: bool,
}

impl VerifyOptions {
    fn reader(&self, lake: &Lake) -> LandedReader {
        let release = self.release.as_str();
        LandedReader::new(lake, release, self.concurrency, self.request_timeout)
    }

    fn limits(&self) -> Limits {
        Limits {
            items: self.concurrency,
            bytes: MEMORY,
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verification {
    /// The release.
    pub release: Release,
    /// Files in the manifest.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files whose checksum was compared.
    pub checked: u64,
    /// Of these compared by an earlier run that was interrupted.
    pub checked_before: u64,
    /// Images that were decoded.
    pub decoded: u64,
    /// What is wrong, in path order.
    pub faults: Vec<FoundFault>,
    /// Images that can't be decoded, in path order. They are as the source has them.
    pub broken_images: Vec<BrokenImage>,
    /// Files that a source has and that are not there, withdrawn and refused ones among them.
    pub missing: u64,
    /// How many of them can't be taken from their source.
    pub refused: u64,
    /// Which of the label files and the metadata is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lacks: Option<String>,
    /// What to correct in the source, where nothing else is wrong.
    #[serde(skip)]
    pub correction: Option<Correction>,
    /// Files that are there where nothing is recorded of the release at all.
    pub unrecorded: u64,
    /// What is there besides. It is no fault.
    pub extras: Extras,
}

/// Something wrong with one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundFault {
    /// Path below the release's folder.
    pub path: String,
    /// What is wrong.
    #[serde(flatten)]
    pub kind: Difference,
}

impl Verification {
    /// Whether all that was planned is there and as it should be. Nothing can be said of files where nothing is recorded.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
            && self.broken_images.is_empty()
            && self.missing == 0
            && self.lacks.is_none()
            && self.unrecorded == 0
    }
}

/// How far an interrupted check had come.
#[derive(Debug, Serialize, Deserialize)]
struct Checkpoint {
    /// All files up to this path were compared.
    through: String,
    /// What was found among them.
    faults: Vec<FoundFault>,
    at: DateTime<Utc>,
}

/// Looks at every file of a release; writes nothing but its own checkpoint.
pub async fn inspect(
    lake: &Lake,
    options: &VerifyOptions,
    progress: Arc<dyn Progress>,
    stop: &Stop,
) -> Result<Verification, IngestError> {
    let release = options.release.as_str();
    let manifest = manifest::read(lake, release).await?;
    let listed =
        landing::list_expected(lake, release, manifest.entries().keys().map(String::as_str))
            .await?;
    let landed = listed.files.iter().map(|(path, _)| path.as_str());
    let top_files = landed.filter(|path| !path.contains('/'));
    let completeness = Completeness::of(lake.dataset(), &options.release, &manifest, top_files);
    let (faults, besides) = compare(&listed, &manifest);
    let is_recorded = !manifest.objects().is_empty();
    let mut extras = Found::default();
    for (path, bytes) in besides.iter().filter(|_| is_recorded) {
        extras.add_landed(lake.dataset(), release, path, *bytes);
    }
    extras.add_strays(lake.dataset(), &listed.strays, |_| false);
    let mut found = Verification {
        release: options.release.clone(),
        files: manifest.entries().len() as u64,
        bytes: manifest.entries().values().map(|entry| entry.bytes).sum(),
        checked: 0,
        checked_before: 0,
        decoded: 0,
        faults,
        broken_images: Vec::new(),
        missing: completeness.missing.len() as u64,
        refused: completeness.refused,
        lacks: completeness.lacks(),
        correction: completeness.correction(),
        unrecorded: if is_recorded { 0 } else { besides.len() as u64 },
        extras: extras.extras(lake),
    };
    if options.deep {
        compare_checksums(lake, options, &manifest, &mut found, &*progress, stop).await?;
    }
    if options.decode {
        decode(lake, options, &manifest, &mut found, &*progress, stop).await?;
    }
    found.faults.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Compares listing and manifest: the faults in path order, and the files besides.
///
/// | in the manifest | listed | fault |
/// |---|---|---|
/// | yes | no | missing |
/// | yes | at another size | size |
/// | yes | at that size | none |
/// | withdrawn, or planned | – | none: it is known, and counted as missing |
/// | no | yes | none: it is there besides |
fn compare<'a>(
    listed: &'a LandedFiles,
    manifest: &Manifest,
) -> (Vec<FoundFault>, Vec<(&'a str, u64)>) {
    let files = listed.files.iter();
    let sizes: HashMap<&str, u64> = files.map(|(path, bytes)| (path.as_str(), *bytes)).collect();
    let mut faults = Vec::new();
    for entry in manifest.entries().values() {
        let kind = match sizes.get(entry.path.as_str()) {
            None => Difference::Missing,
            Some(&found) if found != entry.bytes => Difference::Size {
                expected: entry.bytes,
                found,
            },
            Some(_) => continue,
        };
        faults.push(FoundFault {
            path: entry.path.clone(),
            kind,
        });
    }
    faults.sort_by(|a, b| a.path.cmp(&b.path));
    let missing: HashSet<&str> = manifest.missing().into_iter().collect();
    let files = listed.files.iter();
    let besides = files
        .map(|(path, bytes)| (path.as_str(), *bytes))
        .filter(|(path, _)| !manifest.entries().contains_key(*path) && !missing.contains(path))
        .collect();
    (faults, besides)
}

/// The files of which nothing wrong is known yet, in path order.
fn without_faults<'a>(
    manifest: &'a Manifest,
    faults: &[FoundFault],
) -> impl Iterator<Item = &'a ManifestEntry> + use<'a> {
    let faulty = faults.iter().map(|fault| fault.path.clone());
    let faulty: HashSet<String> = faulty.collect();
    let entries = manifest.entries().values();
    entries.filter(move |entry| !faulty.contains(&entry.path))
}

async fn compare_checksums(
    lake: &Lake,
    options: &VerifyOptions,
    manifest: &Manifest,
    found: &mut Verification,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<(), IngestError> {
    let release = options.release.as_str();
    let key = layout::verified(release);
    let before = read_checkpoint(lake, &key).await?;
    // What was damaged before may have been brought again since: it is asked for once more.
    let done = |path: &str| {
        before.as_ref().is_some_and(|before| {
            path <= before.through.as_str() && before.faults.iter().all(|fault| fault.path != path)
        })
    };
    let (before_now, entries): (Vec<_>, Vec<&ManifestEntry>) =
        without_faults(manifest, &found.faults).partition(|entry| done(&entry.path));
    found.checked_before = before_now.len() as u64;
    found.checked = found.checked_before;
    progress.begin("checksums", Unit::Files, entries.len() as u64);
    let files = found.checked_before + entries.len() as u64;
    let reader = options.reader(lake);
    let mut noted = before.is_some();
    let mut through = before.map_or_else(String::new, |before| before.through);
    let mut damaged = Vec::new();
    // In path order, so that one path says how far it has come.
    let ask = |entry: &Arc<ManifestEntry>| {
        let (reader, entry) = (reader.clone(), Arc::clone(entry));
        async move { reader.stored(&entry.path).await }
    };
    let mut answers = pin!(pool::in_order(
        entries.into_iter().cloned(),
        options.limits(),
        |entry: &ManifestEntry| entry.bytes,
        ask
    ));
    while let Some((entry, stored)) = answers.next().await {
        let kind = match stored.map_err(LakeError::from)?? {
            None => Some(Difference::Missing),
            Some(Stored { crc32, .. }) => match crc32 {
                Some(crc32) if crc32 != entry.crc32 => Some(Difference::Checksum {
                    expected: entry.crc32,
                    found: crc32,
                }),
                _ => None,
            },
        };
        if let Some(kind) = kind {
            damaged.push(FoundFault {
                path: entry.path.clone(),
                kind,
            });
        }
        if entry.path > through {
            through.clone_from(&entry.path);
        }
        found.checked += 1;
        progress.advance(1);
        let stopped = stop.requested();
        if options.resumable && (stopped || found.checked.is_multiple_of(CHECKPOINT_FILES)) {
            let checkpoint = Checkpoint {
                through: through.clone(),
                faults: damaged.clone(),
                at: Utc::now(),
            };
            let text = serde_json::to_vec(&checkpoint).expect("plain data serialises");
            lake.write(&key, Bytes::from(text)).await?;
            noted = true;
        }
        if stopped {
            progress.end();
            return Err(IngestError::VerifyStopped {
                checked: found.checked,
                files,
            });
        }
    }
    progress.end();
    found.faults.append(&mut damaged);
    if noted && options.resumable {
        lake.delete(vec![key]).await?;
    }
    Ok(())
}

/// Decodes every image in which no fault was found yet.
async fn decode(
    lake: &Lake,
    options: &VerifyOptions,
    manifest: &Manifest,
    found: &mut Verification,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<(), IngestError> {
    let images = without_faults(manifest, &found.faults);
    let images = images.filter(|entry| lake.dataset().is_image(&entry.path));
    let images = images.cloned().collect();
    let (reader, limits) = (options.reader(lake), options.limits());
    let decoded = decode_images(&reader, images, limits, progress, stop).await?;
    found.decoded = decoded.images;
    found.broken_images = decoded.broken;
    let different = decoded.different.into_iter();
    let faults = different.map(|(path, kind)| FoundFault { path, kind });
    found.faults.extend(faults);
    Ok(())
}

async fn read_checkpoint(lake: &Lake, key: &Path) -> Result<Option<Checkpoint>, LakeError> {
    let Some(text) = lake.read_if_exists(key).await? else {
        return Ok(None);
    };
    // One that can't be read costs a check from the beginning.
    let checkpoint = serde_json::from_slice::<Checkpoint>(&text).ok();
    Ok(checkpoint.filter(|checkpoint| Utc::now() - checkpoint.at < CHECKPOINT_AGE))
}

/// Makes the manifest stop vouching for what was found missing or damaged.
pub async fn withdraw(lake: &Lake, found: &Verification) -> Result<u64, LakeError> {
    let release = found.release.as_str();
    let lines: Vec<Line> = found
        .faults
        .iter()
        .map(|fault| Line::Withdrawn {
            path: fault.path.clone(),
            withdrawn: fault.kind.text(),
        })
        .collect();
    let withdrawn = lines.len() as u64;
    if withdrawn > 0 {
        manifest::add(lake, release, &run_name(None), 0, &Content::Part(lines)).await?;
    }
    Ok(withdrawn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::manifest::ManifestObject;

    #[test]
    fn the_table_holds() {
        let stored = |path: &str| {
            Line::Stored(ManifestEntry {
                path: path.to_owned(),
                bytes: 5,
                crc32: 1,
                width: None,
                height: None,
                source: None,
            })
        };
        let withdrawn = Line::Withdrawn {
            path: "withdrawn".to_owned(),
            withdrawn: "missing".to_owned(),
        };
        let content = Content::Part(vec![
            stored("gone"),
            stored("short"),
            stored("whole"),
            withdrawn,
        ]);
        let (name, _) = content.encode("20261124T000000Z", 0);
        let manifest = Manifest::replay(vec![ManifestObject { name, content }]);
        let files = [("short", 4), ("whole", 5), ("withdrawn", 5), ("strange", 5)];
        let listed = LandedFiles {
            files: files.map(|(path, bytes)| (path.to_owned(), bytes)).into(),
            strays: Vec::new(),
        };
        let (faults, besides) = compare(&listed, &manifest);
        let said: Vec<String> = faults
            .iter()
            .map(|fault| format!("{}: {}", fault.path, fault.kind.text()))
            .collect();
        assert_eq!(said, ["gone: missing", "short: expected 5 bytes, found 4"]);
        assert_eq!(besides, [("strange", 5)]);
    }
}
