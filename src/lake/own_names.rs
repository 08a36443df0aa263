//! Which names below a lake are those of files and folders that ctlake writes; whatever else is there, somebody else has put there.
//!
//! Files of a release are told from others by its manifest, and those of a snapshot by the log, not by their names.

use super::layout;
use super::log;
use super::manifest::ObjectName;
use super::snapshot::SnapshotName;
use crate::release::DatasetFormat;

/// Whose a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// ctlake writes files of such names.
    Ours,
    /// It does not, and no other program that knows the lake does.
    Stranger,
    /// It does not, but a writer of Iceberg or Delta tables may have, or somebody who keeps files beside the lake.
    Other,
}

/// Whose the file at `path` below the lake's root is. `is_table` tells which names are those of tables.
#[must_use]
pub fn owner(path: &str, format: &dyn DatasetFormat, is_table: impl Fn(&str) -> bool) -> Owner {
    let segments: Vec<&str> = path.split('/').collect();
    let is_ours = match segments[..] {
        [layout::LANDING, release, _, ..] => is_release(format, release),
        [layout::CURATED, table, "_delta_log", name] if is_table(table) => {
            if !is_delta_version(name) {
                return Owner::Other;
            }
            true
        }
        [layout::CURATED, table, snapshot, .., name] if is_table(table) => {
            if !is_snapshot(snapshot) && has_extension(name, "parquet") {
                return Owner::Other;
            }
            is_snapshot(snapshot) && is_part(name)
        }
        [layout::CURATED, table, name] if is_table(table) && has_extension(name, "parquet") => {
            return Owner::Other;
        }
        [layout::ICEBERG, table, "metadata", name] if is_table(table) => {
            if !is_iceberg_metadata(name) {
                return Owner::Other;
            }
            true
        }
        // Data of those who write to the Iceberg tables.
        [layout::ICEBERG, table, "data", ..] if is_table(table) => return Owner::Other,
        ["_ctlake", ..] => is_own_object(path, format, &segments),
        [layout::LANDING | layout::CURATED | layout::ICEBERG, ..] => false,
        _ => return Owner::Other,
    };
    if is_ours {
        Owner::Ours
    } else {
        Owner::Stranger
    }
}

fn is_own_object(path: &str, format: &dyn DatasetFormat, segments: &[&str]) -> bool {
    let json = |name: &str| name.strip_suffix(".json").map(str::to_owned);
    match segments[1..] {
        ["lake.json"] => true,
        ["log", _] => object_store::path::Path::parse(path)
            .is_ok_and(|location| log::number(&location).is_some()),
        ["manifest", release, name] => {
            is_release(format, release) && name.parse::<ObjectName>().is_ok()
        }
        ["projections", name] => json(name).is_some_and(|name| is_projection(&name)),
        ["reports", name] => json(name).is_some_and(|name| is_run(&name)),
        ["verified", name] => json(name).is_some_and(|name| is_release(format, &name)),
        ["tmp", name] => is_staged(name),
        _ => false,
    }
}

/// Whether ctlake makes folders of this name below the lake's root. A link of such a name stands in their place, and an empty one
/// is what is left of them.
#[must_use]
pub fn is_own_folder(
    path: &str,
    format: &dyn DatasetFormat,
    is_table: impl Fn(&str) -> bool,
) -> bool {
    let segments: Vec<&str> = path.split('/').collect();
    match segments[..] {
        [layout::LANDING | layout::CURATED | layout::ICEBERG | layout::OWN]
        | [
            layout::OWN,
            "log" | "manifest" | "projections" | "reports" | "tmp" | "verified",
        ] => true,
        [layout::OWN, "manifest", release] | [layout::LANDING, release] => {
            is_release(format, release)
        }
        [layout::LANDING, release, folder] => format.release(release).is_ok_and(|release| {
            format
                .image_folders(&release)
                .iter()
                .any(|own| own == folder)
        }),
        [layout::CURATED | layout::ICEBERG, table]
        | [layout::CURATED, table, "_delta_log"]
        | [layout::ICEBERG, table, "metadata"] => is_table(table),
        [layout::CURATED, table, snapshot, ref partition @ ..] => {
            is_table(table)
                && is_snapshot(snapshot)
                && partition.iter().all(|folder| folder.contains('='))
        }
        _ => false,
    }
}

/// Whether a folder's name is that of a release as ctlake spells it.
fn is_release(format: &dyn DatasetFormat, name: &str) -> bool {
    let release = format.release(name);
    release.is_ok_and(|release| release.as_str() == name)
}

fn is_snapshot(name: &str) -> bool {
    name.parse::<SnapshotName>().is_ok()
}

/// `part-00000.parquet`
fn is_part(name: &str) -> bool {
    let number = name
        .strip_prefix("part-")
        .and_then(|name| name.strip_suffix(".parquet"));
    number.is_some_and(|number| number.len() >= 5 && is_digits(number))
}

/// `00000000000000000007.json`
fn is_delta_version(name: &str) -> bool {
    let number = name.strip_suffix(".json");
    number.is_some_and(|number| number.len() == 20 && is_digits(number))
}

/// `v7.metadata.json`, `version-hint.text`, `snap-….avro`, `…-m0.avro`
fn is_iceberg_metadata(name: &str) -> bool {
    let version = name
        .strip_prefix('v')
        .and_then(|name| name.strip_suffix(".metadata.json"));
    version.is_some_and(is_digits)
        || name == "version-hint.text"
        || (name.starts_with("snap-") && has_extension(name, "avro"))
        || name.ends_with("-m0.avro")
}

