//! The command line of what builds tables and keeps snapshots.

use std::time::Duration;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::query::ListFormat;
use super::register::ThenArgs;
use super::value::{bytes, duration};
use crate::contract::Severity;
use crate::covidx::Release;

/// What is published.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct AuditArgs {
    /// Go on over this many malformed lines, and record them as findings
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(in crate::cli) max_bad_rows: u64,
    /// Build even if the metadata lists no patient, mostly other ones, or has a column that can't be read
    #[arg(long)]
    pub(in crate::cli) allow_bad_metadata: bool,
    /// Publish nothing when a finding is this bad or worse
    #[arg(long, value_name = "SEVERITY")]
    pub(in crate::cli) fail_on: Option<FailOn>,
    /// Keep the files of a build that failed its audit, to look at them
    #[arg(long, requires = "fail_on")]
    pub(in crate::cli) keep_failed: bool,
    /// Publish to a store without conditional writes: nobody else may publish
    #[arg(long)]
    pub(in crate::cli) single_writer: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct BuildArgs {
    /// The release, where the landing zone has several
    #[arg(long)]
    pub(in crate::cli) release: Option<Release>,
    #[command(flatten)]
    pub(in crate::cli) audit: AuditArgs,
    /// Publish even when the inputs have not changed
    #[arg(long)]
    pub(in crate::cli) force: bool,
    /// Budget for rows and row groups on their way to the files
    #[arg(long, default_value = "128MB", value_parser = bytes, value_name = "SIZE")]
    pub(in crate::cli) memory: u64,
    /// Build from a landing zone in which files are still missing
    #[arg(long)]
    pub(in crate::cli) partial: bool,
    /// Also write small pictures, the middle slice of each scan, for Power BI
    #[arg(long)]
    pub(in crate::cli) previews: bool,
    #[command(flatten)]
    pub(in crate::cli) then: ThenArgs,
    /// Encoder threads, at the most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(in crate::cli) threads: Option<u16>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum FailOn {
    Error,
    Warning,
}

impl From<FailOn> for Severity {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Error => Self::Error,
            FailOn::Warning => Self::Warning,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SnapshotsCommand {
    /// List the log, newest entry first
    #[command(
        after_help = "Examples:\n  ctlake snapshots list\n  ctlake snapshots list --format json"
    )]
    List {
        /// How to print it
        #[arg(long, default_value = "table")]
        format: ListFormat,
    },
    /// Compare two snapshots: rows, patients, findings
    #[command(
        after_help = "Examples:\n  ctlake snapshots diff 1 2\n  ctlake snapshots diff 20261123T201500Z 20261124 --format json"
    )]
    Diff {
        /// The older one: a name, the beginning of a name, or an entry number
        a: String,
        /// The newer one
        b: String,
        /// How to print it
        #[arg(long, default_value = "table")]
        format: ListFormat,
    },
    /// Show an older snapshot again
    #[command(after_help = "Examples:\n  ctlake snapshots rollback 1")]
    Rollback {
        /// A name, the beginning of a name, or an entry number
        snapshot: String,
    },
    /// Remove the files of old snapshots and of builds that died
    #[command(
        after_help = "Examples:\n  ctlake snapshots expire --dry-run\n  ctlake snapshots expire --keep 3 --older-than 7d"
    )]
    Expire {
        /// Keep so many of the newest snapshots
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
        keep: u16,
        /// Keep everything younger: 30s, 10m, 24h, 7d
        #[arg(long, default_value = "24h", value_parser = duration, value_name = "AGE")]
        older_than: Duration,
    },
}
