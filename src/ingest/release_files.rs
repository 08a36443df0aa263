//! The label files and the metadata in a source, and the names that the labels give.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;

use super::error::IngestError;
use super::file_name::file_name;
use super::label_names::LabelNames;
use super::refused::may_be_of_release;
use crate::archive::{Archive, ArchiveError};
use crate::covidx::release::{self, FindError, ReleaseFiles, recognise};
use crate::covidx::{Release, Split};

/// Label files and metadata of one release in a source.
#[derive(Debug)]
pub(super) struct SourceFiles {
    /// The release that they are ingested as.
    pub(super) release: Release,
    /// The release that the name of the train labels says.
    pub(super) named: Release,
    /// Indices of the label files in the archive, in the order of [`Split::ALL`].
    pub(super) splits: [usize; 3],
    /// Index of the metadata.
    pub(super) metadata: usize,
    /// Further files with the name and the content of one of these.
    pub(super) copies: Vec<usize>,
}

impl SourceFiles {
    /// Indices of all four.
    pub(super) fn all(&self) -> [usize; 4] {
        let [train, val, test] = self.splits;
        [train, val, test, self.metadata]
    }
}

/// Looks for the files of the release that was asked for, or of the only one. Where the source has one of them twice with the
/// same content, the one in the fewest folders is taken; which of two contents is meant nobody can tell.
pub(super) async fn find(
    archive: &dyn Archive,
    wanted: Option<&Release>,
) -> Result<SourceFiles, IngestError> {
    let entries = archive.entries();
    let mut copies: HashSet<usize> = HashSet::new();
    let index_of = |path: &str| {
        let index = entries.iter().position(|entry| entry.path == path);
        index.expect("a path of the archive")
    };
    let found = loop {
        let names = entries.iter().enumerate();
        let names = names.filter(|(index, _)| !copies.contains(index));
        let names = names.map(|(_, entry)| entry.path.as_str());
        match release::find_as(names, wanted) {
            Ok(found) => break found,
            Err(FindError::TwoFiles { first, second })
                if same_content(archive, index_of(&first), index_of(&second)).await? =>
            {
                let depth = |path: &str| path.matches('/').count();
                let copy = if depth(&second) < depth(&first) {
                    first
                } else {
                    second
                };
                copies.insert(index_of(&copy));
            }
            Err(source) => return Err(not_whole(archive, source)),
        }
    };
    let ReleaseFiles {
        release,
        splits,
        metadata,
    } = found;
    let named = recognise(file_name(&splits[0])).and_then(|name| name.release);
    let mut copies: Vec<usize> = copies.into_iter().collect();
    copies.sort_unstable();
    Ok(SourceFiles {
        named: named.unwrap_or_else(|| release.clone()),
        release,
        splits: splits.map(|path| index_of(&path)),
        metadata: index_of(&metadata),
        copies,
    })
}

/// Whether two files have the same content. What can't be read is the same as nothing.
async fn same_content(
    archive: &dyn Archive,
    first: usize,
    second: usize,
) -> Result<bool, ArchiveError> {
    let entries = archive.entries();
    if entries[first].bytes != entries[second].bytes {
        return Ok(false);
    }
    let mut sums = Vec::new();
    for index in [first, second] {
        match archive.crc32(index).await {
            Ok(crc32) => sums.push(crc32),
            Err(error) if error.is_of_one_entry() => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(sums[0] == sums[1])
}

fn not_whole(archive: &dyn Archive, source: FindError) -> IngestError {
    let refused = archive.refused();
    let refused = refused
        .iter()
        .find(|refused| may_be_of_release(refused))
        .or_else(|| refused.first());
    IngestError::Files {
        archive: archive.name().to_owned(),
        refused: refused.map(|refused| format!("`{}`: {}", refused.path, refused.reason)),
        source: Box::new(source),
    }
}

/// The name under which a label file or the metadata lands.
pub(super) fn landed_name(path: &str) -> &str {
    release::own_name(file_name(path))
}

/// What the label files say.
#[derive(Debug, Default)]
pub(super) struct Labels {
    pub(super) names: LabelNames,
    /// The content of each by its index in the archive: it is stored without being read again.
    pub(super) contents: HashMap<usize, Bytes>,
    /// What could not be read, and so whose names are not known.
    pub(super) unread: Vec<String>,
}

/// Reads the label files of a source.
pub(super) async fn read_labels(
    archive: &dyn Archive,
    files: &SourceFiles,
) -> Result<Labels, IngestError> {
    let mut indices = files.splits;
    indices.sort_unstable();
    archive.expect(&indices);
    let mut contents = HashMap::new();
    let mut unread = Vec::new();
    for (index, split) in files.splits.into_iter().zip(Split::ALL) {
        match archive.read(index).await {
            Ok(content) => {
                contents.insert(index, content);
            }
            Err(error) if error.is_of_one_entry() => unread.push(format!(
                "the {split} labels can't be read, so images outside the release's own folder that they name are left out"
            )),
            Err(error) => return Err(error.into()),
        }
    }
    let texts: Vec<Bytes> = files
        .splits
        .iter()
        .filter_map(|index| contents.get(index).cloned())
        .collect();
    let parsed = tokio::task::spawn_blocking(move || {
        let mut names = LabelNames::default();
        for text in texts {
            names.add_file(&text);
        }
        names
    });
    let names = parsed.await.map_err(ArchiveError::from)?;
    Ok(Labels {
        names,
        contents,
        unread,
    })
}
