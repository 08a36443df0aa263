//! What is wrong with a line of a label file.

use thiserror::Error;

use crate::readable;

/// A line that is no label line: where, what was there, and what should have been.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("column {column}: expected {}, found {}", .kind.expected(), found_text(*.kind, .found))]
pub struct LineError {
    /// 1-based byte column of the field's start, or of the line's end for a missing field.
    pub column: usize,
    /// The field, escaped and cut to a readable length; the number of fields if that is wrong.
    pub found: String,
    /// What is wrong.
    pub kind: LineErrorKind,
}

/// The ways in which a line can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineErrorKind {
    /// Not six fields.
    FieldCount,
    /// A blank where the file name should begin.
    EmptyName,
    /// The file name is not UTF-8.
    NotUtf8,
    /// The file name has a control character, `/` or `\` in it, or is `.` or `..`.
    NameCharacter,
    /// The class is not 0, 1 or 2.
    Class,
    /// A number of the box is no 32-bit integer.
    BoxNumber,
}

impl LineErrorKind {
    /// What should have been there, as words that follow "expected".
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::FieldCount => "6 fields `FILE CLASS XMIN YMIN XMAX YMAX`",
            Self::EmptyName => "a file name",
            Self::NotUtf8 => "a file name in UTF-8",
            Self::NameCharacter => "a file name without control characters, `/` and `\\`",
            Self::Class => "class 0, 1 or 2",
            Self::BoxNumber => "a box number, a 32-bit integer",
        }
    }
}

/// A field longer than this many characters is cut: a binary file is one endless line.
const LONGEST: usize = 60;

impl LineError {
    pub(super) fn new(column: usize, field: &[u8], kind: LineErrorKind) -> Self {
        Self {
            column,
            found: readable::bytes(field, LONGEST),
            kind,
        }
    }

    /// Whether the line may be text of another encoding: its name is not UTF-8, or has a NUL in it as UTF-16 without a byte
    /// order mark does.
    #[must_use]
    pub fn is_encoding(&self) -> bool {
        match self.kind {
            LineErrorKind::NotUtf8 => true,
            LineErrorKind::NameCharacter => self.found.contains("\\0"),
            _ => false,
        }
    }

    pub(super) fn field_count(column: usize, found: usize) -> Self {
        Self {
            column,
            found: found.to_string(),
            kind: LineErrorKind::FieldCount,
        }
    }
}

fn found_text(kind: LineErrorKind, found: &str) -> String {
    match kind {
        LineErrorKind::FieldCount => found.to_owned(),
        LineErrorKind::EmptyName => "a blank".to_owned(),
        _ => format!("`{found}`"),
    }
}
