//! `ctlake verify`.

use std::fmt::Write;

use serde_json::json;

use super::super::args::VerifyArgs;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::{Context, summary};
use crate::datasets;
use crate::ingest::extras::{self, Extra, ExtraKind, Extras};
use crate::ingest::verify::{Verification, VerifyOptions, inspect, withdraw};
use crate::lake::{Lake, landing, layout};
use crate::readable;
use crate::release::Release;

/// No more extras of a kind are named in the text.
const NAMED: usize = 5;

pub(super) async fn run(context: &Context, args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let lake = datasets::open(&context.lake).await?;
    let terminal = context.terminal;
    let mut found = Vec::new();
    for release in releases(&lake, args).await? {
        let options = VerifyOptions {
            release,
            deep: args.deep,
            decode: args.decode,
            concurrency: args.concurrency.into(),
            request_timeout: args.request_timeout,
            resumable: !context.dry_run,
        };
        let verification = inspect(&lake, &options, terminal.progress(), &context.stop).await?;
        if !context.dry_run {
            withdraw(&lake, &verification).await?;
        }
        found.push(verification);
    }
    let sound = found.iter().all(Verification::is_sound);
    let elsewhere = extras::elsewhere(&lake).await?;
    let mut extras = Extras::default();
    for verification in &found {
        extras.append(&verification.extras);
    }
    extras.append(&elsewhere);
    let mut said: String = found.iter().map(text).collect();
    said += &extras_text(&extras);
    let unrecorded = found.iter().any(|found| found.unrecorded > 0);
    let only_broken = found
        .iter()
        .all(|found| found.faults.is_empty() && found.missing == 0 && found.lacks.is_none());
    let correction = found
        .iter()
        .find(|found| !found.is_sound())
        .and_then(|found| found.correction.as_ref())
        .filter(|_| found.iter().all(|found| found.faults.is_empty()));
    said += &match (sound, context.dry_run, correction) {
        (true, _, _) => "sound: every file is there and as it was recorded".to_owned(),
        (false, _, _) if unrecorded => {
            "next: `ctlake ingest` from the source of the files: it compares them and records them"
                .to_owned()
        }
        (false, _, None) if only_broken => {
            "next: these images are as their source has them: ask its publisher, or leave them out of cohorts".to_owned()
        }
        (false, _, Some(correction)) => format!(
            "next: {correction} and ingest it again; `ctlake build --lake {} --partial` builds without it",
            readable::argument(lake.name())
        ),
        (false, true, None) => {
            "next: the same without --dry-run withdraws what is damaged; then `ctlake ingest` brings it again"
                .to_owned()
        }
        (false, false, None) => {
            "next: `ctlake ingest` from the same source: it brings just that again".to_owned()
        }
    };
    let document = json!({"releases": found, "elsewhere": elsewhere, "sound": sound});
    terminal.summary("verify", &document, &said)?;
    Ok(if sound {
        ExitCode::Done
    } else {
        ExitCode::Incomplete
    })
}

async fn releases(lake: &Lake, args: &VerifyArgs) -> Result<Vec<Release>, Failure> {
    if let Some(release) = &args.release {
        return Ok(vec![release.clone()]);
    }
    let releases = landing::releases(lake).await?;
    if releases.is_empty() && is_empty(lake).await? {
        return Err(Failure::nothing(
            format!("the landing zone of lake `{}` is empty", lake.name()),
            format!(
                "put a dataset there first: `ctlake ingest SOURCE --lake {}`",
                readable::argument(lake.name())
            ),
        ));
    }
    Ok(releases)
}

/// Whether nothing at all is in the landing zone, not even what is no release.
async fn is_empty(lake: &Lake) -> Result<bool, Failure> {
    let found = lake.list_folder(&layout::key(layout::LANDING)).await?;
    Ok(found.objects.is_empty() && found.folders.is_empty() && found.strays.is_empty())
}

