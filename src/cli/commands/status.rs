//! `ctlake status`.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

use serde::Serialize;

use super::super::args::ListFormat;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use crate::catalog::{self, CatalogError};
use crate::covidx::Release;
use crate::lake::log::{self, Entry};
use crate::lake::projection::Projection;
use crate::lake::{Completeness, Correction, Lake, LakeError, landing, manifest};
use crate::query::QueryError;
use crate::query::findings::{self, RuleFindings};
use crate::readable;

/// What a lake holds.
#[derive(Debug, Serialize)]
struct Status {
    lake: String,
    landing: Vec<LandedRelease>,
    snapshots: usize,
    current: Option<CurrentSnapshot>,
    /// The catalogs that show it.
    catalogs: Vec<CatalogStatus>,
    next: String,
}

#[derive(Debug, Serialize)]
struct LandedRelease {
    release: String,
    files: u64,
    images: u64,
    bytes: u64,
    /// Files that a source of it has and that are not there.
    missing: u64,
    /// How many of them can't be taken from it.
    refused: u64,
    /// Which of the label files and the metadata is not there.
    lacks: Option<String>,
    /// What to correct in the source, where nothing else is missing.
    #[serde(skip)]
    correction: Option<Correction>,
    /// Whether all is there that its sources have; absent where nothing tells what they have.
    complete: Option<bool>,
}

