//! Who is hit by which fault.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use super::{Faults, Operation, Share, Target};

/// How long a client may save up requests under a cap, in seconds.
const BURST: f64 = 0.25;

/// A fault that hit a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    Stuck,
    Reset,
    SlowDown,
    InternalError,
    Lost,
    Flip,
    /// Beyond the cap on requests.
    Rate,
}

/// The state of the draws.
#[derive(Debug, Default)]
pub(crate) struct Dice {
    attempts: HashMap<Target, u64>,
    /// How many requests each fault could have hit.
    could: HashMap<Fault, u64>,
    /// The cap's allowance: requests, and when that was so.
    allowance: Option<(f64, Instant)>,
}

impl Dice {
    /// The fault that hits this request.
    pub(crate) fn draw(&mut self, faults: &Faults, target: &Target) -> Option<Fault> {
        if faults.rate.is_some_and(|rate| !self.admits(rate)) {
            return Some(Fault::Rate);
        }
        let on = faults.on.is_empty() || faults.on.contains(&target.operation);
        if !on || !faults.concern(&target.key) {
            return None;
        }
        let attempt = self.attempts.entry(target.clone()).or_default();
        *attempt += 1;
        let attempt = *attempt;
        let has_body = matches!(
            target.operation,
            Operation::PutObject | Operation::UploadPart
        );
        [
            (Fault::Stuck, faults.stuck),
            (Fault::Reset, faults.reset),
            (Fault::SlowDown, faults.slow_down),
            (Fault::InternalError, faults.internal_error),
            (Fault::Lost, faults.lost),
            (Fault::Flip, faults.flip),
        ]
        .into_iter()
        .filter(|&(fault, _)| fault != Fault::Flip || has_body)
        .find_map(|(fault, share)| {
            let could = self.could.entry(fault).or_default();
            *could += 1;
            let hit = match share {
                Share::None => false,
                Share::Of(part) => lot(faults.seed, fault, target, attempt) < part,
                Share::First(count) => *could <= count,
                Share::Nth(number) => *could == number,
            };
            hit.then_some(fault)
        })
    }

    /// Takes a request from the allowance.
    fn admits(&mut self, rate: f64) -> bool {
        let now = Instant::now();
        let most = (rate * BURST).max(1.0);
        let (left, since) = self.allowance.unwrap_or((most, now));
        let left = (left + rate * (now - since).as_secs_f64()).min(most);
        let admitted = left >= 1.0;
        self.allowance = Some((if admitted { left - 1.0 } else { left }, now));
        admitted
    }
}

/// A number from 0 to 1 that depends on nothing else.
fn lot(seed: u64, fault: Fault, target: &Target, attempt: u64) -> f64 {
    let mut hasher = DefaultHasher::new();
    (seed, fault, target, attempt).hash(&mut hasher);
    hasher.finish() as f64 / u64::MAX as f64
}
