//! The command line of what answers.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, ValueEnum};

use super::engine::EngineArgs;
use crate::cli::failure::Failure;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct SqlArgs {
    /// The query; - reads it from stdin. Without it: a prompt on a terminal, and stdin otherwise
    pub(in crate::cli) query: Option<String>,
    /// Output format [default: by the extension of --output; a table on a terminal, CSV otherwise]
    #[arg(long)]
    pub(in crate::cli) format: Option<RowFormat>,
    /// Write to a file instead of stdout: .csv, .json, .md, .parquet, .txt or .xlsx
    #[arg(short, long)]
    pub(in crate::cli) output: Option<PathBuf>,
    /// At most this many rows
    #[arg(long)]
    pub(in crate::cli) limit: Option<u32>,
    /// Show all rows on a terminal, not the first 40
    #[arg(long)]
    pub(in crate::cli) all: bool,
    /// A snapshot's name or entry number instead of the current one
    #[arg(long)]
    pub(in crate::cli) snapshot: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) engine: EngineArgs,
}

impl SqlArgs {
    /// Whether queries are asked for one by one, at a prompt.
    pub(in crate::cli) fn opens_shell(&self) -> bool {
        self.query.is_none() && io::stdin().is_terminal() && io::stdout().is_terminal()
    }
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct SchemaArgs {
    /// One table; all without it
    pub(in crate::cli) table: Option<String>,
    /// What to print
    #[arg(long, default_value = "dictionary")]
    pub(in crate::cli) format: SchemaFormat,
    /// What the columns of the current snapshot hold: NULLs, different values, bounds, commonest values; for people, or as JSON
    #[arg(long)]
    pub(in crate::cli) stats: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SchemaFormat {
    /// Markdown for people
    Dictionary,
    /// The Arrow schema of the data files, with field ids
    Arrow,
    /// SQL for Athena, Hive and Spark; with --lake its current paths and partitions are filled in
    Ddl,
    /// The Open Data Contract Standard document; with --lake its server and current paths are filled in
    Odcs,
    /// Tables, columns, measures and quality rules as JSON
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ListFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum RowFormat {
    /// For people
    Table,
    /// Comma-separated, with a header
    Csv,
    /// An array of objects
    Json,
    /// Apache Parquet
    Parquet,
    /// A table in Markdown
    Markdown,
    /// A workbook of Excel
    Xlsx,
}

impl RowFormat {
    /// The format that a file's extension stands for; CSV where it has none.
    pub(in crate::cli) fn of_file(path: &Path) -> Result<Self, Failure> {
        let Some(extension) = path.extension() else {
            return Ok(Self::Csv);
        };
        let extension = extension.to_string_lossy();
        Ok(match &*extension.to_ascii_lowercase() {
            "csv" => Self::Csv,
            "json" => Self::Json,
            "md" | "markdown" => Self::Markdown,
            "parquet" => Self::Parquet,
            "txt" => Self::Table,
            "xlsx" => Self::Xlsx,
            _ => {
                return Err(Failure::usage(
                    format!(
                        "cannot tell the format of `{}`: expected .csv, .json, .md, .parquet, .txt or .xlsx, got `.{extension}`",
                        path.display()
                    ),
                    "rename the file, or name the format: `--format csv`",
                ));
            }
        })
    }
}
