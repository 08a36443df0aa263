//! Requests to servers, as events of `tracing` for who listens (`ctlake -v`, `-vv`): what was asked, what came of it, and what is asked
//! again. Nothing secret is in them.

use std::fmt::Display;
use std::time::{Duration, Instant};

use tracing::{debug, trace};

/// The target of all events of this file.
pub const TARGET: &str = "ctlake::request";

/// A request under way.
#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    url: String,
    begun: Instant,
}

impl Request {
    /// A request that is sent now.
    #[must_use]
    pub fn begin(method: &str, url: &str) -> Self {
        Self {
            method: method.to_owned(),
            url: without_secrets(url),
            begun: Instant::now(),
        }
    }

    /// An answer came. One that the caller may expect is of a lower level than a refusal: 404 tells that nothing is there, 412 that
    /// something is.
    pub fn answered(&self, status: u16) {
        let Self { method, url, .. } = self;
        let milliseconds = self.milliseconds();
        if status < 400 || [404, 412].contains(&status) {
            trace!(target: TARGET, method, url, status, milliseconds);
        } else {
            debug!(target: TARGET, method, url, status, milliseconds);
        }
    }

    /// None came.
    pub fn failed(&self, error: &dyn Display) {
        let Self { method, url, .. } = self;
        let milliseconds = self.milliseconds();
        debug!(target: TARGET, method, url, %error, milliseconds);
    }

    fn milliseconds(&self) -> u64 {
        milliseconds(self.begun.elapsed())
    }
}

/// What failed will be asked again after `wait`.
pub fn again(error: &dyn Display, wait: Duration) {
    let milliseconds = milliseconds(wait);
    debug!(target: TARGET, again = true, %error, milliseconds);
}

/// A time as events have it.
#[must_use]
pub fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// `url` without what may be secret in it: a signed query, a user's name and password. Of a listing the prefix stays.
#[must_use]
pub fn without_secrets(url: &str) -> String {
    let open = url.split(['?', '#']).next().unwrap_or(url);
    match open.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host);
            let prefix = url
                .split_once('?')
                .and_then(|(_, query)| query.split('&').find(|pair| pair.starts_with("prefix=")))
                .map_or_else(String::new, |prefix| format!("?{prefix}"));
            format!("{scheme}://{host}{path}{prefix}")
        }
        None => open.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_is_not_shown() {
        for (url, shown) in [
            (
                "https://me:secret@example.com:8080/a/b.zip?X-Goog-Signature=abc#x@y",
                "https://example.com:8080/a/b.zip",
            ),
            ("https://example.com?token=abc", "https://example.com"),
            (
                "https://s3.example.com/lake?list-type=2&prefix=landing%2FCT-2A&X-Amz-Signature=abc",
                "https://s3.example.com/lake?prefix=landing%2FCT-2A",
            ),
            ("kaggle:hgunraj/covidxct@4", "kaggle:hgunraj/covidxct@4"),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
    }
}
