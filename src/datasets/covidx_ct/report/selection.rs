//! The part of the facts that a number is about.

use std::collections::BTreeMap;

use super::dimension::{Dimension, UNKNOWN};
use super::facts::{Facts, band};
use super::stratum::Stratum;

/// Some strata, and perhaps the patients of one age band.
#[derive(Debug, Clone)]
pub(super) struct Selection<'a> {
    pub(super) facts: &'a Facts,
    strata: Vec<bool>,
    /// It selects patients only: slices and scans aren't counted by age.
    ages: Ages,
}

/// Whose patients are selected.
#[derive(Debug, Clone, Copy)]
enum Ages {
    All,
    /// Those of the band at this place, if there is one.
    Band(Option<usize>),
}

impl Ages {
    fn contains(self, facts: &Facts, age: Option<u8>) -> bool {
        match self {
            Self::All => true,
            Self::Band(None) => false,
            Self::Band(place) => place == facts.place(Dimension::Age, band(age)),
        }
    }
}

impl<'a> Selection<'a> {
    /// The whole snapshot.
    pub(super) fn all(facts: &'a Facts) -> Self {
        Self {
            facts,
            strata: vec![true; facts.strata.len()],
            ages: Ages::All,
        }
    }

    /// What of it has the value at a place; nothing where there is no such value.
    pub(super) fn only(&self, dimension: Dimension, place: Option<usize>) -> Self {
        if dimension == Dimension::Age {
            return Self {
                ages: Ages::Band(place),
                ..self.clone()
            };
        }
        self.that(|stratum| place.is_some() && stratum.places[dimension as usize] == place)
    }

    /// What of it has a known value.
    pub(super) fn known(&self, dimension: Dimension) -> Self {
        let unknown = self.facts.place(dimension, UNKNOWN);
        self.that(|stratum| unknown.is_none() || stratum.places[dimension as usize] != unknown)
    }

    fn that(&self, keep: impl Fn(&Stratum) -> bool) -> Self {
        let strata = self.facts.strata.iter().zip(&self.strata);
        Self {
            strata: strata
                .map(|(stratum, selected)| *selected && keep(stratum))
                .collect(),
            ..self.clone()
        }
    }

    /// The selected strata.
    pub(super) fn strata(&self) -> impl Iterator<Item = &'a Stratum> {
        let strata = self.facts.strata.iter().zip(&self.strata);
        strata.filter_map(|(stratum, selected)| selected.then_some(stratum))
    }

    pub(super) fn slices(&self) -> u64 {
        self.strata().map(|stratum| stratum.slices).sum()
    }

    /// Number of patients with images, by age.
    pub(super) fn ages(&self) -> BTreeMap<Option<u8>, u64> {
        let mut ages = BTreeMap::new();
        for (strata, patients) in &self.facts.patients {
            if !strata.iter().any(|&stratum| self.strata[stratum]) {
                continue;
            }
            for (age, count) in patients {
                if self.ages.contains(self.facts, *age) {
                    *ages.entry(*age).or_default() += count;
                }
            }
        }
        ages
    }

    /// Number of patients with images.
    pub(super) fn patients(&self) -> u64 {
        self.ages().values().sum()
    }

    /// Number of patients with slices in several splits.
    pub(super) fn shared_patients(&self) -> u64 {
        let split = |stratum: usize| self.facts.strata[stratum].places[Dimension::Split as usize];
        let shared = self.facts.patients.iter().filter(|(strata, _)| {
            let mut splits = strata
                .iter()
                .filter(|stratum| self.strata[**stratum])
                .map(|stratum| split(*stratum));
            let first = splits.next();
            splits.any(|split| Some(split) != first)
        });
        shared.flat_map(|(_, ages)| ages.values()).sum()
    }

    /// Number of scans, by the slices that are selected of them.
    pub(super) fn scans(&self) -> BTreeMap<u64, u64> {
        let mut scans = BTreeMap::new();
        for (strata, sizes) in &self.facts.scans {
            if !strata.iter().any(|&stratum| self.strata[stratum]) {
                continue;
            }
            for (slices, count) in sizes {
                let selected = strata.iter().zip(slices);
                let selected = selected.filter(|(stratum, _)| self.strata[**stratum]);
                let size = selected.map(|(_, slices)| slices).sum();
                *scans.entry(size).or_default() += count;
            }
        }
        scans
    }

    /// It, divided by the values of a dimension; without those of which no slice is selected.
    pub(super) fn divided(&self, dimension: Dimension) -> Vec<(&'a str, Self)> {
        let values = self.facts.values(dimension).iter().enumerate();
        values
            .map(|(place, value)| (value.as_str(), self.only(dimension, Some(place))))
            .filter(|(_, part)| part.slices() > 0)
            .collect()
    }

    /// The known value that most patients have: of several, the first one by its letters.
    pub(super) fn most_frequent(&self, dimension: Dimension) -> Option<(&'a str, u64)> {
        let parts = self.divided(dimension).into_iter();
        let known = parts.filter(|(value, _)| *value != UNKNOWN);
        let counted = known.map(|(value, part)| (value, part.patients()));
        counted.min_by_key(|(value, patients)| (u64::MAX - patients, *value))
    }
}
