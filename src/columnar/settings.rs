//! How Parquet is written.

use parquet::file::properties::WriterVersion;

/// Rows of a data page.
pub(super) const PAGE_ROWS: usize = 20_000;

/// Of zstd: as small as 3 on these columns, and faster.
pub(super) const COMPRESSION_LEVEL: i32 = 1;

/// Bytes at which the bound of a text is cut, at the most; names of LIDC are longer.
pub(crate) const TEXT_BOUND_BYTES: usize = 64;

/// Of data pages: every engine reads the first version.
pub(super) const PAGE_VERSION: WriterVersion = WriterVersion::PARQUET_1_0;

/// The settings as a part of content ids, for row groups of so many rows; `version` stands for everything else that decides
/// the bytes.
pub(crate) fn description(group_rows: usize, version: u32) -> String {
    let pages = PAGE_VERSION.as_num();
    format!(
        "zstd{COMPRESSION_LEVEL}-v{pages}pages-{PAGE_ROWS}x{group_rows}-b{TEXT_BOUND_BYTES}-{version}"
    )
}
