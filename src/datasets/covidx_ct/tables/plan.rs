//! What a build will read. The metadata, which is small, is read here.

use std::collections::HashSet;

use futures::TryFutureExt;
use futures::future::try_join_all;
use object_store::ObjectMeta;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;
use tokio::try_join;

use super::error::{InputError, LandedFile};
use super::merge::MERGE_VERSION;
use super::roster::Roster;
use super::settings::writer_settings;
use crate::datasets::covidx_ct::contract;
use crate::datasets::covidx_ct::files::release::CtRelease;
use crate::datasets::plan::{Prepared, action, check_whole, choose_release, landed};
use crate::datasets::{Action, BuildError, BuildOptions, BuildPlan};
use crate::lake::log::Input;
use crate::lake::manifest::Manifest;
use crate::lake::{Completeness, Digest, Lake, LakeError, landing, layout, manifest, reader};
use crate::release::Release;

/// What was read for a plan.
#[derive(Debug)]
pub(super) struct Landed {
    /// The objects behind the first four inputs of the plan, in the same order.
    pub(super) objects: Vec<ObjectMeta>,
    /// What the metadata says.
    pub(super) roster: Roster,
    /// What the landing zone holds, by path.
    pub(super) manifest: Manifest,
}

/// Index of the metadata in a plan's inputs; the label files stand before it.
pub(super) const METADATA: usize = 3;

/// Plans a build of what is in the landing zone now.
pub(in crate::datasets::covidx_ct) async fn plan(
    lake: &Lake,
    options: &BuildOptions,
) -> Result<BuildPlan, BuildError> {
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
        prepared: Prepared::new(Landed {
            objects,
            roster,
            manifest,
        }),
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
            Err(source) => Err(BuildError::from(InputError::Metadata { file, source })),
        }
    });
    parsed.await.map_err(LakeError::from)?
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
        return Err(InputError::NoPatients(file).into());
    }
    match roster.unreadable.first() {
        Some(column) => Err(InputError::UnreadableColumn {
            file,
            column: Box::new(column.clone()),
        }
        .into()),
        None => Ok(()),
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
    let completeness = Completeness::of(lake.dataset(), release, manifest, names);
    let found = completeness
        .files
        .as_ref()
        .map_err(|source| BuildError::Files {
            folder: lake.uri(&layout::landing(release.as_str())),
            files: lake.dataset().files_of_a_release(),
            source: Box::new(source.clone()),
        })?;
    let mut objects = Vec::new();
    for name in found.paths() {
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
        "contract": hex::encode(Sha256::digest(&contract().source)),
        "merge": MERGE_VERSION,
        "writer": writer_settings(),
        "landing": landing,
    });
    hex::encode(Sha256::digest(decides.to_string()))
}
