//! The table of patients, `metadata.csv`.

use std::collections::HashSet;

use super::split_file::strip_bom;

mod columns;
mod csv;
mod error;

pub use error::MetadataError;

use columns::Columns;
use csv::{Record, Records};

/// A patient, as the metadata has it: values are trimmed, nothing else. An empty cell and a
/// missing column are `None`; `N/A` is a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientRow<T = String> {
    /// 1-based physical line on which the row begins.
    pub line: u64,
    /// The id, unique in the file and not empty.
    pub patient_id: T,
    /// The study the patient came from; see [`super::source`].
    pub source: Option<T>,
    /// The country, `England` and `Scotland` among them.
    pub country: Option<T>,
    /// `F` or `M`.
    pub sex: Option<T>,
    /// The age in years as text; see [`super::age::parse_age`].
    pub age: Option<T>,
    /// `Normal`, `Pneumonia` or `COVID-19`.
    pub finding: Option<T>,
    /// `Yes` or `No`.
    pub verified_finding: Option<T>,
    /// How slices with the finding were chosen: `Expert`, `Non-expert`, `Automatic` or `N/A`.
    pub slice_selection: Option<T>,
    /// `Axial`.
    pub view: Option<T>,
    /// `CT`.
    pub modality: Option<T>,
}

impl PatientRow<&str> {
    /// The same row with texts of its own.
    #[must_use]
    pub fn to_owned(&self) -> PatientRow {
        let own = |text: Option<&str>| text.map(str::to_owned);
        PatientRow {
            line: self.line,
            patient_id: self.patient_id.to_owned(),
            source: own(self.source),
            country: own(self.country),
            sex: own(self.sex),
            age: own(self.age),
            finding: own(self.finding),
            verified_finding: own(self.verified_finding),
            slice_selection: own(self.slice_selection),
            view: own(self.view),
            modality: own(self.modality),
        }
    }
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
    let mut rows = Vec::new();
    let mut seen = HashSet::new();
    let (missing_columns, extra_columns) = for_each(bytes, |row| {
        rows.push(row.to_owned());
        seen.insert(row.patient_id.to_owned())
    })?;
    Ok(Metadata {
        rows,
        missing_columns,
        extra_columns,
    })
}

/// Calls `each` with the rows of a metadata file one by one, without holding them; it says whether the patient's id is new.
/// Returns the missing columns and the extra ones. See [`parse`].
pub fn for_each(
    bytes: &[u8],
    mut each: impl FnMut(PatientRow<&str>) -> bool,
) -> Result<(Vec<&'static str>, Vec<String>), MetadataError> {
    let text = error::text(strip_bom(bytes))?;
    let mut records = Records::new(text);
    let header = records.next().ok_or(MetadataError::Empty)??;
    let columns = Columns::of(&header)?;
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
        if !each(row) {
            let patient_id = columns.patient_id(&record);
            let same = |earlier: &Record<'_>| columns.patient_id(earlier) == patient_id;
            let first = Records::new(text).skip(1).flatten().find(same);
            return Err(MetadataError::DuplicatePatient {
                patient_id: patient_id.to_owned(),
                first: first.map_or(record.line, |first| first.line),
                second: record.line,
            });
        }
    }
    Ok((columns.missing(), columns.extra))
}

#[cfg(test)]
mod tests;
