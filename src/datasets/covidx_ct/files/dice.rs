//! Numbers that look random and are the same everywhere.

/// A sequence of numbers from a seed (`SplitMix64`).
///
/// Not a library's generator: those may give other numbers in their next version, and the sample
/// of a seed should stay what it is.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

/// What the state of a sequence goes on by.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number from 0 to `end` − 1; 0 if there is none.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        // The high half times `end`: no number is much likelier than another.
        let product = (self.next() >> 32) * u64::from(end);
        u32::try_from(product >> 32).unwrap_or_default()
    }

    /// A number from `first` to `last`.
    pub(super) fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below(last - first + 1)
    }

    /// Whether something of that probability happens.
    pub(super) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let at = self.below(u32::try_from(from.len()).unwrap_or(u32::MAX));
        from.get(at as usize).copied().unwrap_or_default()
    }
}

/// Scatters a number: neighbours become strangers.
pub(super) const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sequence() {
        let mut dice = Dice::new(1_234_567);
        assert_eq!(dice.next(), 6_457_827_717_110_365_317);
        assert_eq!(dice.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let mut dice = Dice::new(7);
        let thrown: Vec<_> = (0..1000).map(|_| dice.between(3, 8)).collect();
        assert_eq!(thrown.iter().min(), Some(&3));
        assert_eq!(thrown.iter().max(), Some(&8));
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.pick(&[]), "");
    }
}
