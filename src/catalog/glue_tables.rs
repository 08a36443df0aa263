//! Tables and views of AWS Glue: the plan made from what the log calls for and what a database has, and carried out.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::Serialize;

use super::database::DatabaseName;
use super::definition::{Definition, parameter};
use super::delta;
use super::error::CatalogError;
use super::glue::{Glue, GlueError};
use super::iceberg;
use super::partition::PartitionPlan;
use super::plan::{Action, FoundTable, Plan, Step, decide};
use super::versioned::{self, ATTEMPTS};
use super::wanted::{self, Wanted};
use crate::lake::log::{self, Entry};
use crate::lake::projection::{self, Format, Projection};
use crate::lake::{Lake, S3, snapshots};

/// The tables and views of one database: which, and how they are registered.
#[derive(Debug, Clone)]
pub(super) struct GlueTables {
    /// The database.
    pub(super) database: DatabaseName,
    /// What the tables are.
    pub(super) format: Format,
    /// What stands behind each name.
    pub(super) suffix: String,
    /// Take over tables that somebody else made.
    pub(super) adopt: bool,
    /// List the partitions one by one, besides projecting them.
    pub(super) partitions: bool,
    /// How many versions a table is to be moved before, where that is only planned.
    pub(super) ahead: BTreeMap<String, u64>,
}

impl GlueTables {
    /// Those of a database that is recorded.
    pub(super) fn of(projection: &Projection) -> Option<Self> {
        Some(Self {
            database: projection.database.as_ref()?.parse().ok()?,
            format: projection.format,
            suffix: projection.suffix.clone(),
            adopt: false,
            partitions: false,
            ahead: BTreeMap::new(),
        })
    }

    /// What the database should have; of Iceberg's tables that is what the lake has of them.
    fn wanted(&self, lake: &Lake, entry: &Entry, iceberg: &iceberg::State) -> Wanted {
        let (database, suffix) = (&self.database, &self.suffix);
        match self.format {
            Format::Hive => wanted::wanted(lake, entry, database),
            Format::Iceberg => iceberg::wanted(lake, iceberg, &self.ahead, entry, database, suffix),
            Format::Delta => delta::wanted(lake, entry, database, suffix),
        }
    }

    fn projection(&self, lake: &Lake, s3: &S3, wanted: &Wanted) -> Projection {
        let database = self.database.as_str();
        match self.format {
            Format::Hive => Projection {
                format: Format::Hive,
                region: Some(s3.region().to_owned()),
                database: Some(database.to_owned()),
                tables: names(wanted).map(str::to_owned).collect(),
                suffix: String::new(),
            },
            Format::Iceberg | Format::Delta => versioned::projection(
                lake,
                self.format,
                Some((s3.region(), database)),
                &self.suffix,
            ),
        }
    }
}

/// What was registered.
#[derive(Debug, Clone, Serialize)]
pub struct Registered {
    /// The database.
    pub database: DatabaseName,
    /// The snapshot that it shows now.
    pub snapshot: String,
    /// Its entry of the log.
    pub entry: u64,
    /// Whether the database was made.
    pub database_created: bool,
    /// Tables and views that were made.
    pub created: Vec<String>,
    /// Tables and views that were changed.
    pub updated: Vec<String>,
    /// Tables and views that were as they should be.
    pub unchanged: Vec<String>,
    /// Partitions that were added, changed and removed.
    pub partitions: [usize; 3],
    /// Requests to Glue.
    pub requests: u64,
    /// How often the plan had to be made anew because somebody else had changed the tables or published a snapshot.
    pub replanned: u32,
    /// How long it took.
    pub seconds: f64,
}

/// What would be done now.
pub(super) async fn plan(lake: &Lake, tables: &GlueTables) -> Result<Plan, CatalogError> {
    let s3 = s3(lake)?;
    plan_with(lake, &Glue::new(s3), tables).await
}

