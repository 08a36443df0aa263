//! What loaders of image folders need beside the images: which number stands for which class, and the metadata of each image. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, Field, Schema};

use super::column_path::ColumnPath;
use super::error::ImagesError;
use super::file_name::file_name;
use crate::contract::ImageTable;

/// The column of the index with an image's place.
pub const PATH: &str = "path";
/// What loaders call the table of the images.
pub const METADATA: &str = "metadata.csv";
/// What loaders call the place of an image, relative to the metadata.
const FILE_NAME: &str = "file_name";
/// What loaders call the class.
const LABEL: &str = "label";

/// The files that go with folders of classes.
#[derive(Debug, Clone)]
pub struct LoaderFiles {
    /// The classes by the numbers of the dataset, from 0.
    pub classes: &'static [&'static str],
    /// The folders of classes by the numbers that loaders give them, from 0: in the order of their names.
    pub folders: Vec<String>,
    /// The metadata of each split folder, or of the whole folder where the name is empty.
    pub metadata: Vec<(String, RecordBatch)>,
}

impl LoaderFiles {
    /// Whether a loader numbers the classes otherwise than the dataset does.
    #[must_use]
    pub fn numbers_differ(&self) -> bool {
        let number = |folder: &String| {
            let mut classes = self.classes.iter();
            classes.position(|class| file_name(class) == *folder)
        };
        let mut folders = self.folders.iter().enumerate();
        folders.any(|(at, folder)| number(folder) != Some(at))
    }
}

/// The files for images that `layout` has put into folders of classes, with the `index` of these images; `None` where it makes no such
/// folders.
pub fn loader_files(
    images: &ImageTable,
    layout: &ColumnPath,
    index: &RecordBatch,
) -> Result<Option<LoaderFiles>, ImagesError> {
    let mut columns = layout.columns().iter();
    let Some(level) = columns.position(|column| column == images.class) else {
        return Ok(None);
    };
    let paths = index[PATH].as_string::<i32>();
    let mut folders = BTreeSet::new();
    let mut rows: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (row, path) in (0..).zip(paths.iter().flatten()) {
        let mut parts = path.split('/');
        // What is above the classes tells the splits apart.
        let split = if level == 0 { "" } else { first(path) };
        rows.entry(split).or_default().push(row);
        folders.extend(parts.nth(level).map(str::to_owned));
    }
    let metadata = rows.into_iter().map(|(split, rows)| {
        let rows = take_record_batch(index, &UInt32Array::from(rows))?;
        Ok((split.to_owned(), metadata(images, split, &rows)?))
    });
    Ok(Some(LoaderFiles {
        classes: images.classes,
        folders: folders.into_iter().collect(),
        metadata: metadata.collect::<Result<_, ImagesError>>()?,
    }))
}

fn first(path: &str) -> &str {
    path.split_once('/').map_or("", |(first, _)| first)
}

/// The rows as loaders read them: the place below `split`, the class, and what else the index has.
fn metadata(
    images: &ImageTable,
    split: &str,
    index: &RecordBatch,
) -> Result<RecordBatch, ImagesError> {
    let paths = index[PATH].as_string::<i32>().iter().flatten();
    let names = paths.map(|path| path.strip_prefix(split).unwrap_or(path));
    let names: StringArray = names
        .map(|name| Some(name.trim_start_matches('/')))
        .collect();
    let mut fields = vec![Field::new(FILE_NAME, DataType::Utf8, false)];
    let mut columns: Vec<ArrayRef> = vec![Arc::new(names)];
    let schema = index.schema();
    let (at, class) = schema
        .column_with_name(images.class)
        .ok_or(ImagesError::NoImages)?;
    fields.push(class.clone().with_name(LABEL));
    columns.push(Arc::clone(index.column(at)));
    for (field, column) in schema.fields().iter().zip(index.columns()) {
        if ![PATH, FILE_NAME, LABEL].contains(&field.name().as_str()) {
            fields.push(field.as_ref().clone());
            columns.push(Arc::clone(column));
        }
    }
    Ok(RecordBatch::try_new(
        Arc::new(Schema::new(fields)),
        columns,
    )?)
}
