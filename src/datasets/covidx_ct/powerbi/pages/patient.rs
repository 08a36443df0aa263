//! `Patient`: one patient, reached by drilling through from a patient's row.

use serde_json::json;

use super::super::{measure, patient, slice};
use super::{COUNTRY, DIAGNOSIS, PATIENT_SPLIT, SEX, SLICE_CLASS, SLICE_SPLIT, SOURCE};
use crate::powerbi::Kind;
use crate::powerbi::Page;
use crate::powerbi::column;
use crate::powerbi::grid::{band, cell, corner, heading};
use crate::powerbi::{Visual, literal};

pub(super) fn page(previews: bool) -> Page {
    let slices = if previews { 6 } else { 9 };
    let id = patient("patient_id", "Patient");
    let scan = slice("scan_id", "Scan");
    let mut visuals = vec![
        Visual::heading(heading(), "Patient: scans and slices of one patient"),
        Visual::back_button(corner()),
        Visual::new(
            Kind::Table,
            band(0, 1),
            "",
            "Table of one row: patient, country, sex, age, diagnosis, split and source",
        )
        .bucket(
            "Values",
            &[
                id,
                COUNTRY,
                SEX,
                patient("age", "Age"),
                DIAGNOSIS,
                PATIENT_SPLIT,
                SOURCE,
                patient("verified_finding", "Finding verified"),
                patient("slice_selection", "Slices selected"),
            ],
        ),
        Visual::new(
            Kind::Card,
            cell(0, 0, 12, 2),
            "Images of the patient",
            "Numbers of scans and slices, slices per scan, missing images and bytes stored",
        )
        .bucket(
            "Data",
            &[
                measure("Scans"),
                measure("Slices"),
                measure("Slices per scan"),
                measure("Images missing"),
                measure("Bytes stored"),
            ],
        ),
        Visual::new(
            Kind::Table,
            cell(0, 2, 3, 6),
            "Scans",
            "Table: slices of each scan",
        )
        .bucket(
            "Values",
            &[scan, SLICE_SPLIT, SLICE_CLASS, measure("Slices")],
        ),
        Visual::new(
            Kind::Table,
            cell(3, 2, slices, 6),
            "Slices",
            "Table: each slice with its place in the scan, class, file and size in pixels",
        )
        .bucket(
            "Values",
            &[
                scan,
                slice("slice_index", "Slice"),
                SLICE_CLASS,
                slice("file_name", "File"),
                slice("image_width", "Width"),
                slice("image_height", "Height"),
                slice("in_landing", "Image there"),
            ],
        ),
    ];
    if previews {
        visuals.push(
        Visual::new(
            Kind::Table,
            cell(9, 2, 3, 6),
            "The middle slice of each scan",
            "Table of small images: the middle slice of each scan; empty unless the tables were built with previews",
        )
        .bucket(
            "Values",
            &[
                column("previews", "scan_id", "Scan"),
                column("previews", "slice_index", "Slice"),
                column("previews", "image", "Image"),
            ],
        )
        .object("grid", json!({"imageHeight": literal("128D")})),
        );
    }
    Page {
        name: "Patient",
        visuals,
        drilled_through: Some(id),
    }
}
