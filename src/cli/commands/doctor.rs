//! `ctlake doctor`.

use std::fmt::Write;

use serde_json::json;

use super::super::args::ListFormat;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use crate::ops::doctor::{Check, Verdict, examine};
use crate::readable;

/// Characters of what a check found, at the most: what a server says may be a page.
const FOUND: usize = 1000;

pub(super) async fn run(context: &Context, format: ListFormat) -> Result<ExitCode, Failure> {
    let checks = examine(&context.lake).await;
    match context.list_format(format) {
        ListFormat::Table => Terminal::text(&text(&checks))?,
        ListFormat::Json => {
            let document = json!({"lake": context.lake.to_string(), "checks": checks});
            Terminal::data(&summary::json(&document))?;
        }
    }
    let failed = checks.iter().any(|check| check.verdict == Verdict::Failed);
    Ok(if failed {
        ExitCode::Failed
    } else {
        ExitCode::Done
    })
}

fn text(checks: &[Check]) -> String {
    let mut text = String::new();
    for check in checks {
        let verdict = match check.verdict {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Failed => "failed",
            Verdict::Skipped => "skipped",
        };
        let _ = writeln!(
            text,
            "{verdict:<8} {:<16} {}",
            check.name,
            readable::cut(&check.found, FOUND)
        );
        if let Some(remedy) = &check.remedy {
            let _ = writeln!(text, "{:<25} hint: {remedy}", "");
        }
    }
    text
}
