//! The files of a build: those that are open, one per partition of a table, and those that are being closed.

use std::collections::BTreeMap;

use parquet::errors::ParquetError;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::error::WriteError;
use super::queue::{Partition, Target};
use super::table_file::{TableFile, TableFormat};
use crate::columnar::Chunk;
use crate::lake::log::TableFiles;
use crate::lake::{DataFile, DataFileWriter, Lake, LakeError, SnapshotName, layout};

/// A file that has grown to this size is closed and the next part begun.
const TARGET_FILE_BYTES: u64 = 128 << 20;
/// Files that are closed (and synced) at the same time.
const CLOSING: usize = 16;

/// An encoded row group, or why there is none.
pub(super) type Encoded = Result<(Target, Vec<Chunk>), ParquetError>;

/// The files of a build, open and done.
pub(super) struct Files<'a> {
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
    file: Option<TableFile>,
}

impl<'a> Files<'a> {
    pub(super) fn new(
        lake: &'a Lake,
        snapshot: &'a SnapshotName,
        formats: &'a [TableFormat],
    ) -> Self {
        Self {
            lake,
            snapshot,
            formats,
            open: BTreeMap::new(),
            closing: JoinSet::new(),
            done: Vec::new(),
        }
    }

    pub(super) async fn collect(
        &mut self,
        mut encoded: mpsc::Receiver<Encoded>,
    ) -> Result<(), WriteError> {
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
                    let path = layout::data_file(&format.name, self.snapshot, &key.1, open.parts);
                    open.parts += 1;
                    let data = DataFileWriter::new(self.lake, path);
                    empty.insert(TableFile::new(format, data, key.1.to_vec())?)
                }
            };
            file.append(chunks).await?;
            if (last || file.bytes() >= TARGET_FILE_BYTES)
                && let Some(whole) = open.file.take()
            {
                self.closing.spawn(close(table, whole));
            }
        }
        Ok(())
    }

    pub(super) async fn close(mut self) -> Result<BTreeMap<String, TableFiles>, WriteError> {
        let formats = self.formats;
        let open = std::mem::take(&mut self.open).into_iter();
        let mut open = open.filter_map(|((table, _), open)| Some((table, open.file?)));
        // All are waited for, also when one has failed: a file that lands after the clean-up would stay for ever.
        let mut failed = None;
        loop {
            while self.closing.len() < CLOSING
                && let Some((table, file)) = open.next()
            {
                self.closing.spawn(close(table, file));
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
            .map(|format| (format.name.clone(), TableFiles::default()))
            .collect();
        for (table, file) in self.done {
            if let Some(files) = tables.get_mut(&formats[table].name) {
                files.files.push(file);
            }
        }
        for files in tables.values_mut() {
            files.files.sort_by(|a, b| a.path.cmp(&b.path));
        }
        Ok(tables)
    }

    /// Gives up what is open. What is being closed is waited for: it would land after the clean-up and stay for ever.
    pub(super) async fn abort(mut self) {
        while self.closing.join_next().await.is_some() {}
        for file in self.open.into_values().filter_map(|open| open.file) {
            file.abort().await;
        }
    }
}

async fn close(table: usize, file: TableFile) -> Result<(usize, DataFile), WriteError> {
    Ok((table, file.close().await?))
}
