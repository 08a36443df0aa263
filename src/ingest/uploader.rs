//! One file into the landing zone, as often as it takes.

use std::time::Duration;

use bytes::Bytes;
use tokio::task::JoinError;

use crate::archive::{Archive, ArchiveError};
use crate::lake::attempts::{BACKOFF, TRIES, within};
use crate::lake::{ConcurrencyLimiter, Fault, Lake, LakeError, landing};
use crate::net::retry::{GivenUp, Next, Reason, Retries};
use crate::progress::Stop;
use crate::transfer::pool::Failure;

/// What all files of an ingest share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Uploader<'a> {
    pub(super) lake: &'a Lake,
    pub(super) release: &'a str,
    pub(super) archive: &'a dyn Archive,
    pub(super) limiter: &'a ConcurrencyLimiter,
    pub(super) request_timeout: Duration,
    /// Ends the transfer, and no more than that.
    pub(super) stop: &'a Stop,
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

/// Why a file is not there, though others may be.
#[derive(Debug)]
pub(super) enum NotStored {
    /// The archive's entry can't be read.
    Archive(ArchiveError),
    /// The store kept failing.
    GivenUp { tries: u32, last: LakeError },
}

/// What ends the whole transfer.
#[derive(Debug)]
pub(super) enum Fatal {
    /// The store will refuse every other file too.
    Store(LakeError),
    /// No other entry of the archive can be read either.
    Source(ArchiveError),
}

impl From<JoinError> for Fatal {
    fn from(died: JoinError) -> Self {
        Self::Store(died.into())
    }
}

impl From<ArchiveError> for Failure<NotStored, Fatal> {
    fn from(error: ArchiveError) -> Self {
        if error.is_of_one_entry() {
            Self::Item(NotStored::Archive(error))
        } else {
            Self::Fatal(Fatal::Source(error))
        }
    }
}

impl From<GivenUp<LakeError>> for Failure<NotStored, Fatal> {
    fn from(given_up: GivenUp<LakeError>) -> Self {
        match given_up.reason {
            Reason::Final => Self::Fatal(Fatal::Store(given_up.error)),
            Reason::Exhausted => Self::Item(NotStored::GivenUp {
                tries: given_up.tries,
                last: given_up.error,
            }),
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
    ) -> Result<(), Failure<NotStored, Fatal>> {
        let mut retries = Retries::new(BACKOFF);
        let refused =
            |error: &Option<LakeError>| error.as_ref().is_some_and(|it| it.fault().is_refusal());
        loop {
            let request = self.put(upload, content.clone());
            let error = match self.limiter.run(request, refused).await {
                Ok(()) => return Ok(()),
                Err(None) => return Err(Failure::Stopped),
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
        if self.stop.requested() {
            return Err(None);
        }
        let put = landing::put(self.lake, self.release, upload.path, content, upload.crc32);
        let stored = within(self.request_timeout, "write", upload.path, put).await;
        // Before its place is free for another: that one would be refused too.
        if let Err(error) = &stored
            && error.fault() == Fault::Fatal
        {
            self.stop.request();
        }
        stored.map_err(Some)
    }
}
