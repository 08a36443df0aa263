//! Where everything is in a lake: pure functions from names to keys, all relative to the lake's root.

use object_store::path::Path;

use super::snapshot::SnapshotName;

/// The landing zone: files as they came, one folder a release.
pub const LANDING: &str = "landing";
/// The tables' data files.
pub const CURATED: &str = "curated";
/// What ctlake keeps for itself: log, manifests, reports, notes.
pub const OWN: &str = "_ctlake";
/// The log: one object an entry.
pub const LOG: &str = "_ctlake/log";
/// Files that are still being written; whatever is old here was left by a process that died.
pub const STAGING: &str = "_ctlake/tmp";
/// What was ingested: one folder a release.
pub const MANIFESTS: &str = "_ctlake/manifest";
/// What failed: one object a run.
pub const REPORTS: &str = "_ctlake/reports";
/// How far checks of checksums have come: one object a release.
pub const VERIFIED: &str = "_ctlake/verified";
/// Iceberg tables: one folder a table.
pub const ICEBERG: &str = "iceberg";
/// Where other catalogs show the lake: one object a catalog.
pub const PROJECTIONS: &str = "_ctlake/projections";
/// The lake's format version.
pub const FORMAT: &str = "_ctlake/lake.json";

/// A key that stays as it is written: `Path::from` would percent-encode blanks and letters that readers need raw.
///
/// # Panics
/// When `key` has an empty, `.` or `..` segment: keys are made of names that were checked before.
#[must_use]
pub fn key(key: &str) -> Path {
    Path::parse(key).expect("keys are made of canonical names")
}

/// `landing/<release>`.
#[must_use]
pub fn landing(release: &str) -> Path {
    key(&format!("{LANDING}/{release}"))
}

/// `_ctlake/manifest/<release>`.
#[must_use]
pub fn manifest(release: &str) -> Path {
    key(&format!("{MANIFESTS}/{release}"))
}

/// `_ctlake/reports/<run>.json`: what failed in a run.
#[must_use]
pub fn report(run: &str) -> Path {
    key(&format!("{REPORTS}/{run}.json"))
}

/// `_ctlake/verified/<release>.json`: how far a check of its checksums has come.
#[must_use]
pub fn verified(release: &str) -> Path {
    key(&format!("{VERIFIED}/{release}.json"))
}

/// `curated/<table>/<snapshot>`: nothing but Parquet below it.
#[must_use]
pub fn table(table: &str, snapshot: &SnapshotName) -> Path {
    key(&format!("{CURATED}/{table}/{snapshot}"))
}

/// `country=China/sex=F/diagnosis=COVID-19`; empty for a table without partition keys.
#[must_use]
pub fn partition_path(partition: &[(String, String)]) -> String {
    let folders: Vec<String> = partition
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    folders.join("/")
}

/// A data file: hive folders with the values raw, then the part's number.
///
/// `partition` holds the key and value pairs in path order; values are canonical already.
#[must_use]
pub fn data_file(
    table_name: &str,
    snapshot: &SnapshotName,
    partition: &[(String, String)],
    part: usize,
) -> Path {
    let mut folders = partition_path(partition);
    if !folders.is_empty() {
        folders.push('/');
    }
    key(&format!(
        "{}/{folders}part-{part:05}.parquet",
        table(table_name, snapshot)
    ))
}

/// `curated/<table>/<snapshot>/…` → the snapshot.
#[must_use]
pub fn snapshot_of(location: &Path) -> Option<SnapshotName> {
    location.parts().nth(2)?.as_ref().parse().ok()
}

/// `_ctlake/log/00000000000000000007.json`.
#[must_use]
pub fn log_entry(number: u64) -> Path {
    key(&format!("{LOG}/{number:020}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partition_values_go_into_the_path_raw() {
        let snapshot: SnapshotName = "20261123T201500Z-3f9a1c2b-7d1e".parse().expect("valid");
        let partition = [
            ("country".to_owned(), "Côte d'Ivoire".to_owned()),
            ("sex".to_owned(), "F".to_owned()),
        ];
        assert_eq!(
            data_file("patients", &snapshot, &partition, 3).as_ref(),
            "curated/patients/20261123T201500Z-3f9a1c2b-7d1e/country=Côte d'Ivoire/sex=F/part-00003.parquet"
        );
        assert_eq!(
            log_entry(7).as_ref(),
            "_ctlake/log/00000000000000000007.json"
        );
    }
}
