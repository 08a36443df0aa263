//! The manifest's objects in the lake.

use std::collections::HashSet;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;

use super::object::{Content, ManifestObject, ObjectName};
use super::state::Manifest;
use crate::lake::{Lake, LakeError, layout};

/// Objects that are read at the same time.
const READERS: usize = 16;
/// A sealing takes objects away while they are read: then they are listed again. It does so once, not for ever.
const ROUNDS: usize = 5;

/// All that is known of a release.
pub async fn read(lake: &Lake, release: &str) -> Result<Manifest, LakeError> {
    let mut rounds = 0;
    loop {
        rounds += 1;
        match read_listed(lake, release).await {
            Err(error) if error.is_not_found() && rounds < ROUNDS => {}
            Ok(objects) => return Ok(Manifest::replay(objects)),
            Err(error) => return Err(error),
        }
    }
}

/// Whether anything is recorded of a release.
pub async fn exists(lake: &Lake, release: &str) -> Result<bool, LakeError> {
    Ok(!names(lake, release).await?.is_empty())
}

async fn names(lake: &Lake, release: &str) -> Result<Vec<ObjectName>, LakeError> {
    let listing = lake.list_folder(&layout::manifest(release)).await?;
    let objects = listing.objects.iter();
    let names = objects.filter_map(|object| object.location.filename()?.parse().ok());
    Ok(names.collect())
}

async fn read_listed(lake: &Lake, release: &str) -> Result<Vec<ManifestObject>, LakeError> {
    let mut names = names(lake, release).await?;
    let mut objects = Vec::new();
    // The newest sealed one first: most of the others need not be read then.
    if let Some(newest) = names.iter().rposition(|name| name.kind() == "sealed") {
        let sealed = get(lake, release, names.remove(newest)).await?;
        if let Content::Sealed { covers, .. } = &sealed.content {
            let covered: HashSet<&ObjectName> = covers.iter().collect();
            names.retain(|name| !covered.contains(name));
        }
        objects.push(sealed);
    }
    let mut others: Vec<ManifestObject> = stream::iter(names)
        .map(|name| get(lake, release, name))
        .buffered(READERS)
        .try_collect()
        .await?;
    objects.append(&mut others);
    Ok(objects)
}

async fn get(lake: &Lake, release: &str, name: ObjectName) -> Result<ManifestObject, LakeError> {
    let key = key(release, &name);
    let bytes = lake.read(&key).await?;
    let decoded = tokio::task::spawn_blocking(move || ManifestObject::decode(name, &bytes)).await?;
    decoded.map_err(|source| LakeError::Manifest {
        path: key.to_string(),
        source,
    })
}

/// Adds an object. Those of one `run` must have different `sequence` numbers.
pub async fn add(
    lake: &Lake,
    release: &str,
    run: &str,
    sequence: u32,
    content: &Content,
) -> Result<ObjectName, LakeError> {
    let (name, bytes) = content.encode(run, sequence);
    lake.create_object(&key(release, &name), Bytes::from(bytes))
        .await?;
    Ok(name)
}

/// Puts one object in the place of all that `manifest` was read from, if nothing is missing and there are several.
pub async fn seal(
    lake: &Lake,
    release: &str,
    run: &str,
    sequence: u32,
    manifest: &Manifest,
) -> Result<bool, LakeError> {
    if manifest.is_sealed() || !manifest.missing().is_empty() || manifest.objects().is_empty() {
        return Ok(false);
    }
    let covers = manifest.objects().to_vec();
    let sealed = Content::Sealed {
        covers: covers.clone(),
        entries: manifest.entries().values().cloned().collect(),
    };
    add(lake, release, run, sequence, &sealed).await?;
    // What can't be removed is covered, and costs a name in a listing.
    let keys: Vec<Path> = covers.iter().map(|name| key(release, name)).collect();
    lake.delete(keys).await?;
    Ok(true)
}

fn key(release: &str, name: &ObjectName) -> Path {
    layout::key(&format!("{}/{name}", layout::manifest(release)))
}
