//! What was done, in words: the same values that `--json` prints.

pub(super) mod images;

use std::fmt::Write;

use serde::Serialize;

use crate::contract::Contract;
use crate::datasets::{Action, BuildSummary, Counts, Forecast, WithoutPreview};
use crate::ingest::{IngestSummary, Rejected, Tally};
use crate::lake::projection::{Format, Projection};
use crate::lake::{Location, SnapshotName};
use crate::query::athena::{Bill, USD_PER_TERABYTE};
use crate::readable;
use crate::release::Release;

pub(super) use crate::readable::{LISTED, count, left_out, plural};

/// Of a long list so many are said; all of it is in a report.
pub(super) const SHOWN: usize = 10;
/// What shows the lake, in a few words.
pub(super) fn place(projection: &Projection) -> String {
    let tables = match projection.format {
        Format::Hive => String::new(),
        format => format!("{} tables in ", format.name()),
    };
    match (&projection.database, &projection.region) {
        (Some(database), Some(region)) => format!("{tables}{database} in AWS Glue, {region}"),
        (Some(database), None) => format!("{tables}{database} in AWS Glue"),
        (None, _) => format!("{tables}the lake"),
    }
}

/// A whole JSON document, for commands whose output is data.
pub(super) fn json(document: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(document).expect("plain data serialises");
    readable::json(&text).into_owned() + "\n"
}

/// An ingest: what became of each file of the source, to the byte.
pub(super) fn ingest(summary: &IngestSummary) -> String {
    let mut text = format!(
        "{}: {} stored ({}) in {:.1} s{}\n",
        summary.release,
        plural(summary.stored.files, "file", "files"),
        readable::size(summary.stored.bytes),
        summary.seconds,
        match summary.retries {
            0 => String::new(),
            retries => format!(
                ", {} of {} requests sent again",
                count(retries),
                count(summary.requests)
            ),
        },
    );
    let failed = Tally {
        files: summary.failed.len() as u64,
        bytes: summary.failed.iter().map(|file| file.bytes).sum(),
    };
    let mut line = |what: &str, tally: Tally| {
        let _ = writeln!(
            text,
            "  {what:<17} {:>9} {:<5}  {:>15} bytes",
            count(tally.files),
            if tally.files == 1 { "file" } else { "files" },
            count(tally.bytes),
        );
    };
    line("in the source", summary.files);
    line("= stored", summary.stored);
    line("+ there already", summary.kept);
    if summary.shard.is_some() {
        line("+ other stretches", summary.elsewhere);
    }
    line("+ failed", failed);
    if summary.adopted.files > 0 {
        let _ = writeln!(
            text,
            "  of those there already {} by an interrupted run, and recorded now",
            plural(summary.adopted.files, "was stored", "were stored")
        );
    }
    for (files, one, several) in [
        (
            summary.ignored,
            "file that is not of the release",
            "files that are not of the release",
        ),
        (
            summary.unlabelled,
            "image that no label file names",
            "images that no label file names",
        ),
        (
            summary.copies,
            "file whose name another one has",
            "files whose names others have",
        ),
    ] {
        if files > 0 {
            let _ = writeln!(text, "  left out: {}", plural(files, one, several));
        }
    }
    if summary.passed_over > 0 {
        let _ = writeln!(
            text,
            "  passed over: {}, named above",
            plural(
                summary.passed_over,
                "entry that is not needed",
                "entries that are not needed"
            )
        );
    }
    if !summary.rejected.is_empty() {
        let _ = writeln!(
            text,
            "  refused: {}, named above",
            plural(summary.rejected.len() as u64, "file", "files")
        );
    }
    for warning in &summary.warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
    for file in summary.failed.iter().take(SHOWN) {
        let _ = writeln!(
            text,
            "failed: `{}`: {}",
            readable::value(&file.path),
            readable::value(&file.reason)
        );
    }
    text + &more(summary.failed.len())
}

/// What a query has read elsewhere, and what it costs there.
pub(super) fn bill(bill: &Bill) -> String {
    let price = match bill.usd {
        None => "paid for by the hour".to_owned(),
        Some(0.0) => "not billed".to_owned(),
        Some(usd) => format!(
            "{} billed: {usd:.5} USD at {USD_PER_TERABYTE} USD a TB",
            readable::size(bill.billed_bytes)
        ),
    };
    format!(
        "Athena: {} read in {:.1} s, {price} (query {})",
        readable::size(bill.scanned_bytes),
        bill.seconds,
        bill.query
    )
}

/// What to do after an ingest that is not complete.
pub(super) fn incomplete(summary: &IngestSummary) -> String {
    let next = if summary.failed.is_empty() {
        "correct what was refused in the source, then the same command again; `ctlake build --partial` builds without it"
    } else {
        "the same command again: it brings what is missing"
    };
    format!(
        "incomplete: the list is in {} of the lake\nnext: {next}",
        summary.report.as_deref().unwrap_or_default()
    )
}

/// Files that are not taken, and what becomes of them.
pub(super) fn rejected(what: &str, files: &[Rejected]) -> String {
    let mut text = String::new();
    for file in files.iter().take(SHOWN) {
        let _ = writeln!(
            text,
            "{what}: `{}`: {}",
            readable::value(&file.path),
            file.reason
        );
    }
    text + &more(files.len())
}