/// `glue-covidx`: a format, and perhaps a database. A newer release may know other formats.
fn is_projection(name: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    name.starts_with(|letter: char| letter.is_ascii_lowercase()) && name.bytes().all(allowed)
}

/// `20261124T093000.123456Z-3f9a-0of4`
fn is_run(name: &str) -> bool {
    let time = name.split_once('T').map_or("", |(date, _)| date);
    time.len() == 8
        && is_digits(time)
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
}

/// `4711-0-3f9a1c2b`, `probe-…`, `doctor-object-…`
fn is_staged(name: &str) -> bool {
    let mut parts = name.split('-');
    let begins = parts
        .next()
        .is_some_and(|part| is_digits(part) || ["probe", "doctor"].contains(&part));
    begins
        && parts.next_back().is_some_and(|part| {
            part.len() >= 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, found)| found == extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: &dyn DatasetFormat = &crate::datasets::covidx_ct::CtFormat;

    fn is_table(name: &str) -> bool {
        name == "patients"
    }

    const SNAPSHOT: &str = "20260101T000000Z-00000000-0001";

    #[test]
    fn what_ctlake_writes_is_told_from_what_it_does_not() {
        let digest = "0123456789abcdef0123456789abcdef";
        for path in [
            "landing/CT-2A/metadata.csv",
            "landing/CT-2A/2A_images/a.png",
            &format!("curated/patients/{SNAPSHOT}/country=China/part-00000.parquet"),
            "curated/patients/_delta_log/00000000000000000000.json",
            "iceberg/patients/metadata/v7.metadata.json",
            "iceberg/patients/metadata/version-hint.text",
            "iceberg/patients/metadata/snap-1-a.avro",
            "iceberg/patients/metadata/1-a-m0.avro",
            "_ctlake/lake.json",
            "_ctlake/log/00000000000000000001.json",
            &format!("_ctlake/manifest/CT-2A/20261124T000000Z-3f9a-00000.plan.{digest}.jsonl.zst"),
            "_ctlake/projections/glue-covid_x.json",
            "_ctlake/projections/delta.json",
            "_ctlake/reports/20261124T093000.123456Z-3f9a-0of4.json",
            "_ctlake/verified/CT-2A.json",
            "_ctlake/tmp/4711-0-3f9a1c2b",
            "_ctlake/tmp/probe-0123456789abcdef",
            "_ctlake/tmp/doctor-object-0123456789abcdef",
        ] {
            assert_eq!(owner(path, FORMAT, is_table), Owner::Ours, "{path}");
        }
        for path in [
            "landing/README",
            "landing/notes/a.txt",
            "landing/ct-2a/metadata.csv",
            "curated/README",
            "curated/stranger/part-00000.parquet",
            "curated/patients/README",
            &format!("curated/patients/{SNAPSHOT}/README"),
            "iceberg/README",
            "iceberg/patients/README",
            "iceberg/stranger/metadata/v1.metadata.json",
            "_ctlake/README",
            "_ctlake/log/00000000000000000000.json",
            "_ctlake/log/foo.json",
            "_ctlake/manifest/README",
            "_ctlake/manifest/CT-2A/README",
            &format!("_ctlake/manifest/NOTREL/20261124T000000Z-3f9a-00000.plan.{digest}.jsonl.zst"),
            "_ctlake/projections/README",
            "_ctlake/projections/Copy of glue.json",
            "_ctlake/reports/notes.json",
            "_ctlake/verified/notes.json",
            "_ctlake/tmp/.DS_Store",
            "_ctlake/tmp/README",
        ] {
            assert_eq!(owner(path, FORMAT, is_table), Owner::Stranger, "{path}");
        }
        for path in [
            "README",
            "a\\b",
            "dataset/metadata.csv",
            "curated/patients/part-0001.snappy.parquet",
            "curated/patients/country=China/part-0001.parquet",
            "curated/patients/_delta_log/00000000000000000010.checkpoint.parquet",
            "curated/patients/_delta_log/_last_checkpoint",
            "iceberg/patients/metadata/00001-uuid.metadata.json",
            "iceberg/patients/data/a.parquet",
        ] {
            assert_eq!(owner(path, FORMAT, is_table), Owner::Other, "{path}");
        }
    }

    #[test]
    fn folders_that_ctlake_makes_are_told_from_others() {
        for path in [
            "landing",
            "landing/CT-2A",
            "landing/CT-2B/2A_images",
            "curated/patients/_delta_log",
            &format!("curated/patients/{SNAPSHOT}/country=China/sex=F"),
            "iceberg/patients/metadata",
            "_ctlake/manifest/CT-2A",
            "_ctlake/tmp",
        ] {
            assert!(is_own_folder(path, FORMAT, is_table), "{path}");
        }
        for path in [
            "dataset",
            "landing/notes",
            "landing/CT-2A/notes",
            "curated/stranger",
            "curated/patients/old",
            &format!("curated/patients/{SNAPSHOT}/notes"),
            "iceberg/patients/notes",
            "_ctlake/log/old",
            "_ctlake/manifest/NOTREL",
        ] {
            assert!(!is_own_folder(path, FORMAT, is_table), "{path}");
        }
    }
}
