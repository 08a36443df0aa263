//! The table of patients, `metadata.csv`.

use std::borrow::Cow;
use std::collections::HashMap;

use thiserror::Error;

mod columns;
mod csv;
mod error;
mod missing;
mod text;

pub use error::MetadataError;
pub use missing::{is_category, is_missing};
pub use text::has_no_width;

use columns::Columns;
use csv::{DELIMITERS, Record, Records};

/// A patient, as the metadata has it: values are trimmed, nothing else. An empty cell and a
/// missing column are `None`; a word such as `NA` is a value here, see [`is_missing`].
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

/// A row that is not as it should be, and was understood all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Irregular {
    /// It has no value.
    #[error("a row without a value, passed over")]
    Empty,
    /// It is the header once more, as where one file was appended to another.
    #[error("the header once more, passed over")]
    Header,
    /// It says what an earlier row of the same patient says.
    #[error("the same as an earlier row, passed over")]
    Repeated,
    /// It ends before its last columns.
    #[error("{found} fields of {expected}: the others are taken for missing")]
    Short {
        /// The header's fields.
        expected: usize,
        /// The row's.
        found: usize,
    },
}

/// Whether the patient of a row was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// No.
    New,
    /// With the same values.
    Same,
    /// With other values.
    Other,
}

/// Takes what a metadata file has.
pub trait Sink {
    /// Takes a patient.
    fn row(&mut self, row: &PatientRow<&str>) -> Seen;

    /// Notes that the row that begins at physical line `line` is irregular.
    fn irregular(&mut self, line: u64, what: Irregular);
}

/// The columns of a metadata file, beside that of the patient's id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnNames {
    /// Columns of [`PatientRow`] that the header lacks, in the order of its fields.
    pub missing: Vec<&'static str>,
    /// Columns that were passed over, as the header spells them; those without a name are not among them.
    pub extra: Vec<String>,
}

/// A metadata file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The patients, in the file's order.
    pub rows: Vec<PatientRow>,
    /// Its columns.
    pub columns: ColumnNames,
    /// Rows that are not as they should be, by their physical lines.
    pub irregular: Vec<(u64, Irregular)>,
}

/// Parses a metadata file: a header, columns by name in any order and case, `patient_id` or `patient.id` for `patient id`.
///
/// Cells are separated by commas, or by `;`, tabs or `|` where the header is. Quoted cells, blank lines, each kind of line end
/// and a missing one at the end are fine; so are columns without a name, UTF-16 with a byte order mark, and the row names of R.
pub fn parse(bytes: &[u8]) -> Result<Metadata, MetadataError> {
    let mut whole = Whole::default();
    let columns = for_each(bytes, &mut whole)?;
    Ok(Metadata {
        columns,
        ..whole.metadata
    })
}

/// Holds all rows.
#[derive(Default)]
struct Whole {
    metadata: Metadata,
    by_id: HashMap<String, usize>,
}

impl Sink for Whole {
    fn row(&mut self, row: &PatientRow<&str>) -> Seen {
        let rows = &mut self.metadata.rows;
        let line = row.line;
        let row = row.to_owned();
        let Some(&earlier) = self.by_id.get(&row.patient_id) else {
            self.by_id.insert(row.patient_id.clone(), rows.len());
            rows.push(row);
            return Seen::New;
        };
        let earlier = PatientRow {
            line,
            ..rows[earlier].clone()
        };
        if earlier == row {
            Seen::Same
        } else {
            Seen::Other
        }
    }

    fn irregular(&mut self, line: u64, what: Irregular) {
        self.metadata.irregular.push((line, what));
    }
}

