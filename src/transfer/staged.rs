//! A file under a temporary name, until it is whole.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// A name for a temporary file that no other file has, of whatever process.
#[must_use]
pub fn unique_name() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let salt = rand::random::<u32>();
    format!("{}-{number}-{salt:08x}", std::process::id())
}

/// Has `write` make the file `staged`, and gives it the name `target`, in the place of what is there. If either fails, nothing stays
/// under the temporary name. What must survive a power cut is synced by `write`.
pub fn replace<T>(
    staged: &Path,
    target: &Path,
    write: impl FnOnce(&Path) -> io::Result<T>,
) -> io::Result<T> {
    let placed = write(staged).and_then(|written| {
        fs::rename(staged, target)?;
        Ok(written)
    });
    if placed.is_err() {
        // A full disk must not stay full of what can't be used.
        let _ = fs::remove_file(staged);
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let (staged, target) = (folder.path().join(unique_name()), folder.path().join("a"));
        replace(&staged, &target, |path| fs::write(path, "one")).expect("writable");
        let broken: io::Result<()> = replace(&staged, &target, |path| {
            fs::write(path, "tw")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        broken.expect_err("the disk is full");
        assert_eq!(fs::read(&target).expect("readable"), b"one");
        assert!(!staged.exists());
        assert_ne!(unique_name(), unique_name());
    }
}
