//! Where a question is computed: in threads of its own. A computation may go on for minutes without a pause, and who waits for it
//! hears Ctrl-C at once all the same.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::sync::Arc;
use std::thread;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinError;

use super::super::{Answer, QueryError};
use crate::lake::Lake;

/// Of the thread, for who looks at the process.
const THREAD: &str = "question";
/// Virtual memory only, until a deep question needs it.
const STACK_BYTES: usize = 256 << 20;

/// Computes an answer apart. When nobody waits for it any more, its tasks end at their next pause; the process doesn't wait for them.
pub(super) async fn apart(
    work: impl Future<Output = Result<Answer, QueryError>> + Send + 'static,
) -> Result<Answer, QueryError> {
    let (mut sender, receiver) = oneshot::channel();
    let compute = move || {
        let outcome = match Runtime::new() {
            Ok(runtime) => runtime.block_on(async {
                tokio::select! {
                    outcome = work => Some(outcome),
                    () = sender.closed() => None,
                }
            }),
            Err(error) => Some(Err(failed(&error))),
        };
        if let Some(outcome) = outcome {
            // Nobody waits for the answer when the program was interrupted.
            let _ = sender.send(outcome);
        }
    };
    let thread = thread::Builder::new()
        .name(THREAD.to_owned())
        .stack_size(STACK_BYTES)
        .spawn(compute)
        .map_err(|error| failed(&error))?;
    // Left alone when nobody waits any more, and not detached: `cli::main` tells why.
    let thread = ManuallyDrop::new(thread);
    let outcome = receiver.await;
    let _ = ManuallyDrop::into_inner(thread).join();
    outcome.map_err(|_| failed(&"the engine stopped without an answer"))?
}

fn failed(error: &dyn ToString) -> QueryError {
    QueryError::Read {
        message: error.to_string(),
    }
}

/// The lake's store. Requests to S3 are sent by the runtime that it was made in: its connections outlive a question.
#[derive(Debug)]
pub(super) struct Requests {
    store: Arc<dyn ObjectStore>,
    runtime: Option<Handle>,
}

impl Requests {
    /// The store of `lake`, for questions that are computed apart.
    pub(super) fn new(lake: &Lake) -> Self {
        Self {
            store: Arc::clone(lake.store()),
            runtime: lake.s3().map(|_| Handle::current()),
        }
    }

    /// Sends a request, and waits for its answer.
    async fn send<T: Send + 'static>(
        &self,
        request: impl Future<Output = StoreResult<T>> + Send + 'static,
    ) -> StoreResult<T> {
        match &self.runtime {
            Some(runtime) => runtime.spawn(request).await.map_err(ended)?,
            None => request.await,
        }
    }
}

impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.store.fmt(f)
    }
}

fn ended(source: JoinError) -> object_store::Error {
    object_store::Error::JoinError { source }
}

#[async_trait]
impl ObjectStore for Requests {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> StoreResult<PutResult> {
        self.store.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.store.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> StoreResult<GetResult> {
        let (store, location) = (Arc::clone(&self.store), location.clone());
        self.send(async move { store.get_opts(&location, options).await })
            .await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        let (store, location) = (Arc::clone(&self.store), location.clone());
        let ranges = ranges.to_vec();
        self.send(async move { store.get_ranges(&location, &ranges).await })
            .await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, StoreResult<Path>>,
    ) -> BoxStream<'static, StoreResult<Path>> {
        self.store.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.store.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
        self.store.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
        self.store.copy_opts(from, to, options).await
    }
}
