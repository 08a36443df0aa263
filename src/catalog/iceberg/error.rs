//! What can be wrong with an Iceberg table.

use thiserror::Error;

use crate::hint::Hint;

/// A table's metadata can't be read or made, and so nothing may be added to it.
#[derive(Debug, Error)]
pub enum IcebergError {
    /// Not what the specification demands.
    #[error("`{path}` is damaged: expected the metadata of an Iceberg table as JSON")]
    Damaged {
        /// The file.
        path: String,
        /// Where reading stopped.
        source: serde_json::Error,
    },
    /// All addresses in the metadata are absolute.
    #[error(
        "`{path}` is of a table at `{found}`, expected `{expected}`: was the lake moved or copied?"
    )]
    Moved {
        /// The file.
        path: String,
        /// Where the table says that it is.
        found: String,
        /// Where it is.
        expected: String,
    },
    /// Somebody has made another kind of table of it.
    #[error("`{path}` has format version {found}, expected 2")]
    Version {
        /// The file.
        path: String,
        /// Its version.
        found: u8,
    },
    /// Glue names a file that nobody here can read.
    #[error("`{table}` in AWS Glue is at `{found}`, expected a file below `{expected}`")]
    Elsewhere {
        /// The table there.
        table: String,
        /// Its metadata file.
        found: String,
        /// The lake.
        expected: String,
    },
    /// The next version would be none.
    #[error("cannot make the next version of Iceberg table `{table}`")]
    Make {
        /// The table.
        table: String,
        /// What was refused.
        source: Box<iceberg::Error>,
    },
}

impl IcebergError {
    /// For `map_err`: `table` has no next version.
    pub(super) fn make(table: &str) -> impl FnOnce(iceberg::Error) -> Self + use<> {
        let table = table.to_owned();
        move |source| Self::Make {
            table,
            source: Box::new(source),
        }
    }
}

impl Hint for IcebergError {
    fn hint(&self) -> Option<String> {
        let folder = match self {
            Self::Damaged { path, .. } | Self::Moved { path, .. } | Self::Version { path, .. } => {
                path.rsplit_once("/metadata/")
                    .map_or("", |(folder, _)| folder)
                    .to_owned()
            }
            Self::Make { table, .. } => super::folder(table).to_string(),
            Self::Elsewhere { .. } => {
                return Some(
                    "another lake or program has it: register to another `--database`, or with another `--table-suffix`"
                        .to_owned(),
                );
            }
        };
        Some(format!(
            "restore the file from a backup, or remove all of `{folder}` from the lake and run `ctlake register --format iceberg` again: the log of the lake has everything, but what others have written into the table is lost"
        ))
    }
}
