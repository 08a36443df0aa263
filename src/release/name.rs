//! The name of a release.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The name of a release, such as `CT-2A`: letters, digits, `.`, `_` or `-`. Which of these names are releases of a dataset, and
/// how it spells them, [`DatasetFormat::release`](super::DatasetFormat::release) tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Release(String);

/// A text that names no release.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected {expected}, got `{got}`")]
pub struct ReleaseNameError {
    /// The names that there are, in words.
    pub expected: &'static str,
    /// The text.
    pub got: String,
}

impl Release {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Release {
    type Err = ReleaseNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
        // It is the name of a folder: `.` and `..` are none.
        if name.is_empty() || name.starts_with('.') || !name.as_bytes().iter().all(allowed) {
            return Err(ReleaseNameError {
                expected: "a release (letters, digits, `.`, `_` or `-`)",
                got: name.to_owned(),
            });
        }
        Ok(Self(name.to_owned()))
    }
}

impl TryFrom<String> for Release {
    type Error = ReleaseNameError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl From<Release> for String {
    fn from(release: Release) -> Self {
        release.0
    }
}

#[cfg(test)]
mod tests {
    use super::Release;

    #[test]
    fn a_name_is_that_of_a_folder() {
        for name in ["CT-2A", "9A", "sample_1.0"] {
            assert!(name.parse::<Release>().is_ok(), "{name}");
        }
        for name in ["", ".", "..", ".a", "a/b", "a b", "\u{e9}"] {
            assert!(name.parse::<Release>().is_err(), "{name}");
        }
    }
}
