//! Ranges of one remote file, whatever happens on the way.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT_ENCODING, RANGE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use tokio::sync::Mutex;
use tokio::time::sleep;
use url::Url;

use super::address::Address;
use super::error::RemoteError;
use super::validator::{ContentRange, Validator};
use crate::archive::secret_url::SecretUrl;
use crate::archive::web::{self, retry_after};
use crate::back_off::BackOff;
use crate::request::{self, Request};

/// Tries in a row that bring no byte.
const TRIES: u32 = 8;
/// The same where a file is opened and nobody answers at all.
const CONNECT_TRIES: u32 = 3;
/// Fresh URLs in a row that are refused from the start: then it is not the URL.
const RENEWALS: u32 = 2;
/// Fresh URLs in a row, though they work for other ranges.
const MOST_RENEWALS: u32 = 16;
/// How long a range that failed waits.
const WAIT: BackOff = BackOff {
    first: Duration::from_millis(200),
    longest: Duration::from_secs(20),
};
/// Of an answer that refuses, no more is read.
const LONGEST_REFUSAL: usize = 4096;

/// A remote file as it was when it was opened. Clones are the same file; many ranges can be under way at once.
#[derive(Debug, Clone)]
pub(in crate::archive) struct RemoteFile(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    door: Door,
    validator: Validator,
}

/// The way to a remote file.
#[derive(Debug)]
struct Door {
    client: Client,
    address: Address,
    /// The URL that works now, and how many there were before it.
    url: Mutex<(SecretUrl, u64)>,
    /// How many URLs there were when one last worked.
    worked: AtomicU64,
    requests: AtomicU64,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
enum Asked<'a> {
    /// Up to so many of the last bytes, of whatever is there.
    Last(u64),
    /// These bytes of that content.
    Of(&'a Validator, u64, u64),
}

/// What a failure calls for.
enum Remedy {
    /// It would fail again.
    None,
    /// A fresh URL.
    Renew,
    /// The same again, after as long as the server asks for.
    Wait(Option<Duration>),
}

/// A request failed.
struct Failed {
    error: RemoteError,
    remedy: Remedy,
}

impl RemoteFile {
    /// Opens the file at `address`: pins what it is now, and gives up to `tail` of its last bytes with it. A connection over
    /// which nothing comes for `idle` is given up.
    pub(in crate::archive) async fn open(
        address: Address,
        idle: Duration,
        tail: u64,
    ) -> Result<(Self, Bytes), RemoteError> {
        let client = web::client(idle, Policy::limited(10)).map_err(RemoteError::Client)?;
        let url = address.resolve().await?;
        let door = Door {
            client,
            address,
            url: Mutex::new((url, 0)),
            worked: AtomicU64::new(0),
            requests: AtomicU64::new(0),
        };
        let mut attempts = Attempts::default();
        loop {
            let (url, age) = door.url().await;
            let opened = async {
                let (response, range, validator) = door.ask(&url, Asked::Last(tail)).await?;
                door.works(age);
                let mut body = BytesMut::new();
                receive(&url, response, range, &mut body).await?;
                Ok((validator, body.freeze()))
            };
            match opened.await {
                Ok((validator, body)) => {
                    return Ok((Self(Arc::new(Shared { door, validator })), body));
                }
                // Nobody there: a wrong address is told soon.
                Err(Failed { error, .. })
                    if error.is_connect() && attempts.tries + 1 == CONNECT_TRIES =>
                {
                    return Err(error);
                }
                Err(failed) => attempts.next(&door, age, false, failed).await?,
            }
        }
    }

    /// What the file is.
    pub(in crate::archive) fn validator(&self) -> &Validator {
        &self.0.validator
    }

    /// Requests sent so far.
    pub(in crate::archive) fn requests(&self) -> u64 {
        self.0.door.requests.load(Ordering::Relaxed)
    }

