//! What a user names as the source of a dataset.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use url::Url;

use super::error::ArchiveError;
use super::kaggle::{self, Dataset};
use super::secret_url::SecretUrl;
use crate::net::request::without_secrets;

/// Where a dataset's files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A dataset on Kaggle.
    Kaggle(Dataset),
    /// A zip file on a server that answers ranges.
    Url(SecretUrl),
    /// A zip file.
    Zip(PathBuf),
    /// A folder, with all folders below it.
    Folder(PathBuf),
}

impl Source {
    /// Tells from `text` and from what is there which kind it is. A file is taken for a zip; [`super::open`] says what else
    /// it is.
    pub fn find(text: &Path) -> Result<Self, ArchiveError> {
        if let Some(remote) = text.to_str().and_then(remote) {
            return remote;
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
            Self::Kaggle(dataset) => write!(f, "{dataset}"),
            Self::Url(url) => write!(f, "{url}"),
            Self::Zip(path) | Self::Folder(path) => write!(f, "{}", path.display()),
        }
    }
}

/// The source that `text` names, if it is no path.
fn remote(text: &str) -> Option<Result<Source, ArchiveError>> {
    let wrong = |_| ArchiveError::SourceKind(without_secrets(text));
    if text.starts_with(kaggle::SCHEME) {
        return Some(text.parse().map(Source::Kaggle).map_err(wrong));
    }
    let (scheme, _) = text.split_once("://")?;
    Some(match scheme {
        "http" | "https" => Url::parse(text)
            .map(|url| Source::Url(url.into()))
            .map_err(|_| wrong(String::new())),
        _ => Err(wrong(String::new())),
    })
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
    fn what_is_elsewhere_is_told_by_its_scheme_and_shown_without_secrets() {
        let shown = |text: &str| {
            Source::find(Path::new(text))
                .map(|source| source.to_string())
                .map_err(|error| error.to_string())
        };
        assert_eq!(
            shown("kaggle:hgunraj/covidxct@4").as_deref(),
            Ok("kaggle:hgunraj/covidxct@4")
        );
        assert_eq!(
            shown("https://me:secret@example.com:8080/a/b.zip?X-Goog-Signature=abc").as_deref(),
            Ok("https://example.com:8080/a/b.zip")
        );
        let expected =
            "expected a zip file, a folder, `https://…/archive.zip` or `kaggle:owner/name`, got";
        for (text, got) in [
            ("kaggle:covidxct", "kaggle:covidxct"),
            ("s3://me:secret@bucket/a?token=b", "s3://bucket/a"),
            ("https://", "https://"),
        ] {
            assert_eq!(shown(text), Err(format!("{expected} `{got}`")));
        }
        let url = Source::find(Path::new("https://me:secret@example.com/a?b=c")).unwrap();
        assert_eq!(format!("{url:?}"), "Url(https://example.com/a)");
    }
}
