//! `ctlake doctor`.

use std::fmt::Write;

use serde_json::json;

use super::super::args::ListFormat;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use crate::lake::doctor::{Check, Verdict, examine};

pub(super) async fn run(context: &Context, format: ListFormat) -> Result<ExitCode, Failure> {
    let checks = examine(&context.lake).await;
    let text = match format {
        ListFormat::Table => text(&checks),
        ListFormat::Json => {
            summary::json(&json!({"lake": context.lake.to_string(), "checks": checks}))
        }
    };
    Terminal::data(&text)?;
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
        let _ = writeln!(text, "{verdict:<8} {:<16} {}", check.name, check.found);
        if let Some(remedy) = &check.remedy {
            let _ = writeln!(text, "{:<25} hint: {remedy}", "");
        }
    }
    text
}