/// Hands the rows of a metadata file to `sink` one by one, without holding them. See [`parse`].
pub fn for_each(bytes: &[u8], sink: &mut impl Sink) -> Result<ColumnNames, MetadataError> {
    let text = text::decode(bytes)?;
    let (header, columns, records) = open(&text)?;
    let mut row_names = None;
    for record in records.clone() {
        let record = record?;
        let line = record.line;
        // All rows have a name, or none.
        let named = *row_names.get_or_insert_with(|| columns.has_row_names(&record));
        let cells = &record.cells[usize::from(named)..];
        if let Some(surplus) = cells.get(columns.count..)
            && let Some(last) = surplus
                .iter()
                .rposition(|cell| !text::trimmed(cell).is_empty())
        {
            return Err(MetadataError::FieldCount {
                line,
                expected: columns.count,
                found: columns.count + last + 1,
                last: text::readable(text::trimmed(&surplus[last])),
            });
        }
        if columns.is_header(cells) {
            if !words(&header.cells).eq(words(cells)) {
                return Err(MetadataError::OtherHeader { line });
            }
            sink.irregular(line, Irregular::Header);
            continue;
        }
        let row = match columns.row(line, cells) {
            Err(_) if columns.is_empty(cells) => {
                sink.irregular(line, Irregular::Empty);
                continue;
            }
            row => row?,
        };
        if cells.len() <= columns.last {
            let (expected, found) = (columns.count, cells.len());
            sink.irregular(line, Irregular::Short { expected, found });
        }
        match sink.row(&row) {
            Seen::New => {}
            Seen::Same => sink.irregular(line, Irregular::Repeated),
            Seen::Other => {
                let patient_id = row.patient_id.to_owned();
                let same = |earlier: &Record<'_>| {
                    let cells = &earlier.cells[usize::from(named)..];
                    columns
                        .row(earlier.line, cells)
                        .is_ok_and(|row| row.patient_id == patient_id)
                };
                let first = records.flatten().find(same);
                return Err(MetadataError::DuplicatePatient {
                    first: first.map_or(line, |first| first.line),
                    second: line,
                    patient_id,
                });
            }
        }
    }
    Ok(ColumnNames {
        missing: columns.missing(),
        extra: columns.extra,
    })
}

/// The cells that are not empty.
fn words<'a>(cells: &'a [Cow<'_, str>]) -> impl Iterator<Item = &'a str> {
    let words = cells.iter().map(|cell| text::trimmed(cell));
    words.filter(|word| !word.is_empty())
}

/// The header of a text, what it says, and the records below it.
fn open(text: &str) -> Result<(Record<'_>, Columns, Records<'_>), MetadataError> {
    let mut wrong = MetadataError::Empty;
    for delimiter in DELIMITERS.into_iter().rev() {
        let mut records = Records::new(text, delimiter);
        let mut header = records.next();
        // A line for Excel alone: by what the cells below it are separated.
        if let Some(Ok(first)) = &header
            && first.cells[0].to_ascii_lowercase().starts_with("sep=")
        {
            header = records.next();
        }
        let Some(header) = header else {
            continue;
        };
        let header = match header {
            Ok(header) => header,
            Err(error) => {
                wrong = error;
                continue;
            }
        };
        // Of a header that has no patient id by any delimiter, the error says what it is by commas: the last one tried.
        match Columns::of(&header) {
            Ok(columns) if delimiter == ',' || columns.count > 1 => {
                return Ok((header, columns, records));
            }
            Ok(_) => {}
            Err(_) if matches!(wrong, MetadataError::QuotedHeader { .. }) => {}
            Err(error) => wrong = quoted(&header, delimiter).unwrap_or(error),
        }
    }
    Err(wrong)
}

/// What is wrong with a header if all of it stands in one pair of quotes.
fn quoted(header: &Record<'_>, delimiter: char) -> Option<MetadataError> {
    let [cell] = &header.cells[..] else {
        return None;
    };
    let inside = Records::new(cell, delimiter).next()?.ok()?;
    let is_header = inside.cells.len() > 1 && Columns::of(&inside).is_ok();
    is_header.then(|| MetadataError::QuotedHeader {
        line: header.line,
        header: text::readable(cell),
    })
}

#[cfg(test)]
mod tests;
