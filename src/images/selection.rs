//! Which images, and where each is to be. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use object_store::path::Path;
use serde::Serialize;

use super::cohort::Cohort;
use super::column_path::ColumnPath;
use super::error::ImagesError;
use super::file_name::{file_name, folded};
use super::recorded::Recorded;
use super::sample::{Drawn, Sample, draw};
use crate::lake::Lake;

/// How images are chosen and placed.
#[derive(Debug, Clone, Default)]
pub struct SelectionOptions {
    /// The columns whose values make the folders.
    pub layout: ColumnPath,
    /// A sample in the place of all.
    pub sample: Option<Sample>,
}

/// An image, and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Selected {
    /// Its row of the cohort.
    #[serde(skip)]
    pub row: usize,
    /// The store's key.
    pub image_key: String,
    /// Path below the folder: the layout's folders and the file's own name.
    pub path: String,
    /// `None` where it is not in the landing zone.
    #[serde(flatten)]
    pub recorded: Option<Recorded>,
}

impl Selected {
    /// Its path in the lake.
    pub(super) fn path_in(&self, lake: &Lake) -> Result<Path, ImagesError> {
        lake.path_of(&self.image_key)
            .ok_or_else(|| ImagesError::UnknownKeys {
                keys: vec![self.image_key.clone()],
                table: lake.contract().images.map_or("", |images| images.name),
            })
    }
}

/// The images of a cohort, each once in each folder.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// In the order of the answer.
    pub images: Vec<Selected>,
    /// How they were chosen.
    pub choice: Choice,
}

/// How images were chosen from the answer's rows.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Choice {
    /// Rows of the answer that name an image again.
    pub repeated: u64,
    /// What a sample has of each class.
    pub drawn: Vec<Drawn>,
    /// Images that the sample could not draw: they are not in the landing zone.
    pub not_drawn: u64,
    /// Whose images are in more than one split.
    pub in_several_splits: Vec<InSeveralSplits>,
}

/// Somebody whose images are in more than one split: a model would be tested on whom it has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InSeveralSplits {
    /// The patient.
    pub id: String,
    /// The splits.
    pub splits: Vec<String>,
}

/// Chooses from a cohort, and gives each image its place.
///
/// An image that the answer names again for the same folder is taken once, with its first row. Two images can't have one place,
/// nor two values one folder, on any file system.
pub fn select(cohort: &Cohort, options: &SelectionOptions) -> Result<Selection, ImagesError> {
    let values = cohort.values(&options.layout)?;
    let mut selection = Selection::default();
    let mut folders = Folders::default();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (row, values) in values.iter().enumerate() {
        let image_key = cohort.key(row);
        let path = folders.path(&options.layout, values)? + &name(image_key);
        let place = folded(&path);
        if let Some(first) = places.get(&place) {
            if cohort.key(*first) != image_key {
                return Err(ImagesError::Clash {
                    path,
                    keys: [cohort.key(*first).to_owned(), image_key.to_owned()],
                });
            }
            selection.choice.repeated += 1;
            continue;
        }
        places.insert(place, row);
        selection.images.push(Selected {
            row,
            image_key: image_key.to_owned(),
            path,
            recorded: cohort.recorded(row),
        });
    }
    if let Some(sample) = &options.sample {
        let classes = cohort.values(&sample.per)?;
        take_sample(&mut selection, sample, &classes);
    }
    selection.choice.in_several_splits = in_several_splits(cohort, &selection.images)?;
    Ok(selection)
}

fn in_several_splits(
    cohort: &Cohort,
    images: &[Selected],
) -> Result<Vec<InSeveralSplits>, ImagesError> {
    let Some((split, id)) = cohort.images.split else {
        return Ok(Vec::new());
    };
    let values = cohort.values(&ColumnPath::of([id, split]))?;
    let mut splits: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for image in images {
        if let [id, split] = values[image.row].as_slice() {
            splits.entry(id).or_default().insert(split);
        }
    }
    let several = splits.into_iter().filter(|(_, splits)| splits.len() > 1);
    Ok(several
        .map(|(id, splits)| InSeveralSplits {
            id: id.to_owned(),
            splits: splits.into_iter().map(str::to_owned).collect(),
        })
        .collect())
}

/// The folders of a layout: the value that each is for.
#[derive(Default)]
struct Folders<'a>(HashMap<String, &'a str>);

impl<'a> Folders<'a> {
    /// The folder of these values, with a `/` after each name; an error where another value has one of the folders.
    fn path(&mut self, layout: &ColumnPath, values: &'a [String]) -> Result<String, ImagesError> {
        let mut path = String::new();
        for (column, value) in layout.columns().iter().zip(values) {
            path += &file_name(value);
            let first = self.0.entry(folded(&path)).or_insert(value);
            if *first != value {
                return Err(ImagesError::SharedFolder {
                    folder: path,
                    column: column.clone(),
                    values: [(*first).to_owned(), value.clone()],
                });
            }
            path.push('/');
        }
        Ok(path)
    }
}

fn name(image_key: &str) -> String {
    file_name(image_key.rsplit('/').next().unwrap_or(image_key))
}

