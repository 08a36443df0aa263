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
        /// The encoding that the file seems to have, where its zeros tell.
        encoding: Option<&'static str>,
    },
    /// What its byte order mark says is UTF-16, and is not.
    #[error("line {line}: expected text in UTF-16, found something else")]
    NotUtf16 {
        /// 1-based physical line.
        line: u64,
        /// The encoding that the file seems to have instead, where its zeros tell.
        encoding: Option<&'static str>,
    },
    /// The header is one quoted cell: a program has taken each row for a value.
    #[error(
        "line {line}: expected a header of several cells, found all of it in one pair of quotes: `{header}`"
    )]
    QuotedHeader {
        /// 1-based physical line of the header.
        line: u64,
        /// What is in the quotes, escaped and cut to a readable length.
        header: String,
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
        name: &'static str,
        /// 1-based number of the field that came first.
        first: usize,
        /// 1-based number of the other one.
        second: usize,
    },
    /// A row has a value behind the last column of the header.
    #[error(
        "line {line}: expected {expected} fields as in the header, found {found}, the last is `{last}`"
    )]
    FieldCount {
        /// 1-based physical line on which the row begins.
        line: u64,
        /// The header's fields.
        expected: usize,
        /// The row's, up to the last that is not empty.
        found: usize,
        /// The last that is not empty, escaped and cut to a readable length.
        last: String,
    },
    /// A row with values and without patient id.
    #[error("line {line}: expected a patient id in field {field}, found {found}")]
    NoPatient {
        /// 1-based physical line on which the row begins.
        line: u64,
        /// 1-based number of the field.
        field: usize,
        /// "nothing", or what stands for it.
        found: String,
    },
    /// A header below the first, with the columns in another order.
    #[error(
        "line {line}: expected a patient, found a header that is not the one of the first line"
    )]
    OtherHeader {
        /// 1-based physical line on which it begins.
        line: u64,
    },
    /// Two rows for one patient that say different things.
    #[error(
        "line {second}: expected one row per patient, found `{patient_id}` on line {first} too, with other values"
    )]
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
        "line {line}, column {column}: expected {} after the closing quote, found `{}`",
        delimiter_name(*.delimiter), .found.escape_debug()
    )]
    AfterQuote {
        /// 1-based physical line.
        line: u64,
        /// 1-based byte column.
        column: usize,
        /// What separates the cells of the file.
        delimiter: char,
        /// What follows the quote.
        found: char,
    },
}

fn delimiter_name(delimiter: char) -> &'static str {
    match delimiter {
        ';' => "a semicolon",
        '\t' => "a tab",
        '|' => "`|`",
        _ => "a comma",
    }
}

impl MetadataError {
    /// What to do about it in a file that is called `name`, beyond correcting the place that it names.
    #[must_use]
    pub fn advice(&self, name: &str) -> Option<String> {
        Some(match self {
            Self::NotText {
                encoding: Some(encoding),
                ..
            }
            | Self::NotUtf16 {
                encoding: Some(encoding),
                ..
            } => {
                format!("save it as UTF-8: `iconv -f {encoding} -t UTF-8 {name} > utf8.csv`")
            }
            Self::NotText { byte: 0, .. } => {
                format!("it is damaged, or no text; `tr -d '\\000' < {name} > clean.csv` removes the zeros")
            }
            Self::NotText { .. } => {
                format!("save it as UTF-8: in Excel as `CSV UTF-8`, elsewhere with `iconv -f WINDOWS-1252 -t UTF-8 {name} > utf8.csv` and the encoding that it has")
            }
            Self::NotUtf16 { .. } => {
                "save it as UTF-8: in Excel as `CSV UTF-8`".to_owned()
            }
            Self::QuotedHeader { .. } => {
                format!("remove the quotes around each row: `sed -E 's/^\"|\"\\r?$//g; s/\"\"/\"/g' {name} > cells.csv`")
            }
            Self::FieldCount { .. } => {
                "quote a value that has the delimiter in it, as in `\"45,0\"`; save it without row names, as by `row.names = FALSE` in R".to_owned()
            }
            _ => return None,
        })
    }
}
