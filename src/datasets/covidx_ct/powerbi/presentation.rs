//! How the columns are shown in the model: what is hidden, in which folder a column stands, how it is sorted.
//!
//! What a column means is in the contract. A column that this file doesn't name is shown, in no folder.

use crate::powerbi::ColumnPresentation;

/// How `column` of `table` is shown.
pub(super) fn of(table: &str, column: &str) -> ColumnPresentation {
    match (table, column) {
        (
            "ct_slices",
            "country" | "sex" | "age" | "age_band" | "source" | "verified_finding"
            | "slice_selection" | "in_metadata",
        ) => hidden("Same as in patients"),
        ("ct_slices" | "previews", "patient_id") => hidden("Keys"),
        ("ct_slices", "release" | "label_line" | "class_id" | "image_crc32")
        | ("patients", "age_band_order" | "cover_image_key")
        | ("snapshot_info", "content_id") => hidden("Technical"),
        (
            "ct_slices",
            "image_key" | "file_name" | "in_landing" | "image_bytes" | "image_width"
            | "image_height",
        ) => shown("Image"),
        ("ct_slices", "bbox_xmin" | "bbox_ymin" | "bbox_xmax" | "bbox_ymax") => {
            shown("Body region")
        }
        ("patients", "country") => ColumnPresentation {
            category: Some("Country"),
            ..shown("Demographics")
        },
        ("patients", "age_band") => ColumnPresentation {
            sorted_by: Some("age_band_order"),
            ..shown("Demographics")
        },
        ("patients", "sex" | "age") => shown("Demographics"),
        ("patients", "scans" | "slices") => ColumnPresentation {
            counted: true,
            ..shown("Images")
        },
        ("patients", "split") => shown("Images"),
        (
            "patients",
            "source" | "verified_finding" | "slice_selection" | "view" | "modality" | "in_metadata",
        ) => shown("Provenance"),
        ("previews", "image") => ColumnPresentation {
            category: Some("ImageUrl"),
            ..ColumnPresentation::default()
        },
        _ => ColumnPresentation::default(),
    }
}

fn shown(folder: &'static str) -> ColumnPresentation {
    ColumnPresentation {
        folder: Some(folder),
        ..ColumnPresentation::default()
    }
}

fn hidden(folder: &'static str) -> ColumnPresentation {
    ColumnPresentation {
        hidden: true,
        ..shown(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets::covidx_ct::contract;

    #[test]
    fn sort_columns_are_there_and_every_foreign_key_is_hidden() {
        for table in &contract().tables {
            for column in table.all_columns() {
                let presentation = of(&table.name, &column.name);
                if let Some(order) = presentation.sorted_by {
                    assert!(table.all_columns().any(|other| other.name == order));
                }
                assert!(presentation.hidden || column.references.is_none());
            }
        }
    }
}
