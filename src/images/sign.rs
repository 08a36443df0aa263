//! URLs instead of files.

use std::time::Duration;

use super::error::ImagesError;
use super::selection::Selected;
use crate::lake::{Lake, landing};

/// No signature holds longer.
pub const LONGEST: Duration = Duration::from_hours(7 * 24);

/// A URL for each of the images, with which anybody can read it for so long. No request is sent.
pub async fn sign(
    lake: &Lake,
    images: impl Iterator<Item = &Selected>,
    time: Duration,
) -> Result<Vec<String>, ImagesError> {
    let mut urls = Vec::new();
    for image in images {
        let path = image.path_in(lake)?;
        let url = landing::presigned(lake, &path, time).await?;
        urls.push(url.ok_or_else(|| ImagesError::NotSigned(lake.name().to_owned()))?);
    }
    Ok(urls)
}
