//! A data file: written once from front to back, described for ever in the log.

use std::collections::BTreeMap;
use std::mem;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::error::LakeError;
use super::handle::Lake;

/// What the log says of a data file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataFile {
    /// Key below the lake's root.
    pub path: String,
    /// Partition keys and values, in path order; empty for a table without.
    pub partition: Vec<(String, String)>,
    /// Rows.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Bounds and NULLs by field id.
    pub columns: BTreeMap<i32, ColumnStatistics>,
}

/// Bounds of one column in one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnStatistics {
    /// Not above the smallest value; absent when all are NULL. Long text is cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lower: Option<Value>,
    /// Not below the largest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upper: Option<Value>,
    /// How many are NULL.
    pub nulls: u64,
}

/// Writes one object piece by piece and knows its digest at the end.
#[derive(Debug)]
pub struct DataFileWriter {
    lake: Lake,
    path: Path,
    upload: Option<Box<dyn MultipartUpload>>,
    pending: Vec<u8>,
    digest: Sha256,
    bytes: u64,
}

impl DataFileWriter {
    /// A writer for a new object at `path`; nothing is written yet.
    #[must_use]
    pub fn new(lake: &Lake, path: Path) -> Self {
        Self {
            lake: lake.clone(),
            path,
            upload: None,
            pending: Vec::new(),
            digest: Sha256::new(),
            bytes: 0,
        }
    }

    /// Bytes given so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Where the object will be.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends `data`.
    pub async fn append(&mut self, data: Vec<u8>) -> Result<(), LakeError> {
        self.digest.update(&data);
        self.bytes += data.len() as u64;
        if self.pending.is_empty() {
            self.pending = data;
        } else {
            self.pending.extend_from_slice(&data);
        }
        if self.pending.len() < self.lake.part_bytes() {
            return Ok(());
        }
        let failed = LakeError::store("write", &self.path);
        self.flush().await.map_err(failed)
    }

    async fn flush(&mut self) -> object_store::Result<()> {
        let part = PutPayload::from_bytes(Bytes::from(mem::take(&mut self.pending)));
        let upload = match &mut self.upload {
            Some(upload) => upload,
            empty => empty.insert(self.lake.store().put_multipart(&self.path).await?),
        };
        upload.put_part(part).await
    }

    /// Ends the object and makes it durable: its size in bytes and the hex SHA-256 of what was written.
    pub async fn finish(mut self) -> Result<(u64, String), LakeError> {
        let outcome = self.close().await;
        outcome.map_err(LakeError::store("write", &self.path))?;
        Ok((self.bytes, hex::encode(self.digest.finalize())))
    }

    async fn close(&mut self) -> object_store::Result<()> {
        if self.upload.is_some() && !self.pending.is_empty() {
            self.flush().await?;
        }
        if let Some(upload) = &mut self.upload {
            upload.complete().await.map(|_| ())
        } else {
            let content = Bytes::from(mem::take(&mut self.pending));
            self.lake
                .store()
                .put(&self.path, content.into())
                .await
                .map(|_| ())
        }
    }

    /// Gives up: nothing of the object stays.
    pub async fn abort(mut self) {
        if let Some(upload) = &mut self.upload {
            // What can't be removed now is removed by `snapshots expire`.
            let _ = upload.abort().await;
        }
    }
}
