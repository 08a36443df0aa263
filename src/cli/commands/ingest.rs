//! `ctlake ingest`.

use std::env;
use std::fmt::Write;

use serde_json::json;

use super::super::args::{IngestArgs, SourceArgs, TransferArgs};
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use crate::archive::Limits;
use crate::datasets;
use crate::ingest::{self, Decision, IngestOptions, IngestPlan, IngestSummary, Shard, Tally};
use crate::lake::{Lake, LakeError, Location, format};
use crate::ops::price::{Price, price};
use crate::readable;

/// Kubernetes' indexed jobs and AWS Batch's array jobs say there which of them a process is.
const INDEX_VARIABLES: [&str; 2] = ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"];

pub(super) async fn run(context: &Context, args: &IngestArgs) -> Result<ExitCode, Failure> {
    let terminal = context.terminal;
    let options = IngestOptions {
        only: args.only.clone(),
        shard: match args.shards {
            Some(count) => Some(shard_of_job(count)?),
            None => args.shard,
        },
        ..options(&args.source, &args.transfer)
    };
    // The lake is made when there is something to put into it.
    let lake = datasets::peek(&context.lake).await?;
    let plan = plan(context, &lake, &args.source, &options).await?;
    if context.dry_run {
        let price = plan_price(&context.lake, &plan);
        if terminal.json {
            terminal.event(
                &json!({"event": "plan", "command": "ingest", "plan": plan, "price": price}),
            )?;
        } else {
            Terminal::text(&(plan_text(&plan) + &price_text(&context.lake, price)))?;
        }
        return Ok(ExitCode::Done);
    }
    terminal.say(plan_text(&plan).trim_end());
    let lake = ready(context, lake).await?;
    ingest::check(&lake, &plan)?;
    warn_of_store(context, &lake).await?;
    let done = ingest::execute(&lake, plan, &options, terminal.progress(), &context.stop).await?;
    let (code, next) = if done.is_complete() {
        (ExitCode::Done, after(context, &done))
    } else {
        (ExitCode::Incomplete, summary::incomplete(&done))
    };
    let text = format!("{}{next}", summary::ingest(&done));
    terminal.summary("ingest", &done, &text)?;
    Ok(code)
}

/// A store that `build` will refuse is reported before hours of uploads. Where the question itself fails, the ingest says why.
async fn warn_of_store(context: &Context, lake: &Lake) -> Result<(), Failure> {
    if let Ok(false) = context.unless_stopped(format::ensure(lake)).await {
        let refusal = LakeError::NoConditionalPut(lake.name().to_owned());
        let warning = format!("{refusal}: `ctlake build` needs `--single-writer` here");
        context.terminal.warn(&[warning])?;
    }
    Ok(())
}

/// What to do after an ingest that has brought all that it was to bring.
fn after(context: &Context, done: &IngestSummary) -> String {
    let lake = context.lake.to_string();
    let lake = readable::argument(&lake);
    let missing = summary::plural(done.missing, "file is", "files are");
    match (done.complete, &done.lacks) {
        (true, _) => {
            let asked = match done.left_out {
                0 => "every file of the source",
                _ => "every file that was asked for",
            };
            format!("complete: {asked} is in the landing zone\nnext: ctlake build --lake {lake}")
        }
        (false, _) if done.shard.is_some() && done.missing > 0 => {
            format!("next: the other stretches: {missing} still missing")
        }
        (false, Some(lacks)) if done.missing == 0 => {
            format!(
                "not complete: {lacks}\nnext: ctlake ingest SOURCE --lake {lake}, which brings it"
            )
        }
        (false, _) => format!(
            "not complete: {missing} missing that an ingest before this one was to bring\nnext: ctlake ingest SOURCE --lake {lake}, with the source that has them all, or ctlake build --partial --lake {lake}"
        ),
    }
}

/// Plans an ingest, and says what to know of the source.
pub(super) async fn plan(
    context: &Context,
    lake: &Lake,
    source: &SourceArgs,
    options: &IngestOptions,
) -> Result<IngestPlan, Failure> {
    let plan = context
        .unless_stopped(ingest::plan(lake, &source.source, options))
        .await?;
    context.terminal.warn(&plan.warnings)?;
    Ok(plan)
}

/// The lake that was peeked at, made where it was not there.
pub(super) async fn ready(context: &Context, lake: Lake) -> Result<Lake, Failure> {
    match lake.s3() {
        Some(_) => Ok(lake),
        None => Ok(datasets::create(&context.lake).await?),
    }
}

