//! Formats that keep their history, asked and moved: what Iceberg and Delta have in common.

use std::time::Instant;

use serde::Serialize;

use super::error::CatalogError;
use super::glue_tables::Registered;
use super::plan::Plan;
use super::shown::{Shown, ShownTable};
use super::versions::{self, Action, History, Refusal, Step, Version, decide};
use crate::contract::Table;
use crate::lake::log::{self, Entry};
use crate::lake::projection::{self, Format, Projection};
use crate::lake::snapshots::SnapshotError;
use crate::lake::{Lake, format};

/// Somebody who changes the tables more often than this while we do is no accident.
pub(super) const ATTEMPTS: u32 = 10;

/// A format of tables in the lake that keeps its history.
pub(super) trait Versioned {
    /// All that was read of its tables.
    type State;

    /// Which it is, and where.
    fn projection(&self) -> Projection;

    /// Reads what there is of `tables`.
    async fn read(
        &self,
        lake: &Lake,
        tables: &[&'static Table],
    ) -> Result<Self::State, CatalogError>;

    /// What it shows of `table`. Of versions whose files are gone, those that need no removing are left out.
    fn history(
        &self,
        lake: &Lake,
        state: &Self::State,
        table: &Table,
        entries: &[Entry],
    ) -> History;

    /// Takes one step, and changes `state` with it. `entry` is that of the step, or the current one where the step has none.
    async fn take(
        &self,
        lake: &Lake,
        state: &mut Self::State,
        step: &Step,
        entry: &Entry,
    ) -> Result<Taken, CatalogError>;

    /// Requests to Glue so far.
    fn requests(&self) -> u64;
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// The table is as the step says.
    Done,
    /// Somebody else was first: nothing was changed, and all must be read again.
    Lost,
}

/// What is to be done so that a format shows the current snapshot.
#[derive(Debug, Clone, Serialize)]
pub struct VersionsPlan {
    /// Where.
    #[serde(flatten)]
    pub projection: Projection,
    /// The snapshot to show.
    pub snapshot: String,
    /// The last entry of the log.
    pub entry: u64,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What becomes of the tables in Glue, where the format doesn't see to it itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalog: Option<Plan>,
}

/// What was done.
#[derive(Debug, Clone, Serialize)]
pub struct Advanced {
    /// Where.
    #[serde(flatten)]
    pub projection: Projection,
    /// The snapshot that it shows now.
    pub snapshot: String,
    /// The last entry of the log.
    pub entry: u64,
    /// The steps that were taken.
    pub steps: Vec<Step>,
    /// What became of the tables in Glue, where the format doesn't see to it itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalog: Option<Registered>,
    /// Requests to Glue.
    pub requests: u64,
    /// How often the plan had to be made anew because somebody else had changed the tables or published a snapshot.
    pub replanned: u32,
    /// How long it took.
    pub seconds: f64,
}

/// How a format's tables are moved.
#[derive(Debug, Clone, Copy, Default)]
pub struct Moving {
    /// Put the log's files in the place of what somebody else has written.
    pub force: bool,
    /// Write to a store without conditional writes: the caller vouches that nobody else does.
    pub single_writer: bool,
}

/// Tables with what is shown of them.
type Tables = [(&'static Table, History)];

/// The tables in the lake, and where a database of a region has them, with `suffix` behind their names.
pub(super) fn projection(
    lake: &Lake,
    format: Format,
    database: Option<(&str, &str)>,
    suffix: &str,
) -> Projection {
    let (region, database) = database.unzip();
    let names = lake
        .contract()
        .tables_to_publish()
        .map(|table| table.name.clone() + suffix);
    Projection {
        format,
        region: region.map(str::to_owned),
        database: database.map(str::to_owned),
        tables: names.collect(),
        suffix: suffix.to_owned(),
    }
}

struct Planned<S> {
    plan: VersionsPlan,
    entries: Vec<Entry>,
    state: S,
}

/// What would be done now.
pub(super) async fn plan<F: Versioned>(
    format: &F,
    lake: &Lake,
    moving: Moving,
) -> Result<VersionsPlan, CatalogError> {
    let decide = |entries: &[Entry], tables: &Tables| decide(entries, tables, moving.force);
    Ok(planned(format, lake, decide).await?.plan)
}

async fn planned<F: Versioned>(
    format: &F,
    lake: &Lake,
    decide: impl Fn(&[Entry], &Tables) -> Result<Vec<Step>, Refusal>,
) -> Result<Planned<F::State>, CatalogError> {
    let entries = log::read_all(lake).await?;
    let Some(current) = entries.last() else {
        return Err(SnapshotError::None(lake.name().to_owned()).into());
    };
    let tables: Vec<&'static Table> = lake.contract().tables_to_publish().collect();
    let state = format.read(lake, &tables).await?;
    let histories: Vec<(&'static Table, History)> = tables
        .iter()
        .map(|&table| (table, format.history(lake, &state, table, &entries)))
        .collect();
    let plan = VersionsPlan {
        projection: format.projection(),
        snapshot: current.snapshot.to_string(),
        entry: current.number,
        steps: decide(&entries, &histories)?,
        catalog: None,
    };
    Ok(Planned {
        plan,
        entries,
        state,
    })
}

/// Makes the format show the current snapshot, with all that the log has shown since.
///
/// A table that somebody else changes meanwhile is read again and planned anew, and so is everything when the log has grown.
pub(super) async fn register<F: Versioned>(
    format: &F,
    lake: &Lake,
    moving: Moving,
) -> Result<Advanced, CatalogError> {
    let decide = |entries: &[Entry], tables: &Tables| decide(entries, tables, moving.force);
    advance(format, lake, moving, decide).await
}

/// Removes the versions whose files the log has given up, and does nothing else.
pub(super) async fn expire<F: Versioned>(
    format: &F,
    lake: &Lake,
) -> Result<Advanced, CatalogError> {
    let decide = |entries: &[Entry], tables: &Tables| Ok(versions::expire(entries, tables));
    advance(format, lake, Moving::default(), decide).await
}

async fn advance<F: Versioned>(
    format: &F,
    lake: &Lake,
    moving: Moving,
    decide: impl Fn(&[Entry], &Tables) -> Result<Vec<Step>, Refusal>,
) -> Result<Advanced, CatalogError> {
    let begun = Instant::now();
    let mut taken = Vec::new();
    for replanned in 0..ATTEMPTS {
        let mut planned = planned(format, lake, &decide).await?;
        if !planned.plan.steps.is_empty() {
            format::require_conditional_put(lake, moving.single_writer).await?;
            projection::record(lake, &format.projection()).await?;
            if !take_all(format, lake, &mut planned, &mut taken).await? {
                continue;
            }
        }
        let last = log::numbers(lake).await?.pop();
        if last == Some(planned.plan.entry) {
            return Ok(Advanced {
                projection: planned.plan.projection,
                snapshot: planned.plan.snapshot,
                entry: planned.plan.entry,
                steps: taken,
                catalog: None,
                requests: format.requests(),
                replanned,
                seconds: begun.elapsed().as_secs_f64(),
            });
        }
    }
    Err(CatalogError::Contended {
        place: format.projection().to_string(),
        attempts: ATTEMPTS,
    })
}

/// Takes the steps one after the other; `false` when somebody else was first.
async fn take_all<F: Versioned>(
    format: &F,
    lake: &Lake,
    planned: &mut Planned<F::State>,
    taken: &mut Vec<Step>,
) -> Result<bool, CatalogError> {
    for step in &planned.plan.steps {
        let number = match &step.action {
            Action::Publish(version) | Action::Rollback { version, .. } => version.entry,
            Action::Describe { .. } | Action::Expire { .. } => planned.plan.entry,
        };
        let entry = planned
            .entries
            .iter()
            .find(|entry| entry.number == number)
            .expect("steps are made of the log's entries");
        if format.take(lake, &mut planned.state, step, entry).await? == Taken::Lost {
            return Ok(false);
        }
        taken.push(step.clone());
    }
    Ok(true)
}

/// What it shows now.
pub(super) async fn shown<F: Versioned>(
    format: &F,
    lake: &Lake,
    projection: &Projection,
) -> Result<Shown, CatalogError> {
    let entries = log::read_all(lake).await?;
    let tables: Vec<&'static Table> = lake.contract().tables_to_publish().collect();
    let state = format.read(lake, &tables).await?;
    let mut shown = Shown {
        projection: projection.clone(),
        tables: Vec::new(),
        missing: Vec::new(),
    };
    for table in tables {
        let history = format.history(lake, &state, table, &entries);
        match history.current {
            Some(Version { entry, .. }) => shown.tables.push(ShownTable {
                table: table.name.clone(),
                entry: Some(entry),
                snapshots: history.snapshots,
                foreign: history.foreign,
            }),
            None if table.optional => {}
            None => shown.missing.push(table.name.clone()),
        }
    }
    Ok(shown)
}

impl VersionsPlan {
    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.catalog.as_ref().is_none_or(Plan::is_empty)
    }
}
