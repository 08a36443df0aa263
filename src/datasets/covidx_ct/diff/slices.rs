//! Which slices differ between two snapshots, by the names of their files.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};
use serde::Serialize;
use smallvec::SmallVec;

use crate::lake::Lake;
use crate::lake::log::Entry;
use crate::query::{QueryError, engine, unreadable};

/// Slices of one kind that are named; the rest is counted.
const EXAMPLES: usize = 20;

/// The order in which splits are named.
const SPLITS: [&str; 3] = ["train", "val", "test"];

/// Slices of a split and a diagnosis in both snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct CohortDiff {
    /// The split.
    pub(super) split: String,
    /// The diagnosis.
    pub(super) diagnosis: String,
    /// Slices before and after.
    pub(super) slices: (u64, u64),
}

/// Slices that differ in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Changes<T> {
    /// How many there are.
    pub(super) count: u64,
    /// The first of them, by the name of the file.
    pub(super) examples: Vec<T>,
}

/// A slice whose label says something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Relabelled<T> {
    /// Name of the image file.
    pub(super) file_name: String,
    /// Before.
    pub(super) from: T,
    /// After.
    pub(super) to: T,
}

/// The slices that differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct SliceDiff {
    /// Each split and diagnosis that either has.
    pub(super) cohorts: Vec<CohortDiff>,
    /// Files that only the newer one has.
    pub(super) added: Changes<String>,
    /// Files that only the older one has.
    pub(super) removed: Changes<String>,
    /// Slices of both with another class.
    pub(super) class_changed: Changes<Relabelled<Labels<String>>>,
    /// Slices of both with another body box: xmin, ymin, xmax, ymax.
    pub(super) box_changed: Changes<Relabelled<Labels<[i32; 4]>>>,
}

/// A value for each line that labels the file: one, unless a file is labelled twice.
type Labels<T> = Vec<T>;

const SLICES: &str =
    "SELECT file_name, split, diagnosis, bbox_xmin, bbox_ymin, bbox_xmax, bbox_ymax FROM ct_slices";

/// The number of a diagnosis, and the box. Nearly every file has one line.
type Lines = SmallVec<[(u8, [i32; 4]); 1]>;

/// The labels of a snapshot.
#[derive(Default)]
struct LabelSet {
    /// A diagnosis is a number here: the names are few, the slices many.
    diagnoses: Vec<String>,
    files: HashMap<String, Lines>,
    cohorts: BTreeMap<(String, String), u64>,
}

pub(super) async fn diff(lake: &Lake, a: &Entry, b: &Entry) -> Result<SliceDiff, QueryError> {
    let (a, b) = (labels(lake, a).await?, labels(lake, b).await?);
    Ok(compare(&a, &b))
}

async fn labels(lake: &Lake, entry: &Entry) -> Result<LabelSet, QueryError> {
    let answer = engine(lake, entry)?.query(SLICES, None).await?;
    let mut labels = LabelSet::default();
    for batch in &answer.batches {
        labels.add(batch)?;
    }
    for lines in labels.files.values_mut() {
        lines.sort_unstable();
    }
    Ok(labels)
}

impl LabelSet {
    fn add(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        let column = |at: usize, kind: &DataType| cast(batch.column(at), kind).map_err(unreadable);
        let texts: Result<Vec<_>, _> = (0..3).map(|at| column(at, &DataType::Utf8)).collect();
        let texts = texts?;
        let numbers: Result<Vec<_>, _> = (3..7).map(|at| column(at, &DataType::Int32)).collect();
        let numbers = numbers?;
        let [names, splits, diagnoses] = [0, 1, 2].map(|at| texts[at].as_string::<i32>());
        let edges = [0, 1, 2, 3].map(|at| numbers[at].as_primitive::<Int32Type>());
        for row in 0..batch.num_rows() {
            let diagnosis = diagnoses.value(row);
            self.count(splits.value(row), diagnosis);
            let line = (self.number(diagnosis)?, edges.map(|edge| edge.value(row)));
            if let Some(lines) = self.files.get_mut(names.value(row)) {
                lines.push(line);
            } else {
                let lines = SmallVec::from_elem(line, 1);
                self.files.insert(names.value(row).to_owned(), lines);
            }
        }
        debug_assert!(names.null_count() == 0);
        Ok(())
    }

    fn count(&mut self, split: &str, diagnosis: &str) {
        let key = (split.to_owned(), diagnosis.to_owned());
        *self.cohorts.entry(key).or_default() += 1;
    }

    fn number(&mut self, diagnosis: &str) -> Result<u8, QueryError> {
        let at = self.diagnoses.iter().position(|name| name == diagnosis);
        let at = at.unwrap_or_else(|| {
            self.diagnoses.push(diagnosis.to_owned());
            self.diagnoses.len() - 1
        });
        u8::try_from(at).map_err(|_| QueryError::Read {
            message: format!("expected at most 256 diagnoses, got `{diagnosis}` as one more"),
        })
    }

    /// The classes of a file by name, sorted, each line's.
    fn classes(&self, lines: &[(u8, [i32; 4])]) -> Labels<String> {
        let mut classes: Vec<String> = lines
            .iter()
            .map(|(diagnosis, _)| self.diagnoses[usize::from(*diagnosis)].clone())
            .collect();
        classes.sort_unstable();
        classes
    }
}

fn boxes(lines: &[(u8, [i32; 4])]) -> Labels<[i32; 4]> {
    let mut boxes: Vec<[i32; 4]> = lines.iter().map(|(_, edges)| *edges).collect();
    boxes.sort_unstable();
    boxes
}

