//! The calls: the current version of a dataset, a URL for its archive, and a new token for who has signed in.

use std::env;
use std::fmt;
use std::future::ready;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::super::secret_url::SecretUrl;
use super::answer;
use super::credentials::{Credentials, Kind, Surroundings};
use super::dataset::Dataset;
use super::error::KaggleError;
use super::login::{Login, NewToken};
use crate::net::backoff::Backoff;
use crate::net::http_client::{self, retry_after};
use crate::net::request::{Request, without_secrets};
use crate::net::retry::{Verdict, retry};
use crate::progress::Stop;
use crate::trust;

const ENDPOINT: &str = "KAGGLE_API_ENDPOINT";
/// Where the calls go unless the environment says otherwise.
const BASE: &str = "https://api.kaggle.com/v1/";
/// The names under which users know that place.
const HOSTS: [&str; 3] = ["www.kaggle.com", "kaggle.com", "api.kaggle.com"];
/// Tries for a call that Kaggle is too busy for, or whose answer is cut off …
const TRIES: u32 = 10;
/// … and where nobody is there, or no such name: a wrong address is reported soon.
const CONNECT_TRIES: u32 = 3;
/// How long such a call waits where Kaggle doesn't say.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_millis(500),
    longest: Duration::from_mins(1),
};
/// An answer without a byte for so long will not come.
const IDLE: Duration = Duration::from_mins(1);
/// No answer is longer. Who follows the redirect for us, as some proxies do, sends the archive itself.
const LONGEST: usize = 1 << 20;

/// Kaggle, as somebody or as nobody.
#[derive(Debug)]
pub(in crate::archive) struct Kaggle {
    client: Client,
    /// Ends in `/`.
    base: Url,
    credentials: Credentials,
}

/// An answer, read to its end.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn is_busy(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS || self.status.is_server_error()
    }
}

/// Why a call has no answer yet.
#[derive(Debug)]
enum NoAnswer {
    Busy(Box<Answer>),
    Unreachable(reqwest::Error),
}

impl NoAnswer {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Busy(answer) => Verdict::Retry {
                tries: TRIES,
                wait: retry_after(&answer.headers, SystemTime::now()),
            },
            Self::Unreachable(error) if error.is_builder() || trust::rejection(error).is_some() => {
                Verdict::GiveUp
            }
            Self::Unreachable(error) if error.is_connect() => Verdict::retry(CONNECT_TRIES),
            Self::Unreachable(_) => Verdict::retry(TRIES),
        }
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy(answer) => answer.status.fmt(f),
            Self::Unreachable(error) => error.fmt(f),
        }
    }
}

impl Kaggle {
    /// Looks for credentials and, in `KAGGLE_API_ENDPOINT`, for another server. Nothing is asked yet.
    pub(in crate::archive) fn from_env() -> Result<Self, KaggleError> {
        let surroundings = Surroundings {
            variable: &|name| env::var_os(name),
            home: env::home_dir(),
        };
        let base = match env::var(ENDPOINT) {
            Ok(endpoint) if !endpoint.is_empty() => base(&endpoint)?,
            _ => Url::parse(BASE).expect("a URL"),
        };
        let client = http_client::client(IDLE, Policy::none())?;
        Ok(Self {
            client,
            base,
            credentials: Credentials::find(&surroundings)?,
        })
    }

    /// What the user should know of the credentials.
    pub(in crate::archive) fn warnings(&self) -> &[String] {
        &self.credentials.warnings
    }

    /// The dataset with its version: the latest, where none is named. Asked once, since "the latest" may be another one later.
    pub(in crate::archive) async fn pin(&self, dataset: &Dataset) -> Result<Dataset, KaggleError> {
        if dataset.version.is_some() {
            return Ok(dataset.clone());
        }
        let answer = self.call("GetDataset", dataset).await?;
        let found = answer::dataset(&answer.body).and_then(|found| {
            found
                .current_version_number
                .ok_or_else(|| "a dataset without a version".to_owned())
        });
        match (answer.status, found) {
            (StatusCode::OK, Ok(version)) => Ok(Dataset {
                version: Some(version),
                ..dataset.clone()
            }),
            (StatusCode::OK, Err(found)) => {
                Err(self.unexpected("GetDataset", "the current version", found, &answer))
            }
            _ => Err(self.refused("GetDataset", dataset, "the current version", &answer)),
        }
    }

