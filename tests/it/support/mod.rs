//! The test builder: files in, command, exact text out.

pub(crate) mod athena;
pub(crate) mod connections;
pub(crate) mod dataset;
pub(crate) mod faults;
pub(crate) mod foreign_zip;
pub(crate) mod glue;
pub(crate) mod kaggle;
pub(crate) mod lake;
pub(crate) mod lots;
pub(crate) mod outcome;
pub(crate) mod rows;
pub(crate) mod s3;
pub(crate) mod tls;
pub(crate) mod toy;
pub(crate) mod tree;

use std::process::{Child, Command};

pub(crate) use dataset::Dataset;
pub(crate) use lake::Lake;
pub(crate) use outcome::Outcome;

/// Sends a process a signal, `INT` or `TERM`.
#[track_caller]
pub(crate) fn signal(name: &str, child: &Child) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// How many random points or orders the tests of crashes and races try; `CTLAKE_CRASH_SEEDS` raises it.
pub(crate) fn seeds() -> u64 {
    std::env::var("CTLAKE_CRASH_SEEDS")
        .ok()
        .and_then(|seeds| seeds.parse().ok())
        .unwrap_or(5)
}