fn compare(a: &LabelSet, b: &LabelSet) -> SliceDiff {
    let (mut added, mut removed) = (First::default(), First::default());
    let (mut class_changed, mut box_changed) = (First::default(), First::default());
    for (name, before) in &a.files {
        let Some(after) = b.files.get(name) else {
            removed.add(name, || name.clone());
            continue;
        };
        let (from, to) = (a.classes(before), b.classes(after));
        if from != to {
            class_changed.add(name, || Relabelled {
                file_name: name.clone(),
                from,
                to,
            });
        }
        let (from, to) = (boxes(before), boxes(after));
        if from != to {
            box_changed.add(name, || Relabelled {
                file_name: name.clone(),
                from,
                to,
            });
        }
    }
    for name in b.files.keys().filter(|name| !a.files.contains_key(*name)) {
        added.add(name, || name.clone());
    }
    let mut cohorts: BTreeMap<&(String, String), (u64, u64)> = BTreeMap::new();
    for (key, slices) in &a.cohorts {
        cohorts.entry(key).or_default().0 = *slices;
    }
    for (key, slices) in &b.cohorts {
        cohorts.entry(key).or_default().1 = *slices;
    }
    let cohort = |((split, diagnosis), slices): (&(String, String), (u64, u64))| CohortDiff {
        split: split.clone(),
        diagnosis: diagnosis.clone(),
        slices,
    };
    let mut cohorts: Vec<CohortDiff> = cohorts.into_iter().map(cohort).collect();
    cohorts.sort_by_key(|cohort| SPLITS.iter().position(|split| *split == cohort.split));
    SliceDiff {
        cohorts,
        added: added.into(),
        removed: removed.into(),
        class_changed: class_changed.into(),
        box_changed: box_changed.into(),
    }
}

/// The first of many, by name, and how many there are.
struct First<'a, T> {
    count: u64,
    kept: BTreeMap<&'a str, T>,
}

impl<T> Default for First<'_, T> {
    fn default() -> Self {
        Self {
            count: 0,
            kept: BTreeMap::new(),
        }
    }
}

impl<'a, T> First<'a, T> {
    fn add(&mut self, name: &'a str, value: impl FnOnce() -> T) {
        self.count += 1;
        let is_early = self
            .kept
            .last_key_value()
            .is_none_or(|(last, _)| name < *last);
        if is_early || self.kept.len() < EXAMPLES {
            self.kept.insert(name, value());
            if self.kept.len() > EXAMPLES {
                self.kept.pop_last();
            }
        }
    }
}

impl<T> From<First<'_, T>> for Changes<T> {
    fn from(first: First<'_, T>) -> Self {
        Self {
            count: first.count,
            examples: first.kept.into_values().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `train Normal a 1` a line: split, diagnosis, file and the box's xmin.
    fn set(lines: &[&str]) -> LabelSet {
        let mut set = LabelSet::default();
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            set.count(words[0], words[1]);
            let line = (
                set.number(words[1]).unwrap(),
                [words[3].parse().unwrap(), 0, 9, 9],
            );
            set.files.entry(words[2].to_owned()).or_default().push(line);
        }
        set
    }

    #[test]
    fn slices_are_compared_by_file_whatever_the_order() {
        // The diagnoses have other numbers in the two.
        let a = set(&[
            "train Normal a 1",
            "train COVID-19 b 2",
            "val Normal c 3",
            "val Normal d 4",
        ]);
        let b = set(&[
            "train COVID-19 a 1",
            "train COVID-19 b 5",
            "val Normal d 4",
            "test Normal e 1",
        ]);
        let diff = compare(&a, &b);
        assert_eq!(
            (diff.added.count, diff.added.examples),
            (1, vec!["e".to_owned()])
        );
        assert_eq!(
            (diff.removed.count, diff.removed.examples),
            (1, vec!["c".to_owned()])
        );
        let class = &diff.class_changed.examples[..];
        assert_eq!(diff.class_changed.count, 1);
        assert_eq!(
            (
                &*class[0].file_name,
                &class[0].from[0][..],
                &class[0].to[0][..]
            ),
            ("a", "Normal", "COVID-19")
        );
        let box_changed = &diff.box_changed.examples[..];
        assert_eq!(diff.box_changed.count, 1);
        assert_eq!(box_changed[0].to, [[5, 0, 9, 9]]);
        let cohorts: Vec<_> = diff
            .cohorts
            .iter()
            .map(|c| (&*c.split, &*c.diagnosis, c.slices))
            .collect();
        assert_eq!(
            cohorts,
            [
                ("train", "COVID-19", (1, 2)),
                ("train", "Normal", (1, 0)),
                ("val", "Normal", (2, 1)),
                ("test", "Normal", (0, 1)),
            ]
        );
    }

    #[test]
    fn a_file_that_is_labelled_twice_is_one_slice_with_two_labels() {
        let once = set(&["train Normal a 1"]);
        let twice = set(&["train Normal a 1", "val COVID-19 a 1"]);
        let diff = compare(&once, &twice);
        assert_eq!(diff.class_changed.examples[0].to, ["COVID-19", "Normal"]);
        assert_eq!(compare(&twice, &twice).class_changed.count, 0);
        assert_eq!(compare(&twice, &twice).box_changed.count, 0);
    }

    #[test]
    fn many_changes_are_counted_and_the_first_are_named() {
        let lines: Vec<String> = (0..50).map(|n| format!("train Normal n{n:02} 1")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let diff = compare(&set(&[]), &set(&lines));
        assert_eq!(
            (diff.added.count, diff.added.examples.len()),
            (50, EXAMPLES)
        );
        assert_eq!(
            (&*diff.added.examples[0], &*diff.added.examples[19]),
            ("n00", "n19")
        );
    }
}
