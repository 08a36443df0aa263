//! Columns that make folders or classes: `split/diagnosis`.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use thiserror::Error;

/// No columns, in words.
const FLAT: &str = "flat";

/// Columns, the outermost folder first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(into = "String")]
pub struct ColumnPath(Vec<String>);

/// Not columns.
#[derive(Debug, Error)]
#[error("expected `flat` or columns like `split/diagnosis`, got `{0}`")]
pub struct ColumnPathError(String);

impl ColumnPath {
    /// Of these columns.
    pub(super) fn of<const N: usize>(columns: [&str; N]) -> Self {
        Self(columns.map(str::to_owned).to_vec())
    }

    /// The columns' names.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.0
    }
}

impl FromStr for ColumnPath {
    type Err = ColumnPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == FLAT {
            return Ok(Self::default());
        }
        let columns: Vec<String> = text.split('/').map(str::to_owned).collect();
        if columns.iter().any(String::is_empty) {
            return Err(ColumnPathError(text.to_owned()));
        }
        Ok(Self(columns))
    }
}

impl fmt::Display for ColumnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str(FLAT),
            columns => f.write_str(&columns.join("/")),
        }
    }
}

impl From<ColumnPath> for String {
    fn from(path: ColumnPath) -> Self {
        path.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_and_written() {
        for text in ["flat", "diagnosis", "split/diagnosis"] {
            let path: ColumnPath = text.parse().expect(text);
            assert_eq!(path.to_string(), text);
        }
        for text in ["", "/", "split/", "split//diagnosis"] {
            assert!(text.parse::<ColumnPath>().is_err(), "{text}");
        }
    }
}
