//! What goes wrong on purpose.

use std::time::Duration;

use super::Operation;
use crate::support::lots::Share;

/// Everything that can be wrong with a store and the way to it; nothing by default.
///
/// Operation and key tell requests apart for the lots. A request is hit by one of them at most.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    pub(crate) seed: u64,
    /// The operations that can be hit by lot; empty means all.
    pub(crate) on: Vec<Operation>,
    /// The beginning of the keys (and of the prefixes listed) that can be hit, refused or held.
    pub(crate) under: String,

    /// The body arrives, and no answer is ever given.
    pub(crate) stuck: Share,
    /// The connection is reset in the middle of the request's body, or of a GET's answer.
    pub(crate) reset: Share,
    /// 503 `SlowDown`.
    pub(crate) slow_down: Share,
    /// 500 `InternalError`.
    pub(crate) internal_error: Share,
    /// The request is carried out, and the connection reset in place of the answer.
    pub(crate) lost: Share,
    /// One bit in the middle of a PUT's body is another when it arrives.
    pub(crate) flip: Share,

    /// Requests a second; beyond it and a quarter of a second's worth in one go: 503 `SlowDown`.
    pub(crate) rate: Option<f64>,
    /// Bytes a second at which each body moves, up and down.
    pub(crate) slow_body: Option<u64>,
    /// How long each request takes to arrive.
    pub(crate) latency: Duration,
    /// When so many objects were PUT, no further PUT is answered or done: the moment to kill a process at. End its connections
    /// (`S3Server::disconnect`) before this is lifted, or what it had sent arrives late.
    pub(crate) hold_after_puts: Option<u64>,

    /// 403 `AccessDenied`.
    pub(crate) deny: Vec<Operation>,
    /// 403 `AccessDenied` for what is written without `x-amz-server-side-encryption`.
    pub(crate) deny_unencrypted: bool,
    /// The session token that is answered with 400 `ExpiredToken`.
    pub(crate) expired_token: Option<String>,
    /// How many seconds the server's clock is ahead.
    pub(crate) clock_ahead: i64,
    /// What the store can't do.
    pub(crate) lacks: Vec<Lack>,
}

impl Faults {
    /// Whether `key` is one of those that faults are for.
    pub(crate) fn concern(&self, key: &str) -> bool {
        key.starts_with(&self.under)
    }

    /// Whether the store can't do it.
    pub(crate) fn lack(&self, lack: Lack) -> bool {
        self.lacks.contains(&lack)
    }
}

/// What a store may be without, and says nothing of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lack {
    /// `If-None-Match` of a PUT is ignored.
    ConditionalPut,
    /// Checksums are neither checked nor kept; `Content-MD5` is checked.
    Checksums,
    /// Nothing blocks public access to the bucket.
    PublicAccessBlock,
    /// Keys in listings stand as they are, whatever is asked for.
    EncodedKeys,
    /// A page of a listing doesn't say where the next one begins.
    NextPages,
}
