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

/// A value as the name of a folder: one level, never `.` or `..`.
pub(super) fn folder_name(value: &str) -> String {
    let kept = |letter: char| !letter.is_control() && !r#"/\:*?"<>|"#.contains(letter);
    let name: String = value
        .chars()
        .map(|letter| if kept(letter) { letter } else { '_' })
        .collect();
    match name.trim() {
        "" | "." | ".." => "_".to_owned(),
        // A name that begins with a dot would be hidden, one that ends with one can't be on Windows.
        name => name.trim_matches('.').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    #[test]
    fn values_become_names_of_folders() {
        for (value, name) in [
            ("COVID-19", "COVID-19"),
            ("Côte d'Ivoire", "Côte d'Ivoire"),
            ("a/b", "a_b"),
            ("..", "_"),
            ("", "_"),
            (".hidden", "hidden"),
        ] {
            assert_eq!(folder_name(value), name);
        }
    }

    proptest! {
        #[test]
        fn no_value_leads_out_of_its_folder(value in any::<String>()) {
            let name = folder_name(&value);
            prop_assert!(!name.is_empty() && name != "." && name != "..", "{name:?}");
            prop_assert!(!name.contains(['/', '\\', '\0']), "{name:?}");
        }
    }
}
