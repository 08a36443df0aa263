//! What the page counts. Numbers that Power BI shows too are the contract's, here over the rows of a cohort.

#![expect(
    clippy::cast_precision_loss,
    reason = "counts of slices are exact in a float: a build has fewer than 2^53"
)]

use super::dimension::{Dimension, UNKNOWN};
use super::facts::{Fact, Facts};
use super::number::Unit;
use crate::contract::{self, MEASURES};

/// A number over some facts. Patients are different patients, never sums over groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Slices,
    Patients,
    Scans,
    SlicesPerPatient,
    SlicesPerScan,
    ImageCompleteness,
    PatientsWithoutImages,
    MedianAge,
    SexKnown,
    AgeKnown,
    CountryKnown,
    FewestSlices,
    MedianSlices,
    MostSlices,
}

/// The number in SQL: a condition goes between the two texts, after `WHERE` or `AND`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) before: String,
    pub(super) word: &'static str,
    pub(super) after: &'static str,
}

impl Measure {
    pub(super) const ALL: [Self; 14] = [
        Self::Slices,
        Self::Patients,
        Self::Scans,
        Self::SlicesPerPatient,
        Self::SlicesPerScan,
        Self::ImageCompleteness,
        Self::PatientsWithoutImages,
        Self::MedianAge,
        Self::SexKnown,
        Self::AgeKnown,
        Self::CountryKnown,
        Self::FewestSlices,
        Self::MedianSlices,
        Self::MostSlices,
    ];