/// Only what is in the landing zone is drawn from.
fn take_sample(selection: &mut Selection, sample: &Sample, classes: &[Vec<String>]) {
    let all = selection.images.len();
    selection.images.retain(|image| image.recorded.is_some());
    selection.choice.not_drawn = (all - selection.images.len()) as u64;
    let class = |image: &Selected| match classes[image.row].as_slice() {
        [] => "all".to_owned(),
        values => {
            // `a/b` and `c` are another class than `a` and `b/c`.
            let plain = |value: &String| value.replace('\\', "\\\\").replace('/', "\\/");
            values.iter().map(plain).collect::<Vec<_>>().join("/")
        }
    };
    let images: Vec<(String, &str)> = selection
        .images
        .iter()
        .map(|image| (class(image), image.image_key.as_str()))
        .collect();
    let (places, drawn) = draw(&images, sample.images, sample.seed);
    selection.images = places
        .into_iter()
        .map(|at| selection.images[at].clone())
        .collect();
    selection.choice.drawn = drawn;
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
    use std::sync::Arc;

    fn texts(values: &[&str]) -> ArrayRef {
        Arc::new(StringArray::from(values.to_vec()))
    }

    /// A cohort of these keys, each with a part; all are in the landing zone.
    fn cohort(keys: &[&str], parts: &[&str]) -> Cohort {
        let same = |value: &str| texts(&vec![value; keys.len()]);
        let answer = [("image_key", texts(keys)), ("part", texts(parts))];
        let slices = [
            ("image_key", texts(keys)),
            (
                "image_bytes",
                Arc::new(Int64Array::from(vec![5; keys.len()])),
            ),
            ("image_crc32", same("0000000a")),
            (
                "in_landing",
                Arc::new(BooleanArray::from(vec![true; keys.len()])),
            ),
            ("split", same("train")),
            ("diagnosis", same("Normal")),
            ("patient_id", same("CP_1")),
        ];
        let batch = |columns| RecordBatch::try_from_iter(columns).expect("columns of one length");
        Cohort::new(
            &crate::datasets::covidx_ct::IMAGES,
            &batch(answer.to_vec()),
            &batch(slices.to_vec()),
        )
        .expect("known keys")
    }

    fn selected(cohort: &Cohort, layout: &str) -> Result<Selection, ImagesError> {
        let layout = layout.parse().expect("columns");
        select(
            cohort,
            &SelectionOptions {
                layout,
                sample: None,
            },
        )
    }

    #[test]
    fn one_place_holds_one_image() {
        let two = cohort(&["a/1.png", "b/1.png", "a/1.png"], &["x", "y", "x"]);
        let error = selected(&two, "flat").expect_err("both are 1.png");
        assert_eq!(
            error.to_string(),
            "`a/1.png` and `b/1.png` would both be `1.png`"
        );
        let apart = selected(&two, "split/part").expect("the part tells them apart");
        let paths: Vec<&str> = apart.images.iter().map(|image| &*image.path).collect();
        assert_eq!(paths, ["train/x/1.png", "train/y/1.png"]);
        assert_eq!(apart.choice.repeated, 1);
        let recorded = Recorded {
            bytes: 5,
            crc32: 10,
        };
        assert_eq!(apart.images[0].recorded, Some(recorded));
    }

    #[test]
    fn one_folder_holds_one_value() {
        let error = |parts: [&str; 2], layout: &str| {
            let two = cohort(&["a/1.png", "a/2.png"], &parts);
            selected(&two, layout)
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        assert_eq!(
            error(["a/b", "a_b"], "part"),
            Err("`a/b` and `a_b` of `part` would share the folder `a_b`".to_owned())
        );
        for parts in [["Iran", "iran"], ["", "..."], ["Côte", "Co\u{302}te"]] {
            assert!(error(parts, "split/part").is_err(), "{parts:?}");
        }
        let long = "x".repeat(300);
        assert!(error([&long, &(long.clone() + "y")], "part").is_err());
        assert_eq!(error(["Iran", "Iraq"], "part"), Ok(()));
        // Below folders of their own they are apart.
        let nested = cohort(&["a/1.png", "a/2.png"], &["Iran", "iran"]);
        assert!(selected(&nested, "patient_id/split").is_ok());
    }

    #[test]
    fn names_that_some_file_system_takes_for_one_are_one() {
        let two = cohort(&["a/1.png", "a/1.PNG"], &["x", "x"]);
        assert!(matches!(
            selected(&two, "flat"),
            Err(ImagesError::Clash { .. })
        ));
        let device = cohort(&["a/CON.png"], &["..."]);
        let selection = selected(&device, "part").expect("one image");
        assert_eq!(selection.images[0].path, "_/_CON.png");
    }

    #[test]
    fn values_with_a_slash_make_classes_of_their_own() {
        let two = cohort(&["a/1.png", "a/2.png"], &["x/train", "x"]);
        let options = SelectionOptions {
            layout: ColumnPath::default(),
            sample: Some(Sample {
                images: 1,
                per: "part/split".parse().expect("columns"),
                seed: 1,
            }),
        };
        let drawn = select(&two, &options).expect("two images").choice.drawn;
        let classes: Vec<&str> = drawn.iter().map(|drawn| &*drawn.class).collect();
        assert_eq!(classes, ["x/train", r"x\/train/train"]);
    }
}
