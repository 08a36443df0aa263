//! Which engine answers a question, and its answer.

use std::collections::BTreeMap;
use std::iter;
use std::sync::Arc;

use thiserror::Error;

use crate::catalog::{self, CatalogError, DatabaseName, Shown};
use crate::hint::Hint;
use crate::lake::Lake;
use crate::lake::log::Entry;
use crate::progress::{Progress, Stop};
use crate::query::athena::{Athena, AthenaError, AthenaOptions};
use crate::query::{self, Answer, Catalog, Choice, Engine, Facts, QueryError};
use crate::readable;

/// The engine that a user names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineSelector {
    /// DataFusion, on this machine.
    DataFusion,
    /// Polars, on this machine.
    Polars,
    /// Amazon Athena.
    Athena,
    /// DataFusion, unless the tables are too large for this machine and Athena has them.
    Auto,
}

/// How a question is to be answered.
#[derive(Debug, Clone)]
pub struct QueryOptions {
    /// The engine.
    pub engine: EngineSelector,
    /// The snapshot was named, and need not be the current one.
    pub names_snapshot: bool,
    /// Rows of the answer at most.
    pub limit: Option<u32>,
    /// The database in Glue; without it the one in which the lake is registered.
    pub database: Option<DatabaseName>,
    /// Athena's workgroup.
    pub workgroup: String,
    /// The address below which Athena stores the answer; without it the workgroup's.
    pub output_location: Option<String>,
    /// Bytes after which Athena's query is stopped.
    pub max_scan: Option<u64>,
    /// Bytes of the tables above which [`EngineSelector::Auto`] prefers Athena; without it a part of the free memory.
    pub auto_above: Option<u64>,
}

/// The engine that will answer, and why.
#[derive(Debug, Clone)]
pub struct QueryPlan {
    /// The engine.
    pub engine: PlannedEngine,
    /// The rule's choice and the facts that it rests on, where the rule chose.
    pub choice: Option<(Choice, Facts)>,
    /// Reasons for which the answer may not be the one of the current snapshot.
    pub warnings: Vec<String>,
}

/// The engine of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannedEngine {
    /// DataFusion, on this machine.
    DataFusion,
    /// Polars, on this machine.
    Polars,
    /// Athena, in this database of Glue.
    Athena(String),
}

/// A question is not answered by the engine that was asked for.
#[derive(Debug, Error)]
pub enum PlanError {
    /// Athena has one snapshot only.
    #[error(
        "Athena has the snapshot that is registered: expected tables without `@`, and none of `all_releases`"
    )]
    OtherSnapshots,
    /// The same, for the snapshot of the whole question.
    #[error(
        "`--snapshot` is for `--engine datafusion`: Athena has the snapshot that is registered, and no other"
    )]
    Snapshot,
    /// Athena reads no folder.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The lake is in no database.
    #[error("lake `{0}` is in no database that Athena could ask")]
    Unregistered(String),
    /// The lake is in several databases.
    #[error("expected `--database`, since lake `{lake}` is in several: {}", readable::list(.databases))]
    Ambiguous {
        /// The lake.
        lake: String,
        /// The databases.
        databases: Vec<String>,
    },
    /// The record of the catalogs can't be read.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

impl Hint for PlanError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::OtherSnapshots => "`--engine datafusion`".to_owned(),
            Self::Snapshot => {
                "`--engine datafusion`; or `ctlake snapshots rollback` and `ctlake register`"
                    .to_owned()
            }
            Self::Query(error) => return error.hint(),
            Self::Unregistered(lake) => format!(
                "`ctlake register --database covidx --lake {}`, or name one: `--database covidx`",
                readable::argument(lake)
            ),
            Self::Ambiguous { databases, .. } => format!("`--database {}`", databases[0]),
            Self::Catalog(error) => return error.hint(),
        })
    }

    fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::OtherSnapshots | Self::Snapshot | Self::Ambiguous { .. }
        )
    }
}