/// What both `ingest` and `run` can be asked for.
pub(super) fn options(source: &SourceArgs, transfer: &TransferArgs) -> IngestOptions {
    IngestOptions {
        release: source.release.clone(),
        replace: source.replace,
        only: Vec::new(),
        shard: None,
        concurrency: transfer.concurrency.into(),
        memory: transfer.memory,
        request_timeout: transfer.request_timeout,
        limits: Limits {
            max_ratio: transfer.max_ratio,
            max_entry_bytes: transfer.max_entry_bytes,
            max_total_bytes: transfer.max_total_bytes,
        },
        ranges: transfer.ranges.ranges(),
    }
}

fn shard_of_job(count: u32) -> Result<Shard, Failure> {
    let index = INDEX_VARIABLES
        .iter()
        .find_map(|name| env::var(name).ok())
        .ok_or_else(|| {
            Failure::usage(
                "`--shards` takes its index from JOB_COMPLETION_INDEX or AWS_BATCH_JOB_ARRAY_INDEX, and neither is set",
                format!("name the stretch: `--shard 0/{count}`"),
            )
        })?;
    format!("{index}/{count}")
        .parse()
        .map_err(|error: ingest::ShardError| {
            Failure::usage(error.to_string(), "check the job's size against `--shards`")
        })
}

pub(super) fn plan_text(plan: &IngestPlan) -> String {
    let amount = |tally: Tally| {
        format!(
            "{} ({})",
            summary::plural(tally.files, "file", "files"),
            readable::size(tally.bytes)
        )
    };
    let with = |decision| Tally::of(plan.with(decision));
    let mut text = format!(
        "{}: {} to store",
        plan.release,
        amount(Tally::of(plan.puts()))
    );
    let reasons: Vec<String> = [
        (Decision::Unrecorded, "not recorded"),
        (Decision::Damaged, "damaged"),
        (Decision::Withdrawn, "withdrawn by verify"),
        (Decision::Replace, "in the place of other content"),
    ]
    .into_iter()
    .filter_map(|(decision, reason)| match with(decision).files {
        0 => None,
        files => Some(format!("{} {reason}", summary::count(files))),
    })
    .collect();
    if !reasons.is_empty() {
        let _ = write!(text, ", of them {}", reasons.join(", "));
    }
    let _ = write!(text, "; {} there already", amount(with(Decision::Keep)));
    let adopted = with(Decision::Adopt);
    if adopted.files > 0 {
        let _ = write!(text, "; {} there and not recorded yet", amount(adopted));
    }
    for (decision, what) in [
        (Decision::Elsewhere, "in other stretches"),
        (Decision::Conflict, "there with other content"),
    ] {
        let tally = with(decision);
        if tally.files > 0 {
            let _ = write!(text, "; {} {what}", amount(tally));
        }
    }
    text.push('\n');
    if plan.left_out > 0 {
        let _ = writeln!(
            text,
            "left out: {} that --only does not name",
            summary::plural(plan.left_out, "file", "files")
        );
    }
    for (files, what) in [
        (
            &plan.ignored,
            [
                "file that is not of the release",
                "files that are not of the release",
            ],
        ),
        (
            &plan.unlabelled,
            [
                "image that no label file names",
                "images that no label file names",
            ],
        ),
        (
            &plan.copies,
            [
                "file whose name another one has",
                "files whose names others have",
            ],
        ),
    ] {
        let Some(first) = files.first() else {
            continue;
        };
        let [one, several] = what;
        let _ = writeln!(
            text,
            "left out: {} (`{}`{})",
            summary::plural(files.len() as u64, one, several),
            readable::value(first),
            if files.len() > 1 { ", …" } else { "" },
        );
    }
    text + &summary::rejected("passed over", &plan.passed_over)
        + &summary::rejected("refused", &plan.rejected)
}

pub(super) fn plan_price(location: &Location, plan: &IngestPlan) -> Option<Price> {
    let Location::S3(s3) = location else {
        return None;
    };
    let puts = Tally::of(plan.puts());
    let kms = s3.settings.uses_kms();
    let class = s3.settings.storage_class.as_deref();
    price(puts.files, puts.bytes, plan.listed, class, kms)
}

pub(super) fn price_text(location: &Location, price: Option<Price>) -> String {
    match (location, price) {
        (Location::Folder(_), _) => String::new(),
        (Location::S3(_), None) => "price: not known for this storage class\n".to_owned(),
        (Location::S3(_), Some(price)) => format!(
            "requests: {} PUT, {} LIST: about ${:.2}; storage: about ${:.2} a month ({})\n",
            summary::count(price.puts),
            summary::count(price.lists),
            price.requests_usd,
            price.storage_usd_month,
            price.prices_of,
        ),
    }
}
