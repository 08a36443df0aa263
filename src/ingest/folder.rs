//! A dataset in a folder, as a list of files.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::IngestError;
use crate::covidx::{Release, release};

/// A file of the dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SourceFile {
    /// Path below `landing/<release>/`: one enclosing top folder is stripped.
    pub(super) path: String,
    /// Where it is.
    pub(super) source: PathBuf,
    /// Size in bytes.
    pub(super) bytes: u64,
}

/// Labels, metadata and images of one release in a folder.
#[derive(Debug)]
pub(super) struct SourceFolder {
    pub(super) release: Release,
    /// In path order.
    pub(super) files: Vec<SourceFile>,
    /// Files that belong to no release: paths in the folder.
    pub(super) ignored: Vec<String>,
}

/// Looks through `folder` for the release that `wanted` names, or the only one.
pub(super) fn scan(folder: &Path, wanted: Option<&Release>) -> Result<SourceFolder, IngestError> {
    let unreadable = |source| IngestError::Source {
        path: folder.to_owned(),
        source,
    };
    let is_remote = folder
        .to_str()
        .is_some_and(|name| name.contains("://") || name.starts_with("kaggle:"));
    if is_remote || !fs::metadata(folder).map_err(unreadable)?.is_dir() {
        return Err(IngestError::NotAFolder(folder.to_owned()));
    }
    let mut found = Vec::new();
    walk(folder, String::new(), &mut found).map_err(unreadable)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    let names = || found.iter().map(|file| file.path.as_str());
    let files = match (release::find(names(), wanted), wanted) {
        // A name that is given wins over the names of the files, where these are of one release.
        (Err(release::FindError::ReleaseNotFound { .. }), Some(wanted)) => {
            let mut files = release::find(names(), None).map_err(|source| IngestError::Files {
                folder: folder.to_owned(),
                source,
            })?;
            files.release = wanted.clone();
            files
        }
        (files, _) => files.map_err(|source| IngestError::Files {
            folder: folder.to_owned(),
            source,
        })?,
    };
    let top = files
        .metadata
        .rsplit_once('/')
        .map_or_else(String::new, |(top, _)| format!("{top}/"));
    let chosen: Vec<&str> = files
        .splits
        .iter()
        .chain([&files.metadata])
        .map(String::as_str)
        .collect();
    let (taken, ignored) = found
        .iter()
        .cloned()
        .partition::<Vec<_>, _>(|file| chosen.contains(&file.path.as_str()) || is_png(&file.path));
    Ok(SourceFolder {
        release: files.release,
        files: taken
            .into_iter()
            .map(|file| SourceFile {
                path: file
                    .path
                    .strip_prefix(&top)
                    .unwrap_or(&file.path)
                    .to_owned(),
                ..file
            })
            .collect(),
        ignored: ignored.into_iter().map(|file| file.path).collect(),
    })
}

fn is_png(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("png"))
}

/// Symbolic links to folders are not followed: they may lead anywhere, and round in circles.
fn walk(folder: &Path, prefix: String, found: &mut Vec<SourceFile>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A name that is not UTF-8 is no name of the dataset.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), format!("{path}/"), found)?;
            continue;
        }
        let metadata = fs::metadata(entry.path())?;
        if metadata.is_file() {
            found.push(SourceFile {
                path,
                source: entry.path(),
                bytes: metadata.len(),
            });
        }
    }
    Ok(())
}
