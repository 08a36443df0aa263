//! How Parquet is written.

use parquet::file::properties::WriterVersion;

use super::row_group::GROUP_ROWS;
use crate::lake::TEXT_BOUND_BYTES;

/// Rows of a data page.
pub(super) const PAGE_ROWS: usize = 20_000;

/// Of zstd: as small as 3 on these columns, and faster.
pub(super) const COMPRESSION_LEVEL: i32 = 1;

/// Of data pages: every engine reads the first version.
pub(super) const PAGE_VERSION: WriterVersion = WriterVersion::PARQUET_1_0;

/// Raised when the same rows are written as other bytes and the settings above don't tell, so that unchanged labels are built anew.
const WRITER_VERSION: u32 = 4;

/// What decides the bytes of the same rows, as a part of content ids.
pub(super) fn writer_settings() -> String {
    let pages = PAGE_VERSION.as_num();
    format!(
        "zstd{COMPRESSION_LEVEL}-v{pages}pages-{PAGE_ROWS}x{GROUP_ROWS}-b{TEXT_BOUND_BYTES}-{WRITER_VERSION}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ids_name_each_setting() {
        assert_eq!(writer_settings(), "zstd1-v1pages-20000x131072-b64-4");
    }
}
