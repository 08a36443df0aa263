//! The command line of the images of a cohort.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, ValueEnum};

use super::query::RowFormat;
use super::value::duration;
use crate::images::{ColumnPath, DownloadOptions, LONGEST, Link, Sample, SelectionOptions};

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct ImagesArgs {
    #[arg(help = "A query whose answer has the column image_key; - reads it from stdin")]
    pub(in crate::cli) query: String,
    /// The folder to download to; what is there already is not fetched again
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "presign",
        conflicts_with = "presign"
    )]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Print URLs instead that anybody can read the images with for this long (1h, 7d at the most)
    #[arg(long, value_name = "TIME", value_parser = validity)]
    pub(in crate::cli) presign: Option<Duration>,
    /// Folders below DIR, a level for each column: split/diagnosis
    #[arg(
        long,
        value_name = "COLUMNS",
        default_value = "flat",
        conflicts_with = "presign"
    )]
    layout: ColumnPath,
    /// Only so many images, or so many of each class with --per
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    sample: Option<u64>,
    /// The columns whose values make the classes: diagnosis, split/diagnosis
    #[arg(long, value_name = "COLUMNS", requires = "sample")]
    per: Option<ColumnPath>,
    /// Other numbers give other samples; the same number gives the same one
    #[arg(long, default_value_t = 1, requires = "sample")]
    seed: u64,
    /// How to take files from a lake in a folder
    #[arg(long, conflicts_with = "presign")]
    pub(in crate::cli) link: Option<LinkArg>,
    /// Take the lake's content where a file of that name has other content already
    #[arg(long, conflicts_with = "presign")]
    pub(in crate::cli) replace: bool,
    /// Leave files in DIR that are no images of this cohort
    #[arg(long, conflicts_with = "presign")]
    pub(in crate::cli) keep_others: bool,
    /// How to print the URLs: a table on a terminal and CSV otherwise, unless said
    // Not `requires = "presign"`: clap lets that go where what is required conflicts with what is there.
    #[arg(long, conflicts_with = "out")]
    pub(in crate::cli) format: Option<RowFormat>,
    /// A snapshot's name or entry number instead of the current one
    #[arg(long)]
    pub(in crate::cli) snapshot: Option<String>,
    /// Requests under way at once, at the most
    #[arg(long, default_value_t = 64, conflicts_with = "presign", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: u16,
    /// A request without an answer in this time has failed
    #[arg(long, default_value = "60s", conflicts_with = "presign", value_parser = duration, value_name = "TIME")]
    request_timeout: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LinkArg {
    /// Files of their own
    Copy,
    /// Other names of the lake's files: no space is taken, and a change of either changes both
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
