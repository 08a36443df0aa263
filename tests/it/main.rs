//! The integration tests: the program as its user runs it, and the house it is built as.
//!
//! | module | what it holds |
//! |---|---|
//! | `support` | the test builder: files in, command, exact text out |
//! | `architecture` | who may import whom, and what may stand in one place only |
//! | `bad_input` | everything that can be wrong with a dataset, a lake or a question |
//! | `metadata` | metadata as spreadsheets, pandas and R leave it: understood, reported or refused |
//! | `hostile_texts` | texts of the input in what is printed |
//! | `athena` | questions that Athena answers, and everything that can go wrong there |
//! | `register` | a lake on S3 shown by AWS Glue, and everything that comes between the two |
//! | `release` | the spellings and shapes in which a release may come |
//! | `build` | what a build writes, and what it doesn't |
//! | `golden` | the bytes of the data files of fixed inputs |
//! | `crash` | a process that dies at its k-th write, for every k |
//! | `landing` | zip archives, hostile and damaged ones, verify and repair |
//! | `race` | builds, expires and rollbacks between each other, step by step |
//! | `sources` | which files of a source are the release's, and what a stray one does |
//! | `snapshots` | list, diff, rollback, expire, and reading without writing |
//! | `sql` | the query command |
//! | `answers` | many questions at once, for the comparison with DuckDB |
//! | `shell` | the prompt of the query command, at a terminal |
//! | `stats` | what is in each column, counted twice |
//! | `cli` | help, exit codes, usage errors, signals, demo and sample |
//! | `delta` | the tables as Delta tables, and everything that comes between |
//! | `iceberg` | the tables as Iceberg tables, and everything that comes between |
//! | `doctor` | can this lake be used from here? |
//! | `measures` | the SQL of every measure against a second count
//! | `previews` | small pictures of the middle slices, and lakes without them
//! | `powerbi` | the Power BI project: generated, checked in, true to the model
//! | `report` | the HTML page: every number, nothing that runs or loads but its own scripts |
//! | `contract` | the schema command and the data dictionary |
//! | `readme` | every command that README.md and docs/ show |
//! | `deploy` | the command lines of the files in docs/deploy/, run as an array of processes |
//! | `images` | the image files of a cohort, downloaded, linked, sampled and signed
//! | `s3_ingest` | ingest, verify and the main job on S3, with everything that fails there |
//! | `s3_server` | the S3 server that the other tests use is as strict as S3, and its faults are real |
//! | `kaggle` | datasets straight from Kaggle or a URL, into a lake or a file |
//! | `kaggle_server` | the Kaggle that the other tests use is as strict as it can be, and its faults are real |
//! | `kaggle_clients` | Kaggle's own clients understand it |
//! | `certificates` | servers with certificates of a private authority: every client trusts what it is told to, and says so |
//! | `strays` | names below a lake that ctlake could not have written, in a folder and on S3 |
//! | `real_labels` | the published labels of release CT-2A, where they are at hand |
//!
//! Expected texts stand beside their tests as `insta` inline snapshots: `cargo insta review` (or `INSTA_UPDATE=always` with
//! `cargo insta accept`) rewrites them. In them `[DIR]` is the test's folder; `[SNAPSHOT]`, `[TIME]` and `[SIZE]` stand for
//! what differs from run to run.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "what tests make is small"
)]

mod support;

mod answers;
mod architecture;
mod athena;
mod bad_input;
mod boundary;
mod build;
mod certificates;
mod cli;
mod contract;
mod crash;
mod datasets;
mod delta;
mod deploy;
mod doctor;
mod golden;
mod hostile_texts;
mod iceberg;
mod images;
mod kaggle;
mod kaggle_clients;
mod kaggle_server;
mod landing;
mod measures;
mod metadata;
mod powerbi;
mod previews;
mod race;
mod readme;
mod real_labels;
mod register;
mod release;
mod report;
mod s3_ingest;
mod s3_server;
#[cfg(unix)]
mod shell;
mod snapshots;
mod sources;
mod sql;
mod stats;
mod strays;
