//! Who calls the API, and what there is to prove it with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hyper::header::HeaderValue;

use super::refusal::{Refusal, UNAUTHENTICATED};

pub(crate) const USERNAME: &str = "tester";
pub(crate) const KEY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
pub(crate) const TOKEN: &str = "KGAT_secret-token-of-the-tests";
/// The token of somebody who may not see what is private.
pub(crate) const STRANGERS_TOKEN: &str = "KGAT_secret-token-of-a-stranger";

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
    pub(crate) fn of(authorization: Option<&HeaderValue>) -> Result<Self, Refusal> {
        let Some(authorization) = authorization else {
            return Ok(Self::Anonymous);
        };
        let authorization = authorization.to_str().map_err(|_| UNAUTHENTICATED)?;
        match authorization.split_once(' ') {
            Some(("Bearer", token)) => Self::of_token(token).ok_or(UNAUTHENTICATED),
            Some(("Basic", pair)) if pair == basic() => Ok(Self::Tester),
            _ => Err(UNAUTHENTICATED),
        }
    }

    pub(crate) fn of_token(token: &str) -> Option<Self> {
        match token {
            TOKEN => Some(Self::Tester),
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