    /// Its name in the page: `data-figure="slices"`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Slices => "slices",
            Self::Patients => "patients",
            Self::Scans => "scans",
            Self::SlicesPerPatient => "slices-per-patient",
            Self::SlicesPerScan => "slices-per-scan",
            Self::ImageCompleteness => "image-completeness",
            Self::PatientsWithoutImages => "patients-without-images",
            Self::MedianAge => "median-age",
            Self::SexKnown => "sex-known",
            Self::AgeKnown => "age-known",
            Self::CountryKnown => "country-known",
            Self::FewestSlices => "fewest-slices",
            Self::MedianSlices => "median-slices",
            Self::MostSlices => "most-slices",
        }
    }

    /// What people read.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Patients => "Patients with images",
            Self::ImageCompleteness => "Images in the lake",
            Self::PatientsWithoutImages => "Patients without images",
            Self::MedianAge => "Median age",
            Self::SexKnown => "Sex known",
            Self::AgeKnown => "Age known",
            Self::CountryKnown => "Country known",
            Self::FewestSlices => "Fewest slices",
            Self::MedianSlices => "Median of slices",
            Self::MostSlices => "Most slices",
            Self::Slices | Self::Scans | Self::SlicesPerPatient | Self::SlicesPerScan => {
                self.defined().expect("one of the contract").name
            }
        }
    }

    /// What it says, and of whom.
    pub(super) fn description(self) -> &'static str {
        match self {
            Self::PatientsWithoutImages => {
                "Patients of the metadata of whom the label files name no image; their diagnosis is the metadata's finding. They are in no split."
            }
            Self::MedianAge => {
                "Median age in years of the patients with images whose age is known."
            }
            Self::SexKnown => "What part of the patients with images has a known sex.",
            Self::AgeKnown => "What part of the patients with images has a known age.",
            Self::CountryKnown => "What part of the patients with images has a known country.",
            Self::FewestSlices => "Slices of the scan that has fewest.",
            Self::MedianSlices => "Median of the slices of a scan.",
            Self::MostSlices => "Slices of the scan that has most.",
            _ => self.defined().expect("one of the contract").description,
        }
    }

    pub(super) fn unit(self) -> Unit {
        match self {
            Self::Slices
            | Self::Patients
            | Self::Scans
            | Self::PatientsWithoutImages
            | Self::FewestSlices
            | Self::MostSlices => Unit::Count,
            Self::SlicesPerPatient | Self::SlicesPerScan | Self::MedianAge | Self::MedianSlices => {
                Unit::Decimal
            }
            Self::ImageCompleteness | Self::SexKnown | Self::AgeKnown | Self::CountryKnown => {
                Unit::Share
            }
        }
    }

    /// The contract's measure of the same number.
    fn defined(self) -> Option<&'static contract::Measure> {
        let name = match self {
            Self::Slices => "Slices",
            Self::Patients => "Patients of the slices",
            Self::Scans => "Scans",
            Self::SlicesPerPatient => "Slices per patient",
            Self::SlicesPerScan => "Slices per scan",
            Self::ImageCompleteness => "Image completeness",
            _ => return None,
        };
        MEASURES.iter().find(|measure| measure.name == name)
    }

    /// The number in SQL.
    pub(super) fn question(self) -> Question {
        let scans = |function: &str| {
            question(
                &format!(
                    "SELECT {function}(slices) AS value FROM (SELECT COUNT(*) AS slices FROM ct_slices"
                ),
                " GROUP BY patient_id, scan_id) AS scans",
            )
        };
        let known = |condition: &str| {
            let patients = "COUNT(DISTINCT patient_id)";
            question(
                &format!(
                    "SELECT CAST({patients} FILTER (WHERE {condition}) AS DOUBLE) / NULLIF({patients}, 0) AS value FROM ct_slices"
                ),
                "",
            )
        };
        match self {
            Self::PatientsWithoutImages => Question {
                word: "AND",
                ..question(
                    "SELECT COUNT(*) AS value FROM patients WHERE slices = 0",
                    "",
                )
            },
            Self::MedianAge => question(
                "SELECT MEDIAN(age) AS value FROM (SELECT DISTINCT patient_id, age FROM ct_slices",
                ") AS patients",
            ),
            Self::SexKnown => known("sex <> 'Unknown'"),
            Self::AgeKnown => known("age IS NOT NULL"),
            Self::CountryKnown => known("country <> 'Unknown'"),
            Self::FewestSlices => scans("MIN"),
            Self::MedianSlices => scans("MEDIAN"),
            Self::MostSlices => scans("MAX"),
            _ => question(&self.defined().expect("one of the contract").sql(&[]), ""),
        }
    }

    /// The number over `rows`, which are in the order of all facts; `None` where there is nothing to divide by or to choose from.
    pub(super) fn of(self, facts: &Facts, rows: &[&Fact]) -> Option<f64> {
        let seen: Vec<&Fact> = rows.iter().copied().filter(|row| row.slices > 0).collect();
        let slices = seen.iter().map(|row| row.slices).sum::<u64>() as f64;
        let ratio = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        let known = |dimension: Dimension| {
            let unknown = facts.place(dimension, UNKNOWN);
            let known: Vec<&Fact> = seen
                .iter()
                .copied()
                .filter(|row| row.place(dimension) != unknown)
                .collect();
            ratio(patients(&known), patients(&seen))
        };
        match self {
            Self::Slices => Some(slices),
            Self::Patients => Some(patients(&seen)),
            Self::Scans => Some(scans(&seen).len() as f64),
            Self::SlicesPerPatient => ratio(slices, patients(&seen)),
            Self::SlicesPerScan => ratio(slices, scans(&seen).len() as f64),
            Self::ImageCompleteness => {
                let images = seen.iter().map(|row| row.images).sum::<u64>();
                ratio(images as f64, slices)
            }
            Self::PatientsWithoutImages => {
                let rest: Vec<&Fact> = rows.iter().copied().filter(|row| row.slices == 0).collect();
                Some(patients(&rest))
            }
            Self::MedianAge => median(ages(&seen)),
            Self::SexKnown => known(Dimension::Sex),
            Self::AgeKnown => known(Dimension::Age),
            Self::CountryKnown => known(Dimension::Country),
            Self::FewestSlices => scans(&seen).into_iter().min().map(|slices| slices as f64),
            Self::MedianSlices => median(scans(&seen)),
            Self::MostSlices => scans(&seen).into_iter().max().map(|slices| slices as f64),
        }
    }
}

fn question(before: &str, after: &'static str) -> Question {
    Question {
        before: before.to_owned(),
        word: "WHERE",
        after,
    }
}

/// The rows of one patient, and of one scan, are neighbours.
fn patients(rows: &[&Fact]) -> f64 {
    rows.chunk_by(|a, b| a.patient == b.patient).count() as f64
}

/// The slices of each scan.
fn scans(rows: &[&Fact]) -> Vec<u64> {
    let scans = rows.chunk_by(|a, b| a.scan == b.scan);
    scans
        .map(|rows| rows.iter().map(|row| row.slices).sum())
        .collect()
}

/// The age of each patient of whom it is known.
fn ages(rows: &[&Fact]) -> Vec<u64> {
    let patients = rows.chunk_by(|a, b| a.patient == b.patient);
    patients.filter_map(|rows| rows[0].age).collect()
}

fn median(mut numbers: Vec<u64>) -> Option<f64> {
    numbers.sort_unstable();
    let (low, high) = (numbers.len().checked_sub(1)? / 2, numbers.len() / 2);
    Some(f64::midpoint(numbers[low] as f64, numbers[high] as f64))
}
