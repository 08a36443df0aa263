//! One request to the store, as often as it takes.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::error::LakeError;
use super::gate::Gate;
use super::handle::Lake;
use super::landing;
use super::s3_error::{Fault, S3Error};
use crate::back_off::BackOff;
use crate::request;

/// Tries for one file. Of requests that fail with a probability of one half, one file in a thousand is given up.
pub const TRIES: u32 = 10;
/// How long a file that failed waits.
pub const WAIT: BackOff = BackOff {
    first: Duration::from_millis(100),
    longest: Duration::from_secs(10),
};

/// How requests that change nothing are sent. One that is dropped on the way does no harm.
#[derive(Debug, Clone, Copy)]
pub struct Attempts<'a> {
    /// Whose credentials are renewed when they have expired.
    pub lake: &'a Lake,
    /// Where they wait for their turn.
    pub gate: &'a Gate,
    /// One without an answer in this time has failed.
    pub request_timeout: Duration,
}

/// A request that got no answer.
#[derive(Debug)]
pub struct Unanswered {
    /// How often it was sent.
    pub tries: u32,
    /// How the last try failed.
    pub last: LakeError,
}

impl Attempts<'_> {
    /// Sends what `ask` makes about `path` until the store answers, or won't.
    pub async fn send<T, F>(
        &self,
        action: &'static str,
        path: &str,
        ask: impl Fn() -> F,
    ) -> Result<T, Unanswered>
    where
        F: Future<Output = Result<T, LakeError>>,
    {
        let mut tries = 0;
        let mut renewed = false;
        loop {
            tries += 1;
            let asked = within(self.request_timeout, action, path, ask());
            let refused = |error: &LakeError| error.fault().is_refusal();
            let last = match self.gate.pass(asked, refused).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match last.fault() {
                Fault::Credentials if !renewed => {
                    renewed = true;
                    landing::renew_credentials(self.lake).await;
                }
                Fault::Throttled | Fault::Transient | Fault::Body if tries < TRIES => {
                    let wait = WAIT.after(tries);
                    request::again(&last, wait);
                    sleep(wait).await;
                }
                _ => return Err(Unanswered { tries, last }),
            }
        }
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
