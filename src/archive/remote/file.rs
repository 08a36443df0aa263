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
use url::Url;

use super::address::Address;
use super::error::RemoteError;
use super::identity::{Identity, Witness};
use super::validator::{ContentRange, Likeness, Validator};
use crate::archive::secret_url::SecretUrl;
use crate::archive::witness;
use crate::net::backoff::Backoff;
use crate::net::http_client::{self, retry_after};
use crate::net::request::Request;
use crate::net::retry::{Retries, Verdict};
use crate::progress::Stop;
use crate::trust;

/// Tries in a row that bring no byte.
const TRIES: u32 = 8;
/// The same where a file is opened and nobody answers at all.
const CONNECT_TRIES: u32 = 3;
/// Fresh URLs in a row that are refused from the start: then it is not the URL.
const RENEWALS: u32 = 2;
/// Fresh URLs in a row, though they work for other ranges.
const MOST_RENEWALS: u32 = 16;
/// How long a range that failed waits.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_millis(200),
    longest: Duration::from_secs(20),
};
/// Of an answer that refuses, no more is read.
const LONGEST_REFUSAL: usize = 4096;

/// How often the witness is fetched to meet a content's new name again.
const MEETINGS: u32 = 3;
/// Bytes of the witness that are asked for at once.
const WITNESS_STEP: u64 = 8_000_000;

/// A remote file as it was when it was opened. Clones are the same file; many ranges can be under way at once.
#[derive(Debug, Clone)]
pub(in crate::archive) struct RemoteFile(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    location: FileLocation,
    validator: Validator,
    identity: Identity,
    /// Held by who finds out about a name: the others wait for it.
    inquiry: Mutex<()>,
}

/// The way to a remote file.
#[derive(Debug)]
struct FileLocation {
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
    /// These bytes, of that content if there is one.
    Range(Option<&'a Validator>, u64, u64),
}

/// What a failure calls for.
enum Remedy {
    /// It would fail again.
    None,
    /// A fresh URL.
    Renew,
    /// The same again, without saying of which content: it tells which one is there.
    Unpin,
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
        let client = http_client::client(idle, Policy::limited(10))?;
        let url = address.resolve().await?;
        let location = FileLocation {
            client,
            address,
            url: Mutex::new((url, 0)),
            worked: AtomicU64::new(0),
            requests: AtomicU64::new(0),
        };
        let mut attempts = Attempts::default();
        loop {
            let (url, age) = location.url().await;
            let opened = async {
                let (response, range, validator) = location.ask(&url, Asked::Last(tail)).await?;
                location.works(age);
                let mut body = BytesMut::new();
                let missing = range.end..range.bytes;
                receive(&url, response, range, &mut body).await?;
                Ok((validator, body, missing))
            };
            match opened.await {
                Ok((validator, mut body, missing)) => {
                    let shared = Shared {
                        location,
                        identity: Identity::new(validator.clone()),
                        validator,
                        inquiry: Mutex::new(()),
                    };
                    let file = Self(Arc::new(shared));
                    // A server may send less than it was asked for: then these are not the last bytes yet.
                    body.extend_from_slice(&file.get(missing).await?);
                    return Ok((file, body.freeze()));
                }
                // Nobody there: a wrong address is told soon.
                Err(Failed { error, .. })
                    if error.is_connect() && attempts.retries.failures() + 1 == CONNECT_TRIES =>
                {
                    return Err(error);
                }
                Err(failed) => attempts.next(&location, age, false, failed).await?,
            }
        }
    }

    /// What the file is.
    pub(in crate::archive) fn validator(&self) -> &Validator {
        &self.0.validator
    }

    /// Requests sent so far.
    pub(in crate::archive) fn requests(&self) -> u64 {
        self.0.location.requests.load(Ordering::Relaxed)
    }

    /// From now on the content is told by these bytes, of which this is the digest: where the server gives it another name
    /// (`ETag`, date), they are compared. Fails if such a name was met already, and the bytes are others there.
    pub(in crate::archive) async fn swear(
        &self,
        range: Range<u64>,
        digest: u64,
    ) -> Result<(), RemoteError> {
        for stranger in self.0.identity.swear(Witness { range, digest }) {
            self.inquire(&stranger).await?;
        }
        Ok(())
    }

    /// Whether the content has more than one name, so that it is told by the witness alone.
    pub(in crate::archive) fn is_ambiguous(&self) -> bool {
        self.0.identity.is_ambiguous()
    }

    /// What the user should know of that.
    pub(in crate::archive) fn warning(&self) -> Option<String> {
        let (one, other) = self.0.identity.names()?;
        Some(format!(
            "the server names one content differently from answer to answer ({}; {}), so the content itself was compared",
            one.describe(),
            other.describe()
        ))
    }

    /// The bytes of `range`, all of them. What has arrived before a failure is not asked for again.
    pub(in crate::archive) async fn get(&self, range: Range<u64>) -> Result<Bytes, RemoteError> {
        let location = &self.0.location;
        let wanted = range.end.saturating_sub(range.start);
        let mut body = BytesMut::with_capacity(usize::try_from(wanted).unwrap_or_default());
        let mut attempts = Attempts::default();
        while (body.len() as u64) < wanted {
            let (url, age) = location.url().await;
            let before = body.len();
            let start = range.start + before as u64;
            let pin = self.0.identity.pin();
            let attempt = async {
                let asked = Asked::Range(pin.as_ref(), start, range.end);
                let (response, range, found) = location.ask(&url, asked).await?;
                location.works(age);
                match self.0.identity.judge(&found) {
                    Likeness::Same => {}
                    Likeness::Unclear => return Ok(Some(found)),
                    Likeness::Other => return Err(none(self.changed(&found).await)),
                }
                receive(&url, response, range, &mut body).await?;
                Ok::<_, Failed>(None)
            };
            match attempt.await {
                Ok(None) => {}
                Ok(Some(stranger)) => self.inquire(&stranger).await?,
                Err(failed) if matches!(failed.remedy, Remedy::Unpin) => {
                    // Another range may have done so meanwhile.
                    if !self.0.identity.unpin() && pin.is_none() {
                        return Err(failed.error);
                    }
                }
                Err(failed) => {
                    let progress = body.len() > before;
                    attempts.next(location, age, progress, failed).await?;
                }
            }
        }
        Ok(body.freeze())
    }

