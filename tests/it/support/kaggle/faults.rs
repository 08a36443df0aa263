//! What goes wrong on purpose.

use std::time::Duration;

use super::{Operation, Shape};
use crate::support::lots::Share;

/// Everything that can be wrong with the API, the storage and the way to them; nothing by default.
///
/// Operation and range tell requests apart for the lots. A request is hit by one of them at most.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    pub(crate) seed: u64,
    /// How long each request takes to arrive.
    pub(crate) latency: Duration,

    /// How the API writes its errors.
    pub(crate) shape: Shape,
    /// The calls of the API that can be hit by lot; empty means all.
    pub(crate) on: Vec<Operation>,
    /// 429 from the API.
    pub(crate) api_429: Share,
    /// 503 from the API.
    pub(crate) api_503: Share,
    /// The API's connection ends without an answer.
    pub(crate) api_cut: Share,
    /// 200 from the API, with nothing in it but an `errorMessage`.
    pub(crate) api_error_message: Share,
    /// Every access token of a sign-in is refused, as soon as it is given.
    pub(crate) expire_sign_ins: bool,
    /// What a 429 and a 503 say of the next try, the API's and the storage's.
    pub(crate) retry_after: RetryAfter,

    /// No answer is ever given.
    pub(crate) stuck: Share,
    /// The connection is reset in the middle of the body.
    pub(crate) reset: Share,
    /// The connection is closed in good order after [`Self::cut_after`] bytes of the body.
    pub(crate) cut: Share,
    /// Never the whole body; without it, half of it.
    pub(crate) cut_after: Option<u64>,
    /// One bit in the middle of the body is another.
    pub(crate) flip: Share,
    /// A range ends half-way, and `Content-Range` says so.
    pub(crate) short: Share,
    /// A range begins elsewhere than asked, and `Content-Range` says so.
    pub(crate) misplaced: Share,
    /// A range ends a byte behind what was asked for, and `Content-Range` says so.
    pub(crate) long: Share,
    /// 503 from the storage.
    pub(crate) storage_503: Share,
    /// 429 from the storage.
    pub(crate) storage_429: Share,
    /// Bytes a second at which each body moves.
    pub(crate) slow: Option<u64>,

    /// Each signed URL serves so many requests, and then none.
    pub(crate) expire_after: Option<u64>,
    /// What is said of a URL that has expired.
    pub(crate) expiry: Expiry,
    /// When so many requests were served, the current version's archive becomes [`Self::change_to`].
    pub(crate) change_after: Option<u64>,
    pub(crate) change_to: Vec<u8>,
    /// From then on nothing is served: the moment to kill a process at. End its connections (`KaggleServer::disconnect`) before
    /// this is lifted.
    pub(crate) hold_after: Option<Hold>,

    /// What is otherwise than usual, and no error.
    pub(crate) quirks: Vec<Quirk>,
}

impl Faults {
    pub(crate) fn quirk(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }
}

/// What clients must cope with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quirk {
    /// A single file comes zipped, told by the last segment of the signed URL alone.
    ZippedFiles,
    /// Ranges are ignored, and not advertised either.
    NoRanges,
    /// The object is a composite one: no MD5, and an `ETag` of no meaning.
    Composite,
    /// Each hash in a header of its own.
    SplitHashes,
    NoEtag,
    NoHashes,
    /// The API itself sends the archive, as a proxy that follows redirects does.
    Followed,
    /// Conditions are ignored.
    NoConditions,
    /// Two machines serve requests by turns, and each has a tag and a date of its own for the same bytes. Where [`Faults::change_to`]
    /// is given, the second has those.
    Machines,
    /// Each answer has a tag and a date of its own.
    EverNew,
    /// The hashes are those of other bytes.
    WrongHashes,
    /// The MD5 alone is.
    WrongMd5,
}

/// `Retry-After`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum RetryAfter {
    #[default]
    None,
    Seconds(f64),
    /// A date so many seconds ahead.
    Date(i64),
}

/// What the storage says of a URL that it no longer takes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Expiry {
    /// 400, as measured on the live service.
    #[default]
    ExpiredToken,
    /// 401.
    Unauthorized,
    /// 403.
    SignatureDoesNotMatch,
    /// 403.
    AccessDenied,
    /// 404.
    NoSuchKey,
}

/// When the storage stops. Both count from when the faults were set.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hold {
    /// So many requests were answered; the next waits for ever.
    Requests(u64),
    /// So many bytes of bodies were sent, all in all.
    Bytes(u64),
}
