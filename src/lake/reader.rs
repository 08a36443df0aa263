//! An object as a blocking reader, for work that runs on a thread of its own.

use std::fs::File;
use std::io::{self, Read};

use bytes::{Buf, Bytes};
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::{GetOptions, GetResultPayload, ObjectMeta};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::digest::Digest;
use super::error::LakeError;
use super::handle::Lake;

/// Reads an object from front to back. On a folder this is the file itself.
pub struct ObjectReader(Source);

enum Source {
    File(File),
    Stream {
        stream: BoxStream<'static, object_store::Result<Bytes>>,
        chunk: Bytes,
        runtime: Handle,
    },
}

impl ObjectReader {
    /// Opens the object that `meta` describes; refused when it has changed since.
    ///
    /// Call it inside a tokio runtime, and read on a thread that may block.
    pub async fn open(lake: &Lake, meta: &ObjectMeta) -> Result<Self, LakeError> {
        let options = GetOptions {
            if_match: meta.e_tag.clone(),
            ..GetOptions::default()
        };
        let result = lake
            .store()
            .get_opts(&meta.location, options)
            .await
            .map_err(LakeError::store("read", &meta.location))?;
        Ok(Self(match result.payload {
            GetResultPayload::File(file, _) => Source::File(file),
            GetResultPayload::Stream(stream) => Source::Stream {
                stream,
                chunk: Bytes::new(),
                runtime: Handle::current(),
            },
        }))
    }
}

impl Read for ObjectReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Source::File(file) => file.read(buffer),
            Source::Stream {
                stream,
                chunk,
                runtime,
            } => {
                while chunk.is_empty() {
                    match runtime.block_on(stream.next()) {
                        Some(next) => *chunk = next?,
                        None => return Ok(0),
                    }
                }
                let count = chunk.len().min(buffer.len());
                chunk.copy_to_slice(&mut buffer[..count]);
                Ok(count)
            }
        }
    }
}

/// The digest of an object, as [`Digest`] writes it.
pub async fn digest(lake: &Lake, meta: &ObjectMeta) -> Result<String, LakeError> {
    let mut reader = ObjectReader::open(lake, meta).await?;
    let digest = spawn_blocking(move || -> io::Result<String> {
        let mut digest = Digest::default();
        let mut buffer = vec![0; 1 << 18];
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(digest.to_string()),
                count => digest.update(&buffer[..count]),
            }
        }
    });
    digest.await?.map_err(|source| LakeError::Store {
        action: "read",
        path: meta.location.to_string(),
        source: object_store::Error::Generic {
            store: "lake",
            source: source.into(),
        },
    })
}
