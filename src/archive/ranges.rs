//! How an archive on a server is read.

use std::time::Duration;

/// How ranges of an archive are fetched. Up to `bytes * ahead` of it are in memory before they are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranges {
    /// Bytes of one range, at the most; a longer entry is one by itself. 4 MB by default: a request costs some ten
    /// milliseconds, in which a fast line brings a megabyte.
    pub bytes: u64,
    /// Ranges under way at once, 8 by default: storage servers give one connection a part of their bandwidth only.
    pub ahead: usize,
    /// A connection over which nothing comes for so long is given up.
    pub idle: Duration,
}

impl Default for Ranges {
    fn default() -> Self {
        Self {
            bytes: 4_000_000,
            ahead: 8,
            idle: Duration::from_secs(30),
        }
    }
}
