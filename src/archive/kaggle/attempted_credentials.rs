//! A place where credentials were looked for.

use std::fmt;

/// A place where credentials may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptedCredentials {
    /// The variable or file.
    pub place: String,
    /// Whether it has the credentials that were sent.
    pub used: bool,
}

impl fmt::Display for AttemptedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, used } = self;
        write!(
            f,
            "{place} ({})",
            if *used { "used" } else { "nothing there" }
        )
    }
}
