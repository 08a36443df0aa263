//! The answer to a query that names images, and what the snapshot says of each.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringArray, UInt32Array};
use arrow::compute::{cast, concat_batches, take};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::column_path::ColumnPath;
use super::error::ImagesError;
use super::recorded::Recorded;
use crate::contract::{Contract, ImageTable, Table};
use crate::query::{Answer, Engine};

/// What names an image.
pub(super) const KEY: &str = "image_key";
/// What the index has of each image, whatever the query says: as it was recorded.
const RECORDED: [&str; 3] = ["image_bytes", "image_crc32", "in_landing"];
/// In the place of a value that there is none of.
const NONE: &str = "Unknown";

/// A row for each row of the answer.
#[derive(Debug, Clone)]
pub struct Cohort {
    /// The table of the images.
    pub(super) images: &'static ImageTable,
    /// The key, what describes an image, what was recorded of it, and what else the query asks for.
    rows: RecordBatch,
    keys: StringArray,
    recorded: Vec<Option<Recorded>>,
}

/// Asks for the images of `sql`. Columns of `wanted` that the answer lacks are taken from the
/// table of the images.
pub async fn ask(
    contract: &Contract,
    engine: &dyn Engine,
    sql: &str,
    wanted: &[&ColumnPath],
) -> Result<Cohort, ImagesError> {
    let answer = whole(&engine.query(sql, None).await?)?;
    let images = contract.images.ok_or(ImagesError::NoImages)?;
    let table = contract.table(images.name);
    let known: Vec<&str> = table
        .into_iter()
        .flat_map(Table::all_columns)
        .map(|column| column.name.as_str())
        .collect();
    let columns = columns(images, &known, &answer, wanted)?;
    let sql = format!(
        "SELECT {KEY}, {}, {} FROM {}",
        RECORDED.join(", "),
        columns.join(", "),
        images.name
    );
    let images_table = whole(&engine.query(&sql, None).await?)?;
    Cohort::new(images, &answer, &images_table)
}

fn whole(answer: &Answer) -> Result<RecordBatch, ImagesError> {
    Ok(concat_batches(&answer.schema, &answer.batches)?)
}

/// The columns of the images' table that describe an image, and those that are wanted and not in the answer.
fn columns(
    images: &'static ImageTable,
    of_images: &[&str],
    answer: &RecordBatch,
    wanted: &[&ColumnPath],
) -> Result<Vec<String>, ImagesError> {
    let schema = answer.schema();
    let has = |name: &str| schema.column_with_name(name).is_some();
    let names = || schema.fields().iter().map(|field| field.name().clone());
    if !has(KEY) {
        return Err(ImagesError::NoKey {
            columns: names().collect(),
            images,
        });
    }
    let mut columns: Vec<String> = images
        .describing
        .iter()
        .map(|&name| name.to_owned())
        .collect();
    for column in wanted.iter().flat_map(|path| path.columns()) {
        let known = of_images.contains(&column.as_str());
        if !known && !has(column) {
            return Err(ImagesError::NoColumn {
                column: column.clone(),
                table: images.name,
                columns: names().collect(),
            });
        }
        let there = [KEY].iter().chain(&RECORDED).any(|name| name == column);
        if known && !there && !columns.contains(column) {
            columns.push(column.clone());
        }
    }
    Ok(columns)
}

impl Cohort {
    /// From the whole answer, and the rows of the images' table.
    pub(super) fn new(
        images: &'static ImageTable,
        answer: &RecordBatch,
        images_table: &RecordBatch,
    ) -> Result<Self, ImagesError> {
        let known_keys = texts(images_table, KEY)?;
        let mut known: HashMap<&str, u32> = HashMap::new();
        for (row, key) in (0..).zip(known_keys.iter()) {
            known.entry(key.unwrap_or_default()).or_insert(row);
        }
        let keys = texts(answer, KEY)?;
        let mut of_images = Vec::with_capacity(keys.len());
        let mut unknown = Vec::new();
        for key in &keys {
            match known.get(key.unwrap_or_default()) {
                Some(row) => of_images.push(*row),
                None => unknown.push(key.unwrap_or("NULL").to_owned()),
            }
        }
        if !unknown.is_empty() {
            return Err(ImagesError::UnknownKeys {
                keys: unknown,
                table: images.name,
            });
        }
        let of_images = UInt32Array::from(of_images);
        Ok(Self {
            images,
            rows: joined(images.describing, answer, images_table, &of_images)?,
            recorded: recorded(images_table, &of_images)?,
            keys,
        })
    }

    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether the query has no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn key(&self, row: usize) -> &str {
        self.keys.value(row)
    }

