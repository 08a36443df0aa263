//! Who answers `ctlake sql`, and what is said about it.

use std::collections::BTreeMap;
use std::iter;

use super::super::super::Context;
use super::super::super::args::{EngineArgs, EngineName, SqlArgs};
use super::super::super::failure::Failure;
use super::super::super::summary;
use crate::catalog::{self, CatalogError, DatabaseName, Shown};
use crate::lake::Lake;
use crate::lake::log::Entry;
use crate::query::athena::{Athena, AthenaError, AthenaOptions};
use crate::query::{self, Answer, Catalog, Choice, Engine, Facts};
use crate::readable;

/// What Athena finds of the lake.
enum Found {
    /// The lake is in no database.
    Nowhere,
    /// The lake is in several, and none was named.
    Several(Vec<String>),
    /// A database that was named, in which the lake is not registered.
    Foreign(String),
    /// The database that was named, or the only one.
    Database(String, Result<Shown, CatalogError>),
}

/// The answer of the engine that was asked for, or of the one that the rule chooses.
pub(super) async fn answer(
    context: &Context,
    args: &SqlArgs,
    sql: &str,
    lake: &Lake,
    entry: &Entry,
) -> Result<Answer, Failure> {
    match args.engine.engine {
        EngineName::DataFusion => here(context, args, sql, lake, entry).await,
        EngineName::Polars => {
            let engine = query::polars_engine(lake, entry)?;
            context.unless_stopped(engine.query(sql, args.limit)).await
        }
        EngineName::Athena => {
            if query::names_other_snapshots(sql) {
                return Err(Failure::usage(
                    "Athena has the snapshot that is registered: expected tables without `@`, and none of `all_releases`",
                    "`--engine datafusion`",
                ));
            }
            if args.snapshot.is_some() {
                return Err(Failure::usage(
                    "`--snapshot` is for `--engine datafusion`: Athena has the snapshot that is registered, and no other",
                    "`--engine datafusion`; or `ctlake snapshots rollback` and `ctlake register`",
                ));
            }
            if lake.s3().is_none() {
                return Err(query(AthenaError::NotOnS3(lake.name().to_owned())));
            }
            let look = Box::pin(look(lake, args.engine.database.as_ref()));
            let found = context.unless_stopped(look).await?;
            context.terminal.warn(&warnings(&found, entry))?;
            athena(context, args, sql, lake, entry, database(found, lake)?).await
        }
        EngineName::Auto => {
            let look = Box::pin(look(lake, args.engine.database.as_ref()));
            let found = context.unless_stopped(look).await?;
            let facts = Facts {
                on_s3: lake.s3().is_some(),
                older_snapshot: args.snapshot.is_some() || query::names_other_snapshots(sql),
                catalog: catalog(&found, entry),
                bytes: query::bytes_named(sql, entry),
                limit: args.engine.auto_above.unwrap_or_else(query::default_limit),
                built_in: query::BUILT_IN,
                differs: query::differs(sql),
            };
            let choice = query::choose(&facts);
            context.terminal.say(&why(&choice, &facts));
            match choice {
                Choice::Large(database) | Choice::NotBuiltIn(database) => {
                    athena(context, args, sql, lake, entry, database).await
                }
                _ => here(context, args, sql, lake, entry).await,
            }
        }
    }
}

/// The choice, in words.
fn why(choice: &Choice, facts: &Facts) -> String {
    let (bytes, limit) = (summary::size(facts.bytes), summary::size(facts.limit));
    match choice {
        Choice::Folder => "DataFusion answers: Athena can't read a folder".to_owned(),
        Choice::OlderSnapshot => {
            "DataFusion answers: Athena has the registered snapshot, and no other".to_owned()
        }
        Choice::Unregistered => {
            "DataFusion answers: the lake is in no database that Athena could ask".to_owned()
        }
        Choice::Behind(database) => {
            format!("DataFusion answers: database `{database}` does not show the current snapshot")
        }
        Choice::Unclear(why) => format!("DataFusion answers: {why}"),
        Choice::Small => format!(
            "DataFusion answers: the tables that the query names have {bytes}, not more than {limit}"
        ),
        Choice::Differs(construct) => format!(
            "DataFusion answers: {construct} means something else in Athena, which `--engine athena` asks all the same"
        ),
        Choice::Large(database) => format!(
            "Athena answers, in database `{database}`: the tables that the query names have {bytes}, more than {limit}"
        ),
        Choice::NotBuiltIn(database) => {
            format!("Athena answers, in database `{database}`: this ctlake was built without SQL")
        }
    }
}

/// This program's own engine.
async fn here(
    context: &Context,
    args: &SqlArgs,
    sql: &str,
    lake: &Lake,
    entry: &Entry,
) -> Result<Answer, Failure> {
    let engine = query::engine(lake, entry)?;
    context.unless_stopped(engine.query(sql, args.limit)).await
}

