//! The images of a cohort.

use std::fmt::Write;
use std::path::Path;

use super::{LISTED, SHOWN, count, left_out, more, plural};
use crate::images::{Choice, Decision, Downloaded, ImagesPlan, LoaderFiles, amount};
use crate::ops::price::Download;
use crate::readable;

/// Why an image of the snapshot can't be had.
const NOT_LANDED: &str = "not in the landing zone";

/// What is to be done.
pub(in crate::cli) fn plan(plan: &ImagesPlan, out: &Path, price: Option<&Download>) -> String {
    let tally =
        |(files, bytes): (u64, u64)| format!("{} ({})", images(files), readable::size(bytes));
    let mut text = choice(&plan.choice);
    let _ = write!(
        text,
        "{}: {} to fetch; {} there already",
        out.display(),
        tally(amount(plan.fetches())),
        tally(amount(plan.with(Decision::Keep))),
    );
    for (decision, what) in [
        (Decision::Replace, "of these in the place of other content"),
        (Decision::Conflict, "there with other content"),
        (Decision::Missing, NOT_LANDED),
    ] {
        let files = plan.with(decision).count();
        if files > 0 {
            let _ = write!(text, "; {} {what}", count(files as u64));
        }
    }
    text.push('\n');
    if !plan.others.is_empty() {
        let _ = writeln!(
            text,
            "{}: {} there that {} of this cohort",
            out.display(),
            plural(plan.others.len() as u64, "file", "files"),
            if plan.others.len() == 1 {
                "is none"
            } else {
                "are none"
            },
        );
    }
    if let Some(price) = price {
        let _ = writeln!(
            text,
            "requests: {} GET: about ${:.2}; transfer: about ${:.2} if it leaves AWS, none within the bucket's region ({})",
            count(price.gets),
            price.requests_usd,
            price.transfer_usd,
            price.prices_of,
        );
    }
    text
}

/// How the images were chosen, where that needs saying.
pub(in crate::cli) fn choice(choice: &Choice) -> String {
    let mut text = String::new();
    if choice.repeated > 0 {
        let _ = writeln!(
            text,
            "{} an image again that an earlier row names: each is taken once",
            plural(choice.repeated, "row names", "rows name"),
        );
    }
    for class in choice.drawn.iter().take(LISTED) {
        let few = if class.drawn < class.asked {
            format!(": fewer than {}", count(class.asked))
        } else {
            String::new()
        };
        let _ = writeln!(
            text,
            "sample: {}: {} of {}{few}",
            readable::value(&class.class),
            count(class.drawn),
            images(class.images),
        );
    }
    text += &left_out(choice.drawn.len(), "--json");
    if choice.not_drawn > 0 {
        let _ = writeln!(
            text,
            "sample: {} to draw from: {NOT_LANDED}",
            plural(
                choice.not_drawn,
                "image was not there",
                "images were not there"
            ),
        );
    }
    let several = &choice.in_several_splits;
    for patient in several.iter().take(SHOWN) {
        let _ = writeln!(
            text,
            "in several splits: {}: {}",
            readable::value(&patient.id),
            patient.splits.join(", ")
        );
    }
    text + &more(several.len())
}

/// Images that are not in the landing zone, and how they get there.
pub(in crate::cli) fn missing(keys: &[impl AsRef<str>]) -> String {
    let mut text = String::new();
    for key in keys.iter().take(SHOWN) {
        let _ = writeln!(
            text,
            "missing: `{}`: {NOT_LANDED}",
            readable::value(key.as_ref())
        );
    }
    text += &more(keys.len());
    if !keys.is_empty() {
        text +=
            "next: `ctlake ingest` with the images, then `ctlake build`, bring what is missing\n";
    }
    text
}

/// What was done.
pub(in crate::cli) fn done(done: &Downloaded, files: Option<&LoaderFiles>, out: &Path) -> String {
    let mut text = format!(
        "{}: {} fetched ({}) in {:.1} s{}; {} there already\n",
        out.display(),
        images(done.fetched),
        readable::size(done.fetched_bytes),
        done.seconds,
        match done.retries {
            0 => String::new(),
            retries => format!(", {} sent again", plural(retries, "request", "requests")),
        },
        count(done.kept),
    );
    if done.copied {
        text += "copied, not linked: the lake and the folder are not on one file system, or it has no hard links\n";
    }
    for failed in done.failed.iter().take(SHOWN) {
        let _ = writeln!(
            text,
            "failed: `{}`: {}",
            readable::value(&failed.image_key),
            readable::value(&failed.reason)
        );
    }
    text += &more(done.failed.len());
    let _ = writeln!(
        text,
        "index: {} in {} and {}",
        plural(done.there.len() as u64, "row", "rows"),
        out.join("index.csv").display(),
        out.join("index.parquet").display(),
    );
    if let Some(files) = files {
        text += &classes(files);
    }
    if !done.failed.is_empty() {
        text += "next: the same command again; `ctlake verify --deep` finds what is damaged in the lake\n";
    }
    text + &missing(&done.missing)
}

/// The numbers of the classes, where a loader of these folders counts otherwise than the dataset does.
fn classes(files: &LoaderFiles) -> String {
    if !files.numbers_differ() {
        return String::new();
    }
    let numbered = |names: Vec<&str>| {
        let names = names.iter().enumerate();
        let names: Vec<String> = names
            .map(|(number, name)| format!("{} {number}", readable::value(name)))
            .collect();
        names.join(", ")
    };
    format!(
        "classes: loaders number these folders by name: {}; the dataset has {} (classes.txt)\n",
        numbered(files.folders.iter().map(String::as_str).collect()),
        numbered(files.classes.to_vec()),
    )
}

fn images(number: u64) -> String {
    plural(number, "image", "images")
}
