//! How Parquet is written.

/// Rows of a data page.
pub(super) const PAGE_ROWS: usize = 20_000;

/// Of zstd: as small as 3 on these columns, and faster.
pub(super) const COMPRESSION_LEVEL: i32 = 1;

/// What the settings below are called in a content id: raise it when they change, so that unchanged labels are built anew.
pub(super) const WRITER_SETTINGS: &str = "zstd1-v1pages-20000x131072-b64-4";
