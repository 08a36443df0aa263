//! How a file differs from what was recorded of it.

use serde::{Deserialize, Serialize};

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum Difference {
    /// It was recorded, and is not there.
    Missing,
    /// Its size is another.
    Size {
        /// As it was recorded.
        expected: u64,
        /// As it is.
        found: u64,
    },
    /// Its content is another.
    Checksum {
        /// As it was recorded.
        expected: u32,
        /// As the store has it.
        found: u32,
    },
}

impl Difference {
    /// In words.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Missing => "missing".to_owned(),
            Self::Size { expected, found } => {
                format!("expected {expected} bytes, found {found}")
            }
            Self::Checksum { expected, found } => {
                format!("expected CRC-32 {expected:08x}, found {found:08x}")
            }
        }
    }
}
