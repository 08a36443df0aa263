//! What of an archive belongs to the release, and under which path each file lands. Pure.
//!
//! Labels and metadata land at the top of `landing/<release>/`, images in the release's folder of images under the name that
//! the labels give them, wherever they lie in the source. So the image of a label line has one place in the lake, which the
//! build need not look for.

use std::collections::{HashMap, HashSet};
use std::io;

use glob::Pattern;

use super::file_name::file_name;
use super::label_names::{LabelNames, NameId};
use super::place::{Place, Places, folder};
use super::refused::{Judge, Meaning, Rejected, may_be_image};
use super::release_files::{SourceFiles, landed_name};
use crate::archive::{ArchiveEntry, Refusal, Refused};
use crate::release::{DatasetFormat, is_clutter};

/// A file that is to land.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selected {
    /// Index of the entry in the archive.
    pub(super) index: usize,
    /// Path below `landing/<release>/`.
    pub(super) path: String,
    /// Whether a label line is known to name it.
    labelled: bool,
}

/// Labels, metadata and images of one release, and what becomes of everything else.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// In archive order.
    pub(super) files: Vec<Selected>,
    /// Files that would land under one name, in archive order.
    contested: Vec<Vec<Selected>>,
    /// Files that belong to no release, or to another.
    pub(super) ignored: Vec<String>,
    /// Images outside the release's folder that no label file names.
    pub(super) unlabelled: Vec<String>,
    /// Files that are there a second time: the first one is taken.
    pub(super) copies: Vec<String>,
    /// Files of the release that `--only` left out.
    pub(super) left_out: u64,
    /// Files that are or could be the release's, and can't be taken.
    pub(super) rejected: Vec<Rejected>,
    /// What can't be taken and is not the release's.
    pub(super) passed_over: Vec<Rejected>,
}

/// What there is to select from.
pub(super) struct Source<'a> {
    format: &'static dyn DatasetFormat,
    pub(super) entries: &'a [ArchiveEntry],
    pub(super) refused: &'a [Refused],
    pub(super) files: &'a SourceFiles,
    pub(super) only: &'a [Pattern],
    /// For lakes in a folder: there two names that differ in nothing but case may be one file.
    pub(super) ignores_case: bool,
    places: Places,
    image_folder: String,
    /// The folder of the metadata: patterns may leave it out.
    top: &'a str,
}

/// The release's own folder of images, which can't be listed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnreadableFolder {
    pub(super) path: String,
    pub(super) error: io::ErrorKind,
}

impl<'a> Source<'a> {
    pub(super) fn new(
        format: &'static dyn DatasetFormat,
        entries: &'a [ArchiveEntry],
        refused: &'a [Refused],
        files: &'a SourceFiles,
        only: &'a [Pattern],
        ignores_case: bool,
    ) -> Self {
        let paths = files.all().map(|index| entries[index].path.as_str());
        let top = files.metadata.or_else(|| files.all().next());
        Self {
            format,
            entries,
            refused,
            files,
            only,
            ignores_case,
            places: Places::new(format, &[&files.release, &files.named], paths),
            image_folder: format
                .image_folders(&files.release)
                .into_iter()
                .next()
                .unwrap_or_default(),
            top: top.map_or("", |index| folder(&entries[index].path)),
        }
    }

    /// Whether the labels' names are needed to tell which images are the release's. They are not where all images lie in its
    /// own folder and are spelt as the authors do.
    pub(super) fn needs_names(&self) -> bool {
        if !self.asks_for_images() {
            return false;
        }
        let mut own_folder = None;
        let mut names = HashSet::new();
        for path in self.images().map(|(_, path)| path) {
            if self.places.of(path) != Place::Own
                || !self.is_spelt_as_published(path)
                || *own_folder.get_or_insert(folder(path)) != folder(path)
                || (self.ignores_case && !names.insert(path.to_lowercase()))
            {
                return true;
            }
        }
        self.refused.iter().any(|refused| {
            may_be_image(self.format, &refused.path)
                && !is_clutter(&refused.path)
                && (self.places.of(&refused.path) != Place::Own
                    || matches!(refused.reason, Refusal::NotUtf8))
        })
    }

