//! `ctlake build`.

use std::time::Instant;

use serde_json::json;

use super::super::args::{AuditArgs, BuildArgs};
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use super::register;
use crate::datasets::{self, BuildOptions, BuildPlan};
use crate::lake::Lake;
use crate::ops::run::{self, BuildOutcome};
use crate::readable;

pub(super) async fn run(context: &Context, args: &BuildArgs) -> Result<ExitCode, Failure> {
    let lake = datasets::open(&context.lake).await?;
    let options = options(args);
    let then = args.then.options()?;
    let terminal = context.terminal;
    let begun = Instant::now();
    let plan = datasets::of(&lake).plan(&lake, &options).await?;
    terminal.warn(&plan.warnings)?;
    for input in &plan.inputs {
        terminal.detail(&format!(
            "reads {} ({}, {})",
            input.path,
            readable::size(input.bytes),
            input.digest
        ));
    }
    if context.dry_run {
        return dry_run(context, &lake, plan, &options).await;
    }
    let planned = json!({"plan": plan});
    let release = plan.release.clone();
    let progress = terminal.progress();
    let done = run::build(
        datasets::of(&lake),
        &lake,
        plan,
        &options,
        then.as_ref(),
        progress,
        &context.stop,
    );
    let (outcome, registered) = done.await?;
    match outcome {
        BuildOutcome::Built(built) => {
            let next = match &registered[..] {
                [] => summary::first_query(lake.contract(), &context.lake),
                _ => String::new(),
            };
            let seconds = begun.elapsed().as_secs_f64();
            let text = format!("{}in {seconds:.2} s\n{next}", summary::build(&built));
            terminal.summary("build", &built, &text)?;
        }
        BuildOutcome::UpToDate(snapshot) => {
            let text = summary::up_to_date(&release, &snapshot);
            terminal.summary("build", &planned, &text)?;
        }
        BuildOutcome::RolledBack(snapshot) => {
            let text = summary::rolled_back(&release, &snapshot);
            terminal.summary("build", &planned, &text)?;
        }
    }
    register::summaries(context, &registered)?;
    Ok(ExitCode::Done)
}

async fn dry_run(
    context: &Context,
    lake: &Lake,
    plan: BuildPlan,
    options: &BuildOptions,
) -> Result<ExitCode, Failure> {
    let terminal = context.terminal;
    let mut event = json!({"event": "plan", "command": "build", "plan": plan});
    let planned = format!("{}: {}", plan.release, summary::action(&plan.action));
    let forecast = datasets::of(lake)
        .forecast(lake, plan, options, terminal.progress())
        .await?;
    if terminal.json {
        event["forecast"] = json!(forecast);
        terminal.event(&event)?;
        return Ok(ExitCode::Done);
    }
    let text = format!("{planned}\n{}", summary::forecast(&forecast));
    Terminal::text(&text)?;
    Ok(ExitCode::Done)
}

fn options(args: &BuildArgs) -> BuildOptions {
    let defaults = audited(&args.audit);
    BuildOptions {
        release: args.release.clone(),
        force: args.force,
        memory: args.memory,
        partial: args.partial,
        previews: args.previews,
        threads: args.threads.map_or(defaults.threads, usize::from),
        ..defaults
    }
}

/// The defaults, audited as asked.
pub(super) fn audited(args: &AuditArgs) -> BuildOptions {
    BuildOptions {
        max_bad_rows: args.max_bad_rows,
        bad_metadata: args.allow_bad_metadata,
        fail_on: args.fail_on.map(Into::into),
        keep_failed: args.keep_failed,
        single_writer: args.single_writer,
        ..BuildOptions::default()
    }
}
