//! Where requests wait for their turn: [`AdaptiveLimit`] decides, [`ConcurrencyLimiter`] waits.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;
use tokio::time::sleep;

use super::adaptive_limit::{AdaptiveLimit, Answer};

/// Bounds how many requests are under way, and how many are sent a second, by what the store lets through.
#[derive(Debug)]
pub struct ConcurrencyLimiter {
    began: Instant,
    state: Mutex<State>,
    left: Notify,
}

#[derive(Debug)]
struct State {
    limit: AdaptiveLimit,
    under_way: usize,
    requests: u64,
    refusals: u64,
}

/// How requests fare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Requests sent.
    pub requests: u64,
    /// Of these refused, failed or lost.
    pub refusals: u64,
    /// How many may be under way now.
    pub concurrency: usize,
}

impl ConcurrencyLimiter {
    /// Lets through at most `most` requests at once.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            began: Instant::now(),
            state: Mutex::new(State {
                limit: AdaptiveLimit::new(most),
                under_way: 0,
                requests: 0,
                refusals: 0,
            }),
            left: Notify::new(),
        }
    }

    /// Runs one request when it may be sent.
    pub async fn run<T, E>(
        &self,
        request: impl Future<Output = Result<T, E>>,
        refused: impl FnOnce(&E) -> bool,
    ) -> Result<T, E> {
        let place = self.enter().await;
        let outcome = request.await;
        let answer = match &outcome {
            Err(error) if refused(error) => Answer::Refused,
            _ => Answer::Accepted,
        };
        let mut state = self.lock();
        state.requests += 1;
        if answer == Answer::Refused {
            state.refusals += 1;
        }
        state.limit.answer(self.began.elapsed(), answer);
        drop(state);
        drop(place);
        outcome
    }

    async fn enter(&self) -> Place<'_> {
        let wait = loop {
            let left = self.left.notified();
            {
                let mut state = self.lock();
                if state.under_way < state.limit.concurrency() {
                    state.under_way += 1;
                    break state.limit.admit(self.began.elapsed());
                }
            }
            left.await;
        };
        let place = Place(self);
        if !wait.is_zero() {
            sleep(wait).await;
        }
        place
    }

    /// How requests have fared so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        let state = self.lock();
        Traffic {
            requests: state.requests,
            refusals: state.refusals,
            concurrency: state.limit.concurrency(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request's place inside; free again when it is dropped, also when the request is given up.
struct Place<'a>(&'a ConcurrencyLimiter);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.under_way -= 1;
        // The limit may have risen by more than one.
        let free = state.limit.concurrency().saturating_sub(state.under_way);
        drop(state);
        for _ in 0..free.min(2) {
            self.0.left.notify_one();
        }
    }
}
