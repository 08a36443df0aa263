//! How a stage says where it is, and how it is asked to stop, without knowing who listens.

use tokio_util::sync::CancellationToken;

/// What a task counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of files.
    Bytes,
    /// Files.
    Files,
}

/// How the requests of a task fare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Files done since the last call.
    pub files: u64,
    /// Requests that had to be sent again, in all.
    pub retries: u64,
    /// Requests that may be under way now.
    pub concurrency: usize,
}

/// Listens to a stage. Calls are cheap and may come from any thread.
pub trait Progress: Send + Sync {
    /// A task begins; `total` is what [`Progress::advance`] will add up to.
    fn begin(&self, task: &'static str, unit: Unit, total: u64);
    /// The running task has done `by` more units.
    fn advance(&self, by: u64);
    /// Says how requests fare, for tasks that send many.
    fn flow(&self, _: Flow) {}
    /// The running task has ended.
    fn end(&self);
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &'static str, _: Unit, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
}

/// A request to stop, shared between the one who asks (Ctrl-C, SIGTERM) and the stages that heed it between two steps: a
/// cancellation token in the words of this program. Blocking threads look at [`Stop::requested`], tasks await [`Stop::wait`].
#[derive(Debug, Clone, Default)]
pub struct Stop(CancellationToken);

impl Stop {
    /// Asks every holder to stop.
    pub fn request(&self) {
        self.0.cancel();
    }

    /// Whether somebody has asked.
    #[must_use]
    pub fn requested(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Returns when somebody has asked.
    pub async fn wait(&self) {
        self.0.cancelled().await;
    }

    /// One that stops when this one does, and that can be asked to stop alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self(self.0.child_token())
    }
}