    /// A URL where the archive of `dataset` can be fetched for some time, by anybody: it is signed.
    pub(in crate::archive) async fn signed_url(
        &self,
        dataset: &Dataset,
    ) -> Result<SecretUrl, KaggleError> {
        const EXPECTED: &str = "a redirect to the archive";
        let answer = self.call("DownloadDataset", dataset).await?;
        if !answer.status.is_redirection() {
            return Err(self.refused("DownloadDataset", dataset, EXPECTED, &answer));
        }
        answer
            .headers
            .get(LOCATION)
            .and_then(|location| self.base.join(location.to_str().ok()?).ok())
            .map(SecretUrl::from)
            .ok_or_else(|| {
                let found = format!("{} without a place", answer.status);
                self.unexpected("DownloadDataset", EXPECTED, found, &answer)
            })
    }

    /// Calls a method about `dataset`; once more with a new token where a sign-in's was refused.
    async fn call(&self, method: &str, dataset: &Dataset) -> Result<Answer, KaggleError> {
        let url = self.method(method);
        let mut body = json!({"ownerSlug": dataset.owner, "datasetSlug": dataset.slug});
        if let Some(version) = dataset.version {
            body["datasetVersionNumber"] = version.into();
        }
        let Some(Kind::Login(login)) = &self.credentials.kind else {
            let authorization = match &self.credentials.kind {
                Some(Kind::Token(token)) => Authorization::Bearer(token),
                Some(Kind::Pair { user, key }) => Authorization::Basic(user, key),
                Some(Kind::Login(_)) | None => Authorization::None,
            };
            return self.ask(&url, &body, authorization).await;
        };
        let renew = async |body| self.new_token(login, body).await;
        let token = login.token(None, renew).await?;
        let answer = self.ask(&url, &body, Authorization::Bearer(&token)).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let token = login.token(Some(&token), renew).await?;
        self.ask(&url, &body, Authorization::Bearer(&token)).await
    }

    /// Asks for the next token of a sign-in.
    async fn new_token(&self, login: &Login, body: Value) -> Result<NewToken, KaggleError> {
        const METHOD: &str = "users.AccountService/GenerateAccessToken";
        const EXPECTED: &str = "a new token";
        let url = self.base.join(METHOD).expect("a path below a base");
        let answer = self.ask(&url, &body, Authorization::None).await?;
        let found = match answer.status {
            StatusCode::OK => match answer::token(&answer.body) {
                Ok(token) => return Ok(token),
                Err(found) => found,
            },
            StatusCode::BAD_REQUEST
            | StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND => {
                return Err(KaggleError::SignedOut {
                    path: login.path.clone(),
                    message: answer::message(&answer.body),
                });
            }
            status => format!("{status} with {}", answer::shown(&answer.body)),
        };
        Err(unexpected(&url, EXPECTED, found, &answer))
    }

    /// Sends a request, again while Kaggle is busy.
    async fn ask(
        &self,
        url: &Url,
        body: &Value,
        authorization: Authorization<'_>,
    ) -> Result<Answer, KaggleError> {
        let answered = retry(
            BACKOFF,
            // Whoever asks to stop drops the call, which changes nothing.
            &Stop::default(),
            NoAnswer::verdict,
            // Its caller renews tokens.
            || ready(()),
            || async {
                match self.send(url, body, authorization).await {
                    Ok(answer) if answer.is_busy() => Err(NoAnswer::Busy(Box::new(answer))),
                    Ok(answer) => Ok(answer),
                    Err(error) => Err(NoAnswer::Unreachable(error.without_url())),
                }
            },
        )
        .await;
        let given_up = match answered {
            Ok(answer) => return Ok(answer),
            Err(given_up) => given_up,
        };
        Err(match given_up.error {
            NoAnswer::Busy(answer) => KaggleError::Busy {
                status: answer.status,
                tries: given_up.tries,
                message: answer::message(&answer.body),
            },
            NoAnswer::Unreachable(source) => KaggleError::Unreachable {
                url: without_secrets(url.as_str()),
                source,
            },
        })
    }

