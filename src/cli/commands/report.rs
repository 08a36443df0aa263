//! `ctlake report`.

use serde_json::json;

use super::super::args::ReportArgs;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::output::to_file;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use crate::datasets;
use crate::lake::snapshots;
use crate::readable;
use crate::report;

pub(super) async fn run(context: &Context, args: &ReportArgs) -> Result<ExitCode, Failure> {
    let lake = datasets::open(&context.lake).await?;
    let entry = snapshots::resolve(&lake, args.snapshot.as_deref()).await?;
    let page = report::report(&lake, &entry, args.previews).await?;
    let out = &args.out;
    let size = page.html.len() as u64;
    let what = format!(
        "{}: {} of snapshot {} (entry {})\n  {} of {}, {} without images; {}, {}",
        out.display(),
        readable::size(size),
        entry.snapshot,
        entry.number,
        summary::plural(page.slices, "slice", "slices"),
        summary::plural(page.patients, "patient", "patients"),
        summary::count(page.patients_without_images),
        summary::plural(page.findings, "finding", "findings"),
        summary::plural(page.previews as u64, "picture", "pictures"),
    );
    let described = json!({"out": out, "snapshot": entry.snapshot, "bytes": size, "report": page});
    if context.dry_run {
        let event = json!({"event": "plan", "command": "report", "plan": described});
        context.terminal.event(&event)?;
        if !context.terminal.json {
            Terminal::text(&format!("{what}\n"))?;
        }
        return Ok(ExitCode::Done);
    }
    to_file(out, |file| file.write_all(page.html.as_bytes()))?;
    let text = format!("{what}\nnext: open {} in a browser", out.display());
    context.terminal.summary("report", &described, &text)?;
    Ok(ExitCode::Done)
}
