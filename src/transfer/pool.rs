//! Many items at once, bounded in number and in bytes, until a stop or a fatal error.

use std::sync::Arc;
use std::time::Duration;

use futures::{Stream, StreamExt, stream};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::sleep;

use crate::progress::Stop;

/// What is under way when somebody asks to stop has this long to end.
const GRACE: Duration = Duration::from_secs(20);
/// The unit of the memory budget.
const BLOCK: u64 = 4096;
/// So many blocks a semaphore has on any machine: 1 TB.
const MAX_BLOCKS: u32 = 1 << 28;

/// What is under way at the same time, at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Items.
    pub items: usize,
    /// Their bytes; an item with more is alone.
    pub bytes: u64,
}

/// Why an item was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure<F, X> {
    /// For a reason of its own.
    Item(F),
    /// For a reason that every other item would meet too: none is begun any more.
    Fatal(X),
    /// Somebody asked to stop, or another item has failed for good.
    Stopped,
}

/// How the items ended that were not done.
#[derive(Debug)]
pub struct Outcome<I, F, X> {
    /// Items that failed each for a reason of its own.
    pub failed: Vec<(Arc<I>, F)>,
    /// The first error that ended it early.
    pub fatal: Option<X>,
    /// Items that were not begun, or not ended, because of a stop or of that error.
    pub left: u64,
}

/// Does `work` for each of `items`, which hold `bytes` while it lasts; `done` is called for each that succeeds. The work is told
/// to stop when the whole is, and when another item's failure is fatal.
pub async fn for_each<I, T, F, X, Work>(
    items: Vec<I>,
    limits: Limits,
    stop: &Stop,
    bytes: impl Fn(&I) -> u64,
    work: impl Fn(Arc<I>, Stop) -> Work,
    mut done: impl FnMut(&I, T),
) -> Outcome<I, F, X>
where
    Work: Future<Output = Result<T, Failure<F, X>>> + Send + 'static,
    I: Send + Sync + 'static,
    T: Send + 'static,
    F: Send + 'static,
    X: From<JoinError> + Send + 'static,
{
    let ending = stop.child();
    let total = items.len() as u64;
    let mut seen = 0;
    let mut outcome = Outcome {
        failed: Vec::new(),
        fatal: None,
        left: 0,
    };
    let begin = |item: &Arc<I>| {
        let work = work(Arc::clone(item), ending.clone());
        let ending = ending.clone();
        async move {
            // Much may have happened while it waited for its turn.
            if ending.requested() {
                return Err(Failure::Stopped);
            }
            let ended = work.await;
            // Here and not where results are counted: until then the others would go on.
            if matches!(ended, Err(Failure::Fatal(_))) {
                ending.request();
            }
            ended
        }
    };
    let mut results =
        Box::pin(tasks(items, limits.bytes, bytes, begin).buffer_unordered(limits.items));
    let drained = async {
        while let Some((item, ended)) = results.next().await {
            seen += 1;
            match ended.unwrap_or_else(|died| Err(Failure::Fatal(died.into()))) {
                Ok(result) => done(&item, result),
                Err(Failure::Item(failure)) => outcome.failed.push((item, failure)),
                Err(Failure::Stopped) => outcome.left += 1,
                Err(Failure::Fatal(error)) => {
                    ending.request();
                    outcome.left += 1;
                    outcome.fatal.get_or_insert(error);
                }
            }
        }
    };
    let deadline = async {
        stop.wait().await;
        sleep(GRACE).await;
    };
    tokio::select! {
        () = drained => {}
        // The tasks that are still under way are aborted with the stream.
        () = deadline => {}
    }
    outcome.left += total - seen;
    outcome
}

/// Does `work` for each of `items` and gives the results in their order. Dropping the stream aborts the tasks.
pub fn in_order<I, T, Work>(
    items: impl IntoIterator<Item = I>,
    limits: Limits,
    bytes: impl Fn(&I) -> u64,
    work: impl Fn(&Arc<I>) -> Work,
) -> impl Stream<Item = (Arc<I>, Result<T, JoinError>)>
where
    Work: Future<Output = T> + Send + 'static,
    I: Send + Sync + 'static,
    T: Send + 'static,
{
    tasks(items, limits.bytes, bytes, work).buffered(limits.items)
}

