//! A store whose every operation is watched, so that it can be counted, held up, or be the last of its process.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use ctlake::lake::Lake;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    UploadPart,
};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What is done to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Read,
    List,
    /// Begins an upload in parts; nobody can see that.
    Begin,
    /// Gives an upload up.
    Abort,
    Put,
    Part,
    Complete,
    Delete,
}

impl Verb {
    /// Whether it counts as a write.
    fn writes(self) -> bool {
        matches!(self, Self::Put | Self::Part | Self::Complete | Self::Delete)
    }
}

/// Is told of every operation, and may hold it up or let it fail.
#[async_trait]
pub(crate) trait Watch: fmt::Debug + Send + Sync {
    /// Before the operation: an error takes its place. The number is given back to [`Watch::after`].
    async fn before(&self, verb: Verb, key: &Path) -> Result<u64>;
    /// After the operation: an error takes the place of its answer.
    async fn after(&self, number: u64) -> Result<()>;
}

/// The same lake, watched.
pub(crate) fn watched(lake: &Lake, watch: Arc<dyn Watch>) -> Lake {
    lake.clone()
        .wrap(|inner| Arc::new(Watched { inner, watch }))
}

#[derive(Debug, Clone)]
struct Watched {
    inner: Arc<dyn ObjectStore>,
    watch: Arc<dyn Watch>,
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "watched {}", self.inner)
    }
}

async fn watching<T>(
    watch: &dyn Watch,
    verb: Verb,
    key: &Path,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let number = watch.before(verb, key).await?;
    let outcome = work.await;
    watch.after(number).await?;
    outcome
}

#[async_trait]
impl ObjectStore for Watched {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let work = self.inner.put_opts(location, payload, options);
        watching(&*self.watch, Verb::Put, location, work).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let work = self.inner.put_multipart_opts(location, options);
        let inner = watching(&*self.watch, Verb::Begin, location, work).await?;
        Ok(Box::new(WatchedUpload {
            inner,
            key: location.clone(),
            watch: Arc::clone(&self.watch),
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let work = self.inner.get_opts(location, options);
        watching(&*self.watch, Verb::Read, location, work).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let this = self.clone();
        locations
            .and_then(move |location| {
                let this = this.clone();
                async move {
                    let work = this.inner.delete(&location);
                    watching(&*this.watch, Verb::Delete, &location, work).await?;
                    Ok(location)
                }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (this, prefix) = (self.clone(), prefix.cloned().unwrap_or_default());
        let listed = async move {
            let work = this.inner.list(Some(&prefix)).try_collect::<Vec<_>>();
            let objects = watching(&*this.watch, Verb::List, &prefix, work).await?;
            Ok::<_, Error>(stream::iter(objects).map(Ok))
        };
        stream::once(listed).try_flatten().boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let work = self.inner.list_with_delimiter(prefix);
        let key = prefix.cloned().unwrap_or_default();
        watching(&*self.watch, Verb::List, &key, work).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let work = self.inner.copy_opts(from, to, options);
        watching(&*self.watch, Verb::Put, to, work).await
    }
}

#[derive(Debug)]
struct WatchedUpload {
    inner: Box<dyn MultipartUpload>,
    key: Path,
    watch: Arc<dyn Watch>,
}

#[async_trait]
impl MultipartUpload for WatchedUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let (watch, key) = (Arc::clone(&self.watch), self.key.clone());
        let work = self.inner.put_part(data);
        Box::pin(async move { watching(&*watch, Verb::Part, &key, work).await })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let work = self.inner.complete();
        watching(&*self.watch, Verb::Complete, &self.key, work).await
    }

    async fn abort(&mut self) -> Result<()> {
        let work = self.inner.abort();
        watching(&*self.watch, Verb::Abort, &self.key, work).await
    }
}

/// What becomes of the write at which a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// It was not done.
    Before,
    /// It was done, and nobody was told.
    After,
}

/// How it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// This and every later operation fails, so that no clean-up can run either.
    Dead,
    /// The process is gone, really.
    Abort,
    /// This one operation fails, and those after it work: a time-out.
    Glitch,
    /// The same, and the client has asked again by itself: what it creates is there already.
    Retried,
}

/// The end at the `at`-th write.
#[derive(Debug)]
pub(crate) struct Death {
    at: u64,
    when: When,
    how: How,
    writes: AtomicU64,
    dead: AtomicBool,
}

impl Death {
    pub(crate) fn at(at: u64, when: When, how: How) -> Arc<Self> {
        Arc::new(Self {
            at,
            when,
            how,
            writes: AtomicU64::new(0),
            dead: AtomicBool::new(false),
        })
    }

