//! Backslashes in names that should have slashes. Pure.
//!
//! Where a system has backslashes between folders, its programs may write them into names, and others unpack such a name as that
//! of one file. Read as slashes the names are those that were meant, unless another file has one of them.

use std::collections::{HashMap, HashSet};

/// Which of `candidates`, paths that had backslashes, can be taken beside `others`: those that no other file has, that lie below
/// no file and are no folder of one.
pub(super) fn without_clash<'a>(
    candidates: &'a [String],
    others: impl Iterator<Item = &'a str>,
) -> Vec<bool> {
    let mut files: HashMap<&str, u32> = HashMap::new();
    let mut parents: HashSet<&str> = HashSet::new();
    for path in candidates.iter().map(String::as_str).chain(others) {
        *files.entry(path).or_default() += 1;
        parents.extend(folders(path));
    }
    let is_free = |path: &String| {
        files.get(path.as_str()) == Some(&1)
            && !parents.contains(path.as_str())
            && !folders(path).any(|folder| files.contains_key(folder))
    };
    candidates.iter().map(is_free).collect()
}

/// The folders above a path.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// What there is to say of names that were read so.
pub(super) const WARNING: &str = "have backslashes between folders, read as slashes";

#[cfg(test)]
mod tests {
    use super::without_clash;

    #[test]
    fn a_name_that_another_file_has_is_not_taken() {
        let candidates = [
            "2A_images/a.png",
            "2A_images/b.png",
            "c/d",
            "x",
            "twice",
            "twice",
            "new/e",
            "new/e/f",
        ]
        .map(str::to_owned);
        let others = ["2A_images/a.png", "c", "x/y.png"];
        assert_eq!(
            without_clash(&candidates, others.into_iter()),
            [false, true, false, false, false, false, false, false]
        );
    }
}