    async fn send(
        &self,
        url: &Url,
        body: &Value,
        authorization: Authorization<'_>,
    ) -> reqwest::Result<Answer> {
        let request = self
            .client
            .post(url.clone())
            .header("content-type", "application/json")
            .body(body.to_string());
        let told = Request::begin("POST", url.as_str());
        let sent = authorization.sign(request).send().await;
        let mut response = sent.inspect_err(|_| told.failed(&"no answer"))?;
        told.answered(response.status().as_u16());
        let mut body = BytesMut::new();
        while body.len() < LONGEST
            && let Some(chunk) = response.chunk().await?
        {
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: body.freeze(),
        })
    }

    fn method(&self, method: &str) -> Url {
        let path = format!("datasets.DatasetApiService/{method}");
        self.base.join(&path).expect("a path below a base")
    }

    fn refused(
        &self,
        method: &str,
        dataset: &Dataset,
        expected: &'static str,
        answer: &Answer,
    ) -> KaggleError {
        let message = answer::message(&answer.body);
        let dataset = Box::new(dataset.clone());
        let attempted = self.credentials.attempted.clone();
        match answer.status {
            StatusCode::UNAUTHORIZED => match &self.credentials.kind {
                Some(Kind::Login(login)) => KaggleError::SignedOut {
                    path: login.path.clone(),
                    message,
                },
                _ => KaggleError::Unauthenticated { attempted, message },
            },
            StatusCode::FORBIDDEN => KaggleError::Denied {
                user: self.credentials.user().map(str::to_owned),
                dataset,
                attempted,
                message,
            },
            StatusCode::NOT_FOUND => KaggleError::NotFound { dataset, message },
            status => {
                let said = message.unwrap_or_else(|| answer::shown(&answer.body));
                self.unexpected(method, expected, format!("{status} with {said}"), answer)
            }
        }
    }

    fn unexpected(
        &self,
        method: &str,
        expected: &'static str,
        found: String,
        answer: &Answer,
    ) -> KaggleError {
        unexpected(&self.method(method), expected, found, answer)
    }
}

fn unexpected(url: &Url, expected: &'static str, found: String, answer: &Answer) -> KaggleError {
    let id = answer.headers.get("x-kaggle-requestid");
    KaggleError::Unexpected {
        url: without_secrets(url.as_str()),
        expected,
        found,
        request_id: id.and_then(|id| id.to_str().ok()).map(str::to_owned),
    }
}

/// As whom a request is sent.
#[derive(Clone, Copy)]
enum Authorization<'a> {
    None,
    Bearer(&'a SecretString),
    Basic(&'a str, &'a SecretString),
}

impl Authorization<'_> {
    fn sign(self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Bearer(token) => request.bearer_auth(token.expose_secret()),
            Self::Basic(user, key) => request.basic_auth(user, Some(key.expose_secret())),
        }
    }
}

/// The base of the calls at `endpoint`. Servers other than Kaggle's have them below `api/`.
fn base(endpoint: &str) -> Result<Url, KaggleError> {
    let wrong = || KaggleError::Endpoint(without_secrets(endpoint));
    let mut url = Url::parse(endpoint).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong());
    }
    if url.host_str().is_some_and(|host| HOSTS.contains(&host)) {
        return Ok(Url::parse(BASE).expect("a URL"));
    }
    let path = format!("{}/api/v1/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url.set_query(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_kaggle_or_another_server() {
        for (endpoint, expected) in [
            ("https://www.kaggle.com", BASE),
            ("https://api.kaggle.com/", BASE),
            ("http://localhost:7777", "http://localhost:7777/api/v1/"),
            (
                "http://127.0.0.1:1/kaggle/?a=b",
                "http://127.0.0.1:1/kaggle/api/v1/",
            ),
        ] {
            assert_eq!(
                base(endpoint).map(|url| url.to_string()).ok().as_deref(),
                Some(expected)
            );
        }
        for endpoint in ["localhost:7777", "ftp://kaggle.com", "kaggle"] {
            assert!(
                matches!(base(endpoint), Err(KaggleError::Endpoint(_))),
                "{endpoint}"
            );
        }
    }
}
