//! How the files of a dataset are recognised, and what its tables are.

use std::fmt::Debug;

use super::{FindError, Recognised, Release, ReleaseFiles, ReleaseNameError};
use crate::contract::Contract;

/// The datasets that a program knows; there is at least one.
pub type KnownDatasets = [&'static dyn DatasetFormat];

/// What a lake knows of the dataset that it holds: its name, its contract, and which files are of a release of it.
///
/// A file is recognised by the last component of its path. The order of [`ReleaseFiles::labels`] is that of the dataset's splits.
pub trait DatasetFormat: Debug + Send + Sync {
    /// Its name: in `lake.json` and in each log entry.
    fn name(&self) -> &'static str;

    /// Its tables, rules, views and measures.
    fn contract(&self) -> &'static Contract;

    /// The release of that name, as the dataset spells it.
    fn release(&self, name: &str) -> Result<Release, ReleaseNameError>;

    /// Recognises a label file or the metadata.
    fn recognise(&self, file_name: &str) -> Option<Recognised>;

    /// The name under which a label file or the metadata lands: without an extension that was put behind its own.
    fn landed_name<'a>(&self, file_name: &'a str) -> &'a str;

    /// Whether a file of the release `of` that was recognised is one of `release`, of which it may be a variant.
    fn is_of(&self, recognised: &Recognised, release: &Release) -> bool;

    /// Picks the files of the release that `wanted` names, or of the only one there is, from paths with `/`. Where the files are
    /// of one other release, the name that is given wins.
    fn find(&self, paths: &[&str], wanted: Option<&Release>) -> Result<ReleaseFiles, FindError>;

    /// What a release consists of besides images, in words.
    fn files_of_a_release(&self) -> &'static str;

    /// The extensions of images, in lower case.
    fn image_extensions(&self) -> &'static [&'static str];

    /// Whether a file is an image, by its extension in any case.
    fn is_image(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let extension = match name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => extension,
            _ => return false,
        };
        let mut known = self.image_extensions().iter();
        known.any(|known| known.eq_ignore_ascii_case(extension))
    }

    /// Names of folders whose images are a release's; where they land is the first.
    fn image_folders(&self, release: &Release) -> Vec<String>;

    /// Whether a folder's name is that of a release's images.
    fn is_image_folder(&self, name: &str) -> bool;

    /// Calls `each` with the name of the image of each line of a label file. Lines that can't be parsed name no image.
    fn for_each_image_name(&self, labels: &[u8], each: &mut dyn FnMut(&str));
}
