//! What is below a folder of this machine, whatever people have put there.

use std::ffi::OsStr;
use std::fs::{self, DirEntry, Metadata, ReadDir};
use std::io::{self, ErrorKind};
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use object_store::ObjectMeta;
use object_store::path::Path;
use same_file::Handle;

use super::listing::{FolderListing, Listed};
use super::stray::{self, Stray, StrayKind};

/// All files below `prefix`. A link is followed, but not to a folder above itself. Nothing is below a folder that isn't there.
pub(super) fn below(root: &FsPath, prefix: &Path) -> io::Result<Vec<Listed>> {
    let folder = root.join(prefix.as_ref());
    let mut walk = Walk::default();
    if let Some(entries) = open(&folder)? {
        walk.folder(&folder, entries, prefix.as_ref().as_bytes())?;
    }
    Ok(walk.found)
}

/// What is directly below `prefix`; no folder in it is opened.
pub(super) fn directly_below(root: &FsPath, prefix: &Path) -> io::Result<FolderListing> {
    let folder = root.join(prefix.as_ref());
    let mut listing = FolderListing::default();
    let Some(entries) = open(&folder)? else {
        return Ok(listing);
    };
    for entry in entries {
        match look(&entry?, prefix.as_ref().as_bytes())? {
            Entry::Gone => {}
            Entry::File(object) => listing.objects.push(object),
            Entry::Folder { name, .. } => match str::from_utf8(&name).ok().and_then(stray::key) {
                Some(key) => listing.folders.push(key),
                None => listing.strays.push(Stray::new(name, 0, StrayKind::Folder)),
            },
            Entry::Stray(stray) => listing.strays.push(stray),
        }
    }
    Ok(listing.sorted())
}

/// The entries of a folder; `None` where there is no such folder.
fn open(folder: &FsPath) -> io::Result<Option<ReadDir>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(Some(entries)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(Default)]
struct Walk {
    found: Vec<Listed>,
    /// The folders that are open, the outermost first: a link to one of them would never end.
    above: Vec<Handle>,
}

impl Walk {
    fn folder(&mut self, folder: &FsPath, entries: ReadDir, name: &[u8]) -> io::Result<()> {
        self.above.push(Handle::from_path(folder)?);
        for entry in entries {
            match look(&entry?, name)? {
                Entry::Gone => {}
                Entry::File(object) => self.found.push(Listed::Object(object)),
                Entry::Folder { path, name } => self.enter(&path, name)?,
                Entry::Stray(stray) => self.found.push(Listed::Stray(stray)),
            }
        }
        self.above.pop();
        Ok(())
    }

    fn enter(&mut self, path: &FsPath, name: Vec<u8>) -> io::Result<()> {
        let is_key = str::from_utf8(&name).is_ok_and(|name| stray::key(name).is_some());
        let kind = if !is_key || self.is_loop(path) {
            StrayKind::Folder
        } else {
            match open(path) {
                Ok(Some(entries)) => return self.folder(path, entries, &name),
                Ok(None) => return Ok(()),
                Err(error) => StrayKind::Closed(Arc::new(error)),
            }
        };
        self.found.push(Listed::Stray(Stray::new(name, 0, kind)));
        Ok(())
    }

    fn is_loop(&self, path: &FsPath) -> bool {
        path.is_symlink()
            && Handle::from_path(path).is_ok_and(|folder| self.above.contains(&folder))
    }
}

enum Entry {
    /// Removed since the folder was opened.
    Gone,
    File(ObjectMeta),
    Folder {
        path: PathBuf,
        name: Vec<u8>,
    },
    Stray(Stray),
}

/// Looks at one entry of the folder that is called `above` below the root.
fn look(entry: &DirEntry, above: &[u8]) -> io::Result<Entry> {
    let path = entry.path();
    let name = joined(above, &entry.file_name());
    let file = |name, bytes| Entry::Stray(Stray::new(name, bytes, StrayKind::File));
    let metadata = match fs::metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => {
            return Ok(Entry::Gone);
        }
        // A link to nowhere, or to where nobody may look.
        Err(_) => return Ok(file(name, 0)),
    };
    if metadata.is_dir() {
        return Ok(Entry::Folder { path, name });
    }
    let key = str::from_utf8(&name).ok().and_then(stray::key);
    match key.filter(is_readable) {
        Some(key) if metadata.is_file() => Ok(Entry::File(object(key, &metadata)?)),
        _ => Ok(file(name, metadata.len())),
    }
}

fn joined(above: &[u8], name: &OsStr) -> Vec<u8> {
    let mut joined = above.to_vec();
    if !joined.is_empty() {
        joined.push(b'/');
    }
    joined.extend(name.as_encoded_bytes());
    joined
}

/// `object_store` takes `name#7` for a file that it was writing, and refuses to read it.
fn is_readable(key: &Path) -> bool {
    let ending = key.filename().and_then(|name| name.split_once('#'));
    ending.is_none_or(|(_, ending)| {
        ending.is_empty() || ending.bytes().any(|byte| !byte.is_ascii_digit())
    })
}

fn object(location: Path, metadata: &Metadata) -> io::Result<ObjectMeta> {
    Ok(ObjectMeta {
        location,
        last_modified: metadata.modified()?.into(),
        size: metadata.len(),
        e_tag: None,
        version: None,
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::lake::stray::shown;

    fn said(found: &[Listed]) -> Vec<String> {
        let mut said: Vec<String> = found
            .iter()
            .map(|found| match found {
                Listed::Object(object) => format!("{} {}", object.location, object.size),
                Listed::Stray(stray) if stray.is_folder() => {
                    format!("stray {}/", shown(stray.name()))
                }
                Listed::Stray(stray) => format!("stray {}", shown(stray.name())),
            })
            .collect();
        said.sort();
        said
    }

    #[test]
    fn whatever_people_put_there_is_passed_over() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let root = dir.path();
        let odd = OsStr::from_bytes(b"odd\xff");
        fs::create_dir_all(root.join("a/b")).expect("folders");
        fs::create_dir_all(root.join("a").join(odd)).expect("a folder");
        fs::create_dir_all(root.join("a/new\nline")).expect("a folder");
        for name in ["a/b/file", "a/two#2", "a/ok#2a", "a/c\rd"] {
            fs::write(root.join(name), "12345").expect("a file");
        }
        fs::write(root.join("a").join(odd).join("inside"), "").expect("a file");
        symlink(root.join("a"), root.join("a/b/loop")).expect("a link");
        symlink(root.join("a/b"), root.join("a/link")).expect("a link");
        symlink("nowhere", root.join("a/broken")).expect("a link");
        let found = below(root, &Path::from("a")).expect("a listing");
        assert_eq!(
            said(&found),
            [
                "a/b/file 5",
                "a/link/file 5",
                "a/ok#2a 5",
                "stray a/b/loop/",
                r"stray a/broken",
                r"stray a/c\rd",
                "stray a/link/loop/",
                r"stray a/new\nline/",
                r"stray a/odd\xff/",
                "stray a/two#2",
            ]
        );
        let listing = directly_below(root, &Path::from("a")).expect("a listing");
        assert_eq!(listing.folders, ["a/b", "a/link"].map(Path::from));
        assert_eq!(listing.objects.len(), 1);
        assert_eq!(listing.strays.len(), 5);
        assert!(below(root, &Path::from("x")).expect("empty").is_empty());
        below(root, &Path::from("a/b/file")).expect_err("no folder");
    }
}
