//! The three splits of the release.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the three parts a release is divided into; each has a label file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Split {
    /// What a model is fitted on.
    Train = 0,
    /// What its settings are chosen on.
    Val = 1,
    /// What it is judged on.
    Test = 2,
}

impl Split {
    /// All splits, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Train, Self::Val, Self::Test];

    /// `train`, `val` or `test`: as in the label files' names and in the tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Val => "val",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_positions() {
        for (at, split) in Split::ALL.into_iter().enumerate() {
            assert_eq!(split as usize, at);
        }
    }

    #[test]
    fn named_as_in_the_file_names() {
        assert_eq!(
            Split::ALL.map(|split| split.to_string()),
            ["train", "val", "test"]
        );
    }
}
