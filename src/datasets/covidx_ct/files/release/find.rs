//! Picks the four files of one release out of an archive's entries.

use std::collections::BTreeMap;

use super::{CtRelease, recognise};
use crate::datasets::covidx_ct::files::Split;
use crate::release::{FileRole, FindError, LabelFile, Release, ReleaseFiles, is_clutter};

/// Picks the files of the release that `wanted` names, or of the only one there is.
///
/// `names` are paths with `/`, of any depth: a file is recognised by the last component, wherever it lies. Clutter
/// ([`is_clutter`]) and other files are passed over. Of several metadata files the one nearest to the labels is picked. A B
/// variant has its own train labels; where it has no others, the val and test labels are those of its A ([`Release::base`]).
pub fn find<'a>(
    names: impl IntoIterator<Item = &'a str>,
    wanted: Option<&Release>,
) -> Result<ReleaseFiles, FindError> {
    Candidates::of(names).pick(wanted)
}

/// The same, where the name that is given wins over the names of the files, if these are of one other release: the labels of
/// CT-2A can be ingested as CT-vendor. Whoever looks for a release's files asks this, the source and the landing zone alike.
pub fn find_as<'a>(
    names: impl IntoIterator<Item = &'a str>,
    wanted: Option<&Release>,
) -> Result<ReleaseFiles, FindError> {
    let candidates = Candidates::of(names);
    match (candidates.pick(wanted), wanted) {
        (Err(FindError::ReleaseNotFound { .. }), Some(wanted)) => Ok(ReleaseFiles {
            release: wanted.clone(),
            ..candidates.pick(None)?
        }),
        (picked, _) => picked,
    }
}

/// Files whose names are those of a release's files.
struct Candidates<'a> {
    metadata: Vec<&'a str>,
    labels: BTreeMap<Release, LabelFiles<'a>>,
}

type LabelFiles<'a> = Vec<(Split, &'a str)>;

impl<'a> Candidates<'a> {
    fn of(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut candidates = Self {
            metadata: Vec::new(),
            labels: BTreeMap::new(),
        };
        for path in names {
            let file_name = path.rsplit('/').next().unwrap_or(path);
            let Some(recognised) = recognise(file_name).filter(|_| !is_clutter(path)) else {
                continue;
            };
            match (recognised.role, recognised.release) {
                (FileRole::Labels(split), Some(release)) => {
                    let files = candidates.labels.entry(release).or_default();
                    let mut splits = Split::ALL.into_iter();
                    let split = splits.find(|known| known.as_str() == split);
                    files.extend(split.map(|split| (split, path)));
                }
                _ => candidates.metadata.push(path),
            }
        }
        candidates
    }

    fn pick(&self, wanted: Option<&Release>) -> Result<ReleaseFiles, FindError> {
        let (release, own) = self.choose(wanted)?;
        let base = release.base().and_then(|base| self.labels.get(&base));
        let shared = base.into_iter().flatten().copied();
        // What a B variant adds is its train split: without that it is its A.
        let shared: LabelFiles<'_> = shared.filter(|file| file.0 != Split::Train).collect();
        let found: Vec<String> = own
            .iter()
            .chain(base.into_iter().flatten())
            .map(|file| file.1.to_owned())
            .collect();
        let path_of = |split| {
            let path = match only_one(&own, split)? {
                Some(path) => Some(path),
                None => only_one(&shared, split)?,
            };
            path.ok_or_else(|| FindError::MissingLabelFile {
                split: split.as_str(),
                release: release.clone(),
                looked_for: match release.base() {
                    Some(base) if split != Split::Train => base.label_file_name(split),
                    _ => release.label_file_name(split),
                },
                found: found.clone(),
            })
        };
        let splits = [
            path_of(Split::Train)?,
            path_of(Split::Val)?,
            path_of(Split::Test)?,
        ];
        let metadata = self
            .nearest_metadata(&splits)?
            .ok_or(FindError::MissingMetadata {
                looked_for: "`metadata.csv` or `metadata.txt`",
                found,
            })?;
        let labels = Split::ALL.iter().zip(splits);
        Ok(ReleaseFiles {
            release,
            labels: labels
                .map(|(split, path)| LabelFile {
                    split: split.as_str(),
                    path: path.to_owned(),
                })
                .collect(),
            metadata: Some(metadata.to_owned()),
        })
    }

