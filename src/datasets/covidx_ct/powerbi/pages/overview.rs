//! `Overview`: how much there is, where from, and in which split.

use super::super::DIAGNOSES;
use super::super::measure;
use super::{COUNTRY, SLICE_CLASS, SLICE_SPLIT, head};
use crate::powerbi::Kind;
use crate::powerbi::Page;
use crate::powerbi::Visual;
use crate::powerbi::column;
use crate::powerbi::grid::cell;

pub(super) fn page() -> Page {
    let mut visuals = head("Overview: patients and CT slices of this snapshot");
    visuals.push(
        Visual::new(
            Kind::Card,
            cell(0, 0, 12, 2),
            "What is selected",
            "Numbers of slices, scans, patients and patients with images, share of COVID-19 among the patients, median age",
        )
        .bucket(
            "Data",
            &[
                measure("Slices"),
                measure("Scans"),
                measure("Patients"),
                measure("Patients with images"),
                measure("COVID-19 share of patients"),
                measure("Median age"),
            ],
        ),
    );
    visuals.push(
        Visual::new(
            Kind::ClusteredBars,
            cell(0, 2, 6, 4),
            "Patients by country, with images or without",
            "Bar chart: number of patients for each country, the largest first",
        )
        .bucket("Category", &[COUNTRY])
        .bucket("Y", &[measure("Patients")])
        .bucket(
            "Tooltips",
            &[
                measure("Patients with images"),
                measure("Share of patients"),
            ],
        )
        .sorted_by(measure("Patients")),
    );
    visuals.push(
        Visual::new(
            Kind::ClusteredColumns,
            cell(6, 2, 6, 4),
            "Slices by split and class",
            "Column chart: number of slices in train, val and test, a column for each class",
        )
        .bucket("Category", &[SLICE_SPLIT])
        .bucket("Series", &[SLICE_CLASS])
        .bucket("Y", &[measure("Slices")])
        .bucket("Tooltips", &[measure("Patients of the slices")])
        .colours(SLICE_CLASS, &DIAGNOSES),
    );
    visuals.push(
        Visual::new(
            Kind::MultiRowCard,
            cell(0, 6, 12, 2),
            "The snapshot shown",
            "Release, time of the build, name of the snapshot and versions",
        )
        .bucket(
            "Values",
            &[
                column("snapshot_info", "release", "Release"),
                column("snapshot_info", "built_at", "Built at (UTC)"),
                column("snapshot_info", "snapshot_id", "Snapshot"),
                column("snapshot_info", "tool_version", "ctlake"),
                column("snapshot_info", "contract_version", "Data contract"),
            ],
        ),
    );
    Page {
        name: "Overview",
        visuals,
        drilled_through: None,
    }
}