/// Chooses the engine. Catalogs are asked only where the answer may come from Athena.
pub async fn plan(
    lake: &Lake,
    entry: &Entry,
    sql: &str,
    options: &QueryOptions,
) -> Result<QueryPlan, PlanError> {
    let chosen = |engine| QueryPlan {
        engine,
        choice: None,
        warnings: Vec::new(),
    };
    match options.engine {
        EngineSelector::DataFusion => Ok(chosen(PlannedEngine::DataFusion)),
        EngineSelector::Polars => Ok(chosen(PlannedEngine::Polars)),
        EngineSelector::Athena => {
            if query::names_other_snapshots(sql) {
                return Err(PlanError::OtherSnapshots);
            }
            if options.names_snapshot {
                return Err(PlanError::Snapshot);
            }
            if lake.s3().is_none() {
                let error = AthenaError::NotOnS3(lake.name().to_owned());
                return Err(QueryError::from(error).into());
            }
            let registration = Registration::find(lake, options.database.as_ref()).await?;
            Ok(QueryPlan {
                warnings: registration.warnings(entry),
                ..chosen(PlannedEngine::Athena(registration.database(lake)?))
            })
        }
        EngineSelector::Auto => {
            let registration = Registration::find(lake, options.database.as_ref()).await?;
            let facts = Facts {
                on_s3: lake.s3().is_some(),
                older_snapshot: options.names_snapshot || query::names_other_snapshots(sql),
                catalog: registration.catalog(entry),
                bytes: query::bytes_named(lake.contract(), sql, entry),
                limit: options.auto_above.unwrap_or_else(query::default_limit),
                built_in: query::BUILT_IN,
                differs: query::differs(sql),
            };
            let choice = query::choose(&facts);
            let engine = match &choice {
                Choice::Large(database) | Choice::NotBuiltIn(database) => {
                    PlannedEngine::Athena(database.clone())
                }
                _ => PlannedEngine::DataFusion,
            };
            Ok(QueryPlan {
                choice: Some((choice, facts)),
                ..chosen(engine)
            })
        }
    }
}

/// An engine that is ready, with the limits of Athena's workgroup in words.
pub struct OpenEngine {
    /// The engine.
    pub engine: Box<dyn Engine>,
    /// The limits that hold.
    pub notes: Vec<String>,
    /// Limits that are unknown, or other than asked for.
    pub warnings: Vec<String>,
}

/// Opens the engine of a plan.
pub async fn open(
    lake: &Lake,
    entry: &Entry,
    sql: &str,
    plan: &QueryPlan,
    options: &QueryOptions,
    progress: Arc<dyn Progress>,
    stop: &Stop,
) -> Result<OpenEngine, QueryError> {
    let ready = |engine| OpenEngine {
        engine,
        notes: Vec::new(),
        warnings: Vec::new(),
    };
    match &plan.engine {
        PlannedEngine::DataFusion => query::engine(lake, entry).map(ready),
        PlannedEngine::Polars => query::polars_engine(lake, entry).map(ready),
        PlannedEngine::Athena(database) => {
            let athena = AthenaOptions {
                database: database.clone(),
                workgroup: options.workgroup.clone(),
                output: options.output_location.clone(),
                max_scan: options.max_scan,
                expected: query::bytes_named(lake.contract(), sql, entry),
            };
            let engine = Athena::open(lake, athena, progress, stop.clone()).await?;
            let (notes, warnings) = limits(&engine, options);
            Ok(OpenEngine {
                engine: Box::new(engine),
                notes,
                warnings,
            })
        }
    }
}

/// The limits of the workgroup, and its settings that go before the options.
fn limits(engine: &Athena, options: &QueryOptions) -> (Vec<String>, Vec<String>) {
    let name = &options.workgroup;
    let Some(workgroup) = engine.workgroup() else {
        let unknown = format!(
            "cannot look at workgroup `{name}`: whether it ends queries that read much is unknown"
        );
        return (Vec::new(), vec![unknown]);
    };
    let note = options.max_scan.map(|limit| match workgroup.cutoff {
        Some(cutoff) if cutoff <= limit => format!(
            "workgroup `{name}` ends a query that has read {}",
            readable::size(cutoff)
        ),
        _ => format!(
            "workgroup `{name}` has no limit as low as {}: the query is stopped when Athena tells that it has read more",
            readable::size(limit)
        ),
    });
    let overruled = workgroup.enforced && options.output_location.is_some();
    let warning = overruled
        .then(|| format!("workgroup `{name}` has settings that go before `--output-location`"));
    (note.into_iter().collect(), warning.into_iter().collect())
}