async fn athena(
    context: &Context,
    args: &SqlArgs,
    sql: &str,
    lake: &Lake,
    entry: &Entry,
    database: String,
) -> Result<Answer, Failure> {
    let options = AthenaOptions {
        database,
        workgroup: args.engine.workgroup().to_owned(),
        output: args.engine.output_location.clone(),
        max_scan: args.engine.max_scan,
        expected: query::bytes_named(sql, entry),
    };
    let progress = context.terminal.progress();
    let engine = Athena::open(lake, options, progress, context.stop.clone())
        .await
        .map_err(query)?;
    limits(context, &args.engine, &engine)?;
    let answer = engine.query(sql, args.limit).await?;
    let scanned = answer.bill.as_ref().map_or(0, |bill| bill.scanned_bytes);
    if args.engine.max_scan.is_some_and(|limit| scanned > limit) {
        context.terminal.warn(&[format!(
            "the query has read {}, more than `--max-scan`: it had ended before that was seen",
            summary::size(scanned)
        )])?;
    }
    Ok(answer)
}

fn query(error: AthenaError) -> Failure {
    query::QueryError::from(error).into()
}

/// Says what ends a query that reads much, and where the answer goes when that is not where it was asked for.
fn limits(context: &Context, args: &EngineArgs, engine: &Athena) -> Result<(), Failure> {
    let name = args.workgroup();
    let Some(workgroup) = engine.workgroup() else {
        return context.terminal.warn(&[format!(
            "cannot look at workgroup `{name}`: whether it ends queries that read much is unknown"
        )]);
    };
    if let Some(limit) = args.max_scan {
        context.terminal.say(&match workgroup.cutoff {
            Some(cutoff) if cutoff <= limit => format!(
                "workgroup `{name}` ends a query that has read {}",
                summary::size(cutoff)
            ),
            _ => format!(
                "workgroup `{name}` has no limit as low as {}: the query is stopped when Athena tells that it has read more",
                summary::size(limit)
            ),
        });
    }
    if workgroup.enforced && args.output_location.is_some() {
        return context.terminal.warn(&[format!(
            "workgroup `{name}` has settings that go before `--output-location`"
        )]);
    }
    Ok(())
}

/// Asks which databases show the lake, and what they show. Where a database has its tables in several formats, those of the first
/// have the bare names.
async fn look(lake: &Lake, wanted: Option<&DatabaseName>) -> Result<Found, CatalogError> {
    let mut shown = catalog::shown(lake).await?;
    shown.sort_by_key(|(projection, _)| projection.format);
    let mut databases = BTreeMap::new();
    for (projection, shown) in shown {
        if let Some(database) = projection.database {
            databases.entry(database).or_insert(shown);
        }
    }
    if let Some(name) = wanted {
        return Ok(match databases.remove(name.as_str()) {
            Some(shown) => Found::Database(name.to_string(), shown),
            None => Found::Foreign(name.to_string()),
        });
    }
    Ok(match (databases.len(), databases.pop_first()) {
        (1, Some((name, shown))) => Found::Database(name, shown),
        (_, Some((first, _))) => {
            Found::Several(iter::once(first).chain(databases.into_keys()).collect())
        }
        (_, None) => Found::Nowhere,
    })
}

/// The database in which names are looked up.
fn database(found: Found, lake: &Lake) -> Result<String, Failure> {
    match found {
        Found::Foreign(name) | Found::Database(name, _) => Ok(name),
        Found::Nowhere => Err(Failure::nothing(
            format!(
                "lake `{}` is in no database that Athena could ask",
                lake.name()
            ),
            format!(
                "`ctlake register --database covidx --lake {}`, or name one: `--database covidx`",
                lake.name()
            ),
        )),
        Found::Several(names) => Err(Failure::usage(
            format!(
                "expected `--database`, since lake `{}` is in several: {}",
                lake.name(),
                readable::list(&names)
            ),
            format!("`--database {}`", names[0]),
        )),
    }
}

/// What somebody should know who asks there.
fn warnings(found: &Found, entry: &Entry) -> Vec<String> {
    let Found::Database(name, shown) = found else {
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
        Err(error) => vec![format!(
            "cannot tell which snapshot database `{name}` shows: {error}"
        )],
    }
}

/// The same for the rule that chooses.
fn catalog(found: &Found, entry: &Entry) -> Catalog {
    match found {
        Found::Nowhere => Catalog::Absent,
        Found::Several(_) => Catalog::Unclear(
            "the lake is in several databases: name one with `--database`".to_owned(),
        ),
        Found::Foreign(name) => {
            Catalog::Unclear(format!("the lake is not registered in database `{name}`"))
        }
        Found::Database(name, Ok(shown)) if shown.is_current(&entry.snapshot) => {
            Catalog::Current(name.clone())
        }
        Found::Database(name, Ok(_)) => Catalog::Behind(name.clone()),
        Found::Database(name, Err(error)) => Catalog::Unclear(format!(
            "cannot tell which snapshot database `{name}` shows: {error}"
        )),
    }
}
