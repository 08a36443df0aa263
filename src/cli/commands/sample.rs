//! `ctlake sample`.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Seek, SeekFrom, Write};
use std::path::Path;

use serde_json::json;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::super::args::SampleArgs;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::output::new_file;
use super::super::{Context, summary};
use crate::covidx::sample::{Sample, SampleOptions, generate};

pub(super) fn run(context: &Context, args: &SampleArgs) -> Result<ExitCode, Failure> {
    let has_files = fs::read_dir(&args.out).is_ok_and(|mut files| files.next().is_some());
    if has_files && !args.zip {
        return Err(Failure::usage(
            format!("`{}` is not empty", args.out.display()),
            "two samples in one folder are none: name a new folder, or remove this one",
        ));
    }
    let sample = generate(&SampleOptions {
        patients: args.patients,
        seed: args.seed,
        release: args.release.clone(),
    });
    let written = if args.zip {
        write_zip(&sample, &args.out)
    } else {
        write_folder(&sample, &args.out)
    };
    let bytes = written.map_err(|error| Failure::file("write", &args.out, &error))?;
    let summary = json!({
        "release": args.release,
        "files": sample.files.len() + sample.images.len(),
        "images": sample.images.len(),
        "bytes": bytes,
    });
    let mut text = format!(
        "{}: {} and {} of labels and metadata, {}, in {}",
        args.release,
        summary::plural(sample.images.len() as u64, "image", "images"),
        summary::plural(sample.files.len() as u64, "file", "files"),
        summary::size(bytes),
        args.out.display(),
    );
    if !args.zip {
        text += &format!("\nnext: ctlake ingest {}", args.out.display());
    }
    context.terminal.summary("sample", &summary, &text)?;
    Ok(ExitCode::Done)
}

/// Writes the sample's files below `folder`; returns their bytes.
pub(super) fn write_folder(sample: &Sample, folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    each_file(sample, |path, content| {
        bytes += content.len() as u64;
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, content)
    })?;
    Ok(bytes)
}

/// Writes one zip file, under another name until it is whole; returns the bytes in it.
fn write_zip(sample: &Sample, path: &Path) -> io::Result<u64> {
    let partial = path.with_added_extension("part");
    let mut zip = ZipWriter::new(ZipOutput::new(new_file(&partial)?));
    let mut bytes = 0;
    let written = each_file(sample, |path, content| {
        bytes += content.len() as u64;
        let is_image = Path::new(path)
            .extension()
            .is_some_and(|name| name == "png");
        // A PNG is compressed already.
        let method = if is_image {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        let options = SimpleFileOptions::default().compression_method(method);
        zip.start_file(path, options)?;
        zip.write_all(content)
    });
    let finished = written.and_then(|()| zip.finish()?.close());
    finished
        .and_then(|()| fs::rename(&partial, path))
        .inspect_err(|_| {
            let _ = fs::remove_file(&partial);
        })?;
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

/// Labels and metadata, then the images, drawn one at a time.
fn each_file(
    sample: &Sample,
    mut write: impl FnMut(&str, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    for file in &sample.files {
        write(&file.path, &file.bytes)?;
    }
    for image in &sample.images {
        write(&image.path, &image.render())?;
    }
    Ok(())
}
