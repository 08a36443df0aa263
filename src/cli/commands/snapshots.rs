//! `ctlake snapshots`.

use std::fmt::Write;
use std::time::Duration;

use serde_json::json;

use super::super::args::{ListFormat, SnapshotsCommand};
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use crate::datasets;
use crate::lake::expire::{ExpirePlan, Retention};
use crate::lake::log::Operation;
use crate::lake::snapshots::{self, Listed};
use crate::lake::{Lake, projection};
use crate::ops::expire;
use crate::query::diff::{self, Changes, Diff};
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
        ListFormat::Table => Terminal::text(&list_text(&entries))?,
        ListFormat::Json => Terminal::data(&summary::json(&entries))?,
    }
    Ok(ExitCode::Done)
}

/// Fits 80 columns; when an entry was committed is in the JSON.
fn list_text(entries: &[Listed]) -> String {
    let mut text = format!(
        "{:>5} {:<30} {:<7} {:>9} {:>8} {:>8} {}\n",
        "entry", "snapshot", "release", "slices", "patients", "size", "state"
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
            "{:>5} {:<30} {:<7} {:>9} {:>8} {:>8} {}",
            entry.entry,
            entry.snapshot.as_str(),
            entry.release,
            summary::count(entry.slices),
            summary::count(entry.patients),
            readable::size(entry.bytes),
            state.join(", "),
        );
    }
    text
}

async fn diff(lake: &Lake, [a, b]: [&str; 2], format: ListFormat) -> Result<ExitCode, Failure> {
    let a = snapshots::resolve(lake, Some(a)).await?;
    let b = snapshots::resolve(lake, Some(b)).await?;
    let diff = diff::diff(lake, &a, &b).await?;
    match format {
        ListFormat::Table => Terminal::text(&diff_text(&diff))?,
        ListFormat::Json => Terminal::data(&summary::json(&diff))?,
    }
    Ok(ExitCode::Done)
}

/// Subjects of one kind that are named before the rest is only counted.
const NAMED: usize = 20;

fn diff_text(diff: &Diff) -> String {
    let mut text = format!(
        "{} ({}) -> {} ({})\n",
        diff.a, diff.release_a, diff.b, diff.release_b
    );
    for table in &diff.tables {
        let _ = writeln!(
            text,
            "{:<17} {:>11} -> {:>11} rows",
            table.table,
            summary::count(table.rows.0),
            summary::count(table.rows.1)
        );
        for (partition, (a, b)) in table.partitions.iter().take(summary::LISTED) {
            let _ = writeln!(
                text,
                "  {:>11} -> {:>11}  {}",
                summary::count(*a),
                summary::count(*b),
                readable::value(partition)
            );
        }
        text += &summary::left_out(table.partitions.len(), "--format json");
    }
    text += "slices by split and diagnosis\n";
    for cohort in &diff.slices.cohorts {
        let _ = writeln!(
            text,
            "  {:>11} -> {:>11}  {}, {}",
            summary::count(cohort.slices.0),
            summary::count(cohort.slices.1),
            readable::value(&cohort.split),
            readable::value(&cohort.diagnosis),
        );
    }
    let slices = &diff.slices;
    text += &changes("slices added", &slices.added, String::clone);
    text += &changes("slices removed", &slices.removed, String::clone);
    text += &changes(
        "slices with another class",
        &slices.class_changed,
        |slice| {
            let (from, to) = (slice.from.join(" and "), slice.to.join(" and "));
            format!("{}: {from} -> {to}", slice.file_name)
        },
    );
    text += &changes("slices with another box", &slices.box_changed, |slice| {
        let (from, to) = (boxes(&slice.from), boxes(&slice.to));
        format!("{}: {from} -> {to}", slice.file_name)
    });
    text += &named("patients added", diff.patients_added.clone());
    text += &named("patients removed", diff.patients_removed.clone());
    let moved = diff
        .patients_moved
        .iter()
        .map(|moved| format!("{}: {} -> {}", moved.patient_id, moved.from, moved.to))
        .collect();
    text += &named("patients moved between splits", moved);
    text += &named("findings new", diff.findings_new.clone());
    text += &named("findings gone", diff.findings_gone.clone());
    text
}

/// A title with the number of subjects, and the first of them.
fn named(title: &str, mut subjects: Vec<String>) -> String {
    let count = subjects.len() as u64;
    subjects.truncate(NAMED);
    let more = "`--format json` has them all";
    listed(title, count, &subjects, Some(more))
}

/// The same, of slices, which are too many to be named all.
fn changes<T>(title: &str, changes: &Changes<T>, text: impl Fn(&T) -> String) -> String {
    let examples: Vec<String> = changes.examples.iter().map(text).collect();
    listed(title, changes.count, &examples, None)
}

fn listed(title: &str, count: u64, subjects: &[String], more: Option<&str>) -> String {
    let mut text = format!("{title}: {}\n", summary::count(count));
    for subject in subjects {
        let _ = writeln!(text, "  {}", readable::value(subject));
    }
    let left = count - subjects.len() as u64;
    if left > 0 {
        let more = more.map_or_else(String::new, |more| format!(": {more}"));
        let _ = writeln!(text, "  … and {} more{more}", summary::count(left));
    }
    text
}

/// `0,94,512,405`: xmin, ymin, xmax, ymax.
fn boxes(boxes: &[[i32; 4]]) -> String {
    let texts: Vec<String> = boxes
        .iter()
        .map(|edges| edges.map(|edge| edge.to_string()).join(","))
        .collect();
    texts.join(" and ")
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
