//! Which column of a file holds which field of a row.

use std::borrow::Cow;

use super::csv::Record;
use super::text::{readable, trimmed};
use super::{MetadataError, PatientRow, is_missing};

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
    /// Fields of the header, and the last of them that a row has a place for.
    pub(super) count: usize,
    pub(super) last: usize,
    /// Columns that say no more than which row it is.
    row_numbers: Vec<usize>,
    /// The columns no field takes, as the header spells them; those without a name are not among them.
    pub(super) extra: Vec<String>,
}

impl Columns {
    pub(super) fn of(header: &Record<'_>) -> Result<Self, MetadataError> {
        let mut patient_id = None;
        let mut optional = [None; OPTIONAL.len()];
        let mut row_numbers = Vec::new();
        let mut extra = Vec::new();
        for (at, cell) in header.cells.iter().enumerate() {
            let (name, place) = match known(cell) {
                Some(Known::PatientId) => (PATIENT_ID, &mut patient_id),
                Some(Known::Optional(field)) => (OPTIONAL[field], &mut optional[field]),
                None => {
                    let cell = trimmed(cell);
                    if is_row_number(cell) {
                        row_numbers.push(at);
                    }
                    if !cell.is_empty() {
                        extra.push(cell.to_owned());
                    }
                    continue;
                }
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
        let Some(patient_id) = patient_id else {
            return Err(MetadataError::NoPatientId {
                line: header.line,
                header: readable(&header.cells.join(",")),
            });
        };
        let last = optional.iter().flatten().copied().max();
        Ok(Self {
            patient_id,
            optional,
            count: header.cells.len(),
            last: last.map_or(patient_id, |last| last.max(patient_id)),
            row_numbers,
            extra,
        })
    }

    pub(super) fn missing(&self) -> Vec<&'static str> {
        OPTIONAL
            .iter()
            .zip(self.optional)
            .filter(|(_, at)| at.is_none())
            .map(|(&name, _)| name)
            .collect()
    }

    /// Whether a record has a cell before the first column: R names its rows, and not the column of their names.
    pub(super) fn has_row_names(&self, record: &Record<'_>) -> bool {
        record.cells.len() == self.count + 1
            && record
                .cells
                .last()
                .is_some_and(|last| !trimmed(last).is_empty())
            && !record.cells[0].is_empty()
            && record.cells[0].bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Whether nothing is in a record but, perhaps, the number of its row.
    pub(super) fn is_empty(&self, cells: &[Cow<'_, str>]) -> bool {
        cells.iter().enumerate().all(|(at, cell)| {
            let cell = trimmed(cell);
            cell.is_empty() || is_missing(cell) || self.row_numbers.contains(&at)
        })
    }

    /// Whether a record says once more which columns there are, perhaps in another order.
    pub(super) fn is_header(&self, cells: &[Cow<'_, str>]) -> bool {
        // Most cells of a file are ids, and ids end in digits.
        cells
            .get(self.patient_id)
            .filter(|cell| !cell.ends_with(|last: char| last.is_ascii_digit()))
            .is_some_and(|cell| known(cell).is_some())
    }

    /// The row of a record that begins at `line`.
    pub(super) fn row<'r>(
        &self,
        line: u64,
        cells: &'r [Cow<'_, str>],
    ) -> Result<PatientRow<&'r str>, MetadataError> {
        let cell = |at: Option<usize>| {
            let value = trimmed(cells.get(at?)?);
            (!value.is_empty()).then_some(value)
        };
        let patient_id = cell(Some(self.patient_id));
        let Some(patient_id) = patient_id.filter(|&id| !is_missing(id)) else {
            return Err(MetadataError::NoPatient {
                line,
                field: self.patient_id + 1,
                found: patient_id.map_or("nothing".to_owned(), |id| format!("`{id}`")),
            });
        };
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
            line,
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

/// A column that a row has a place for.
enum Known {
    PatientId,
    /// Its place in [`OPTIONAL`].
    Optional(usize),
}

/// The column that a header's cell names, in any case: R puts dots in the place of blanks, other programs underscores or
/// nothing.
fn known(cell: &str) -> Option<Known> {
    let letters = |name: &str| -> String {
        let letters = name.chars().filter(|letter| letter.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let name = letters(cell);
    if name == letters(PATIENT_ID) {
        return Some(Known::PatientId);
    }
    let field = OPTIONAL.iter().position(|column| name == letters(column));
    field.map(Known::Optional)
}

/// Whether a column of that name holds row numbers: pandas, R and spreadsheets give it no name, and whoever reads that again
/// one of these.
fn is_row_number(name: &str) -> bool {
    matches!(name, "" | "X" | "index" | "rownames" | "...1") || name.starts_with("Unnamed: ")
}
