//! Files of a release in the landing zone, asked for again where the store fails for the moment.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::lake::attempts::Attempts;
use crate::lake::manifest::ManifestEntry;
use crate::lake::{ConcurrencyLimiter, Difference, Lake, LakeError, Stored, landing};

/// Reads files of one release. Its clones share the limit of requests.
#[derive(Clone)]
pub(super) struct LandedReader {
    lake: Lake,
    release: String,
    limiter: Arc<ConcurrencyLimiter>,
    request_timeout: Duration,
}

impl LandedReader {
    /// Sends at most `concurrency` requests at once; one without an answer in `request_timeout` has failed.
    pub(super) fn new(
        lake: &Lake,
        release: &str,
        concurrency: usize,
        request_timeout: Duration,
    ) -> Self {
        Self {
            lake: lake.clone(),
            release: release.to_owned(),
            limiter: Arc::new(ConcurrencyLimiter::new(concurrency)),
            request_timeout,
        }
    }

    /// What is at `path`, if anything is.
    pub(super) async fn stored(&self, path: &str) -> Result<Option<Stored>, LakeError> {
        let ask = || landing::stored(&self.lake, &self.release, path);
        self.send(path, ask).await
    }

    /// The content of a file, if it is what was recorded.
    pub(super) async fn recorded(
        &self,
        entry: &ManifestEntry,
    ) -> Result<Result<Bytes, Difference>, LakeError> {
        let key = landing::file(&self.release, &entry.path);
        let ask = || landing::read_recorded(&self.lake, &key, entry.bytes, entry.crc32);
        self.send(&entry.path, ask).await
    }

    async fn send<T, F>(&self, path: &str, ask: impl Fn() -> F) -> Result<T, LakeError>
    where
        F: Future<Output = Result<T, LakeError>>,
    {
        let attempts = Attempts {
            lake: &self.lake,
            limiter: &self.limiter,
            request_timeout: self.request_timeout,
        };
        let answer = attempts.send("read", path, ask).await;
        answer.map_err(|given_up| given_up.error)
    }
}
