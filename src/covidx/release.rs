//! A release of the dataset, and the files it comes in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Split;

mod clutter;
mod find;

pub use clutter::is_clutter;
pub use find::{FindError, ReleaseFiles, find, find_as};

/// The name of a release, such as `CT-2A`.
///
/// `CT-` and letters, digits, `.`, `_` or `-`. Written in capitals where the authors do: `ct-2a`
/// reads as `CT-2A`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Release(String);

/// A text that names no release.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "expected a release such as `CT-2A` (`CT-`, then letters, digits, `.`, `_` or `-`), got `{got}`"
)]
pub struct ReleaseNameError {
    /// The text.
    pub got: String,
}

impl Release {
    /// The release whose name is `CT-` and `id`.
    fn from_id(id: &str) -> Option<Self> {
        let bytes = id.as_bytes();
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
        if id.is_empty() || !bytes.iter().all(allowed) {
            return None;
        }
        let digits = bytes
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let authors = digits > 0 && bytes.len() <= digits + 1;
        let id = if authors {
            id.to_ascii_uppercase()
        } else {
            id.to_owned()
        };
        Some(Self(format!("CT-{id}")))
    }

    /// The name, `CT-2A`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The release that a B variant is published on top of: it adds patients to the train split, and has the val and test
    /// labels and the folder of images of its A. CT-2A for CT-2B, `None` for all others.
    #[must_use]
    pub fn base(&self) -> Option<Self> {
        let number = self.id().strip_suffix('B')?;
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| Self(format!("CT-{number}A")))
    }

    /// The folder of images: `images` for CT-1, `2A_images` for CT-2A and for CT-2B, which is published with the images of CT-2A.
    #[must_use]
    pub fn image_folder(&self) -> String {
        match self.base().as_ref().unwrap_or(self).id() {
            "1" => "images".to_owned(),
            id => format!("{id}_images"),
        }
    }

    /// Names of folders whose images are this release's: `2A_images` for CT-2A, for CT-2B also `2B_images`.
    #[must_use]
    pub fn image_folders(&self) -> Vec<String> {
        let mut names = vec![self.image_folder()];
        if self.base().is_some() {
            names.push(format!("{}_images", self.id()));
        }
        names
    }

    /// How release 2 and 3 name a split's label file: `train_COVIDx_CT-2A.txt`.
    #[must_use]
    pub fn label_file_name(&self, split: Split) -> String {
        format!("{split}_COVIDx_{self}.txt")
    }

    /// What stands behind `CT-`.
    fn id(&self) -> &str {
        &self.0["CT-".len()..]
    }

    fn is(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Release {
    type Err = ReleaseNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        strip_prefix_ignoring_case(name, "CT-")
            .and_then(Self::from_id)
            .ok_or_else(|| ReleaseNameError {
                got: name.to_owned(),
            })
    }
}

impl TryFrom<String> for Release {
    type Error = ReleaseNameError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl From<Release> for String {
    fn from(release: Release) -> Self {
        release.0
    }
}

/// A file of a release that is not an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReleaseFile {
    /// The label file of a split.
    Split(Split),
    /// The table of patients.
    Metadata,
}

/// What a file name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// Which file it is.
    pub file: ReleaseFile,
    /// Of which release; the metadata's name does not say.
    pub release: Option<Release>,
}

/// The name of a label file or of the metadata without an extension that was put behind its own: Windows hides the one that a
/// file has, and whoever types it again names the file `metadata.csv.csv` or `metadata.csv.txt`.
#[must_use]
pub fn own_name(file_name: &str) -> &str {
    let has_extension = |name: &str| {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        extension.is_some_and(|extension| {
            ["csv", "txt"]
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
        })
    };
    let mut name = file_name;
    while let Some((shorter, _)) = name.rsplit_once('.')
        && has_extension(name)
        && has_extension(shorter)
    {
        name = shorter;
    }
    name
}

