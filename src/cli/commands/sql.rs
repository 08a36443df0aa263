//! `ctlake sql`.

use std::io::{self, IsTerminal, Read};
use std::path::Path;

use super::super::args::{RowFormat, SqlArgs};
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::output::to_file;
use super::super::terminal::Terminal;
use super::super::{Context, rows};
use crate::lake::{Lake, snapshots};
use crate::query;

pub(super) async fn run(context: &Context, args: SqlArgs) -> Result<ExitCode, Failure> {
    let format = row_format(args.format, args.output.as_deref())?;
    let query = question(args.query)?;
    let lake = Lake::open(&context.lake).await?;
    let entry = snapshots::resolve(&lake, args.snapshot.as_deref()).await?;
    context.terminal.detail(&format!(
        "snapshot {} (entry {})",
        entry.snapshot, entry.number
    ));
    let engine = query::engine(&lake, &entry)?;
    let answer = engine.query(&query, args.limit).await?;
    match &args.output {
        Some(path) => {
            to_file(path, |out| rows::write(&answer, format, out))?;
            context.terminal.say(&format!(
                "{} rows written to {}",
                answer.rows(),
                path.display()
            ));
        }
        None => Terminal::write(|out| rows::write(&answer, format, out))?,
    }
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
