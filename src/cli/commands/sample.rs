//! `ctlake sample`.

use std::fs;
use std::io::{self, BufWriter, Write};
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
    let mut zip = ZipWriter::new(BufWriter::new(new_file(&partial)?));
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
    let finished = written.and_then(|()| zip.finish()?.flush());
    finished
        .and_then(|()| fs::rename(&partial, path))
        .inspect_err(|_| {
            let _ = fs::remove_file(&partial);
        })?;
    Ok(bytes)
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
