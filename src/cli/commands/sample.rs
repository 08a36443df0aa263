//! `ctlake sample`.

use std::path::Path;
use std::{fs, io};

use serde_json::json;

use super::super::args::SampleArgs;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::output::new_file;
use super::super::{Context, summary};
use crate::datasets::{self, SampleOptions, SyntheticDataset};
use crate::ops::sample::{write_folder, write_zip};
use crate::readable;
use crate::transfer::staged;

pub(super) fn run(context: &Context, args: &SampleArgs) -> Result<ExitCode, Failure> {
    let has_files = fs::read_dir(&args.out).is_ok_and(|mut files| files.next().is_some());
    if has_files && !args.zip {
        return Err(Failure::usage(
            format!("`{}` is not empty", args.out.display()),
            "two samples in one folder are none: name a new folder, or remove this one",
        ));
    }
    let sample = datasets::default().sample(&SampleOptions {
        patients: args.patients,
        seed: args.seed,
        release: args.release.clone(),
    });
    let written = if args.zip {
        zip_at(&*sample, &args.out)
    } else {
        write_folder(&*sample, &args.out)
    };
    let bytes = written.map_err(|error| Failure::file("write", &args.out, &error))?;
    let (texts, images) = (sample.texts().len(), sample.images().len());
    let summary = json!({
        "release": args.release,
        "files": texts + images,
        "images": images,
        "bytes": bytes,
    });
    let mut text = format!(
        "{}: {} and {} of labels and metadata, {}, in {}",
        args.release,
        summary::plural(images as u64, "image", "images"),
        summary::plural(texts as u64, "file", "files"),
        readable::size(bytes),
        args.out.display(),
    );
    if !args.zip {
        let folder = args.out.display().to_string();
        text += &format!("\nnext: ctlake ingest {}", readable::argument(&folder));
    }
    context.terminal.summary("sample", &summary, &text)?;
    Ok(ExitCode::Done)
}

/// Under another name until it is whole.
fn zip_at(sample: &dyn SyntheticDataset, path: &Path) -> io::Result<u64> {
    let partial = path.with_added_extension("part");
    staged::replace(&partial, path, |partial| {
        write_zip(sample, new_file(partial)?)
    })
}
