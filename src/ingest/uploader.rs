//! One file into the landing zone, as often as it takes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;

use crate::archive::{Archive, ArchiveError};
use crate::lake::attempts::{BACKOFF, TRIES, within};
use crate::lake::{Fault, Gate, Lake, LakeError, landing};
use crate::net::retry::{GivenUp, Next, Reason, Retries};
use crate::progress::Stop;

/// What all files of an ingest share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Uploader<'a> {
    pub(super) lake: &'a Lake,
    pub(super) release: &'a str,
    pub(super) archive: &'a dyn Archive,
    pub(super) gate: &'a Gate,
    pub(super) request_timeout: Duration,
    pub(super) stop: &'a Stop,
    /// The store refuses everything: no request is sent any more.
    pub(super) ended: &'a AtomicBool,
}

/// One file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Upload<'a> {
    /// Index of the entry in the archive.
    pub(super) index: usize,
    /// Path below the release's folder.
    pub(super) path: &'a str,
    pub(super) crc32: u32,
}

/// Why a file is not there.
#[derive(Debug)]
pub(super) enum NotStored {
    /// The archive's entry can't be read.
    Archive(ArchiveError),
    /// The store kept failing.
    GivenUp { tries: u32, last: LakeError },
    /// The store will refuse every other file too.
    Fatal(LakeError),
    /// No other entry of the archive can be read either.
    SourceLost(ArchiveError),
    /// Somebody asked to stop.
    Stopped,
}

impl From<ArchiveError> for NotStored {
    fn from(error: ArchiveError) -> Self {
        if error.is_of_one_entry() {
            Self::Archive(error)
        } else {
            Self::SourceLost(error)
        }
    }
}

impl From<GivenUp<LakeError>> for NotStored {
    fn from(given_up: GivenUp<LakeError>) -> Self {
        match given_up.reason {
            Reason::Final => Self::Fatal(given_up.error),
            Reason::Exhausted => Self::GivenUp {
                tries: given_up.tries,
                last: given_up.error,
            },
            Reason::Stopped => Self::Stopped,
        }
    }
}

impl Uploader<'_> {
    /// Stores `content`, which is the content of the entry.
    pub(super) async fn store(
        &self,
        upload: Upload<'_>,
        mut content: Bytes,
    ) -> Result<(), NotStored> {
        let mut retries = Retries::new(BACKOFF);
        let refused =
            |error: &Option<LakeError>| error.as_ref().is_some_and(|it| it.fault().is_refusal());
        loop {
            let request = self.put(upload, content.clone());
            let error = match self.gate.pass(request, refused).await {
                Ok(()) => return Ok(()),
                Err(None) => return Err(NotStored::Stopped),
                Err(Some(error)) => error,
            };
            let fault = error.fault();
            let next = retries.next(fault.verdict(TRIES), error, self.stop).await?;
            if next == Next::Renew {
                landing::renew_credentials(self.lake).await;
            }
            // Where the damage happened nobody knows: perhaps here, in memory.
            if fault == Fault::Body {
                content = self.archive.read(upload.index).await?;
            }
        }
    }

    /// One attempt; an error is `None` where somebody has asked to stop.
    async fn put(&self, upload: Upload<'_>, content: Bytes) -> Result<(), Option<LakeError>> {
        // Much may have happened while it waited for its turn.
        if self.stop.requested() || self.ended.load(Ordering::Relaxed) {
            return Err(None);
        }
        let put = landing::put(self.lake, self.release, upload.path, content, upload.crc32);
        let stored = within(self.request_timeout, "write", upload.path, put).await;
        stored.map_err(Some)
    }
}
