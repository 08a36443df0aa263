//! From a URL to an open lake: the only place where stores are made.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use object_store::memory::InMemory;
use object_store::path::Path;

use super::error::LakeError;
use super::folder::FolderStore;
use super::format;
use super::handle::Lake;
use super::layout;
use super::s3::{S3, S3Location, S3Settings};
use crate::release::{DatasetFormat, KnownDatasets};

/// Where a lake is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder on this machine.
    Folder(PathBuf),
    /// A bucket, or a part of one.
    S3(S3Location),
}

impl FromStr for Location {
    type Err = LakeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("file://") {
            return Ok(Self::Folder(path.into()));
        }
        if let Some(rest) = text.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let prefix = prefix.trim_end_matches('/');
            let unusable = |_| LakeError::Location(text.to_owned());
            Path::parse(prefix).map_err(unusable)?;
            if !is_bucket_name(bucket) || prefix.starts_with('/') {
                return Err(LakeError::Location(text.to_owned()));
            }
            return Ok(Self::S3(S3Location {
                bucket: bucket.to_owned(),
                prefix: prefix.to_owned(),
                settings: S3Settings::default(),
            }));
        }
        if text.is_empty() || names_scheme(text) {
            return Err(LakeError::Location(text.to_owned()));
        }
        Ok(Self::Folder(text.into()))
    }
}

/// Whether a text begins like a URL, also one with a slash too few: `s3:/bucket`. A drive such as `C:` has one letter only, and
/// `./s3:` is a folder.
fn names_scheme(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter));
    is_scheme && (rest.starts_with('/') || scheme.to_ascii_lowercase().starts_with("s3"))
}

/// Letters, digits, dots and dashes; underscores and capitals of old buckets and other servers are let through.
fn is_bucket_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || ".-_".contains(letter))
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::S3(location) => write!(f, "{location}"),
        }
    }
}

impl Lake {
    /// Opens a lake that exists, of one of the datasets that are `known`. The first is that of a lake that doesn't name any.
    pub async fn open(location: &Location, known: &KnownDatasets) -> Result<Self, LakeError> {
        match location {
            Location::Folder(path) if path.is_file() => {
                Err(LakeError::NotAFolder(location.to_string()))
            }
            Location::Folder(path) if !path.is_dir() => {
                Err(LakeError::Missing(location.to_string()))
            }
            Location::Folder(path) => folder(location, path, known).await,
            Location::S3(location) => s3(location, known).await,
        }
    }

    /// Opens a lake, making its folder if there is none. A bucket must exist.
    pub async fn create(location: &Location, known: &KnownDatasets) -> Result<Self, LakeError> {
        if let Location::Folder(path) = location {
            if path.is_file() {
                return Err(LakeError::NotAFolder(location.to_string()));
            }
            std::fs::create_dir_all(path).map_err(io_error("make folder", path))?;
        }
        Self::open(location, known).await
    }

    /// An empty lake that is gone with its last clone.
    #[must_use]
    pub fn in_memory(name: &str, dataset: &'static dyn DatasetFormat) -> Self {
        Self::with_store(Arc::new(InMemory::new()), name, dataset)
    }

    /// Opens a lake to look at it before it is made: one that doesn't exist is empty, and nothing is written.
    pub async fn peek(location: &Location, known: &KnownDatasets) -> Result<Self, LakeError> {
        match Self::open(location, known).await {
            Err(LakeError::Missing(name)) => {
                let mut lake = Self::in_memory(&name, known[0]);
                if let Location::Folder(path) = location {
                    lake.folder = Some(path.clone());
                }
                Ok(lake)
            }
            opened => opened,
        }
    }
}

async fn folder(
    location: &Location,
    path: &std::path::Path,
    known: &KnownDatasets,
) -> Result<Lake, LakeError> {
    let folder = path.canonicalize().map_err(io_error("open", path))?;
    let store =
        FolderStore::new(folder.clone()).map_err(LakeError::store("open", &Path::default()))?;
    let store = Arc::new(store);
    let mut lake = Lake::with_store(Arc::clone(&store) as _, &location.to_string(), known[0]);
    lake.lister = store;
    lake.folder = Some(folder);
    let text = lake.read_if_exists(&layout::key(layout::FORMAT)).await?;
    format::check(&mut lake, text, known)?;
    Ok(lake)
}

/// The first request, which also tells whether bucket, credentials, region and owner are right.
async fn s3(location: &S3Location, known: &KnownDatasets) -> Result<Lake, LakeError> {
    let s3 = S3::connect(location).await?;
    let text = Box::pin(s3.get_patiently(&s3.key(layout::FORMAT)))
        .await
        .map_err(|source| LakeError::S3 {
            action: "open",
            path: location.to_string(),
            source: Box::new(source),
        })?;
    let store = s3
        .object_store()
        .map_err(LakeError::store("open", &Path::default()))?;
    let s3 = Arc::new(s3);
    let mut lake = Lake::with_store(store, &location.to_string(), known[0]);
    lake.lister = Arc::clone(&s3) as _;
    lake.s3 = Some(s3);
    format::check(&mut lake, text, known)?;
    Ok(lake)
}

fn io_error(
    action: &'static str,
    path: &std::path::Path,
) -> impl FnOnce(std::io::Error) -> LakeError + use<> {
    let path = path.display().to_string();
    move |source| LakeError::Store {
        action,
        path,
        source: object_store::Error::Generic {
            store: "folder",
            source: source.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_written() {
        for (text, shown) in [
            ("./lake", "./lake"),
            ("file:///srv/lake", "/srv/lake"),
            ("s3://bucket", "s3://bucket"),
            ("s3://bucket/", "s3://bucket"),
            ("s3://bucket/a b/lake/", "s3://bucket/a b/lake"),
        ] {
            let location: Location = text.parse().expect(text);
            assert_eq!(location.to_string(), shown);
        }
        for text in [
            "",
            "s3://",
            "s3:/bucket",
            "s3:bucket/lake",
            "S3://bucket",
            "s3a:/bucket",
            "file:/lake",
            "s3:///lake",
            "s3://bucket//lake",
            "s3://bucket/../x",
            "s3://a b/lake",
            "gs://bucket",
        ] {
            assert!(text.parse::<Location>().is_err(), "{text}");
        }
    }

    #[test]
    fn keys_stand_below_the_prefix() {
        for (url, key) in [
            ("s3://bucket", "landing/a"),
            ("s3://bucket/p/q", "p/q/landing/a"),
        ] {
            let Ok(Location::S3(location)) = url.parse() else {
                panic!("{url}");
            };
            assert_eq!(location.key("landing/a"), key);
        }
    }
}
