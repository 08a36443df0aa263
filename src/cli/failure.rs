//! An error on its way to the user: what happened, what to do, and the exit code.

use std::error::Error;
use std::io;

use super::exit_code::ExitCode;
use crate::hint::Hint;

/// The one error type of the command line.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Box<dyn Error + Send + Sync>,
    pub(super) hint: Option<String>,
    pub(super) code: ExitCode,
    /// Whoever read our output has gone: no error.
    pub(super) pipe_closed: bool,
}

impl Failure {
    /// A command line that can't be meant.
    pub(super) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            error: message.into().into(),
            hint: Some(hint.into()),
            code: ExitCode::Usage,
            pipe_closed: false,
        }
    }

    /// There is nothing to work on.
    pub(super) fn nothing(message: String, hint: String) -> Self {
        Self {
            error: message.into(),
            hint: Some(hint),
            code: ExitCode::Failed,
            pipe_closed: false,
        }
    }

    /// Reading or writing outside the lake failed.
    pub(super) fn from_io(error: io::Error) -> Self {
        Self {
            pipe_closed: error.kind() == io::ErrorKind::BrokenPipe,
            error: error.into(),
            hint: None,
            code: ExitCode::Failed,
        }
    }

    /// The same, naming the file.
    pub(super) fn file(action: &str, path: &std::path::Path, error: &io::Error) -> Self {
        Self {
            error: format!("cannot {action} `{}`: {error}", path.display()).into(),
            // No fault of the disk: the content is not one for such a file.
            hint: (error.kind() != io::ErrorKind::Other)
                .then(|| "check the path, its permissions and the free space: `df -h`".to_owned()),
            code: ExitCode::Failed,
            pipe_closed: false,
        }
    }

    /// Somebody asked to stop before anything was changed.
    pub(super) fn stopped() -> Self {
        Self {
            error: "stopped: nothing was changed".into(),
            hint: None,
            code: ExitCode::Interrupted,
            pipe_closed: false,
        }
    }

    pub(super) fn interrupted(self) -> Self {
        Self {
            code: ExitCode::Interrupted,
            ..self
        }
    }
}

impl<E: Hint + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            hint: error.hint(),
            code: if error.is_incomplete() {
                ExitCode::Incomplete
            } else if error.is_usage() {
                ExitCode::Usage
            } else {
                ExitCode::Failed
            },
            error: Box::new(error),
            pipe_closed: false,
        }
    }
}