    /// The release, and the label files that have its name.
    fn choose(&self, wanted: Option<&Release>) -> Result<(Release, LabelFiles<'a>), FindError> {
        let found: Vec<Release> = self.labels.keys().cloned().collect();
        let with_files = |release: &Release| (release.clone(), self.labels[release].clone());
        let Some(wanted) = wanted else {
            return match &found[..] {
                [] => Err(no_label_files(None)),
                [only] => Ok(with_files(only)),
                // As the authors publish a B variant: its train labels, and what it shares with its A.
                [base, variant]
                    if variant.base().as_ref() == Some(base)
                        && self.labels[base].iter().all(|file| file.0 != Split::Train) =>
                {
                    Ok(with_files(variant))
                }
                _ => Err(FindError::SeveralReleases { found }),
            };
        };
        let mut candidates = found
            .iter()
            .filter(|release| release.as_str().eq_ignore_ascii_case(wanted.as_str()));
        match (candidates.next(), candidates.next()) {
            (Some(only), None) => Ok(with_files(only)),
            (Some(_), Some(_)) => Err(FindError::SeveralReleases { found }),
            (None, _) if found.is_empty() => Err(no_label_files(Some(wanted))),
            // Its A alone is not the B variant: the train labels are looked for.
            (None, _)
                if wanted
                    .base()
                    .is_some_and(|base| self.labels.contains_key(&base)) =>
            {
                Ok((wanted.clone(), Vec::new()))
            }
            (None, _) => Err(FindError::ReleaseNotFound {
                wanted: wanted.clone(),
                found,
            }),
        }
    }

    /// The metadata with the fewest steps from the folder that holds all label files; two with as few may each be meant.
    fn nearest_metadata(&self, splits: &[&str; 3]) -> Result<Option<&'a str>, FindError> {
        let labels = splits.map(folders).into_iter().reduce(common);
        let labels = labels.unwrap_or_default();
        let steps = |path: &&&str| {
            let folders = folders(path);
            let shared = common(folders.clone(), labels.clone()).len();
            folders.len() + labels.len() - 2 * shared
        };
        let fewest = self.metadata.iter().map(|path| steps(&path)).min();
        let mut nearest = self
            .metadata
            .iter()
            .filter(|path| Some(steps(path)) == fewest);
        match (nearest.next(), nearest.next()) {
            (Some(first), Some(second)) => Err(FindError::TwoFiles {
                first: (*first).to_owned(),
                second: (*second).to_owned(),
            }),
            (first, _) => Ok(first.copied()),
        }
    }
}

fn no_label_files(wanted: Option<&Release>) -> FindError {
    FindError::NoLabelFiles {
        looked_for: Split::ALL
            .map(|split| match wanted {
                Some(release) => release.label_file_name(split),
                None => format!("{split}_COVIDx_CT-….txt"),
            })
            .to_vec(),
    }
}

/// The folders above a file, outermost first.
fn folders(path: &str) -> Vec<&str> {
    let mut names: Vec<&str> = path.split('/').collect();
    names.pop();
    names
}

/// What two rows of folders begin with alike.
fn common<'a>(a: Vec<&'a str>, b: Vec<&'a str>) -> Vec<&'a str> {
    a.into_iter()
        .zip(b)
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a)
        .collect()
}

