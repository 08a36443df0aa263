//! `ctlake snapshots`.

use std::fmt::Write;
use std::time::Duration;

use serde_json::json;

use super::super::args::{ListFormat, SnapshotsCommand};
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use crate::contract::Contract;
use crate::datasets;
use crate::lake::expire::{ExpirePlan, Retention};
use crate::lake::log::Operation;
use crate::lake::snapshots::{self, Listed};
use crate::lake::{Lake, projection};
use crate::ops::expire;
use crate::readable;

pub(super) async fn run(context: &Context, command: SnapshotsCommand) -> Result<ExitCode, Failure> {
    let lake = datasets::open(&context.lake).await?;
    match command {
        SnapshotsCommand::List { format } => list(&lake, context.list_format(format)).await,
        SnapshotsCommand::Diff { a, b, format } => {
            diff(&lake, [&a, &b], context.list_format(format)).await
        }
        SnapshotsCommand::Rollback { snapshot } => rollback(context, &lake, &snapshot).await,
        SnapshotsCommand::Expire { keep, older_than } => {
            expire(context, &lake, usize::from(keep), older_than).await
        }
    }
}

async fn list(lake: &Lake, format: ListFormat) -> Result<ExitCode, Failure> {
    let entries = snapshots::list(lake).await?;
    match format {
        ListFormat::Table => Terminal::text(&list_text(lake.contract(), &entries))?,
        ListFormat::Json => Terminal::data(&summary::json(&entries))?,
    }
    Ok(ExitCode::Done)
}

/// Fits 80 columns; when an entry was committed is in the JSON.
fn list_text(contract: &Contract, entries: &[Listed]) -> String {
    let counted = contract.counted.iter().map(|of| of.several.to_owned());
    let mut text = format!(
        "{:>5} {:<30} {:<7} {} {:>8} {}\n",
        "entry",
        "snapshot",
        "release",
        columns(counted),
        "size",
        "state"
    );
    for entry in entries {
        let mut state = Vec::new();
        if entry.current {
            state.push("current".to_owned());
        }
        match &entry.operation {
            Operation::Publish => {}
            Operation::Rollback { to } => state.push(format!("rollback to {to}")),
            Operation::Expire { snapshots } => {
                let count = snapshots.len() as u64;
                state.push(format!(
                    "expired {}",
                    summary::plural(count, "snapshot", "snapshots")
                ));
            }
        }
        if entry.expired {
            state.push("expired".to_owned());
        }
        let _ = writeln!(
            text,
            "{:>5} {:<30} {:<7} {} {:>8} {}",
            entry.entry,
            entry.snapshot.as_str(),
            entry.release,
            columns(entry.rows.0.iter().map(|rows| summary::count(rows.1))),
            readable::size(entry.bytes),
            state.join(", "),
        );
    }
    text
}

/// Beside each other; the first table has the most rows.
fn columns(texts: impl Iterator<Item = String>) -> String {
    let widths = std::iter::once(9).chain(std::iter::repeat(8));
    let texts: Vec<String> = texts
        .zip(widths)
        .map(|(text, width)| format!("{text:>width$}"))
        .collect();
    texts.join(" ")
}

async fn diff(lake: &Lake, [a, b]: [&str; 2], format: ListFormat) -> Result<ExitCode, Failure> {
    let a = snapshots::resolve(lake, Some(a)).await?;
    let b = snapshots::resolve(lake, Some(b)).await?;
    let diff = datasets::of(lake).diff(lake, &a, &b).await?;
    match format {
        ListFormat::Table => Terminal::text(&diff.text)?,
        ListFormat::Json => Terminal::data(&(readable::json(&diff.json).into_owned() + "\n"))?,
    }
    Ok(ExitCode::Done)
}

async fn rollback(context: &Context, lake: &Lake, snapshot: &str) -> Result<ExitCode, Failure> {
    if context.dry_run {
        return rollback_plan(context, lake, snapshot).await;
    }
    let entry = snapshots::rollback(lake, snapshot).await?;
    let address = context.lake.to_string();
    let shown = projection::read_all(lake).await?;
    let mut next: Vec<String> = shown
        .iter()
        .map(|projection| projection.register_command(&address))
        .collect();
    if next.is_empty() {
        let address = readable::argument(&address);
        next.push(format!("ctlake snapshots list --lake {address}"));
    }
    let text = format!(
        "snapshot {} is current again (entry {})\nnext: {}",
        entry.snapshot,
        entry.number,
        next.join("\nnext: ")
    );
    let summary =
        json!({"snapshot": entry.snapshot, "entry": entry.number, "operation": entry.operation});
    context
        .terminal
        .summary("snapshots rollback", &summary, &text)?;
    Ok(ExitCode::Done)
}

/// The snapshot that would become current, and the one that is.
async fn rollback_plan(
    context: &Context,
    lake: &Lake,
    snapshot: &str,
) -> Result<ExitCode, Failure> {
    let (now, then) = snapshots::rollback_plan(lake, snapshot).await?;
    if context.terminal.json {
        let plan = json!({"from": now.snapshot, "to": then.snapshot, "release": then.release});
        let event = json!({"event": "plan", "command": "snapshots rollback", "plan": plan});
        context.terminal.event(&event)?;
    } else {
        Terminal::text(&format!(
            "would make snapshot {} of {} current again (entry {}); now it is {} of {} (entry {})\n",
            then.snapshot, then.release, then.number, now.snapshot, now.release, now.number
        ))?;
    }
    Ok(ExitCode::Done)
}

async fn expire(
    context: &Context,
    lake: &Lake,
    keep: usize,
    older_than: Duration,
) -> Result<ExitCode, Failure> {
    let terminal = context.terminal;
    let plan = expire::plan(lake, Retention { keep, older_than }).await?;
    if context.dry_run {
        if terminal.json {
            terminal
                .event(&json!({"event": "plan", "command": "snapshots expire", "plan": plan}))?;
        } else {
            Terminal::text(&expire_text("would remove", &plan))?;
        }
        return Ok(ExitCode::Done);
    }
    let done = expire::execute(lake, plan).await?;
    terminal.summary("snapshots expire", &done, &expire_text("removed", &done))?;
    Ok(ExitCode::Done)
}

fn expire_text(verb: &str, plan: &ExpirePlan) -> String {
    let mut text = String::new();
    for expired in &plan.snapshots {
        let _ = writeln!(
            text,
            "{verb} {} of snapshot {}{} ({})",
            summary::plural(expired.files.len() as u64, "file", "files"),
            expired.snapshot,
            if expired.published {
                ""
            } else {
                ", which was never published"
            },
            readable::size(expired.bytes),
        );
    }
    if !plan.staged.is_empty() {
        let _ = writeln!(
            text,
            "{verb} {} that were being written when their process died",
            summary::plural(plan.staged.len() as u64, "file", "files"),
        );
    }
    if text.is_empty() {
        text += "nothing to remove\n";
    }
    text
}
