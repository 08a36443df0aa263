//! Entries' bytes from a server, fetched before they are wanted.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tokio::sync::Semaphore;

use super::error::ArchiveError;
use super::ranges::Ranges;
use super::remote::{RemoteError, RemoteFile};
use super::stretch::{Stretch, stretches};

/// What lies between two entries is fetched with them up to this size: it is what arrives in the time of a request.
const GAP: u64 = 256 * 1024;

/// Bytes on their way. Many entries wait for the same.
type Fetch = Shared<BoxFuture<'static, Result<Bytes, Arc<RemoteError>>>>;

/// Fetches the stretches of a plan in their order: those that are asked for, and some ahead. A stretch is kept until each of
/// its entries has been taken, so memory is that of the entries that are being read, and of what is ahead.
pub(super) struct ReadAhead {
    file: RemoteFile,
    ranges: Ranges,
    /// How many requests may be under way.
    places: Arc<Semaphore>,
    plan: Mutex<Plan>,
}

/// What will be wanted.
#[derive(Default)]
struct Plan {
    slots: Vec<Slot>,
    /// Entry -> its slot; an entry that has been taken is not there any more.
    slot_of: HashMap<usize, usize>,
    /// Slots before this one have been begun.
    begun: usize,
}

struct Slot {
    range: Range<u64>,
    /// Entries that nobody has taken yet.
    left: usize,
    fetch: Option<Fetch>,
}

/// Some bytes of an archive.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Place of the first in the archive.
    pub(super) start: u64,
    pub(super) bytes: Bytes,
}

impl ReadAhead {
    pub(super) fn new(file: RemoteFile, ranges: Ranges) -> Self {
        Self {
            file,
            places: Arc::new(Semaphore::new(ranges.ahead.max(1))),
            ranges,
            plan: Mutex::default(),
        }
    }

    /// These entries, in the archive's order, will be wanted about in that order.
    pub(super) fn expect(&self, entries: impl IntoIterator<Item = (usize, Range<u64>)>) {
        let stretches = stretches(entries, self.ranges.bytes, GAP);
        let mut plan = Plan::default();
        for (slot, Stretch { range, entries }) in stretches.into_iter().enumerate() {
            plan.slots.push(Slot {
                range,
                left: entries.len(),
                fetch: None,
            });
            plan.slot_of
                .extend(entries.into_iter().map(|entry| (entry, slot)));
        }
        *self.lock() = plan;
    }

    /// The bytes `range` of an entry, or more. Who asks a second time fetches a second time.
    pub(super) async fn take(
        &self,
        entry: usize,
        range: Range<u64>,
    ) -> Result<Piece, ArchiveError> {
        let planned = {
            let mut plan = self.lock();
            plan.slot_of.remove(&entry).and_then(|slot| {
                self.begin(&mut plan, slot + self.ranges.ahead);
                let Slot { range, fetch, .. } = &plan.slots[slot];
                Some((slot, range.start, fetch.clone()?))
            })
        };
        let Some((slot, start, fetch)) = planned else {
            let start = range.start;
            let bytes = self.fetch(range).await.map_err(ArchiveError::Remote)?;
            return Ok(Piece { start, bytes });
        };
        let bytes = fetch.await;
        let mut plan = self.lock();
        let slot = &mut plan.slots[slot];
        slot.left -= 1;
        if slot.left == 0 {
            slot.fetch = None;
        }
        let bytes = bytes.map_err(ArchiveError::Remote)?;
        Ok(Piece { start, bytes })
    }

    /// Begins all slots up to `last`.
    fn begin(&self, plan: &mut Plan, last: usize) {
        let end = (last + 1).min(plan.slots.len());
        for slot in plan.begun..end {
            let fetch = self.fetch(plan.slots[slot].range.clone());
            plan.slots[slot].fetch = Some(fetch);
        }
        plan.begun = plan.begun.max(end);
    }

    /// Fetches a range in a task of its own, when it is its turn.
    fn fetch(&self, range: Range<u64>) -> Fetch {
        let (file, places) = (self.file.clone(), Arc::clone(&self.places));
        let task = tokio::spawn(async move {
            let _place = places.acquire().await;
            file.get(range).await.map_err(Arc::new)
        });
        task.map(|ended| ended.unwrap_or_else(|died| Err(Arc::new(RemoteError::Worker(died)))))
            .boxed()
            .shared()
    }

    fn lock(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ReadAhead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadAhead")
            .field("file", &self.file)
            .field("ranges", &self.ranges)
            .finish_non_exhaustive()
    }
}
