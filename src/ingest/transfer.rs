//! The files of a plan on their way: read, inflated and checked on all cores, many requests at once, memory bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::sleep;

use super::options::IngestOptions;
use super::plan::Planned;
use super::png;
use super::uploader::{NotStored, Upload, Uploader};
use crate::archive::{Archive, ArchiveError};
use crate::lake::manifest::ManifestEntry;
use crate::lake::{Gate, Lake, LakeError};
use crate::progress::{Flow, Progress, Stop};

/// What is under way when somebody asks to stop has this long to end.
const GRACE: Duration = Duration::from_secs(20);
/// The unit of the memory budget.
const BLOCK: u64 = 4096;
/// So many blocks a semaphore has on any machine: 1 TB.
const MAX_BLOCKS: u32 = 1 << 28;

/// What a transfer works with.
pub(super) struct Transfer {
    pub(super) lake: Lake,
    pub(super) release: String,
    pub(super) archive: Arc<dyn Archive>,
    pub(super) options: IngestOptions,
    pub(super) progress: Arc<dyn Progress>,
    pub(super) stop: Stop,
}

/// How a transfer ended.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) stored: u64,
    pub(super) stored_bytes: u64,
    /// Files that could not be stored, and why.
    pub(super) failed: Vec<(Planned, NotStored)>,
    /// What ended it early: the store, …
    pub(super) fatal: Option<LakeError>,
    /// … or the source.
    pub(super) source_lost: Option<ArchiveError>,
    /// Files that nobody began because of a stop or of a fatal error.
    pub(super) left: u64,
    pub(super) requests: u64,
    pub(super) refusals: u64,
}

struct Shared {
    transfer: Transfer,
    gate: Gate,
    memory: Semaphore,
    blocks: u32,
    /// No file is begun any more.
    ended: AtomicBool,
}

impl Transfer {
    /// Sends `files`; each that is stored goes to `stored`.
    pub(super) async fn run(
        self,
        files: Vec<Planned>,
        stored: mpsc::Sender<ManifestEntry>,
    ) -> Outcome {
        let most = self.options.concurrency;
        let blocks = u32::try_from(self.options.memory / BLOCK).unwrap_or(u32::MAX);
        let blocks = blocks.clamp(1, MAX_BLOCKS);
        let shared = Arc::new(Shared {
            gate: Gate::new(most),
            memory: Semaphore::new(blocks as usize),
            blocks,
            ended: AtomicBool::new(false),
            transfer: self,
        });
        let stop = shared.transfer.stop.clone();
        let mut outcome = Outcome::default();
        let total = files.len() as u64;
        let mut seen = 0;
        let wanted: Vec<usize> = files.iter().map(|file| file.index).collect();
        shared.transfer.archive.expect(&wanted);
        // Twice as many are read ahead as are sent, so that no request waits for the disk or for inflating.
        let mut results = stream::iter(files)
            .map(|file| {
                let (shared, stored) = (Arc::clone(&shared), stored.clone());
                // A task of its own: checksums are computed on all cores.
                tokio::spawn(async move {
                    let result = shared.one(&file, &stored).await;
                    (file, result)
                })
            })
            .buffer_unordered(2 * most);
        let drained = async {
            while let Some(ended) = results.next().await {
                seen += 1;
                match ended {
                    Ok((file, Ok(()))) => {
                        outcome.stored += 1;
                        outcome.stored_bytes += file.bytes;
                    }
                    Ok((_, Err(NotStored::Stopped))) => outcome.left += 1,
                    Ok((_, Err(NotStored::Fatal(error)))) => {
                        outcome.left += 1;
                        outcome.fatal.get_or_insert(error);
                    }
                    Ok((_, Err(NotStored::SourceLost(error)))) => {
                        outcome.left += 1;
                        outcome.source_lost.get_or_insert(error);
                    }
                    Ok((file, Err(error))) => outcome.failed.push((file, error)),
                    Err(died) => {
                        shared.ended.store(true, Ordering::Relaxed);
                        outcome.left += 1;
                        outcome.fatal.get_or_insert(died.into());
                    }
                }
            }
        };
        let deadline = async {
            stop.wait().await;
            sleep(GRACE).await;
        };
        tokio::select! {
            () = drained => {}
            // What is still under way is dropped with its task's handle: nobody has recorded it, so it is put again.
            () = deadline => {}
        }
        outcome.left += total - seen;
        let traffic = shared.gate.traffic();
        outcome.requests = traffic.requests;
        outcome.refusals = traffic.refusals;
        outcome
    }
}

impl Shared {
    /// Stores one file. After an error that every other file would meet too, no file is begun any more.
    async fn one(
        &self,
        file: &Planned,
        stored: &mpsc::Sender<ManifestEntry>,
    ) -> Result<(), NotStored> {
        let outcome = self.store(file, stored).await;
        if matches!(outcome, Err(NotStored::Fatal(_) | NotStored::SourceLost(_))) {
            self.ended.store(true, Ordering::Relaxed);
        }
        outcome
    }

    async fn store(
        &self,
        file: &Planned,
        stored: &mpsc::Sender<ManifestEntry>,
    ) -> Result<(), NotStored> {
        let Transfer {
            lake,
            release,
            archive,
            options,
            progress,
            stop,
        } = &self.transfer;
        let ended = || stop.requested() || self.ended.load(Ordering::Relaxed);
        let blocks = u32::try_from(file.bytes.div_ceil(BLOCK)).unwrap_or(u32::MAX);
        let _memory = self.memory.acquire_many(blocks.clamp(1, self.blocks)).await;
        if ended() {
            return Err(NotStored::Stopped);
        }
        let content = tokio::select! {
            content = archive.read(file.index) => content?,
            // A server may take long.
            () = stop.wait() => return Err(NotStored::Stopped),
        };
        // Much may have happened while it was read.
        if ended() {
            return Err(NotStored::Stopped);
        }
        let size = png::size(&content);
        let crc32 = match file.crc32 {
            Some(crc32) => crc32,
            None => crc32fast::hash(&content),
        };
        let uploader = Uploader {
            lake,
            release,
            archive: &**archive,
            gate: &self.gate,
            request_timeout: options.request_timeout,
            stop,
            ended: &self.ended,
        };
        let upload = Upload {
            index: file.index,
            path: &file.path,
            crc32,
        };
        uploader.store(upload, content).await?;
        let source = &archive.entries()[file.index].path;
        let entry = ManifestEntry {
            path: file.path.clone(),
            bytes: file.bytes,
            crc32,
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
            source: (*source != file.path).then(|| source.clone()),
        };
        // The recorder ends early only where it has failed, and then the whole ingest does.
        let _ = stored.send(entry).await;
        progress.advance(file.bytes);
        let traffic = self.gate.traffic();
        progress.flow(Flow {
            files: 1,
            retries: traffic.refusals,
            concurrency: traffic.concurrency,
        });
        Ok(())
    }
}
