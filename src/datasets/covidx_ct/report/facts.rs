//! The counted facts: a snapshot's slices, summed up as far as every number of the page can still be computed for every
//! choice of filters.
//!
//! A stratum is a combination of values of all dimensions that the page can be filtered by. Slices and images are sums over
//! strata. A patient may have slices in several of them and must count once, so patients are counted per set of strata and
//! age, and scans per set of strata and slices in each. The size of this depends on how varied the data is and not on how
//! much of it there is.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{Array, StringArray};
use serde::Serialize;

use super::dimension::{Dimension, OTHERS, UNKNOWN};
use super::stratum::{FILTERS, Places, Stratum};
use super::tally::Tally;
use crate::datasets::covidx_ct::files::AgeBand;
use crate::query::{Engine, QueryError};

/// Most values of a dimension that the page distinguishes, from the first attempt to the last.
const VALUES: [usize; 4] = [40, 20, 10, 5];

/// Bytes of JSON that the facts may take, so that the page stays below 6 MB.
const ROOM: usize = 400_000;

/// Strata, and what is counted in them.
#[derive(Debug)]
pub(super) struct Facts {
    values: [Vec<String>; Dimension::ALL.len()],
    /// Values that are counted together as [`OTHERS`].
    folded: [usize; FILTERS],
    pub(super) strata: Vec<Stratum>,
    /// Patients with images, by the strata of their slices.
    pub(super) patients: BTreeMap<Vec<usize>, Ages>,
    /// Scans, by the strata of their slices.
    pub(super) scans: BTreeMap<Vec<usize>, Sizes>,
}

/// Number of patients by age in years.
pub(super) type Ages = BTreeMap<Option<u8>, u64>;

/// Number of scans by their slices in each of the strata.
pub(super) type Sizes = BTreeMap<Vec<u64>, u64>;

impl Facts {
    pub(super) async fn read(engine: &dyn Engine) -> Result<Self, QueryError> {
        let slices = engine.query(&slices_sql(), None).await?.text_batches()?;
        let without_images = engine.query(&patients_sql(), None).await?.text_batches()?;
        let mut tally = Tally::default();
        for columns in &slices {
            for row in 0..columns[0].len() {
                let text = |at: usize| text(&columns[at], row);
                let number = |at: usize| text(at).and_then(|text| text.parse().ok());
                tally.slices(
                    (text(0), text(1)),
                    text(2).and_then(|age| age.parse().ok()),
                    Dimension::FILTERS.map(|dimension| text(FIRST + dimension as usize)),
                    number(3).unwrap_or_default(),
                    number(4).unwrap_or_default(),
                );
            }
        }
        for columns in &without_images {
            for row in 0..columns[0].len() {
                let text = |at: usize| text(&columns[at], row);
                let patients = text(0).and_then(|text| text.parse().ok());
                let values = Dimension::FILTERS.map(|dimension| text(1 + dimension as usize));
                tally.patients_without_images(values, patients.unwrap_or_default());
            }
        }
        Ok(Self::fitting(&tally, ROOM))
    }

    /// The facts with as many values as there is room for; the rare ones are counted together.
    pub(super) fn fitting(tally: &Tally<'_>, room: usize) -> Self {
        let mut facts = Self::new(tally, VALUES[0]);
        for values in &VALUES[1..] {
            if facts.cube(room).strata.is_some() {
                break;
            }
            facts = Self::new(tally, *values);
        }
        facts
    }

