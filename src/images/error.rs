//! Why the images of a cohort can't be had.

use std::io;
use std::path::{Path, PathBuf};

use arrow::error::ArrowError;
use thiserror::Error;
use tokio::task::JoinError;

use crate::contract::ImageTable;
use crate::hint::Hint;
use crate::lake::LakeError;
use crate::query::QueryError;
use crate::readable::{list, value};

/// The images of a cohort can't be had.
#[derive(Debug, Error)]
pub enum ImagesError {
    /// The query can't be answered.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The store failed.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The answer can't be worked with.
    #[error("cannot use the query's answer")]
    Answer(#[from] ArrowError),
    /// The answer names no images.
    #[error("expected a query with the column `image_key`, got {}", list(.columns))]
    NoKey {
        /// What the answer has.
        columns: Vec<String>,
        /// Where keys are.
        images: &'static ImageTable,
    },
    /// The dataset has no images.
    #[error("the tables of this lake name no images")]
    NoImages,
    /// The answer has no rows.
    #[error("the query has no rows, so there are no images")]
    NoRows(&'static ImageTable),
    /// A folder or a class is to be made of what is not there.
    #[error("neither the query nor {table} has the column `{column}`; the query has {}", list(.columns))]
    NoColumn {
        /// What was asked for.
        column: String,
        /// The table of the images.
        table: &'static str,
        /// What the answer has.
        columns: Vec<String>,
    },
    /// The answer has a column that the index needs for itself.
    #[error("the query has a column `{0}`, which the index has for itself")]
    TakenColumn(String),
    /// Keys of no slice.
    #[error("{}", unknown(.keys))]
    UnknownKeys {
        /// The keys.
        keys: Vec<String>,
        /// The table of the images.
        table: &'static str,
    },
    /// Two images can't have one place.
    #[error("`{}` and `{}` would both be `{path}`", value(&.keys[0]), value(&.keys[1]))]
    Clash {
        /// The place.
        path: String,
        /// The images.
        keys: [String; 2],
    },
    /// Two values can't have one folder: whoever reads it would take them for one.
    #[error("`{}` and `{}` of `{column}` would share the folder `{folder}`", value(&.values[0]), value(&.values[1]))]
    SharedFolder {
        /// The folder.
        folder: String,
        /// The column.
        column: String,
        /// The values.
        values: [String; 2],
    },
    /// A folder of the layout leads elsewhere.
    #[error("expected a folder at `{}`, found a symbolic link", .0.display())]
    Link(PathBuf),
    /// A file is in the way.
    #[error("expected a folder at `{}`, found a file", .0.display())]
    NotAFolder(PathBuf),
    /// Files would be lost.
    #[error("{}", counted(.0, "has other content", "have other content"))]
    OtherContent(Vec<String>),
    /// Whoever reads the folder would take them for the cohort's.
    #[error("{}", counted(.0, "is no image of this cohort", "are no images of this cohort"))]
    OtherFiles(Vec<String>),
    /// The disk would be full.
    #[error("expected {need} free bytes for `{}`, found {free}", .out.display())]
    NoSpace {
        /// The folder.
        out: PathBuf,
        /// Bytes to come.
        need: u64,
        /// Bytes there are.
        free: u64,
    },
    /// A file or folder outside of the lake.
    #[error("cannot {action} `{}`", .path.display())]
    File {
        /// A verb.
        action: &'static str,
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The lake can't sign.
    #[error("expected a lake on S3 to sign URLs, got `{0}`")]
    NotSigned(String),
    /// Somebody asked to stop.
    #[error("stopped: {fetched} of {images} images were fetched, and are whole")]
    Stopped {
        /// Files that are there.
        fetched: u64,
        /// Files that were to be fetched.
        images: u64,
    },
}

impl From<JoinError> for ImagesError {
    fn from(died: JoinError) -> Self {
        Self::Lake(died.into())
    }
}

impl ImagesError {
    /// Wraps what the system said about a file outside of the lake; for use in `map_err`.
    pub(super) fn file(
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}

fn unknown(keys: &[String]) -> String {
    match keys {
        [only] => format!(
            "`{}` is the image_key of no slice of this snapshot",
            value(only)
        ),
        [first, ..] => format!(
            "{} values are the image_key of no slice of this snapshot, the first `{}`",
            keys.len(),
            value(first)
        ),
        [] => String::new(),
    }
}

fn counted(files: &[String], one: &str, several: &str) -> String {
    match files {
        [only] => format!("`{}` is there already and {one}", value(only)),
        [first, ..] => format!(
            "{} files are there already and {several}, the first `{}`",
            files.len(),
            value(first)
        ),
        [] => String::new(),
    }
}

impl Hint for ImagesError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Query(error) => return error.hint(),
            Self::Lake(error) => return error.hint(),
            Self::Answer(_) | Self::NoImages => return None,
            Self::NoKey { images, .. } => {
                let hint = format!("ask for it: `SELECT image_key FROM {} WHERE …`", images.name);
                match images.cover {
                    Some((table, column)) => {
                        format!("{hint}; of {table}, `SELECT {column} AS image_key FROM {table}`")
                    }
                    None => hint,
                }
            }
            Self::NoRows(images) => format!(
                "`ctlake sql` with the same query shows it; values are spelled as `ctlake sql \"SELECT DISTINCT {} FROM {}\"` has them",
                images.class,
                images.name
            ),
            Self::NoColumn { column, table, .. } => format!(
                "add it to the query, `SELECT image_key, … AS {column} FROM …`; `ctlake schema {table}` shows what there is without"
            ),
            Self::TakenColumn(column) => format!("give it another name: `{column} AS my_{column}`"),
            Self::UnknownKeys { table, .. } => format!(
                "take keys as the tables have them, `SELECT image_key FROM {table}`, with the lake's prefix on S3; `--snapshot` names an older snapshot"
            ),
            Self::Clash { .. } => {
                "name a column that tells them apart: `--layout release/split`".to_owned()
            }
            Self::SharedFolder { column, .. } => format!(
                "give each its own name in the query, `CASE {column} WHEN '…' THEN '…' ELSE {column} END AS folder`, and `--layout folder`"
            ),
            Self::Link(_) => {
                "remove the link, or name the folder it leads to with `--out`: images are written to folders below it only".to_owned()
            }
            Self::NotAFolder(_) => "name another folder with `--out`, or move the file away".to_owned(),
            Self::OtherContent(_) => {
                "write to another folder with `--out`, or add `--replace` to lose what is there"
                    .to_owned()
            }
            Self::OtherFiles(_) => {
                "write to another folder with `--out`, or add `--keep-others` to have both there"
                    .to_owned()
            }
            Self::NoSpace { .. } => {
                "free some space, name a folder on another disk with `--out`, or take less: `--sample 1000 --per diagnosis`".to_owned()
            }
            Self::File { .. } => {
                "check the path, its permissions and the free space: `df -h`".to_owned()
            }
            Self::NotSigned(_) => "download them: `--out DIR` in the place of `--presign`".to_owned(),
            Self::Stopped { .. } => {
                "the same command again goes on from there".to_owned()
            }
        })
    }

    fn is_incomplete(&self) -> bool {
        matches!(self, Self::Stopped { .. })
    }
}
