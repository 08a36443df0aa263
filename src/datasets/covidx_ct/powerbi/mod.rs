//! How COVIDx CT is shown in Power BI.

mod pages;
mod presentation;

use super::contract;
use crate::powerbi::{Field, Hierarchy, Presentation, column};

/// The colour of each diagnosis, the same on every page.
pub const DIAGNOSES: [(&str, &str); 3] = [
    ("COVID-19", "#C44E00"),
    ("Normal", "#0072B2"),
    ("Pneumonia", "#4D4D4D"),
];
/// From light to dark with age; grey where it is unknown.
pub const AGE_BANDS: [(&str, &str); 6] = [
    ("0-19", "#6BAED6"),
    ("20-39", "#4292C6"),
    ("40-59", "#2171B5"),
    ("60-79", "#08519C"),
    ("80+", "#08306B"),
    ("Unknown", "#BDBDBD"),
];

/// The pages and how columns are shown.
pub static PRESENTATION: Presentation = Presentation {
    pages: pages::all,
    column: presentation::of,
    colours: &[DIAGNOSES[0].1, DIAGNOSES[1].1, DIAGNOSES[2].1],
    hierarchy: Some(Hierarchy {
        table: "patients",
        name: "Cohort",
        description: "Country, then sex, then diagnosis: the partitions of the table.",
        levels: &["country", "sex", "diagnosis"],
    }),
};

/// A column of `patients`.
const fn patient(name: &'static str, label: &'static str) -> Field {
    column("patients", name, label)
}

/// A column of `ct_slices`.
const fn slice(name: &'static str, label: &'static str) -> Field {
    column("ct_slices", name, label)
}

/// A measure of that name, which there must be.
fn measure(name: &str) -> Field {
    let measure = contract()
        .measure(name)
        .expect("pages name measures that there are: a test makes them all");
    crate::powerbi::measure(measure)
}
