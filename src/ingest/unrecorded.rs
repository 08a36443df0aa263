//! Files that the landing zone has and the manifest does not know: a full disk or a killed process has left them.

use std::collections::HashMap;
use std::future::ready;
use std::sync::Arc;

use futures::StreamExt;

use super::landed_reader::LandedReader;
use super::options::IngestOptions;
use crate::lake::Lake;
use crate::transfer::pool::{self, Limits};

/// The CRC-32 of each of `files` (path and size) in the landing zone. One that can't be had is left out: that file is put again,
/// and whatever is wrong with the store is reported then.
pub(super) async fn checksums(
    lake: &Lake,
    release: &str,
    files: Vec<(String, u64)>,
    options: &IngestOptions,
) -> HashMap<String, u32> {
    let limits = Limits {
        items: options.concurrency,
        bytes: options.memory,
    };
    let reader = LandedReader::new(lake, release, options.concurrency, options.request_timeout);
    let ask = |file: &Arc<(String, u64)>| {
        let (reader, file) = (reader.clone(), Arc::clone(file));
        async move { reader.stored(&file.0).await.ok().flatten()?.crc32 }
    };
    pool::in_order(files, limits, |(_, bytes)| *bytes, ask)
        .filter_map(|(file, crc32)| {
            let crc32 = crc32.ok().flatten();
            ready(crc32.map(|crc32| (file.0.clone(), crc32)))
        })
        .collect()
        .await
}
