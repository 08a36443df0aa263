//! What a lake holds, and what to do next.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use crate::catalog::{self, CatalogError};
use crate::error::Result;
use crate::lake::log::{self, Entry};
use crate::lake::projection::Projection;
use crate::lake::{Completeness, Correction, Lake, LakeError, landing, manifest};
use crate::query::QueryError;
use crate::query::findings::{self, RuleFindings};
use crate::readable;
use crate::release::Release;

/// What a lake holds.
#[derive(Debug, Serialize)]
pub struct Status {
    /// Its address.
    pub lake: String,
    /// The releases of the landing zone.
    pub landing: Vec<LandedRelease>,
    /// Entries of the log.
    pub snapshots: usize,
    /// The snapshot that queries read.
    pub current: Option<CurrentSnapshot>,
    /// The catalogs that show it.
    pub catalogs: Vec<CatalogStatus>,
    /// The command to run next.
    pub next: String,
}

/// A release in the landing zone.
#[derive(Debug, Serialize)]
pub struct LandedRelease {
    /// Its name.
    pub release: String,
    /// Files that are there.
    pub files: u64,
    /// Images among them.
    pub images: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Files that a source of it has and that are not there.
    pub missing: u64,
    /// How many of them can't be taken from it.
    pub refused: u64,
    /// Which of the label files and the metadata is not there.
    pub lacks: Option<String>,
    /// What to correct in the source, where nothing else is missing.
    #[serde(skip)]
    pub correction: Option<Correction>,
    /// Whether all is there that its sources have; absent where nothing tells what they have.
    pub complete: Option<bool>,
}

/// A catalog that the lake is registered in.
#[derive(Debug, Serialize)]
pub struct CatalogStatus {
    /// Where it is.
    #[serde(flatten)]
    pub projection: Projection,
    /// Whether every table is there and shows the current snapshot; `None` where the catalog can't be asked.
    pub up_to_date: Option<bool>,
    /// The entries that its tables show.
    pub entries: BTreeSet<u64>,
    /// Tables and views that it lacks.
    pub missing: Vec<String>,
    /// Tables that others have written to.
    pub foreign: Vec<String>,
    /// Why it can't be asked.
    pub error: Option<String>,
}

/// The current snapshot.
#[derive(Debug, Serialize)]
pub struct CurrentSnapshot {
    /// Its name.
    pub snapshot: String,
    /// The entry of the log that made it current.
    pub entry: u64,
    /// When that was: RFC 3339.
    pub committed_at: String,
    /// The release that it was built from.
    pub release: String,
    /// Its tables.
    pub tables: Vec<TableStatus>,
    /// What its build found about the data, the worst first; absent where this program can't ask.
    pub findings: Option<Vec<RuleFindings>>,
}

/// A table of the current snapshot.
#[derive(Debug, Serialize)]
pub struct TableStatus {
    /// Its name.
    pub table: String,
    /// Rows in all data files.
    pub rows: u64,
    /// Data files.
    pub files: u64,
    /// Bytes of the data files.
    pub bytes: u64,
}

/// Gathers what a lake holds, and asks each catalog for what it shows.
pub async fn status(lake: &Lake) -> Result<Status> {
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
    let address = &readable::argument(lake.name());
    let next = match (landed.is_empty(), &current) {
        (false, _) if let Some(release) = unfinished => match &release.correction {
            None => format!("ctlake ingest SOURCE --lake {address}, which brings what is missing"),
            Some(correction) => format!(
                "{correction} and ingest it again; `ctlake build --lake {address} --release {} --partial` builds without it",
                release.release
            ),
        },
        (true, None) => format!("ctlake ingest FOLDER --lake {address}"),
        (false, None) => {
            let release = match &landed[..] {
                [_] | [] => String::new(),
                [.., last] => format!(" --release {}", last.release),
            };
            format!("ctlake build --lake {address}{release}")
        }
        (_, Some(_)) => match behind(&catalogs) {
            Some(projection) => projection.register_command(address),
            None => format!(
                "ctlake sql \"SELECT rule, severity, subject, detail FROM quality_findings\" --lake {address}"
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
    let completeness =
        is_recorded.then(|| Completeness::of(lake.dataset(), &release, &recorded, names));
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
