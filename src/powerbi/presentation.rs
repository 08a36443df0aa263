//! How the columns of the contract are shown in the model: what is hidden, in which folder a column stands, how it is sorted.
//!
//! What a column means is in the contract. A column that this file doesn't name is shown, in no folder.

use crate::contract::{Column, ColumnType};

/// How a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Presentation {
    /// Not offered for visuals: a key, or the same as a column of `patients`.
    pub(super) hidden: bool,
    /// The folder it stands in.
    pub(super) folder: Option<&'static str>,
    /// What Power BI may do with its values.
    pub(super) category: Option<&'static str>,
    /// The column that gives the order of its values.
    pub(super) sorted_by: Option<&'static str>,
}

const SHOWN: Presentation = Presentation {
    hidden: false,
    folder: None,
    category: None,
    sorted_by: None,
};

/// How `column` of `table` is shown.
pub(super) fn of(table: &str, column: &str) -> Presentation {
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
        ("patients", "country") => Presentation {
            category: Some("Country"),
            ..shown("Demographics")
        },
        ("patients", "age_band") => Presentation {
            sorted_by: Some("age_band_order"),
            ..shown("Demographics")
        },
        ("patients", "sex" | "age") => shown("Demographics"),
        ("patients", "split" | "scans" | "slices") => shown("Images"),
        (
            "patients",
            "source" | "verified_finding" | "slice_selection" | "view" | "modality" | "in_metadata",
        ) => shown("Provenance"),
        ("previews", "image") => Presentation {
            category: Some("ImageUrl"),
            ..SHOWN
        },
        _ => SHOWN,
    }
}

/// The format of a column's values; text has none.
pub(super) fn format(column: &Column) -> Option<&'static str> {
    match (column.kind, column.name.as_str()) {
        (ColumnType::Bigint, _) | (ColumnType::Int, "scans" | "slices") => Some("#,##0"),
        (ColumnType::Int, _) => Some("0"),
        (ColumnType::String | ColumnType::Boolean, _) => None,
    }
}

fn shown(folder: &'static str) -> Presentation {
    Presentation {
        folder: Some(folder),
        ..SHOWN
    }
}

fn hidden(folder: &'static str) -> Presentation {
    Presentation {
        hidden: true,
        ..shown(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Contract;

    #[test]
    fn sort_columns_are_there_and_every_foreign_key_is_hidden() {
        for table in &Contract::current().tables {
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
