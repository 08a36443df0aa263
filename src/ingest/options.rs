//! What an ingest is asked for.

use std::time::Duration;

use glob::Pattern;

use super::shard::Shard;
use crate::archive::{Limits, Ranges};
use crate::release::Release;

/// What an ingest is asked for.
#[derive(Debug, Clone)]
pub struct IngestOptions {
    /// Which release, where the file names don't tell or tell several.
    pub release: Option<Release>,
    /// Take the source's content where a file of that name has other content already.
    pub replace: bool,
    /// Only files whose path below the release's folder matches one of these; all, if there are none.
    pub only: Vec<Pattern>,
    /// Only this stretch of the archive.
    pub shard: Option<Shard>,
    /// Requests under way at the same time, at the most.
    pub concurrency: usize,
    /// Bytes of file content in memory, at the most; a larger file is alone.
    pub memory: u64,
    /// A request without an answer in this time has failed.
    pub request_timeout: Duration,
    /// What an archive may claim.
    pub limits: Limits,
    /// How an archive on a server is read.
    pub ranges: Ranges,
}

impl Default for IngestOptions {
    fn default() -> Self {
        Self {
            release: None,
            replace: false,
            only: Vec::new(),
            shard: None,
            concurrency: 64,
            memory: 64_000_000,
            request_timeout: Duration::from_mins(1),
            limits: Limits::default(),
            ranges: Ranges::default(),
        }
    }
}