/// Refuses what Glue would refuse, before anything else is done; how many requests that took.
pub(super) async fn check(lake: &Lake, tables: &GlueTables) -> Result<u64, CatalogError> {
    let glue = Glue::new(s3(lake)?);
    plan_with(lake, &glue, tables).await?;
    Ok(glue.requests())
}

/// Makes the database show the current snapshot.
///
/// A catalog that somebody else changes meanwhile is planned anew, and so is one that shows a snapshot that is no longer current
/// when all is done: of two that register at once, the one that ends last has shown the newest snapshot.
pub(super) async fn register(lake: &Lake, tables: &GlueTables) -> Result<Registered, CatalogError> {
    let begun = Instant::now();
    let s3 = s3(lake)?;
    let glue = Glue::new(s3);
    let mut registered = None;
    for replanned in 0..ATTEMPTS {
        let plan = plan_with(lake, &glue, tables).await?;
        let sum = registered.get_or_insert_with(|| Registered::new(&plan));
        if !plan.is_empty() {
            projection::record(lake, &tables.projection(lake, s3, &plan.wanted)).await?;
            match execute(&glue, &plan, sum).await {
                Err(CatalogError::Glue(error)) if error.is_outdated() => continue,
                outcome => outcome?,
            }
        }
        let current = log::current(lake).await?;
        if current.is_none_or(|current| current.number == plan.wanted.entry) {
            sum.finish(&plan, glue.requests(), replanned, begun);
            return Ok(sum.clone());
        }
    }
    Err(CatalogError::Contended {
        place: format!("database `{}` of AWS Glue", tables.database),
        attempts: ATTEMPTS,
    })
}

/// What should be in the database and isn't, or is somebody else's.
pub(super) async fn missing(lake: &Lake, tables: &GlueTables) -> Result<Vec<String>, CatalogError> {
    let everything = GlueTables {
        adopt: true,
        ..tables.clone()
    };
    let plan = plan(lake, &everything).await?;
    let missing = plan.steps.into_iter().filter(|step| {
        let lake_of = |found: &BTreeMap<String, String>| found.get(parameter::LAKE).cloned();
        lake_of(&step.found_parameters).as_deref() != Some(lake.name())
            && !iceberg::is_of(lake, &step.found_parameters)
    });
    Ok(missing.map(|step| step.name).collect())
}

/// The lake's side of S3, if Glue and Athena can read what is there.
pub(super) fn s3(lake: &Lake) -> Result<&S3, CatalogError> {
    let s3 = lake
        .s3()
        .ok_or_else(|| CatalogError::NotOnS3(lake.name().to_owned()))?;
    if lake.name().contains("${") {
        return Err(CatalogError::Prefix(lake.name().to_owned()));
    }
    Ok(s3)
}

async fn plan_with(lake: &Lake, glue: &Glue, tables: &GlueTables) -> Result<Plan, CatalogError> {
    let entry = snapshots::resolve(lake, None).await?;
    let iceberg = match tables.format {
        Format::Iceberg => iceberg::read(lake).await?,
        Format::Hive | Format::Delta => BTreeMap::new(),
    };
    let mut wanted = tables.wanted(lake, &entry, &iceberg);
    let names: Vec<&str> = names(&wanted).collect();
    let lists = |found: &FoundTable| {
        !found.definition.keys.is_empty() && (tables.partitions || found.lists_partitions())
    };
    let found = glue.find(tables.database.as_str(), &names, lists).await?;
    iceberg::follow(&mut wanted, &found, &iceberg, lake)?;
    Ok(decide(wanted, &found, tables.adopt, tables.partitions)?)
}

fn names(wanted: &Wanted) -> impl Iterator<Item = &str> {
    wanted
        .definitions
        .iter()
        .map(|definition| definition.name.as_str())
}

