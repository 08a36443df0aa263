//! A data file as a manifest names it, with the statistics of the log.

use std::collections::HashMap;

use iceberg::spec::{
    DataContentType, DataFile, DataFileBuilder, DataFileFormat, Datum, Literal, Struct,
};
use serde_json::Value;

use crate::contract::{ColumnType, Table};
use crate::lake;

/// `file` at `address`, in a table whose partitions have the number `spec`.
pub(super) fn data_file(
    table: &Table,
    file: &lake::DataFile,
    address: String,
    spec: i32,
) -> DataFile {
    let value = |key: &str| {
        let found = file.partition.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| Literal::string(value))
    };
    let partition: Struct = table
        .partition_keys
        .iter()
        .map(|key| value(&key.name))
        .collect();
    let bounds = Bounds::new(table, file);
    DataFileBuilder::default()
        .content(DataContentType::Data)
        .file_format(DataFileFormat::Parquet)
        .file_path(address)
        .partition_spec_id(spec)
        .partition(partition)
        .record_count(file.rows)
        .file_size_in_bytes(file.bytes)
        .value_counts(bounds.values)
        .null_value_counts(bounds.nulls)
        .lower_bounds(bounds.lower)
        .upper_bounds(bounds.upper)
        .build()
        .expect("all that a file needs is there")
}

/// What readers skip files by: by column, what the log has of it.
#[derive(Default)]
struct Bounds {
    values: HashMap<i32, u64>,
    nulls: HashMap<i32, u64>,
    lower: HashMap<i32, Datum>,
    upper: HashMap<i32, Datum>,
}

impl Bounds {
    fn new(table: &Table, file: &lake::DataFile) -> Self {
        let mut bounds = Self::default();
        for column in &table.columns {
            let id = column.field_id;
            // A column that is newer than the file is not in it.
            let Some(found) = file.columns.get(&id) else {
                continue;
            };
            bounds.values.insert(id, file.rows);
            bounds.nulls.insert(id, found.nulls);
            let datum = |bound: &Option<Value>| datum(column.kind, bound.as_ref()?);
            if let (Some(lower), Some(upper)) = (datum(&found.lower), datum(&found.upper)) {
                bounds.lower.insert(id, lower);
                bounds.upper.insert(id, upper);
            }
        }
        bounds
    }
}

fn datum(kind: ColumnType, value: &Value) -> Option<Datum> {
    Some(match kind {
        ColumnType::String => Datum::string(value.as_str()?),
        ColumnType::Int => Datum::int(i32::try_from(value.as_i64()?).ok()?),
        ColumnType::Bigint => Datum::long(value.as_i64()?),
        ColumnType::Boolean => Datum::bool(value.as_bool()?),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::datasets::covidx_ct::contract;
    use crate::lake::ColumnStatistics;

    #[test]
    fn statistics_are_the_log_s_and_a_column_without_bounds_has_none() {
        let table = contract().table("ct_slices").expect("a table");
        let id = |name| {
            let mut columns = table.columns.iter();
            columns
                .find(|column| column.name == name)
                .expect("a column")
                .field_id
        };
        let of = |lower: Value, upper: Value, nulls| ColumnStatistics {
            lower: Some(lower).filter(|bound| !bound.is_null()),
            upper: Some(upper).filter(|bound| !bound.is_null()),
            nulls,
        };
        let key = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let file = lake::DataFile {
            path: "p".to_owned(),
            // In another order than the contract's.
            partition: vec![
                key("sex", "F"),
                key("country", "Côte d'Ivoire"),
                key("diagnosis", "Normal"),
            ],
            rows: 9,
            bytes: 100,
            sha256: String::new(),
            columns: [
                (id("file_name"), of(json!("a"), json!("b"), 0)),
                (id("age"), of(json!(null), json!(null), 9)),
                (id("image_bytes"), of(json!(1), json!(5_000_000_000_i64), 1)),
                (id("in_landing"), of(json!(false), json!(true), 0)),
            ]
            .into(),
        };
        let made = data_file(table, &file, "s3://b/p".to_owned(), 0);
        assert_eq!((made.record_count(), made.file_size_in_bytes()), (9, 100));
        let values: Vec<String> = made
            .partition()
            .iter()
            .map(|value| format!("{:?}", value.and_then(Literal::as_primitive_literal)))
            .collect();
        assert!(values[0].contains("Côte d'Ivoire"), "{values:?}");
        assert!(values[1].contains("\"F\""), "{values:?}");
        let bounds = made.upper_bounds();
        assert_eq!(bounds.get(&id("age")), None);
        assert_eq!(made.null_value_counts()[&id("age")], 9);
        let bytes = |datum: &Datum| datum.to_bytes().expect("bytes").to_vec();
        assert_eq!(bytes(&bounds[&id("file_name")]), b"b");
        assert_eq!(
            bytes(&bounds[&id("image_bytes")]),
            5_000_000_000_i64.to_le_bytes()
        );
        assert_eq!(bytes(&bounds[&id("in_landing")]), [1]);
        assert_eq!(made.value_counts().len(), 4);
    }
}
