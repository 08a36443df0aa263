//! The one retry: every request that may be sent again goes through [`retry`], or through [`Retries`] where a loop has more to do.
//!
//! Not the crate `backon`: it has no step between two attempts that may wait (renewing credentials), its sleeper can't end the
//! retries when somebody asks to stop, it does not tell how often it has tried, and its jitter adds to a delay instead of
//! spreading it.

use std::fmt::Display;
use std::time::Duration;

use tokio::time::sleep;

use super::backoff::Backoff;
use super::request;
use crate::progress::Stop;

/// What a failure calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Another attempt after a wait, unless there have been `tries` already.
    Retry {
        /// Attempts at the most.
        tries: u32,
        /// How long the server asks to wait; the backoff decides where it does not say.
        wait: Option<Duration>,
    },
    /// Another attempt at once, with new credentials. A second time it is [`Verdict::GiveUp`].
    RenewThenRetry,
    /// Nothing: it would fail again.
    GiveUp,
}

impl Verdict {
    /// Another attempt after the backoff, `tries` in all.
    #[must_use]
    pub fn retry(tries: u32) -> Self {
        Self::Retry { tries, wait: None }
    }
}

/// An operation that was given up.
#[derive(Debug)]
pub struct GivenUp<E> {
    /// How often it was tried.
    pub tries: u32,
    /// How the last attempt failed.
    pub error: E,
    /// Why there was no other.
    pub reason: Reason,
}

/// Why there is no other attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It would fail again.
    Final,
    /// There were as many as there may be.
    Exhausted,
    /// Somebody asked to stop.
    Stopped,
}

/// Tries `op` until it succeeds or is given up. `classify` decides what a failure calls for, `renew` gets new credentials.
pub async fn retry<T, E, Renewed, Attempted>(
    backoff: Backoff,
    stop: &Stop,
    classify: impl Fn(&E) -> Verdict,
    mut renew: impl FnMut() -> Renewed,
    mut op: impl FnMut() -> Attempted,
) -> Result<T, GivenUp<E>>
where
    E: Display,
    Renewed: Future<Output = ()>,
    Attempted: Future<Output = Result<T, E>>,
{
    let mut retries = Retries::new(backoff);
    loop {
        let error = match op().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let verdict = classify(&error);
        if retries.next(verdict, error, stop).await? == Next::Renew {
            renew().await;
        }
    }
}

/// What comes before the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Attempt,
    /// New credentials.
    Renew,
}

/// The failures of one operation so far.
#[derive(Debug, Clone)]
pub struct Retries {
    backoff: Backoff,
    failures: u32,
    renewed: bool,
}

impl Retries {
    /// No attempt has failed yet.
    #[must_use]
    pub fn new(backoff: Backoff) -> Self {
        Self {
            backoff,
            failures: 0,
            renewed: false,
        }
    }

    /// How many attempts have failed.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Takes note of a failure, and waits as long as it takes; an error says that there is no other attempt.
    pub async fn next<E: Display>(
        &mut self,
        verdict: Verdict,
        error: E,
        stop: &Stop,
    ) -> Result<Next, GivenUp<E>> {
        self.failures += 1;
        let tries = self.failures;
        let given_up = |error, reason| {
            Err(GivenUp {
                tries,
                error,
                reason,
            })
        };
        match verdict {
            Verdict::RenewThenRetry if !self.renewed => {
                self.renewed = true;
                Ok(Next::Renew)
            }
            Verdict::RenewThenRetry | Verdict::GiveUp => given_up(error, Reason::Final),
            Verdict::Retry { tries: most, .. } if tries >= most => {
                given_up(error, Reason::Exhausted)
            }
            Verdict::Retry { wait, .. } => {
                let wait = wait.unwrap_or_else(|| self.backoff.after(tries));
                request::again(&error, wait);
                tokio::select! {
                    () = sleep(wait) => Ok(Next::Attempt),
                    () = stop.wait() => given_up(error, Reason::Stopped),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;

    const BACKOFF: Backoff = Backoff {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(4),
    };

    /// Tries an operation that fails as `failures` say, one after another, and then succeeds. Gives how it ended, how often it was
    /// tried and how often credentials were renewed.
    async fn outcome(failures: &[Verdict]) -> (Result<(), (u32, Reason)>, usize, u32) {
        let (mut attempts, mut renewals) = (0, 0);
        let outcome = retry(
            BACKOFF,
            &Stop::default(),
            |failed: &usize| failures[*failed],
            || {
                renewals += 1;
                ready(())
            },
            || {
                let failed = attempts;
                attempts += 1;
                ready(if failed < failures.len() {
                    Err(failed)
                } else {
                    Ok(())
                })
            },
        )
        .await;
        let outcome = outcome.map_err(|end| (end.tries, end.reason));
        (outcome, attempts, renewals)
    }

    #[tokio::test]
    async fn the_table_holds() {
        use Verdict::{GiveUp, RenewThenRetry};
        let again = Verdict::retry(3);
        for (failures, expected, attempts, renewals) in [
            (vec![], Ok(()), 1, 0),
            (vec![again, again], Ok(()), 3, 0),
            (vec![again, again, again], Err((3, Reason::Exhausted)), 3, 0),
            (
                vec![again, Verdict::retry(2)],
                Err((2, Reason::Exhausted)),
                2,
                0,
            ),
            (vec![GiveUp], Err((1, Reason::Final)), 1, 0),
            (vec![again, GiveUp], Err((2, Reason::Final)), 2, 0),
            (vec![RenewThenRetry], Ok(()), 2, 1),
            (
                vec![RenewThenRetry, RenewThenRetry],
                Err((2, Reason::Final)),
                2,
                1,
            ),
            (vec![RenewThenRetry, again], Ok(()), 3, 1),
            // The attempt with the old credentials is one of the three.
            (
                vec![RenewThenRetry, again, again],
                Err((3, Reason::Exhausted)),
                3,
                1,
            ),
        ] {
            let found = outcome(&failures).await;
            assert_eq!(found, (expected, attempts, renewals), "{failures:?}");
        }
    }

    #[tokio::test]
    async fn a_stop_ends_a_wait_and_the_server_names_its_length() {
        let stop = Stop::default();
        stop.request();
        let asked = Verdict::Retry {
            tries: 9,
            wait: Some(Duration::from_hours(1)),
        };
        let end = Retries::new(BACKOFF).next(asked, "busy", &stop).await;
        let end = end.expect_err("nobody waits for an hour");
        assert_eq!(
            (end.tries, end.error, end.reason),
            (1, "busy", Reason::Stopped)
        );
    }
}
