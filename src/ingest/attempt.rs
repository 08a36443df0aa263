//! One file into the landing zone, as often as it takes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;

use crate::archive::{Archive, ArchiveError};
use crate::lake::attempts::{TRIES, WAIT, within};
use crate::lake::{Fault, Gate, Lake, LakeError, landing};
use crate::progress::Stop;
use crate::request;

/// What all files of an ingest share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Door<'a> {
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
pub(super) struct Parcel<'a> {
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

impl Door<'_> {
    /// Stores `content`, which is the content of the entry.
    pub(super) async fn store(
        &self,
        parcel: Parcel<'_>,
        mut content: Bytes,
    ) -> Result<(), NotStored> {
        let mut tries = 0;
        let mut renewed = false;
        loop {
            tries += 1;
            let request = async {
                // Much may have happened while it waited for its turn.
                if self.stop.requested() || self.ended.load(Ordering::Relaxed) {
                    return Err(None);
                }
                self.put(parcel, content.clone()).await.map_err(Some)
            };
            let refused = |error: &Option<LakeError>| {
                error
                    .as_ref()
                    .is_some_and(|error| error.fault().is_refusal())
            };
            let error = match self.gate.pass(request, refused).await {
                Ok(()) => return Ok(()),
                Err(None) => return Err(NotStored::Stopped),
                Err(Some(error)) => error,
            };
            match error.fault() {
                Fault::Fatal => return Err(NotStored::Fatal(error)),
                Fault::Credentials if renewed => return Err(NotStored::Fatal(error)),
                Fault::Credentials => {
                    renewed = true;
                    landing::renew_credentials(self.lake).await;
                    continue;
                }
                _ if tries == TRIES => return Err(NotStored::GivenUp { tries, last: error }),
                // Where the damage happened nobody knows: perhaps here, in memory.
                Fault::Body => {
                    content = self.archive.read(parcel.index).await?;
                }
                Fault::Throttled | Fault::Transient => {}
            }
            let wait = WAIT.after(tries);
            request::again(&error, wait);
            tokio::select! {
                () = sleep(wait) => {}
                () = self.stop.wait() => return Err(NotStored::Stopped),
            }
        }
    }

    async fn put(&self, parcel: Parcel<'_>, content: Bytes) -> Result<(), LakeError> {
        let put = landing::put(self.lake, self.release, parcel.path, content, parcel.crc32);
        within(self.request_timeout, "write", parcel.path, put).await
    }
}