    /// Chooses. `names` are those of the labels, where they are needed.
    pub(super) fn select(&self, names: Option<&LabelNames>) -> Result<Selection, UnreadableFolder> {
        let mut selection = Selection::default();
        let chosen = self.choose(names);
        let mut provided = vec![false; names.map_or(0, LabelNames::len)];
        let mut files = Vec::new();
        let mut labelled = chosen.labelled.into_iter().peekable();
        for (index, ArchiveEntry { path, .. }) in self.entries.iter().enumerate() {
            let id = labelled
                .next_if(|found| found.0 == index)
                .map(|found| found.1);
            let lands = if self.files.all().any(|file| file == index) {
                landed_name(self.format, path).to_owned()
            } else if self.files.copies.contains(&index) {
                selection.copies.push(path.clone());
                continue;
            } else if !self.format.is_image(path) || is_clutter(path) {
                selection.ignored.push(path.clone());
                continue;
            } else if let (Some(id), Some(names)) = (id, names) {
                if Some(self.preference(path, names.text(id))) != chosen.preferred[id] {
                    selection.copies.push(path.clone());
                    continue;
                }
                provided[id] = true;
                format!("{}/{}", self.image_folder, names.text(id))
            } else if self.stays(path, names.is_some(), &chosen.folders_with_labelled) {
                format!("{}/{}", self.image_folder, file_name(path))
            } else if names.is_some() {
                selection.unlabelled.push(path.clone());
                continue;
            } else {
                // Nobody has asked for images.
                selection.left_out += 1;
                continue;
            };
            if self.is_asked_for(&lands, path) {
                files.push(Selected {
                    index,
                    path: lands,
                    labelled: id.is_some(),
                });
            } else {
                selection.left_out += 1;
            }
        }
        selection.set_apart(files, self.ignores_case);
        self.judge_refused(&mut selection, names, &provided)?;
        Ok(selection)
    }

    /// Whether an image's extension is in lower case.
    fn is_spelt_as_published(&self, path: &str) -> bool {
        let extension = path.rsplit_once('.').map(|(_, extension)| extension);
        extension.is_some_and(|extension| self.format.image_extensions().contains(&extension))
    }

    /// Images that are not left behind by a program.
    fn images(&self) -> impl Iterator<Item = (usize, &str)> {
        let entries = self.entries.iter().enumerate();
        let images = entries.map(|(index, entry)| (index, entry.path.as_str()));
        images.filter(|(_, path)| self.format.is_image(path) && !is_clutter(path))
    }

    /// Which images the labels name, and where the best of those with one name lie.
    fn choose(&self, names: Option<&LabelNames>) -> Chosen<'_> {
        let mut chosen = Chosen::default();
        let Some(names) = names else {
            return chosen;
        };
        chosen.preferred = vec![None; names.len()];
        for (index, path) in self.images() {
            let Some(id) = names.find(file_name(path)) else {
                continue;
            };
            chosen.labelled.push((index, id));
            let preference = self.preference(path, names.text(id));
            let best = &mut chosen.preferred[id];
            *best = Some(best.map_or(preference, |best| best.min(preference)));
            if self.places.of(path) == Place::Own {
                chosen.folders_with_labelled.insert(folder(path));
            }
        }
        chosen
    }

    fn preference(&self, path: &str, name: &str) -> Preference {
        let (place, elsewhere) = self.places.preference(path);
        (place, elsewhere, file_name(path) != name)
    }

    /// Whether an image that no label is known to name is the release's all the same: by its own folder. A folder `images`, as
    /// CT-1 calls its own, may be any other, unless one of its files is labelled.
    fn stays(&self, path: &str, names_known: bool, with_labelled: &HashSet<&str>) -> bool {
        self.places.of(path) == Place::Own
            && (!names_known
                || !Places::is_generic(folder(path))
                || with_labelled.contains(folder(path)))
    }

    fn is_asked_for(&self, lands: &str, path: &str) -> bool {
        let short = path.strip_prefix(self.top).unwrap_or(path);
        self.only.is_empty()
            || self.only.iter().any(|pattern| {
                [lands, path, short]
                    .iter()
                    .any(|path| pattern.matches(path))
            })
    }

    fn asks_for_images(&self) -> bool {
        self.only.is_empty()
            || self
                .only
                .iter()
                .any(|only| may_name_image(self.format, only))
    }

    fn judge_refused(
        &self,
        selection: &mut Selection,
        names: Option<&LabelNames>,
        provided: &[bool],
    ) -> Result<(), UnreadableFolder> {
        let judge = Judge {
            format: self.format,
            places: &self.places,
            image_folder: &self.image_folder,
            named: &self.files.named,
            files: self
                .files
                .roles()
                .map(|(role, index)| (role, self.entries[index].path.as_str()))
                .collect(),
            names,
            provided,
        };
        for refused in self.refused {
            let mut rejected = Rejected {
                path: refused.path.clone(),
                reason: refused.reason.to_string(),
                lands: String::new(),
            };
            match judge.meaning(refused) {
                Meaning::OfRelease(lands) if self.is_asked_for(&lands, &refused.path) => {
                    rejected.lands = lands;
                    selection.rejected.push(rejected);
                }
                Meaning::OwnFolder(error) if self.asks_for_images() => {
                    let path = rejected.path;
                    return Err(UnreadableFolder { path, error });
                }
                _ => selection.passed_over.push(rejected),
            }
        }
        Ok(())
    }
}

