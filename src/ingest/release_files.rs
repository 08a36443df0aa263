//! The label files and the metadata in a source, and the names that the labels give.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;

use super::error::IngestError;
use super::file_name::file_name;
use super::label_names::LabelNames;
use super::refused::may_be_of_release;
use crate::archive::{Archive, ArchiveError};
use crate::release::{DatasetFormat, FileRole, FindError, Release, ReleaseFiles};

/// Label files and metadata of one release in a source.
#[derive(Debug)]
pub(super) struct SourceFiles {
    /// The release that they are ingested as.
    pub(super) release: Release,
    /// The release that the name of the train labels says.
    pub(super) named: Release,
    /// The splits, and the indices of their label files in the archive.
    pub(super) labels: Vec<(&'static str, usize)>,
    /// Index of the metadata, where the dataset has any.
    pub(super) metadata: Option<usize>,
    /// Further files with the name and the content of one of these.
    pub(super) copies: Vec<usize>,
}

impl SourceFiles {
    /// Indices of the label files, then that of the metadata.
    pub(super) fn all(&self) -> impl Iterator<Item = usize> {
        self.roles().map(|(_, index)| index)
    }

    /// The same, with what each file is.
    pub(super) fn roles(&self) -> impl Iterator<Item = (FileRole, usize)> {
        let labels = self.labels.iter();
        let labels = labels.map(|&(split, index)| (FileRole::Labels(split), index));
        labels.chain(self.metadata.map(|index| (FileRole::Metadata, index)))
    }
}

/// Looks for the files of the release that was asked for, or of the only one. Where the source has one of them twice with the
/// same content, the one in the fewest folders is taken; which of two contents is meant nobody can tell.
pub(super) async fn find(
    archive: &dyn Archive,
    format: &dyn DatasetFormat,
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
        let names: Vec<&str> = names.map(|(_, entry)| entry.path.as_str()).collect();
        match format.find(&names, wanted) {
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
            Err(source) => return Err(not_whole(archive, format, source)),
        }
    };
    let ReleaseFiles {
        release,
        labels,
        metadata,
    } = found;
    let first = labels.first().map_or("", |file| file_name(&file.path));
    let named = format.recognise(first).and_then(|name| name.release);
    let mut copies: Vec<usize> = copies.into_iter().collect();
    copies.sort_unstable();
    Ok(SourceFiles {
        named: named.unwrap_or_else(|| release.clone()),
        release,
        labels: labels
            .iter()
            .map(|file| (file.split, index_of(&file.path)))
            .collect(),
        metadata: metadata.as_deref().map(index_of),
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

fn not_whole(archive: &dyn Archive, format: &dyn DatasetFormat, source: FindError) -> IngestError {
    let refused = archive.refused();
    let refused = refused
        .iter()
        .find(|refused| may_be_of_release(format, refused))
        .or_else(|| refused.first());
    IngestError::Files {
        archive: archive.name().to_owned(),
        refused: refused.map(|refused| format!("`{}`: {}", refused.path, refused.reason)),
        files: format.files_of_a_release(),
        source: Box::new(source),
    }
}

/// The name under which a label file or the metadata lands.
pub(super) fn landed_name<'a>(format: &dyn DatasetFormat, path: &'a str) -> &'a str {
    format.landed_name(file_name(path))
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
    format: &'static dyn DatasetFormat,
    files: &SourceFiles,
) -> Result<Labels, IngestError> {
    let mut indices: Vec<usize> = files.labels.iter().map(|file| file.1).collect();
    indices.sort_unstable();
    archive.expect(&indices);
    let mut contents = HashMap::new();
    let mut unread = Vec::new();
    for &(split, index) in &files.labels {
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
        .labels
        .iter()
        .filter_map(|(_, index)| contents.get(index).cloned())
        .collect();
    let parsed = tokio::task::spawn_blocking(move || {
        let mut names = LabelNames::default();
        for text in texts {
            format.for_each_image_name(&text, &mut |name| names.add(name));
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