    /// The bytes of `range`, all of them. What has arrived before a failure is not asked for again.
    pub(in crate::archive) async fn get(&self, range: Range<u64>) -> Result<Bytes, RemoteError> {
        let Shared { door, validator } = &*self.0;
        let wanted = range.end.saturating_sub(range.start);
        let mut body = BytesMut::with_capacity(wanted as usize);
        let mut attempts = Attempts::default();
        while (body.len() as u64) < wanted {
            let (url, age) = door.url().await;
            let before = body.len();
            let start = range.start + before as u64;
            let attempt = async {
                let (response, range, _) = door
                    .ask(&url, Asked::Of(validator, start, range.end))
                    .await?;
                door.works(age);
                receive(&url, response, range, &mut body).await
            };
            if let Err(failed) = attempt.await {
                let progress = body.len() > before;
                attempts.next(door, age, progress, failed).await?;
            }
        }
        Ok(body.freeze())
    }
}

/// How often it has failed in a row.
#[derive(Default)]
struct Attempts {
    tries: u32,
    renewals: u32,
    /// Of these, in the place of a URL that has never worked.
    futile: u32,
}

impl Attempts {
    /// Does what a failure calls for, or gives up.
    async fn next(
        &mut self,
        door: &Door,
        age: u64,
        progress: bool,
        failed: Failed,
    ) -> Result<(), RemoteError> {
        if progress {
            *self = Self::default();
        }
        let Failed { error, remedy } = failed;
        match remedy {
            Remedy::None => Err(error),
            Remedy::Renew => {
                // Many ranges share a URL: others may have used up the fresh one before this one's turn.
                if door.worked.load(Ordering::Relaxed) <= age {
                    self.futile += 1;
                }
                self.renewals += 1;
                if self.futile > RENEWALS || self.renewals > MOST_RENEWALS {
                    return Err(error);
                }
                door.renew(age).await
            }
            Remedy::Wait(_) if self.tries + 1 == TRIES => Err(RemoteError::GivenUp {
                tries: TRIES,
                source: Box::new(error),
            }),
            Remedy::Wait(asked) => {
                self.tries += 1;
                let wait = asked.unwrap_or_else(|| WAIT.after(self.tries));
                request::again(&error, wait);
                sleep(wait).await;
                Ok(())
            }
        }
    }
}

impl Door {
    async fn url(&self) -> (SecretUrl, u64) {
        self.url.lock().await.clone()
    }

    /// A fresh URL in the place of number `age`, unless somebody has fetched one meanwhile.
    async fn renew(&self, age: u64) -> Result<(), RemoteError> {
        // Held while the address is asked, so that many ranges ask it once.
        let mut url = self.url.lock().await;
        if url.1 == age {
            *url = (self.address.resolve().await?, age + 1);
        }
        Ok(())
    }

    /// URL number `age` has served something.
    fn works(&self, age: u64) {
        self.worked.fetch_max(age + 1, Ordering::Relaxed);
    }

    /// Where `from` was redirected to, further ranges go without a detour.
    async fn settle(&self, from: &SecretUrl, to: &Url) {
        let mut url = self.url.lock().await;
        if url.0 == *from {
            url.0 = to.clone().into();
        }
    }

