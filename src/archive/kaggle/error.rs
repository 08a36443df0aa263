//! Why Kaggle doesn't give a dataset, and what to do about it.

use std::path::PathBuf;

use reqwest::StatusCode;
use thiserror::Error;

use super::attempted_credentials::AttemptedCredentials;
use super::dataset::Dataset;
use crate::hint::Hint;
use crate::net::http_client::HttpClientError;
use crate::readable;
use crate::trust;

/// Kaggle has refused, can't be reached, or says what can't be understood. No secret is in any text of it.
#[derive(Debug, Error)]
pub enum KaggleError {
    /// A file with credentials is not what it should be.
    #[error("cannot read the Kaggle credentials in `{}`: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was expected and found, without the content.
        problem: String,
    },
    /// A variable with credentials is not what it should be.
    #[error("cannot use the Kaggle credentials in {name}: {problem}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// What was expected and found, without the content.
        problem: String,
    },
    /// A sign-in gives no token any more, or none that Kaggle takes.
    #[error("Kaggle refused the sign-in in `{}`{}", path.display(), said(.message.as_deref()))]
    SignedOut {
        /// The file of `kaggle auth login`.
        path: PathBuf,
        /// What Kaggle said.
        message: Option<String>,
    },
    /// No HTTP client can be made here.
    #[error(transparent)]
    Client(#[from] HttpClientError),
    /// `KAGGLE_API_ENDPOINT` is no URL.
    #[error("expected a URL in KAGGLE_API_ENDPOINT, got `{0}`")]
    Endpoint(String),
    /// No answer.
    #[error("cannot reach Kaggle at `{url}`")]
    Unreachable {
        /// The method, without query.
        url: String,
        /// What happened.
        source: reqwest::Error,
    },
    /// 401.
    #[error("Kaggle {}{}", refused(.attempted), said(.message.as_deref()))]
    Unauthenticated {
        /// Where credentials were looked for.
        attempted: Vec<AttemptedCredentials>,
        /// What Kaggle said.
        message: Option<String>,
    },
    /// 403.
    #[error("Kaggle denied access to `{dataset}`{}", said(.message.as_deref()))]
    Denied {
        /// What was asked for.
        dataset: Box<Dataset>,
        /// The user, where known.
        user: Option<String>,
        /// Where credentials were looked for.
        attempted: Vec<AttemptedCredentials>,
        /// What Kaggle said.
        message: Option<String>,
    },
    /// 404.
    #[error("Kaggle has no `{dataset}`{}", said(.message.as_deref()))]
    NotFound {
        /// What was asked for.
        dataset: Box<Dataset>,
        /// What Kaggle said.
        message: Option<String>,
    },
    /// 429, 5xx, again and again.
    #[error("Kaggle answered {status} {tries} times{}", said(.message.as_deref()))]
    Busy {
        /// The last answer.
        status: StatusCode,
        /// How often it was asked.
        tries: u32,
        /// What Kaggle said.
        message: Option<String>,
    },
    /// Anything else.
    #[error("expected {expected} from `{url}`, got {found}{}", request(.request_id.as_deref()))]
    Unexpected {
        /// The method, without query.
        url: String,
        /// What should have come.
        expected: &'static str,
        /// What came.
        found: String,
        /// Kaggle's name for the request.
        request_id: Option<String>,
    },
}

fn said(message: Option<&str>) -> String {
    message.map_or_else(String::new, |message| {
        format!(": {}", readable::words(message))
    })
}

fn refused(attempted: &[AttemptedCredentials]) -> &'static str {
    if attempted.iter().any(|attempted| attempted.used) {
        "refused the credentials"
    } else {
        "wants credentials, and none were found"
    }
}

fn request(id: Option<&str>) -> String {
    id.map_or_else(String::new, |id| format!(" (request {id})"))
}

fn places(attempted: &[AttemptedCredentials]) -> String {
    let places: Vec<String> = attempted.iter().map(ToString::to_string).collect();
    places.join(", ")
}

impl Hint for KaggleError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::File { path, .. } => format!(
                "make a new token at https://www.kaggle.com/settings/api, or move the file away: `mv '{0}' '{0}.old'`",
                path.display()
            ),
            Self::Variable { name, .. } => format!(
                "make a new token at https://www.kaggle.com/settings/api, or do without: `unset {name}`"
            ),
            Self::SignedOut { path, .. } => format!(
                "sign in again: `kaggle auth login --force`; or do without: `mv '{0}' '{0}.old'`",
                path.display()
            ),
            Self::Endpoint(_) => "unset it, or name a server: `KAGGLE_API_ENDPOINT=https://www.kaggle.com`".to_owned(),
            Self::Client(error) => return error.hint(),
            Self::Unreachable { source, .. } if let Some(reason) = trust::rejection(source) => {
                trust::hint(&reason, trust::OF_WEB)
            }
            Self::Unreachable { .. } => "check the network and the proxy (`HTTPS_PROXY`), then run the same command again".to_owned(),
            Self::Unauthenticated { attempted, .. } if attempted.iter().all(|attempted| !attempted.used) => format!(
                "sign in with `kaggle auth login`, or make a token at https://www.kaggle.com/settings/api and `export KAGGLE_API_TOKEN=TOKEN`\n      looked at: {}",
                places(attempted)
            ),
            Self::Unauthenticated { attempted, .. } => format!(
                "make a new token at https://www.kaggle.com/settings/api (a new legacy key disables the old one)\n      looked at: {}",
                places(attempted)
            ),
            Self::Denied { dataset, user, attempted, .. } => format!(
                "open https://www.kaggle.com/datasets/{}/{} signed in{}, accept any terms, and check that it is public or shared with you\n      looked at: {}",
                dataset.owner,
                dataset.slug,
                user.as_ref().map_or_else(String::new, |user| format!(" as {user}")),
                places(attempted)
            ),
            Self::NotFound { dataset, .. } => format!(
                "check owner, name and version (upper and lower case count) at https://www.kaggle.com/datasets/{}/{}/versions",
                dataset.owner, dataset.slug
            ),
            Self::Busy { .. } => "wait some minutes, then run the same command again: it goes on from there".to_owned(),
            Self::Unexpected { .. } => "see whether https://www.kaggle.com works in a browser; behind a proxy, it may be the proxy that answers".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_credentials_are_not_called_refused() {
        let refused = |used| KaggleError::Unauthenticated {
            attempted: vec![AttemptedCredentials {
                place: "KAGGLE_API_TOKEN".to_owned(),
                used,
            }],
            message: Some("Unauthenticated".to_owned()),
        };
        assert_eq!(
            refused(true).to_string(),
            "Kaggle refused the credentials: Unauthenticated"
        );
        assert_eq!(
            refused(false).to_string(),
            "Kaggle wants credentials, and none were found: Unauthenticated"
        );
        let hint = refused(false).hint().unwrap_or_default();
        assert!(
            hint.starts_with("sign in with `kaggle auth login`"),
            "{hint}"
        );
    }
}
