//! Write a synthetic dataset, as a folder or as one zip file.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Seek, SeekFrom, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::datasets::SyntheticDataset;

/// Writes the sample's files below `folder`; returns their bytes.
pub fn write_folder(sample: &dyn SyntheticDataset, folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    each_file(sample, |path, content, _| {
        bytes += content.len() as u64;
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, content)
    })?;
    Ok(bytes)
}

/// Writes one zip file; returns the bytes in it.
pub fn write_zip(sample: &dyn SyntheticDataset, file: File) -> io::Result<u64> {
    let mut zip = ZipWriter::new(ZipOutput::new(file));
    let mut bytes = 0;
    let written = each_file(sample, |path, content, is_image| {
        bytes += content.len() as u64;
        // An image is compressed already.
        let method = if is_image {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        let options = SimpleFileOptions::default().compression_method(method);
        zip.start_file(path, options)?;
        zip.write_all(content)
    });
    written.and_then(|()| zip.finish()?.close())?;
    Ok(bytes)
}

/// The file of a zip, until the system refuses something: then what comes is written nowhere. `ZipWriter` completes an archive
/// when it is dropped, after a failure too, and prints what fails again.
struct ZipOutput {
    file: Option<BufWriter<File>>,
    /// Where it would write next, and where the file ends.
    at: u64,
    end: u64,
}

impl ZipOutput {
    fn new(file: File) -> Self {
        Self {
            file: Some(BufWriter::new(file)),
            at: 0,
            end: 0,
        }
    }

    fn close(self) -> io::Result<()> {
        let file = self.file.ok_or(ErrorKind::WriteZero)?;
        file.into_inner()?.flush()
    }

    /// Hands the file to `work`, for the last time if that fails.
    fn with<T>(
        &mut self,
        work: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>,
        otherwise: T,
    ) -> io::Result<T> {
        let Some(file) = &mut self.file else {
            return Ok(otherwise);
        };
        work(file).inspect_err(|error| {
            if error.kind() != ErrorKind::Interrupted {
                self.file = None;
            }
        })
    }
}

impl Write for ZipOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.with(|file| file.write(bytes), bytes.len())?;
        self.at += written as u64;
        self.end = self.end.max(self.at);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.with(BufWriter::flush, ())
    }
}

impl Seek for ZipOutput {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
        };
        let at = at.ok_or(ErrorKind::InvalidInput)?;
        if at != self.at {
            self.with(|file| file.seek(SeekFrom::Start(at)), at)?;
            self.at = at;
        }
        Ok(at)
    }
}

/// Labels and metadata, then the images, drawn one at a time. `write` is told which are images.
fn each_file(
    sample: &dyn SyntheticDataset,
    mut write: impl FnMut(&str, &[u8], bool) -> io::Result<()>,
) -> io::Result<()> {
    for (path, content) in sample.texts() {
        write(path, content, false)?;
    }
    for (index, path) in sample.images().into_iter().enumerate() {
        write(path, &sample.image(index), true)?;
    }
    Ok(())
}
