//! What is in the folder already.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use futures::{StreamExt, TryStreamExt, stream};
use tokio::task::spawn_blocking;

use super::error::ImagesError;
use super::loader_files::METADATA;
use super::recorded::Recorded;
use super::selection::{Selected, Selection};
use crate::lake::LakeError;

/// The files that stand beside the images.
const INDEXES: [&str; 3] = ["index.csv", "index.parquet", "classes.txt"];
/// What is left of them when a process is killed while it writes.
const HALF: &str = ".part";
/// How an index of ours begins.
const INDEX_BEGINS: &str = "image_key,path,";
/// Files that are read at the same time.
const READS: usize = 16;
/// Bytes that are read at once.
const CHUNK: usize = 1 << 18;

/// What is in the folder already.
#[derive(Debug, Clone, Default)]
pub struct ExistingFiles {
    /// At the place of an image, by path: whether it is that image.
    pub same: HashMap<String, bool>,
    /// Files that are none of the images, in order. Hidden ones don't count.
    pub others: Vec<String>,
}

/// Looks into the folder `out`, which may not be there yet, and reads the files at the places of images.
pub async fn find_existing(
    out: &Path,
    selection: &Selection,
) -> Result<ExistingFiles, ImagesError> {
    let mut found = Found::default();
    match fs::metadata(out) {
        Ok(meta) if !meta.is_dir() => return Err(ImagesError::NotAFolder(out.to_owned())),
        Ok(_) => walk(out, "", &mut found).map_err(ImagesError::file("read", out))?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(ImagesError::file("read", out)(error)),
    }
    let Found { files, links } = found;
    let planned: HashMap<&str, &Selected> = selection
        .images
        .iter()
        .map(|image| (image.path.as_str(), image))
        .collect();
    if let Some(link) = links.iter().find(|link| {
        let below = format!("{link}/");
        planned.keys().any(|path| path.starts_with(&below))
    }) {
        return Err(ImagesError::Link(out.join(link)));
    }
    let files: Vec<String> = files.into_iter().chain(links).collect();
    let mut others: Vec<String> = files
        .iter()
        .filter(|path| !planned.contains_key(path.as_str()) && !is_index(out, path))
        .cloned()
        .collect();
    others.sort();
    let found = files
        .iter()
        .filter_map(|path| Some((path.clone(), planned.get(path.as_str())?.recorded)));
    let same = stream::iter(found)
        .map(|(path, recorded)| async move {
            let file = out.join(&path);
            let read = spawn_blocking(move || {
                let same = recorded.is_some_and(|recorded| is(&file, recorded).unwrap_or(false));
                (path, same)
            });
            read.await
        })
        .buffer_unordered(READS)
        .try_collect()
        .await
        .map_err(LakeError::from)?;
    Ok(ExistingFiles { same, others })
}

/// What is below a folder.
#[derive(Default)]
struct Found {
    files: Vec<String>,
    /// Links to folders, which are not followed: they lead elsewhere, perhaps in a circle.
    links: Vec<String>,
}

fn walk(folder: &Path, below: &str, found: &mut Found) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path: PathBuf = entry.path();
        if entry.file_type()?.is_dir() {
            walk(&path, &format!("{below}{name}/"), found)?;
        } else if path.is_dir() {
            found.links.push(format!("{below}{name}"));
        } else {
            found.files.push(format!("{below}{name}"));
        }
    }
    Ok(())
}

/// Whether it is an index of an earlier run, which the next one writes anew.
fn is_index(out: &Path, path: &str) -> bool {
    let whole = path.strip_suffix(HALF).unwrap_or(path);
    let (folder, name) = whole.rsplit_once('/').unwrap_or(("", whole));
    let is_metadata = name == METADATA && !folder.contains('/');
    if !INDEXES.contains(&whole) && !is_metadata {
        return false;
    }
    if whole != path {
        return true;
    }
    let index = out.join(INDEXES[0]);
    // A pipe would be waited for.
    if !index.is_file() {
        return false;
    }
    let mut line = String::new();
    let file = File::open(index);
    let begin = file.and_then(|file| BufReader::new(file.take(4096)).read_line(&mut line));
    begin.is_ok() && line.starts_with(INDEX_BEGINS)
}

/// Whether a file is what was recorded.
fn is(file: &Path, recorded: Recorded) -> io::Result<bool> {
    // A pipe would be waited for.
    if !file.is_file() {
        return Ok(false);
    }
    let mut file = File::open(file)?;
    if file.metadata()?.len() != recorded.bytes {
        return Ok(false);
    }
    let mut digest = crc32fast::Hasher::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(digest.finalize() == recorded.crc32),
            count => digest.update(&chunk[..count]),
        }
    }
}
