//! What the page counts. Numbers that Power BI shows too are the contract's, here over the rows of a cohort.

#![expect(
    clippy::cast_precision_loss,
    reason = "counts of slices are exact in a float: a build has fewer than 2^53"
)]

use std::collections::BTreeMap;

use super::dimension::Dimension;
use super::number::Unit;
use super::selection::Selection;
use crate::contract;
use crate::datasets::covidx_ct;
use crate::datasets::covidx_ct::files::Class;

/// A number over a selection. Patients are different patients, never sums over groups.
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
    Splits,
    BalanceGap,
    Sources,
    SingleClassSources,
    SingleClassShare,
    SharedPatients,
    FullyDescribed,
    MedianAgeGap,
    MostOfDiagnosis,
    MostOfCountry,
}

/// The number in SQL: a condition goes between the two texts, after `WHERE` or `AND`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) before: String,
    pub(super) word: &'static str,
    pub(super) after: &'static str,
}

impl Measure {
    pub(super) const ALL: [Self; 24] = [
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
        Self::Splits,
        Self::BalanceGap,
        Self::Sources,
        Self::SingleClassSources,
        Self::SingleClassShare,
        Self::SharedPatients,
        Self::FullyDescribed,
        Self::MedianAgeGap,
        Self::MostOfDiagnosis,
        Self::MostOfCountry,
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
            Self::Splits => "splits",
            Self::BalanceGap => "balance-gap",
            Self::Sources => "sources",
            Self::SingleClassSources => "single-class-sources",
            Self::SingleClassShare => "single-class-share",
            Self::SharedPatients => "shared-patients",
            Self::FullyDescribed => "fully-described",
            Self::MedianAgeGap => "median-age-gap",
            Self::MostOfDiagnosis => "most-of-diagnosis",
            Self::MostOfCountry => "most-of-country",
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
            Self::Splits => "Splits",
            Self::BalanceGap => "Largest difference of class shares",
            Self::Sources => "Sources",
            Self::SingleClassSources => "Sources of one class",
            Self::SingleClassShare => "Slices of such sources",
            Self::SharedPatients => "Patients in several splits",
            Self::FullyDescribed => "Sex, age and country known",
            Self::MedianAgeGap => "Largest difference of median ages",
            Self::MostOfDiagnosis => "Patients of the most frequent diagnosis",
            Self::MostOfCountry => "Patients of the most frequent country",
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
            Self::Splits => "Splits that have slices.",
            Self::BalanceGap => {
                "The share of each class among the slices of a split, compared between the splits: the largest difference."
            }
            Self::Sources => {
                "Sources that have slices; slices of an unknown source count as one source more."
            }
            Self::SingleClassSources => "Sources whose slices all have the same class.",
            Self::SingleClassShare => "Slices of sources of one class, as a share of all slices.",
            Self::SharedPatients => "Patients with slices in more than one split.",
            Self::FullyDescribed => {
                "What part of the patients with images has a known sex, age and country."
            }
            Self::MedianAgeGap => {
                "The median age of the patients of each diagnosis: the largest difference, in years."
            }
            Self::MostOfDiagnosis => "Patients of the diagnosis that most patients have.",
            Self::MostOfCountry => "Patients of the known country that most patients have.",
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
            | Self::MostSlices
            | Self::Splits
            | Self::Sources
            | Self::SingleClassSources
            | Self::SharedPatients
            | Self::MostOfDiagnosis
            | Self::MostOfCountry => Unit::Count,
            Self::SlicesPerPatient
            | Self::SlicesPerScan
            | Self::MedianAge
            | Self::MedianSlices
            | Self::MedianAgeGap => Unit::Decimal,
            Self::ImageCompleteness
            | Self::SexKnown
            | Self::AgeKnown
            | Self::CountryKnown
            | Self::SingleClassShare
            | Self::FullyDescribed => Unit::Share,
            Self::BalanceGap => Unit::Points,
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
        covidx_ct::contract().measure(name)
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
            Self::Splits => question("SELECT COUNT(DISTINCT split) AS value FROM ct_slices", ""),
            Self::BalanceGap => balance_gap(),
            Self::Sources => question(
                "SELECT COUNT(DISTINCT COALESCE(source, 'Unknown')) AS value FROM ct_slices",
                "",
            ),
            Self::SingleClassSources => question(
                "SELECT COUNT(*) AS value FROM (SELECT COALESCE(source, 'Unknown') AS source FROM ct_slices",
                " GROUP BY COALESCE(source, 'Unknown') HAVING COUNT(DISTINCT diagnosis) = 1) AS sources",
            ),
            Self::SingleClassShare => question(
                "SELECT CAST(SUM(CASE WHEN classes = 1 THEN slices ELSE 0 END) AS DOUBLE) / SUM(slices) AS value FROM \
                 (SELECT COUNT(*) AS slices, COUNT(DISTINCT diagnosis) AS classes FROM ct_slices",
                " GROUP BY COALESCE(source, 'Unknown')) AS sources",
            ),
            Self::SharedPatients => question(
                "SELECT COUNT(*) AS value FROM (SELECT patient_id FROM ct_slices",
                " GROUP BY patient_id HAVING COUNT(DISTINCT split) > 1) AS patients",
            ),
            Self::FullyDescribed => {
                known("sex <> 'Unknown' AND age IS NOT NULL AND country <> 'Unknown'")
            }
            Self::MedianAgeGap => question(
                "SELECT MAX(age) - MIN(age) AS value FROM (SELECT diagnosis, MEDIAN(age) AS age FROM \
                 (SELECT DISTINCT patient_id, diagnosis, age FROM ct_slices",
                ") AS patients GROUP BY diagnosis) AS diagnoses",
            ),
            Self::MostOfDiagnosis => question(
                "SELECT COALESCE(MAX(patients), 0) AS value FROM (SELECT COUNT(DISTINCT patient_id) AS patients FROM ct_slices",
                " GROUP BY diagnosis) AS diagnoses",
            ),
            Self::MostOfCountry => Question {
                word: "AND",
                ..question(
                    "SELECT COALESCE(MAX(patients), 0) AS value FROM (SELECT COUNT(DISTINCT patient_id) AS patients FROM ct_slices WHERE country <> 'Unknown'",
                    " GROUP BY country) AS countries",
                )
            },
            _ => question(&self.defined().expect("one of the contract").sql(&[]), ""),
        }
    }

    /// The number; `None` where there is nothing to divide by or to choose from.
    pub(super) fn of(self, selection: &Selection<'_>) -> Option<f64> {
        let count = |number: u64| Some(number as f64);
        let scans = || selection.scans();
        let patients = || selection.patients();
        match self {
            Self::Slices => count(selection.slices()),
            Self::Patients => count(patients()),
            Self::Scans => count(scans().values().sum()),
            Self::SlicesPerPatient => ratio(selection.slices(), patients()),
            Self::SlicesPerScan => ratio(selection.slices(), scans().values().sum()),
            Self::ImageCompleteness => {
                let images = selection.strata().map(|stratum| stratum.images);
                ratio(images.sum(), selection.slices())
            }
            Self::PatientsWithoutImages => {
                let strata = selection.strata();
                count(strata.map(|stratum| stratum.patients_without_images).sum())
            }
            Self::MedianAge => median_age(selection),
            Self::SexKnown => ratio(selection.known(Dimension::Sex).patients(), patients()),
            Self::AgeKnown => ratio(known_ages(selection).values().sum(), patients()),
            Self::CountryKnown => ratio(selection.known(Dimension::Country).patients(), patients()),
            Self::FewestSlices => scans().keys().next().map(|slices| *slices as f64),
            Self::MedianSlices => median(&scans()),
            Self::MostSlices => scans().keys().next_back().map(|slices| *slices as f64),
            Self::Splits => count(selection.divided(Dimension::Split).len() as u64),
            Self::BalanceGap => largest_gap(selection),
            Self::Sources => count(selection.divided(Dimension::Source).len() as u64),
            Self::SingleClassSources => count(single_class(selection).len() as u64),
            Self::SingleClassShare => {
                ratio(single_class(selection).iter().sum(), selection.slices())
            }
            Self::SharedPatients => count(selection.shared_patients()),
            Self::FullyDescribed => {
                let known = selection.known(Dimension::Sex).known(Dimension::Country);
                ratio(known_ages(&known).values().sum(), patients())
            }
            Self::MedianAgeGap => {
                let diagnoses = selection.divided(Dimension::Diagnosis).into_iter();
                range(diagnoses.filter_map(|(_, part)| median_age(&part)))
            }
            Self::MostOfDiagnosis => count(most(selection, Dimension::Diagnosis)),
            Self::MostOfCountry => count(most(selection, Dimension::Country)),
        }
    }
}