/// Says how many of a list were not said.
fn more(files: usize) -> String {
    match files.saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("… and {} more\n", count(more as u64)),
    }
}

/// The scans without a preview, if any, and why.
fn without_preview(without: &WithoutPreview) -> String {
    let mut text = String::new();
    if without.not_in_landing > 0 {
        let _ = writeln!(
            text,
            "            {:>11}  without: their middle slice is not in the landing zone",
            count(without.not_in_landing)
        );
    }
    if let Some(first) = &without.first_not_decoded {
        let _ = writeln!(
            text,
            "            {:>11}  without: their image can't be decoded, the first is `{}`",
            count(without.not_decoded),
            readable::value(first)
        );
    }
    text
}

/// A build.
pub(super) fn build(summary: &BuildSummary) -> String {
    let mut text = format!(
        "{}: {} snapshot {} (entry {}), {} in {}\n",
        summary.release,
        if summary.published {
            "published"
        } else {
            "another build has published the same content:"
        },
        summary.snapshot,
        summary.entry,
        readable::size(summary.bytes),
        plural(summary.files, "file", "files"),
    );
    text += &counts(&summary.counts);
    text
}

/// A build that had nothing to do.
pub(super) fn up_to_date(release: &Release, snapshot: &SnapshotName) -> String {
    format!("{release}: up to date: snapshot {snapshot} has the same content")
}

/// A build that had nothing to do, since somebody has gone back behind it.
pub(super) fn rolled_back(release: &Release, snapshot: &SnapshotName) -> String {
    format!(
        "{release}: nothing published: snapshot {snapshot} had the same content and was rolled back\n\nhint: `ctlake build --force` publishes it again"
    )
}

/// What a build would do.
pub(super) fn action(action: &Action) -> String {
    match action {
        Action::Build => "would publish a new snapshot".to_owned(),
        Action::UpToDate(snapshot) => {
            format!("would do nothing: snapshot {snapshot} has the same content")
        }
        Action::RolledBack(snapshot) => {
            format!(
                "would do nothing: snapshot {snapshot} had the same content and was rolled back"
            )
        }
    }
}

/// What to do with tables that are there.
pub(super) fn first_query(contract: &Contract, lake: &Location) -> String {
    let lake = lake.to_string();
    let lake = readable::argument(&lake);
    format!(
        "next: ctlake sql \"{}\" --lake {lake}",
        contract.first_query
    )
}

/// What the labels add up to.
pub(super) fn counts(counts: &Counts) -> String {
    let landed = counts.slices_in_landing.map_or_else(String::new, |slices| {
        format!("; {} with an image in the landing zone", count(slices))
    });
    let mut text = format!(
        "  slices    {:>11}  in {}{landed}\n  patients  {:>11}  {} with slices, {}\n",
        count(counts.slices),
        plural(counts.partitions, "partition", "partitions"),
        count(counts.patients),
        count(counts.patients_with_slices),
        plural(counts.scans, "scan", "scans"),
    );
    if counts.blank_lines + counts.bad_lines > 0 {
        let _ = writeln!(
            text,
            "  lines     {:>11}  of these {} blank, {} malformed",
            count(counts.lines),
            count(counts.blank_lines),
            count(counts.bad_lines),
        );
    }
    if let Some(previews) = counts.previews {
        let _ = writeln!(
            text,
            "  previews  {:>11}  the middle slice of each scan",
            count(previews)
        );
    }
    if let Some(without) = &counts.without_preview {
        text += &without_preview(without);
    }
    if !counts.missing_columns.is_empty() {
        let names = readable::list(&counts.missing_columns);
        let _ = writeln!(text, "  metadata               without {names}");
    }
    if !counts.extra_columns.is_empty() {
        let names = readable::list(&counts.extra_columns);
        let _ = writeln!(text, "  metadata               {names} passed over");
    }
    let _ = writeln!(text, "  findings  {:>11}", count(counts.occurrences()));
    let mut worst_first: Vec<_> = counts.findings.iter().collect();
    worst_first.sort_by_key(|found| std::cmp::Reverse(found.severity));
    for found in worst_first {
        let _ = writeln!(
            text,
            "    {:<8} {:>9}  {} ({})",
            found.severity.as_str(),
            count(found.occurrences),
            found.title,
            found.rule,
        );
    }
    text
}

/// What a build would write.
pub(super) fn forecast(forecast: &Forecast) -> String {
    let mut text = counts(&forecast.counts);
    for (table, planned) in &forecast.tables {
        let _ = writeln!(
            text,
            "  {table}: {} in {}",
            plural(planned.rows, "row", "rows"),
            plural(planned.partitions.len() as u64, "file", "files"),
        );
        let partitions = planned
            .partitions
            .iter()
            .filter(|(path, _)| !path.is_empty());
        for (path, rows) in partitions.clone().take(LISTED) {
            let path = readable::value(path);
            let _ = writeln!(text, "    {:>9}  {path}", count(*rows));
        }
        text += &left_out(partitions.count(), "--json");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(
            [0, 999, 1_000, 194_922, 1_000_000].map(count),
            ["0", "999", "1,000", "194,922", "1,000,000"]
        );
        assert_eq!(
            [12, 1_500, 3_412_345, 29_000_000_000].map(readable::size),
            ["12 B", "1.5 kB", "3.4 MB", "29.0 GB"]
        );
    }
}
