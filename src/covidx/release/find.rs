//! Picks the four files of one release out of an archive's entries.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{Release, ReleaseFile, recognise};
use crate::covidx::Split;

/// Where the four files of a release are: paths as they were given to [`find`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseFiles {
    /// The release.
    pub release: Release,
    /// The label files, in the order of [`Split::ALL`].
    pub splits: [String; 3],
    /// The metadata.
    pub metadata: String,
}

/// Why the files of a release can't be picked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FindError {
    /// No label file at all.
    #[error(
        "expected the label files `{}`, `{}` and `{}`, found none",
        .looked_for[0], .looked_for[1], .looked_for[2]
    )]
    NoLabelFiles {
        /// The names that would have been recognised.
        looked_for: [String; 3],
    },
    /// The label file of one split is not there.
    #[error(
        "the {split} labels of {release} are missing: expected `{looked_for}`, found {}",
        list(.found)
    )]
    MissingLabelFile {
        /// The split.
        split: Split,
        /// The release the other files belong to.
        release: Release,
        /// The name of the file.
        looked_for: String,
        /// The label files that are there.
        found: Vec<String>,
    },
    /// No metadata.
    #[error(
        "the metadata is missing: expected `metadata.csv` or `metadata.txt` beside {}",
        list(.found)
    )]
    MissingMetadata {
        /// The label files.
        found: Vec<String>,
    },
    /// Label files of several releases, and none of them was asked for.
    #[error("expected the label files of one release, found those of {}", list(.found))]
    SeveralReleases {
        /// The releases, by name.
        found: Vec<Release>,
    },
    /// The same file under two names.
    #[error("expected one file, found the same in two spellings: `{first}` and `{second}`")]
    TwoSpellings {
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
    let quoted: Vec<_> = items
        .iter()
        .map(|item| format!("`{}`", item.to_string()))
        .collect();
    quoted.join(", ")
}

/// Picks the files of the release that `wanted` names, or of the only one there is.
///
/// `names` are paths with `/`, of any depth: only the last component is looked at, so one
/// enclosing folder makes no difference. Other files are passed over.
pub fn find<'a>(
    names: impl IntoIterator<Item = &'a str>,
    wanted: Option<&Release>,
) -> Result<ReleaseFiles, FindError> {
    let mut metadata = Vec::new();
    let mut labels: BTreeMap<Release, Vec<(Split, &str)>> = BTreeMap::new();
    for path in names {
        let file_name = path.rsplit('/').next().unwrap_or(path);
        let Some(recognised) = recognise(file_name) else {
            continue;
        };
        match (recognised.file, recognised.release) {
            (ReleaseFile::Split(split), Some(release)) => {
                labels.entry(release).or_default().push((split, path));
            }
            _ => metadata.push(path),
        }
    }
    let (release, files) = choose(labels, wanted)?;
    let found: Vec<_> = files.iter().map(|&(_, path)| path.to_owned()).collect();
    let path_of = |split| {
        let paths = files.iter().filter(|file| file.0 == split);
        only_one(paths.map(|file| file.1))?.ok_or_else(|| FindError::MissingLabelFile {
            split,
            release: release.clone(),
            looked_for: release.label_file_name(split),
            found: found.clone(),
        })
    };
    let splits = [
        path_of(Split::Train)?,
        path_of(Split::Val)?,
        path_of(Split::Test)?,
    ];
    let metadata = only_one(metadata.into_iter())?.ok_or(FindError::MissingMetadata { found })?;
    Ok(ReleaseFiles {
        release,
        splits,
        metadata,
    })
}

type LabelFiles<'a> = Vec<(Split, &'a str)>;

fn choose<'a>(
    labels: BTreeMap<Release, LabelFiles<'a>>,
    wanted: Option<&Release>,
) -> Result<(Release, LabelFiles<'a>), FindError> {
    let found: Vec<_> = labels.keys().cloned().collect();
    let mut candidates = labels
        .into_iter()
        .filter(|(release, _)| wanted.is_none_or(|wanted| release.is(wanted)));
    match (candidates.next(), candidates.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(FindError::SeveralReleases { found }),
        (None, _) => Err(match wanted {
            Some(wanted) if !found.is_empty() => FindError::ReleaseNotFound {
                wanted: wanted.clone(),
                found,
            },
            _ => FindError::NoLabelFiles {
                looked_for: Split::ALL.map(|split| match wanted {
                    Some(release) => release.label_file_name(split),
                    None => format!("{split}_COVIDx_CT-….txt"),
                }),
            },
        }),
    }
}

