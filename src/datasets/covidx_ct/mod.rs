//! COVIDx CT: CT slices of patients with COVID-19, with pneumonia, and of healthy ones.
//!
//! | module | what is in it |
//! |---|---|
//! | [`files`] | what the published files look like and say; a synthetic sample |
//! | [`tables`] | landing zone -> data files: the merge, the partitions, the columns of each table |
//! | [`rules`], `views`, `measures` | the contract besides `schemas/ctlake.odcs.yaml` |
//! | `format`, `build`, `demo` | the dataset behind its two traits |
//! | `diff` | what changed from one snapshot to another |
//! | `report` | the HTML page, counted in the browser |
//! | [`powerbi`] | the pages of the Power BI report, and how columns are shown |

mod build;
mod demo;
mod diff;
pub mod files;
mod format;
mod measures;
pub mod powerbi;
mod report;
pub mod rules;
pub mod tables;
mod views;

use std::sync::OnceLock;

use crate::contract::{Contract, CountedTable, ImageTable};

pub use build::CovidxCt;
pub use format::CtFormat;

/// The tables in the order in which they change.
const PUBLISHING_ORDER: &[&str] = &[
    "patients",
    "quality_findings",
    "previews",
    "ct_slices",
    "snapshot_info",
];

/// The table of the slices has the images.
pub(crate) static IMAGES: ImageTable = ImageTable {
    name: "ct_slices",
    describing: &["split", "diagnosis", "patient_id"],
    class: "diagnosis",
    classes: &["Normal", "Pneumonia", "COVID-19"],
    split: Some(("split", "patient_id")),
    cover: Some(("patients", "cover_image_key")),
};

const COUNTED: &[CountedTable] = &[
    CountedTable {
        table: "ct_slices",
        one: "slice",
        several: "slices",
    },
    CountedTable {
        table: "patients",
        one: "patient",
        several: "patients",
    },
];

/// The contract, embedded so that the binary needs no file.
#[must_use]
pub fn contract() -> &'static Contract {
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    CONTRACT.get_or_init(|| {
        let source = include_str!("../../../schemas/ctlake.odcs.yaml");
        let contract = Contract::parse(source);
        Contract {
            title: "COVIDx CT",
            database: "covidx",
            first_query: "SELECT split, diagnosis, COUNT(*) AS slices FROM ct_slices GROUP BY split, diagnosis",
            images: Some(&IMAGES),
            counted: COUNTED,
            views: &views::VIEWS,
            measures: measures::MEASURES,
            publishing_order: PUBLISHING_ORDER,
            ..contract.expect("the embedded contract is valid: a test parses it")
        }
    })
}