    /// Counts only.
    pub(crate) fn never() -> Arc<Self> {
        Self::at(u64::MAX, When::Before, How::Dead)
    }

    /// Writes so far.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    fn ended(&self) -> Result<()> {
        if self.dead.load(Ordering::SeqCst) {
            return Err(failed("the process is dead"));
        }
        Ok(())
    }

    fn end(&self) -> Result<()> {
        match self.how {
            How::Abort => std::process::abort(),
            How::Dead => self.dead.store(true, Ordering::SeqCst),
            How::Glitch => {}
            How::Retried => {
                return Err(Error::AlreadyExists {
                    path: "the object".to_owned(),
                    source: "asked again".into(),
                });
            }
        }
        Err(failed("no answer"))
    }
}

#[async_trait]
impl Watch for Death {
    async fn before(&self, verb: Verb, _: &Path) -> Result<u64> {
        self.ended()?;
        if !verb.writes() {
            return Ok(0);
        }
        let number = self.writes.fetch_add(1, Ordering::SeqCst) + 1;
        if number == self.at && self.when == When::Before {
            self.end()?;
        }
        Ok(number)
    }

    async fn after(&self, number: u64) -> Result<()> {
        if number == self.at && self.when == When::After {
            self.end()?;
        }
        // Others were under way when it came to its end.
        self.ended()
    }
}

fn failed(text: &'static str) -> Error {
    Error::Generic {
        store: "watched",
        source: text.into(),
    }
}

/// Lets so many operations through, and holds the next one up until more are allowed.
#[derive(Debug)]
struct Gate(watch::Sender<Passing>);

#[derive(Debug, Default)]
struct Passing {
    allowed: u64,
    arrived: u64,
    running: u64,
    ended: bool,
}

/// Says that the task has ended, also where it panicked.
struct Ended(Arc<Gate>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.0.send_modify(|passing| passing.ended = true);
    }
}

#[async_trait]
impl Watch for Gate {
    async fn before(&self, _: Verb, _: &Path) -> Result<u64> {
        let mut number = 0;
        self.0.send_modify(|passing| {
            passing.arrived += 1;
            number = passing.arrived;
        });
        let mut passing = self.0.subscribe();
        let open = passing.wait_for(|passing| number <= passing.allowed).await;
        drop(open.map_err(|_| failed("the gate is gone"))?);
        self.0.send_modify(|passing| passing.running += 1);
        Ok(number)
    }

    async fn after(&self, _: u64) -> Result<()> {
        self.0.send_modify(|passing| passing.running -= 1);
        Ok(())
    }
}

/// A task that goes on as far as it is told to, counted in operations on the store.
pub(crate) struct Actor<T> {
    gate: Arc<Gate>,
    task: JoinHandle<T>,
}

impl<T: Send + 'static> Actor<T> {
    /// Starts `task` with `lake` behind a gate; it stops before its first operation.
    pub(crate) fn start<F: Future<Output = T> + Send + 'static>(
        lake: &Lake,
        task: impl FnOnce(Lake) -> F,
    ) -> Self {
        let gate = Arc::new(Gate(watch::Sender::new(Passing::default())));
        let lake = watched(lake, Arc::clone(&gate) as Arc<dyn Watch>);
        let (task, ended) = (task(lake), Ended(Arc::clone(&gate)));
        let task = tokio::spawn(async move {
            let _ended = ended;
            task.await
        });
        Self { gate, task }
    }

    /// Lets it do `count` more operations and waits for the end of the last; `false` when the task has ended instead.
    pub(crate) async fn advance(&self, count: u64) -> bool {
        self.gate.0.send_modify(|passing| passing.allowed += count);
        let mut passing = self.gate.0.subscribe();
        let stopped = passing.wait_for(|passing| {
            passing.ended || passing.arrived > passing.allowed && passing.running == 0
        });
        !stopped.await.expect("the gate is ours").ended
    }

    /// Lets it go on to its end.
    pub(crate) async fn finish(self) -> T {
        self.gate
            .0
            .send_modify(|passing| passing.allowed = u64::MAX / 2);
        self.task.await.expect("the task has an answer")
    }

    /// The task is gone: no clean-up of its runs.
    pub(crate) async fn kill(self) {
        self.task.abort();
        // Cancelled, or ended before: both are its end.
        let _ = self.task.await;
    }

    /// Runs `task` to its end; its answer and how many operations it took.
    pub(crate) async fn count<F: Future<Output = T> + Send + 'static>(
        lake: &Lake,
        task: impl FnOnce(Lake) -> F,
    ) -> (T, u64) {
        let actor = Self::start(lake, task);
        let gate = Arc::clone(&actor.gate);
        let answer = actor.finish().await;
        let arrived = gate.0.borrow().arrived;
        (answer, arrived)
    }
}
