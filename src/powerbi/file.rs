//! A file of the project.

use serde_json::Value;

/// Where Microsoft's schemas of these files are; it is their name, nothing is fetched.
pub(super) const SCHEMAS: &str = "https://developer.microsoft.com/json-schemas/fabric";

/// A file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectFile {
    /// Path below the project's folder, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl ProjectFile {
    pub(super) fn new(path: impl Into<String>, text: String) -> Self {
        Self {
            path: path.into(),
            text,
        }
    }

    pub(super) fn json(path: impl Into<String>, value: &Value) -> Self {
        Self::new(path, format!("{value:#}\n"))
    }
}