/// Recognises a label file or the metadata by its name without a folder, in any case.
///
/// | name | file | release |
/// |---|---|---|
/// | `metadata.csv`, `metadata.txt` | metadata | not said |
/// | `train_COVIDx_CT-2A.txt`, `Val_COVIDx_CT-2A.txt` | split | CT-2A |
/// | `train_COVIDx-CT_v2A.txt` | split | CT-2A |
/// | `train_COVIDx_CT-1.txt`, `train_COVIDx-CT.txt` | split | CT-1 |
///
/// So are those with a second extension, see [`own_name`].
#[must_use]
pub fn recognise(file_name: &str) -> Option<Recognised> {
    let file_name = own_name(file_name);
    if ["metadata.csv", "metadata.txt"]
        .iter()
        .any(|name| file_name.eq_ignore_ascii_case(name))
    {
        return Some(Recognised {
            file: ReleaseFile::Metadata,
            release: None,
        });
    }
    let (split, rest) = Split::ALL.into_iter().find_map(|split| {
        let rest = strip_prefix_ignoring_case(file_name, split.as_str())?;
        Some((split, strip_prefix_ignoring_case(rest, "_COVIDx")?))
    })?;
    let rest = rest.strip_prefix(['_', '-'])?;
    let rest = strip_prefix_ignoring_case(rest, "CT")?;
    let end = rest.len().checked_sub(".txt".len())?;
    let (version, extension) = rest.split_at_checked(end)?;
    if !extension.eq_ignore_ascii_case(".txt") {
        return None;
    }
    let release = if version.is_empty() {
        Release::from_id("1")
    } else {
        let id = version.strip_prefix(['_', '-'])?;
        let numbered = strip_prefix_ignoring_case(id, "v")
            .filter(|number| number.starts_with(|first: char| first.is_ascii_digit()));
        Release::from_id(numbered.unwrap_or(id))
    };
    Some(Recognised {
        file: ReleaseFile::Split(split),
        release: Some(release?),
    })
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn release(name: &str) -> Release {
        name.parse().unwrap()
    }

    #[test]
    fn names() {
        assert_eq!(release("CT-2A").as_str(), "CT-2A");
        assert_eq!(release("ct-2a"), release("CT-2A"));
        assert_eq!(release("CT-sample_1.0").as_str(), "CT-sample_1.0");
        for wrong in ["", "2A", "CT-", "CT-2/A", "CT-2 A", "CT-é", "é"] {
            assert!(wrong.parse::<Release>().is_err(), "{wrong:?}");
        }
        assert_eq!(
            "2A".parse::<Release>().unwrap_err().to_string(),
            "expected a release such as `CT-2A` \
             (`CT-`, then letters, digits, `.`, `_` or `-`), got `2A`"
        );
    }

    #[test]
    fn folders() {
        assert_eq!(release("CT-1").image_folder(), "images");
        assert_eq!(release("CT-2A").image_folder(), "2A_images");
        assert_eq!(release("CT-3A").image_folder(), "3A_images");
        assert_eq!(release("CT-2B").image_folder(), "2A_images");
        assert_eq!(release("CT-2A").image_folders(), ["2A_images"]);
        assert_eq!(release("CT-2B").image_folders(), ["2A_images", "2B_images"]);
    }

    #[test]
    fn b_variants_have_a_base() {
        assert_eq!(release("CT-2B").base(), Some(release("CT-2A")));
        assert_eq!(release("ct-3b").base(), Some(release("CT-3A")));
        for other in ["CT-1", "CT-2A", "CT-B", "CT-2", "CT-labB", "CT-v2B"] {
            assert_eq!(release(other).base(), None, "{other}");
        }
    }

    #[test]
    fn label_files() {
        for (name, split, expected) in [
            ("train_COVIDx_CT-2A.txt", Split::Train, "CT-2A"),
            ("Val_COVIDx_CT-3A.txt", Split::Val, "CT-3A"),
            ("TEST_COVIDX_CT-2A.TXT", Split::Test, "CT-2A"),
            ("test_covidx_ct-2a.txt", Split::Test, "CT-2A"),
            ("train_COVIDx-CT.txt", Split::Train, "CT-1"),
            ("train_COVIDx-CT_v2A.txt", Split::Train, "CT-2A"),
            ("train_COVIDx_CT-1.txt", Split::Train, "CT-1"),
            ("train_COVIDx_CT-vendor.txt", Split::Train, "CT-vendor"),
        ] {
            let recognised = recognise(name).unwrap();
            assert_eq!(recognised.file, ReleaseFile::Split(split), "{name}");
            assert_eq!(recognised.release, Some(release(expected)), "{name}");
            let own = release(expected).label_file_name(split);
            assert_eq!(recognise(&own), Some(recognised));
        }
    }

    #[test]
    fn metadata_in_any_case() {
        for name in ["metadata.csv", "metadata.txt", "Metadata.CSV"] {
            let recognised = recognise(name).unwrap();
            assert_eq!(recognised.file, ReleaseFile::Metadata);
            assert_eq!(recognised.release, None);
        }
    }

    #[test]
    fn a_second_extension_is_no_release() {
        for (name, own) in [
            ("train_COVIDx_CT-2A.txt.txt", "train_COVIDx_CT-2A.txt"),
            ("train_COVIDx_CT-2A.TXT.txt.csv", "train_COVIDx_CT-2A.TXT"),
            (
                "train_COVIDx_CT-sample_1.0.txt",
                "train_COVIDx_CT-sample_1.0.txt",
            ),
            ("metadata.csv.txt", "metadata.csv"),
            ("Metadata.csv.CSV", "Metadata.csv"),
            ("metadata.txt.txt", "metadata.txt"),
        ] {
            assert_eq!(own_name(name), own);
            assert_eq!(recognise(name), recognise(own));
            assert!(recognise(own).is_some(), "{own}");
        }
        for name in ["", ".txt", "csv", "a.png.txt", "a.txt.png"] {
            assert_eq!(own_name(name), name);
        }
    }

    #[test]
    fn other_files() {
        for name in [
            "",
            "metadata",
            "._metadata.csv",
            "train.txt",
            "train_COVIDx_CT-2A",
            "train_COVIDx_CT-2A.csv",
            "train_COVIDx_CT-2A.csv.txt",
            "train_COVIDx_CT2A.txt",
            "train_COVIDx_CT-.txt",
            "train_COVIDx_CT-2 A.txt",
            "train_COVIDxé",
            "mytrain_COVIDx_CT-2A.txt",
        ] {
            assert_eq!(recognise(name), None, "{name:?}");
        }
    }
}
