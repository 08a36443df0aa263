//! Whether a disk is large enough.

use std::path::Path;

/// Fails early if the disk of `folder` is too small for `needed` bytes: `too_small` makes the error, of the bytes that are free.
pub fn check<E>(folder: &Path, needed: u64, too_small: impl FnOnce(u64) -> E) -> Result<(), E> {
    match fs4::available_space(folder) {
        Ok(free) if free < needed => Err(too_small(free)),
        // Where the system can't tell, the disk will.
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(check(folder.path(), 0, |free| free), Ok(()));
        let free = check(folder.path(), u64::MAX, |free| free).expect_err("no disk is so large");
        assert!(free < u64::MAX);
        assert_eq!(
            check(&folder.path().join("gone"), u64::MAX, |free| free),
            Ok(())
        );
    }
}