    /// Size and checksum of the image; `None` where it is not in the landing zone.
    pub(super) fn recorded(&self, row: usize) -> Option<Recorded> {
        self.recorded[row]
    }

    /// The values of the columns, row by row.
    pub(super) fn values(&self, path: &ColumnPath) -> Result<Vec<Vec<String>>, ImagesError> {
        let options = FormatOptions::default().with_null(NONE);
        let mut values = vec![Vec::new(); self.len()];
        for column in path.columns() {
            let column = self
                .rows
                .column_by_name(column)
                .expect("it was asked for, or the answer has it");
            let formatter = ArrayFormatter::try_new(column, &options)?;
            for (row, values) in values.iter_mut().enumerate() {
                values.push(formatter.value(row).try_to_string()?);
            }
        }
        Ok(values)
    }

    /// The table that goes with the images of `rows`: all that is known of them, and `column` after the key.
    pub fn index(
        &self,
        rows: &[usize],
        column: &str,
        values: Vec<String>,
    ) -> Result<RecordBatch, ImagesError> {
        if self.rows.column_by_name(column).is_some() {
            return Err(ImagesError::TakenColumn(column.to_owned()));
        }
        let number = |row: &usize| u32::try_from(*row).expect("`new` has numbered the rows so");
        let rows = UInt32Array::from_iter_values(rows.iter().map(number));
        let schema = self.rows.schema();
        let (mut fields, mut columns) = (Vec::new(), Vec::new());
        for (field, values) in schema.fields().iter().zip(self.rows.columns()) {
            // What is in the index is in the landing zone.
            if field.name() != RECORDED[2] {
                fields.push(field.as_ref().clone());
                columns.push(take(values, &rows, None)?);
            }
        }
        fields.insert(1, Field::new(column, DataType::Utf8, false));
        columns.insert(1, Arc::new(StringArray::from(values)));
        Ok(RecordBatch::try_new(
            Arc::new(Schema::new(fields)),
            columns,
        )?)
    }
}

/// Key, description, record and the rest of the answer, in this order, each column once.
fn joined(
    describing: &[&str],
    answer: &RecordBatch,
    images_table: &RecordBatch,
    of_images: &UInt32Array,
) -> Result<RecordBatch, ImagesError> {
    let (of_answer, by_key) = (answer.schema(), images_table.schema());
    let mut fields: Vec<Field> = Vec::new();
    let mut columns = Vec::new();
    let described = [KEY]
        .into_iter()
        .chain(describing.iter().copied())
        .chain(RECORDED);
    let others = of_answer.fields().iter().chain(by_key.fields());
    let others = others.map(|field| field.name().as_str());
    for name in described.chain(others) {
        if fields.iter().any(|field| field.name() == name) {
            continue;
        }
        let (field, column) = match of_answer.column_with_name(name) {
            Some((at, field)) if !RECORDED.contains(&name) => {
                (field, Arc::clone(answer.column(at)))
            }
            _ => {
                let (at, field) = by_key.column_with_name(name).expect("it was asked for");
                (field, take(images_table.column(at), of_images, None)?)
            }
        };
        fields.push(field.clone().with_nullable(true));
        columns.push(column);
    }
    Ok(RecordBatch::try_new(
        Arc::new(Schema::new(fields)),
        columns,
    )?)
}

fn recorded(
    images_table: &RecordBatch,
    of_images: &UInt32Array,
) -> Result<Vec<Option<Recorded>>, ImagesError> {
    let bytes = images_table[RECORDED[0]]
        .as_primitive::<Int64Type>()
        .clone();
    let crc32 = texts(images_table, RECORDED[1])?;
    let landed = images_table[RECORDED[2]].as_boolean().clone();
    let of_row = |row: &u32| {
        let row = *row as usize;
        if !landed.value(row) || bytes.is_null(row) || crc32.is_null(row) {
            return None;
        }
        Some(Recorded {
            bytes: bytes.value(row).try_into().ok()?,
            crc32: u32::from_str_radix(crc32.value(row), 16).ok()?,
        })
    };
    Ok(of_images.values().iter().map(of_row).collect())
}

fn texts(batch: &RecordBatch, column: &str) -> Result<StringArray, ImagesError> {
    let column = cast(&batch[column], &DataType::Utf8)?;
    Ok(column.as_string::<i32>().clone())
}
