//! What stands on the pages.

mod cohort;
mod overview;
mod patient;
mod quality;

use super::{patient, slice};
use crate::powerbi::Field;
use crate::powerbi::Page;
use crate::powerbi::Visual;
use crate::powerbi::grid;

const COUNTRY: Field = patient("country", "Country");
const SEX: Field = patient("sex", "Sex");
const DIAGNOSIS: Field = patient("diagnosis", "Diagnosis");
const PATIENT_SPLIT: Field = patient("split", "Split");
const SOURCE: Field = patient("source", "Source");
const SLICE_SPLIT: Field = slice("split", "Split");
const SLICE_CLASS: Field = slice("diagnosis", "Class");

/// The pages, in the order of their tabs, of a model with the table `previews` or without.
pub(super) fn all(previews: bool) -> Vec<Page> {
    vec![
        overview::page(),
        cohort::page(),
        quality::page(),
        patient::page(previews),
    ]
}

/// The heading, and the slicers that stand on all pages but `Patient`.
fn head(heading: &'static str) -> Vec<Visual> {
    let slicers = [
        (COUNTRY, "Choose countries"),
        (SEX, "Choose a sex"),
        (DIAGNOSIS, "Choose diagnoses"),
        (PATIENT_SPLIT, "Choose splits"),
        (SOURCE, "Choose sources"),
    ];
    let count = u32::try_from(slicers.len()).expect("there are five");
    let slicers = (0..)
        .zip(slicers)
        .map(|(part, (field, alt))| Visual::slicer(grid::band(part, count), field, alt));
    std::iter::once(Visual::heading(grid::heading(), heading))
        .chain(slicers)
        .collect()
}
