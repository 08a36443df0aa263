//! Images whose pixels can't be decoded. Their bytes may well be those of the source: a checksum doesn't tell.

use std::io::Cursor;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use image::{ImageFormat, ImageReader, Limits as DecoderLimits};
use serde::Serialize;
use tokio::task::spawn_blocking;

use super::error::IngestError;
use crate::lake::attempts::Attempts;
use crate::lake::manifest::ManifestEntry;
use crate::lake::{ConcurrencyLimiter, Difference, Lake, LakeError, landing};
use crate::progress::{Progress, Stop, Unit};
use crate::transfer::pool::{self, Limits};

/// What decoding one image may take; 1024 by 1024 pixels of 16 bits are 2 MB.
const DECODER_BYTES: u64 = 64 << 20;

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

/// How images are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    /// The release.
    pub(super) release: &'a str,
    /// At the same time.
    pub(super) limits: Limits,
    /// A request without an answer in this time has failed.
    pub(super) request_timeout: Duration,
}

/// Reads the images, compares them with what was recorded, and decodes them.
pub(super) async fn decode_images(
    lake: &Lake,
    images: Vec<ManifestEntry>,
    reading: Reading<'_>,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<Decoded, IngestError> {
    let count = images.len() as u64;
    progress.begin("images", Unit::Files, count);
    let limiter = Arc::new(ConcurrencyLimiter::new(reading.limits.items));
    let decode = |entry: &Arc<ManifestEntry>| {
        let (lake, limiter, entry) = (lake.clone(), Arc::clone(&limiter), Arc::clone(entry));
        let (release, timeout) = (reading.release.to_owned(), reading.request_timeout);
        async move { decoded(&lake, &release, &limiter, timeout, &entry).await }
    };
    let bytes = |entry: &ManifestEntry| entry.bytes;
    let mut answers = pin!(pool::in_order(images, reading.limits, bytes, decode));
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

async fn decoded(
    lake: &Lake,
    release: &str,
    limiter: &ConcurrencyLimiter,
    request_timeout: Duration,
    entry: &ManifestEntry,
) -> Result<Outcome, LakeError> {
    let attempts = Attempts {
        lake,
        limiter,
        request_timeout,
    };
    let key = landing::file(release, &entry.path);
    let read = || landing::read_recorded(lake, &key, entry.bytes, entry.crc32);
    let answer = attempts.send("read", &entry.path, read).await;
    let content = match answer.map_err(|given_up| given_up.error)? {
        Ok(content) => content,
        Err(difference) => return Ok(Outcome::Different(difference)),
    };
    let reason = spawn_blocking(move || why_not_decoded(&content)).await?;
    Ok(reason.map_or(Outcome::Whole, Outcome::Broken))
}

/// Why the content is no image, if it is none. Its own format counts, not what its name says.
fn why_not_decoded(content: &[u8]) -> Option<String> {
    let format = match image::guess_format(content) {
        Ok(ImageFormat::Png) => ImageFormat::Png,
        // Nothing here decodes it.
        Ok(_) => return None,
        Err(error) => return Some(error.to_string()),
    };
    let mut reader = ImageReader::with_format(Cursor::new(content), format);
    let mut limits = DecoderLimits::default();
    limits.max_alloc = Some(DECODER_BYTES);
    reader.limits(limits);
    reader.decode().err().map(|error| error.to_string())
}
