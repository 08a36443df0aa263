//! Files that a command writes its data to.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use super::failure::Failure;
use crate::transfer::staged;

/// Writes a file, in the place of one that is there. It is whole or not there: it is written under another name first. A
/// device or a pipe is written to.
pub(super) fn to_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    if path.exists() && !path.is_file() {
        let failed = |error: io::Error| Failure::file("write", path, &error);
        let mut device = File::options().write(true).open(path).map_err(failed)?;
        return write(&mut device).map_err(failed);
    }
    to_new_file(path, write)
}

/// The same for a file whose name is not the user's choice: whatever has it, a link too, makes room.
pub(super) fn to_new_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".part");
    let partial = Path::new(&partial);
    let written = staged::replace(partial, path, |partial| {
        let mut out = BufWriter::new(new_file(partial)?);
        write(&mut out)?;
        out.flush()
    });
    written.map_err(|error| Failure::file("write", path, &error))
}

/// An empty file in the place of one that is there. A link there is removed, not followed: nobody knows where it leads.
pub(super) fn new_file(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => File::create_new(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn no_link_is_written_through() {
        let dir = tempfile::tempdir().expect("a folder");
        let (file, other) = (dir.path().join("index.csv"), dir.path().join("other"));
        fs::write(&other, "kept").expect("writable");
        for link in ["index.csv", "index.csv.part"] {
            std::os::unix::fs::symlink(&other, dir.path().join(link)).expect("a link");
        }
        to_new_file(&file, |out| out.write_all(b"rows")).expect("writable");
        assert_eq!(fs::read(&file).expect("readable"), b"rows");
        assert_eq!(fs::read(&other).expect("readable"), b"kept");
        assert!(!file.is_symlink());
    }
}
