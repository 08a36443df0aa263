//! What to do about an error, said beside it and rendered once.

/// An error that knows a remedy.
///
/// `Display` says what happened, where, what was expected and what was found; the hint says what to type or which place to
/// edit. They are kept apart so that the terminal, JSON output and a calling program can each show them their own way.
pub trait Hint: std::error::Error {
    /// A command to run or a place to edit, without the word "hint".
    fn hint(&self) -> Option<String> {
        None
    }

    /// Whether the same command, run again, goes on where this one ended.
    fn is_incomplete(&self) -> bool {
        false
    }

    /// Whether the request itself can't be meant, whatever the lake holds.
    fn is_usage(&self) -> bool {
        false
    }
}
