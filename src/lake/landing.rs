//! The landing zone: the releases in it and their files.

use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};

use super::difference::Difference;
use super::error::LakeError;
use super::handle::Lake;
use super::layout;
use super::listing::Followed;
use super::manifest;
use super::s3_objects::{Found, Stored};
use super::stray::Stray;
use crate::release::Release;

/// Objects of one listing: each begins with a page that may be short.
const STRETCH: usize = 8000;
/// Listings at the same time, at the most.
const LISTINGS: usize = 8;

/// The releases in the landing zone, by name: folders of which a manifest tells, or that have a label file of that release. Where
/// there is none, one with label files of another release is taken by the name of its folder. Whatever else is there, such as an
/// empty folder or a copy of a release under another name, is passed over by every command.
pub async fn releases(lake: &Lake) -> Result<Vec<Release>, LakeError> {
    let (mut releases, mut others) = (Vec::new(), Vec::new());
    for name in lake.folders(&layout::key(layout::LANDING)).await? {
        let Some(release) = lake
            .dataset()
            .release(&name)
            .ok()
            .filter(|release| release.as_str() == name)
        else {
            continue;
        };
        let labels = labelled(lake, &release).await?;
        if labels.contains(&release) || manifest::exists(lake, &name).await? {
            releases.push(release);
        } else if !labels.is_empty() {
            others.push(release);
        }
    }
    if releases.is_empty() {
        releases = others;
    }
    Ok(releases)
}

/// Whether the landing zone has something that `release` can be made of: recorded files, or label files of whatever release.
pub async fn is_there(lake: &Lake, release: &Release) -> Result<bool, LakeError> {
    Ok(!labelled(lake, release).await?.is_empty()
        || manifest::exists(lake, release.as_str()).await?)
}

/// Whose label files are at the top of a release's folder.
async fn labelled(lake: &Lake, release: &Release) -> Result<Vec<Release>, LakeError> {
    let files = top_files(lake, release.as_str()).await?;
    let names = files.iter().filter_map(|file| file.location.filename());
    let labels = names.filter_map(|name| lake.dataset().recognise(name)?.release);
    Ok(labels.collect())
}

/// The files directly in a release's folder: labels and metadata, no images, so it is one request.
pub async fn top_files(lake: &Lake, release: &str) -> Result<Vec<ObjectMeta>, LakeError> {
    Ok(lake.list_folder(&layout::landing(release)).await?.objects)
}

/// What is in a release's folder.
#[derive(Debug, Clone, Default)]
pub struct LandedFiles {
    /// Each file: path below the folder, and size.
    pub files: Vec<(String, u64)>,
    /// What ctlake could not have written.
    pub strays: Vec<Stray>,
}

/// Every file of a release.
pub async fn list(lake: &Lake, release: &str) -> Result<LandedFiles, LakeError> {
    list_expected(lake, release, std::iter::empty()).await
}

/// The same, where `expected` says what is probably there. A folder that can't be opened is an error when something of it is
/// expected.
///
/// A listing of many objects on S3 is many requests one after another: stretches of what is expected are listed at the same time.
pub async fn list_expected<'a>(
    lake: &Lake,
    release: &str,
    expected: impl Iterator<Item = &'a str>,
) -> Result<LandedFiles, LakeError> {
    let prefix = layout::landing(release);
    let mut paths: Vec<&str> = expected.collect();
    paths.sort_unstable();
    let mut marks: Vec<Path> = Vec::new();
    if lake.s3().is_some() {
        let stretches = (paths.len() / STRETCH).clamp(1, LISTINGS);
        marks.extend((1..stretches).map(|at| file(release, paths[paths.len() * at / stretches])));
    }
    let followed = Followed::of(&prefix, paths.iter().copied());
    let listing = lake.list_in_stretches(&prefix, &marks, &followed).await?;
    let below = |name: &str| {
        let path = name.strip_prefix(prefix.as_ref())?.strip_prefix('/')?;
        Some(path.to_owned())
    };
    let is_ours = |name: &str| {
        let folder = below(name).unwrap_or_default() + "/";
        let first = paths.partition_point(|path| *path < folder.as_str());
        paths
            .get(first)
            .is_some_and(|path| path.starts_with(&folder))
    };
    for stray in &listing.strays {
        stray.check_open(is_ours)?;
        stray.check_link(is_ours)?;
    }
    let files = listing.objects.into_iter();
    Ok(LandedFiles {
        files: files
            .filter_map(|object| Some((below(object.location.as_ref())?, object.size)))
            .collect(),
        strays: listing.strays,
    })
}

