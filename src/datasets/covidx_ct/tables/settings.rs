//! How the data files are written, as a part of content ids.

use super::row_group::GROUP_ROWS;
use crate::columnar;

/// Raised when the same rows are written as other bytes and the sizes below don't tell, so that unchanged labels are built anew.
const WRITER_VERSION: u32 = 4;

/// What decides the bytes of the same rows.
pub(super) fn writer_settings() -> String {
    columnar::description(GROUP_ROWS, WRITER_VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ids_name_each_setting() {
        assert_eq!(writer_settings(), "zstd1-v1pages-20000x131072-b64-4");
    }
}
