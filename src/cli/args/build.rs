//! The command line of what builds tables and keeps snapshots.

use std::time::Duration;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::query::ListFormat;
use super::register::ThenArgs;
use super::value::{bytes, duration, release};
use crate::contract::Severity;
use crate::release::Release;

/// What is published.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct AuditArgs {
    /// Maximum number of malformed lines; they are recorded as findings
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(in crate::cli) max_bad_rows: u64,
    /// Build even if the metadata lists no patient, mostly other patients, or has an unreadable column
    #[arg(long)]
    pub(in crate::cli) allow_bad_metadata: bool,
    /// Do not publish if a finding is of this severity or worse
    #[arg(long, value_name = "SEVERITY")]
    pub(in crate::cli) fail_on: Option<FailOn>,
    /// Keep the files of a build that fails its audit
    #[arg(long, requires = "fail_on")]
    pub(in crate::cli) keep_failed: bool,
    /// Publish to a store without conditional writes, as its only publisher
    #[arg(long)]
    pub(in crate::cli) single_writer: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct BuildArgs {
    /// Release to build; needed when the landing zone has several
    #[arg(long, value_parser = release)]
    pub(in crate::cli) release: Option<Release>,
    #[command(flatten)]
    pub(in crate::cli) audit: AuditArgs,
    /// Publish even if the inputs have not changed
    #[arg(long)]
    pub(in crate::cli) force: bool,
    /// Memory for rows and open row groups
    #[arg(long, default_value = "128MB", value_parser = bytes, value_name = "SIZE")]
    pub(in crate::cli) memory: u64,
    /// Build even if files are missing in the landing zone
    #[arg(long)]
    pub(in crate::cli) partial: bool,
    /// Also write a small picture of the middle slice of each scan
    #[arg(long)]
    pub(in crate::cli) previews: bool,
    #[command(flatten)]
    pub(in crate::cli) then: ThenArgs,
    /// Maximum number of encoder threads
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
    /// List the entries of the log, newest first
    #[command(
        after_help = "Examples:\n  ctlake snapshots list\n  ctlake snapshots list --format json"
    )]
    List {
        /// Output format
        #[arg(long, default_value = "table")]
        format: ListFormat,
    },
    /// Compare the rows, patients and findings of two snapshots
    #[command(
        after_help = "Examples:\n  ctlake snapshots diff 1 2\n  ctlake snapshots diff 20261123T201500Z 20261124 --format json"
    )]
    Diff {
        /// Older snapshot: a name, a prefix of a name, or an entry number
        a: String,
        /// Newer snapshot
        b: String,
        /// Output format
        #[arg(long, default_value = "table")]
        format: ListFormat,
    },
    /// Make an older snapshot current again
    #[command(after_help = "Examples:\n  ctlake snapshots rollback 1")]
    Rollback {
        /// A name, a prefix of a name, or an entry number
        snapshot: String,
    },
    /// Remove the files of old snapshots and of interrupted builds
    #[command(
        after_help = "Examples:\n  ctlake snapshots expire --dry-run\n  ctlake snapshots expire --keep 3 --older-than 7d"
    )]
    Expire {
        /// Number of newest snapshots to keep
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
        keep: u16,
        /// Minimum age of removed snapshots: 30s, 10m, 24h, 7d
        #[arg(long, default_value = "24h", value_parser = duration, value_name = "AGE")]
        older_than: Duration,
    },
}
