//! Names below the lake that ctlake could not have written: listings pass over them and can report them.

use std::fmt::Write;
use std::io;
use std::sync::Arc;

use object_store::path::Path;

use super::error::LakeError;

/// An object, a file or a folder whose name is no key of ours, or a folder that can't be opened.
#[derive(Debug, Clone)]
pub struct Stray {
    /// Its name below the lake's root as the store has it, which need not be text.
    name: Vec<u8>,
    /// Its size; 0 for a folder.
    pub bytes: u64,
    /// What it is.
    pub kind: StrayKind,
}

/// What a stray is.
#[derive(Debug, Clone)]
pub enum StrayKind {
    /// An object or a file.
    File,
    /// An empty object whose key ends in `/`: consoles and file browsers show it as a folder.
    Marker,
    /// A folder, and whatever is in it.
    Folder,
    /// A folder with nothing in it.
    EmptyFolder,
    /// A symbolic link to a folder that holds nothing of ours, round in circles, or to nowhere.
    Link,
    /// A folder that can't be opened: what is in it is unknown.
    Closed(Arc<io::Error>),
}

impl Stray {
    pub(super) fn new(name: impl Into<Vec<u8>>, bytes: u64, kind: StrayKind) -> Self {
        Self {
            name: name.into(),
            bytes,
            kind,
        }
    }

    /// Its name below the lake's root as the store has it.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Whether it is a folder: one listing doesn't tell what is in it.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        matches!(
            self.kind,
            StrayKind::Folder | StrayKind::EmptyFolder | StrayKind::Closed(_)
        )
    }

    /// An error when it hides what is below it and `is_ours` says that it may hide something of ours: a file that can't be
    /// listed is not a file that is missing.
    pub fn check_open(&self, is_ours: impl FnOnce(&str) -> bool) -> Result<(), LakeError> {
        let StrayKind::Closed(source) = &self.kind else {
            return Ok(());
        };
        if !is_ours(&String::from_utf8_lossy(&self.name)) {
            return Ok(());
        }
        Err(LakeError::Store {
            action: "list",
            path: shown(&self.name),
            source: object_store::Error::PermissionDenied {
                path: shown(&self.name),
                source: Box::new(Arc::clone(source)),
            },
        })
    }

    /// The same of a link that can't be followed: the disk that it leads to may not be mounted.
    pub fn check_link(&self, is_ours: impl FnOnce(&str) -> bool) -> Result<(), LakeError> {
        if !matches!(self.kind, StrayKind::Link) || !is_ours(&String::from_utf8_lossy(&self.name)) {
            return Ok(());
        }
        Err(LakeError::BrokenLink(shown(&self.name)))
    }
}

/// The key that a store's own name for an object is, if ctlake could have written it: no empty segment, no `.` or `..`, no control
/// character, no `/` at an end.
pub(super) fn key(name: &str) -> Option<Path> {
    // The parser drops a `/` at either end: `a/` would be taken for the object `a`.
    Path::parse(name).ok().filter(|key| key.as_ref() == name)
}

/// A name as a line of text can show it: what is no text and what would move the cursor is escaped.
#[must_use]
pub fn shown(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if letter.is_control() {
                text.extend(letter.escape_default());
            } else {
                text.push(letter);
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// A name as a word of a shell's command line. What a pair of quotes can't hold stands in `$'…'`, which bash, zsh and ksh know.
#[must_use]
pub fn shell_word(name: &[u8]) -> String {
    let text = str::from_utf8(name).ok();
    let text = text.filter(|text| !text.chars().any(char::is_control));
    if let Some(text) = text {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut word = "$'".to_owned();
    for &byte in name {
        match byte {
            b'\'' | b'\\' => {
                word.push('\\');
                word.push(byte.into());
            }
            b' '..=b'~' => word.push(byte.into()),
            _ => {
                // Octal: three digits end by themselves, whatever follows.
                let _ = write!(word, "\\{byte:03o}");
            }
        }
    }
    word + "'"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_could_have_been_written_is_a_key() {
        for name in ["a", "a/b.png", "a b/ä=ö", "%2F/#1", "a/..b"] {
            assert_eq!(key(name).as_ref().map(AsRef::as_ref), Some(name));
        }
        for name in [
            "/a", "a/", "a//b", "/", "//", "a/./b", "a/..", "a\nb", "a/\u{7f}", "\u{1}",
        ] {
            assert_eq!(key(name), None, "{name:?}");
        }
    }

    #[test]
    fn names_are_shown_on_one_line_and_quoted_for_the_shell() {
        for (name, text, word) in [
            (&b"a b"[..], "a b", "'a b'"),
            (b"it's", "it's", r"'it'\''s'"),
            ("ä//b/".as_bytes(), "ä//b/", "'ä//b/'"),
            (b"a\n\x1b[2J", r"a\n\u{1b}[2J", r"$'a\012\033[2J'"),
            (b"\xff'\\1", r"\xff'\1", r"$'\377\'\\1'"),
            ("\u{9b}".as_bytes(), r"\u{9b}", r"$'\302\233'"),
        ] {
            assert_eq!(shown(name), text);
            assert_eq!(shell_word(name), word);
        }
    }
}
