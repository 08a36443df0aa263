//! The quality rules: what can be found about the data, and what to do about it.

use serde::{Deserialize, Serialize};

/// How bad a finding is; `build --fail-on` compares against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Look at it before you trust an analysis.
    Warning,
    /// An analysis that ignores it is wrong.
    Error,
}

impl Severity {
    /// The word in the tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A rule's entry in the contract.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleText {
    /// Kebab-case id, as in `quality_findings.rule`.
    pub id: String,
    /// How bad a finding of it is.
    pub severity: Severity,
    /// What a subject is: slice, patient, image, line, ….
    pub subject_type: String,
    /// A few words.
    pub title: String,
    /// One sentence: what a finding says.
    pub text: String,
    /// What to do about it.
    pub remedy: String,
}
