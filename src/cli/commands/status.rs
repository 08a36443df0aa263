//! `ctlake status`.

use std::fmt::Write;

use super::super::args::ListFormat;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use crate::datasets;
use crate::ops::status::{CatalogStatus, LandedRelease, Status, status};
use crate::query::findings::RuleFindings;
use crate::readable;

pub(super) async fn run(context: &Context, format: ListFormat) -> Result<ExitCode, Failure> {
    let lake = datasets::open(&context.lake).await?;
    let status = status(&lake).await?;
    match context.list_format(format) {
        ListFormat::Table => Terminal::text(&text(&status))?,
        ListFormat::Json => Terminal::data(&summary::json(&status))?,
    }
    Ok(ExitCode::Done)
}

fn text(status: &Status) -> String {
    let mut text = format!("lake {}\n", status.lake);
    for landed in &status.landing {
        let _ = writeln!(
            text,
            "landing   {}: {}, {} of them images, {}{}",
            readable::value(&landed.release),
            summary::plural(landed.files, "file", "files"),
            summary::count(landed.images),
            readable::size(landed.bytes),
            state(landed),
        );
    }
    match &status.current {
        None => text += "snapshot  none yet\n",
        Some(current) => {
            let _ = writeln!(
                text,
                "snapshot  {} of {}\n  entry {} of {}, committed {}",
                current.snapshot,
                current.release,
                current.entry,
                status.snapshots,
                current.committed_at,
            );
            for table in &current.tables {
                let _ = writeln!(
                    text,
                    "  {:<17} {:>11} rows  {:>9}  {:>10}",
                    table.table,
                    summary::count(table.rows),
                    summary::plural(table.files, "file", "files"),
                    readable::size(table.bytes),
                );
            }
            text += &findings_text(current.findings.as_deref().unwrap_or_default());
        }
    }
    for catalog in &status.catalogs {
        let _ = writeln!(
            text,
            "catalog   {}: {}",
            summary::place(&catalog.projection),
            catalog_text(catalog)
        );
    }
    let _ = writeln!(text, "next: {}", status.next);
    text
}

fn state(landed: &LandedRelease) -> String {
    let refused = match landed.refused {
        0 => String::new(),
        refused => format!(", {} refused", summary::count(refused)),
    };
    match (landed.complete, &landed.lacks) {
        (None, _) => String::new(),
        (Some(true), _) => "; complete".to_owned(),
        (Some(false), Some(lacks)) if landed.missing == 0 => format!("; incomplete: {lacks}"),
        (Some(false), _) => format!(
            "; incomplete: {} missing{refused}",
            summary::plural(landed.missing, "file is", "files are")
        ),
    }
}

fn findings_text(rules: &[RuleFindings]) -> String {
    if rules.is_empty() {
        return String::new();
    }
    let all = rules.iter().map(|rule| rule.occurrences).sum();
    let mut text = format!("findings  {}\n", summary::count(all));
    for rule in rules {
        let _ = writeln!(
            text,
            "  {:<8} {:>8}  {}",
            rule.severity,
            summary::count(rule.occurrences),
            rule.rule,
        );
    }
    text
}

fn catalog_text(catalog: &CatalogStatus) -> String {
    if let Some(error) = &catalog.error {
        return format!("can't be asked: {}", readable::value(error));
    }
    let entries: Vec<String> = catalog.entries.iter().map(u64::to_string).collect();
    match (catalog.up_to_date, &entries[..]) {
        (Some(true), _) => "shows the current snapshot".to_owned(),
        (_, []) => "shows none of the tables".to_owned(),
        (_, _) if !catalog.foreign.is_empty() => {
            format!("others have written to {}", catalog.foreign.join(", "))
        }
        (_, _) if !catalog.missing.is_empty() => format!("lacks {}", catalog.missing.join(", ")),
        (_, [one]) => format!("shows entry {one}, not all of the current snapshot"),
        (_, several) => format!("shows entries {}", several.join(" and ")),
    }
}
