//! What is below a folder of this machine, whatever people have put there.

use std::ffi::OsStr;
use std::fs::{self, DirEntry, Metadata, ReadDir};
use std::io::{self, ErrorKind};
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use object_store::ObjectMeta;
use object_store::path::Path;
use same_file::Handle;

use super::listing::{FolderListing, Followed, Listed};
use super::stray::{self, Stray, StrayKind};

/// All files below `prefix`. Of the links to folders those are `followed` that hold something of ours, but not to a folder above
/// itself. Nothing is below a folder that isn't there.
pub(super) fn below(root: &FsPath, prefix: &Path, followed: &Followed) -> io::Result<Vec<Listed>> {
    let folder = root.join(prefix.as_ref());
    let mut walk = Walk {
        found: Vec::new(),
        above: Vec::new(),
        followed,
    };
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
            Entry::Folder { name, is_link, .. } => {
                match str::from_utf8(&name).ok().and_then(stray::key) {
                    Some(key) => listing.folders.push(key),
                    None => listing
                        .strays
                        .push(Stray::new(name, 0, folder_kind(is_link))),
                }
            }
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

struct Walk<'a> {
    found: Vec<Listed>,
    /// The folders that are open, the outermost first: a link to one of them would never end.
    above: Vec<Handle>,
    followed: &'a Followed,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &FsPath, entries: ReadDir, name: &[u8]) -> io::Result<()> {
        let mut is_empty = true;
        self.above.push(Handle::from_path(folder)?);
        for entry in entries {
            is_empty = false;
            match look(&entry?, name)? {
                Entry::Gone => {}
                Entry::File(object) => self.found.push(Listed::Object(object)),
                Entry::Folder {
                    path,
                    name,
                    is_link,
                } => self.enter(&path, name, is_link)?,
                Entry::Stray(stray) => self.found.push(Listed::Stray(stray)),
            }
        }
        self.above.pop();
        // The folder that was asked for is there for a reason.
        if is_empty && !self.above.is_empty() {
            let stray = Stray::new(name, 0, StrayKind::EmptyFolder);
            self.found.push(Listed::Stray(stray));
        }
        Ok(())
    }

    fn enter(&mut self, path: &FsPath, name: Vec<u8>, is_link: bool) -> io::Result<()> {
        let is_key = str::from_utf8(&name).is_ok_and(|name| stray::key(name).is_some());
        let is_passed_over = is_link && (!self.followed.contains(&name) || self.is_open(path));
        let kind = if !is_key || is_passed_over {
            folder_kind(is_link)
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

    fn is_open(&self, path: &FsPath) -> bool {
        Handle::from_path(path).is_ok_and(|folder| self.above.contains(&folder))
    }
}

/// What a folder is that isn't opened.
fn folder_kind(is_link: bool) -> StrayKind {
    if is_link {
        StrayKind::Link
    } else {
        StrayKind::Folder
    }
}

enum Entry {
    /// Removed since the folder was opened.
    Gone,
    File(ObjectMeta),
    Folder {
        path: PathBuf,
        name: Vec<u8>,
        is_link: bool,
    },
    Stray(Stray),
}

/// Looks at one entry of the folder that is called `above` below the root.
fn look(entry: &DirEntry, above: &[u8]) -> io::Result<Entry> {
    let path = entry.path();
    let name = joined(above, &entry.file_name());
    let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
    let file = |name, bytes| Entry::Stray(Stray::new(name, bytes, StrayKind::File));
    let metadata = match fs::metadata(&path) {
        Ok(metadata) => metadata,
        // To nowhere, or to where nobody may look.
        Err(_) if is_link => return Ok(Entry::Stray(Stray::new(name, 0, StrayKind::Link))),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Entry::Gone),
        Err(_) => return Ok(file(name, 0)),
    };
    if metadata.is_dir() {
        return Ok(Entry::Folder {
            path,
            name,
            is_link,
        });
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
        fs::create_dir(root.join("a/empty")).expect("a folder");
        let followed = ["a/b", "a/b/loop", "a/link", "a/link/loop"];
        let followed = Followed::folders(followed.map(str::to_owned));
        let found = below(root, &Path::from("a"), &followed).expect("a listing");
        assert_eq!(
            said(&found),
            [
                "a/b/file 5",
                "a/link/file 5",
                "a/ok#2a 5",
                "stray a/b/loop",
                r"stray a/broken",
                r"stray a/c\rd",
                "stray a/empty/",
                "stray a/link/loop",
                r"stray a/new\nline/",
                r"stray a/odd\xff/",
                "stray a/two#2",
            ]
        );
        let listing = directly_below(root, &Path::from("a")).expect("a listing");
        assert_eq!(
            listing.folders,
            ["a/b", "a/empty", "a/link"].map(Path::from)
        );
        assert_eq!(listing.objects.len(), 1);
        assert_eq!(listing.strays.len(), 5);
        let all = |path| below(root, &Path::from(path), &followed);
        assert!(all("x").expect("empty").is_empty());
        all("a/b/file").expect_err("no folder");
    }

    #[test]
    fn a_link_is_followed_only_where_something_of_ours_is_behind_it() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let root = dir.path().join("lake");
        let disk = dir.path().join("disk");
        fs::create_dir_all(root.join("landing/CT-2A")).expect("folders");
        fs::create_dir_all(disk.join("deeper")).expect("folders");
        fs::write(disk.join("a.png"), "12345").expect("a file");
        fs::write(disk.join("deeper/thesis.docx"), "x").expect("a file");
        for name in ["2A_images", "notes"] {
            symlink(&disk, root.join("landing/CT-2A").join(name)).expect("a link");
        }
        symlink(disk.join("a.png"), root.join("landing/CT-2A/one.png")).expect("a link");
        let prefix = Path::from("landing/CT-2A");
        let followed = Followed::of(&prefix, ["2A_images/a.png", "metadata.csv"]);
        assert_eq!(
            said(&below(&root, &prefix, &followed).expect("a listing")),
            [
                "landing/CT-2A/2A_images/a.png 5",
                "landing/CT-2A/2A_images/deeper/thesis.docx 1",
                "landing/CT-2A/one.png 5",
                "stray landing/CT-2A/notes",
            ]
        );
        assert_eq!(
            said(&below(&root, &prefix, &Followed::default()).expect("a listing")),
            [
                "landing/CT-2A/one.png 5",
                "stray landing/CT-2A/2A_images",
                "stray landing/CT-2A/notes",
            ]
        );
    }
}
