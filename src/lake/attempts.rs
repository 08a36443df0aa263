//! One request to the store, as often as it takes.

use std::time::Duration;

use tokio::time::timeout;

use super::concurrency_limiter::ConcurrencyLimiter;
use super::error::LakeError;
use super::handle::Lake;
use super::landing;
use super::s3_error::S3Error;
use crate::net::backoff::Backoff;
use crate::net::retry::{GivenUp, retry};
use crate::progress::Stop;

/// Tries for one file. Of requests that fail with a probability of one half, one file in a thousand is given up.
pub const TRIES: u32 = 10;
/// How long a file that failed waits.
pub const BACKOFF: Backoff = Backoff {
    first: Duration::from_millis(100),
    longest: Duration::from_secs(10),
};

/// How requests that change nothing are sent. One that is dropped on the way does no harm.
#[derive(Debug, Clone, Copy)]
pub struct Attempts<'a> {
    /// Whose credentials are renewed when they have expired.
    pub lake: &'a Lake,
    /// Where they wait for their turn.
    pub limiter: &'a ConcurrencyLimiter,
    /// One without an answer in this time has failed.
    pub request_timeout: Duration,
}

impl Attempts<'_> {
    /// Sends what `ask` makes about `path` until the store answers, or won't.
    pub async fn send<T, F>(
        &self,
        action: &'static str,
        path: &str,
        ask: impl Fn() -> F,
    ) -> Result<T, GivenUp<LakeError>>
    where
        F: Future<Output = Result<T, LakeError>>,
    {
        let refused = |error: &LakeError| error.fault().is_refusal();
        retry(
            BACKOFF,
            // Whoever asks to stop drops the request, which does no harm.
            &Stop::default(),
            |error: &LakeError| error.fault().verdict(TRIES),
            || landing::renew_credentials(self.lake),
            || {
                let asked = within(self.request_timeout, action, path, ask());
                self.limiter.run(asked, refused)
            },
        )
        .await
    }
}

/// A request that must be answered in time.
pub async fn within<T>(
    time: Duration,
    action: &'static str,
    path: &str,
    request: impl Future<Output = Result<T, LakeError>>,
) -> Result<T, LakeError> {
    match timeout(time, request).await {
        Ok(outcome) => outcome,
        Err(_) => Err(LakeError::S3 {
            action,
            path: path.to_owned(),
            source: Box::new(S3Error::Timeout(time)),
        }),
    }
}
