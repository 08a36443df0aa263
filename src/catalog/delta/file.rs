//! A data file as a Delta log names it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::action::{Add, Remove};
use crate::contract::{ColumnType, Table};
use crate::lake::log::Entry;
use crate::lake::{ColumnStatistics, DataFile, layout};

/// The log cuts the bounds of texts at 64 bytes, between letters: one that is longer than this may be cut.
const WHOLE: usize = 60;

/// The files that `entry` has of `table`, by their path in the Delta log.
pub(super) fn files<'a>(table: &Table, entry: &'a Entry) -> BTreeMap<String, &'a DataFile> {
    let root = format!("{}/{}/", layout::CURATED, table.name);
    let content = entry.tables.get(&table.name);
    let files = content.into_iter().flat_map(|content| &content.files);
    files
        .map(|file| {
            let below = file.path.strip_prefix(&root).unwrap_or(&file.path);
            (encoded(below), file)
        })
        .collect()
}

/// A key as the URI that Delta wants: what is not unreserved (RFC 3986), `/` or `=` as `%XX`.
pub(super) fn encoded(key: &str) -> String {
    let mut uri = String::new();
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/=".contains(&byte) {
            uri.push(byte.into());
        } else {
            uri += &format!("%{byte:02X}");
        }
    }
    uri
}

/// The table has it from here on. `time` is that of its snapshot, in milliseconds.
pub(super) fn add(table: &Table, path: String, file: &DataFile, time: i64) -> Add {
    let values = file.partition.iter();
    Add {
        path,
        partition_values: values
            .map(|(key, value)| (key.clone(), value.as_str().into()))
            .collect(),
        size: file.bytes,
        modification_time: time,
        data_change: true,
        stats: Some(statistics(table, file).to_string()),
    }
}

/// The table no longer has it.
pub(super) fn remove(add: &Add, time: i64) -> Remove {
    Remove {
        path: add.path.clone(),
        deletion_timestamp: Some(time),
        data_change: true,
        extended_file_metadata: Some(true),
        partition_values: Some(add.partition_values.clone()),
        size: Some(add.size),
    }
}

/// What readers skip files by, and answer counts from: nothing stands here that is not exactly so.
fn statistics(table: &Table, file: &DataFile) -> Value {
    let (mut lower, mut upper, mut nulls) = (Map::new(), Map::new(), Map::new());
    for column in &table.columns {
        let Some(found) = file.columns.get(&column.field_id) else {
            continue;
        };
        nulls.insert(column.name.clone(), found.nulls.into());
        if let Some((low, high)) = bounds(column.kind, found) {
            lower.insert(column.name.clone(), low);
            upper.insert(column.name.clone(), high);
        }
    }
    json!({"numRecords": file.rows, "minValues": lower, "maxValues": upper, "nullCount": nulls})
}

fn bounds(kind: ColumnType, found: &ColumnStatistics) -> Option<(Value, Value)> {
    let bounds = found.lower.clone().zip(found.upper.clone())?;
    let is_whole = |bound: &Value| bound.as_str().is_none_or(|text| text.len() <= WHOLE);
    // Delta has no bounds of truth values.
    let useful = kind != ColumnType::Boolean && is_whole(&bounds.0) && is_whole(&bounds.1);
    useful.then_some(bounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_uris() {
        assert_eq!(
            encoded(
                "20261123T201500Z-3f9a1c2b-7d1e/country=Côte d'Ivoire/sex=F/part-00000.parquet"
            ),
            "20261123T201500Z-3f9a1c2b-7d1e/country=C%C3%B4te%20d%27Ivoire/sex=F/part-00000.parquet"
        );
        // What begins like the scheme of a URI breaks Trino and Spark.
        assert_eq!(encoded("a:b+c~d"), "a%3Ab%2Bc~d");
    }

    fn stats(lower: &str, upper: &str, nulls: u64) -> Value {
        let contract = crate::datasets::covidx_ct::contract();
        let table = contract.table("ct_slices").expect("a table");
        let column = |name| {
            let column = table.columns.iter().find(|column| column.name == name);
            column.expect("a column").field_id
        };
        let of = |lower: Value, upper: Value| ColumnStatistics {
            lower: Some(lower).filter(|bound| !bound.is_null()),
            upper: Some(upper).filter(|bound| !bound.is_null()),
            nulls,
        };
        let file = DataFile {
            path: "p".to_owned(),
            partition: Vec::new(),
            rows: 9,
            bytes: 1,
            sha256: String::new(),
            columns: [
                (column("file_name"), of(lower.into(), upper.into())),
                (column("age"), of(Value::Null, Value::Null)),
                (column("in_landing"), of(false.into(), true.into())),
                (column("slice_index"), of(1.into(), 9.into())),
            ]
            .into(),
        };
        statistics(table, &file)
    }

    #[test]
    fn of_a_column_that_is_all_null_and_of_truth_values_there_are_no_bounds() {
        assert_eq!(
            stats("a.png", "b.png", 9),
            json!({
                "numRecords": 9,
                "minValues": {"file_name": "a.png", "slice_index": 1},
                "maxValues": {"file_name": "b.png", "slice_index": 9},
                "nullCount": {"file_name": 9, "slice_index": 9, "age": 9, "in_landing": 9},
            })
        );
    }

    #[test]
    fn a_text_that_may_be_cut_is_no_bound() {
        let long = "é".repeat(31);
        let found = stats("a", &long, 0);
        assert_eq!(found["minValues"], json!({"slice_index": 1}));
        assert_eq!(found["maxValues"], json!({"slice_index": 9}));
    }
}
