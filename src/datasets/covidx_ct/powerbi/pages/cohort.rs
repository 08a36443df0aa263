//! `Cohort`: who the patients are, and how the classes are balanced.

use super::super::{AGE_BANDS, DIAGNOSES};
use super::super::{measure, patient};
use super::{COUNTRY, DIAGNOSIS, PATIENT_SPLIT, SEX, SLICE_CLASS, SLICE_SPLIT, head};
use crate::powerbi::Field;
use crate::powerbi::Kind;
use crate::powerbi::Page;
use crate::powerbi::Visual;
use crate::powerbi::grid::cell;

const AGE_BAND: Field = patient("age_band", "Age band");

pub(super) fn page() -> Page {
    let mut visuals = head("Cohort: who the patients are");
    visuals.push(
        Visual::new(
            Kind::Matrix,
            cell(0, 0, 6, 8),
            "Patients and slices by country, sex and diagnosis",
            "Matrix: rows country and sex, columns diagnosis, in each cell patients and slices",
        )
        .bucket("Rows", &[COUNTRY, SEX])
        .bucket("Columns", &[DIAGNOSIS])
        .bucket("Values", &[measure("Patients"), measure("Slices")]),
    );
    visuals.push(
        Visual::new(
            Kind::ShareColumns,
            cell(6, 0, 3, 4),
            "Class balance of each split",
            "Stacked columns of 100 %: share of each class in the slices of train, val and test",
        )
        .bucket("Category", &[SLICE_SPLIT])
        .bucket("Series", &[SLICE_CLASS])
        .bucket("Y", &[measure("Slices")])
        .colours(SLICE_CLASS, &DIAGNOSES),
    );
    visuals.push(
        Visual::new(
            Kind::ShareBars,
            cell(9, 0, 3, 4),
            "Age bands by diagnosis; grey: age unknown",
            "Stacked bars of 100 %: share of each age band in the patients of a diagnosis, with the share of unknown age",
        )
        .bucket("Category", &[DIAGNOSIS])
        .bucket("Series", &[AGE_BAND])
        .bucket("Y", &[measure("Patients")])
        .bucket(
            "Tooltips",
            &[
                measure("Median age"),
                measure("Unknown age share of patients"),
            ],
        )
        .colours(AGE_BAND, &AGE_BANDS),
    );
    visuals.push(
        Visual::new(
            Kind::Table,
            cell(6, 4, 6, 4),
            "Patients: right-click one, then Drill through, Patient",
            "Table: one patient a row with country, sex, age, diagnosis, split, scans and slices",
        )
        .bucket(
            "Values",
            &[
                patient("patient_id", "Patient"),
                COUNTRY,
                SEX,
                patient("age", "Age"),
                DIAGNOSIS,
                PATIENT_SPLIT,
                measure("Scans"),
                measure("Slices"),
            ],
        ),
    );
    Page {
        name: "Cohort",
        visuals,
        drilled_through: None,
    }
}
