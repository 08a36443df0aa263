//! The files of a plan on their way: read, inflated and checked on all cores, many requests at once, memory bounded.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::options::IngestOptions;
use super::plan::Planned;
use super::summary::Tally;
use super::uploader::{Fatal, NotStored, Upload, Uploader};
use crate::archive::Archive;
use crate::lake::manifest::ManifestEntry;
use crate::lake::{ConcurrencyLimiter, Lake};
use crate::png_file;
use crate::progress::{Flow, Progress, Stop};
use crate::transfer::pool::{self, Failure, Limits};

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
pub(super) struct Outcome {
    pub(super) stored: Tally,
    /// Files that were there, and are recorded now.
    pub(super) adopted: Tally,
    /// Files that could not be stored, and why.
    pub(super) failed: Vec<(Arc<Planned>, NotStored)>,
    /// What ended it early.
    pub(super) fatal: Option<Fatal>,
    /// Files that were not stored because of a stop or of a fatal error.
    pub(super) left: u64,
    pub(super) requests: u64,
    pub(super) refusals: u64,
}

struct Shared {
    transfer: Transfer,
    limiter: ConcurrencyLimiter,
    stored: mpsc::Sender<ManifestEntry>,
}

impl Transfer {
    /// Sends `files`; each that is stored goes to `stored`.
    pub(super) async fn run(
        self,
        files: Vec<Planned>,
        stored: mpsc::Sender<ManifestEntry>,
    ) -> Outcome {
        let most = self.options.concurrency;
        let limits = Limits {
            // Twice as many are read ahead as are sent, so that no request waits for the disk or for inflating.
            items: 2 * most,
            bytes: self.options.memory,
        };
        let wanted: Vec<usize> = files.iter().map(|file| file.index).collect();
        self.archive.expect(&wanted);
        let stop = self.stop.clone();
        let shared = Arc::new(Shared {
            transfer: self,
            limiter: ConcurrencyLimiter::new(most),
            stored,
        });
        let store = |file: Arc<Planned>, stop: Stop| {
            let shared = Arc::clone(&shared);
            async move { shared.store(&file, &stop).await }
        };
        let (mut stored, mut adopted) = (Tally::default(), Tally::default());
        let count = |file: &Planned, sent: bool| {
            if sent { &mut stored } else { &mut adopted }.add(file.bytes);
        };
        let outcome = pool::for_each(files, limits, &stop, |file| file.bytes, store, count).await;
        let traffic = shared.limiter.traffic();
        Outcome {
            stored,
            adopted,
            failed: outcome.failed,
            fatal: outcome.fatal,
            left: outcome.left,
            requests: traffic.requests,
            refusals: traffic.refusals,
        }
    }
}

impl Shared {
    /// Says whether the file was sent, or is there already.
    async fn store(&self, file: &Planned, stop: &Stop) -> Result<bool, Failure<NotStored, Fatal>> {
        let Transfer {
            lake,
            release,
            archive,
            options,
            progress,
            ..
        } = &self.transfer;
        let content = tokio::select! {
            content = archive.read(file.index) => content?,
            // A server may take long.
            () = stop.wait() => return Err(Failure::Stopped),
        };
        // Much may have happened while it was read.
        if stop.requested() {
            return Err(Failure::Stopped);
        }
        let size = png_file::size(&content);
        let crc32 = match file.crc32 {
            Some(crc32) => crc32,
            None => crc32fast::hash(&content),
        };
        let uploader = Uploader {
            lake,
            release,
            archive: &**archive,
            limiter: &self.limiter,
            request_timeout: options.request_timeout,
            stop,
        };
        let upload = Upload {
            index: file.index,
            path: &file.path,
            crc32,
        };
        let sent = file.landed_crc32 != Some(crc32);
        if sent {
            uploader.store(upload, content).await?;
        }
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
        let _ = self.stored.send(entry).await;
        progress.advance(file.bytes);
        let traffic = self.limiter.traffic();
        progress.flow(Flow {
            files: 1,
            retries: traffic.refusals,
            concurrency: traffic.concurrency,
        });
        Ok(sent)
    }
}