/// The largest difference between the splits' shares of a class, in SQL.
fn balance_gap() -> Question {
    let column = |class: Class| format!("class_{}", class.id());
    let gaps = Class::ALL.map(|class| format!("MAX({0}) - MIN({0})", column(class)));
    let shares = Class::ALL.map(|class| {
        format!(
            "AVG(CASE WHEN diagnosis = '{class}' THEN 1.0 ELSE 0.0 END) AS {}",
            column(class)
        )
    });
    question(
        &format!(
            "SELECT GREATEST({}) AS value FROM (SELECT {} FROM ct_slices",
            gaps.join(", "),
            shares.join(", ")
        ),
        " GROUP BY split) AS splits",
    )
}

fn question(before: &str, after: &'static str) -> Question {
    Question {
        before: before.to_owned(),
        word: "WHERE",
        after,
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn known_ages(selection: &Selection<'_>) -> BTreeMap<u64, u64> {
    let ages = selection.ages().into_iter();
    ages.filter_map(|(age, patients)| Some((u64::from(age?), patients)))
        .collect()
}

fn median_age(selection: &Selection<'_>) -> Option<f64> {
    median(&known_ages(selection))
}

/// The slices of each source that has one class only.
fn single_class(selection: &Selection<'_>) -> Vec<u64> {
    let sources = selection.divided(Dimension::Source).into_iter();
    sources
        .filter(|(_, source)| source.divided(Dimension::Diagnosis).len() == 1)
        .map(|(_, source)| source.slices())
        .collect()
}

/// The largest difference between the splits' shares of a class.
fn largest_gap(selection: &Selection<'_>) -> Option<f64> {
    let splits = selection.divided(Dimension::Split);
    let gaps = Class::ALL.into_iter().filter_map(|class| {
        range(splits.iter().filter_map(|(_, split)| {
            let place = split.facts.place(Dimension::Diagnosis, class.as_str());
            ratio(
                split.only(Dimension::Diagnosis, place).slices(),
                split.slices(),
            )
        }))
    });
    gaps.reduce(f64::max)
}

/// The greatest minus the least.
fn range(numbers: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let greatest = numbers.clone().reduce(f64::max)?;
    Some(greatest - numbers.reduce(f64::min)?)
}

fn most(selection: &Selection<'_>, dimension: Dimension) -> u64 {
    let most = selection.most_frequent(dimension);
    most.map_or(0, |(_, patients)| patients)
}

/// The median of numbers that occur so many times.
fn median(numbers: &BTreeMap<u64, u64>) -> Option<f64> {
    let count: u64 = numbers.values().sum();
    let at = |place: u64| {
        let mut before = 0;
        let (number, _) = numbers.iter().find(|(_, times)| {
            before += **times;
            place < before
        })?;
        Some(*number as f64)
    };
    Some(f64::midpoint(
        at(count.checked_sub(1)? / 2)?,
        at(count / 2)?,
    ))
}
