//! The files of a release that are not images.

use thiserror::Error;

use super::Release;
use crate::readable;

/// What a file of a release is, other than an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileRole {
    /// The label file of a split.
    Labels(&'static str),
    /// The table of patients.
    Metadata,
}

/// What a file name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// Which file it is.
    pub role: FileRole,
    /// Of which release, where the name says so.
    pub release: Option<Release>,
}

/// A label file of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelFile {
    /// The split whose labels it has.
    pub split: &'static str,
    /// Its path.
    pub path: String,
}

/// The label files and the metadata of one release: paths as they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseFiles {
    /// The release.
    pub release: Release,
    /// The label files, in the order of the dataset's splits.
    pub labels: Vec<LabelFile>,
    /// The metadata, where the dataset has any.
    pub metadata: Option<String>,
}

impl ReleaseFiles {
    /// The paths of the label files, then that of the metadata.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let labels = self.labels.iter().map(|file| file.path.as_str());
        labels.chain(self.metadata.as_deref())
    }
}

/// Why the files of a release can't be picked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FindError {
    /// No label file at all.
    #[error("expected the label files {}, found none", and(.looked_for))]
    NoLabelFiles {
        /// The names that would have been recognised.
        looked_for: Vec<String>,
    },
    /// The label file of one split is not there.
    #[error(
        "the {split} labels of {release} are missing: expected `{looked_for}`, found {}",
        list(.found)
    )]
    MissingLabelFile {
        /// The split.
        split: &'static str,
        /// The release the other files belong to.
        release: Release,
        /// The name of the file.
        looked_for: String,
        /// The label files that are there.
        found: Vec<String>,
    },
    /// No metadata.
    #[error("the metadata is missing: expected {looked_for} beside {}", list(.found))]
    MissingMetadata {
        /// The names that would have been recognised.
        looked_for: &'static str,
        /// The label files.
        found: Vec<String>,
    },
    /// Label files of several releases, and none of them was asked for.
    #[error("expected the label files of one release, found those of {}", list(.found))]
    SeveralReleases {
        /// The releases, by name.
        found: Vec<Release>,
    },
    /// Two files that may each be the one.
    #[error("expected one file, found two: `{first}` and `{second}`")]
    TwoFiles {
        /// The path that came first.
        first: String,
        /// The other one.
        second: String,
    },
    /// No label file of the release that was asked for.
    #[error("expected the label files of {wanted}, found those of {}", list(.found))]
    ReleaseNotFound {
        /// The release that was asked for.
        wanted: Release,
        /// The releases that are there.
        found: Vec<Release>,
    },
}

fn list(items: &[impl ToString]) -> String {
    let names: Vec<String> = items.iter().map(ToString::to_string).collect();
    readable::list(&names)
}

/// Names in quotes, an `and` before the last.
fn and(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match &quoted[..] {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => quoted.concat(),
    }
}
