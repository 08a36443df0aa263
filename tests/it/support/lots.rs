//! Who is hit by which fault.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Which of the requests that a fault could hit are hit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Share {
    #[default]
    None,
    /// This part of them, from 0 to 1.
    Of(f64),
    /// The first so many to arrive.
    First(u64),
    /// The one that arrives as the n-th, counted from 1.
    Nth(u64),
}

/// The state of the draws: `F` are the faults, `T` is what tells requests apart.
///
/// What hits by lot is drawn from the seed, the target and how often that was asked for: the order in which requests arrive
/// changes nothing.
#[derive(Debug)]
pub(crate) struct Lots<F, T> {
    attempts: HashMap<T, u64>,
    /// How many requests each fault could have hit.
    could: HashMap<F, u64>,
}

impl<F, T> Default for Lots<F, T> {
    fn default() -> Self {
        Self {
            attempts: HashMap::new(),
            could: HashMap::new(),
        }
    }
}

impl<F: Copy + Eq + Hash, T: Clone + Eq + Hash> Lots<F, T> {
    /// The first of these faults that hits this request.
    pub(crate) fn draw(
        &mut self,
        seed: u64,
        target: &T,
        faults: impl IntoIterator<Item = (F, Share)>,
    ) -> Option<F> {
        let attempt = self.attempts.entry(target.clone()).or_default();
        *attempt += 1;
        let attempt = *attempt;
        faults.into_iter().find_map(|(fault, share)| {
            let could = self.could.entry(fault).or_default();
            *could += 1;
            let hit = match share {
                Share::None => false,
                Share::Of(part) => lot(seed, fault, target, attempt) < part,
                Share::First(count) => *could <= count,
                Share::Nth(number) => *could == number,
            };
            hit.then_some(fault)
        })
    }
}

/// A number from 0 to 1 that depends on nothing else.
fn lot(seed: u64, fault: impl Hash, target: impl Hash, attempt: u64) -> f64 {
    let mut hasher = DefaultHasher::new();
    (seed, fault, target, attempt).hash(&mut hasher);
    hasher.finish() as f64 / u64::MAX as f64
}
