//! `ctlake build`.

use std::time::Instant;

use serde_json::json;

use super::super::args::{AuditArgs, BuildArgs};
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use crate::lake::Lake;
use crate::tables::{self, Action, BuildOptions, BuildPlan};

pub(super) async fn run(context: &Context, args: &BuildArgs) -> Result<ExitCode, Failure> {
    let lake = Lake::open(&context.lake).await?;
    let options = options(args);
    let terminal = context.terminal;
    let begun = Instant::now();
    let plan = tables::plan(&lake, &options).await?;
    for input in &plan.inputs {
        terminal.detail(&format!(
            "reads {} ({}, SHA-256 {})",
            input.path,
            summary::size(input.bytes),
            input.sha256
        ));
    }
    if context.dry_run {
        return dry_run(context, &lake, &plan, &options).await;
    }
    let unchanged = match &plan.action {
        Action::Build => None,
        Action::UpToDate(snapshot) => Some(summary::up_to_date(&plan.release, snapshot)),
        Action::RolledBack(snapshot) => Some(summary::rolled_back(&plan.release, snapshot)),
    };
    if let Some(text) = unchanged {
        terminal.summary("build", &json!({"plan": plan}), &text)?;
        return Ok(ExitCode::Done);
    }
    let built = tables::execute(&lake, &plan, &options, terminal.progress(), &context.stop).await?;
    let text = format!(
        "{}in {:.2} s\n{}",
        summary::build(&built),
        begun.elapsed().as_secs_f64(),
        summary::first_query(&context.lake)
    );
    terminal.summary("build", &built, &text)?;
    Ok(ExitCode::Done)
}

async fn dry_run(
    context: &Context,
    lake: &Lake,
    plan: &BuildPlan,
    options: &BuildOptions,
) -> Result<ExitCode, Failure> {
    let terminal = context.terminal;
    let forecast = tables::forecast(lake, plan, options, terminal.progress()).await?;
    if terminal.json {
        terminal.event(
            &json!({"event": "plan", "command": "build", "plan": plan, "forecast": forecast}),
        )?;
        return Ok(ExitCode::Done);
    }
    let text = format!(
        "{}: {}\n{}",
        plan.release,
        summary::action(&plan.action),
        summary::forecast(&forecast)
    );
    Terminal::data(&text)?;
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
        fail_on: args.fail_on.map(Into::into),
        keep_failed: args.keep_failed,
        single_writer: args.single_writer,
        ..BuildOptions::default()
    }
}
