//! What `--version` says: which sources the program was built from, and how. `build.rs` finds it out.

/// For `-V`: one line.
pub(super) const SHORT: &str = env!("CTLAKE_BUILT_VERSION");

/// For `--version`: what a report of a fault needs.
pub(super) const LONG: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\ncommit:   ",
    env!("CTLAKE_BUILT_COMMIT"),
    "\nfeatures: ",
    env!("CTLAKE_BUILT_FEATURES"),
    "\ntarget:   ",
    env!("CTLAKE_BUILT_TARGET"),
);
