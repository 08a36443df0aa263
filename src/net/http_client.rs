//! The HTTP client, and what is common to all that answers it.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use thiserror::Error;

use crate::hint::Hint;
use crate::trust::{self, Authorities, TrustError};

/// A server that can't be reached in this time is not there.
const CONNECT: Duration = Duration::from_secs(15);
/// A server may ask to be left alone for so long; who wants longer is taken for broken.
const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// A client that takes a connection for dead when nothing has come over it for `idle`.
///
/// It speaks HTTP/1.1: over HTTP/2 all ranges would share one connection, and so the bandwidth of one. It trusts the authorities
/// that Kaggle's own client, and curl, would be told to trust.
pub fn client(idle: Duration, redirects: Policy) -> Result<Client, HttpClientError> {
    let builder = ClientBuilder::new()
        .user_agent(concat!("ctlake/", env!("CARGO_PKG_VERSION")))
        .http1_only()
        .connect_timeout(CONNECT)
        .read_timeout(idle)
        .redirect(redirects)
        // It would have the query of a URL that redirects, which may be secret.
        .referer(false);
    let authorities = match Authorities::from_env(trust::OF_WEB)? {
        Some(authorities) => Some(authorities),
        None => Authorities::of_system()?,
    };
    let builder = match authorities {
        Some(authorities) => authorities.only(builder)?,
        None => builder,
    };
    Ok(builder.build()?)
}

/// No client can be made.
#[derive(Debug, Error)]
pub enum HttpClientError {
    /// The certificates that the user wants to be trusted can't be read.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// Nor those of the system, or it has none.
    #[error("cannot set up HTTP")]
    Client(#[from] reqwest::Error),
}

impl Hint for HttpClientError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Trust(error) => Some(error.hint()),
            Self::Client(_) => Some(
                "install the system's CA certificates: `apt-get install ca-certificates`"
                    .to_owned(),
            ),
        }
    }
}

/// How long a server asks to wait: seconds, also with a fraction, or a date.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        Err(_) => httpdate::parse_http_date(text)
            .ok()?
            .duration_since(now)
            .unwrap_or_default(),
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Mon, 29 Apr 2024 12:54:00 GMT").unwrap();
        for (text, expected) in [
            ("7", Some(7.0)),
            (" 0.25 ", Some(0.25)),
            ("Mon, 29 Apr 2024 12:54:09 GMT", Some(9.0)),
            ("Mon, 29 Apr 2024 12:53:00 GMT", Some(0.0)),
            ("999999", Some(600.0)),
            ("-1", None),
            ("nan", None),
            ("soon", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(
                retry_after(&headers, now),
                expected.map(Duration::from_secs_f64),
                "{text}"
            );
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
