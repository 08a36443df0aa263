//! What the page counts: for each scan its slices, by class and split, and a row for each patient without images.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::dimension::{Dimension, UNKNOWN};
use crate::query::{Engine, QueryError, Record};

/// Rows, ordered by patient and scan, and the values that they name by number.
#[derive(Debug)]
pub(super) struct Facts {
    values: [Vec<String>; Dimension::ALL.len()],
    rows: Vec<Fact>,
}

/// The slices of a scan that are alike in all dimensions; none of a patient without images.
#[derive(Debug, Default)]
pub(super) struct Fact {
    /// Number of the patient: ids don't leave the lake.
    pub(super) patient: usize,
    /// Number of the scan, over all patients.
    pub(super) scan: usize,
    /// Age in years.
    pub(super) age: Option<u64>,
    pub(super) slices: u64,
    /// Slices whose image is in the landing zone.
    pub(super) images: u64,
    /// The place of its value in each dimension; a patient without images is in no split.
    places: [Option<usize>; Dimension::ALL.len()],
}

impl Fact {
    /// Whether it is in the `place`-th group of a dimension.
    pub(super) fn is(&self, dimension: Dimension, place: usize) -> bool {
        self.places[dimension as usize] == Some(place)
    }

    /// The place of its value.
    pub(super) fn place(&self, dimension: Dimension) -> Option<usize> {
        self.places[dimension as usize]
    }
}

impl Facts {
    pub(super) async fn read(engine: &dyn Engine) -> Result<Self, QueryError> {
        let mut rows = Vec::new();
        for sql in [slices_sql(), patients_sql()] {
            rows.extend(engine.query(&sql, None).await?.records()?);
        }
        Ok(Self::new(&rows))
    }

    fn new(rows: &[Record]) -> Self {
        let values = Dimension::ALL.map(|dimension| values(dimension, rows));
        let mut facts: Vec<Fact> = Vec::with_capacity(rows.len());
        let mut before: Option<&Record> = None;
        for row in rows {
            let same = |columns: usize| before.is_some_and(|old| old[..columns] == row[..columns]);
            let last = facts.last();
            let number = |at: usize| row[at].as_deref().and_then(|text| text.parse().ok());
            let fact = Fact {
                patient: last.map_or(0, |last| last.patient + usize::from(!same(1))),
                scan: last.map_or(0, |last| last.scan + usize::from(!same(2))),
                age: number(2),
                slices: number(3).unwrap_or_default(),
                images: number(4).unwrap_or_default(),
                places: Dimension::ALL.map(|dimension| {
                    let value = value(dimension, row)?;
                    let values = &values[dimension as usize];
                    values.iter().position(|known| known == value)
                }),
            };
            facts.push(fact);
            before = Some(row);
        }
        Self {
            values,
            rows: facts,
        }
    }

    /// The values of a dimension, in the order in which they are shown.
    pub(super) fn values(&self, dimension: Dimension) -> &[String] {
        &self.values[dimension as usize]
    }

    /// The place of a value, where there is such a value.
    pub(super) fn place(&self, dimension: Dimension, value: &str) -> Option<usize> {
        let mut values = self.values(dimension).iter();
        values.position(|known| known == value)
    }

    /// All rows.
    pub(super) fn all(&self) -> Vec<&Fact> {
        self.rows.iter().collect()
    }

    /// The same for the script, column by column.
    pub(super) fn cube(&self) -> Cube<'_> {
        let column = |of: &dyn Fn(&Fact) -> Option<u64>| self.rows.iter().map(of).collect();
        let dimensions = Dimension::ALL.into_iter().map(|dimension| {
            let places = |fact: &Fact| fact.place(dimension).map(|place| place as u64);
            let axis = Axis {
                sql: dimension.sql(),
                values: self.values(dimension),
                places: column(&places),
            };
            (dimension.name(), axis)
        });
        Cube {
            dimensions: dimensions.collect(),
            patient: column(&|fact| Some(fact.patient as u64)),
            scan: column(&|fact| Some(fact.scan as u64)),
            age: column(&|fact| fact.age),
            slices: column(&|fact| Some(fact.slices)),
            images: column(&|fact| Some(fact.images)),
        }
    }
}

/// The facts as the script reads them.
#[derive(Debug, Serialize)]
pub(super) struct Cube<'a> {
    dimensions: BTreeMap<&'static str, Axis<'a>>,
    patient: Vec<Option<u64>>,
    scan: Vec<Option<u64>>,
    age: Vec<Option<u64>>,
    slices: Vec<Option<u64>>,
    images: Vec<Option<u64>>,
}

/// A dimension of the cube.
#[derive(Debug, Serialize)]
struct Axis<'a> {
    /// Its column in a condition.
    sql: &'static str,
    values: &'a [String],
    /// The place of each row's value.
    places: Vec<Option<u64>>,
}

/// The first columns of both queries; those of the dimensions follow.
const FIRST: usize = 5;

fn columns() -> String {
    Dimension::ALL.map(Dimension::column).join(", ")
}

fn slices_sql() -> String {
    let group = format!("patient_id, scan_id, age, {}", columns());
    format!(
        "SELECT patient_id, scan_id, age, COUNT(*) AS slices, SUM(CASE WHEN in_landing THEN 1 ELSE 0 END) AS images, {columns} \
         FROM ct_slices GROUP BY {group} ORDER BY {group}",
        columns = columns(),
    )
}

fn patients_sql() -> String {
    format!(
        "SELECT patient_id, NULL AS scan_id, age, 0 AS slices, 0 AS images, {} FROM patients WHERE slices = 0 ORDER BY patient_id",
        columns()
    )
}

fn value(dimension: Dimension, row: &Record) -> Option<&str> {
    let value = row[FIRST + dimension as usize].as_deref();
    match dimension {
        Dimension::Split => value,
        _ => Some(value.unwrap_or(UNKNOWN)),
    }
}

/// The values of a dimension: in the field's order, else those with most patients first.
fn values(dimension: Dimension, rows: &[Record]) -> Vec<String> {
    let mut patients: BTreeMap<&str, BTreeSet<Option<&str>>> = BTreeMap::new();
    for row in rows {
        if let Some(value) = value(dimension, row) {
            patients.entry(value).or_default().insert(row[0].as_deref());
        }
    }
    let mut values: Vec<(&str, usize)> = patients
        .into_iter()
        .map(|(value, patients)| (value, patients.len()))
        .collect();
    // Stable: what has no place of its own and as many patients stays in the order of its letters.
    values.sort_by_key(|(value, patients)| {
        let rank = dimension.rank(value);
        (rank, usize::MAX - patients)
    });
    values
        .into_iter()
        .map(|(value, _)| value.to_owned())
        .collect()
}