/// A warning where an answer has read more than its limit, and had ended before that was seen.
#[must_use]
pub fn overrun(answer: &Answer, options: &QueryOptions) -> Option<String> {
    let scanned = answer.bill.as_ref()?.scanned_bytes;
    (scanned > options.max_scan?).then(|| {
        format!(
            "the query has read {}, more than `--max-scan`: it had ended before that was seen",
            readable::size(scanned)
        )
    })
}

/// The databases of Glue that the lake is registered in.
enum Registration {
    /// None.
    Nowhere,
    /// Several, and none was named.
    Several(Vec<String>),
    /// A database that was named, in which the lake is not registered.
    Foreign(String),
    /// The database that was named, or the only one, and what it shows.
    Database(String, Result<Shown, CatalogError>),
}

impl Registration {
    /// Asks each catalog what it shows. Where a database has tables in several formats, those of the first have the bare names.
    async fn find(lake: &Lake, wanted: Option<&DatabaseName>) -> Result<Self, CatalogError> {
        let mut shown = Box::pin(catalog::shown(lake)).await?;
        shown.sort_by_key(|(projection, _)| projection.format);
        let mut databases = BTreeMap::new();
        for (projection, shown) in shown {
            if let Some(database) = projection.database {
                databases.entry(database).or_insert(shown);
            }
        }
        if let Some(name) = wanted {
            return Ok(match databases.remove(name.as_str()) {
                Some(shown) => Self::Database(name.to_string(), shown),
                None => Self::Foreign(name.to_string()),
            });
        }
        Ok(match (databases.len(), databases.pop_first()) {
            (1, Some((name, shown))) => Self::Database(name, shown),
            (_, Some((first, _))) => {
                Self::Several(iter::once(first).chain(databases.into_keys()).collect())
            }
            (_, None) => Self::Nowhere,
        })
    }

    /// The database in which names are looked up.
    fn database(self, lake: &Lake) -> Result<String, PlanError> {
        match self {
            Self::Foreign(name) | Self::Database(name, _) => Ok(name),
            Self::Nowhere => Err(PlanError::Unregistered(lake.name().to_owned())),
            Self::Several(databases) => Err(PlanError::Ambiguous {
                lake: lake.name().to_owned(),
                databases,
            }),
        }
    }

    /// Why the answer may not be that of the current snapshot.
    fn warnings(&self, entry: &Entry) -> Vec<String> {
        let Self::Database(name, shown) = self else {
            return Vec::new();
        };
        match shown {
            Ok(shown) if shown.is_current(&entry.snapshot) => Vec::new(),
            Ok(shown) => {
                let oldest = shown.tables.iter().filter_map(|table| table.entry).min();
                let shows = oldest.map_or("not all tables".to_owned(), |entry| {
                    format!("entry {entry}")
                });
                vec![format!(
                    "database `{name}` shows {shows}, the lake is at entry {}: `ctlake register --database {name}` brings it there",
                    entry.number
                )]
            }
            Err(error) => vec![unclear(name, error)],
        }
    }

    /// The same for the rule that chooses.
    fn catalog(&self, entry: &Entry) -> Catalog {
        match self {
            Self::Nowhere => Catalog::Absent,
            Self::Several(_) => Catalog::Unclear(
                "the lake is in several databases: name one with `--database`".to_owned(),
            ),
            Self::Foreign(name) => {
                Catalog::Unclear(format!("the lake is not registered in database `{name}`"))
            }
            Self::Database(name, Ok(shown)) if shown.is_current(&entry.snapshot) => {
                Catalog::Current(name.clone())
            }
            Self::Database(name, Ok(_)) => Catalog::Behind(name.clone()),
            Self::Database(name, Err(error)) => Catalog::Unclear(unclear(name, error)),
        }
    }
}

fn unclear(database: &str, error: &CatalogError) -> String {
    format!("cannot tell which snapshot database `{database}` shows: {error}")
}
