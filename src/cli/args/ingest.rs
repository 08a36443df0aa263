//! The command line of what brings a dataset.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;
use glob::Pattern;

use super::build::AuditArgs;
use super::register::ThenArgs;
use super::value::{bytes, duration, range_size, release};
use crate::archive::{Limits, Ranges};
use crate::ingest::Shard;
use crate::release::Release;

/// Which dataset.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct SourceArgs {
    #[arg(
        value_name = "SOURCE",
        help = "The dataset: kaggle:owner/name[@version], https://…/archive.zip, a zip file or a folder"
    )]
    pub(in crate::cli) source: PathBuf,
    /// Release name; needed when it can't be inferred from the file names
    #[arg(long, value_parser = release)]
    pub(in crate::cli) release: Option<Release>,
    /// Overwrite files whose content differs from the source
    #[arg(long)]
    pub(in crate::cli) replace: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct IngestArgs {
    #[command(flatten)]
    pub(in crate::cli) source: SourceArgs,
    /// Ingest only files whose path matches; repeatable
    #[arg(long, value_name = "GLOB", value_parser = Pattern::new)]
    pub(in crate::cli) only: Vec<Pattern>,
    /// Ingest only shard i of n (0-based), to split the work across n machines
    #[arg(long, value_name = "i/n", conflicts_with = "shards")]
    pub(in crate::cli) shard: Option<Shard>,
    #[arg(help = "The same, with i from JOB_COMPLETION_INDEX or AWS_BATCH_JOB_ARRAY_INDEX", long, value_name = "n", value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) shards: Option<u32>,
    #[command(flatten)]
    pub(in crate::cli) transfer: TransferArgs,
}

/// How files are read and stored.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct TransferArgs {
    /// Maximum number of concurrent requests
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(in crate::cli) concurrency: u16,
    /// Memory for file contents
    #[arg(long, default_value = "64MB", value_parser = bytes, value_name = "SIZE")]
    pub(in crate::cli) memory: u64,
    /// Timeout of a request
    #[arg(long, default_value = "60s", value_parser = duration, value_name = "TIME")]
    pub(in crate::cli) request_timeout: Duration,
    /// Maximum compression ratio; files above it are rejected
    #[arg(long, default_value_t = Limits::default().max_ratio, value_name = "N")]
    pub(in crate::cli) max_ratio: u64,
    /// Maximum size of a file; larger ones are rejected
    #[arg(long, default_value = "1GB", value_parser = bytes, value_name = "SIZE")]
    pub(in crate::cli) max_entry_bytes: u64,
    /// Maximum size of the unpacked archive
    #[arg(long, default_value = "1000GB", value_parser = bytes, value_name = "SIZE")]
    pub(in crate::cli) max_total_bytes: u64,
    #[command(flatten)]
    pub(in crate::cli) ranges: RangeArgs,
}

/// How an archive on Kaggle or at a URL is read.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Archives on a server")]
pub(in crate::cli) struct RangeArgs {
    /// Size of a range request
    #[arg(long, default_value = "4MB", value_parser = range_size, value_name = "SIZE")]
    range_size: u64,
    /// Maximum number of concurrent range requests
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    ranges_ahead: u16,
    /// Idle timeout of a connection
    #[arg(long, default_value = "30s", value_parser = duration, value_name = "TIME")]
    idle_timeout: Duration,
}

impl RangeArgs {
    pub(in crate::cli) fn ranges(&self) -> Ranges {
        Ranges {
            bytes: self.range_size,
            ahead: self.ranges_ahead.into(),
            idle: self.idle_timeout,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct FetchArgs {
    #[arg(help = "The archive: kaggle:owner/name[@version] or https://…/archive.zip")]
    pub(in crate::cli) source: PathBuf,
    /// Output file
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) ranges: RangeArgs,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct RunArgs {
    #[command(flatten)]
    pub(in crate::cli) source: SourceArgs,
    #[command(flatten)]
    pub(in crate::cli) transfer: TransferArgs,
    #[command(flatten)]
    pub(in crate::cli) audit: AuditArgs,
    #[command(flatten)]
    pub(in crate::cli) then: ThenArgs,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct VerifyArgs {
    /// Release to verify [default: all]
    #[arg(long, value_parser = release)]
    pub(in crate::cli) release: Option<Release>,
    /// Also compare checksums: those stored by S3, or of the files of a folder
    #[arg(long)]
    pub(in crate::cli) deep: bool,
    /// Also read and decode every PNG image
    #[arg(long)]
    pub(in crate::cli) decode: bool,
    /// Maximum number of concurrent requests
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(in crate::cli) concurrency: u16,
    /// Timeout of a request
    #[arg(long, default_value = "60s", value_parser = duration, value_name = "TIME")]
    pub(in crate::cli) request_timeout: Duration,
}
