//! Who calls the API, and what there is to prove it with.
//!
//! A sign-in (`kaggle auth login`) has a refresh token that lasts, and access tokens that it is exchanged for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hyper::header::HeaderValue;
use serde_json::{Value, json};

use super::refusal::{Refusal, UNAUTHENTICATED};

pub(crate) const USERNAME: &str = "tester";
pub(crate) const KEY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
pub(crate) const TOKEN: &str = "KGAT_secret-token-of-the-tests";
/// The token of somebody who may not see what is private.
pub(crate) const STRANGERS_TOKEN: &str = "KGAT_secret-token-of-a-stranger";

/// The refresh token of the tester's sign-in.
pub(crate) const REFRESH_TOKEN: &str = "KGRT_secret-refresh-token-of-the-tests";
/// How every access token of a sign-in begins.
pub(crate) const ACCESS_TOKEN: &str = "KGST_secret-access-token-";

/// The tester's sign-in.
#[derive(Debug, Default)]
pub(crate) struct SignIn {
    /// Access tokens that were ever given: their numbers.
    given: u32,
    /// The one that is good; none after [`Self::expire`].
    good: Option<u32>,
    /// The refresh token is good for nothing any more.
    revoked: bool,
}

impl SignIn {
    /// What the client asked for, and what it gets: a token that lasts `seconds`.
    pub(crate) fn exchange(&mut self, refresh_token: &str, seconds: u64) -> Result<Value, Refusal> {
        if refresh_token != REFRESH_TOKEN || self.revoked {
            return Err(UNAUTHENTICATED);
        }
        let token = self.give();
        Ok(json!({"token": token, "expiresIn": seconds, "userName": USERNAME, "userId": 7}))
    }

    /// A new access token, the only good one.
    pub(crate) fn give(&mut self) -> String {
        self.given += 1;
        self.good = Some(self.given);
        format!("{ACCESS_TOKEN}{}", self.given)
    }

    /// No access token is good, whatever its date.
    pub(crate) fn expire(&mut self) {
        self.good = None;
    }

    pub(crate) fn revoke(&mut self) {
        self.expire();
        self.revoked = true;
    }

    fn knows(&self, token: &str) -> bool {
        let number = token.strip_prefix(ACCESS_TOKEN);
        number.is_some_and(|number| number.parse() == Ok(self.good.unwrap_or_default()))
    }
}

/// Who may download the dataset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Access {
    #[default]
    Public,
    Private,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    Anonymous,
    Tester,
    Stranger,
}

impl Caller {
    /// Whoever these credentials are of.
    pub(crate) fn of(
        authorization: Option<&HeaderValue>,
        sign_in: &SignIn,
    ) -> Result<Self, Refusal> {
        let Some(authorization) = authorization else {
            return Ok(Self::Anonymous);
        };
        let authorization = authorization.to_str().map_err(|_| UNAUTHENTICATED)?;
        match authorization.split_once(' ') {
            Some(("Bearer", token)) => Self::of_token(token, sign_in).ok_or(UNAUTHENTICATED),
            Some(("Basic", pair)) if pair == basic() => Ok(Self::Tester),
            _ => Err(UNAUTHENTICATED),
        }
    }

    pub(crate) fn of_token(token: &str, sign_in: &SignIn) -> Option<Self> {
        match token {
            TOKEN => Some(Self::Tester),
            token if sign_in.knows(token) => Some(Self::Tester),
            STRANGERS_TOKEN => Some(Self::Stranger),
            _ => None,
        }
    }

    pub(crate) fn may_read(self, access: Access) -> bool {
        access == Access::Public || self == Self::Tester
    }
}

/// Username and key as they travel.
pub(crate) fn basic() -> String {
    BASE64.encode(format!("{USERNAME}:{KEY}"))
}
