//! The name of a dataset on Kaggle.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// How a dataset on Kaggle is told from a path.
pub(in crate::archive) const SCHEME: &str = "kaggle:";

/// A dataset, and one version of it or the latest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dataset {
    /// Whose it is.
    pub owner: String,
    /// Its name below the owner's.
    pub slug: String,
    /// 1-based; the latest without it.
    pub version: Option<u32>,
}

impl FromStr for Dataset {
    /// The text, which is no name of a dataset.
    type Err = String;

    /// `kaggle:owner/slug` or `kaggle:owner/slug@version`.
    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let name = text.strip_prefix(SCHEME)?;
            let (name, version) = match name.split_once('@') {
                Some((name, version)) => (name, Some(version.parse().ok().filter(|v| *v > 0)?)),
                None => (name, None),
            };
            let (owner, slug) = name.split_once('/')?;
            (is_slug(owner) && is_slug(slug)).then(|| Self {
                owner: owner.to_owned(),
                slug: slug.to_owned(),
                version,
            })
        };
        parse().ok_or_else(|| text.to_owned())
    }
}

fn is_slug(text: &str) -> bool {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    !text.is_empty() && text.chars().all(allowed)
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.owner, self.slug)?;
        match self.version {
            Some(version) => write!(f, "@{version}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written_alike() {
        for text in ["kaggle:hgunraj/covidxct", "kaggle:a-b/c_d@4"] {
            assert_eq!(
                text.parse::<Dataset>().map(|name| name.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "hgunraj/covidxct",
            "kaggle:covidxct",
            "kaggle:/covidxct",
            "kaggle:hgunraj/",
            "kaggle:hgunraj/covidxct@",
            "kaggle:hgunraj/covidxct@0",
            "kaggle:hgunraj/covidxct@four",
            "kaggle:hgunraj/covidxct/metadata.csv",
            "kaggle:../covidxct",
        ] {
            assert_eq!(text.parse::<Dataset>(), Err(text.to_owned()));
        }
    }
}
