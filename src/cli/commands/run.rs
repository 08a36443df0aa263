//! `ctlake run`.

use serde_json::json;

use super::super::args::RunArgs;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use super::build::audited;
use super::ingest::{options, plan, plan_price, plan_text, price_text, ready};
use super::register::registered_text;
use crate::datasets;
use crate::ingest::IngestPlan;
use crate::lake::Lake;
use crate::ops::run::{self, BuildOutcome, BuildPreview, RunOptions, RunSummary};

pub(super) async fn run(context: &Context, args: &RunArgs) -> Result<ExitCode, Failure> {
    let terminal = context.terminal;
    let options = RunOptions {
        ingest: options(&args.source, &args.transfer),
        build: audited(&args.audit),
        register: args.then.options()?,
    };
    let lake = datasets::peek(&context.lake).await?;
    let plan = plan(context, &lake, &args.source, &options.ingest).await?;
    if context.dry_run {
        return dry_run(context, &lake, &plan, &options).await;
    }
    terminal.say(plan_text(&plan).trim_end());
    let lake = ready(context, lake).await?;
    let done = run::run(
        datasets::of(&lake),
        &lake,
        plan,
        &options,
        terminal.progress(),
        &context.stop,
    )
    .await?;
    let text = format!(
        "{}{}",
        summary::ingest(&done.ingest),
        ending(context, &lake, &done)
    );
    terminal.summary("run", &done, &text)?;
    Ok(if done.is_complete() {
        ExitCode::Done
    } else {
        ExitCode::Incomplete
    })
}

/// What became of the build, and what to do next.
fn ending(context: &Context, lake: &Lake, done: &RunSummary) -> String {
    let release = &done.ingest.release;
    let next = match &done.register[..] {
        [] => summary::first_query(lake.contract(), &context.lake),
        registered => registered_text(context, registered),
    };
    let Some(build) = &done.build else {
        return summary::incomplete(&done.ingest);
    };
    match build {
        BuildOutcome::UpToDate(snapshot) => {
            format!("{}\n{next}", summary::up_to_date(release, snapshot))
        }
        BuildOutcome::RolledBack(snapshot) => summary::rolled_back(release, snapshot),
        BuildOutcome::Built(built) => format!("{}{next}", summary::build(built)),
    }
}

async fn dry_run(
    context: &Context,
    lake: &Lake,
    plan: &IngestPlan,
    options: &RunOptions,
) -> Result<ExitCode, Failure> {
    let terminal = context.terminal;
    let preview = run::preview(
        datasets::of(lake),
        lake,
        plan,
        options,
        terminal.progress(),
        &context.stop,
    );
    let preview = context.unless_stopped(preview).await?;
    let price = plan_price(&context.lake, plan);
    if terminal.json {
        terminal.event(&json!({
            "event": "plan",
            "command": "run",
            "ingest": plan,
            "price": price,
            "build": preview,
        }))?;
    } else {
        let text =
            plan_text(plan) + &price_text(&context.lake, price) + &preview_text(plan, &preview);
        Terminal::text(&text)?;
    }
    Ok(ExitCode::Done)
}

fn preview_text(plan: &IngestPlan, preview: &BuildPreview) -> String {
    let action = match &preview.action {
        Some(action) => summary::action(action),
        None => "would then publish a snapshot".to_owned(),
    };
    let unknown = if preview.exact {
        ""
    } else {
        "not known before the images are stored: their sizes, and the findings about images\n"
    };
    format!(
        "{}: {action}\n{}{unknown}",
        plan.release,
        summary::forecast(&preview.forecast)
    )
}
