//! The tables of the toy dataset, written with the parquet crate.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use chrono::Utc;
use ctlake::datasets::{BuildError, BuildPlan, BuildSummary};
use ctlake::lake::log::TableFiles;
use ctlake::lake::manifest::Manifest;
use ctlake::lake::{
    ColumnStatistics, DataFile, DataFileWriter, Draft, Lake, LakeError, PublishOptions, Published,
    SnapshotName, layout, publish,
};
use parquet::arrow::ArrowWriter;

use super::{FOLDER, Label, counts};

pub(super) async fn execute(lake: &Lake, plan: BuildPlan) -> Result<BuildSummary, BuildError> {
    let snapshot = SnapshotName::new(Utc::now(), &plan.content_id);
    let (labels, manifest): (Vec<Label>, Manifest) = plan.prepared.take();
    let landing = lake.object_key(&layout::landing(plan.release.as_str()));
    let mut tables = BTreeMap::from([
        ("shots".to_owned(), TableFiles::default()),
        ("cameras".to_owned(), TableFiles::default()),
    ]);
    let weathers: BTreeSet<&str> = labels.iter().map(|label| &*label.weather).collect();
    for weather in weathers {
        let rows = labels.iter().filter(|label| label.weather == weather);
        let rows: Vec<&Label> = rows.collect();
        let entry = |label: &&Label| manifest.entries().get(&format!("{FOLDER}/{}", label.file));
        let keys = rows
            .iter()
            .map(|label| format!("{landing}/{FOLDER}/{}", label.file));
        let bytes =
            |label: &&Label| entry(label).map(|entry| i64::try_from(entry.bytes).expect("a size"));
        let crc32 = |label: &&Label| entry(label).map(|entry| format!("{:08x}", entry.crc32));
        let landed = |label: &&Label| Some(entry(label).is_some());
        let cameras = rows.iter().map(|label| &label.camera);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(keys)),
            Arc::new(StringArray::from_iter_values(cameras)),
            Arc::new(rows.iter().map(bytes).collect::<Int64Array>()),
            Arc::new(rows.iter().map(crc32).collect::<StringArray>()),
            Arc::new(rows.iter().map(landed).collect::<BooleanArray>()),
        ];
        let partition = vec![("weather".to_owned(), weather.to_owned())];
        let file = write(lake, &snapshot, "shots", partition, columns).await?;
        tables.get_mut("shots").expect("a table").files.push(file);
    }
    let mut cameras: BTreeMap<&str, i64> = BTreeMap::new();
    for label in &labels {
        *cameras.entry(&label.camera).or_default() += 1;
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(cameras.keys())),
        Arc::new(Int64Array::from_iter_values(cameras.values().copied())),
    ];
    let file = write(lake, &snapshot, "cameras", Vec::new(), columns).await?;
    tables.get_mut("cameras").expect("a table").files.push(file);
    let draft = Draft {
        snapshot,
        content_id: plan.content_id,
        release: plan.release.as_str().to_owned(),
        contract_version: lake.contract().version.clone(),
        inputs: plan.inputs,
        tables,
    };
    let (entry, published) = match publish(lake, &draft, PublishOptions::default()).await? {
        Published::Entry(entry) => (entry, true),
        Published::SameContent(entry) => (entry, false),
    };
    let files = entry.tables.values().flat_map(|table| &table.files);
    Ok(BuildSummary {
        release: plan.release,
        snapshot: entry.snapshot.clone(),
        entry: entry.number,
        published,
        counts: counts(&labels),
        files: files.clone().count() as u64,
        bytes: files.map(|file| file.bytes).sum(),
    })
}

async fn write(
    lake: &Lake,
    snapshot: &SnapshotName,
    table: &str,
    partition: Vec<(String, String)>,
    columns: Vec<ArrayRef>,
) -> Result<DataFile, LakeError> {
    let described = lake.contract().table(table).expect("a table");
    let schema = described.file_schema();
    let rows = RecordBatch::try_new(Arc::clone(&schema), columns).expect("the contract's columns");
    let mut encoder = ArrowWriter::try_new(Vec::new(), schema, None).expect("a writer");
    encoder.write(&rows).expect("rows");
    let content = encoder.into_inner().expect("a file");
    let path = layout::data_file(table, snapshot, &partition, 0);
    let mut writer = DataFileWriter::new(lake, path.clone());
    writer.append(content).await?;
    let (bytes, sha256) = writer.finish().await?;
    let columns = described.columns.iter().zip(rows.columns());
    Ok(DataFile {
        path: path.to_string(),
        partition,
        rows: rows.num_rows() as u64,
        bytes,
        sha256,
        columns: columns
            .map(|(column, values)| (column.field_id, statistics(values)))
            .collect(),
    })
}

fn statistics(values: &ArrayRef) -> ColumnStatistics {
    let values: &dyn arrow::array::Array = values;
    let json = |value: &dyn arrow::array::Array, row: usize| -> Option<serde_json::Value> {
        use arrow::array::AsArray;
        use arrow::datatypes::{DataType, Int64Type};
        (!value.is_null(row)).then(|| match value.data_type() {
            DataType::Utf8 => value.as_string::<i32>().value(row).into(),
            DataType::Int64 => value.as_primitive::<Int64Type>().value(row).into(),
            _ => value.as_boolean().value(row).into(),
        })
    };
    let mut known: Vec<serde_json::Value> = (0..values.len())
        .filter_map(|row| json(values, row))
        .collect();
    known.sort_by_key(|value| match value.as_i64() {
        Some(number) => format!("{number:020}"),
        None => value.to_string(),
    });
    ColumnStatistics {
        lower: known.first().cloned(),
        upper: known.last().cloned(),
        nulls: values.null_count() as u64,
    }
}
