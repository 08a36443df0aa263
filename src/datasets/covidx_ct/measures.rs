//! The measures of COVIDx CT: slice-level and patient-level ones each by their own name.

use crate::contract::Filter::{Above, Holds, Is, IsNot, Missing, Present};
use crate::contract::Formula::{OrZero, Ratio, ShareOfAll, Value};
use crate::contract::Function::{Distinct, Median, Sum};
use crate::contract::Subject::{Age, Balance, Counts, DataQuality};
use crate::contract::{Aggregate, Filter, Formula, Measure, Subject, Unit};

const SLICES: Aggregate = Aggregate::count("ct_slices");
const SLICE_PATIENTS: Aggregate = Aggregate::of("ct_slices", Distinct(&["patient_id"]));
const SCANS: Aggregate = Aggregate::of("ct_slices", Distinct(&["patient_id", "scan_id"]));
const PATIENTS: Aggregate = Aggregate::count("patients");
const FINDINGS: Aggregate = Aggregate::of("quality_findings", Sum("occurrences"));

const COVID_19: &[Filter] = &[Is("diagnosis", "COVID-19")];
const SEX_UNKNOWN: &[Filter] = &[Is("sex", "Unknown")];
const AGE_UNKNOWN: &[Filter] = &[Missing("age")];
const COUNTRY_UNKNOWN: &[Filter] = &[Is("country", "Unknown")];
const ALL_KNOWN: &[Filter] = &[
    IsNot("sex", "Unknown"),
    Present("age"),
    IsNot("country", "Unknown"),
];

/// Every measure, in the order of their tables and folders.
pub(super) const MEASURES: &[Measure] = &[
    number(
        "Slices",
        "CT slices, one for each line of the label files.",
        Counts,
        Value(SLICES),
    ),
    number(
        "Patients of the slices",
        "Patients that the slices belong to.",
        Counts,
        Value(SLICE_PATIENTS),
    ),
    number(
        "Scans",
        "Scans that the slices belong to; the slices of a patient that name no scan count as one.",
        Counts,
        Value(SCANS),
    ),
    average(
        "Slices per patient",
        "Slices for each patient that has any.",
        Ratio(SLICES, SLICE_PATIENTS),
    ),
    average(
        "Slices per scan",
        "Slices for each scan.",
        Ratio(SLICES, SCANS),
    ),
    Measure {
        name: "Bytes stored",
        description: "Size of the images in the landing zone, in MB (1,000,000 bytes).",
        subject: Counts,
        unit: Unit::Bytes,
        formula: OrZero(Aggregate::of("ct_slices", Sum("image_bytes"))),
    },
    share(
        "Share of slices",
        "What part of the selected slices it is.",
        Balance,
        ShareOfAll(SLICES),
    ),
    share(
        "COVID-19 share of slices",
        "What part of the slices is labelled COVID-19.",
        Balance,
        Ratio(SLICES.only(COVID_19), SLICES),
    ),
    share(
        "Unknown sex share of slices",
        "What part of the slices is of patients whose sex is unknown.",
        DataQuality,
        Ratio(SLICES.only(SEX_UNKNOWN), SLICES),
    ),
    share(
        "Unknown age share of slices",
        "What part of the slices is of patients whose age is unknown.",
        DataQuality,
        Ratio(SLICES.only(AGE_UNKNOWN), SLICES),
    ),
    share(
        "Unknown country share of slices",
        "What part of the slices is of patients whose country is unknown.",
        DataQuality,
        Ratio(SLICES.only(COUNTRY_UNKNOWN), SLICES),
    ),
    number(
        "Images missing",
        "Slices whose image is not in the landing zone.",
        DataQuality,
        OrZero(SLICES.only(&[Holds("in_landing", false)])),
    ),
    share(
        "Image completeness",
        "What part of the slices has its image in the landing zone.",
        DataQuality,
        Ratio(SLICES.only(&[Holds("in_landing", true)]), SLICES),
    ),
    number(
        "Patients",
        "Patients of the metadata or of the label files, with images or without.",
        Counts,
        Value(PATIENTS),
    ),
    number(
        "Patients with images",
        "Patients of whom the label files name at least one image.",
        Counts,
        Value(PATIENTS.only(&[Above("slices", 0)])),
    ),
    share(
        "Share of patients",
        "What part of the selected patients it is.",
        Balance,
        ShareOfAll(PATIENTS),
    ),
    share(
        "COVID-19 share of patients",
        "What part of the patients has the diagnosis COVID-19.",
        Balance,
        Ratio(PATIENTS.only(COVID_19), PATIENTS),
    ),
    Measure {
        name: "Median age",
        description: "Median age of the patients whose age is known, in years.",
        subject: Age,
        unit: Unit::Years,
        formula: Value(Aggregate::of("patients", Median("age"))),
    },
    share(
        "Unknown sex share of patients",
        "What part of the patients has no known sex.",
        DataQuality,
        Ratio(PATIENTS.only(SEX_UNKNOWN), PATIENTS),
    ),
    share(
        "Unknown age share of patients",
        "What part of the patients has no known age.",
        DataQuality,
        Ratio(PATIENTS.only(AGE_UNKNOWN), PATIENTS),
    ),
    share(
        "Unknown country share of patients",
        "What part of the patients has no known country.",
        DataQuality,
        Ratio(PATIENTS.only(COUNTRY_UNKNOWN), PATIENTS),
    ),
    share(
        "Metadata completeness",
        "What part of the patients has a known sex, a known age and a known country.",
        DataQuality,
        Ratio(PATIENTS.only(ALL_KNOWN), PATIENTS),
    ),
    number(
        "Leaked patients",
        "Patients with slices in more than one of train, val and test. Expected: 0.",
        DataQuality,
        OrZero(PATIENTS.only(&[Is("split", "several")])),
    ),
    number(
        "Findings",
        "How many times the quality rules are broken, as build, status and report count it.",
        DataQuality,
        OrZero(FINDINGS),
    ),
    number(
        "Error findings",
        "Findings that make an analysis wrong that ignores them.",
        DataQuality,
        OrZero(FINDINGS.only(&[Is("severity", "error")])),
    ),
    number(
        "Warning findings",
        "Findings to look at before an analysis is trusted.",
        DataQuality,
        OrZero(FINDINGS.only(&[Is("severity", "warning")])),
    ),
    number(
        "Info findings",
        "Findings that are worth knowing.",
        DataQuality,
        OrZero(FINDINGS.only(&[Is("severity", "info")])),
    ),
];

