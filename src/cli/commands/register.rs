//! `ctlake register`.

mod versions;

use std::fmt::Write;

use serde_json::json;

use self::versions::{advanced_text, versions_plan_text};
use super::super::args::RegisterArgs;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use crate::catalog::{
    self, Action, CatalogError, DatabaseName, FormatPlan, PartitionPlan, Partitions, Plan,
    RegisterOptions, Registered, Registration, Step,
};
use crate::datasets;
use crate::lake::{Lake, Location, S3Location, snapshots};
use crate::readable;

pub(super) async fn run(context: &Context, args: &RegisterArgs) -> Result<ExitCode, Failure> {
    let options = args.options()?;
    // Told before the lake is opened: whoever hands out rights may have none on the bucket.
    if let Some(role) = args.iam_policy {
        let database = args.database();
        let policy = catalog::policy(
            role.into(),
            on_s3(&context.lake)?,
            &database,
            &options.names(datasets::default().format().contract()),
        );
        Terminal::data(&summary::json(&policy))?;
        return Ok(ExitCode::Done);
    }
    if options.database.is_some() {
        on_s3(&context.lake)?;
    }
    let lake = datasets::open(&context.lake).await?;
    if args.ddl {
        Terminal::data(&ddl(&lake, &args.database(), args.partitions).await?)?;
    } else if context.dry_run {
        dry_run(context, &lake, &options).await?;
    } else {
        summaries(context, &catalog::register(&lake, &options).await?)?;
    }
    Ok(ExitCode::Done)
}

fn on_s3(location: &Location) -> Result<&S3Location, CatalogError> {
    match location {
        Location::S3(location) => Ok(location),
        Location::Folder(_) => Err(CatalogError::NotOnS3(location.to_string())),
    }
}

async fn ddl(lake: &Lake, database: &DatabaseName, listed: bool) -> Result<String, CatalogError> {
    let entry = snapshots::resolve(lake, None).await?;
    let wanted = catalog::wanted(lake, &entry, database);
    let how = if listed {
        Partitions::Listed
    } else {
        Partitions::Projected
    };
    Ok(catalog::script(database, &wanted.definitions, how))
}

async fn dry_run(context: &Context, lake: &Lake, options: &RegisterOptions) -> Result<(), Failure> {
    let terminal = context.terminal;
    for plan in catalog::plan(lake, options).await? {
        if terminal.json {
            let format = plan.format().name();
            terminal.event(&json!({
                "event": "plan",
                "command": "register",
                "format": format,
                "plan": plan,
            }))?;
        } else {
            Terminal::text(&match &plan {
                FormatPlan::Hive(plan) => plan_text(plan),
                FormatPlan::Versions(plan) => versions_plan_text(plan),
            })?;
        }
    }
    Ok(())
}

/// A summary a format.
pub(super) fn summaries(context: &Context, done: &[Registration]) -> Result<(), Failure> {
    for registration in done {
        let text = registration_text(context, registration);
        context.terminal.summary("register", registration, &text)?;
    }
    Ok(())
}

/// What was registered, format after format.
pub(super) fn registered_text(context: &Context, done: &[Registration]) -> String {
    done.iter()
        .map(|one| registration_text(context, one))
        .collect()
}

fn registration_text(context: &Context, done: &Registration) -> String {
    match done {
        Registration::Hive(done) => hive_text(done),
        Registration::Versions(done) => advanced_text(context, done),
    }
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
            let _ = writeln!(text, "    {}", readable::value(&change.to_string()));
        }
    }
    let Some(partitions) = &step.partitions else {
        return;
    };
    for (sign, partition) in partition_lines(partitions).take(summary::LISTED) {
        let _ = writeln!(
            text,
            "    {sign} partition {}",
            readable::value(&partition.join("/"))
        );
    }
    *text += &summary::left_out(partition_lines(partitions).count(), "--json");
}

fn partition_lines(plan: &PartitionPlan) -> impl Iterator<Item = (char, &Vec<String>)> {
    let create = plan.create.iter().map(|partition| ('+', &partition.values));
    let update = plan.update.iter().map(|partition| ('~', &partition.values));
    create
        .chain(update)
        .chain(plan.delete.iter().map(|values| ('-', values)))
}

fn hive_text(done: &Registered) -> String {
    format!(
        "{}: shows snapshot {} (entry {})\n{}{} to AWS Glue in {:.2} s\nnext: SELECT * FROM {}.slices_by_cohort, in Athena or Power BI\n",
        done.database,
        done.snapshot,
        done.entry,
        registered_steps(done),
        summary::plural(done.requests, "request", "requests"),
        done.seconds,
        done.database
    )
}

/// What was done to tables, views and partitions.
fn registered_steps(done: &Registered) -> String {
    let mut text = String::new();
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
    text
}
