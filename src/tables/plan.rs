//! What a build will read, and whether it has to be done at all. The metadata, which is small, is read here.

use std::collections::HashSet;

use futures::TryFutureExt;
use futures::future::try_join_all;
use object_store::ObjectMeta;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;
use tokio::try_join;

use super::error::{BuildError, LandedFile};
use super::merge::MERGE_VERSION;
use super::options::BuildOptions;
use super::roster::Roster;
use super::settings::writer_settings;
use crate::contract;
use crate::covidx::Release;
use crate::lake::log::{self, Input};
use crate::lake::manifest::{Manifest, ManifestEntry};
use crate::lake::{
    Completeness, Digest, Lake, LakeError, SnapshotName, landing, layout, manifest, reader,
    snapshots,
};

/// A build, before anything is written.
#[derive(Debug, Serialize)]
pub struct BuildPlan {
    /// The release.
    pub release: Release,
    /// Digest of everything that decides the result, hex.
    pub content_id: String,
    /// What is read: train, val and test labels, metadata, then what the manifest says.
    pub inputs: Vec<Input>,
    /// What is to be done.
    pub action: Action,
    /// What the user should know of the landing zone.
    pub warnings: Vec<String>,
    /// The objects behind the first four `inputs`, in the same order.
    #[serde(skip)]
    pub(super) objects: Vec<ObjectMeta>,
    /// What the metadata says.
    #[serde(skip)]
    pub(super) roster: Roster,
    /// What the landing zone holds, by path.
    #[serde(skip)]
    pub(super) manifest: Manifest,
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

/// Index of the metadata in a plan's inputs; the label files stand before it.
pub(super) const METADATA: usize = 3;

/// Plans a build of what is in the landing zone now.
pub async fn plan(lake: &Lake, options: &BuildOptions) -> Result<BuildPlan, BuildError> {
    let release = choose_release(lake, options.release.as_ref()).await?;
    let manifest = manifest::read(lake, release.as_str()).await?;
    let (objects, completeness) = inputs(lake, &release, &manifest).await?;
    let digests = objects[..METADATA]
        .iter()
        .map(|object| reader::digest(lake, object).map_err(BuildError::from));
    // Side by side: the one takes as long as the other.
    let (mut digests, (digest, roster)) =
        try_join!(try_join_all(digests), roster(lake, &objects[METADATA]))?;
    digests.push(digest);
    if !options.bad_metadata {
        check_metadata(&roster, landed_file(lake, &objects[METADATA]))?;
    }
    let mut inputs: Vec<Input> = digests
        .into_iter()
        .zip(&objects)
        .map(|(digest, object)| Input {
            path: object.location.to_string(),
            bytes: object.size,
            digest,
        })
        .collect();
    check_whole(&release, completeness, options)?;
    inputs.push(landed(&release, &manifest));
    let landing = lake.object_key(&layout::landing(release.as_str()));
    let content_id = content_id(&release, &inputs, &landing, options);
    let action = if options.force {
        Action::Build
    } else {
        action(lake, &content_id).await?
    };
    let warnings = warnings(&release, &manifest);
    Ok(BuildPlan {
        release,
        content_id,
        inputs,
        action,
        warnings,
        objects,
        roster,
        manifest,
    })
}

/// The metadata and its digest, of the same bytes.
async fn roster(lake: &Lake, object: &ObjectMeta) -> Result<(String, Roster), BuildError> {
    let text = lake.read(&object.location).await?;
    let file = landed_file(lake, object);
    let parsed = spawn_blocking(move || {
        let mut digest = Digest::default();
        digest.update(&text);
        match Roster::parse(&text, &file.path) {
            Ok(roster) => Ok((digest.to_string(), roster)),
            Err(source) => Err(BuildError::Metadata { file, source }),
        }
    });
    parsed.await.map_err(LakeError::from)?
}

async fn choose_release(lake: &Lake, wanted: Option<&Release>) -> Result<Release, BuildError> {
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

fn landed_file(lake: &Lake, object: &ObjectMeta) -> LandedFile {
    LandedFile {
        lake: lake.name().to_owned(),
        path: object.location.to_string(),
    }
}

/// Of every slice, nothing would be known.
fn check_metadata(roster: &Roster, file: LandedFile) -> Result<(), BuildError> {
    if roster.patients.len() == 0 {
        return Err(BuildError::NoPatients(file));
    }
    match roster.unreadable.first() {
        Some(column) => Err(BuildError::UnreadableColumn {
            file,
            column: Box::new(column.clone()),
        }),
        None => Ok(()),
    }
}

/// An image that is still to come would be a row without one.
fn check_whole(
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

/// The label files and the metadata, and what else is lacking.
async fn inputs(
    lake: &Lake,
    release: &Release,
    manifest: &Manifest,
) -> Result<(Vec<ObjectMeta>, Completeness), BuildError> {
    let files = landing::top_files(lake, release.as_str()).await?;
    let names = files.iter().filter_map(|file| file.location.filename());
    let completeness = Completeness::of(release, manifest, names);
    let found = completeness
        .files
        .as_ref()
        .map_err(|source| BuildError::Files {
            folder: lake.uri(&layout::landing(release.as_str())),
            source: Box::new(source.clone()),
        })?;
    let mut objects = Vec::new();
    for name in found.splits.iter().chain([&found.metadata]) {
        let file = files
            .iter()
            .find(|file| file.location.filename() == Some(name));
        objects.extend(file.cloned());
    }
    Ok((objects, completeness))
}

/// Images that an earlier version has put in other folders, and no version in the release's: no label line is joined with them.
fn warnings(release: &Release, manifest: &Manifest) -> Vec<String> {
    let folder = release.image_folder();
    let images = manifest.entries().keys().filter_map(|path| {
        let (found, name) = path.rsplit_once('/')?;
        Some((found == folder, name))
    });
    let (own, others): (Vec<_>, Vec<_>) = images.partition(|(own, _)| *own);
    let own: HashSet<&str> = own.into_iter().map(|(_, name)| name).collect();
    let outside = others.iter().filter(|(_, name)| !own.contains(name));
    match outside.count() {
        0 => Vec::new(),
        outside => vec![format!(
            "{outside} images of {release} lie outside `{folder}/` in the landing zone and are passed over: `ctlake ingest` from their source puts those that the labels name there"
        )],
    }
}

/// What the manifest says of the images. Its content counts, not how many runs have written it or where the files came from.
fn landed(release: &Release, manifest: &Manifest) -> Input {
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

fn content_id(
    release: &Release,
    inputs: &[Input],
    landing: &str,
    options: &BuildOptions,
) -> String {
    let decides = json!({
        "release": release,
        "inputs": inputs,
        "max_bad_rows": options.max_bad_rows,
        "previews": options.previews,
        "contract": hex::encode(Sha256::digest(contract::SOURCE)),
        "merge": MERGE_VERSION,
        "writer": writer_settings(),
        "landing": landing,
    });
    hex::encode(Sha256::digest(decides.to_string()))
}

async fn action(lake: &Lake, content_id: &str) -> Result<Action, BuildError> {
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
