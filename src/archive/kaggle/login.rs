//! A sign-in by `kaggle auth login`: a token that lasts for hours, and one with which the next is got.
//!
//! Kaggle's own client keeps both in `~/.kaggle/credentials.json`, and writes each new token there. So does this one, since both use
//! the file; but it puts a whole file in the place of the old one, which another process may be reading.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::text_file::{text, trimmed};
use crate::transfer::staged;

/// A token that ends within this time is not used any more: a call may take as long.
const BEFORE_EXPIRY: TimeDelta = TimeDelta::minutes(1);
/// How long Kaggle's own client wants its tokens to last.
const LIFETIME: &str = "43200s";

/// What the file says.
#[derive(Debug)]
pub(super) struct Login {
    pub(super) path: PathBuf,
    pub(super) user: Option<String>,
    refresh: SecretString,
    access: Mutex<Access>,
}

/// The token to use now.
#[derive(Debug)]
struct Access {
    token: Option<Arc<SecretString>>,
    /// Unknown where the file's text is no date.
    ends: Option<DateTime<Utc>>,
}

/// A token as Kaggle gives it.
pub(super) struct NewToken {
    pub(super) token: SecretString,
    pub(super) seconds: i64,
}

impl Login {
    /// From the file's content; `None` where nobody is signed in.
    pub(super) fn parse(path: &Path, json: &Value) -> Option<Self> {
        let text = |name: &str| {
            let text = json[name].as_str().map(trimmed);
            text.filter(|text| !text.is_empty())
        };
        let ends = text("access_token_expiration").and_then(|time| time.parse().ok());
        Some(Self {
            path: path.to_owned(),
            user: text("username").map(str::to_owned),
            refresh: text("refresh_token")?.into(),
            access: Mutex::new(Access {
                token: text("access_token").map(|token| Arc::new(token.into())),
                ends,
            }),
        })
    }

    /// The token to use, and a new one where it has expired or is `refused`: then `ask` is called with the request's body.
    pub(super) async fn token<E>(
        &self,
        refused: Option<&SecretString>,
        ask: impl AsyncFnOnce(Value) -> Result<NewToken, E>,
    ) -> Result<Arc<SecretString>, E> {
        // Held while Kaggle is asked, so that many calls ask once.
        let mut access = self.access.lock().await;
        let usable = access.token.as_ref().filter(|token| {
            let lasts = access
                .ends
                .is_some_and(|end| end > Utc::now() + BEFORE_EXPIRY);
            let is_refused =
                refused.is_some_and(|refused| refused.expose_secret() == token.expose_secret());
            lasts && !is_refused
        });
        if let Some(token) = usable {
            return Ok(Arc::clone(token));
        }
        let new = ask(json!({
            "refreshToken": self.refresh.expose_secret(),
            "apiVersion": "API_VERSION_V1",
            "expirationDuration": LIFETIME,
        }))
        .await?;
        let token = Arc::new(new.token);
        let ends = Utc::now() + TimeDelta::try_seconds(new.seconds).unwrap_or_default();
        // A home that can't be written to costs a request in each run.
        let _ = self.save(&token, ends);
        *access = Access {
            token: Some(Arc::clone(&token)),
            ends: Some(ends),
        };
        Ok(token)
    }

    /// Writes a new token into the file; what else is in it stays.
    fn save(&self, token: &SecretString, ends: DateTime<Utc>) -> io::Result<()> {
        // The file itself, where its name is a link.
        let path = fs::canonicalize(&self.path)?;
        let mut json: Value = serde_json::from_slice(text(&fs::read(&path)?)?.as_bytes())?;
        // Somebody else may have signed in since.
        if json["refresh_token"].as_str().map(trimmed) != Some(self.refresh.expose_secret()) {
            return Ok(());
        }
        json["access_token"] = token.expose_secret().into();
        // As Python writes a time, which has to read it.
        json["access_token_expiration"] = ends.to_rfc3339_opts(SecondsFormat::Micros, false).into();
        replace(&path, &serde_json::to_vec_pretty(&json)?)
    }
}

/// Puts `content` in the place of the file at `path`, whole or not at all, for nobody else to read.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let name = format!("credentials.json.{:016x}", rand::random::<u64>());
    let new = path.with_file_name(name);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    staged::replace(&new, path, |new| {
        let mut file = options.open(new)?;
        file.write_all(content)?;
        file.sync_all()
    })
}
