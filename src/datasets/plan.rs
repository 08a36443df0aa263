//! What a build will read, and whether it has to be done at all: what the plans of all datasets have in common.

use std::any::Any;
use std::fmt;

use serde::Serialize;
use serde_json::json;

use super::error::BuildError;
use super::options::BuildOptions;
use crate::lake::log::{self, Input};
use crate::lake::manifest::{Manifest, ManifestEntry};
use crate::lake::{Completeness, Digest, Lake, SnapshotName, landing, layout, snapshots};
use crate::release::Release;

/// A build, before anything is written.
#[derive(Debug, Serialize)]
pub struct BuildPlan {
    /// The release.
    pub release: Release,
    /// Digest of everything that decides the result, hex.
    pub content_id: String,
    /// What is read: label files, metadata, then what the manifest says.
    pub inputs: Vec<Input>,
    /// What is to be done.
    pub action: Action,
    /// What the user should know of the landing zone.
    pub warnings: Vec<String>,
    /// What the dataset has read for it.
    #[serde(skip)]
    pub prepared: Prepared,
}

/// What a dataset has read when it planned a build, and needs to carry it out.
pub struct Prepared(Box<dyn Any + Send>);

impl Prepared {
    /// Of whatever type it is.
    pub fn new(prepared: impl Any + Send) -> Self {
        Self(Box::new(prepared))
    }

    /// What was prepared.
    ///
    /// # Panics
    /// When another dataset has prepared it.
    #[must_use]
    pub fn take<T: Any>(self) -> T {
        let prepared = self.0.downcast();
        *prepared.expect("a plan is carried out by the dataset that made it")
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prepared")
    }
}

/// What a build has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Write the tables and publish them.
    Build,
    /// Nothing: this snapshot has the same content already.
    UpToDate(SnapshotName),
    /// Nothing: this snapshot has the same content, and it was rolled back.
    RolledBack(SnapshotName),
}

/// The release to build: the one that is wanted, or the only one in the landing zone.
pub async fn choose_release(lake: &Lake, wanted: Option<&Release>) -> Result<Release, BuildError> {
    if let Some(wanted) = wanted
        && landing::is_there(lake, wanted).await?
    {
        return Ok(wanted.clone());
    }
    let found = landing::releases(lake).await?;
    match (wanted, &found[..]) {
        (_, []) => Err(BuildError::NoRelease {
            lake: lake.name().to_owned(),
            folders: lake.folders(&layout::key(layout::LANDING)).await?,
        }),
        (Some(wanted), _) => Err(BuildError::UnknownRelease {
            wanted: wanted.clone(),
            found,
        }),
        (None, [release]) => Ok(release.clone()),
        (None, _) => Err(BuildError::SeveralReleases(found)),
    }
}

/// Refuses a landing zone that lacks files: an image that is still to come would be a row without one.
pub fn check_whole(
    release: &Release,
    completeness: Completeness,
    options: &BuildOptions,
) -> Result<(), BuildError> {
    match completeness.missing.first() {
        Some(first) if !options.partial => Err(BuildError::Unfinished {
            release: release.clone(),
            missing: completeness.missing.len() as u64,
            first: first.clone(),
            refused: completeness.reason,
        }),
        _ => Ok(()),
    }
}

/// What the manifest says of the images. Its content counts, not how many runs have written it or where the files came from.
#[must_use]
pub fn landed(release: &Release, manifest: &Manifest) -> Input {
    let mut digest = Digest::default();
    for ManifestEntry {
        path,
        bytes,
        crc32,
        width,
        height,
        ..
    } in manifest.entries().values()
    {
        let entry = json!([path, bytes, crc32, width, height]).to_string();
        digest.update(entry.as_bytes());
    }
    Input {
        path: layout::manifest(release.as_str()).to_string(),
        bytes: manifest.entries().values().map(|entry| entry.bytes).sum(),
        digest: digest.to_string(),
    }
}

/// What there is to do for a build whose content has this id.
pub async fn action(lake: &Lake, content_id: &str) -> Result<Action, BuildError> {
    let entries = log::read_all(lake).await?;
    Ok(match entries.last() {
        Some(current) if current.content_id == content_id => {
            Action::UpToDate(current.snapshot.clone())
        }
        _ => match snapshots::rolled_back(&entries, content_id) {
            Some(entry) => Action::RolledBack(entry.snapshot.clone()),
            None => Action::Build,
        },
    })
}
