//! One file on a server, read by ranges, and always the same file: what it was when it was opened is pinned.

mod address;
mod error;
mod file;
mod identity;
mod validator;

pub(super) use address::Address;
pub use error::RemoteError;
pub(super) use file::RemoteFile;
pub(super) use validator::{Hashes, Likeness, Validator};
