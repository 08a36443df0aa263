//! Which column of a file holds which field of a row.

use super::csv::Record;
use super::{MetadataError, PatientRow};

const PATIENT_ID: &str = "patient id";

/// The columns a file may lack, in the order of [`PatientRow`].
const OPTIONAL: [&str; 9] = [
    "source",
    "country",
    "sex",
    "age",
    "finding",
    "verified finding",
    "slice selection",
    "view",
    "modality",
];

/// Where in a record the fields of a row are.
pub(super) struct Columns {
    patient_id: usize,
    optional: [Option<usize>; OPTIONAL.len()],
    /// The columns no field takes, as the header spells them.
    pub(super) extra: Vec<String>,
}

impl Columns {
    pub(super) fn of(header: &Record<'_>) -> Result<Self, MetadataError> {
        let mut patient_id = None;
        let mut optional = [None; OPTIONAL.len()];
        let mut extra = Vec::new();
        for (at, cell) in header.cells.iter().enumerate() {
            let name = cell.trim().to_ascii_lowercase().replace('_', " ");
            let place = if name == PATIENT_ID {
                &mut patient_id
            } else if let Some(field) = OPTIONAL.iter().position(|&column| column == name) {
                &mut optional[field]
            } else {
                extra.push(cell.trim().to_owned());
                continue;
            };
            if let Some(first) = place.replace(at) {
                return Err(MetadataError::DuplicateColumn {
                    line: header.line,
                    name,
                    first: first + 1,
                    second: at + 1,
                });
            }
        }
        match patient_id {
            Some(patient_id) => Ok(Self {
                patient_id,
                optional,
                extra,
            }),
            None => Err(no_patient_id(header)),
        }
    }

    pub(super) fn missing(&self) -> Vec<&'static str> {
        OPTIONAL
            .iter()
            .zip(self.optional)
            .filter(|(_, at)| at.is_none())
            .map(|(&name, _)| name)
            .collect()
    }

    pub(super) fn patient_id<'r>(&self, record: &'r Record<'_>) -> &'r str {
        record.cells[self.patient_id].trim()
    }

    /// The row of a record that has as many cells as the header.
    pub(super) fn row<'r>(
        &self,
        record: &'r Record<'_>,
    ) -> Result<PatientRow<&'r str>, MetadataError> {
        let cell = |at: Option<usize>| {
            let value = record.cells.get(at?)?.trim();
            (!value.is_empty()).then_some(value)
        };
        let patient_id = cell(Some(self.patient_id)).ok_or(MetadataError::EmptyPatientId {
            line: record.line,
            field: self.patient_id + 1,
        })?;
        let [
            source,
            country,
            sex,
            age,
            finding,
            verified_finding,
            slice_selection,
            view,
            modality,
        ] = self.optional.map(cell);
        Ok(PatientRow {
            line: record.line,
            patient_id,
            source,
            country,
            sex,
            age,
            finding,
            verified_finding,
            slice_selection,
            view,
            modality,
        })
    }
}

fn no_patient_id(header: &Record<'_>) -> MetadataError {
    let line = header.line;
    if let [only] = header.cells.as_slice() {
        for (delimiter, found) in [(';', "`;`"), ('\t', "tabs")] {
            if only.contains(delimiter) {
                return MetadataError::Delimiter { line, found };
            }
        }
    }
    MetadataError::NoPatientId {
        line,
        header: super::error::readable(&header.cells.join(",")),
    }
}
