//! `ctlake register`.

use std::fmt::Write;

use serde_json::json;

use super::super::args::RegisterArgs;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use crate::catalog::{
    self, Action, CatalogError, PartitionPlan, Partitions, Plan, RegisterOptions, Registered, Step,
};
use crate::lake::{Lake, Location, snapshots};

pub(super) async fn run(context: &Context, args: &RegisterArgs) -> Result<ExitCode, Failure> {
    // Told before the lake is opened: whoever hands out rights may have none on the bucket.
    let Location::S3(location) = &context.lake else {
        return Err(CatalogError::NotOnS3(context.lake.to_string()).into());
    };
    if let Some(role) = args.iam_policy {
        let policy = catalog::policy(role.into(), location, &args.database);
        Terminal::data(&summary::json(&policy))?;
        return Ok(ExitCode::Done);
    }
    let lake = Lake::open(&context.lake).await?;
    let options = RegisterOptions {
        database: args.database.clone(),
        adopt: args.adopt,
        partitions: args.partitions,
    };
    if args.ddl {
        let entry = snapshots::resolve(&lake, None).await?;
        let wanted = catalog::wanted(&lake, &entry, &args.database);
        let how = if args.partitions {
            Partitions::Listed
        } else {
            Partitions::Projected
        };
        Terminal::data(&catalog::script(&args.database, &wanted.definitions, how))?;
        return Ok(ExitCode::Done);
    }
    let terminal = context.terminal;
    if context.dry_run {
        let plan = catalog::plan(&lake, &options).await?;
        if terminal.json {
            terminal.event(&json!({"event": "plan", "command": "register", "plan": plan}))?;
        } else {
            Terminal::data(&plan_text(&plan))?;
        }
        return Ok(ExitCode::Done);
    }
    let registered = catalog::register(&lake, &options).await?;
    terminal.summary("register", &registered, &registered_text(&registered))?;
    Ok(ExitCode::Done)
}

/// A plan, like a diff: `+` is made, `~` is changed, `-` is removed, `=` stays.
fn plan_text(plan: &Plan) -> String {
    let mut text = format!(
        "{} would show snapshot {} (entry {})\n",
        plan.wanted.database, plan.wanted.snapshot, plan.wanted.entry
    );
    if plan.create_database {
        let _ = writeln!(text, "+ database {}", plan.wanted.database);
    }
    for step in &plan.steps {
        step_text(&mut text, step);
    }
    if plan.is_empty() {
        text += "nothing to do\n";
    }
    text
}

fn step_text(text: &mut String, step: &Step) {
    let kind = if step.view { "view" } else { "table" };
    let name = &step.name;
    let _ = match &step.action {
        Action::Create => {
            let columns = step.definition.columns.len() + step.definition.keys.len();
            writeln!(text, "+ {kind} {name}, {columns} columns")
        }
        Action::Update { .. } => writeln!(text, "~ {kind} {name}"),
        Action::Keep => writeln!(text, "= {kind} {name}"),
    };
    if let Action::Update { changes, .. } = &step.action {
        for change in changes {
            let _ = writeln!(text, "    {change}");
        }
    }
    let Some(partitions) = &step.partitions else {
        return;
    };
    for (sign, partition) in partition_lines(partitions) {
        let _ = writeln!(text, "    {sign} partition {}", partition.join("/"));
    }
}

fn partition_lines(plan: &PartitionPlan) -> impl Iterator<Item = (char, &Vec<String>)> {
    let create = plan.create.iter().map(|partition| ('+', &partition.values));
    let update = plan.update.iter().map(|partition| ('~', &partition.values));
    create
        .chain(update)
        .chain(plan.delete.iter().map(|values| ('-', values)))
}

/// What was registered.
pub(super) fn registered_text(done: &Registered) -> String {
    let mut text = format!(
        "{}: shows snapshot {} (entry {})\n",
        done.database, done.snapshot, done.entry
    );
    for (what, names) in [
        ("created", &done.created),
        ("updated", &done.updated),
        ("unchanged", &done.unchanged),
    ] {
        if !names.is_empty() {
            let _ = writeln!(text, "  {what:<11}{}", names.join(", "));
        }
    }
    if done.partitions != [0; 3] {
        let [created, updated, deleted] = done.partitions.map(|count| summary::count(count as u64));
        let _ = writeln!(
            text,
            "  partitions {created} created, {updated} updated, {deleted} removed"
        );
    }
    let _ = writeln!(
        text,
        "{} to AWS Glue in {:.2} s\nnext: SELECT * FROM {}.slices_by_cohort, in Athena or Power BI",
        summary::plural(done.requests, "request", "requests"),
        done.seconds,
        done.database
    );
    text
}
