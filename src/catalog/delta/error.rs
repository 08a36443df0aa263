//! What can be wrong with a Delta log.

use thiserror::Error;

use crate::hint::Hint;

/// A table's Delta log can't be read, and so nothing may be added to it.
#[derive(Debug, Error)]
pub enum DeltaError {
    /// A version is no lines of JSON, or one lacks what Delta demands.
    #[error("`{path}` is damaged: expected a JSON object a line, as Delta's protocol has them")]
    Damaged {
        /// The version's file.
        path: String,
        /// Where reading stopped.
        source: serde_json::Error,
    },
    /// A version is missing between others.
    #[error(
        "`{expected}` is missing, while `{found}` is there: a version can only be read after all before it"
    )]
    Gap {
        /// The file that should be there.
        expected: String,
        /// The first after it.
        found: String,
    },
    /// Somebody has raised what a reader must be able to do.
    #[error(
        "`{path}` makes the table one for readers of version {reader} and writers of version {writer}, expected at most 1 and 2"
    )]
    Protocol {
        /// The version's file.
        path: String,
        /// What a reader must be.
        reader: u32,
        /// What a writer must be.
        writer: u32,
    },
}

impl Hint for DeltaError {
    fn hint(&self) -> Option<String> {
        let path = match self {
            Self::Damaged { path, .. } | Self::Protocol { path, .. } => path,
            Self::Gap { expected, .. } => expected,
        };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Some(format!(
            "restore the file from a backup, or remove all of `{folder}` from the lake and run `ctlake register --format delta` again: the log of the lake has everything, but what others have written into the table is lost"
        ))
    }
}
