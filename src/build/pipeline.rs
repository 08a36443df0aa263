//! The writing pipeline: one thread or two make row groups, several encode them, one task appends them to their files in
//! order, and files that are whole are closed beside it.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use parquet::errors::ParquetError;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};

use super::error::WriteError;
use super::files::{Encoded, Files};
use super::queue::{Queue, Target};
use super::table_file::TableFormat;
use crate::columnar::{Chunk, FileFormat, Scratch};
use crate::lake::log::TableFiles;
use crate::lake::{Lake, LakeError, SnapshotName};
use crate::progress::Stop;

/// The rows of one row group, complete enough to be encoded on any thread.
pub(crate) trait RowGroup: Send + 'static {
    /// Encodes them in the format of their table.
    fn encode(self, format: &FileFormat, scratch: &mut Scratch)
    -> Result<Vec<Chunk>, ParquetError>;
}

/// Runs `produce` on a thread of its own and writes what it queues with `encoders` threads.
///
/// Returns what `produce` returned, and the data files of each table. Where the pipeline failed, its error is returned and not
/// the [`Closed`](super::Closed) that `produce` saw.
pub(crate) async fn write<G: RowGroup, T: Send + 'static>(
    lake: &Lake,
    snapshot: &SnapshotName,
    formats: &Arc<Vec<TableFormat>>,
    encoders: usize,
    stop: &Stop,
    produce: impl FnOnce(Queue<G>) -> T + Send + 'static,
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
    let producer = spawn_blocking(move || produce(Queue::new(sender)));
    let mut files = Files::new(lake, snapshot, formats);
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

fn encode<G: RowGroup>(
    formats: &[TableFormat],
    tasks: &Mutex<Receiver<(Target, G)>>,
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
        let Ok((target, group)) = task else {
            return;
        };
        let chunks = group.encode(&formats[target.table].file, &mut scratch);
        let failed = chunks.is_err();
        let sent = encoded.blocking_send(chunks.map(|chunks| (target, chunks)));
        if failed || sent.is_err() {
            return;
        }
    }
}
