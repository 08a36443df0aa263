//! What of an archive belongs to the release, and under which path each file lands. Pure.

use std::collections::HashMap;
use std::path::Path;

use glob::Pattern;
use serde::Serialize;

use super::error::IngestError;
use crate::archive::{ArchiveEntry, Refused};
use crate::covidx::{Release, release};

/// A file that is to land.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selected {
    /// Index of the entry in the archive.
    pub(super) index: usize,
    /// Path below `landing/<release>/`: one enclosing top folder is stripped.
    pub(super) path: String,
}

/// A file that is not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// Path in the archive.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// Labels, metadata and images of one release.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) release: Release,
    /// In archive order.
    pub(super) files: Vec<Selected>,
    /// Files that belong to no release.
    pub(super) ignored: Vec<String>,
    /// Files of the release that `--only` left out.
    pub(super) left_out: u64,
    pub(super) rejected: Vec<Rejected>,
}

/// Chooses from an archive's entries. `ignores_case` is for lakes in a folder: there two names that differ in nothing but case
/// may be one file.
pub(super) fn select(
    archive: &str,
    entries: &[ArchiveEntry],
    refused: &[Refused],
    wanted: Option<&Release>,
    only: &[Pattern],
    ignores_case: bool,
) -> Result<Selection, IngestError> {
    let names = || entries.iter().map(|entry| entry.path.as_str());
    let not_whole = |source| IngestError::Files {
        archive: archive.to_owned(),
        refused: refused
            .first()
            .map(|refused| format!("`{}`: {}", refused.path, refused.reason)),
        source: Box::new(source),
    };
    let found = match (release::find(names(), wanted), wanted) {
        // A name that is given wins over the names of the files, where these are of one release.
        (Err(release::FindError::ReleaseNotFound { .. }), Some(wanted)) => {
            let mut files = release::find(names(), None).map_err(not_whole)?;
            files.release = wanted.clone();
            files
        }
        (files, _) => files.map_err(not_whole)?,
    };
    let top = found
        .metadata
        .rsplit_once('/')
        .map_or_else(String::new, |(top, _)| format!("{top}/"));
    let mut selection = Selection {
        release: found.release,
        files: Vec::new(),
        ignored: Vec::new(),
        left_out: 0,
        rejected: refused
            .iter()
            .map(|refused| Rejected {
                path: refused.path.clone(),
                reason: refused.reason.to_string(),
            })
            .collect(),
    };
    for (index, entry) in entries.iter().enumerate() {
        let named = found
            .splits
            .iter()
            .chain([&found.metadata])
            .any(|name| *name == entry.path);
        if !named && !is_png(&entry.path) {
            selection.ignored.push(entry.path.clone());
            continue;
        }
        let path = entry.path.strip_prefix(&top).unwrap_or(&entry.path);
        if !only.is_empty() && !only.iter().any(|pattern| pattern.matches(path)) {
            selection.left_out += 1;
            continue;
        }
        selection.files.push(Selected {
            index,
            path: path.to_owned(),
        });
    }
    reject_doubles(&mut selection, entries, ignores_case);
    Ok(selection)
}

/// Files that would land under one name: none of them is taken, for nobody knows which is meant.
fn reject_doubles(selection: &mut Selection, entries: &[ArchiveEntry], ignores_case: bool) {
    let name = |file: &Selected| {
        if ignores_case {
            file.path.to_lowercase()
        } else {
            file.path.clone()
        }
    };
    let mut counts: HashMap<String, u32> = HashMap::with_capacity(selection.files.len());
    for file in &selection.files {
        *counts.entry(name(file)).or_default() += 1;
    }
    if counts.len() == selection.files.len() {
        return;
    }
    let (doubles, files) = std::mem::take(&mut selection.files)
        .into_iter()
        .partition::<Vec<_>, _>(|file| counts[&name(file)] > 1);
    selection.files = files;
    selection
        .rejected
        .extend(doubles.into_iter().map(|file| Rejected {
            path: entries[file.index].path.clone(),
            reason: format!("several files would land as `{}`", file.path),
        }));
}

/// Whether a file of a release is an image, and not labels or metadata.
pub(super) fn is_png(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("png"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(
        names: &[&str],
        only: &[&str],
        ignores_case: bool,
    ) -> (String, Vec<String>, Vec<String>) {
        let entries: Vec<ArchiveEntry> = names
            .iter()
            .map(|name| ArchiveEntry {
                path: (*name).to_owned(),
                bytes: 1,
                crc32: Some(0),
            })
            .collect();
        let only: Vec<Pattern> = only
            .iter()
            .map(|text| Pattern::new(text).expect("a pattern"))
            .collect();
        let selection =
            select("a.zip", &entries, &[], None, &only, ignores_case).expect("a release");
        let paths = selection.files.iter().map(|file| file.path.as_str());
        let rejected = selection.rejected.iter();
        (
            paths.collect::<Vec<_>>().join(" "),
            rejected
                .map(|file| format!("{}: {}", file.path, file.reason))
                .collect(),
            selection.ignored,
        )
    }

    const NAMES: [&str; 6] = [
        "top/2A_images/a.png",
        "top/train_COVIDx_CT-2A.txt",
        "top/val_COVIDx_CT-2A.txt",
        "top/test_COVIDx_CT-2A.txt",
        "top/metadata.csv",
        "top/readme.md",
    ];

    #[test]
    fn the_top_folder_goes_and_strangers_stay_out() {
        let (paths, rejected, ignored) = selected(&NAMES, &[], false);
        assert_eq!(
            paths,
            "2A_images/a.png train_COVIDx_CT-2A.txt val_COVIDx_CT-2A.txt test_COVIDx_CT-2A.txt metadata.csv"
        );
        assert_eq!(
            (rejected.len(), ignored),
            (0, vec!["top/readme.md".to_owned()])
        );
        let (paths, ..) = selected(&NAMES, &["*.csv", "2A_*/*"], false);
        assert_eq!(paths, "2A_images/a.png metadata.csv");
    }

    #[test]
    fn of_two_files_with_one_name_none_is_taken() {
        let names = [&NAMES[..], &["top/2A_images/A.png"]].concat();
        let (paths, rejected, _) = selected(&names, &["*.png"], true);
        assert_eq!(paths, "");
        assert_eq!(
            rejected,
            [
                "top/2A_images/a.png: several files would land as `2A_images/a.png`",
                "top/2A_images/A.png: several files would land as `2A_images/A.png`"
            ]
        );
        let (paths, ..) = selected(&names, &["*.png"], false);
        assert_eq!(paths, "2A_images/a.png 2A_images/A.png");
    }
}
