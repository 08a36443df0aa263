//! `ctlake` turns the COVIDx CT image dataset into a data lake: a verified landing zone, Parquet tables partitioned by
//! country, sex and diagnosis, published as snapshots, queried with SQL.
//!
//! # As a library
//!
//! Each use case of the command line is a function of [`ops`] that returns data; a failure is an [`Error`], and its [`hint::Hint`]
//! says what to do about it. A dataset, here a synthetic one, becomes the tables of a lake in memory:
//!
//! ```
//! use std::sync::Arc;
//!
//! use ctlake::datasets::covidx_ct;
//! use ctlake::datasets::covidx_ct::files::sample::{SampleOptions, generate};
//! use ctlake::ops::run::{self, RunOptions};
//! use ctlake::ops::sample::write_folder;
//! use ctlake::progress::{Silent, Stop};
//! use ctlake::{Lake, Result, ingest};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<()> {
//! let folder = tempfile::tempdir().expect("a folder");
//! let sample = generate(&SampleOptions { patients: 21, seed: 1, release: "CT-2A".parse().expect("a release") });
//! write_folder(&sample, folder.path()).expect("room for the files");
//!
//! let lake = Lake::in_memory("example", &covidx_ct::CtFormat);
//! let options = RunOptions::default();
//! let plan = ingest::plan(&lake, folder.path(), &options.ingest).await?;
//! let done = run::run(&covidx_ct::CovidxCt, &lake, plan, &options, Arc::new(Silent), &Stop::default()).await?;
//! assert!(done.is_complete());
//! # Ok(())
//! # }
//! ```
//!
//! A snapshot is asked with SQL, and answers in Arrow batches:
//!
//! ```
//! # use std::sync::Arc;
//! # use ctlake::datasets::covidx_ct;
//! # use ctlake::datasets::covidx_ct::files::sample::{SampleOptions, generate};
//! # use ctlake::ops::run::{self, RunOptions};
//! # use ctlake::ops::sample::write_folder;
//! # use ctlake::progress::{Silent, Stop};
//! # use ctlake::{ingest, Lake, Result};
//! use ctlake::lake::snapshots;
//! use ctlake::query;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<()> {
//! # let folder = tempfile::tempdir().expect("a folder");
//! # let sample = generate(&SampleOptions { patients: 21, seed: 1, release: "CT-2A".parse().expect("a release") });
//! # write_folder(&sample, folder.path()).expect("room for the files");
//! # let lake = Lake::in_memory("example", &covidx_ct::CtFormat);
//! # let options = RunOptions::default();
//! # let plan = ingest::plan(&lake, folder.path(), &options.ingest).await?;
//! # run::run(&covidx_ct::CovidxCt, &lake, plan, &options, Arc::new(Silent), &Stop::default()).await?;
//! let snapshot = snapshots::resolve(&lake, None).await?;
//! let engine = query::engine(&lake, &snapshot)?;
//! let answer = engine.query("SELECT diagnosis, COUNT(*) AS slices FROM ct_slices GROUP BY diagnosis", None).await?;
//! assert_eq!(answer.rows(), 3);
//! # Ok(())
//! # }
//! ```
//!
//! An error names the place and a remedy:
//!
//! ```
//! use ctlake::hint::Hint;
//! use ctlake::lake::snapshots;
//! use ctlake::datasets::covidx_ct;
//! use ctlake::{Error, Lake};
//!
//! # #[tokio::main]
//! # async fn main() {
//! let lake = Lake::in_memory("example", &covidx_ct::CtFormat);
//! let error = Error::from(snapshots::resolve(&lake, Some("7")).await.unwrap_err());
//! println!("error: {error}\nhint: {}", error.hint().unwrap_or_default());
//! # }
//! ```
//!
//! # The map
//!
//! Imports run downwards only; modules of one floor don't import each other (`tests/it/architecture.rs` proves it).
//!
//! | floor | module | what is in it |
//! |---|---|---|
//! | 10 | [`cli`] | arguments, commands, the only printing |
//! | 9 | [`ops`] | the use cases, one a file: run, status, query, export images, expire, doctor, price; callable without the command line |
//! | 8 | [`error`] | the error of the use cases, over those of the stages |
//! | 7 | [`datasets`] | a folder per dataset: its files, its contract, landing zone -> data files, its report and pages; nothing else names its columns |
//! | 6 | [`ingest`] | a dataset's files -> landing zone |
//! |   | [`catalog`] | the current snapshot as tables and views of AWS Glue, as SQL, and every snapshot as a version of an Iceberg or Delta table |
//! |   | [`images`] | the image files behind a query: downloaded from the landing zone and checked, or signed URLs |
//! |   | [`powerbi`] | contract and pages -> the files of a Power BI project; pure |
//! | 5 | [`query`] | SQL -> Arrow batches; one folder each knows DataFusion, Polars and Athena |
//! |   | [`build`] | row groups -> data files of a snapshot: the queue, the threads, the open files |
//! | 4 | [`lake`] | stores, layout, landing zone, manifest, the log and its snapshots |
//! |   | [`archive`] | where a dataset's files come from: a zip on disk, on Kaggle or at a URL, or a folder, judged entry by entry |
//! | 3 | [`release`] | pure: a release's name and its files, and how a dataset recognises them |
//! | 2 | [`net`] | one retry and its backoff for all requests, the HTTP client, requests as events for who listens |
//! |   | [`transfer`] | many files on their way at once, bounded; a file into its place, whole or not at all; free space |
//! |   | [`contract`] | pure: tables, columns, types and quality rules of an ODCS document, views and measures |
//! |   | [`columnar`] | pure: columns -> the bytes of Parquet files; knows no table |
//! | 1 | [`progress`], [`hint`], [`trust`], [`readable`], [`png_file`] | how a stage reports and is stopped; what to do about an error; whose certificates are trusted; texts of others in messages; size and pixels of an image |
//!
//! # What holds everywhere
//!
//! 1. Stages meet in the lake and in the contract, nowhere else.
//! 2. `contract`, `release` and the files of a dataset do no I/O and are not async; parsers take bytes.
//! 3. What changes the world is a plan first (pure, printable), then its execution. `--dry-run` ends in [`cli`].
//! 4. One place each: stores are made in `lake/location.rs`, HTTP is spoken in [`archive`], DataFusion is known to
//!    `query/datafusion`, Polars to `query/polars`, Athena to `query/athena`, AWS Glue to `catalog/glue`, printing is done in [`cli`].
//! 5. The lake is the whole state: no local database, no hidden cache.
//! 6. Nothing published is overwritten. A build writes below a prefix of its own; one new object in the log publishes it.
//!    Reading commands never write.
//! 7. The log is the truth, and each entry is complete. What a catalog or another table format shows is a projection of it: it carries
//!    the entry's number, can be deleted and built again, and what it shows does not expire.
//! 8. A column's name, type and meaning, a quality rule's text and a measure are written once, in the contract.
//! 9. Memory is bounded: image bytes never accumulate, and a build holds about 130 bytes a scan, 100 a patient and the row
//!    groups that are open; with previews, 16 image files and a row group of pictures besides.

pub mod archive;
pub mod build;
pub mod catalog;
pub mod cli;
pub mod columnar;
pub mod contract;
pub mod datasets;
pub mod error;
pub mod hint;
pub mod images;
pub mod ingest;
pub mod lake;
pub mod net;
pub mod ops;
pub mod png_file;
pub mod powerbi;
pub mod progress;
pub mod query;
pub mod readable;
pub mod release;
pub mod transfer;
pub mod trust;

pub use error::{Error, Result};
pub use lake::log::Entry as Snapshot;
pub use lake::{Lake, Location};