    /// The facts with up to `limit` values of a dimension.
    fn new(tally: &Tally<'_>, limit: usize) -> Self {
        let mut values: [Vec<String>; Dimension::ALL.len()] = Default::default();
        let mut folded = [0; FILTERS];
        let mut places: Vec<Vec<Option<usize>>> = Vec::new();
        for dimension in Dimension::FILTERS {
            let known = tally.values(dimension);
            let mut shown: Vec<&str> = ordered(dimension, &tally.patients_by_value(dimension));
            if shown.len() > limit {
                let unknown = shown.contains(&UNKNOWN);
                shown.retain(|value| *value != OTHERS && *value != UNKNOWN);
                shown.truncate(limit);
                folded[dimension as usize] = known.len() - shown.len() - usize::from(unknown);
                shown.push(OTHERS);
                shown.extend(unknown.then_some(UNKNOWN));
            }
            let place = |value: &str| shown.iter().position(|known| *known == value);
            let place_of = |value: &&str| place(value).or_else(|| place(OTHERS));
            places.push(known.iter().map(place_of).collect());
            values[dimension as usize] = shown.into_iter().map(str::to_owned).collect();
        }
        // Strata of one place become one; all are numbered in the order of their places.
        let placed = |stratum: &Stratum| -> Places {
            Dimension::FILTERS.map(|dimension| {
                let at = dimension as usize;
                stratum.places[at].and_then(|place| places[at][place])
            })
        };
        let mut merged: BTreeMap<Places, Stratum> = BTreeMap::new();
        for stratum in &tally.strata {
            let places = placed(stratum);
            let all = merged.entry(places).or_default();
            all.places = places;
            all.slices += stratum.slices;
            all.images += stratum.images;
            all.patients_without_images += stratum.patients_without_images;
        }
        let numbers: HashMap<Places, usize> = merged.keys().copied().zip(0..).collect();
        let number = |stratum: usize| numbers[&placed(&tally.strata[stratum])];

        let mut patients: BTreeMap<Vec<usize>, Ages> = BTreeMap::new();
        let mut scans: BTreeMap<Vec<usize>, Sizes> = BTreeMap::new();
        for patient in tally.patients() {
            let strata: BTreeSet<usize> = patient.strata().map(number).collect();
            let ages = patients.entry(strata.into_iter().collect()).or_default();
            *ages.entry(patient.age).or_default() += 1;
            for scan in patient.scans.values() {
                let mut slices: BTreeMap<usize, u64> = BTreeMap::new();
                for (&stratum, count) in scan {
                    *slices.entry(number(stratum)).or_default() += count;
                }
                let (strata, sizes): (Vec<usize>, Vec<u64>) = slices.into_iter().unzip();
                let scans = scans.entry(strata).or_default();
                *scans.entry(sizes).or_default() += 1;
            }
        }
        let ages = patients.values().flat_map(Ages::keys);
        let known: BTreeSet<&str> = ages.map(|age| band(*age)).collect();
        values[Dimension::Age as usize] = AgeBand::ALL
            .into_iter()
            .map(AgeBand::as_str)
            .filter(|band| known.contains(band))
            .map(str::to_owned)
            .collect();
        Self {
            values,
            folded,
            strata: merged.into_values().collect(),
            patients,
            scans,
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

    /// How many values are counted together, and of what.
    pub(super) fn folded(&self) -> impl Iterator<Item = (Dimension, usize)> {
        let folded = Dimension::FILTERS.into_iter().zip(self.folded);
        folded.filter(|(_, values)| *values > 0)
    }

    /// Whether rare values of a dimension are counted together.
    pub(super) fn is_folded(&self, dimension: Dimension) -> bool {
        self.folded().any(|(folded, _)| folded == dimension)
    }

    /// Whether the script can count what is selected.
    pub(super) fn can_be_filtered(&self) -> bool {
        self.cube(ROOM).strata.is_some()
    }

    /// The facts for the script; without counts where these would take more than `room` bytes.
    fn cube(&self, room: usize) -> Cube<'_> {
        let mut dimensions = BTreeMap::new();
        for dimension in Dimension::ALL {
            let axis = Axis {
                sql: dimension.sql(),
                values: self.values(dimension),
                others: self.is_folded(dimension).then_some(OTHERS),
            };
            dimensions.insert(dimension.name(), axis);
        }
        let ages = self.patients.values().flat_map(Ages::keys).flatten();
        let bands = ages.map(|&age| (age, self.place(Dimension::Age, band(Some(age)))));
        let strata: Vec<(Places, [u64; 3])> = self
            .strata
            .iter()
            .map(|stratum| {
                let counts = [
                    stratum.slices,
                    stratum.images,
                    stratum.patients_without_images,
                ];
                (stratum.places, counts)
            })
            .collect();
        let whole = Cube {
            dimensions,
            bands: bands.collect(),
            strata: Some(strata),
            patients: self
                .patients
                .iter()
                .map(|(strata, ages)| (strata.as_slice(), flat_ages(ages)))
                .collect(),
            scans: self
                .scans
                .iter()
                .map(|(strata, sizes)| (strata.as_slice(), flat_sizes(sizes)))
                .collect(),
        };
        let bytes = serde_json::to_string(&whole).map_or(usize::MAX, |text| text.len());
        if bytes <= room {
            return whole;
        }
        Cube {
            strata: None,
            patients: Vec::new(),
            scans: Vec::new(),
            ..whole
        }
    }

    /// The facts as the script reads them.
    pub(super) fn for_script(&self) -> impl Serialize {
        self.cube(ROOM)
    }
}

/// The facts as the script reads them. Counts follow their keys in flat lists, since brackets would be a third of the text.
#[derive(Debug, Serialize)]
struct Cube<'a> {
    dimensions: BTreeMap<&'static str, Axis<'a>>,
    /// The place of each age's band.
    bands: BTreeMap<u8, Option<usize>>,
    strata: Option<Vec<(Places, [u64; 3])>>,
    /// Strata, and age and number of patients in turns.
    patients: Vec<(&'a [usize], Vec<Option<u64>>)>,
    /// Strata, and the slices in each of them and the number of scans in turns.
    scans: Vec<(&'a [usize], Vec<u64>)>,
}

fn flat_ages(ages: &Ages) -> Vec<Option<u64>> {
    let pairs = ages.iter();
    pairs
        .flat_map(|(age, patients)| [age.map(u64::from), Some(*patients)])
        .collect()
}

fn flat_sizes(sizes: &Sizes) -> Vec<u64> {
    let rows = sizes.iter();
    rows.flat_map(|(slices, scans)| slices.iter().chain([scans]).copied())
        .collect()
}

/// A dimension of the cube.
#[derive(Debug, Serialize)]
struct Axis<'a> {
    /// Its column in a condition.
    sql: &'static str,
    values: &'a [String],
    /// The value in the place of all that are not listed.
    others: Option<&'static str>,
}

/// The first columns of the slices; those of the dimensions follow.
const FIRST: usize = 5;

fn columns() -> String {
    Dimension::FILTERS.map(Dimension::column).join(", ")
}

fn slices_sql() -> String {
    let group = format!("patient_id, scan_id, age, {}", columns());
    format!(
        "SELECT patient_id, scan_id, age, COUNT(*) AS slices, SUM(CASE WHEN in_landing THEN 1 ELSE 0 END) AS images, {} \
         FROM ct_slices GROUP BY {group}",
        columns(),
    )
}

fn patients_sql() -> String {
    let columns = Dimension::FILTERS
        .into_iter()
        .filter(|dimension| *dimension != Dimension::Split)
        .map(Dimension::column)
        .collect::<Vec<_>>()
        .join(", ");
    let with_split = Dimension::FILTERS.map(|dimension| match dimension {
        Dimension::Split => "CAST(NULL AS VARCHAR) AS split",
        other => other.column(),
    });
    format!(
        "SELECT COUNT(*) AS patients, {} FROM patients WHERE slices = 0 GROUP BY {columns}",
        with_split.join(", ")
    )
}

fn text(column: &StringArray, row: usize) -> Option<&str> {
    (!column.is_null(row)).then(|| column.value(row))
}

/// The band of an age.
pub(super) fn band(age: Option<u8>) -> &'static str {
    AgeBand::of(age).as_str()
}

