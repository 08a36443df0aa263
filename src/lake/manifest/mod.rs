//! The manifest: what was ingested, file by file, so that no listing of images is needed to know what is there.
//!
//! It is a set of immutable objects below `_ctlake/manifest/<release>/`, each zstd-compressed JSON lines with its own digest in
//! its name. A **plan** says what a source has, a **part** what was stored (or was found damaged and is withdrawn), and a
//! **sealed** manifest stands for all the objects that it covers. What is there and what is missing follows from them alone
//! ([`Manifest::replay`]), so no worker has to be the last.

mod entry;
mod object;
mod state;
mod store;

pub use entry::{Expected, Line, ManifestEntry};
pub use object::{Content, ManifestObject, ObjectName};
pub use state::Manifest;
pub use store::{add, exists, read, seal};
