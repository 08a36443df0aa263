//! What can be wrong with label files and metadata, and what to do about it.

use std::fmt;

use thiserror::Error;

use super::labels::ReadError;
use super::roster::UnreadableColumn;
use crate::datasets::covidx_ct::files::metadata::MetadataError;
use crate::datasets::covidx_ct::files::split_file::LineError;
use crate::datasets::{BuildError, DatasetError};
use crate::hint::Hint;
use crate::readable::argument;

/// A label file or the metadata in the landing zone of a lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LandedFile {
    /// The lake as its user wrote it.
    pub lake: String,
    /// Path in the lake.
    pub path: String,
}

impl LandedFile {
    /// The name without the folder, which it has in its source too, or nearly so.
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// What brings it again.
    fn command(&self) -> String {
        format!(
            "`ctlake ingest SOURCE --lake {} --replace`",
            argument(&self.lake)
        )
    }
}

impl fmt::Display for LandedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// Label files or metadata are not as the authors publish them.
#[derive(Debug, Error)]
pub enum InputError {
    /// The metadata is not as it should be.
    #[error("`{file}`, {source}")]
    Metadata {
        /// The file.
        file: LandedFile,
        /// Where and what.
        source: MetadataError,
    },
    /// The metadata is a header.
    #[error("`{0}`: expected a row per patient, found none below the header")]
    NoPatients(LandedFile),
    /// A column of the metadata means something else.
    #[error("`{file}`, column `{}`: {column}", .column.name)]
    UnreadableColumn {
        /// The file.
        file: LandedFile,
        /// The column.
        column: Box<UnreadableColumn>,
    },
    /// The metadata is that of other labels.
    #[error(
        "`{file}` does not fit the label files: {joined} of {slices} slices belong to a patient that it lists; it lacks `{orphan}`, for one"
    )]
    Unmatched {
        /// The file.
        file: LandedFile,
        /// Slices of the label files.
        slices: u64,
        /// Of these, those of a patient of the file.
        joined: u64,
        /// A patient of the label files that it lacks.
        orphan: String,
    },
    /// A label line is not as it should be.
    #[error("`{file}`, line {line}, {source}")]
    Line {
        /// The file.
        file: LandedFile,
        /// 1-based line.
        line: u32,
        /// Where and what.
        source: LineError,
    },
    /// A label file can't be read to its end.
    #[error("`{file}`, {source}")]
    Labels {
        /// The file.
        file: String,
        /// Where and what.
        source: ReadError,
    },
    /// A label file has no line.
    #[error("`{0}`: expected a line a slice, found an empty file")]
    NoLines(LandedFile),
    /// Too many scans to hold.
    #[error(
        "expected at most {limit} scans, found more at `{file}`, line {line}: {limit} scans already take {mib} MiB"
    )]
    TooManyScans {
        /// The file.
        file: String,
        /// 1-based line.
        line: u32,
        /// The limit.
        limit: usize,
        /// What the limit costs.
        mib: u64,
    },
    /// Names that take too much to hold.
    #[error(
        "expected names of scans of at most {limit} bytes together, found more at `{file}`, line {line}"
    )]
    NamesTooLong {
        /// The file.
        file: String,
        /// 1-based line.
        line: u32,
        /// The limit.
        limit: usize,
    },
}

impl From<InputError> for BuildError {
    fn from(error: InputError) -> Self {
        DatasetError::new(error).into()
    }
}

impl Hint for InputError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Metadata { file, source } => {
                let advice = source.advice(file.name());
                let advice = advice.unwrap_or_else(|| format!("correct `{}` in the source", file.name()));
                format!("{advice}, then {}", file.command())
            }
            Self::NoPatients(file) | Self::UnreadableColumn { file, .. } | Self::Unmatched { file, .. } => format!(
                "correct `{}` in the source, then {}; or build with it as it is: `--allow-bad-metadata`",
                file.name(),
                file.command()
            ),
            Self::Line { file, source, .. } if source.is_encoding() => format!(
                "is `{name}` text in UTF-8? convert it in the source, as with `iconv -f UTF-16 -t UTF-8 {name} > utf8.txt`, then {}",
                file.command(),
                name = file.name(),
            ),
            Self::Line { .. } => {
                "correct the line, or let the build go on and record up to N such lines: `--max-bad-rows N`".to_owned()
            }
            Self::Labels { file, .. } => {
                format!("is `{file}` a label file? its lines are `FILE CLASS XMIN YMIN XMAX YMAX`")
            }
            Self::NoLines(file) => {
                format!("put the lines of `{}` into the source, then {}", file.name(), file.command())
            }
            Self::TooManyScans { .. } | Self::NamesTooLong { .. } => {
                "check the file names: each scan's slices should differ in their number only".to_owned()
            }
        })
    }
}
