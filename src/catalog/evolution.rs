//! Which changes of a table's columns its readers survive.

use thiserror::Error;

use super::definition::{Definition, DefinitionColumn};
use crate::hint::Hint;

/// A change that would break what people have built on a table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Incompatible {
    /// Reports and queries that name the column would fail.
    #[error(
        "column `{column}` of `{table}` is in the catalog and not in the contract: dropping it breaks the queries and reports that name it"
    )]
    Dropped {
        /// The table.
        table: String,
        /// Its column.
        column: String,
    },
    /// A report's model has the old type, and the files have the new one.
    #[error(
        "column `{column}` of `{table}` is `{found}` in the catalog and `{wanted}` in the contract: a column's type can't change in place"
    )]
    Retyped {
        /// The table.
        table: String,
        /// Its column.
        column: String,
        /// Type in the catalog.
        found: String,
        /// Type in the contract.
        wanted: String,
    },
    /// Partition values are found by their place.
    #[error(
        "`{table}` is partitioned by {found} in the catalog and by {wanted} in the contract: partition keys can't change in place"
    )]
    Partitioned {
        /// The table.
        table: String,
        /// Keys in the catalog.
        found: String,
        /// Keys in the contract.
        wanted: String,
    },
}

impl Hint for Incompatible {
    fn hint(&self) -> Option<String> {
        Some(
            "is a newer ctlake in use elsewhere? Then use that one. Otherwise delete the table in Glue (`aws glue delete-table`, no data is lost) and register again, or register to another `--database`"
                .to_owned(),
        )
    }
}

/// Refuses a change from `found` to `wanted` that readers don't survive. New columns at any place are fine: files without them
/// have NULL there.
///
/// | column | in the catalog | in the contract | verdict |
/// |---|---|---|---|
/// | new | no | yes | fine |
/// | dropped | yes | no | refused |
/// | retyped | `int` | `bigint` | refused |
/// | comment, order | – | – | fine |
/// | partition keys | other names, order or types | – | refused |
pub(super) fn check(found: &Definition, wanted: &Definition) -> Result<(), Incompatible> {
    let table = wanted.name.clone();
    for column in &found.columns {
        let same = wanted
            .columns
            .iter()
            .find(|other| other.name == column.name);
        let Some(same) = same else {
            return Err(Incompatible::Dropped {
                table,
                column: column.name.clone(),
            });
        };
        if same.kind != column.kind {
            return Err(Incompatible::Retyped {
                table,
                column: column.name.clone(),
                found: column.kind.clone(),
                wanted: same.kind.clone(),
            });
        }
    }
    let (found, wanted) = (keys(&found.keys), keys(&wanted.keys));
    if found == wanted {
        return Ok(());
    }
    Err(Incompatible::Partitioned {
        table,
        found,
        wanted,
    })
}

fn keys(keys: &[DefinitionColumn]) -> String {
    let names: Vec<String> = keys
        .iter()
        .map(|key| format!("`{}` {}", key.name, key.kind))
        .collect();
    match names.len() {
        0 => "nothing".to_owned(),
        _ => names.join(", "),
    }
}
