//! How fast, and how many at once: one controller sees every answer of the store. Pure: time is given.
//!
//! A store that refuses requests wants fewer of them a second. What it lets through is measured, and a little less is sent;
//! then the rate grows along a cubic curve, as TCP's CUBIC does: quickly back to where it was refused, slowly past it, and fast
//! again when nothing happens there. Refusals that do not depend on the rate (a flaky network, a server that fails at random)
//! are told from the others by what a lower rate does to them: where it cures nothing it is taken back.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the concurrency is between 0 and `most`, which is some hundreds"
)]

use std::time::Duration;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Done.
    Accepted,
    /// Throttled, failed or lost.
    Refused,
}

/// Answers are judged together: after this time …
const WINDOW: Duration = Duration::from_millis(500);
/// … and not fewer than so many.
const WINDOW_ANSWERS: u32 = 20;
/// The share of refusals that is no sign of anything.
const TOLERATED: f64 = 0.02;
/// With a larger share of refusals the store is down.
const OUTAGE: f64 = 0.8;
/// After a cut the rate begins at this part of what the store let through.
const CUT: f64 = 0.95;
/// What came through may have been a burst that was saved up, or part of it from before a limit fell: so cut as often …
const CUTS: u32 = 2;
/// … before this part of what the store lets through tells a limit from chance.
const HALF: f64 = 0.5;
/// A share of refusals that changes by less than this part of it has not been changed by a cut.
const UNCHANGED: f64 = 1.0 / 3.0;
/// How fast the rate grows: relative to the plateau, per second cubed.
const GROWTH: f64 = 0.01;
/// Requests that may be sent at once after a pause, in seconds of the rate.
const BURST: f64 = 0.05;
/// However bad it gets, the store is asked now and then.
const SLOWEST: f64 = 1.0;

/// The controller.
#[derive(Debug)]
pub(super) struct AdaptiveLimit {
    most: usize,
    concurrency: f64,
    rate: Option<Rate>,
    /// When the next request may go, at the rate.
    next: Duration,
    window: Window,
    /// Share of refusals that no slowing down cures.
    incurable: f64,
    /// The last cut, while its effect is awaited.
    trial: Option<Trial>,
}

/// Requests a second.
#[derive(Debug, Clone, Copy)]
struct Rate {
    /// What the store let through when it was last refused.
    plateau: f64,
    since: Duration,
}

impl Rate {
    fn at(self, now: Duration) -> f64 {
        let back = ((1.0 - CUT) / GROWTH).cbrt();
        let seconds = now.saturating_sub(self.since).as_secs_f64();
        (self.plateau * (1.0 + GROWTH * (seconds - back).powi(3))).max(SLOWEST)
    }
}

#[derive(Debug, Default)]
struct Window {
    began: Duration,
    accepted: u32,
    refused: u32,
}

/// What was before a cut.
#[derive(Debug)]
struct Trial {
    share: f64,
    rate: Option<Rate>,
    concurrency: f64,
    /// Cuts of this trial.
    cuts: u32,
    /// Whether none of them has changed the share of refusals.
    flat: bool,
    /// What the store let through when cuts had not helped, and the rate was halved.
    halved: Option<f64>,
    /// Answers of one window are to requests from before the cut.
    settled: bool,
}

