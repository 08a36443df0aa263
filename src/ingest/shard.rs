//! One of several machines that ingest one archive together.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use thiserror::Error;

/// The `index`-th of `count` contiguous stretches of the archive, so that ranges stay ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Shard {
    /// 0-based.
    pub index: u32,
    /// How many there are.
    pub count: u32,
}

/// A shard is written `i/n`.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("expected a shard like `0/8`, from `0/8` to `7/8`, got `{0}`")]
pub struct ShardError(String);

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let wrong = || ShardError(text.to_owned());
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let shard = Self {
            index: index.parse().map_err(|_| wrong())?,
            count: count.parse().map_err(|_| wrong())?,
        };
        if shard.index < shard.count {
            Ok(shard)
        } else {
            Err(wrong())
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl Shard {
    /// The stretch that each of the entries is in, given their sizes in archive order: stretches have about the same bytes.
    #[must_use]
    pub(super) fn stretches(self, sizes: &[u64]) -> Vec<u32> {
        // Each entry counts for something, so that empty files spread too.
        let total: u128 = sizes.iter().map(|&size| u128::from(size) + 1).sum();
        let mut before = 0_u128;
        sizes
            .iter()
            .map(|&size| {
                let stretch = before * u128::from(self.count) / total;
                before += u128::from(size) + 1;
                u32::try_from(stretch).expect("below the number of stretches")
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_entry_is_in_one_stretch_and_stretches_are_contiguous(
            sizes in prop::collection::vec(0_u64..1_000_000, 1..300),
            count in 1_u32..20,
        ) {
            let stretches = Shard { index: 0, count }.stretches(&sizes);
            prop_assert_eq!(stretches.len(), sizes.len());
            prop_assert!(stretches.is_sorted());
            prop_assert!(stretches.iter().all(|&stretch| stretch < count));
            // None has more than its share and one entry besides.
            let total: u64 = sizes.iter().map(|size| size + 1).sum();
            let largest = sizes.iter().max().copied().unwrap_or(0) + 1;
            for stretch in 0..count {
                let bytes: u64 = sizes.iter().zip(&stretches).filter(|(_, of)| **of == stretch).map(|(size, _)| size + 1).sum();
                prop_assert!(bytes <= total / u64::from(count) + 1 + largest);
            }
        }
    }

    #[test]
    fn a_shard_is_written_as_a_fraction() {
        assert_eq!("7/8".parse(), Ok(Shard { index: 7, count: 8 }));
        for text in ["8/8", "1", "-1/8", "a/b", "0/0"] {
            let error = text.parse::<Shard>().expect_err(text);
            assert_eq!(
                error.to_string(),
                format!("expected a shard like `0/8`, from `0/8` to `7/8`, got `{text}`")
            );
        }
    }
}
