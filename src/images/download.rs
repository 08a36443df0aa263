//! The images of a plan into a folder: many requests at once, at the pace of the store, memory bounded, every file checked.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use object_store::path::Path as Key;
use serde::Serialize;
use tokio::task::spawn_blocking;

use super::error::ImagesError;
use super::place::{Link, Placer};
use super::plan::{Decision, ImagesPlan, amount};
use super::recorded::Recorded;
use super::selection::Selected;
use crate::lake::attempts::Attempts;
use crate::lake::{ConcurrencyLimiter, Difference, Lake, LakeError, landing};
use crate::net::retry::GivenUp;
use crate::progress::{Flow, Progress, Stop, Unit};
use crate::transfer::free_space;
use crate::transfer::pool::{self, Failure, Limits};

/// How often a file is read that arrives with other content than was recorded: the damage may be of the way.
const READS: u32 = 3;
/// Bytes of files in memory; a larger file is alone.
const MEMORY: u64 = 64_000_000;

/// How images are downloaded.
#[derive(Debug, Clone)]
pub struct DownloadOptions {
    /// How files of a lake in a folder get to their place.
    pub link: Link,
    /// Requests under way at the same time, at the most.
    pub concurrency: usize,
    /// A request without an answer in this time has failed.
    pub request_timeout: Duration,
}

/// What became of the images of a plan.
#[derive(Debug, Clone, Serialize)]
pub struct Downloaded {
    /// Images of the plan.
    pub images: u64,
    /// Images that were brought.
    pub fetched: u64,
    /// Their bytes.
    pub fetched_bytes: u64,
    /// Images that were there already.
    pub kept: u64,
    /// Images that could not be had.
    pub failed: Vec<Failed>,
    /// Keys of images that are not in the landing zone, by the snapshot.
    pub missing: Vec<String>,
    /// Whether files were copied that should have been linked.
    pub copied: bool,
    /// Requests that had to be sent again.
    pub retries: u64,
    /// How long it took.
    pub seconds: f64,
    /// The rows of the cohort whose images are there, and where.
    #[serde(skip)]
    pub there: Vec<(usize, String)>,
}

/// An image that could not be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// The store's key.
    pub image_key: String,
    /// Where it should be.
    pub path: String,
    /// Why, in words.
    pub reason: String,
}

impl Downloaded {
    /// Whether every image of the plan is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.missing.is_empty()
    }
}

impl Failed {
    fn new(image: &Selected, reason: String) -> Self {
        Self {
            image_key: image.image_key.clone(),
            path: image.path.clone(),
            reason,
        }
    }
}

/// Why an image is not there: in words, or for a reason that every other image would meet too.
type NotFetched = Failure<String, ImagesError>;

struct Shared {
    lake: Lake,
    placer: Arc<Placer>,
    options: DownloadOptions,
    limiter: ConcurrencyLimiter,
    progress: Arc<dyn Progress>,
}

/// Carries out a plan that was checked. What was fetched before a failure or a stop stays, so that the next run goes on from
/// there.
pub async fn download(
    lake: &Lake,
    plan: &ImagesPlan,
    out: &Path,
    options: &DownloadOptions,
    progress: Arc<dyn Progress>,
    stop: &Stop,
) -> Result<Downloaded, ImagesError> {
    let (images, bytes) = amount(plan.fetches());
    let linked = options.link == Link::Hard;
    let placer = Placer::new(out).map_err(ImagesError::file("make folder", out))?;
    let needed = if linked { 0 } else { bytes };
    free_space::check(out, needed, |free| ImagesError::NoSpace {
        out: out.to_owned(),
        need: needed,
        free,
    })
    .inspect_err(|_| placer.finish())?;
    progress.begin("images", Unit::Bytes, bytes);
    let begun = Instant::now();
    let shared = Arc::new(Shared {
        lake: lake.clone(),
        placer: Arc::new(placer),
        options: options.clone(),
        limiter: ConcurrencyLimiter::new(options.concurrency),
        progress,
    });
    let fetched = fetch(&shared, plan, stop).await;
    shared.progress.end();
    shared.placer.finish();
    let (failed, left) = fetched?;
    if left > 0 {
        return Err(ImagesError::Stopped {
            fetched: images - left - failed.len() as u64,
            images,
        });
    }
    let seconds = begun.elapsed().as_secs_f64();
    Ok(shared.sum_up(plan, failed, seconds))
}

