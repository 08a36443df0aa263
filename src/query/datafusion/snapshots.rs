//! Tables of other snapshots than the one that is asked: `ct_slices@2`, and `all_releases.ct_slices`.

use datafusion::common::TableReference;

use super::super::question::{ALL_RELEASES, AT};
use crate::lake::Lake;
use crate::lake::log::Entry;
use crate::lake::snapshots::{self, SnapshotError};

/// A table, and which snapshot it is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Other {
    /// As the question names it, without its schema.
    pub(super) name: String,
    /// The table or view.
    pub(super) table: String,
    /// An entry's number or the name of a snapshot; none for all releases.
    pub(super) selector: Option<String>,
}

impl Other {
    /// `None` for a table of the snapshot that is asked.
    pub(super) fn of(reference: &TableReference) -> Option<Self> {
        let name = reference.table();
        let (table, selector) = match (reference.schema(), name.split_once(AT)) {
            (Some(ALL_RELEASES), _) => (name, None),
            (_, Some((table, selector))) => (table, Some(selector.to_owned())),
            (_, None) => return None,
        };
        Some(Self {
            name: name.to_owned(),
            table: table.to_owned(),
            selector,
        })
    }

    /// The entries of the log that have its rows.
    pub(super) async fn entries(&self, lake: &Lake) -> Result<Vec<Entry>, SnapshotError> {
        match self.selector.as_deref() {
            None => Ok(snapshots::of_each_release(lake).await?),
            Some("current") => Ok(vec![snapshots::resolve(lake, None).await?]),
            Some(selector) => Ok(vec![snapshots::resolve(lake, Some(selector)).await?]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(schema: Option<&'static str>, name: &'static str) -> Option<(String, Option<String>)> {
        let reference = match schema {
            Some(schema) => TableReference::partial(schema, name),
            None => TableReference::bare(name),
        };
        Other::of(&reference).map(|other| (other.table, other.selector))
    }

    #[test]
    fn a_snapshot_stands_behind_a_table() {
        let of = |table: &str, selector: Option<&str>| {
            Some((table.to_owned(), selector.map(str::to_owned)))
        };
        assert_eq!(other(None, "ct_slices"), None);
        assert_eq!(other(None, "ct_slices@2"), of("ct_slices", Some("2")));
        assert_eq!(
            other(Some("public"), "patients@2026"),
            of("patients", Some("2026"))
        );
        assert_eq!(
            other(Some("all_releases"), "patients"),
            of("patients", None)
        );
    }
}