/// Tables and views first, each with one request; then the partitions, which can only follow in batches.
async fn execute(glue: &Glue, plan: &Plan, sum: &mut Registered) -> Result<(), CatalogError> {
    let database = plan.wanted.database.as_str();
    if plan.create_database {
        glue.create_database(database, plan.wanted.title).await?;
        sum.database_created = true;
    }
    for step in &plan.steps {
        table(glue, database, step).await?;
        sum.note(step);
    }
    let mut first_failure = None;
    for step in &plan.steps {
        let Some(partitions) = step.partitions.as_ref().filter(|plan| !plan.is_empty()) else {
            continue;
        };
        match self::partitions(glue, database, &step.definition, partitions).await {
            // The others may still be taken, and then a second run has less to do.
            Err(error @ CatalogError::Partitions { .. }) => {
                first_failure.get_or_insert(error);
            }
            outcome => {
                outcome?;
                sum.count(partitions);
            }
        }
    }
    first_failure.map_or(Ok(()), Err)
}

async fn table(glue: &Glue, database: &str, step: &Step) -> Result<(), GlueError> {
    match &step.action {
        Action::Create => glue.create(database, &step.definition).await,
        Action::Update { version, .. } => {
            let parameters = step.definition.parameters_over(&step.found_parameters);
            let version = version.as_deref();
            glue.update(database, &step.definition, parameters, version)
                .await
        }
        Action::Keep => Ok(()),
    }
}

async fn partitions(
    glue: &Glue,
    database: &str,
    definition: &Definition,
    plan: &PartitionPlan,
) -> Result<(), CatalogError> {
    let mut failed = glue
        .create_partitions(database, definition, &plan.create)
        .await?;
    failed.extend(
        glue.update_partitions(database, definition, &plan.update)
            .await?,
    );
    failed.extend(
        glue.delete_partitions(database, &definition.name, &plan.delete)
            .await?,
    );
    let count = failed.len();
    // One that is not as planned was changed by somebody else: that is no failure, but planned anew.
    let (outdated, failed): (Vec<_>, Vec<_>) = failed.into_iter().partition(GlueError::is_outdated);
    match (failed.into_iter().next(), outdated.into_iter().next()) {
        (None, None) => Ok(()),
        (None, Some(outdated)) => Err(outdated.into()),
        (Some(first), _) => Err(CatalogError::Partitions {
            table: format!("{database}.{}", definition.name),
            failed: count,
            asked: plan.create.len() + plan.update.len() + plan.delete.len(),
            source: Box::new(first),
        }),
    }
}

impl Registered {
    fn new(plan: &Plan) -> Self {
        Self {
            database: plan.wanted.database.clone(),
            snapshot: String::new(),
            entry: 0,
            database_created: false,
            created: Vec::new(),
            updated: Vec::new(),
            unchanged: Vec::new(),
            partitions: [0; 3],
            requests: 0,
            replanned: 0,
            seconds: 0.0,
        }
    }

    fn note(&mut self, step: &Step) {
        let names = match step.action {
            Action::Create => &mut self.created,
            Action::Update { .. } => &mut self.updated,
            Action::Keep => return,
        };
        if !names.contains(&step.name) {
            names.push(step.name.clone());
        }
    }

    fn count(&mut self, plan: &PartitionPlan) {
        let changed = [plan.create.len(), plan.update.len(), plan.delete.len()];
        for (sum, count) in self.partitions.iter_mut().zip(changed) {
            *sum += count;
        }
    }

    fn finish(&mut self, plan: &Plan, requests: u64, replanned: u32, begun: Instant) {
        self.snapshot.clone_from(&plan.wanted.snapshot);
        self.entry = plan.wanted.entry;
        let changed = |name: &&str| {
            let is = |changed: &[String]| changed.iter().any(|other| other == name);
            !is(&self.created) && !is(&self.updated)
        };
        self.unchanged = names(&plan.wanted)
            .filter(changed)
            .map(str::to_owned)
            .collect();
        self.requests = requests;
        self.replanned = replanned;
        self.seconds = begun.elapsed().as_secs_f64();
    }
}
