//! The landing zone: the releases in it and their files.

use bytes::Bytes;
use object_store::{ObjectMeta, ObjectStoreExt};

use super::error::LakeError;
use super::layout;
use super::location::Lake;

/// The releases that have a folder in the landing zone.
pub async fn releases(lake: &Lake) -> Result<Vec<String>, LakeError> {
    lake.folders(&layout::key(layout::LANDING)).await
}

/// The files directly in a release's folder: labels and metadata, no images, so it is one request.
pub async fn top_files(lake: &Lake, release: &str) -> Result<Vec<ObjectMeta>, LakeError> {
    let prefix = layout::landing(release);
    let listing = lake
        .store()
        .list_with_delimiter(Some(&prefix))
        .await
        .map_err(LakeError::store("list", &prefix))?;
    let mut files = listing.objects;
    files.sort_by(|a, b| a.location.cmp(&b.location));
    Ok(files)
}

/// Every file of a release: path below its folder, and size.
pub async fn list(lake: &Lake, release: &str) -> Result<Vec<(String, u64)>, LakeError> {
    let prefix = layout::landing(release);
    let objects = lake.list(&prefix).await?;
    Ok(objects
        .into_iter()
        .filter_map(|object| {
            let path = object.location.as_ref().strip_prefix(prefix.as_ref())?;
            Some((path.trim_start_matches('/').to_owned(), object.size))
        })
        .collect())
}

/// Puts one file, whole or not at all, in the place of an older one.
pub async fn put(lake: &Lake, release: &str, path: &str, content: Bytes) -> Result<(), LakeError> {
    let key = layout::key(&format!("{}/{path}", layout::landing(release)));
    lake.store()
        .put(&key, content.into())
        .await
        .map(|_| ())
        .map_err(LakeError::store("write", &key))
}
