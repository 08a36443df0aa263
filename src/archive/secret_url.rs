//! A URL that may have secrets in it.

use std::fmt;
use std::ops::Deref;

use url::Url;

use crate::net::request::without_secrets;

/// A URL that is shown without what may be secret in it: a signed query, a user's name and password.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(Url);

impl From<Url> for SecretUrl {
    fn from(url: Url) -> Self {
        Self(url)
    }
}

impl Deref for SecretUrl {
    type Target = Url;

    fn deref(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_secrets(self.0.as_str()))
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
