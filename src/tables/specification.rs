//! The tables of a build.

use super::options::BuildOptions;
use crate::contract::{Contract, Table};

/// The tables, in the order of their formats.
pub(super) const SLICES: usize = 0;
pub(super) const PATIENTS: usize = 1;
pub(super) const FINDINGS: usize = 2;
pub(super) const INFO: usize = 3;
pub(super) const PREVIEWS: usize = 4;
pub(super) const TABLES: [(&str, &[&str]); 5] = [
    ("ct_slices", &["patient_id", "scan_id", "slice_index"]),
    ("patients", &["patient_id"]),
    ("quality_findings", &[]),
    ("snapshot_info", &[]),
    ("previews", &["patient_id", "scan_id"]),
];

/// The tables of a build, and by what their rows are sorted.
pub(super) fn tables(options: &BuildOptions) -> &'static [(&'static str, &'static [&'static str])] {
    &TABLES[..if options.previews {
        TABLES.len()
    } else {
        PREVIEWS
    }]
}

pub(super) fn table(name: &str) -> &'static Table {
    Contract::current()
        .table(name)
        .expect("the contract has every table of a build: a test compares them")
}
