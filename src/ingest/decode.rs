//! Images whose pixels can't be decoded. Their bytes may well be those of the source: a checksum doesn't tell.

use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt;
use image::ImageFormat;
use serde::Serialize;
use tokio::task::spawn_blocking;

use super::error::IngestError;
use super::landed_reader::LandedReader;
use crate::lake::manifest::ManifestEntry;
use crate::lake::{Difference, LakeError};
use crate::png_file;
use crate::progress::{Progress, Stop, Unit};
use crate::transfer::pool::{self, Limits};

/// An image that can't be decoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokenImage {
    /// Path below the release's folder.
    pub path: String,
    /// What the decoder says.
    pub reason: String,
}

/// What was found in images.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    /// Images that were read.
    pub(super) images: u64,
    /// Those that can't be decoded.
    pub(super) broken: Vec<BrokenImage>,
    /// Those that are not what was recorded, by path.
    pub(super) different: Vec<(String, Difference)>,
}

/// Reads the images, compares them with what was recorded, and decodes them.
pub(super) async fn decode_images(
    reader: &LandedReader,
    images: Vec<ManifestEntry>,
    limits: Limits,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<Decoded, IngestError> {
    let count = images.len() as u64;
    progress.begin("images", Unit::Files, count);
    let decode = |entry: &Arc<ManifestEntry>| {
        let (reader, entry) = (reader.clone(), Arc::clone(entry));
        async move { decoded(&reader, &entry).await }
    };
    let bytes = |entry: &ManifestEntry| entry.bytes;
    let mut answers = pin!(pool::in_order(images, limits, bytes, decode));
    let mut found = Decoded::default();
    while let Some((entry, outcome)) = answers.next().await {
        let path = entry.path.clone();
        match outcome.map_err(LakeError::from)?? {
            Outcome::Whole => {}
            Outcome::Broken(reason) => found.broken.push(BrokenImage { path, reason }),
            Outcome::Different(difference) => found.different.push((path, difference)),
        }
        found.images += 1;
        progress.advance(1);
        if stop.requested() {
            progress.end();
            return Err(IngestError::DecodeStopped {
                decoded: found.images,
                images: count,
            });
        }
    }
    progress.end();
    Ok(found)
}

/// What is to be said of an image.
enum Outcome {
    Whole,
    Broken(String),
    Different(Difference),
}

async fn decoded(reader: &LandedReader, entry: &ManifestEntry) -> Result<Outcome, LakeError> {
    let content = match reader.recorded(entry).await? {
        Ok(content) => content,
        Err(difference) => return Ok(Outcome::Different(difference)),
    };
    let reason = spawn_blocking(move || why_not_decoded(&content)).await?;
    Ok(reason.map_or(Outcome::Whole, Outcome::Broken))
}

/// Why the content is no image, if it is none. Its own format counts, not what its name says.
fn why_not_decoded(content: &[u8]) -> Option<String> {
    let error = match image::guess_format(content) {
        Ok(ImageFormat::Png) => png_file::decode(content).err(),
        // Nothing here decodes it.
        Ok(_) => None,
        Err(error) => Some(error),
    };
    error.map(|error| error.to_string())
}
