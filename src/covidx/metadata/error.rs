//! What is wrong with a metadata file.

use thiserror::Error;

/// A file that is no metadata: where, what was there, and what should have been.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MetadataError {
    /// Nothing but blanks.
    #[error("expected a header with the column `patient id`, found an empty file")]
    Empty,
    /// A NUL, or a byte that is not UTF-8.
    #[error("line {line}, column {column}: expected text in UTF-8, found the byte 0x{byte:02x}")]
    NotText {
        /// 1-based physical line.
        line: u64,
        /// 1-based byte column.
        column: usize,
        /// The byte.
        byte: u8,
    },
    /// The header is separated by something else than commas.
    #[error("line {line}: expected columns separated by commas, found {found}")]
    Delimiter {
        /// 1-based physical line of the header.
        line: u64,
        /// What separates them: "`;`" or "tabs".
        found: &'static str,
    },
    /// The header has no patient id.
    #[error("line {line}: expected a header with the column `patient id`, found `{header}`")]
    NoPatientId {
        /// 1-based physical line of the header.
        line: u64,
        /// The header, escaped and cut to a readable length.
        header: String,
    },
    /// The header has a column twice.
    #[error(
        "line {line}: expected the column `{name}` once, found it as field {first} and {second}"
    )]
    DuplicateColumn {
        /// 1-based physical line of the header.
        line: u64,
        /// The column.
        name: String,
        /// 1-based number of the field that came first.
        first: usize,
        /// 1-based number of the other one.
        second: usize,
    },
    /// A row is longer or shorter than the header.
    #[error("line {line}: expected {expected} fields as in the header, found {found}")]
    FieldCount {
        /// 1-based physical line on which the row begins.
        line: u64,
        /// The header's fields.
        expected: usize,
        /// The row's.
        found: usize,
    },
    /// A row without patient id.
    #[error("line {line}: expected a patient id in field {field}, found nothing")]
    EmptyPatientId {
        /// 1-based physical line on which the row begins.
        line: u64,
        /// 1-based number of the field.
        field: usize,
    },
    /// Two rows for one patient.
    #[error("line {second}: expected one row a patient, found `{patient_id}` on line {first} too")]
    DuplicatePatient {
        /// The patient.
        patient_id: String,
        /// 1-based physical line on which the first row begins.
        first: u64,
        /// 1-based physical line on which the second row begins.
        second: u64,
    },
    /// A quoted cell never ends.
    #[error("line {line}, column {column}: expected a closing quote, found the end of the file")]
    UnclosedQuote {
        /// 1-based physical line of the opening quote.
        line: u64,
        /// 1-based byte column of the opening quote.
        column: usize,
    },
    /// A quoted cell goes on behind its closing quote.
    #[error(
        "line {line}, column {column}: expected a comma after the closing quote, found `{}`",
        .found.escape_debug()
    )]
    AfterQuote {
        /// 1-based physical line.
        line: u64,
        /// 1-based byte column.
        column: usize,
        /// What follows the quote.
        found: char,
    },
}

/// The bytes as text, if they are.
pub(super) fn text(bytes: &[u8]) -> Result<&str, MetadataError> {
    let valid = match str::from_utf8(bytes) {
        Ok(_) => bytes.len(),
        Err(error) => error.valid_up_to(),
    };
    let bad = memchr::memchr(0, &bytes[..valid]).unwrap_or(valid);
    let (good, rest) = bytes.split_at(bad);
    match (rest.first(), str::from_utf8(good)) {
        (None, Ok(text)) => Ok(text),
        (byte, _) => Err(MetadataError::NotText {
            line: memchr::memchr_iter(b'\n', good).count() as u64 + 1,
            column: good.len() - memchr::memrchr(b'\n', good).map_or(0, |end| end + 1) + 1,
            byte: byte.copied().unwrap_or_default(),
        }),
    }
}

/// A header longer than this many characters is cut.
const LONGEST: usize = 200;

pub(super) fn readable(text: &str) -> String {
    let mut escaped = text.escape_debug();
    let mut readable: String = escaped.by_ref().take(LONGEST).collect();
    if escaped.next().is_some() {
        readable.push('…');
    }
    readable
}