    /// Finds out whether `stranger` names the same content: fetches the witness, whatever the answers' names are.
    async fn inquire(&self, stranger: &Validator) -> Result<(), RemoteError> {
        let Shared {
            identity, inquiry, ..
        } = &*self.0;
        let _alone = inquiry.lock().await;
        let Some(witness) = identity.witness() else {
            return Ok(());
        };
        identity.unpin();
        for _ in 0..MEETINGS {
            match identity.judge(stranger) {
                Likeness::Same => return Ok(()),
                Likeness::Other => return Err(self.changed(stranger).await),
                Likeness::Unclear => {}
            }
            let (digest, met) = self.digest(witness.range.clone()).await?;
            if digest != witness.digest {
                return Err(self.changed(stranger).await);
            }
            identity.accept(met);
        }
        // It was not met again, and nobody who was had other bytes.
        identity.accept(vec![stranger.clone()]);
        Ok(())
    }

    /// The digest of a range, and the names that the answers gave the content.
    async fn digest(&self, range: Range<u64>) -> Result<(u64, Vec<Validator>), RemoteError> {
        let location = &self.0.location;
        let mut digest = witness::digest();
        let (mut start, mut met) = (range.start, Vec::new());
        let mut attempts = Attempts::default();
        while start < range.end {
            let (url, age) = location.url().await;
            let mut body = BytesMut::new();
            let attempt = async {
                let end = range.end.min(start.saturating_add(WITNESS_STEP));
                let asked = Asked::Range(None, start, end);
                let (response, range, found) = location.ask(&url, asked).await?;
                location.works(age);
                met.push(found);
                receive(&url, response, range, &mut body).await
            };
            let received = attempt.await;
            digest.update(&body);
            start += body.len() as u64;
            if let Err(failed) = received {
                attempts
                    .next(location, age, !body.is_empty(), failed)
                    .await?;
            }
        }
        Ok((digest.finalize(), met))
    }

    async fn changed(&self, found: &Validator) -> RemoteError {
        let (url, _) = self.0.location.url().await;
        RemoteError::Changed {
            url: url.to_string(),
            expected: self.0.validator.describe(),
            found: found.describe(),
        }
    }
}

/// How often it has failed in a row.
struct Attempts {
    retries: Retries,
    renewals: u32,
    /// Of these, in the place of a URL that has never worked.
    futile: u32,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            retries: Retries::new(BACKOFF),
            renewals: 0,
            futile: 0,
        }
    }
}

impl Attempts {
    /// Does what a failure calls for, or gives up.
    async fn next(
        &mut self,
        location: &FileLocation,
        age: u64,
        progress: bool,
        failed: Failed,
    ) -> Result<(), RemoteError> {
        if progress {
            *self = Self::default();
        }
        let Failed { error, remedy } = failed;
        match remedy {
            Remedy::None | Remedy::Unpin => Err(error),
            Remedy::Renew => {
                // Many ranges share a URL: others may have used up the fresh one before this one's turn.
                if location.worked.load(Ordering::Relaxed) <= age {
                    self.futile += 1;
                }
                self.renewals += 1;
                if self.futile > RENEWALS || self.renewals > MOST_RENEWALS {
                    return Err(error);
                }
                location.renew(age).await
            }
            Remedy::Wait(wait) => {
                let verdict = Verdict::Retry { tries: TRIES, wait };
                // Whoever asks to stop drops the range.
                let next = self.retries.next(verdict, error, &Stop::default()).await;
                next.map(|_| ()).map_err(|given_up| RemoteError::GivenUp {
                    tries: given_up.tries,
                    source: Box::new(given_up.error),
                })
            }
        }
    }
}

impl FileLocation {
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

    /// Sends one request; the answer is one with the bytes that were asked for, of the content that it names.
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
            Asked::Range(pin, start, end) => match pin {
                Some(validator) => validator.pin(request),
                None => request,
            }
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
                Asked::Range(pin, ..),
            ) => {
                let error = RemoteError::Changed {
                    url,
                    expected: pin.map_or_else(|| "the same file".to_owned(), Validator::describe),
                    found: format!("other content ({status})"),
                };
                let remedy = match status {
                    StatusCode::PRECONDITION_FAILED => Remedy::Unpin,
                    _ => Remedy::None,
                };
                return Err(Failed { error, remedy });
            }
            _ => return Err(refused(url, response).await),
        }
        let Some(range) = ContentRange::of(response.headers()) else {
            let found = "a part without its place and the size of the whole".to_owned();
            return Err(none(RemoteError::NoRanges { url, found }));
        };
        let found = Validator::of(response.headers(), range.bytes);
        if let Asked::Range(_, start, end) = asked {
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

/// A failure that would come again.
fn none(error: RemoteError) -> Failed {
    Failed {
        error,
        remedy: Remedy::None,
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
        let room = usize::try_from(expected - found).unwrap_or(usize::MAX);
        let taken = &chunk[..room.min(chunk.len())];
        body.extend_from_slice(taken);
        found += taken.len() as u64;
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
    let is_final = error.is_builder() || error.is_redirect() || trust::rejection(&error).is_some();
    let remedy = if is_final {
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
