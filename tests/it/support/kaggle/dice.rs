//! What hits a request, and how far the storage has come.

use super::{Faults, Hold, Operation, Quirk};
use crate::support::lots::Lots;

/// A fault that hit a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    /// 429.
    TooManyRequests,
    /// 503.
    Unavailable,
    ErrorMessage,
    Stuck,
    Reset,
    Cut,
    Flip,
    Short,
    Misplaced,
    Long,
}

/// The state of the draws and counts, since the faults were set.
#[derive(Debug, Default)]
pub(crate) struct Dice {
    api: Lots<Fault, Operation>,
    storage: Lots<Fault, (Operation, String)>,
    /// Requests to the storage.
    requests: u64,
    /// Bytes of bodies that the storage has sent.
    sent: u64,
    changed: bool,
}

/// What the storage does with a request before it looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn {
    /// The archive is another from here on.
    pub(crate) change: bool,
    /// It is never served.
    pub(crate) hold: bool,
    /// The machine that serves it, where there are several.
    pub(crate) machine: u64,
}

impl Dice {
    /// The fault that hits this call.
    pub(crate) fn draw_api(&mut self, faults: &Faults, operation: Operation) -> Option<Fault> {
        if !faults.on.is_empty() && !faults.on.contains(&operation) {
            return None;
        }
        let shares = [
            (Fault::TooManyRequests, faults.api_429),
            (Fault::Unavailable, faults.api_503),
            (Fault::Cut, faults.api_cut),
            (Fault::ErrorMessage, faults.api_error_message),
        ];
        self.api.draw(faults.seed, &operation, shares)
    }

    /// The fault that hits this request for `range`.
    pub(crate) fn draw_storage(
        &mut self,
        faults: &Faults,
        operation: Operation,
        range: &str,
    ) -> Option<Fault> {
        let shares = [
            (Fault::Stuck, faults.stuck),
            (Fault::Unavailable, faults.storage_503),
            (Fault::TooManyRequests, faults.storage_429),
            (Fault::Reset, faults.reset),
            (Fault::Cut, faults.cut),
            (Fault::Flip, faults.flip),
            (Fault::Short, faults.short),
            (Fault::Misplaced, faults.misplaced),
            (Fault::Long, faults.long),
        ];
        let target = (operation, range.to_owned());
        self.storage.draw(faults.seed, &target, shares)
    }

    /// Counts a request to the storage.
    pub(crate) fn turn(&mut self, faults: &Faults) -> Turn {
        self.requests += 1;
        let before = self.requests - 1;
        let change = !self.changed && faults.change_after.is_some_and(|after| before >= after);
        self.changed |= change;
        let hold = match faults.hold_after {
            Some(Hold::Requests(after)) => before >= after,
            _ => false,
        };
        let machine = if faults.quirk(Quirk::Machines) {
            before % 2
        } else if faults.quirk(Quirk::EverNew) {
            before
        } else {
            0
        };
        Turn {
            change,
            hold,
            machine,
        }
    }

    /// How many of `wanted` bytes may be sent: none means that they are held.
    pub(crate) fn admit(&mut self, faults: &Faults, wanted: usize) -> usize {
        let admitted = match faults.hold_after {
            Some(Hold::Bytes(after)) => wanted.min(after.saturating_sub(self.sent) as usize),
            _ => wanted,
        };
        self.sent += admitted as u64;
        admitted
    }
}
