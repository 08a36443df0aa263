//! Files that a command writes its data to.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::failure::Failure;

/// Writes a file, in the place of one that is there. It is whole or not there: it is written under another name first. A
/// device or a pipe is written to.
pub(super) fn to_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::file("write", path, &error);
    if path.exists() && !path.is_file() {
        let mut device = File::options().write(true).open(path).map_err(failed)?;
        return write(&mut device).map_err(failed);
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".part");
    let partial = Path::new(&partial);
    let written = File::create(partial).and_then(|file| {
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.flush()?;
        fs::rename(partial, path)
    });
    written
        .inspect_err(|_| {
            let _ = fs::remove_file(partial);
        })
        .map_err(failed)
}