/// The values of a dimension: in the field's order, else those with most patients first.
fn ordered<'a>(dimension: Dimension, patients: &BTreeMap<&'a str, u64>) -> Vec<&'a str> {
    let mut values: Vec<(&str, u64)> = patients.iter().map(|(value, n)| (*value, *n)).collect();
    // Stable: values without a place of their own and with as many patients stay in the order of their letters.
    values.sort_by_key(|(value, patients)| (dimension.rank(value), u64::MAX - patients));
    values.into_iter().map(|(value, _)| value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets::covidx_ct::report::measure::Measure;
    use crate::datasets::covidx_ct::report::selection::Selection;

    const SOURCES: u64 = 60;

    /// One patient per source and split, and one with slices of all.
    fn tally(names: &[String]) -> Tally<'_> {
        let mut tally = Tally::default();
        for (at, name) in names.iter().enumerate() {
            let source = &name[1..];
            for split in ["train", "test"] {
                let values = [
                    Some("China"),
                    Some("F"),
                    Some("Normal"),
                    Some(split),
                    Some(source),
                ];
                let age = u8::try_from(at).ok();
                tally.slices((Some(name.as_str()), Some(split)), age, values, 2, 1);
                tally.slices((Some("everywhere"), Some("1")), Some(50), values, 3, 0);
            }
        }
        tally
    }

    fn names() -> Vec<String> {
        (0..SOURCES).map(|at| format!("ps{at:02}")).collect()
    }

    #[test]
    fn rare_values_are_counted_together_and_nobody_twice() {
        let names = names();
        let facts = Facts::new(&tally(&names), 10);
        assert_eq!(facts.values(Dimension::Source).len(), 11);
        assert_eq!(
            facts.folded().collect::<Vec<_>>(),
            [(Dimension::Source, 50)]
        );
        let all = Selection::all(&facts);
        assert_eq!(Measure::Patients.of(&all), Some(61.0));
        assert_eq!(Measure::Scans.of(&all), Some(121.0));
        assert_eq!(Measure::MostSlices.of(&all), Some(360.0));
        let others = facts.place(Dimension::Source, OTHERS);
        let others = all.only(Dimension::Source, others);
        assert_eq!(Measure::Patients.of(&others), Some(51.0));
        assert_eq!(Measure::Slices.of(&others), Some(500.0));
        assert_eq!(Measure::MostSlices.of(&others), Some(300.0));
        assert_eq!(Measure::SharedPatients.of(&others), Some(51.0));
    }

    #[test]
    fn what_has_no_room_is_not_filtered() {
        let names = names();
        let tally = tally(&names);
        assert_eq!(
            Facts::fitting(&tally, ROOM).values(Dimension::Source).len(),
            41
        );
        assert_eq!(
            Facts::fitting(&tally, 4500).values(Dimension::Source).len(),
            21
        );
        let none = Facts::fitting(&tally, 10);
        assert_eq!(none.values(Dimension::Source).len(), 6);
        assert!(none.cube(10).strata.is_none());
        assert_eq!(Measure::Patients.of(&Selection::all(&none)), Some(61.0));
    }
}