#[derive(Debug, Serialize)]
struct CatalogStatus {
    #[serde(flatten)]
    projection: Projection,
    /// Whether every table is there and shows the current snapshot; `None` where the catalog can't be asked.
    up_to_date: Option<bool>,
    /// The entries that its tables show.
    entries: BTreeSet<u64>,
    /// Tables and views that it lacks.
    missing: Vec<String>,
    /// Tables that others have written to.
    foreign: Vec<String>,
    /// Why it can't be asked.
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct CurrentSnapshot {
    snapshot: String,
    entry: u64,
    committed_at: String,
    release: String,
    tables: Vec<TableStatus>,
    /// What its build found about the data, the worst first; absent where this program can't ask.
    findings: Option<Vec<RuleFindings>>,
}

#[derive(Debug, Serialize)]
struct TableStatus {
    table: String,
    rows: u64,
    files: u64,
    bytes: u64,
}

pub(super) async fn run(context: &Context, format: ListFormat) -> Result<ExitCode, Failure> {
    let lake = Lake::open(&context.lake).await?;
    let status = status(&lake).await?;
    match format {
        ListFormat::Table => Terminal::text(&text(&status))?,
        ListFormat::Json => Terminal::data(&summary::json(&status))?,
    }
    Ok(ExitCode::Done)
}

async fn status(lake: &Lake) -> Result<Status, Failure> {
    let mut landed = Vec::new();
    for release in landing::releases(lake).await? {
        landed.push(landed_release(lake, release).await?);
    }
    let snapshots = log::numbers(lake).await?.len();
    let current = log::current(lake).await?;
    let catalogs = catalogs(lake, current.as_ref()).await?;
    let unfinished = landed
        .iter()
        .find(|release| release.complete == Some(false));
    let next = match (landed.is_empty(), &current) {
        (false, _) if let Some(release) = unfinished => match &release.correction {
            None => format!(
                "ctlake ingest SOURCE --lake {}, which brings what is missing",
                lake.name()
            ),
            Some(correction) => format!(
                "{correction} and ingest it again; `ctlake build --lake {} --release {} --partial` builds without it",
                lake.name(),
                release.release
            ),
        },
        (true, None) => format!("ctlake ingest FOLDER --lake {}", lake.name()),
        (false, None) => {
            let release = match &landed[..] {
                [_] | [] => String::new(),
                [.., last] => format!(" --release {}", last.release),
            };
            format!("ctlake build --lake {}{release}", lake.name())
        }
        (_, Some(_)) => match behind(&catalogs) {
            Some(projection) => summary::register_again(projection, lake.name()),
            None => format!(
                "ctlake sql \"SELECT rule, severity, subject, detail FROM quality_findings\" --lake {}",
                lake.name()
            ),
        },
    };
    Ok(Status {
        lake: lake.name().to_owned(),
        landing: landed,
        snapshots,
        current: match current {
            Some(entry) => Some(current_snapshot(lake, entry).await?),
            None => None,
        },
        catalogs,
        next,
    })
}

/// What the catalogs show, that of each asked there.
async fn catalogs(
    lake: &Lake,
    current: Option<&Entry>,
) -> Result<Vec<CatalogStatus>, CatalogError> {
    let shown = catalog::shown(lake).await?;
    let status = shown.into_iter().map(|(projection, shown)| CatalogStatus {
        projection,
        up_to_date: shown
            .as_ref()
            .ok()
            .zip(current)
            .map(|(shown, current)| shown.is_current(&current.snapshot)),
        entries: shown
            .iter()
            .flat_map(|shown| shown.tables.iter().filter_map(|table| table.entry))
            .collect(),
        missing: shown
            .as_ref()
            .map(|shown| shown.missing.clone())
            .unwrap_or_default(),
        foreign: shown
            .iter()
            .flat_map(|shown| &shown.tables)
            .filter(|table| table.foreign.is_some())
            .map(|table| table.table.clone())
            .collect(),
        error: shown.err().map(|error| error.to_string()),
    });
    Ok(status.collect())
}

/// The first one that doesn't show the current snapshot.
fn behind(catalogs: &[CatalogStatus]) -> Option<&Projection> {
    let behind = catalogs
        .iter()
        .find(|catalog| catalog.up_to_date == Some(false));
    behind.map(|catalog| &catalog.projection)
}

async fn landed_release(lake: &Lake, release: Release) -> Result<LandedRelease, LakeError> {
    // The manifest is a few objects; listing the images would be a request a thousand.
    let recorded = manifest::read(lake, release.as_str()).await?;
    let mut files: HashMap<&str, u64> = recorded
        .entries()
        .values()
        .map(|entry| (entry.path.as_str(), entry.bytes))
        .collect();
    let top = landing::top_files(lake, release.as_str()).await?;
    for file in &top {
        if let Some(name) = file.location.filename() {
            files.insert(name, file.size);
        }
    }
    let names = top.iter().filter_map(|file| file.location.filename());
    // Where nothing is recorded, nothing tells what should be there.
    let is_recorded = !recorded.entries().is_empty() || !recorded.missing().is_empty();
    let completeness = is_recorded.then(|| Completeness::of(&release, &recorded, names));
    let known = completeness.as_ref();
    Ok(LandedRelease {
        images: files.keys().filter(|path| path.contains('/')).count() as u64,
        files: files.len() as u64,
        bytes: files.values().sum(),
        missing: known.map_or(0, |known| known.missing.len() as u64),
        refused: known.map_or(0, |known| known.refused),
        lacks: known.and_then(Completeness::lacks),
        complete: known.map(Completeness::is_complete),
        correction: known.and_then(Completeness::correction),
        release: release.to_string(),
    })
}

async fn current_snapshot(lake: &Lake, entry: Entry) -> Result<CurrentSnapshot, QueryError> {
    let findings = match findings::findings(lake, &entry).await {
        Ok(findings) => Some(findings),
        Err(QueryError::NoEngine) => None,
        Err(error) => return Err(error),
    };
    Ok(CurrentSnapshot {
        findings,
        snapshot: entry.snapshot.to_string(),
        entry: entry.number,
        committed_at: entry.committed_at,
        release: entry.release,
        tables: entry
            .tables
            .into_iter()
            .map(|(table, content)| TableStatus {
                table,
                rows: content.rows(),
                files: content.files.len() as u64,
                bytes: content.bytes(),
            })
            .collect(),
    })
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
            summary::size(landed.bytes),
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
                    summary::size(table.bytes),
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
