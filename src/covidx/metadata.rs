//! The table of patients, `metadata.csv`.

use std::collections::HashMap;

use super::split_file::strip_bom;

mod columns;
mod csv;
mod error;

pub use error::MetadataError;

use columns::Columns;
use csv::Records;

/// A patient, as the metadata has it: values are trimmed, nothing else. An empty cell and a
/// missing column are `None`; `N/A` is a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientRow {
    /// 1-based physical line on which the row begins.
    pub line: u64,
    /// The id, unique in the file and not empty.
    pub patient_id: String,
    /// The study the patient came from; see [`super::source`].
    pub source: Option<String>,
    /// The country, `England` and `Scotland` among them.
    pub country: Option<String>,
    /// `F` or `M`.
    pub sex: Option<String>,
    /// The age in years as text; see [`super::age::parse_age`].
    pub age: Option<String>,
    /// `Normal`, `Pneumonia` or `COVID-19`.
    pub finding: Option<String>,
    /// `Yes` or `No`.
    pub verified_finding: Option<String>,
    /// How slices with the finding were chosen: `Expert`, `Non-expert`, `Automatic` or `N/A`.
    pub slice_selection: Option<String>,
    /// `Axial`.
    pub view: Option<String>,
    /// `CT`.
    pub modality: Option<String>,
}

/// A metadata file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The patients, in the file's order.
    pub rows: Vec<PatientRow>,
    /// Columns of [`PatientRow`] that the header lacks, in the order of its fields.
    pub missing_columns: Vec<&'static str>,
    /// Columns that were passed over, as the header spells them.
    pub extra_columns: Vec<String>,
}

/// Parses a metadata file: comma-separated with a header, columns by name in any order and case,
/// `patient_id` for `patient id`. Quoted cells, a byte order mark, CRLF, blank lines and a missing
/// final newline are fine.
pub fn parse(bytes: &[u8]) -> Result<Metadata, MetadataError> {
    let text = error::text(strip_bom(bytes))?;
    let mut records = Records::new(text);
    let header = records.next().ok_or(MetadataError::Empty)??;
    let columns = Columns::of(&header)?;
    let mut rows = Vec::new();
    let mut seen = HashMap::new();
    for record in records {
        let record = record?;
        if record.cells.len() != header.cells.len() {
            return Err(MetadataError::FieldCount {
                line: record.line,
                expected: header.cells.len(),
                found: record.cells.len(),
            });
        }
        let row = columns.row(&record)?;
        if let Some(first) = seen.insert(row.patient_id.clone(), row.line) {
            return Err(MetadataError::DuplicatePatient {
                patient_id: row.patient_id,
                first,
                second: row.line,
            });
        }
        rows.push(row);
    }
    Ok(Metadata {
        rows,
        missing_columns: columns.missing(),
        extra_columns: columns.extra,
    })
}

#[cfg(test)]
mod tests;
