//! Row groups on their way from the threads that make them to the encoders.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

/// Partition keys and values, in path order.
pub(crate) type Partition = Arc<[(String, String)]>;

/// Which file a row group belongs to, and its place in it.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Index of the table's format.
    pub(super) table: usize,
    pub(super) partition: Partition,
    pub(super) sequence: usize,
    /// Whether it is the file's last: the file is closed then, while others are still being encoded.
    pub(super) last: bool,
}

/// Takes row groups from a thread that makes them. It blocks while the encoders are busy, which bounds the memory.
pub(crate) struct Queue<G> {
    sender: SyncSender<(Target, G)>,
    sequences: HashMap<(usize, Partition), usize>,
}

/// The pipeline has ended early: the reason is on its other side.
#[derive(Debug)]
pub(crate) struct Closed;

impl<G> Queue<G> {
    pub(super) fn new(sender: SyncSender<(Target, G)>) -> Self {
        Self {
            sender,
            sequences: HashMap::new(),
        }
    }

    /// A queue into the same pipeline, for other tables than this one's.
    pub(crate) fn for_other_tables(&self) -> Self {
        Self::new(self.sender.clone())
    }

    /// Queues a row group. Those of one file are appended in the order they are queued; none comes after its `last`.
    pub(crate) fn push(
        &mut self,
        table: usize,
        partition: &Partition,
        group: G,
        last: bool,
    ) -> Result<(), Closed> {
        let next = self
            .sequences
            .entry((table, Arc::clone(partition)))
            .or_default();
        let target = Target {
            table,
            partition: Arc::clone(partition),
            sequence: *next,
            last,
        };
        *next += 1;
        self.sender.send((target, group)).map_err(|_| Closed)
    }
}
