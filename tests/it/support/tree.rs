//! A folder as a map, to compare before and after.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Path below the folder to what is there: `folder`, or the hex digest of a file.
pub(crate) type Tree = BTreeMap<String, String>;

/// Everything below `folder`; nothing when it is not there.
pub(crate) fn tree(folder: &Path) -> Tree {
    let mut found = Tree::new();
    if folder.exists() {
        walk(folder, "", &mut found);
    }
    found
}

fn walk(folder: &Path, prefix: &str, found: &mut Tree) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let path = format!("{prefix}{}", entry.file_name().display());
        if entry.file_type().expect("a type").is_dir() {
            walk(&entry.path(), &format!("{path}/"), found);
            found.insert(path, "folder".to_owned());
        } else {
            let content = fs::read(entry.path()).expect("a file");
            found.insert(path, hex::encode(Sha256::digest(content)));
        }
    }
}

/// The files of a snapshot: path below its folders without its name, to digest; `snapshot_info` left out.
pub(crate) fn snapshot_files(lake: &Path, snapshot: &str) -> Tree {
    tree(&lake.join("curated"))
        .into_iter()
        .filter(|(path, digest)| {
            digest != "folder" && path.contains(snapshot) && !path.starts_with("snapshot_info/")
        })
        .map(|(path, digest)| (path.replace(snapshot, "[SNAPSHOT]"), digest))
        .collect()
}

/// The names of all files below a folder, one a line.
pub(crate) fn listing(folder: &Path) -> String {
    let files = tree(folder).into_iter();
    files
        .filter(|(_, digest)| digest != "folder")
        .map(|(path, _)| path + "\n")
        .collect()
}
