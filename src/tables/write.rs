//! The writing pipeline: one thread or two make row groups, several encode them, one task appends them to their files in
//! order, and files that are whole are closed beside it.

use std::collections::{BTreeMap, HashMap};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use parquet::errors::ParquetError;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};

use super::chunk::Scratch;
use super::parquet_file::{Chunk, ParquetFile, TableFormat};
use super::slices::SliceGroup;
use super::write_error::WriteError;
use crate::contract::Table;
use crate::lake::log::TableFiles;
use crate::lake::{DataFile, DataFileWriter, Lake, LakeError, SnapshotName, layout};
use crate::progress::Stop;

/// A file that has grown to this size is closed and the next part begun.
const TARGET_FILE_BYTES: u64 = 128 << 20;
/// Files that are closed (and synced) at the same time.
const CLOSING: usize = 16;

/// Partition keys and values, in path order.
pub(super) type Partition = Arc<[(String, String)]>;

/// Rows of one row group, not yet encoded.
pub(super) enum Work {
    Slices(SliceGroup),
    Batch(RecordBatch),
}

/// Which file a row group belongs to, and its place in it.
#[derive(Debug, Clone)]
struct Target {
    /// Index of the table's format.
    table: usize,
    partition: Partition,
    sequence: usize,
    /// Whether it is the file's last: the file is closed then, while others are still being encoded.
    last: bool,
}

/// Takes row groups from a thread that makes them. It blocks while the encoders are busy, which bounds the memory.
pub(super) struct Queue {
    sender: SyncSender<(Target, Work)>,
    sequences: HashMap<(usize, Partition), usize>,
}

/// The pipeline has ended early: the reason is on its other side.
#[derive(Debug)]
pub(super) struct Closed;

impl Queue {
    /// A queue into the same pipeline, for other tables than this one's.
    pub(super) fn for_other_tables(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            sequences: HashMap::new(),
        }
    }

    /// Queues a row group. Those of one file are appended in the order they are queued; none comes after its `last`.
    pub(super) fn push(
        &mut self,
        table: usize,
        partition: &Partition,
        work: Work,
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
        self.sender.send((target, work)).map_err(|_| Closed)
    }
}

/// Runs `produce` on a thread of its own and writes what it queues with `encoders` threads.
///
/// Returns what `produce` returned, and the data files of each table. Where the pipeline failed, its error is returned and not
/// the [`Closed`] that `produce` saw.
pub(super) async fn write<T: Send + 'static>(
    lake: &Lake,
    snapshot: &SnapshotName,
    formats: &Arc<Vec<TableFormat>>,
    encoders: usize,
    stop: &Stop,
    produce: impl FnOnce(Queue) -> T + Send + 'static,
) -> Result<(T, BTreeMap<String, TableFiles>), WriteError> {
    let (sender, tasks) = sync_channel(encoders);
    let tasks = Arc::new(Mutex::new(tasks));
    let (encoded_sender, encoded) = mpsc::channel(encoders);
    let mut threads = JoinSet::new();
    for _ in 0..encoders {
        let (formats, tasks, encoded) = (
            Arc::clone(formats),
            Arc::clone(&tasks),
            encoded_sender.clone(),
        );
        threads.spawn_blocking(move || encode(&formats, &tasks, &encoded));
    }
    drop((tasks, encoded_sender));
    let producer = spawn_blocking(move || {
        produce(Queue {
            sender,
            sequences: HashMap::new(),
        })
    });
    let mut files = Files {
        lake,
        snapshot,
        formats,
        open: BTreeMap::new(),
        closing: JoinSet::new(),
        done: Vec::new(),
    };
    let collected = tokio::select! {
        collected = files.collect(encoded) => collected,
        () = stop.wait() => Err(WriteError::Stopped),
    };
    // Dropping the receiver above has ended the encoders, and they the producer, if it was early.
    let produced = producer.await.map_err(LakeError::from);
    let mut failed = collected.err();
    while let Some(ended) = threads.join_next().await {
        failed = failed.or(ended.map_err(LakeError::from).err().map(WriteError::from));
    }
    match (produced, failed) {
        (Ok(produced), None) => Ok((produced, files.close().await?)),
        (produced, failed) => {
            files.abort().await;
            Err(failed.unwrap_or_else(|| produced.err().expect("one of the two failed").into()))
        }
    }
}

type Encoded = Result<(Target, Vec<Chunk>), ParquetError>;

