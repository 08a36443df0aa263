//! `ctlake report`.

use serde_json::json;

use super::super::Context;
use super::super::args::ReportArgs;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::output::to_file;
use super::super::terminal::Terminal;
use crate::datasets;
use crate::lake::snapshots;
use crate::readable;

pub(super) async fn run(context: &Context, args: &ReportArgs) -> Result<ExitCode, Failure> {
    let lake = datasets::open(&context.lake).await?;
    let entry = snapshots::resolve(&lake, args.snapshot.as_deref()).await?;
    let page = datasets::of(&lake)
        .report(&lake, &entry, args.previews)
        .await?;
    let out = &args.out;
    let size = page.html.len() as u64;
    let what = format!(
        "{}: {} of snapshot {} (entry {})\n  {}",
        out.display(),
        readable::size(size),
        entry.snapshot,
        entry.number,
        page.summary,
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
