//! What a dataset says of a snapshot: the report as one HTML page, and what changed since another.

use serde::Serialize;

/// A page, and what is on it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What it counts, by name.
    #[serde(flatten)]
    pub counts: serde_json::Value,
    /// The same in a line.
    #[serde(skip)]
    pub summary: String,
    /// The HTML, UTF-8.
    #[serde(skip)]
    pub html: String,
}

/// What changed from one snapshot to another.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// For people.
    pub text: String,
    /// For programs: JSON.
    pub json: String,
}