fn encode(
    formats: &[TableFormat],
    tasks: &Mutex<Receiver<(Target, Work)>>,
    encoded: &mpsc::Sender<Encoded>,
) {
    let mut scratch = match Scratch::new() {
        Ok(scratch) => scratch,
        Err(error) => {
            // The pipeline has ended already when nobody takes it.
            let _ = encoded.blocking_send(Err(error));
            return;
        }
    };
    loop {
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((target, work)) = task else {
            return;
        };
        let format = &formats[target.table];
        let chunks = match work {
            Work::Slices(group) => format.encode_slices(&group.sort(), &mut scratch),
            Work::Batch(batch) => format.encode_batch(&batch),
        };
        let failed = chunks.is_err();
        let sent = encoded.blocking_send(chunks.map(|chunks| (target, chunks)));
        if failed || sent.is_err() {
            return;
        }
    }
}

/// The files of a build, open and done.
struct Files<'a> {
    lake: &'a Lake,
    snapshot: &'a SnapshotName,
    formats: &'a [TableFormat],
    open: BTreeMap<(usize, Partition), OpenFile>,
    closing: JoinSet<Result<(usize, DataFile), WriteError>>,
    done: Vec<(usize, DataFile)>,
}

/// One partition of one table: the part being written, and row groups that came before their turn.
#[derive(Default)]
struct OpenFile {
    next: usize,
    early: BTreeMap<usize, (Vec<Chunk>, bool)>,
    parts: usize,
    file: Option<ParquetFile>,
}

impl Files<'_> {
    async fn collect(&mut self, mut encoded: mpsc::Receiver<Encoded>) -> Result<(), WriteError> {
        loop {
            tokio::select! {
                next = encoded.recv(), if self.closing.len() < CLOSING => match next {
                    Some(encoded) => {
                        let (target, chunks) = encoded?;
                        self.append(target, chunks).await?;
                    }
                    None => return Ok(()),
                },
                Some(closed) = self.closing.join_next() => {
                    self.done.push(closed.map_err(LakeError::from)??);
                }
            }
        }
    }

    async fn append(&mut self, target: Target, chunks: Vec<Chunk>) -> Result<(), WriteError> {
        let table = target.table;
        let key = (table, target.partition);
        let open = self.open.entry(key.clone()).or_default();
        open.early.insert(target.sequence, (chunks, target.last));
        while let Some((chunks, last)) = open.early.remove(&open.next) {
            open.next += 1;
            let format = &self.formats[table];
            let file = match &mut open.file {
                Some(file) => file,
                empty => {
                    let name = &format.table.name;
                    let path = layout::data_file(name, self.snapshot, &key.1, open.parts);
                    open.parts += 1;
                    let data = DataFileWriter::new(self.lake, path);
                    empty.insert(ParquetFile::new(format, data, key.1.to_vec())?)
                }
            };
            file.append(chunks).await?;
            if (last || file.bytes() >= TARGET_FILE_BYTES)
                && let Some(whole) = open.file.take()
            {
                self.closing.spawn(close(table, format.table, whole));
            }
        }
        Ok(())
    }

    async fn close(mut self) -> Result<BTreeMap<String, TableFiles>, WriteError> {
        let formats = self.formats;
        let open = std::mem::take(&mut self.open).into_iter();
        let mut open = open.filter_map(|((table, _), open)| Some((table, open.file?)));
        // All are waited for, also when one has failed: a file that lands after the clean-up would stay for ever.
        let mut failed = None;
        loop {
            while self.closing.len() < CLOSING
                && let Some((table, file)) = open.next()
            {
                self.closing.spawn(close(table, formats[table].table, file));
            }
            match self.closing.join_next().await {
                Some(Ok(Ok(done))) => self.done.push(done),
                Some(Ok(Err(error))) => failed = failed.or(Some(error)),
                Some(Err(panic)) => failed = failed.or(Some(LakeError::from(panic).into())),
                None => break,
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        let mut tables: BTreeMap<String, TableFiles> = formats
            .iter()
            .map(|format| (format.table.name.clone(), TableFiles::default()))
            .collect();
        for (table, file) in self.done {
            if let Some(files) = tables.get_mut(&formats[table].table.name) {
                files.files.push(file);
            }
        }
        for files in tables.values_mut() {
            files.files.sort_by(|a, b| a.path.cmp(&b.path));
        }
        Ok(tables)
    }

    /// Gives up what is open. What is being closed is waited for: it would land after the clean-up and stay for ever.
    async fn abort(mut self) {
        while self.closing.join_next().await.is_some() {}
        for file in self.open.into_values().filter_map(|open| open.file) {
            file.abort().await;
        }
    }
}

async fn close(
    table: usize,
    contract: &'static Table,
    file: ParquetFile,
) -> Result<(usize, DataFile), WriteError> {
    Ok((table, file.close(contract).await?))
}
