//! Where the numbers come from, and what to cite.

use crate::lake::log::{Entry, Input};

/// What made the page and the snapshot that it shows.
#[derive(Debug)]
pub(super) struct Provenance<'a> {
    pub(super) snapshot: String,
    /// Term and meaning.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) inputs: &'a [Input],
}

impl<'a> Provenance<'a> {
    pub(super) fn new(entry: &'a Entry) -> Self {
        Self {
            snapshot: entry.snapshot.to_string(),
            facts: vec![
                ("Release", entry.release.clone()),
                ("Snapshot", entry.snapshot.to_string()),
                ("Entry of the log", entry.number.to_string()),
                ("Published", entry.committed_at.clone()),
                ("Content id", entry.content_id.clone()),
                ("Tables built by", format!("ctlake {}", entry.tool_version)),
                (
                    "Page made by",
                    format!("ctlake {}", env!("CARGO_PKG_VERSION")),
                ),
                ("Data contract", entry.contract_version.clone()),
            ],
            inputs: &entry.inputs,
        }
    }
}