impl AdaptiveLimit {
    /// At most `most` requests at once.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            concurrency: most as f64,
            rate: None,
            next: Duration::ZERO,
            window: Window::default(),
            incurable: 0.0,
            trial: None,
        }
    }

    /// How many requests may be under way now.
    pub(super) fn concurrency(&self) -> usize {
        (self.concurrency as usize).clamp(1, self.most)
    }

    /// Takes a request's place in the row: how long it has to wait.
    pub(super) fn admit(&mut self, now: Duration) -> Duration {
        let Some(rate) = self.rate else {
            return Duration::ZERO;
        };
        let earliest = now.saturating_sub(Duration::from_secs_f64(BURST));
        let place = self.next.max(earliest);
        self.next = place + Duration::from_secs_f64(1.0 / rate.at(now));
        place.saturating_sub(now)
    }

    /// Takes note of an answer.
    pub(super) fn answer(&mut self, now: Duration, answer: Answer) {
        match answer {
            Answer::Accepted => self.window.accepted += 1,
            Answer::Refused => self.window.refused += 1,
        }
        let time = now.saturating_sub(self.window.began);
        if time >= WINDOW && self.window.accepted + self.window.refused >= WINDOW_ANSWERS {
            self.judge(now, time.as_secs_f64());
            self.window = Window {
                began: now,
                ..Window::default()
            };
        }
    }

    fn judge(&mut self, now: Duration, seconds: f64) {
        let Window {
            accepted, refused, ..
        } = self.window;
        let answers = f64::from(accepted + refused);
        let share = f64::from(refused) / answers;
        let through = f64::from(accepted) / seconds / (1.0 - self.incurable).max(0.1);
        if let Some(trial) = self.trial.take() {
            self.end_trial(now, trial, share, through);
            return;
        }
        let noise = 2.0 * (self.incurable.max(TOLERATED) / answers).sqrt();
        if share <= self.incurable + TOLERATED + noise {
            // It falls by itself; only a trial can raise it.
            self.incurable = self.incurable.min(0.8 * self.incurable + 0.2 * share);
            self.concurrency = (self.concurrency * 1.25 + 1.0).min(self.most as f64);
            return;
        }
        self.trial = Some(Trial {
            share,
            rate: self.rate,
            concurrency: self.concurrency,
            cuts: 1,
            flat: true,
            halved: None,
            settled: false,
        });
        // Where next to nothing came through, the offered rate is all there is to go by.
        let plateau = through.max(answers / seconds / 10.0).max(SLOWEST);
        self.rate = Some(Rate {
            plateau,
            since: now,
        });
        self.concurrency = (self.concurrency / 2.0).max(1.0);
    }

    /// Has the lower rate helped?
    fn end_trial(&mut self, now: Duration, mut trial: Trial, share: f64, through: f64) {
        if !trial.settled {
            trial.settled = true;
            self.trial = Some(trial);
            return;
        }
        let (before, after) = (trial.share - self.incurable, share - self.incurable);
        let cured = share <= self.incurable + TOLERATED || after < before / 2.0;
        trial.flat &= (before - after).abs() <= UNCHANGED * before;
        match trial.halved {
            // Where next to nothing comes through, nothing can be told.
            _ if share >= OUTAGE => {}
            None if cured => {}
            Some(plateau) if cured => {
                self.rate = Some(Rate {
                    plateau,
                    since: now,
                });
            }
            None if trial.flat && trial.cuts == CUTS => self.expect_refusals(trial, share),
            None => {
                let plateau = through.max(SLOWEST);
                let mut part = 1.0;
                if trial.cuts == CUTS {
                    part = HALF;
                    trial.halved = Some(plateau);
                }
                self.rate = Some(Rate {
                    plateau: part * plateau,
                    since: now,
                });
                trial.cuts += 1;
                trial.settled = false;
                self.trial = Some(trial);
            }
            // Half as fast, and hardly better: it is not the rate.
            Some(_) => self.expect_refusals(trial, share),
        }
    }

    /// It is not the rate: takes the cuts back, and expects as many refusals from now on.
    fn expect_refusals(&mut self, trial: Trial, share: f64) {
        self.incurable = share;
        self.rate = trial.rate;
        self.concurrency = trial.concurrency;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    /// A store that lets `cap(second)` requests a second through and refuses a share of them at random, asked by as many
    /// workers as the limit allows, each answer taking 5 ms. What it lets through at once after a pause is `burst` seconds of the
    /// cap. Gives accepted and refused requests, second by second.
    fn simulate(
        seconds: u64,
        cap: impl Fn(u64) -> f64,
        random: f64,
        burst: f64,
    ) -> Vec<(u32, u32)> {
        let latency = Duration::from_millis(5);
        let mut dice = StdRng::seed_from_u64(1);
        let mut limit = AdaptiveLimit::new(64);
        let mut trace = vec![(0, 0); seconds as usize];
        let (mut tokens, mut filled) = (0.0, Duration::ZERO);
        let mut under_way: Vec<Duration> = Vec::new();
        let mut now = Duration::ZERO;
        while now < Duration::from_secs(seconds) {
            // All whose answers are due are answered; then as many are sent as may be.
            let (due, later): (Vec<_>, Vec<_>) = under_way.into_iter().partition(|&at| at <= now);
            under_way = later;
            for at in due {
                let cap = cap(now.as_secs());
                tokens = f64::min(
                    tokens + now.saturating_sub(filled).as_secs_f64() * cap,
                    cap * burst,
                );
                filled = now;
                let accepted = tokens >= 1.0 && !dice.random_bool(random);
                let second = &mut trace[now.as_secs() as usize];
                if accepted {
                    tokens -= 1.0;
                    second.0 += 1;
                    limit.answer(at, Answer::Accepted);
                } else {
                    second.1 += 1;
                    limit.answer(at, Answer::Refused);
                }
            }
            while under_way.len() < limit.concurrency() {
                let wait = limit.admit(now);
                under_way.push(now + wait + latency);
            }
            now += Duration::from_millis(1);
        }
        trace
    }

    fn sums(trace: &[(u32, u32)]) -> (f64, f64) {
        let accepted: u32 = trace.iter().map(|second| second.0).sum();
        let refused: u32 = trace.iter().map(|second| second.1).sum();
        (f64::from(accepted), f64::from(refused))
    }

    #[test]
    fn a_cap_is_found_used_and_hardly_passed() {
        let trace = simulate(60, |_| 150.0, 0.0, 0.1);
        let (accepted, refused) = sums(&trace[5..]);
        assert!(refused / (accepted + refused) <= 0.05, "{trace:?}");
        assert!(accepted >= 0.9 * 150.0 * 55.0, "{trace:?}");
    }

    #[test]
    fn a_cap_that_rises_is_used_within_fifteen_seconds_and_hardly_passed() {
        for burst in [0.02, 0.1, 0.2, 0.5] {
            let cap = |second| if second < 30 { 150.0 } else { 400.0 };
            let trace = simulate(80, cap, 0.0, burst);
            let (accepted, refused) = sums(&trace[45..]);
            assert!(accepted >= 0.9 * 400.0 * 35.0, "{burst}: {trace:?}");
            assert!(refused / (accepted + refused) <= 0.05, "{burst}: {trace:?}");
        }
    }

    #[test]
    fn a_cap_that_falls_is_kept() {
        for burst in [0.02, 0.1, 0.5] {
            let cap = |second| if second < 30 { 400.0 } else { 150.0 };
            let trace = simulate(80, cap, 0.0, burst);
            let (accepted, refused) = sums(&trace[40..]);
            assert!(accepted >= 0.9 * 150.0 * 40.0, "{burst}: {trace:?}");
            assert!(refused / (accepted + refused) <= 0.05, "{burst}: {trace:?}");
        }
    }

    #[test]
    fn random_refusals_slow_nothing_down() {
        for share in [0.02, 0.1, 0.5] {
            let trace = simulate(20, |_| 1e9, share, 0.1);
            let (accepted, refused) = sums(&trace[5..]);
            let free = 64.0 / 0.005 * 15.0;
            assert!(
                accepted + refused > 0.7 * free,
                "{share}: {accepted} + {refused} of {free}"
            );
        }
    }

    #[test]
    fn random_refusals_cost_two_cuts_and_no_halving() {
        let free = 64 * 200;
        for share in [0.05, 0.1, 0.3] {
            let trace = simulate(10, |_| 1e9, share, 0.1);
            let requests: Vec<u32> = trace.iter().map(|(yes, no)| yes + no).collect();
            // Two cuts, each with a window to settle and one to judge; then all is as before.
            assert!(
                requests[..3].iter().all(|&sent| sent > free / 3),
                "{share}: {requests:?}"
            );
            assert!(
                requests[3..].iter().all(|&sent| sent > free * 9 / 10),
                "{share}: {requests:?}"
            );
        }
    }

    #[test]
    fn an_outage_ends_in_a_trickle_and_recovers() {
        let trace = simulate(60, |second| if second < 20 { 0.0 } else { 1e9 }, 0.0, 0.1);
        let (_, refused) = sums(&trace[10..20]);
        assert!(refused <= 2000.0, "{trace:?}");
        let (accepted, _) = sums(&trace[50..]);
        assert!(accepted > 1000.0, "{trace:?}");
    }
}
