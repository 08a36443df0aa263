//! The releases of the dataset, and the files each comes in.

use super::Split;
use crate::release::{FileRole, Recognised, Release, ReleaseNameError};

mod find;

pub use find::{find, find_as};

/// What the releases of COVIDx CT have in common: `CT-` and letters, digits, `.`, `_` or `-`.
pub trait CtRelease {
    /// The release that a B variant is published on top of: it adds patients to the train split, and has the val and test
    /// labels and the folder of images of its A. CT-2A for CT-2B, `None` for all others.
    fn base(&self) -> Option<Release>;

    /// The folder of images: `images` for CT-1, `2A_images` for CT-2A and for CT-2B, which is published with the images of CT-2A.
    fn image_folder(&self) -> String;

    /// Names of folders whose images are this release's: `2A_images` for CT-2A, for CT-2B also `2B_images`.
    fn image_folders(&self) -> Vec<String>;

    /// How release 2 and 3 name a split's label file: `train_COVIDx_CT-2A.txt`.
    fn label_file_name(&self, split: Split) -> String;
}

impl CtRelease for Release {
    fn base(&self) -> Option<Release> {
        let number = id(self).strip_suffix('B')?;
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| from_id(&format!("{number}A")))?
    }

    fn image_folder(&self) -> String {
        match id(self.base().as_ref().unwrap_or(self)) {
            "1" => "images".to_owned(),
            id => format!("{id}_images"),
        }
    }

    fn image_folders(&self) -> Vec<String> {
        let mut names = vec![self.image_folder()];
        if self.base().is_some() {
            names.push(format!("{}_images", id(self)));
        }
        names
    }

    fn label_file_name(&self, split: Split) -> String {
        format!("{split}_COVIDx_{self}.txt")
    }
}

/// The release of that name. Written in capitals where the authors do: `ct-2a` reads as `CT-2A`.
pub fn named(name: &str) -> Result<Release, ReleaseNameError> {
    strip_prefix_ignoring_case(name, PREFIX)
        .and_then(from_id)
        .ok_or_else(|| ReleaseNameError {
            expected: "a release such as `CT-2A` (`CT-`, then letters, digits, `.`, `_` or `-`)",
            got: name.to_owned(),
        })
}

/// The release whose name is `CT-` and `id`.
fn from_id(id: &str) -> Option<Release> {
    let bytes = id.as_bytes();
    let digits = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let authors = digits > 0 && bytes.len() <= digits + 1;
    let id = match id {
        "" => return None,
        id if authors => id.to_ascii_uppercase(),
        id => id.to_owned(),
    };
    format!("{PREFIX}{id}").parse().ok()
}

/// What stands behind `CT-`.
fn id(release: &Release) -> &str {
    let name = release.as_str();
    name.strip_prefix(PREFIX).unwrap_or(name)
}

/// Whether a folder is named as the authors name those of images: `2A_images`.
#[must_use]
pub fn is_image_folder(name: &str) -> bool {
    let digits = name.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let rest = digits
        .strip_prefix(|letter: char| letter.is_ascii_alphabetic())
        .unwrap_or(digits);
    digits.len() < name.len() && rest.eq_ignore_ascii_case("_images")
}

const PREFIX: &str = "CT-";

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
            role: FileRole::Metadata,
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
        from_id("1")
    } else {
        let id = version.strip_prefix(['_', '-'])?;
        let numbered = strip_prefix_ignoring_case(id, "v")
            .filter(|number| number.starts_with(|first: char| first.is_ascii_digit()));
        from_id(numbered.unwrap_or(id))
    };
    Some(Recognised {
        role: FileRole::Labels(split.as_str()),
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
        named(name).unwrap()
    }

    #[test]
    fn names() {
        assert_eq!(release("CT-2A").as_str(), "CT-2A");
        assert_eq!(release("ct-2a"), release("CT-2A"));
        assert_eq!(release("CT-sample_1.0").as_str(), "CT-sample_1.0");
        for wrong in ["", "2A", "CT-", "CT-2/A", "CT-2 A", "CT-é", "é"] {
            assert!(named(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(
            named("2A").unwrap_err().to_string(),
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
            assert_eq!(recognised.role, FileRole::Labels(split.as_str()), "{name}");
            assert_eq!(recognised.release, Some(release(expected)), "{name}");
            let own = release(expected).label_file_name(split);
            assert_eq!(recognise(&own), Some(recognised));
        }
    }

    #[test]
    fn metadata_in_any_case() {
        for name in ["metadata.csv", "metadata.txt", "Metadata.CSV"] {
            let recognised = recognise(name).unwrap();
            assert_eq!(recognised.role, FileRole::Metadata);
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
