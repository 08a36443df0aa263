//! Which of the entries that an archive refuses matter to a release.

use std::io;

use serde::Serialize;

use super::file_name::file_name;
use super::label_names::LabelNames;
use super::place::Places;
use crate::archive::{Refusal, Refused};
use crate::release::{DatasetFormat, FileRole, Release, is_clutter};

/// A file that is not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// Path in the archive.
    pub path: String,
    /// Why.
    pub reason: String,
    /// Path below the release's folder that it would have, as far as that can be told.
    #[serde(skip)]
    pub(super) lands: String,
}

/// What a refused entry means for the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It could be one of the release's files, which would then have that path below the release's folder.
    OfRelease(String),
    /// The release's own folder of images, which the system does not let us list.
    OwnFolder(io::ErrorKind),
    /// Nothing: the release can do without it.
    Stranger,
}

/// What is known of the release when a refused entry is judged.
pub(super) struct Judge<'a> {
    pub(super) format: &'a dyn DatasetFormat,
    pub(super) places: &'a Places,
    pub(super) image_folder: &'a str,
    /// The release as the label files name it.
    pub(super) named: &'a Release,
    /// The label files and the metadata that were found.
    pub(super) files: Vec<(FileRole, &'a str)>,
    /// The labels' names, where they were read.
    pub(super) names: Option<&'a LabelNames>,
    /// By name, whether the source has an image that can be taken.
    pub(super) provided: &'a [bool],
}

impl Judge<'_> {
    /// Judges by the path, which may be shortened and have signs for what is no text.
    pub(super) fn meaning(&self, refused: &Refused) -> Meaning {
        let path = with_slashes(refused);
        if is_clutter(&path) {
            return Meaning::Stranger;
        }
        if path.ends_with('/') {
            return match refused.reason {
                Refusal::Unreadable { error }
                    if self.places.own_folder(&path).is_some() && !self.has_all_images() =>
                {
                    Meaning::OwnFolder(error)
                }
                _ => Meaning::Stranger,
            };
        }
        let name = file_name(&path);
        if !self.may_be_labelled(name, refused.reason) {
            return Meaning::Stranger;
        }
        if let Some(found) = self.counterpart(name) {
            // What lies deeper than the one that was found is not looked for.
            let depth = |path: &str| path.matches('/').count();
            return if depth(&path) <= depth(found) {
                Meaning::OfRelease(self.format.landed_name(name).to_owned())
            } else {
                Meaning::Stranger
            };
        }
        // A link to a folder of images, say.
        if self.places.is_own(name) && !self.has_all_images() {
            return Meaning::OfRelease(path.clone());
        }
        if !may_be_image(self.format, name) {
            return Meaning::Stranger;
        }
        let named = self.names.and_then(|names| {
            let id = names.find(name)?;
            Some((id, names.text(id)))
        });
        match named {
            Some((id, _)) if self.provided[id] => Meaning::Stranger,
            Some((_, name)) => Meaning::OfRelease(format!("{}/{name}", self.image_folder)),
            None if self.places.own_folder(&path).is_some() => {
                Meaning::OfRelease(format!("{}/{name}", self.image_folder))
            }
            None => Meaning::Stranger,
        }
    }

    /// Whether a label line, or one of the release's own files, may have the name of a refused file. Lines are UTF-8 and hold no
    /// control character; bytes that are no text may stand for a letter that a label has in UTF-8.
    fn may_be_labelled(&self, name: &str, reason: Refusal) -> bool {
        match reason {
            Refusal::ControlCharacter | Refusal::EmptyName => false,
            Refusal::NotUtf8 => {
                let begin = name.split(char::REPLACEMENT_CHARACTER).next();
                let end = name.rsplit([char::REPLACEMENT_CHARACTER, '…']).next();
                self.names.is_some_and(|names| {
                    (0..names.len()).filter(|id| !self.provided[*id]).any(|id| {
                        let label = names.text(id);
                        !label.is_ascii()
                            && begin.is_some_and(|begin| label.starts_with(begin))
                            && end.is_some_and(|end| label.ends_with(end))
                    })
                })
            }
            _ => true,
        }
    }

    /// Whether the source has an image that can be taken for every name of the labels.
    fn has_all_images(&self) -> bool {
        self.names.is_some() && self.provided.iter().all(|provided| *provided)
    }

    /// The label file or the metadata that was found, where `name` is a name of it.
    fn counterpart(&self, name: &str) -> Option<&str> {
        let recognised = self.format.recognise(name)?;
        let mut files = self.files.iter();
        let (_, path) = files.find(|(role, _)| *role == recognised.role)?;
        let is_of = self.format.is_of(&recognised, self.named);
        is_of.then_some(*path)
    }
}

/// Whether a name is that of an image, or is cut off before that can be told.
pub(super) fn may_be_image(format: &dyn DatasetFormat, name: &str) -> bool {
    format.is_image(name) || name.ends_with('…')
}

/// Whether a refused entry, of whatever release, may be labels or metadata, or a folder with them.
pub(super) fn may_be_of_release(format: &dyn DatasetFormat, refused: &Refused) -> bool {
    let path = with_slashes(refused);
    !is_clutter(&path) && (path.ends_with('/') || format.recognise(file_name(&path)).is_some())
}

/// A refused path with `/` between its folders: whoever wrote a backslash meant that. One that stands for a letter that can't be
/// shown, as in `\u{1b}`, is no separator.
fn with_slashes(refused: &Refused) -> String {
    let has_escapes = refused.reason == Refusal::ControlCharacter;
    let is_escape = |after: &str| {
        after.starts_with("u{") || (has_escapes && after.starts_with(['0', 't', 'n', 'r']))
    };
    let path = &refused.path;
    let letters = path.char_indices().map(|(at, letter)| match letter {
        '\\' if !is_escape(&path[at + 1..]) => '/',
        letter => letter,
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::{Refusal, Refused, with_slashes};

    #[test]
    fn a_backslash_that_stands_for_a_letter_is_no_separator() {
        use Refusal::{Backslash, ControlCharacter, DriveLetter};
        for (path, reason, expected) in [
            (r"2A_images\a.png", Backslash, "2A_images/a.png"),
            (r"2A_images\name.png", Backslash, "2A_images/name.png"),
            (r"C:\a\train.png", DriveLetter, "C:/a/train.png"),
            (
                r"2A_images/\u{1b}[2J.png",
                ControlCharacter,
                r"2A_images/\u{1b}[2J.png",
            ),
            (r"2A_images\a\n.png", ControlCharacter, r"2A_images/a\n.png"),
            (r"a\b\u{200b}.png", Backslash, r"a/b\u{200b}.png"),
        ] {
            let path = path.to_owned();
            assert_eq!(with_slashes(&Refused { path, reason }), expected);
        }
    }
}
