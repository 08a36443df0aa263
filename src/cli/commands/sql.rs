//! `ctlake sql`.

mod engine;
mod names;
mod session;

use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;

use arrow::error::ArrowError;
use serde::Serialize;

use super::super::args::{EngineName, RowFormat, SqlArgs};
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::output::to_file;
use super::super::rows::{self, Screen};
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use crate::datasets;
use crate::lake::snapshots;
use crate::query;
use crate::query::athena::Bill;
use crate::query::{Answer, QueryError};

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
    if args.opens_shell() {
        return Box::pin(session::run(context, args)).await;
    }
    let json = context.terminal.json && args.output.is_none();
    let format = args.format.or(json.then_some(RowFormat::Json));
    let format = row_format(format, args.output.as_deref())?;
    let query = question(context, args.query.clone()).await?;
    let lake = context
        .unless_stopped(Box::pin(datasets::open(&context.lake)))
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
    let answer = names::readable(answer, &query).map_err(unnamed)?;
    rows::check(&answer, format)?;
    let Some(path) = &args.output else {
        Terminal::write(|out| print(&answer, &args, format, out))?;
        return Ok(ExitCode::Done);
    };
    to_file(path, |out| rows::write(&answer, format, out)).map_err(of_another_format)?;
    let summary = Summary {
        engine: match (args.engine.engine, &answer.bill) {
            (_, Some(_)) => "athena",
            (EngineName::Polars, None) => "polars",
            _ => "datafusion",
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

/// Rows that can't be written in one format can be in another one.
fn of_another_format(failure: Failure) -> Failure {
    let hint = "choose another format: `--output answer.parquet` or `--output answer.json`";
    Failure {
        hint: failure.hint.or_else(|| Some(hint.to_owned())),
        ..failure
    }
}

/// Writes an answer to stdout: all of it, or what fits a terminal.
fn print(
    answer: &Answer,
    args: &SqlArgs,
    format: RowFormat,
    out: &mut dyn Write,
) -> io::Result<()> {
    if format != RowFormat::Table || !io::stdout().is_terminal() {
        return rows::write(answer, format, out);
    }
    let closing = Screen::new(args.all).show(answer, out)?;
    writeln!(out, "{closing}{}", limited(answer, args.limit))
}

/// A remark on an answer that is as long as it may be: there may be more.
fn limited(answer: &Answer, limit: Option<u32>) -> String {
    match limit {
        Some(limit) if answer.rows() as u64 == u64::from(limit) => format!(" (`--limit {limit}`)"),
        _ => String::new(),
    }
}

/// The columns of an answer can't be renamed.
fn unnamed(error: ArrowError) -> Failure {
    QueryError::Read {
        message: error.to_string(),
    }
    .into()
}

/// The query of the command line, or of stdin: for `-`, and without one.
pub(super) async fn question(context: &Context, text: Option<String>) -> Result<String, Failure> {
    let from_terminal = io::stdin().is_terminal();
    let query = match text {
        Some(text) if text != "-" => text,
        None if from_terminal => {
            return Err(Failure::usage(
                "expected a query: there is no prompt where stdout is not a terminal",
                "`ctlake sql \"SELECT COUNT(*) AS slices FROM ct_slices\"`, or `ctlake sql -` to type it",
            ));
        }
        _ => {
            if from_terminal {
                context
                    .terminal
                    .say("reading SQL from standard input: Ctrl-D ends it, Ctrl-C cancels");
            }
            context.unless_stopped(standard_input()).await?
        }
    };
    if query.trim().is_empty() {
        return Err(Failure::usage(
            "expected a query, got nothing",
            "`ctlake sql \"SELECT COUNT(*) AS slices FROM ct_slices\"`",
        ));
    }
    query::check_query(&query)?;
    Ok(query)
}

/// All of stdin, read in a thread that nobody waits for when the program is interrupted.
async fn standard_input() -> Result<String, Failure> {
    let read = tokio::task::spawn_blocking(|| {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    });
    let read = read.await.map_err(|error| Failure::from_io(error.into()))?;
    read.map_err(Failure::from_io)
}

/// The format that was asked for, or the one that fits where the rows go: a file, or stdout without one.
pub(super) fn row_format(
    format: Option<RowFormat>,
    output: Option<&Path>,
) -> Result<RowFormat, Failure> {
    let Some(output) = output else {
        let to_terminal = io::stdout().is_terminal();
        return match format {
            Some(RowFormat::Parquet) if to_terminal => Err(Failure::usage(
                "Parquet can't be shown on a terminal",
                "name a file: `--output answer.parquet`",
            )),
            Some(RowFormat::Xlsx) if to_terminal => Err(Failure::usage(
                "a workbook can't be shown on a terminal",
                "name a file: `--output answer.xlsx`",
            )),
            Some(format) => Ok(format),
            None if to_terminal => Ok(RowFormat::Table),
            None => Ok(RowFormat::Csv),
        };
    };
    let by_name = RowFormat::of_file(output);
    match (format, by_name) {
        // Excel would refuse it, or worse, guess.
        (Some(format), Ok(RowFormat::Xlsx)) if format != RowFormat::Xlsx => Err(Failure::usage(
            format!(
                "`{}` is the name of a workbook, got another `--format`",
                output.display()
            ),
            "leave out `--format`, or choose another name: `--output answer.csv`",
        )),
        (Some(format), _) => Ok(format),
        (None, by_name) => by_name,
    }
}
