//! Something that happens once, and that a test waits for.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// Longer than anything in a test takes.
const LIMIT: Duration = Duration::from_mins(2);

#[derive(Debug, Default)]
pub(crate) struct Signal {
    set: Mutex<bool>,
    changed: Condvar,
}

impl Signal {
    pub(crate) fn set(&self) {
        *self.set.lock().unwrap() = true;
        self.changed.notify_all();
    }

    pub(crate) fn reset(&self) {
        *self.set.lock().unwrap() = false;
    }

    /// Blocks until it is set.
    #[track_caller]
    pub(crate) fn wait(&self) {
        let set = self.set.lock().unwrap();
        let (set, _) = self
            .changed
            .wait_timeout_while(set, LIMIT, |set| !*set)
            .unwrap();
        assert!(*set, "nothing happened in {LIMIT:?}");
    }
}
