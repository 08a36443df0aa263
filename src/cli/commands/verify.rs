//! `ctlake verify`.

use std::fmt::Write;

use serde_json::json;

use super::super::args::VerifyArgs;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::{Context, summary};
use crate::covidx::Release;
use crate::ingest::verify::{Verification, VerifyOptions, inspect, withdraw};
use crate::lake::{Lake, landing};

pub(super) async fn run(context: &Context, args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let lake = Lake::open(&context.lake).await?;
    let terminal = context.terminal;
    let mut found = Vec::new();
    for release in releases(&lake, args).await? {
        let options = VerifyOptions {
            release,
            deep: args.deep,
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
    let mut said: String = found.iter().map(text).collect();
    said += match (sound, context.dry_run) {
        (true, _) => "sound: every file is there and as it was recorded",
        (false, true) => {
            "next: the same without --dry-run withdraws what is damaged; then `ctlake ingest` brings it again"
        }
        (false, false) => "next: `ctlake ingest` from the same source: it brings just that again",
    };
    terminal.summary("verify", &json!({"releases": found, "sound": sound}), &said)?;
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
    let names = landing::releases(lake).await?;
    if names.is_empty() {
        return Err(Failure::nothing(
            format!("the landing zone of lake `{}` is empty", lake.name()),
            format!(
                "put a dataset there first: `ctlake ingest SOURCE --lake {}`",
                lake.name()
            ),
        ));
    }
    // A folder whose name is none of a release is not ours.
    Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
}

fn text(found: &Verification) -> String {
    let mut text = format!(
        "{}: {} ({}) in the manifest, {}",
        found.release,
        summary::plural(found.files, "file", "files"),
        summary::size(found.bytes),
        summary::plural(found.faults.len() as u64, "fault", "faults"),
    );
    if found.checked > 0 {
        let _ = write!(
            text,
            ", {} compared",
            summary::plural(found.checked, "checksum", "checksums")
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
    for fault in &found.faults {
        let _ = writeln!(text, "  `{}`: {}", fault.path, fault.kind.text());
    }
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
    text
}
