//! Who answers `ctlake sql`, and what is said about it.

use super::super::super::Context;
use super::super::super::args::SqlArgs;
use super::super::super::failure::Failure;
use crate::lake::Lake;
use crate::lake::log::Entry;
use crate::ops::query::{self, PlannedEngine};
use crate::query::{Answer, Choice, Facts};
use crate::readable;

/// The answer of the engine that was asked for, or of the one that the rule chooses.
pub(super) async fn answer(
    context: &Context,
    args: &SqlArgs,
    sql: &str,
    lake: &Lake,
    entry: &Entry,
) -> Result<Answer, Failure> {
    let terminal = context.terminal;
    let options = args.engine.options(args.snapshot.is_some(), args.limit);
    let plan = Box::pin(query::plan(lake, entry, sql, &options));
    let plan = context.unless_stopped(plan).await?;
    terminal.warn(&plan.warnings)?;
    if let Some((choice, facts)) = &plan.choice {
        terminal.say(&why(choice, facts));
    }
    let progress = terminal.progress();
    let opened = query::open(lake, entry, sql, &plan, &options, progress, &context.stop);
    let opened = opened.await?;
    for note in &opened.notes {
        terminal.say(note);
    }
    terminal.warn(&opened.warnings)?;
    let asked = opened.engine.query(sql, options.limit);
    let answer = match plan.engine {
        // It stops the query there when somebody asks to stop.
        PlannedEngine::Athena(_) => asked.await?,
        PlannedEngine::DataFusion | PlannedEngine::Polars => context.unless_stopped(asked).await?,
    };
    if let Some(warning) = query::overrun(&answer, &options) {
        terminal.warn(&[warning])?;
    }
    Ok(answer)
}

/// The choice, in words.
fn why(choice: &Choice, facts: &Facts) -> String {
    let (bytes, limit) = (readable::size(facts.bytes), readable::size(facts.limit));
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
