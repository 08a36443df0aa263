//! Who we are at Kaggle: found where Kaggle's own command line looks, in its order.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::error::KaggleError;
use super::tried::Tried;

/// Credentials, or none: public datasets need none.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    kind: Option<Kind>,
    /// Where was looked, in order; the last is the one that is used, if any is.
    pub(super) tried: Vec<Tried>,
    /// What the user should know.
    pub(super) warnings: Vec<String>,
}

#[derive(Debug)]
enum Kind {
    Token(SecretString),
    Pair { user: String, key: SecretString },
}

/// Where variables and the home folder come from.
pub(super) struct Surroundings<'a> {
    pub(super) variable: &'a dyn Fn(&str) -> Option<OsString>,
    pub(super) home: Option<PathBuf>,
}

impl Surroundings<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let text = (self.variable)(name)?.into_string().ok()?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn folder(&self, name: &str) -> Option<PathBuf> {
        (self.variable)(name)
            .filter(|text| !text.is_empty())
            .map(PathBuf::from)
    }
}

impl Credentials {
    /// Looks for a token in `KAGGLE_API_TOKEN` and `~/.kaggle/access_token`, then for a user and key in `KAGGLE_USERNAME` and
    /// `KAGGLE_KEY`, and in `kaggle.json`. A file that is there and can't be read as what it should be is an error: to go on
    /// without it would end in a refusal that nobody understands.
    pub(super) fn find(surroundings: &Surroundings<'_>) -> Result<Self, KaggleError> {
        let mut found = Self::default();
        found.look_for_token(surroundings)?;
        if found.kind.is_none() {
            found.look_for_pair(surroundings)?;
        }
        Ok(found)
    }

    /// Signs a request.
    pub(super) fn sign(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.kind {
            None => request,
            Some(Kind::Token(token)) => request.bearer_auth(token.expose_secret()),
            Some(Kind::Pair { user, key }) => request.basic_auth(user, Some(key.expose_secret())),
        }
    }

    /// The user's name, where it is known.
    pub(super) fn user(&self) -> Option<&str> {
        match &self.kind {
            Some(Kind::Pair { user, .. }) => Some(user),
            _ => None,
        }
    }

    fn look_for_token(&mut self, surroundings: &Surroundings<'_>) -> Result<(), KaggleError> {
        const VARIABLE: &str = "KAGGLE_API_TOKEN";
        if let Some(value) = surroundings.text(VARIABLE) {
            // The variable has the token or names a file that has it. Nothing but a file is opened: an error would show the token.
            let path = Path::new(&value);
            let token = if path.is_file() {
                self.read(path)?.unwrap_or_default()
            } else {
                value
            };
            self.take(VARIABLE, Kind::Token(token.trim().into()));
            return Ok(());
        }
        self.miss(VARIABLE);
        let Some(home) = &surroundings.home else {
            return Ok(());
        };
        for name in ["access_token", "access_token.txt"] {
            let path = home.join(".kaggle").join(name);
            match self.read(&path)? {
                Some(text) if !text.trim().is_empty() => {
                    self.take(path.display(), Kind::Token(text.trim().into()));
                    return Ok(());
                }
                _ => self.miss(path.display()),
            }
        }
        Ok(())
    }

    /// Each half of the pair is taken from the environment, else from the file.
    fn look_for_pair(&mut self, surroundings: &Surroundings<'_>) -> Result<(), KaggleError> {
        const VARIABLES: &str = "KAGGLE_USERNAME and KAGGLE_KEY";
        let (user, key) = (
            surroundings.text("KAGGLE_USERNAME"),
            surroundings.text("KAGGLE_KEY"),
        );
        if let (Some(user), Some(key)) = (&user, &key) {
            let (user, key) = (user.clone(), key.as_str().into());
            self.take(VARIABLES, Kind::Pair { user, key });
            return Ok(());
        }
        self.miss(VARIABLES);
        let Some(path) = config_folder(surroundings).map(|folder| folder.join("kaggle.json"))
        else {
            return Ok(());
        };
        let Some(text) = self.read(&path)? else {
            self.miss(path.display());
            return Ok(());
        };
        let json: Value = serde_json::from_str(&text).map_err(|error| KaggleError::File {
            path: path.clone(),
            // Not serde's own words: they may quote the key.
            problem: format!("expected JSON, got something else at line {}", error.line()),
        })?;
        let half = |from_environment: Option<String>, name: &str| {
            from_environment
                .or_else(|| json[name].as_str().map(str::to_owned))
                .filter(|text| !text.is_empty())
                .ok_or_else(|| KaggleError::File {
                    path: path.clone(),
                    problem: format!("expected a text for `{name}`, found none"),
                })
        };
        let (user, key) = (half(user, "username")?, half(key, "key")?);
        self.take(
            path.display(),
            Kind::Pair {
                user,
                key: key.into(),
            },
        );
        Ok(())
    }

    /// The text of a file, if there is one.
    fn read(&mut self, path: &Path) -> Result<Option<String>, KaggleError> {
        let wrong = |problem: String| KaggleError::File {
            path: path.to_owned(),
            problem,
        };
        match fs::read(path) {
            Ok(bytes) => {
                self.warn_if_open(path);
                let text = String::from_utf8(bytes);
                text.map(Some)
                    .map_err(|_| wrong("expected text, got other bytes".to_owned()))
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(wrong(error.to_string())),
        }
    }

    #[cfg(unix)]
    fn warn_if_open(&mut self, path: &Path) {
        use std::os::unix::fs::PermissionsExt;
        let open = fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o044 != 0);
        if open {
            self.warnings.push(format!(
                "your Kaggle credentials are readable by other users of this system: `chmod 600 {}`",
                path.display()
            ));
        }
    }

    #[cfg(not(unix))]
    fn warn_if_open(&mut self, _: &Path) {}

    fn take(&mut self, place: impl fmt::Display, kind: Kind) {
        self.kind = Some(kind);
        self.tried.push(Tried {
            place: place.to_string(),
            used: true,
        });
    }

    fn miss(&mut self, place: impl fmt::Display) {
        self.tried.push(Tried {
            place: place.to_string(),
            used: false,
        });
    }
}

/// The folder of `kaggle.json`.
fn config_folder(surroundings: &Surroundings<'_>) -> Option<PathBuf> {
    if let Some(folder) = surroundings.folder("KAGGLE_CONFIG_DIR") {
        return Some(folder);
    }
    let home = surroundings.home.as_ref()?;
    let usual = home.join(".kaggle");
    if usual.exists() || !cfg!(target_os = "linux") {
        return Some(usual);
    }
    let config = surroundings
        .folder("XDG_CONFIG_HOME")
        .unwrap_or_else(|| home.join(".config"));
    Some(config.join("kaggle"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn neither_token_nor_key_is_shown() {
        for variables in [
            &[("KAGGLE_API_TOKEN", "secret-token")][..],
            &[
                ("KAGGLE_USERNAME", "somebody"),
                ("KAGGLE_KEY", "secret-key"),
            ],
        ] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(variable, _)| *variable == name);
                found.map(|(_, value)| OsString::from(value))
            };
            let found = Credentials::find(&Surroundings {
                variable: &variable,
                home: None,
            });
            let found = found.unwrap();
            assert!(found.tried.iter().any(|tried| tried.used));
            assert!(!format!("{found:?}").contains("secret-"), "{found:?}");
        }
    }
}
