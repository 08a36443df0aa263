//! Who is hit by which fault.

use std::time::Instant;

use super::{Faults, Operation, Target};
use crate::support::lots::Lots;

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
    lots: Lots<Fault, Target>,
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
        let has_body = matches!(
            target.operation,
            Operation::PutObject | Operation::UploadPart
        );
        let shares = [
            (Fault::Stuck, faults.stuck),
            (Fault::Reset, faults.reset),
            (Fault::SlowDown, faults.slow_down),
            (Fault::InternalError, faults.internal_error),
            (Fault::Lost, faults.lost),
            (Fault::Flip, faults.flip),
        ];
        let can_hit = shares
            .into_iter()
            .filter(|&(fault, _)| fault != Fault::Flip || has_body);
        self.lots.draw(faults.seed, target, can_hit)
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
