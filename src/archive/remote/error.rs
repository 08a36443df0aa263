//! Why bytes of a remote file can't be had, and what to do about it.

use reqwest::StatusCode;
use thiserror::Error;

use crate::archive::kaggle::KaggleError;
use crate::hint::Hint;
use crate::net::http_client::HttpClientError;
use crate::trust;

/// A remote file can't be read. URLs are shown without user, password and query: these may be secret.
#[derive(Debug, Error)]
pub enum RemoteError {
    /// Kaggle gives no URL for it.
    #[error(transparent)]
    Kaggle(#[from] KaggleError),
    /// No HTTP client can be made here.
    #[error(transparent)]
    Client(#[from] HttpClientError),
    /// No answer, or one that broke off.
    #[error("cannot read `{url}`")]
    Broken {
        /// The file.
        url: String,
        /// What happened.
        source: reqwest::Error,
    },
    /// The answer ended early.
    #[error("expected {expected} bytes from `{url}`, got {found}")]
    Short {
        /// The file.
        url: String,
        /// Bytes of the range.
        expected: u64,
        /// Bytes that came.
        found: u64,
    },
    /// The server refuses.
    #[error("`{url}` answered {status}{}", named(.code.as_deref()))]
    Refused {
        /// The file.
        url: String,
        /// The answer.
        status: StatusCode,
        /// What the answer's body calls it, `ExpiredToken`.
        code: Option<String>,
    },
    /// The server sends all or something else than was asked for.
    #[error("expected `{url}` to answer a range of bytes, got {found}")]
    NoRanges {
        /// The file.
        url: String,
        /// What the server did.
        found: String,
    },
    /// Nothing is in it.
    #[error("`{0}` is empty")]
    Empty(String),
    /// It is another file now.
    #[error("`{url}` has changed while it was read: expected {expected}, found {found}")]
    Changed {
        /// The file.
        url: String,
        /// What it was when it was opened.
        expected: String,
        /// What it is now.
        found: String,
    },
    /// The bytes that came can't be read.
    #[error("cannot read what was fetched")]
    Read(#[source] std::io::Error),
    /// A task of ours died.
    #[error("a worker stopped without an answer")]
    Worker(#[source] tokio::task::JoinError),
    /// It failed again and again.
    #[error("gave up after {tries} tries")]
    GivenUp {
        /// How many.
        tries: u32,
        /// The last failure.
        source: Box<RemoteError>,
    },
}

fn named(code: Option<&str>) -> String {
    code.map_or_else(String::new, |code| format!(" ({code})"))
}

impl RemoteError {
    /// Whether there was no connection.
    pub(super) fn is_connect(&self) -> bool {
        matches!(self, Self::Broken { source, .. } if source.is_connect())
    }
}

impl Hint for RemoteError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Kaggle(error) => return error.hint(),
            Self::GivenUp { source, .. } => return source.hint(),
            Self::Read(_) | Self::Worker(_) => return None,
            Self::Client(error) => return error.hint(),
            Self::Broken { source, .. } if let Some(reason) = trust::rejection(source) => {
                trust::hint(&reason, trust::OF_WEB)
            }
            Self::Broken { .. } | Self::Short { .. } => {
                "check the network, then run the same command again: it goes on from there".to_owned()
            }
            Self::Refused { status, .. } if *status == StatusCode::NOT_FOUND => {
                "check the address: is it that of the zip file itself?".to_owned()
            }
            Self::Refused { status, .. } if status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS => {
                "wait some minutes, then run the same command again: it goes on from there".to_owned()
            }
            Self::Refused { .. } => {
                "check who may read it: a signed address may have expired, so get a new one".to_owned()
            }
            Self::NoRanges { .. } => {
                "download it by other means (`curl -L -o archive.zip …`), then name the file".to_owned()
            }
            Self::Empty(_) => "check the address: is it that of the zip file itself?".to_owned(),
            Self::Changed { .. } => {
                "run the same command again: it reads the new archive, and stores what is missing or differs (`--replace`)"
                    .to_owned()
            }
        })
    }
}