/// Fetches what is to be fetched. Gives what failed, and how many nobody began.
async fn fetch(
    shared: &Arc<Shared>,
    plan: &ImagesPlan,
    stop: &Stop,
) -> Result<(Vec<Failed>, u64), ImagesError> {
    let limits = Limits {
        items: shared.options.concurrency,
        bytes: MEMORY,
    };
    let bytes = |image: &Selected| image.recorded.map_or(0, |recorded| recorded.bytes);
    let fetch = |image: Arc<Selected>, stop: Stop| {
        let shared = Arc::clone(shared);
        async move { shared.one(&image, &stop).await }
    };
    let images = plan.fetches().cloned().collect();
    let outcome = pool::for_each(images, limits, stop, bytes, fetch, |_, ()| {}).await;
    if let Some(error) = outcome.fatal {
        return Err(error);
    }
    let failed = outcome.failed.into_iter();
    let failed = failed.map(|(image, reason)| Failed::new(&image, reason));
    Ok((failed.collect(), outcome.left))
}

impl Shared {
    async fn one(&self, image: &Selected, stop: &Stop) -> Result<(), NotFetched> {
        let Some(recorded) = image.recorded else {
            return Err(Failure::Item(Difference::Missing.text()));
        };
        let path = image.path_in(&self.lake).map_err(Failure::Fatal)?;
        let content = tokio::select! {
            content = self.content(&path, recorded) => content?,
            () = stop.wait() => return Err(Failure::Stopped),
        };
        let source = match (self.options.link, self.lake.folder()) {
            (Link::Hard, Some(folder)) => Some(folder.join(path.as_ref())),
            _ => None,
        };
        self.put(image.path.clone(), content, source).await?;
        self.progress.advance(recorded.bytes);
        let traffic = self.limiter.traffic();
        self.progress.flow(Flow {
            files: 1,
            retries: traffic.refusals,
            concurrency: traffic.concurrency,
        });
        Ok(())
    }

    /// The content of an image, if it can be had as it was recorded.
    async fn content(&self, path: &Key, recorded: Recorded) -> Result<Bytes, NotFetched> {
        let attempts = Attempts {
            lake: &self.lake,
            limiter: &self.limiter,
            request_timeout: self.options.request_timeout,
        };
        let Recorded { bytes, crc32 } = recorded;
        let read = || landing::read_recorded(&self.lake, path, bytes, crc32);
        let mut reads = 0;
        loop {
            reads += 1;
            match attempts.send("read", path.as_ref(), read).await {
                Ok(Ok(content)) => return Ok(content),
                Ok(Err(difference)) if difference == Difference::Missing || reads == READS => {
                    return Err(Failure::Item(difference.text()));
                }
                Ok(Err(_)) => {}
                Err(given_up) => return Err(self.given_up(given_up)),
            }
        }
    }

    fn given_up(&self, given_up: GivenUp<LakeError>) -> NotFetched {
        let GivenUp {
            tries, error: last, ..
        } = given_up;
        // What a folder refuses is about that one file.
        if self.lake.s3().is_some() && !last.fault().is_refusal() {
            return Failure::Fatal(last.into());
        }
        let mut reason = match tries {
            1 => last.to_string(),
            tries => format!("given up after {tries} tries: {last}"),
        };
        if let Some(cause) = std::error::Error::source(&last) {
            reason += &format!(": {cause}");
        }
        Failure::Item(reason)
    }

    async fn put(
        &self,
        path: String,
        content: Bytes,
        source: Option<PathBuf>,
    ) -> Result<(), NotFetched> {
        let placer = Arc::clone(&self.placer);
        let placed = spawn_blocking(move || {
            let placed = placer.put(&path, &content, source.as_deref());
            placed.map_err(ImagesError::file("write", &placer.path(&path)))
        });
        match placed.await {
            Ok(placed) => placed.map_err(Failure::Fatal),
            Err(died) => Err(Failure::Fatal(LakeError::from(died).into())),
        }
    }

    fn sum_up(&self, plan: &ImagesPlan, mut failed: Vec<Failed>, seconds: f64) -> Downloaded {
        let lost: HashSet<String> = failed.iter().map(|failed| failed.path.clone()).collect();
        let had = |image: &&Selected| !lost.contains(&image.path);
        let (fetched, fetched_bytes) = amount(plan.fetches().filter(had));
        let there = plan.images.iter().filter(|planned| {
            planned.decision == Decision::Keep
                || (planned.decision.fetches() && had(&&planned.image))
        });
        let missing = plan.with(Decision::Missing);
        failed.sort_by(|a, b| a.path.cmp(&b.path));
        Downloaded {
            images: plan.images.len() as u64,
            fetched,
            fetched_bytes,
            kept: plan.with(Decision::Keep).count() as u64,
            failed,
            missing: missing.map(|image| image.image_key.clone()).collect(),
            copied: self.placer.copied(),
            retries: self.limiter.traffic().refusals,
            seconds,
            there: there
                .map(|planned| (planned.image.row, planned.image.path.clone()))
                .collect(),
        }
    }
}