/// A task for each item, so that checksums are computed on all cores, begun when the stream is polled for it. Together they hold
/// `budget` bytes.
fn tasks<I, T, Work>(
    items: impl IntoIterator<Item = I>,
    budget: u64,
    bytes: impl Fn(&I) -> u64,
    work: impl Fn(&Arc<I>) -> Work,
) -> impl Stream<Item = impl Future<Output = (Arc<I>, Result<T, JoinError>)>>
where
    Work: Future<Output = T> + Send + 'static,
    I: Send + Sync + 'static,
    T: Send + 'static,
{
    let blocks = u32::try_from(budget / BLOCK).unwrap_or(u32::MAX);
    let blocks = blocks.clamp(1, MAX_BLOCKS);
    let memory = Arc::new(Semaphore::new(blocks as usize));
    stream::iter(items).map(move |item| {
        let needed = u32::try_from(bytes(&item).div_ceil(BLOCK)).unwrap_or(u32::MAX);
        let needed = needed.clamp(1, blocks);
        let (item, memory) = (Arc::new(item), Arc::clone(&memory));
        let work = work(&item);
        let mut task = Task(tokio::spawn(async move {
            let _held = memory.acquire_many(needed).await;
            work.await
        }));
        async move { (item, (&mut task.0).await) }
    })
}

/// A task that is aborted when nobody waits for it any more. A request to a dead server would hold a stopped program for minutes.
struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::atomic::{AtomicU64, Ordering};

    use futures::FutureExt;
    use tokio::task::yield_now;

    use super::*;

    /// What ends a whole transfer.
    #[derive(Debug, PartialEq, Eq)]
    enum Fatal {
        Store,
        Died,
    }

    impl From<JoinError> for Fatal {
        fn from(_: JoinError) -> Self {
            Self::Died
        }
    }

    fn limits(items: usize, bytes: u64) -> Limits {
        Limits { items, bytes }
    }

    async fn run(
        items: Vec<u64>,
        stop: &Stop,
        work: impl Fn(u64, &Stop) -> Result<(), Failure<&'static str, Fatal>> + Copy + Send + 'static,
    ) -> (u64, Vec<u64>, Option<Fatal>, u64) {
        let mut done = 0;
        let work = |item: Arc<u64>, stop: Stop| async move { work(*item, &stop) };
        let outcome = for_each(items, limits(1, 4096), stop, |_| 1, work, |_, ()| done += 1).await;
        let failed = outcome.failed.iter().map(|(item, _)| **item).collect();
        (done, failed, outcome.fatal, outcome.left)
    }

    #[tokio::test]
    async fn every_item_has_an_outcome() {
        let stop = Stop::default();
        let items: Vec<u64> = (0..10).collect();
        let found = run(items.clone(), &stop, |item, _| match item {
            3 | 7 => Err(Failure::Item("damaged")),
            _ => Ok(()),
        });
        assert_eq!(found.await, (8, vec![3, 7], None, 0));
        let found = run(items.clone(), &stop, |item, _| match item {
            3 => Err(Failure::Item("damaged")),
            5 => Err(Failure::Fatal(Fatal::Store)),
            _ => Ok(()),
        });
        assert_eq!(found.await, (4, vec![3], Some(Fatal::Store), 5));
        let found = run(items.clone(), &stop, |item, _| {
            assert!(item != 5, "a task that dies");
            Ok(())
        });
        assert_eq!(found.await, (5, vec![], Some(Fatal::Died), 5));
        assert!(!stop.requested(), "whoever may ask to stop has not");
        let found = run(items.clone(), &stop, |item, stop| {
            if item == 4 {
                stop.request();
            }
            Ok(())
        });
        assert_eq!(found.await, (5, vec![], None, 5));
        stop.request();
        let found = run(items, &stop, |_, _| Ok(()));
        assert_eq!(found.await, (0, vec![], None, 10));
    }

    #[tokio::test]
    async fn tasks_end_with_the_stream() {
        let held = Arc::new(());
        let work = |_: &Arc<u64>| {
            let held = Arc::clone(&held);
            async move {
                pending::<()>().await;
                drop(held);
            }
        };
        let mut results = Box::pin(in_order([1, 2], limits(2, BLOCK), |_| 1, work));
        assert!(results.next().now_or_never().is_none());
        yield_now().await;
        assert_eq!(Arc::strong_count(&held), 3);
        drop(results);
        yield_now().await;
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn bytes_and_items_are_bounded() {
        let (held, most) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let sizes: Vec<u64> = (0..400).map(|at| at % 5 * BLOCK).collect();
        let work = |size: &Arc<u64>| {
            let (held, most, size) = (Arc::clone(&held), Arc::clone(&most), **size);
            async move {
                let now = held.fetch_add(size, Ordering::SeqCst) + size;
                most.fetch_max(now, Ordering::SeqCst);
                yield_now().await;
                held.fetch_sub(size, Ordering::SeqCst);
                size
            }
        };
        let results = in_order(sizes.clone(), limits(50, 8 * BLOCK), |size| *size, work);
        let results: Vec<u64> = results
            .map(|(_, size)| size.expect("alive"))
            .collect()
            .await;
        assert_eq!(results, sizes);
        assert!(most.load(Ordering::SeqCst) <= 8 * BLOCK);
    }
}