    /// Sends one request; the answer is one with the bytes that were asked for, of the content that was asked for.
    async fn ask(
        &self,
        url: &SecretUrl,
        asked: Asked<'_>,
    ) -> Result<(Response, ContentRange, Validator), Failed> {
        // What is packed on the way has other positions.
        let request = self
            .client
            .get(Url::clone(url))
            .header(ACCEPT_ENCODING, "identity");
        let request = match asked {
            Asked::Last(bytes) => request.header(RANGE, format!("bytes=-{bytes}")),
            Asked::Of(validator, start, end) => validator
                .pin(request)
                .header(RANGE, format!("bytes={start}-{}", end - 1)),
        };
        self.requests.fetch_add(1, Ordering::Relaxed);
        let told = Request::begin("GET", url.as_str());
        let sent = request.send().await.map_err(|error| broken(url, error));
        let response = sent.inspect_err(|failed| told.failed(&failed.error))?;
        told.answered(response.status().as_u16());
        // The answer's URL is without user and password: where there are any, a detour is taken each time.
        let is_open = url.username().is_empty() && url.password().is_none();
        let is_elsewhere = *response.url() != **url;
        if is_open && is_elsewhere && response.status() == StatusCode::PARTIAL_CONTENT {
            self.settle(url, response.url()).await;
        }
        let none = |error| Failed {
            error,
            remedy: Remedy::None,
        };
        let url = url.to_string();
        match (response.status(), asked) {
            (StatusCode::PARTIAL_CONTENT, _) => {}
            (StatusCode::OK, _) => {
                let found = "the whole file".to_owned();
                return Err(none(RemoteError::NoRanges { url, found }));
            }
            (StatusCode::RANGE_NOT_SATISFIABLE, Asked::Last(_)) => {
                return Err(none(RemoteError::Empty(url)));
            }
            (
                status @ (StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::PRECONDITION_FAILED),
                Asked::Of(validator, ..),
            ) => {
                return Err(none(RemoteError::Changed {
                    url,
                    expected: validator.describe(),
                    found: format!("other content ({status})"),
                }));
            }
            _ => return Err(refused(url, response).await),
        }
        let Some(range) = ContentRange::of(response.headers()) else {
            let found = "a part without its place and the size of the whole".to_owned();
            return Err(none(RemoteError::NoRanges { url, found }));
        };
        let found = Validator::of(response.headers(), range.bytes);
        if let Asked::Of(expected, start, end) = asked {
            if !expected.agrees(&found) {
                return Err(none(RemoteError::Changed {
                    url,
                    expected: expected.describe(),
                    found: found.describe(),
                }));
            }
            // Fewer bytes than asked for are an answer too; the rest is asked for again.
            if range.start != start || range.end > end {
                let found = format!(
                    "bytes {} to {} for bytes {start} to {end}",
                    range.start, range.end
                );
                return Err(none(RemoteError::NoRanges { url, found }));
            }
        }
        Ok((response, range, found))
    }
}

/// Adds the bytes of an answer, which are those of `range`, to `body`.
async fn receive(
    url: &SecretUrl,
    mut response: Response,
    range: ContentRange,
    body: &mut BytesMut,
) -> Result<(), Failed> {
    let expected = range.end - range.start;
    let mut found = 0;
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(url, error))? {
        let room = (expected - found).min(chunk.len() as u64);
        body.extend_from_slice(&chunk[..room as usize]);
        found += room;
    }
    if found == expected {
        return Ok(());
    }
    Err(Failed {
        error: RemoteError::Short {
            url: url.to_string(),
            expected,
            found,
        },
        remedy: Remedy::Wait(None),
    })
}

fn broken(url: &SecretUrl, error: reqwest::Error) -> Failed {
    let remedy = if error.is_builder() || error.is_redirect() {
        Remedy::None
    } else {
        Remedy::Wait(None)
    };
    Failed {
        error: RemoteError::Broken {
            url: url.to_string(),
            source: error.without_url(),
        },
        remedy,
    }
}

/// What an answer that is no content means. A URL that was good may be too old, and then storage servers say 400, 401 or 403,
/// or 404 for what was moved; a fresh one tells.
async fn refused(url: String, mut response: Response) -> Failed {
    let status = response.status();
    let remedy = match status {
        StatusCode::BAD_REQUEST
        | StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::NOT_FOUND => Remedy::Renew,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Remedy::Wait(retry_after(response.headers(), SystemTime::now()))
        }
        _ if status.is_server_error() => {
            Remedy::Wait(retry_after(response.headers(), SystemTime::now()))
        }
        _ => Remedy::None,
    };
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_REFUSAL {
            break;
        }
    }
    Failed {
        error: RemoteError::Refused {
            url,
            status,
            code: code(&String::from_utf8_lossy(&body)),
        },
        remedy,
    }
}

/// `ExpiredToken` of `<Error><Code>ExpiredToken</Code>…`.
fn code(body: &str) -> Option<String> {
    let (_, rest) = body.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let is_name = !code.is_empty()
        && code.len() < 64
        && code.chars().all(|letter| letter.is_ascii_alphanumeric());
    is_name.then(|| code.to_owned())
}
