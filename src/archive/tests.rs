//! Archives made here, honest and hostile, through the interface.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "what is made here is small"
)]

mod damage;
mod folder;
mod forge;
mod formats;
mod hostile;
mod writers;

use std::fs;
use std::path::{Path, PathBuf};

use super::{Archive, ArchiveError, Fault, Limits, Ranges, Source, open};
use crate::hint::Hint;

/// A file in a folder of its own.
struct Stored {
    folder: tempfile::TempDir,
    path: PathBuf,
}

/// Stores `bytes` as `a.zip`.
fn stored(bytes: &[u8]) -> Stored {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    fs::write(&path, bytes).unwrap();
    Stored { folder, path }
}

impl Stored {
    async fn open(&self, limits: &Limits) -> Result<Box<dyn Archive>, ArchiveError> {
        open(
            &Source::find(&self.path).unwrap(),
            limits,
            &Ranges::default(),
        )
        .await
    }

    /// An error's text, its causes and its hint, without the folder's name.
    fn text(&self, error: &ArchiveError) -> String {
        text(error, self.folder.path())
    }
}

fn text(error: &ArchiveError, folder: &Path) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    if let Some(hint) = error.hint() {
        text += &format!("\nhint: {hint}");
    }
    text.replace(&format!("{}/", folder.display()), "")
}

/// Every path with the start of its content, or the first line of the error.
async fn contents(archive: &dyn Archive) -> Vec<(String, String)> {
    let mut contents = Vec::new();
    for (index, entry) in archive.entries().iter().enumerate() {
        let content = match archive.read(index).await {
            Ok(content) => String::from_utf8_lossy(&content[..content.len().min(20)]).into_owned(),
            Err(ArchiveError::Entry { source, .. }) => format!("error: {source}"),
            Err(error) => format!("error: {error}"),
        };
        contents.push((entry.path.clone(), content));
    }
    contents
}

/// Every refused path with its reason.
fn refused(archive: &dyn Archive) -> Vec<(String, String)> {
    archive
        .refused()
        .iter()
        .map(|refused| (refused.path.clone(), refused.reason.to_string()))
        .collect()
}

/// Texts as [`contents`] and [`refused`] give them.
fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec()
}

fn fault(error: ArchiveError) -> Fault {
    match error {
        ArchiveError::Entry { source, .. } => source,
        other => panic!("expected the error of one entry, got {other:?}"),
    }
}
