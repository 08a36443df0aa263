//! `ctlake sql`.

mod engine;

use std::io::{self, IsTerminal, Read};
use std::path::Path;

use serde::Serialize;

use super::super::args::{RowFormat, SqlArgs};
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::output::to_file;
use super::super::rows::Cells;
use super::super::terminal::Terminal;
use super::super::{Context, rows, summary};
use crate::lake::{Lake, snapshots};
use crate::query;
use crate::query::athena::Bill;

/// What was answered, for programs.
#[derive(Serialize)]
struct Summary<'a> {
    engine: &'static str,
    rows: usize,
    output: &'a Path,
    athena: Option<&'a Bill>,
}

pub(super) async fn run(context: &Context, args: SqlArgs) -> Result<ExitCode, Failure> {
    args.engine.check()?;
    let format = row_format(args.format, args.output.as_deref())?;
    let query = question(args.query.clone())?;
    let lake = context
        .unless_stopped(Box::pin(Lake::open(&context.lake)))
        .await?;
    let resolved = snapshots::resolve(&lake, args.snapshot.as_deref());
    let entry = context.unless_stopped(resolved).await?;
    context.terminal.detail(&format!(
        "snapshot {} (entry {})",
        entry.snapshot, entry.number
    ));
    let answer = Box::pin(engine::answer(context, &args, &query, &lake, &entry)).await?;
    if let Some(bill) = &answer.bill {
        context.terminal.say(&summary::bill(bill));
    }
    let Some(path) = &args.output else {
        let cells = match io::stdout().is_terminal() {
            true => Cells::Short,
            false => Cells::Whole,
        };
        Terminal::write(|out| rows::write(&answer, format, cells, out))?;
        return Ok(ExitCode::Done);
    };
    to_file(path, |out| rows::write(&answer, format, Cells::Whole, out))?;
    let summary = Summary {
        engine: match answer.bill {
            Some(_) => "athena",
            None => "polars",
        },
        rows: answer.rows(),
        output: path,
        athena: answer.bill.as_ref(),
    };
    let rows = summary::plural(answer.rows() as u64, "row", "rows");
    let text = format!("{rows} written to {}", path.display());
    context.terminal.summary("sql", &summary, &text)?;
    Ok(ExitCode::Done)
}

/// The query of the command line, or of stdin for `-`.
pub(super) fn question(text: String) -> Result<String, Failure> {
    let mut query = text;
    if query == "-" {
        query.clear();
        io::stdin()
            .read_to_string(&mut query)
            .map_err(Failure::from_io)?;
    }
    if query.trim().is_empty() {
        return Err(Failure::usage(
            "expected a query, got nothing",
            "`ctlake sql \"SELECT COUNT(*) AS slices FROM ct_slices\"`",
        ));
    }
    query::check_query(&query)?;
    Ok(query)
}

/// The format that was asked for, or the one that fits where the rows go: a file, or stdout without one.
pub(super) fn row_format(
    format: Option<RowFormat>,
    output: Option<&Path>,
) -> Result<RowFormat, Failure> {
    let to_terminal = output.is_none() && io::stdout().is_terminal();
    match format {
        Some(RowFormat::Parquet) if to_terminal => Err(Failure::usage(
            "Parquet can't be shown on a terminal",
            "name a file: `--output answer.parquet`",
        )),
        Some(format) => Ok(format),
        None if to_terminal => Ok(RowFormat::Table),
        None => Ok(match output {
            Some(path) => by_extension(path),
            None => RowFormat::Csv,
        }),
    }
}

fn by_extension(path: &Path) -> RowFormat {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => RowFormat::Json,
        Some("parquet") => RowFormat::Parquet,
        Some("txt") => RowFormat::Table,
        _ => RowFormat::Csv,
    }
}
