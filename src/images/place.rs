//! A file under its name, whole or not at all.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use crate::transfer::staged;

/// Files that are still being written.
const PARTS: &str = ".ctlake-parts";
/// One that is older was left by a process that died.
const LEFT: Duration = Duration::from_hours(1);

/// How a file of a lake in a folder gets to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Link {
    /// As a file of its own.
    #[default]
    Copy,
    /// As another name of the lake's file: it takes no space, and a change of either changes both.
    Hard,
}

/// Puts files below one folder.
#[derive(Debug)]
pub(super) struct Placer {
    out: PathBuf,
    /// A hard link was refused: the two are not on one file system.
    copies: AtomicBool,
}

impl Placer {
    /// Makes the folder. What an earlier process left half-written there is removed.
    pub(super) fn new(out: &Path) -> io::Result<Self> {
        fs::create_dir_all(out)?;
        let parts = out.join(PARTS);
        make_folder(&parts)?;
        for entry in fs::read_dir(&parts)? {
            let entry = entry?;
            let written = entry.metadata().and_then(|meta| meta.modified());
            let age = written.map(|written| SystemTime::now().duration_since(written));
            if matches!(age, Ok(Ok(age)) if age > LEFT) {
                // It is in nobody's way.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(Self {
            out: out.to_owned(),
            copies: AtomicBool::new(false),
        })
    }

    /// Puts `content` at `path`, in the place of what is there; as a link to `source`, if there is one and it can be.
    pub(super) fn put(&self, path: &str, content: &[u8], source: Option<&Path>) -> io::Result<()> {
        let part = self.part();
        let target = self.folders(path)?;
        let placed = staged::replace(&part, &target, |part| self.write(part, content, source));
        // Renaming one name of a file to another of its names leaves both.
        if source.is_some() {
            let _ = fs::remove_file(&part);
        }
        placed
    }

    fn write(&self, part: &Path, content: &[u8], source: Option<&Path>) -> io::Result<()> {
        if let Some(source) = source.filter(|_| !self.copies.load(Ordering::Relaxed)) {
            match fs::hard_link(source, part) {
                // Where links can't be made at all, nor across file systems, a copy is as good.
                Err(error) if no_link(&error) => self.copies.store(true, Ordering::Relaxed),
                outcome => return outcome,
            }
        }
        fs::write(part, content)
    }

    /// Whether files were copied that should have been linked.
    pub(super) fn copied(&self) -> bool {
        self.copies.load(Ordering::Relaxed)
    }

    /// Removes the folder of half-written files, if nobody else writes there.
    pub(super) fn finish(&self) {
        let _ = fs::remove_dir(self.out.join(PARTS));
    }

    /// Makes the folders of `path`, and gives the place of the file. A path that leads out of the folder is refused, whoever
    /// made it, and so is a link in the place of a folder.
    fn folders(&self, path: &str) -> io::Result<PathBuf> {
        let mut place = self.out.clone();
        let mut names = Path::new(path).components().peekable();
        while let Some(name) = names.next() {
            let Component::Normal(name) = name else {
                return Err(io::Error::new(
                    ErrorKind::InvalidInput,
                    "its path leads out of the folder",
                ));
            };
            place.push(name);
            if names.peek().is_some() {
                make_folder(&place)?;
            }
        }
        Ok(place)
    }

    /// Where the file of `path` is.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.out.join(path)
    }

    fn part(&self) -> PathBuf {
        self.out.join(PARTS).join(staged::unique_name())
    }
}

/// Makes a folder that may be there, but not as a link to another.
fn make_folder(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if fs::symlink_metadata(path)?.is_dir() {
                return Ok(());
            }
            Err(io::Error::new(
                ErrorKind::NotADirectory,
                format!("`{}` is a file or a symbolic link", path.display()),
            ))
        }
        outcome => outcome,
    }
}

fn no_link(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::CrossesDevices
            | ErrorKind::Unsupported
            | ErrorKind::PermissionDenied
            | ErrorKind::TooManyLinks
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("out");
        let placer = Placer::new(&out).expect("writable");
        for path in ["/x.png", "../x.png", "a/../../x.png", "/a/x.png", "./x.png"] {
            let error = placer.put(path, b"x", None).expect_err(path);
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{path}: {error}");
        }
        placer.put("a/b/x.png", b"x", None).expect("below it");
        placer.finish();
        assert_eq!(fs::read(out.join("a/b/x.png")).expect("it is there"), b"x");
        let beside = fs::read_dir(dir.path()).expect("readable").count();
        assert_eq!(beside, 1);
    }

    #[cfg(unix)]
    #[test]
    fn no_link_leads_out_of_the_folder() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().expect("a folder");
        let (out, elsewhere) = (dir.path().join("out"), dir.path().join("elsewhere"));
        for folder in [&out, &elsewhere] {
            fs::create_dir(folder).expect("a new folder");
        }
        symlink(&elsewhere, out.join("a")).expect("a link");
        let placer = Placer::new(&out).expect("writable");
        for path in ["a/x.png", "a/b/x.png"] {
            let error = placer.put(path, b"x", None).expect_err(path);
            assert_eq!(error.kind(), ErrorKind::NotADirectory, "{path}: {error}");
        }
        placer.finish();
        symlink(&elsewhere, out.join(PARTS)).expect("a link");
        Placer::new(&out).expect_err("half-written files would be elsewhere");
        assert_eq!(fs::read_dir(&elsewhere).expect("readable").count(), 0);
    }
}
