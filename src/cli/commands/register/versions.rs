//! What is said of formats that keep their history.

use std::fmt::Write;

use super::super::super::{Context, summary};
use super::{plan_text, registered_steps};
use crate::catalog::{Advanced, Version, VersionAction, VersionStep, VersionsPlan};
use crate::lake::layout;
use crate::lake::projection::Format;
use crate::readable;

/// A plan, like a diff: `+` is a new version, `~` a new description, `-` is removed.
pub(super) fn versions_plan_text(plan: &VersionsPlan) -> String {
    let mut text = format!(
        "{} would show snapshot {} (entry {})\n",
        summary::place(&plan.projection),
        plan.snapshot,
        plan.entry
    );
    for step in &plan.steps {
        step_text(&mut text, step);
    }
    match &plan.catalog {
        Some(catalog) => text += &plan_text(catalog),
        None if plan.is_empty() => text += "nothing to do\n",
        None => {}
    }
    text
}

fn step_text(text: &mut String, step: &VersionStep) {
    let table = &step.table;
    let _ = match &step.action {
        VersionAction::Publish(Version { entry, snapshot }) => {
            writeln!(text, "+ {table}: entry {entry}, snapshot {snapshot}")
        }
        VersionAction::Rollback {
            version: Version { entry, snapshot },
            to,
        } => writeln!(
            text,
            "+ {table}: entry {entry}, snapshot {snapshot} again, as in entry {to}"
        ),
        VersionAction::Describe { .. } => writeln!(text, "~ {table}"),
        VersionAction::Expire { versions } => {
            let entries: Vec<String> = versions.iter().map(|one| one.entry.to_string()).collect();
            writeln!(text, "- {table}: entry {}", entries.join(", "))
        }
    };
    if let VersionAction::Describe { changes } = &step.action {
        for change in changes {
            let _ = writeln!(text, "    {change}");
        }
    }
}

/// Whether an action is of one kind.
type Is = fn(&VersionAction) -> bool;

/// What was done.
pub(super) fn advanced_text(context: &Context, done: &Advanced) -> String {
    let mut text = format!(
        "{}: shows snapshot {} (entry {})\n",
        summary::place(&done.projection),
        done.snapshot,
        done.entry
    );
    let kinds: [(&str, Is); 4] = [
        ("versions", |action| {
            matches!(action, VersionAction::Publish(_))
        }),
        ("rollbacks", |action| {
            matches!(action, VersionAction::Rollback { .. })
        }),
        ("described", |action| {
            matches!(action, VersionAction::Describe { .. })
        }),
        ("expired", |action| {
            matches!(action, VersionAction::Expire { .. })
        }),
    ];
    for (what, is) in kinds {
        let tables = counted(done.steps.iter().filter(|step| is(&step.action)));
        if !tables.is_empty() {
            let _ = writeln!(text, "  {what:<11}{tables}");
        }
    }
    if done.steps.is_empty() {
        text += "  unchanged\n";
    }
    if let Some(catalog) = &done.catalog {
        text += &registered_steps(catalog);
    }
    let requests = done.requests + done.catalog.as_ref().map_or(0, |catalog| catalog.requests);
    let seconds = done.seconds + done.catalog.as_ref().map_or(0.0, |catalog| catalog.seconds);
    let to_glue = match requests {
        0 => String::new(),
        requests => format!(
            "{} to AWS Glue ",
            summary::plural(requests, "request", "requests")
        ),
    };
    let _ = writeln!(
        text,
        "{to_glue}in {seconds:.2} s\nnext: {}",
        next(context, done)
    );
    text
}

/// `patients (2), ct_slices`: the tables in order, each with the number of its steps where that is not one.
fn counted<'a>(steps: impl Iterator<Item = &'a VersionStep>) -> String {
    let mut tables: Vec<(&str, u64)> = Vec::new();
    for step in steps {
        match tables.iter_mut().find(|(table, _)| *table == step.table) {
            Some((_, count)) => *count += 1,
            None => tables.push((&step.table, 1)),
        }
    }
    let words = tables.into_iter().map(|(table, count)| match count {
        1 => table.to_owned(),
        count => format!("{table} ({})", summary::count(count)),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// How to see it.
fn next(context: &Context, done: &Advanced) -> String {
    let address = context.lake.to_string();
    let root = address.trim_end_matches('/');
    match done.projection.format {
        Format::Hive => format!("ctlake status --lake {}", readable::argument(&address)),
        Format::Iceberg => {
            format!("duckdb -c \"SELECT COUNT(*) FROM iceberg_scan('{root}/iceberg/ct_slices')\"")
        }
        Format::Delta => format!(
            "duckdb -c \"SELECT COUNT(*) FROM delta_scan('{root}/{}/ct_slices')\"",
            layout::CURATED
        ),
    }
}