const fn number(
    name: &'static str,
    description: &'static str,
    subject: Subject,
    formula: Formula,
) -> Measure {
    Measure {
        name,
        description,
        subject,
        unit: Unit::Number,
        formula,
    }
}

const fn average(name: &'static str, description: &'static str, formula: Formula) -> Measure {
    Measure {
        name,
        description,
        subject: Counts,
        unit: Unit::Average,
        formula,
    }
}

const fn share(
    name: &'static str,
    description: &'static str,
    subject: Subject,
    formula: Formula,
) -> Measure {
    Measure {
        name,
        description,
        subject,
        unit: Unit::Share,
        formula,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::datasets::covidx_ct::contract;

    /// The measure of that name.
    fn measure(name: &str) -> &'static Measure {
        MEASURES
            .iter()
            .find(|measure| measure.name == name)
            .expect("a measure")
    }

    #[test]
    fn every_column_is_in_the_contract_and_every_name_is_its_own() {
        let mut names = HashSet::new();
        for measure in MEASURES {
            let table = contract()
                .table(measure.table())
                .expect("a table of the contract");
            for column in measure.columns() {
                assert!(
                    table.all_columns().any(|known| known.name == column),
                    "{}: {column}",
                    measure.name
                );
            }
            // Power BI takes names that differ only in case for the same, and a column's name for the column.
            let name = measure.name.to_lowercase();
            assert!(
                table.all_columns().all(|column| column.name != name),
                "{name}"
            );
            assert!(names.insert(name), "{}", measure.name);
        }
    }

    #[test]
    fn both_languages_say_the_same() {
        assert_eq!(
            measure("Scans").dax(),
            "COUNTROWS(SUMMARIZE(ct_slices, ct_slices[patient_id], ct_slices[scan_id]))"
        );
        assert_eq!(
            measure("Scans").sql(&["split"]),
            "SELECT split, COUNT(DISTINCT COALESCE(patient_id, '') || '/' || COALESCE(scan_id, '')) AS value \
             FROM ct_slices GROUP BY split"
        );
        assert_eq!(
            measure("Metadata completeness").dax(),
            "DIVIDE(CALCULATE(COUNTROWS(patients), KEEPFILTERS(patients[sex] <> \"Unknown\"), \
             KEEPFILTERS(NOT ISBLANK(patients[age])), KEEPFILTERS(patients[country] <> \"Unknown\")), COUNTROWS(patients))"
        );
        assert_eq!(
            measure("Metadata completeness").sql(&[]),
            "SELECT CAST(COUNT(*) FILTER (WHERE sex <> 'Unknown' AND age IS NOT NULL AND country <> 'Unknown') AS DOUBLE) \
             / NULLIF(COUNT(*), 0) AS value FROM patients"
        );
        assert_eq!(
            measure("Share of slices").dax(),
            "DIVIDE(COUNTROWS(ct_slices), CALCULATE(COUNTROWS(ct_slices), ALLSELECTED(ct_slices)))"
        );
        assert_eq!(
            measure("Images missing").dax(),
            "COALESCE(CALCULATE(COUNTROWS(ct_slices), KEEPFILTERS(ct_slices[in_landing] = FALSE())), 0)"
        );
    }
}
