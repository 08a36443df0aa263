//! How a command ended, for scripts.

use std::process::ExitCode as ProcessExitCode;

/// The program's exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExitCode {
    /// Done, or nothing to do.
    Done = 0,
    /// Failed; nothing half-published.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Some of it is done; running the command again goes on.
    Incomplete = 3,
    /// Stopped by Ctrl-C or SIGTERM.
    Interrupted = 130,
}

impl From<ExitCode> for ProcessExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
