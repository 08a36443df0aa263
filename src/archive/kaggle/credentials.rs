//! Who we are at Kaggle: found where Kaggle's own command line looks, in its order.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde_json::Value;

use super::attempted_credentials::AttemptedCredentials;
use super::error::KaggleError;
use super::login::Login;
use super::text_file::{text, trimmed};

/// Credentials, or none: public datasets need none.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    pub(super) kind: Option<Kind>,
    /// Where was looked, in order; the last is the one that is used, if any is.
    pub(super) attempted: Vec<AttemptedCredentials>,
    /// What the user should know.
    pub(super) warnings: Vec<String>,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// A token that lasts.
    Token(SecretString),
    Pair {
        user: String,
        key: SecretString,
    },
    /// Of `kaggle auth login`.
    Login(Login),
}

/// Where variables and the home folder come from.
pub(super) struct Surroundings<'a> {
    pub(super) variable: &'a dyn Fn(&str) -> Option<OsString>,
    pub(super) home: Option<PathBuf>,
}

impl Surroundings<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let text = (self.variable)(name)?.into_string().ok()?;
        let text = trimmed(&text);
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
    /// `KAGGLE_KEY`, and in `kaggle.json`, then for a sign-in in `~/.kaggle/credentials.json`. A file that is there and can't be read as what it should be is an error: to go on
    /// without it would end in a refusal that nobody understands.
    pub(super) fn find(surroundings: &Surroundings<'_>) -> Result<Self, KaggleError> {
        let mut found = Self::default();
        found.look_for_token(surroundings)?;
        if found.kind.is_none() {
            found.look_for_pair(surroundings)?;
        }
        if found.kind.is_none() {
            found.look_for_login(surroundings)?;
        }
        Ok(found)
    }

    /// The user's name, where it is known.
    pub(super) fn user(&self) -> Option<&str> {
        match &self.kind {
            Some(Kind::Pair { user, .. }) => Some(user),
            Some(Kind::Login(login)) => login.user.as_deref(),
            Some(Kind::Token(_)) | None => None,
        }
    }

    fn look_for_token(&mut self, surroundings: &Surroundings<'_>) -> Result<(), KaggleError> {
        const VARIABLE: &str = "KAGGLE_API_TOKEN";
        if let Some(value) = surroundings.text(VARIABLE) {
            // The variable has the token or names a file that has it. Nothing but a file is opened: an error would show the token.
            let path = Path::new(&value);
            let token = if path.is_file() {
                token(&self.read(path)?.unwrap_or_default()).map_err(|problem| {
                    KaggleError::File {
                        path: path.to_owned(),
                        problem,
                    }
                })?
            } else {
                token(&value).map_err(|problem| KaggleError::Variable {
                    name: VARIABLE,
                    problem,
                })?
            };
            self.take(VARIABLE, Kind::Token(token));
            return Ok(());
        }
        self.miss(VARIABLE);
        let Some(home) = &surroundings.home else {
            return Ok(());
        };
        for name in ["access_token", "access_token.txt"] {
            let path = home.join(".kaggle").join(name);
            let Some(text) = self.read(&path)? else {
                self.miss(path.display());
                continue;
            };
            let token = token(&text).map_err(|problem| KaggleError::File {
                path: path.clone(),
                problem,
            })?;
            self.take(path.display(), Kind::Token(token));
            return Ok(());
        }
        Ok(())
    }

    /// What `kaggle auth login` has left.
    fn look_for_login(&mut self, surroundings: &Surroundings<'_>) -> Result<(), KaggleError> {
        let Some(home) = &surroundings.home else {
            return Ok(());
        };
        let path = home.join(".kaggle").join("credentials.json");
        let json = self.read_json(&path)?;
        match json.and_then(|json| Login::parse(&path, &json)) {
            Some(login) => self.take(path.display(), Kind::Login(login)),
            None => self.miss(path.display()),
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
        let Some(json) = self.read_json(&path)? else {
            self.miss(path.display());
            return Ok(());
        };
        let half = |from_environment: Option<String>, name: &str| {
            from_environment
                .or_else(|| json[name].as_str().map(|text| trimmed(text).to_owned()))
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

    /// The JSON of a file, if there is anything in it.
    fn read_json(&mut self, path: &Path) -> Result<Option<Value>, KaggleError> {
        let Some(text) = self.read(path)? else {
            return Ok(None);
        };
        let json = serde_json::from_str(&text).map_err(|error| KaggleError::File {
            path: path.to_owned(),
            // Not serde's own words: they may quote a secret.
            problem: format!("expected JSON, got something else at line {}", error.line()),
        })?;
        Ok(Some(json))
    }

    /// The text of a file, if there is anything in it.
    fn read(&mut self, path: &Path) -> Result<Option<String>, KaggleError> {
        let wrong = |error: io::Error| KaggleError::File {
            path: path.to_owned(),
            problem: error.to_string(),
        };
        match fs::read(path) {
            Ok(bytes) => {
                let text = text(&bytes).map_err(wrong)?;
                if text.is_empty() {
                    return Ok(None);
                }
                self.warn_if_open(path);
                Ok(Some(text))
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(wrong(error)),
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
        self.attempted.push(AttemptedCredentials {
            place: place.to_string(),
            used: true,
        });
    }

    fn miss(&mut self, place: impl fmt::Display) {
        self.attempted.push(AttemptedCredentials {
            place: place.to_string(),
            used: false,
        });
    }
}

/// A token, which stands in a header: the error says what is wrong with it, without showing it.
fn token(text: &str) -> Result<SecretString, String> {
    let text = trimmed(text);
    if text.is_empty() {
        return Err("expected a token, found none".to_owned());
    }
    match text.chars().position(|letter| !letter.is_ascii_graphic()) {
        None => Ok(text.into()),
        Some(_) if text.contains(char::is_whitespace) => {
            Err("expected one token, got several words or lines".to_owned())
        }
        Some(at) => Err(format!(
            "expected a token of ASCII letters and signs, got another letter at place {}",
            at + 1
        )),
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

    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_token_that_no_header_can_hold_is_refused_without_showing_it() {
        for text in ["KGAT_1\nKGAT_2", "KGAT 1", "KGAT_\u{e4}", "", "KGAT_\u{1}"] {
            let problem = token(text).unwrap_err();
            assert!(!problem.contains("KGAT"), "{problem}");
        }
        token("\u{feff}KGAT_1 \r\n").unwrap();
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_user_or_key() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".kaggle");
        fs::create_dir(&folder).unwrap();
        let json = "{\"username\": \"\u{feff}somebody \", \"key\": \"\u{feff}key\"}";
        fs::write(folder.join("kaggle.json"), json).unwrap();
        let marked = [
            ("KAGGLE_USERNAME", "\u{feff}somebody"),
            ("KAGGLE_KEY", " \u{feff}key\n"),
        ];
        for variables in [&marked[..], &[]] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(variable, _)| *variable == name);
                found.map(|(_, value)| OsString::from(value))
            };
            let found = Credentials::find(&Surroundings {
                variable: &variable,
                home: Some(home.path().to_owned()),
            });
            let Some(Kind::Pair { user, key }) = found.unwrap().kind else {
                panic!("expected a pair");
            };
            assert_eq!((user.as_str(), key.expose_secret()), ("somebody", "key"));
        }
    }

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
            assert!(found.attempted.iter().any(|attempted| attempted.used));
            assert!(!format!("{found:?}").contains("secret-"), "{found:?}");
        }
    }
}
