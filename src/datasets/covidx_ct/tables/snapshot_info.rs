//! The row of `snapshot_info`.

use arrow::array::{Int64Array, StringArray};

use super::columns::{ArrayBuilder, Column};
use super::slices::Common;
use crate::columnar::Encoding::Dictionary;
use crate::datasets::Counts;
use crate::datasets::covidx_ct::contract;
use crate::lake::SnapshotName;

/// The row, before it is one.
pub(super) struct SnapshotInfo<'a> {
    pub(super) snapshot: &'a SnapshotName,
    pub(super) common: &'a Common,
    pub(super) counts: &'a Counts,
    /// When the build began, ISO 8601, UTC.
    pub(super) built_at: &'a str,
}

type Build<'a> = ArrayBuilder<SnapshotInfo<'a>>;

/// The columns of the table.
pub(super) fn columns<'a>() -> Vec<Column<Build<'a>>> {
    vec![
        Build::text("snapshot_id", Dictionary, |info| {
            text(info.snapshot.as_str())
        }),
        Build::text("content_id", Dictionary, |info| {
            text(&info.common.content_id)
        }),
        Build::text("release", Dictionary, |info| text(&info.common.release)),
        Build::text("built_at", Dictionary, |info| text(info.built_at)),
        Build::text("tool_version", Dictionary, |_| {
            text(env!("CARGO_PKG_VERSION"))
        }),
        Build::text("contract_version", Dictionary, |_| {
            text(&contract().version)
        }),
        Build::bigint("slices", Dictionary, |info| number(info.counts.slices)),
        Build::bigint("patients", Dictionary, |info| number(info.counts.patients)),
        Build::bigint("findings", Dictionary, |info| {
            number(info.counts.occurrences())
        }),
    ]
}

fn text(value: &str) -> StringArray {
    vec![value].into()
}

fn number(count: u64) -> Int64Array {
    vec![i64::try_from(count).expect("nobody has so many")].into()
}
