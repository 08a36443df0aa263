//! Counts by patient, scan and stratum while the rows are read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::dimension::{Dimension, UNKNOWN};
use super::stratum::{FILTERS, Places, Stratum};

/// What has been counted: values are numbered in the order in which they come.
#[derive(Debug, Default)]
pub(super) struct Tally<'a> {
    values: [Vec<&'a str>; FILTERS],
    places: [HashMap<&'a str, usize>; FILTERS],
    numbers: HashMap<Places, usize>,
    pub(super) strata: Vec<Stratum>,
    patients: HashMap<Option<&'a str>, Patient<'a>>,
}

/// A patient with images.
#[derive(Debug, Default)]
pub(super) struct Patient<'a> {
    pub(super) age: Option<u8>,
    /// Slices of each scan by stratum.
    pub(super) scans: BTreeMap<Option<&'a str>, BTreeMap<usize, u64>>,
}

impl Patient<'_> {
    /// The strata of the slices, of each scan.
    pub(super) fn strata(&self) -> impl Iterator<Item = usize> {
        self.scans.values().flat_map(BTreeMap::keys).copied()
    }
}

impl<'a> Tally<'a> {
    /// Adds slices of a patient's scan that are alike.
    pub(super) fn slices(
        &mut self,
        (patient, scan): (Option<&'a str>, Option<&'a str>),
        age: Option<u8>,
        values: [Option<&'a str>; FILTERS],
        slices: u64,
        images: u64,
    ) {
        let number = self.stratum(values);
        let stratum = &mut self.strata[number];
        stratum.slices += slices;
        stratum.images += images;
        let patient = self.patients.entry(patient).or_default();
        patient.age = age;
        let scan = patient.scans.entry(scan).or_default();
        *scan.entry(number).or_default() += slices;
    }

    /// Adds patients of whom there is no slice.
    pub(super) fn patients_without_images(
        &mut self,
        values: [Option<&'a str>; FILTERS],
        patients: u64,
    ) {
        let number = self.stratum(values);
        self.strata[number].patients_without_images += patients;
    }

    fn stratum(&mut self, values: [Option<&'a str>; FILTERS]) -> usize {
        let places = Dimension::FILTERS.map(|dimension| {
            let at = dimension as usize;
            let value = match dimension {
                Dimension::Split => values[at]?,
                _ => values[at].unwrap_or(UNKNOWN),
            };
            let known = &mut self.values[at];
            Some(*self.places[at].entry(value).or_insert_with(|| {
                known.push(value);
                known.len() - 1
            }))
        });
        *self.numbers.entry(places).or_insert_with(|| {
            self.strata.push(Stratum {
                places,
                ..Stratum::default()
            });
            self.strata.len() - 1
        })
    }

    /// The values of a dimension by number.
    pub(super) fn values(&self, dimension: Dimension) -> &[&'a str] {
        &self.values[dimension as usize]
    }

    pub(super) fn patients(&self) -> impl Iterator<Item = &Patient<'a>> {
        self.patients.values()
    }

    /// Patients with a value, with images or without.
    pub(super) fn patients_by_value(&self, dimension: Dimension) -> BTreeMap<&'a str, u64> {
        let at = dimension as usize;
        let mut counts = vec![0; self.values[at].len()];
        for stratum in &self.strata {
            if let Some(place) = stratum.places[at] {
                counts[place] += stratum.patients_without_images;
            }
        }
        for patient in self.patients() {
            let strata = patient.strata();
            let places: BTreeSet<usize> = strata
                .filter_map(|stratum| self.strata[stratum].places[at])
                .collect();
            for place in places {
                counts[place] += 1;
            }
        }
        self.values[at].iter().copied().zip(counts).collect()
    }
}
