//! The name of a database that every engine takes without quotes.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use thiserror::Error;

use crate::hint::Hint;

/// What Glue lets a name be long.
const MAX_LENGTH: usize = 255;

/// Lower-case letters, digits and underscores, not beginning with an underscore or digit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DatabaseName(String);

/// A name that Glue, Athena or Spark would refuse, change or want in quotes.
#[derive(Debug, Error)]
#[error(
    "expected a database name of lower-case letters, digits and `_` that begins with a letter, up to {MAX_LENGTH} characters, got `{0}`"
)]
pub struct DatabaseNameError(String);

impl Hint for DatabaseNameError {
    fn hint(&self) -> Option<String> {
        Some("name one like `--database covidx`".to_owned())
    }
}

impl DatabaseName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatabaseName {
    type Err = DatabaseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain =
            |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        if text.len() <= MAX_LENGTH
            && text.starts_with(|letter: char| letter.is_ascii_lowercase())
            && text.chars().all(plain)
        {
            return Ok(Self(text.to_owned()));
        }
        Err(DatabaseNameError(text.to_owned()))
    }
}

impl fmt::Display for DatabaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_need_quotes_are_refused() {
        for name in ["covidx", "c", "covidx_ct_2a"] {
            assert!(name.parse::<DatabaseName>().is_ok(), "{name}");
        }
        let long = "a".repeat(256);
        for name in [
            "",
            "Covidx",
            "covidx-ct",
            "2a",
            "_x",
            "a b",
            "a`b",
            "a.b",
            "naïve",
            &long,
        ] {
            assert!(name.parse::<DatabaseName>().is_err(), "{name}");
        }
    }
}
