//! `ctlake fetch`.

use std::time::Duration;

use serde_json::json;

use super::super::Context;
use super::super::args::FetchArgs;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use crate::archive::Source;
use crate::archive::fetch::{self, FetchPlan, FetchSummary};
use crate::readable;

pub(super) async fn run(context: &Context, args: &FetchArgs) -> Result<ExitCode, Failure> {
    let terminal = context.terminal;
    let source = Source::find(&args.source)?;
    let ranges = args.ranges.ranges();
    let plan = context
        .unless_stopped(fetch::plan(&source, &args.out, &ranges))
        .await?;
    terminal.warn(&plan.warnings)?;
    if context.dry_run {
        if terminal.json {
            terminal.event(&json!({"event": "plan", "command": "fetch", "plan": plan}))?;
        } else {
            Terminal::text(&(plan_text(&plan) + "\n"))?;
        }
        return Ok(ExitCode::Done);
    }
    terminal.say(&plan_text(&plan));
    let done = fetch::execute(plan, terminal.progress(), &context.stop).await?;
    terminal.warn(&done.warnings)?;
    terminal.summary("fetch", &done, &summary_text(&done))?;
    Ok(ExitCode::Done)
}

fn plan_text(plan: &FetchPlan) -> String {
    let what = format!("{} ({})", plan.source, readable::size(plan.bytes));
    if plan.there {
        return format!("{what}: is at {} already", plan.out.display());
    }
    let mut text = format!(
        "{what}: {} to bring, {} there from an earlier run",
        readable::size(plan.bytes - plan.partial),
        readable::size(plan.partial)
    );
    if let Some(reason) = &plan.discarded {
        text += &format!("\nwhat an earlier run has brought is dropped: {reason}");
    }
    text
}

fn summary_text(done: &FetchSummary) -> String {
    let checked = match done.checked.as_slice() {
        [] => "size checked; the server gives no digest".to_owned(),
        digests => format!("size and {} checked", digests.join(" and ")),
    };
    format!(
        "{}: {} in {:.1} s, {checked}\nnext: ctlake run {}",
        done.source,
        readable::size(done.fetched),
        Duration::from_millis(done.milliseconds).as_secs_f64(),
        done.out.display(),
    )
}