/// Puts one file, whole or not at all, in the place of an older one. On S3 the store itself refuses it when what arrives has
/// another CRC-32.
pub async fn put(
    lake: &Lake,
    release: &str,
    path: &str,
    content: Bytes,
    crc32: u32,
) -> Result<(), LakeError> {
    let key = file(release, path);
    match lake.s3() {
        // The SDK's futures are tens of kilobytes: boxed, or every task of an ingest would be.
        Some(s3) => Box::pin(s3.put(&s3.key(key.as_ref()), content, crc32))
            .await
            .map_err(LakeError::s3("write", &key)),
        None => lake
            .store()
            .put(&key, content.into())
            .await
            .map(|_| ())
            .map_err(LakeError::store("write", &key)),
    }
}

/// Size and CRC-32 of one file as the store has it; `None` where there is none.
///
/// S3 tells the checksum that it was stored with; where a store keeps none the file is read.
pub async fn stored(lake: &Lake, release: &str, path: &str) -> Result<Option<Stored>, LakeError> {
    let key = file(release, path);
    if let Some(s3) = lake.s3() {
        let head = Box::pin(s3.head(&s3.key(key.as_ref())))
            .await
            .map_err(LakeError::s3("read", &key))?;
        match head {
            None => return Ok(None),
            Some(Stored { crc32: Some(_), .. }) => return Ok(head),
            Some(Stored { crc32: None, .. }) => {}
        }
    }
    let content = lake.read_if_exists(&key).await?;
    Ok(content.map(|content| Stored {
        bytes: content.len() as u64,
        crc32: Some(crc32fast::hash(&content)),
    }))
}

/// The content of the file at `path` in the lake, if it is what was recorded of it; of another size nothing is read.
pub async fn read_recorded(
    lake: &Lake,
    path: &Path,
    bytes: u64,
    crc32: u32,
) -> Result<Result<Bytes, Difference>, LakeError> {
    let found = match lake.s3() {
        Some(s3) => Box::pin(s3.get_sized(&s3.key(path.as_ref()), bytes))
            .await
            .map_err(LakeError::s3("read", path))?,
        None => sized(lake, path, bytes).await?,
    };
    Ok(match found {
        Found::Absent => Err(Difference::Missing),
        Found::Other(found) => Err(Difference::Size {
            expected: bytes,
            found,
        }),
        Found::Whole(content) => match crc32fast::hash(&content) {
            found if found == crc32 => Ok(content),
            found => Err(Difference::Checksum {
                expected: crc32,
                found,
            }),
        },
    })
}

async fn sized(lake: &Lake, path: &Path, bytes: u64) -> Result<Found, LakeError> {
    let object = match lake.store().get(path).await {
        Ok(object) => object,
        Err(object_store::Error::NotFound { .. }) => return Ok(Found::Absent),
        Err(error) => return Err(LakeError::store("read", path)(error)),
    };
    if object.meta.size != bytes {
        return Ok(Found::Other(object.meta.size));
    }
    let content = object.bytes().await;
    content
        .map(Found::Whole)
        .map_err(LakeError::store("read", path))
}

/// A URL with which anybody can read the file at `path` for so long; `None` where the lake is not on S3.
pub async fn presigned(
    lake: &Lake,
    path: &Path,
    time: Duration,
) -> Result<Option<String>, LakeError> {
    let Some(s3) = lake.s3() else {
        return Ok(None);
    };
    Box::pin(s3.presign_get(&s3.key(path.as_ref()), time))
        .await
        .map(Some)
        .map_err(LakeError::s3("sign", path))
}

/// After the store has said that they are expired: the next request asks the chain for new credentials.
pub async fn renew_credentials(lake: &Lake) {
    if let Some(s3) = lake.s3() {
        s3.credentials.forget().await;
    }
}

/// The path in the lake of a file of a release.
pub(crate) fn file(release: &str, path: &str) -> Path {
    layout::key(&format!("{}/{path}", layout::landing(release)))
}
