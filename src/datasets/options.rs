//! What a build is asked for.

use std::thread::available_parallelism;

use crate::contract::Severity;
use crate::release::Release;

/// What a build is asked for.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
pub struct BuildOptions {
    /// Which release, where the landing zone has several.
    pub release: Option<Release>,
    /// So many malformed lines become findings instead of an error.
    pub max_bad_rows: u64,
    /// Build also with metadata that has no patient, or one for fewer than half of the slices, or a column of which no value can be
    /// read. These become findings then.
    pub bad_metadata: bool,
    /// Publish nothing when a finding is this bad or worse.
    pub fail_on: Option<Severity>,
    /// Keep the files of a build that failed its audit.
    pub keep_failed: bool,
    /// Publish even what is there already.
    pub force: bool,
    /// Publish to a store without conditional writes.
    pub single_writer: bool,
    /// Bytes for rows and row groups on their way to the files.
    pub memory: u64,
    /// Build from a landing zone in which files are still missing.
    pub partial: bool,
    /// Also write the table of previews.
    pub previews: bool,
    /// Encoder threads at the most.
    pub threads: usize,
}

/// The default budget: see [`BuildOptions::memory`].
pub const DEFAULT_MEMORY: u64 = 128_000_000;

impl Default for BuildOptions {
    fn default() -> Self {
        Self {
            release: None,
            max_bad_rows: 0,
            bad_metadata: false,
            fail_on: None,
            keep_failed: false,
            force: false,
            single_writer: false,
            memory: DEFAULT_MEMORY,
            partial: false,
            previews: false,
            threads: available_parallelism().map_or(1, usize::from),
        }
    }
}
