//! The command line of the images of a cohort.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, ValueEnum};

use super::query::RowFormat;
use super::value::duration;
use crate::images::{ColumnPath, DownloadOptions, LONGEST, Link, Sample, SelectionOptions};

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct ImagesArgs {
    #[arg(help = "Query with the column image_key; - reads it from stdin")]
    pub(in crate::cli) query: String,
    /// Output folder; files that are there are not downloaded again
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "presign",
        conflicts_with = "presign"
    )]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Print signed URLs with this validity instead (at most 7d)
    #[arg(long, value_name = "TIME", value_parser = validity)]
    pub(in crate::cli) presign: Option<Duration>,
    /// Columns whose values become folders: split/diagnosis
    #[arg(
        long,
        value_name = "COLUMNS",
        default_value = "flat",
        conflicts_with = "presign"
    )]
    pub(in crate::cli) layout: ColumnPath,
    /// Number of images to draw, per class with --per
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    sample: Option<u64>,
    /// Columns whose values are the classes: diagnosis, split/diagnosis
    #[arg(long, value_name = "COLUMNS", requires = "sample")]
    per: Option<ColumnPath>,
    /// Seed of the sample
    #[arg(long, default_value_t = 1, requires = "sample")]
    seed: u64,
    /// Copy or hard-link files from a lake in a folder
    #[arg(long, conflicts_with = "presign")]
    pub(in crate::cli) link: Option<LinkArg>,
    /// Overwrite files whose content differs from the lake
    #[arg(long, conflicts_with = "presign")]
    pub(in crate::cli) replace: bool,
    /// Keep other files in DIR
    #[arg(long, conflicts_with = "presign")]
    pub(in crate::cli) keep_others: bool,
    /// Format of the URLs [default: a table on a terminal, else CSV]
    // Not `requires = "presign"`: clap lets that go where what is required conflicts with what is there.
    #[arg(long, conflicts_with = "out")]
    pub(in crate::cli) format: Option<RowFormat>,
    /// Name or entry number of a snapshot [default: the current one]
    #[arg(long)]
    pub(in crate::cli) snapshot: Option<String>,
    /// Maximum number of concurrent requests
    #[arg(long, default_value_t = 64, conflicts_with = "presign", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: u16,
    /// Timeout of a request
    #[arg(long, default_value = "60s", conflicts_with = "presign", value_parser = duration, value_name = "TIME")]
    request_timeout: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LinkArg {
    /// Copies
    Copy,
    /// Hard links: they take no space, and share changes with the lake
    Hard,
}

impl ImagesArgs {
    /// Whether files are written.
    pub(in crate::cli) fn downloads(&self) -> bool {
        self.presign.is_none()
    }

    pub(in crate::cli) fn selection(&self) -> SelectionOptions {
        SelectionOptions {
            layout: self.layout.clone(),
            sample: self.sample.map(|images| Sample {
                images,
                per: self.per.clone().unwrap_or_default(),
                seed: self.seed,
            }),
        }
    }

    pub(in crate::cli) fn download(&self) -> DownloadOptions {
        DownloadOptions {
            link: match self.link {
                Some(LinkArg::Hard) => Link::Hard,
                Some(LinkArg::Copy) | None => Link::Copy,
            },
            concurrency: self.concurrency.into(),
            request_timeout: self.request_timeout,
        }
    }
}

/// How long a signature may hold.
fn validity(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        time if time.is_zero() || time > LONGEST => {
            Err(format!("expected a time from 1s to 7d, got `{text}`"))
        }
        time => Ok(time),
    }
}
