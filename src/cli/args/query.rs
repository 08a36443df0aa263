//! The command line of what answers.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, ValueEnum};

use super::engine::EngineArgs;
use crate::cli::failure::Failure;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct SqlArgs {
    /// Query; - reads it from stdin [default: a prompt on a terminal, else stdin]
    pub(in crate::cli) query: Option<String>,
    /// Output format [default: by the extension of --output; a table on a terminal, CSV otherwise]
    #[arg(long)]
    pub(in crate::cli) format: Option<RowFormat>,
    /// Write to a file instead of stdout: .csv, .json, .md, .parquet, .txt or .xlsx
    #[arg(short, long)]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Maximum number of rows
    #[arg(long)]
    pub(in crate::cli) limit: Option<u32>,
    /// Print all rows on a terminal instead of the first 40
    #[arg(long)]
    pub(in crate::cli) all: bool,
    /// Name or entry number of a snapshot [default: the current one]
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
    /// Table to print [default: all]
    pub(in crate::cli) table: Option<String>,
    /// Output format
    #[arg(long, default_value = "dictionary")]
    pub(in crate::cli) format: SchemaFormat,
    /// Profile the columns of the current snapshot: NULLs, distinct values, bounds, most frequent values
    #[arg(long)]
    pub(in crate::cli) stats: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SchemaFormat {
    /// Markdown for people
    Dictionary,
    /// The Arrow schema of the data files, with field ids
    Arrow,
    /// DDL for Athena, Hive and Spark; with --lake, with its current paths and partitions
    Ddl,
    /// Open Data Contract Standard; with --lake, with its server and current paths
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
