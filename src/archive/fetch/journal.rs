//! What has arrived of a download, line by line.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::FetchError;
use crate::archive::remote::{Likeness, Validator};

/// The journal beside a part: one line about the archive, then one for each piece that has been written. It is only added to, so
/// a process that dies leaves at worst a last line that is cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Journal {
    head: Head,
    /// In their order, from the first byte on.
    pub(super) pieces: Vec<Piece>,
}

/// Which archive it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    /// With its version.
    source: String,
    content: Validator,
    /// The digest of its last bytes, by which it is known under another `ETag` or date.
    #[serde(default)]
    tail: Option<u64>,
}

/// Bytes that have been written, from the end of the piece before on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Piece {
    /// Behind its last byte.
    pub(super) end: u64,
    /// Of its bytes.
    pub(super) crc32c: u32,
    /// Whether the server had given the archive more than one name before it came.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) ambiguous: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Journal {
    pub(super) fn new(source: &str, content: &Validator, tail: u64) -> Self {
        Self {
            head: Head {
                source: source.to_owned(),
                content: content.clone(),
                tail: Some(tail),
            },
            pieces: Vec::new(),
        }
    }

    /// The journal at `path`, if there is one that can be read.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, FetchError> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::InvalidData
                ) =>
            {
                Ok(None)
            }
            Err(source) => Err(FetchError::file("read", path, source)),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let head = serde_json::from_str(lines.next()?).ok()?;
        let mut journal = Self {
            head,
            pieces: Vec::new(),
        };
        for piece in lines.map_while(|line| serde_json::from_str::<Piece>(line).ok()) {
            if piece.end <= journal.end() || piece.end > journal.head.content.bytes {
                break;
            }
            journal.pieces.push(piece);
        }
        Some(journal)
    }

    /// Bytes that have been written.
    pub(super) fn end(&self) -> u64 {
        self.pieces.last().map_or(0, |piece| piece.end)
    }

    /// Why it is not about this content of this source, if that is so. `tail` is the digest of the content's last bytes.
    pub(super) fn refusal(&self, source: &str, content: &Validator, tail: u64) -> Option<String> {
        let Head {
            source: ours,
            content: before,
            tail: tail_before,
        } = &self.head;
        let is_same = match before.compare(content) {
            Likeness::Same => true,
            Likeness::Other => false,
            Likeness::Unclear => *tail_before == Some(tail),
        };
        if ours != source {
            Some(format!("it is of `{ours}`"))
        } else if !is_same {
            Some("the archive has changed since".to_owned())
        } else {
            None
        }
    }

    /// Whether its pieces, with more to come of `content`, may be of several contents for all that the server says.
    pub(super) fn is_ambiguous(&self, content: &Validator) -> bool {
        let before = &self.head.content;
        self.pieces.iter().any(|piece| piece.ambiguous)
            || !self.pieces.is_empty() && before.compare(content) != Likeness::Same
    }

    /// All of it.
    pub(super) fn text(&self) -> String {
        let pieces: String = self.pieces.iter().map(Piece::line).collect();
        line(&self.head) + &pieces
    }
}

impl Piece {
    pub(super) fn line(&self) -> String {
        line(self)
    }
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data serialises") + "\n"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_can_be_read_counts_up_to_the_first_fault() {
        let head = r#"{"source":"s","content":{"bytes":100,"etag":null,"generation":null,"last_modified":null,"hashes":{"crc32c":null,"md5":null}}}"#;
        let pieces = [r#"{"end":40,"crc32c":1}"#, r#"{"end":80,"crc32c":2}"#];
        let read = |lines: &[&str]| Journal::parse(&([&[head][..], lines].concat().join("\n")));
        let whole = read(&pieces).unwrap();
        assert_eq!((whole.pieces.len(), whole.end()), (2, 80));
        assert_eq!(Journal::parse(&whole.text()), Some(whole));
        for last in [
            r#"{"end":90,"crc3"#,
            r#"{"end":80,"crc32c":3}"#,
            r#"{"end":10,"crc32c":3}"#,
            r#"{"end":101,"crc32c":3}"#,
        ] {
            let journal = read(&[pieces[0], pieces[1], last]).unwrap();
            assert_eq!(journal.end(), 80, "{last}");
        }
        let several = read(&[pieces[0], r#"{"end":80,"crc32c":2,"ambiguous":true}"#]).unwrap();
        assert_eq!(Journal::parse(&several.text()), Some(several));
        assert_eq!(Journal::parse(&head[..50]), None);
        assert_eq!(Journal::parse(""), None);
    }
}