fn text(found: &Verification) -> String {
    let mut text = format!(
        "{}: {} ({}) in the manifest, {}",
        found.release,
        summary::plural(found.files, "file", "files"),
        readable::size(found.bytes),
        summary::plural(found.faults.len() as u64, "fault", "faults"),
    );
    if found.checked > 0 {
        let _ = write!(
            text,
            ", {} compared",
            summary::plural(found.checked, "checksum", "checksums")
        );
    }
    if found.decoded > 0 {
        let _ = write!(
            text,
            ", {} decoded",
            summary::plural(found.decoded, "image", "images")
        );
    }
    if found.checked_before > 0 {
        let _ = write!(
            text,
            " ({} of them before an interruption)",
            summary::count(found.checked_before)
        );
    }
    text.push('\n');
    for fault in found.faults.iter().take(summary::LISTED) {
        let path = readable::value(&fault.path);
        let _ = writeln!(text, "  `{path}`: {}", fault.kind.text());
    }
    text += &summary::left_out(found.faults.len(), "--json");
    for broken in found.broken_images.iter().take(summary::LISTED) {
        let path = readable::value(&broken.path);
        let reason = readable::value(&broken.reason);
        let _ = writeln!(text, "  `{path}`: can't be decoded: {reason}");
    }
    text += &summary::left_out(found.broken_images.len(), "--json");
    if found.missing > 0 {
        let refused = match found.refused {
            0 => String::new(),
            refused => format!(", {} refused by ingest", summary::count(refused)),
        };
        let _ = writeln!(
            text,
            "  {} missing since before{refused}",
            summary::plural(found.missing, "file is", "files are"),
        );
    }
    if let Some(lacks) = &found.lacks {
        let _ = writeln!(text, "  {lacks}");
    }
    if found.unrecorded > 0 {
        let _ = writeln!(
            text,
            "  {} there, and nothing is recorded of the release",
            summary::plural(found.unrecorded, "file is", "files are")
        );
    }
    text
}

/// What is there besides: how much, and the commands for the first few.
fn extras_text(extras: &Extras) -> String {
    let mut text = String::new();
    let of = |kinds: &[ExtraKind]| {
        let named = extras.named.iter();
        named
            .filter(|extra| kinds.contains(&extra.kind))
            .collect::<Vec<_>>()
    };
    let commands = |text: &mut String, extras: &[&Extra]| {
        let commands = extras.iter().filter_map(|extra| extra.command.as_deref());
        list(text, commands, extras.len());
    };
    let in_tables = of(&[ExtraKind::InTable]);
    if !in_tables.is_empty() {
        let _ = writeln!(
            text,
            "extra in tables: {} that the log doesn't name and Athena reads; to remove:",
            summary::plural(in_tables.len() as u64, "file", "files")
        );
        commands(&mut text, &in_tables);
    }
    let others = extras.count - in_tables.len() as u64;
    if others > 0 {
        let _ = writeln!(
            text,
            "extra: {} that no command reads; leave, remove or look into:",
            summary::plural(others, "file or folder", "files and folders")
        );
        commands(
            &mut text,
            &of(&[
                ExtraKind::File,
                ExtraKind::FolderMarker,
                ExtraKind::Link,
                ExtraKind::EmptyFolder,
            ]),
        );
        commands(&mut text, &of(&[ExtraKind::Folder, ExtraKind::Other]));
    }
    if extras.unrecorded > 0 {
        let unrecorded = of(&[ExtraKind::Unrecorded]);
        let _ = writeln!(
            text,
            "unrecorded: {} in no manifest; `ctlake ingest` records what its source has",
            summary::plural(
                extras.unrecorded,
                "file of a release is",
                "files of a release are"
            )
        );
        let paths = unrecorded.iter().map(|extra| extra.path.as_str());
        list(&mut text, paths, unrecorded.len());
    }
    text
}

fn list<'a>(text: &mut String, lines: impl Iterator<Item = &'a str>, count: usize) {
    for line in lines.take(NAMED) {
        let _ = writeln!(text, "  {line}");
    }
    if count > NAMED {
        let _ = writeln!(
            text,
            "  … and {} more: `ctlake verify --json` names up to 1,000",
            summary::count((count - NAMED) as u64)
        );
    }
}