fn only_one<'a>(mut paths: impl Iterator<Item = &'a str>) -> Result<Option<String>, FindError> {
    let first = paths.next().map(str::to_owned);
    match (first, paths.next()) {
        (Some(first), Some(second)) => Err(FindError::TwoSpellings {
            first,
            second: second.to_owned(),
        }),
        (first, _) => Ok(first),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const CT2A: [&str; 5] = [
        "2A_images/NCP_96_1328_0032.png",
        "metadata.csv",
        "test_COVIDx_CT-2A.txt",
        "train_COVIDx_CT-2A.txt",
        "val_COVIDx_CT-2A.txt",
    ];
    const CT1: [&str; 3] = [
        "train_COVIDx-CT.txt",
        "val_COVIDx-CT.txt",
        "test_COVIDx-CT.txt",
    ];

    fn release(name: &str) -> Release {
        name.parse().unwrap()
    }

    fn error<'a>(names: impl IntoIterator<Item = &'a str>, wanted: Option<&str>) -> String {
        let wanted = wanted.map(release);
        find(names, wanted.as_ref()).unwrap_err().to_string()
    }

    #[test]
    fn an_archive_without_a_top_folder() {
        let files = find(CT2A, None).unwrap();
        assert_eq!(files.release, release("CT-2A"));
        assert_eq!(
            files.splits,
            [
                "train_COVIDx_CT-2A.txt",
                "val_COVIDx_CT-2A.txt",
                "test_COVIDx_CT-2A.txt"
            ]
        );
        assert_eq!(files.metadata, "metadata.csv");
    }

    #[test]
    fn older_names_below_a_top_folder() {
        let names = [
            "covidx/METADATA.TXT",
            "covidx/train_COVIDx-CT.txt",
            "covidx/Val_COVIDx-CT.txt",
            "covidx/test_COVIDx-CT.txt",
        ];
        let files = find(names, None).unwrap();
        assert_eq!(files.release, release("CT-1"));
        assert_eq!(files.splits[1], "covidx/Val_COVIDx-CT.txt");
        assert_eq!(files.metadata, "covidx/METADATA.TXT");
    }

    #[test]
    fn the_wanted_one_of_two() {
        let both = || CT2A.into_iter().chain(CT1);
        let wanted = release("CT-1");
        assert_eq!(find(both(), Some(&wanted)).unwrap().release, wanted);
        assert_eq!(
            error(both(), None),
            "expected the label files of one release, found those of `CT-1`, `CT-2A`"
        );
        assert_eq!(
            error(both(), Some("CT-3A")),
            "expected the label files of CT-3A, found those of `CT-1`, `CT-2A`"
        );
    }

    #[test]
    fn split_files_that_disagree() {
        let names = [
            "metadata.csv",
            "train_COVIDx_CT-2A.txt",
            "val_COVIDx_CT-2B.txt",
        ];
        assert_eq!(
            error(names, None),
            "expected the label files of one release, found those of `CT-2A`, `CT-2B`"
        );
    }

    #[test]
    fn nothing_there() {
        assert_eq!(
            error(["a.png"], None),
            "expected the label files `train_COVIDx_CT-….txt`, `val_COVIDx_CT-….txt` and \
             `test_COVIDx_CT-….txt`, found none"
        );
        assert_eq!(
            error([], Some("CT-2A")),
            "expected the label files `train_COVIDx_CT-2A.txt`, `val_COVIDx_CT-2A.txt` and \
             `test_COVIDx_CT-2A.txt`, found none"
        );
    }

    #[test]
    fn one_is_missing() {
        assert_eq!(
            error(
                CT2A.into_iter().filter(|name| !name.starts_with("val")),
                None
            ),
            "the val labels of CT-2A are missing: expected `val_COVIDx_CT-2A.txt`, \
             found `test_COVIDx_CT-2A.txt`, `train_COVIDx_CT-2A.txt`"
        );
        assert_eq!(
            error(CT1, None),
            "the metadata is missing: expected `metadata.csv` or `metadata.txt` beside \
             `train_COVIDx-CT.txt`, `val_COVIDx-CT.txt`, `test_COVIDx-CT.txt`"
        );
    }

    #[test]
    fn two_spellings() {
        assert_eq!(
            error(CT2A.into_iter().chain(["Val_COVIDx_CT-2A.txt"]), None),
            "expected one file, found the same in two spellings: `val_COVIDx_CT-2A.txt` and \
             `Val_COVIDx_CT-2A.txt`"
        );
        assert_eq!(
            error(CT2A.into_iter().chain(["metadata.txt"]), None),
            "expected one file, found the same in two spellings: `metadata.csv` and `metadata.txt`"
        );
    }
}
