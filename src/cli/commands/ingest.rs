//! `ctlake ingest`.

use std::fmt::Write;

use serde_json::json;

use super::super::args::IngestArgs;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use crate::ingest::{self, Decision, IngestPlan};
use crate::lake::Lake;

pub(super) async fn run(context: &Context, args: &IngestArgs) -> Result<ExitCode, Failure> {
    let terminal = context.terminal;
    // The lake is made when there is something to put into it.
    let lake = Lake::peek(&context.lake).await?;
    let plan = ingest::plan(&lake, &args.source, args.release.as_ref(), args.replace).await?;
    if context.dry_run {
        if terminal.json {
            terminal.event(&json!({"event": "plan", "command": "ingest", "plan": plan}))?;
        } else {
            Terminal::data(&plan_text(&plan))?;
        }
        return Ok(ExitCode::Done);
    }
    terminal.say(plan_text(&plan).trim_end());
    let lake = Lake::create(&context.lake).await?;
    let done = ingest::execute(&lake, &plan, &*terminal.progress(), &context.stop).await?;
    let text = format!(
        "{}\nnext: ctlake build --lake {}",
        summary::ingest(&done),
        context.lake
    );
    terminal.summary("ingest", &done, &text)?;
    Ok(ExitCode::Done)
}

fn plan_text(plan: &IngestPlan) -> String {
    let total = |decision| {
        let (files, bytes) = plan.with(decision).fold((0, 0), |(files, bytes), file| {
            (files + 1, bytes + file.bytes)
        });
        format!(
            "{} ({})",
            summary::plural(files, "file", "files"),
            summary::size(bytes)
        )
    };
    let mut text = format!(
        "{}: {} to copy, {} there already, {} with other content\n",
        plan.release,
        total(Decision::Put),
        total(Decision::Keep),
        total(Decision::Conflict),
    );
    if let Some(first) = plan.ignored.first() {
        let _ = writeln!(
            text,
            "left out: {} of no release (`{first}`{})",
            summary::plural(plan.ignored.len() as u64, "file", "files"),
            if plan.ignored.len() > 1 { ", …" } else { "" },
        );
    }
    text
}
