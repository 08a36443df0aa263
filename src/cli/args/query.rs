//! The command line of what answers.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::engine::EngineArgs;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct SqlArgs {
    /// The query; - reads it from stdin
    pub(in crate::cli) query: String,
    /// How to print the rows: a table on a terminal and CSV otherwise, unless said
    #[arg(long)]
    pub(in crate::cli) format: Option<RowFormat>,
    /// Write to a file instead of stdout
    #[arg(short, long)]
    pub(in crate::cli) output: Option<PathBuf>,
    /// At most this many rows
    #[arg(long)]
    pub(in crate::cli) limit: Option<u32>,
    /// A snapshot's name or entry number instead of the current one
    #[arg(long)]
    pub(in crate::cli) snapshot: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) engine: EngineArgs,
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
}