fn only_one<'a>(files: &[(Split, &'a str)], split: Split) -> Result<Option<&'a str>, FindError> {
    let mut paths = files.iter().filter(|file| file.0 == split);
    match (paths.next(), paths.next()) {
        (Some(first), Some(second)) => Err(FindError::TwoFiles {
            first: first.1.to_owned(),
            second: second.1.to_owned(),
        }),
        (first, _) => Ok(first.map(|file| file.1)),
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
        super::super::named(name).unwrap()
    }

    fn labels(files: &ReleaseFiles) -> Vec<&str> {
        files.labels.iter().map(|file| file.path.as_str()).collect()
    }

    fn metadata(files: &ReleaseFiles) -> &str {
        files.metadata.as_deref().unwrap()
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
            labels(&files),
            [
                "train_COVIDx_CT-2A.txt",
                "val_COVIDx_CT-2A.txt",
                "test_COVIDx_CT-2A.txt"
            ]
        );
        assert_eq!(metadata(&files), "metadata.csv");
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
        assert_eq!(labels(&files)[1], "covidx/Val_COVIDx-CT.txt");
        assert_eq!(metadata(&files), "covidx/METADATA.TXT");
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
    fn two_that_may_be_meant() {
        assert_eq!(
            error(CT2A.into_iter().chain(["Val_COVIDx_CT-2A.txt"]), None),
            "expected one file, found two: `val_COVIDx_CT-2A.txt` and `Val_COVIDx_CT-2A.txt`"
        );
        assert_eq!(
            error(CT2A.into_iter().chain(["metadata.txt"]), None),
            "expected one file, found two: `metadata.csv` and `metadata.txt`"
        );
        assert_eq!(
            error(CT2A.into_iter().chain(["old/train_COVIDx_CT-2A.txt"]), None),
            "expected one file, found two: `train_COVIDx_CT-2A.txt` and `old/train_COVIDx_CT-2A.txt`"
        );
    }

    #[test]
    fn labels_and_metadata_at_any_depth() {
        let repository = [
            "README.md",
            "assets/figure.png",
            "metadata.csv",
            "splits/v1/train_COVIDx-CT_v1.txt",
            "splits/v1/val_COVIDx_CT-1.txt",
            "splits/v1/test_COVIDx-CT_v1.txt",
            "splits/v2/train_COVIDx-CT_v2A.txt",
            "splits/v2/val_COVIDx-CT_v2A.txt",
            "splits/v2/test_COVIDx-CT_v2A.txt",
            "splits/v2/train_COVIDx-CT_v2B.txt",
            "splits/v3/stoic_metadata.csv",
        ];
        let files = find(repository, Some(&release("CT-1"))).unwrap();
        assert_eq!(labels(&files)[0], "splits/v1/train_COVIDx-CT_v1.txt");
        assert_eq!(metadata(&files), "metadata.csv");
        let files = find(repository, Some(&release("CT-2B"))).unwrap();
        assert_eq!(
            labels(&files),
            [
                "splits/v2/train_COVIDx-CT_v2B.txt",
                "splits/v2/val_COVIDx-CT_v2A.txt",
                "splits/v2/test_COVIDx-CT_v2A.txt"
            ]
        );
    }

    #[test]
    fn of_several_metadata_files_the_one_nearest_to_the_labels() {
        let below = |folder: &str| {
            CT2A[1..]
                .iter()
                .map(move |name| format!("{folder}/{name}"))
                .collect::<Vec<_>>()
        };
        let three = below("CT-3A")
            .into_iter()
            .map(|path| path.replace("CT-2A.", "CT-3A."));
        let both: Vec<String> = below("CT-2A").into_iter().chain(three).collect();
        for name in ["CT-2A", "CT-3A"] {
            let files = find(both.iter().map(String::as_str), Some(&release(name))).unwrap();
            assert_eq!(metadata(&files), format!("{name}/metadata.csv"));
        }
        let files = find(CT2A.into_iter().chain(["old/metadata.csv"]), None).unwrap();
        assert_eq!(metadata(&files), "metadata.csv");
        let labels = CT2A
            .iter()
            .map(|name| name.replace("te", "splits/te").replace("tr", "splits/tr"));
        let labels: Vec<String> = labels.filter(|name| name != "metadata.csv").collect();
        let labels = || labels.iter().map(String::as_str);
        assert_eq!(
            error(labels().chain(["a/metadata.csv", "b/metadata.csv"]), None),
            "expected one file, found two: `a/metadata.csv` and `b/metadata.csv`"
        );
    }

    #[test]
    fn clutter_is_no_file_of_a_release() {
        let clutter = [
            "__MACOSX/._metadata.csv",
            "__MACOSX/metadata.csv",
            ".ipynb_checkpoints/train_COVIDx_CT-2A.txt",
            ".Trash-1000/files/val_COVIDx_CT-3A.txt",
        ];
        let files = find(clutter.into_iter().chain(CT2A), None).unwrap();
        assert_eq!(metadata(&files), "metadata.csv");
        assert_eq!(labels(&files)[0], "train_COVIDx_CT-2A.txt");
    }

    #[test]
    fn a_b_variant_takes_what_it_shares_with_its_a() {
        let published = [
            "metadata.csv",
            "train_COVIDx_CT-2B.txt",
            "val_COVIDx_CT-2A.txt",
            "test_COVIDx_CT-2A.txt",
        ];
        let wanted = release("CT-2B");
        for files in [
            find(published, None).unwrap(),
            find(published, Some(&wanted)).unwrap(),
            find(
                CT2A.into_iter().chain(["train_COVIDx_CT-2B.txt"]),
                Some(&wanted),
            )
            .unwrap(),
        ] {
            assert_eq!(files.release, wanted);
            assert_eq!(
                labels(&files),
                [
                    "train_COVIDx_CT-2B.txt",
                    "val_COVIDx_CT-2A.txt",
                    "test_COVIDx_CT-2A.txt"
                ]
            );
        }
        // Its own come first.
        let own = published.into_iter().chain(["val_COVIDx_CT-2B.txt"]);
        assert_eq!(labels(&find(own, None).unwrap())[1], "val_COVIDx_CT-2B.txt");
        // Both are whole: which one is meant?
        assert_eq!(
            error(CT2A.into_iter().chain(["train_COVIDx_CT-2B.txt"]), None),
            "expected the label files of one release, found those of `CT-2A`, `CT-2B`"
        );
        // A's train labels are never taken for B's, nor B's for A's.
        assert_eq!(
            find_as(CT2A, Some(&wanted)).unwrap_err().to_string(),
            "the train labels of CT-2B are missing: expected `train_COVIDx_CT-2B.txt`, found \
             `test_COVIDx_CT-2A.txt`, `train_COVIDx_CT-2A.txt`, `val_COVIDx_CT-2A.txt`"
        );
        assert_eq!(
            error(published, Some("CT-2A")),
            "the train labels of CT-2A are missing: expected `train_COVIDx_CT-2A.txt`, found \
             `val_COVIDx_CT-2A.txt`, `test_COVIDx_CT-2A.txt`"
        );
        assert_eq!(
            error(
                published
                    .into_iter()
                    .filter(|name| !name.starts_with("val")),
                None
            ),
            "the val labels of CT-2B are missing: expected `val_COVIDx_CT-2A.txt`, found \
             `train_COVIDx_CT-2B.txt`, `test_COVIDx_CT-2A.txt`"
        );
    }

    #[test]
    fn a_name_that_is_given_wins_over_that_of_one_other_release() {
        let wanted = release("CT-vendor");
        let files = find_as(CT2A, Some(&wanted)).unwrap();
        assert_eq!(files.release, wanted);
        assert_eq!(labels(&files)[0], "train_COVIDx_CT-2A.txt");
        assert!(find_as(CT2A.into_iter().chain(CT1), Some(&wanted)).is_err());
    }
}
