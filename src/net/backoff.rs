//! How long to wait before a request is sent again.

use std::time::Duration;

use rand::RngExt;

/// Waits that double from try to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The first wait is up to this long.
    pub first: Duration,
    /// No wait is longer.
    pub longest: Duration,
}

impl Backoff {
    /// The wait after `tries` tries that failed: a random time, longer with each try. Many that were refused together must not
    /// come back together.
    #[must_use]
    pub fn after(self, tries: u32) -> Duration {
        let longest = self
            .first
            .saturating_mul(1 << tries.saturating_sub(1).min(16))
            .min(self.longest);
        longest.mul_f64(rand::rng().random_range(0.1..1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let backoff = Backoff {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(10),
        };
        for (tries, longest) in [
            (0, 100),
            (1, 100),
            (2, 200),
            (5, 1600),
            (8, 10_000),
            (99, 10_000),
        ] {
            let wait = backoff.after(tries).as_millis();
            assert!(
                wait <= longest && wait >= longest / 10,
                "{tries}: {wait} ms"
            );
        }
    }
}