/// Of files with the same name the least is preferred: by its folder, then as the one that lies with the labels, then as the one
/// that is spelt like its label.
type Preference = (Place, bool, bool);

/// Images that the labels name.
#[derive(Default)]
struct Chosen<'a> {
    /// Index in the archive and name, in archive order.
    labelled: Vec<(usize, NameId)>,
    /// Where the best of those with a name lie, by name.
    preferred: Vec<Option<Preference>>,
    /// Own folders in which there is one.
    folders_with_labelled: HashSet<&'a str>,
}

impl Selection {
    /// Takes the files with a name of their own, and sets apart those that share one.
    fn set_apart(&mut self, files: Vec<Selected>, ignores_case: bool) {
        let name = |file: &Selected| {
            if ignores_case {
                file.path.to_lowercase()
            } else {
                file.path.clone()
            }
        };
        let mut counts: HashMap<String, u32> = HashMap::with_capacity(files.len());
        for file in &files {
            *counts.entry(name(file)).or_default() += 1;
        }
        if counts.len() == files.len() {
            self.files = files;
            return;
        }
        let mut groups: HashMap<String, usize> = HashMap::new();
        for file in files {
            let name = name(&file);
            if counts[&name] == 1 {
                self.files.push(file);
                continue;
            }
            let next = self.contested.len();
            let group = *groups.entry(name).or_insert(next);
            if group == next {
                self.contested.push(Vec::new());
            }
            self.contested[group].push(file);
        }
    }

    /// Files that share a name and a size, by their indices in the archive: their content has to be compared.
    pub(super) fn contested(&self, entries: &[ArchiveEntry]) -> Vec<usize> {
        let bytes = |file: &Selected| entries[file.index].bytes;
        let groups = self.contested.iter();
        let alike = groups.filter(|group| group.iter().all(|file| bytes(file) == bytes(&group[0])));
        alike.flatten().map(|file| file.index).collect()
    }

    /// Settles which of the files that share a name are taken: of those with the same content the first, else none, for nobody
    /// knows which is meant. `crc32` is that of the [`Self::contested`] that could be read.
    pub(super) fn settle(
        &mut self,
        entries: &[ArchiveEntry],
        crc32: impl Fn(usize) -> Option<u32>,
    ) {
        for group in std::mem::take(&mut self.contested) {
            let first = group.iter().find(|file| file.labelled).unwrap_or(&group[0]);
            let first = first.clone();
            let of_first = crc32(first.index);
            let one = of_first.is_some()
                && group.iter().all(|file| {
                    crc32(file.index) == of_first && (!file.labelled || file.path == first.path)
                });
            for file in group {
                let path = entries[file.index].path.clone();
                if !one {
                    self.rejected.push(Rejected {
                        path,
                        reason: format!("several files would land as `{}`", file.path),
                        lands: file.path,
                    });
                } else if file.index == first.index {
                    self.files.push(file);
                } else {
                    self.copies.push(path);
                }
            }
        }
        self.files.sort_unstable_by_key(|file| file.index);
    }
}

/// Whether the name of an image can match: the letters at a pattern's end stand for themselves.
fn may_name_image(format: &dyn DatasetFormat, pattern: &Pattern) -> bool {
    let text = pattern.as_str();
    let literal = text.rsplit(['*', '?', ']']).next().unwrap_or(text);
    match literal.rsplit_once('.') {
        Some((_, extension)) => {
            let mut known = format.image_extensions().iter();
            known.any(|known| known.eq_ignore_ascii_case(extension))
        }
        None => true,
    }
}
