//! What a user names as the source of a dataset.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::ArchiveError;

/// Where a dataset's files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A zip file.
    Zip(PathBuf),
    /// A folder, with all folders below it.
    Folder(PathBuf),
}

impl Source {
    /// Tells from `text` and from what is there which kind it is. A file is taken for a zip; [`super::open`] says what else
    /// it is.
    pub fn find(text: &Path) -> Result<Self, ArchiveError> {
        if let Some(url) = text.to_str().filter(|text| is_remote(text)) {
            return Err(ArchiveError::SourceKind(without_secrets(url)));
        }
        let path = text.to_owned();
        match fs::metadata(text) {
            Ok(metadata) if metadata.is_dir() => Ok(Self::Folder(path)),
            Ok(metadata) if metadata.is_file() => Ok(Self::Zip(path)),
            Ok(_) => Err(ArchiveError::SpecialFile(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(ArchiveError::Missing(path))
            }
            Err(source) => Err(ArchiveError::Read { path, source }),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zip(path) | Self::Folder(path) => write!(f, "{}", path.display()),
        }
    }
}

fn is_remote(text: &str) -> bool {
    text.contains("://") || text.starts_with("kaggle:")
}

/// The URL without what may be secret in it: a signed query, a user's name and password.
fn without_secrets(url: &str) -> String {
    let open = url.split(['?', '#']).next().unwrap_or(url);
    match open.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => open.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_there_says_which_kind_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let zip = folder.path().join("a.zip");
        fs::write(&zip, b"").unwrap();
        assert_eq!(Source::find(&zip).unwrap(), Source::Zip(zip));
        assert_eq!(
            Source::find(folder.path()).unwrap(),
            Source::Folder(folder.path().to_owned())
        );
        let gone = folder.path().join("gone.zip");
        assert!(matches!(Source::find(&gone), Err(ArchiveError::Missing(path)) if path == gone));
    }

    #[test]
    fn what_this_release_cannot_read_is_named_without_secrets() {
        let message = |text: &str| Source::find(Path::new(text)).unwrap_err().to_string();
        assert_eq!(
            message("kaggle:hgunraj/covidxct@4"),
            "expected a zip file or a folder, got `kaggle:hgunraj/covidxct@4`"
        );
        assert_eq!(
            message("https://me:secret@example.com:8080/a/b.zip?X-Goog-Signature=abc#x@y"),
            "expected a zip file or a folder, got `https://example.com:8080/a/b.zip`"
        );
        assert_eq!(
            message("s3://bucket"),
            "expected a zip file or a folder, got `s3://bucket`"
        );
    }
}
