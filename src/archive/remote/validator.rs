//! What tells one content of a URL from another.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::RequestBuilder;
use reqwest::header::{
    CONTENT_RANGE, ETAG, HeaderMap, IF_MATCH, IF_UNMODIFIED_SINCE, LAST_MODIFIED,
};
use serde::{Deserialize, Serialize};

const GENERATION: &str = "x-goog-generation";
const HASH: &str = "x-goog-hash";

/// What a server says of a file's content, whichever range of it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::archive) struct Validator {
    /// Size of the whole file.
    pub(in crate::archive) bytes: u64,
    etag: Option<String>,
    /// Google Cloud Storage's number of the content.
    generation: Option<String>,
    last_modified: Option<String>,
    /// Of the whole file, also beside a part of it.
    pub(in crate::archive) hashes: Hashes,
}

/// What two answers have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) enum Likeness {
    /// They are about the same content.
    Same,
    /// They are not.
    Other,
    /// They give it other tags or dates: another content has these, and so has the same on another machine.
    Unclear,
}

/// Digests of a whole file; Google Cloud Storage gives the first always and the second for most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::archive) struct Hashes {
    pub(in crate::archive) crc32c: Option<u32>,
    pub(in crate::archive) md5: Option<[u8; 16]>,
}

/// `Content-Range: bytes 5-9/100`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ContentRange {
    pub(super) start: u64,
    /// Behind the last byte.
    pub(super) end: u64,
    /// Of the whole file.
    pub(super) bytes: u64,
}

impl ContentRange {
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(CONTENT_RANGE)?.to_str().ok()?;
        let (range, bytes) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let range = Self {
            start: first.trim().parse().ok()?,
            end: last.trim().parse::<u64>().ok()?.checked_add(1)?,
            bytes: bytes.trim().parse().ok()?,
        };
        (range.start < range.end && range.end <= range.bytes).then_some(range)
    }
}

impl Validator {
    /// Of an answer with that size of the whole file.
    pub(super) fn of(headers: &HeaderMap, bytes: u64) -> Self {
        let text = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
        Self {
            bytes,
            etag: text(ETAG.as_str()),
            generation: text(GENERATION),
            last_modified: text(LAST_MODIFIED.as_str()),
            hashes: Hashes::of(headers),
        }
    }

    /// Whether an answer is about the same content. What one of the two doesn't say, tells nothing.
    pub(in crate::archive) fn compare(&self, other: &Self) -> Likeness {
        fn agree<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.is_none() || other.is_none() || one == other
        }
        let (ours, theirs) = (&self.hashes, &other.hashes);
        if self.bytes != other.bytes
            || !agree(ours.crc32c.as_ref(), theirs.crc32c.as_ref())
            || !agree(ours.md5.as_ref(), theirs.md5.as_ref())
        {
            return Likeness::Other;
        }
        let same_name = agree(self.etag.as_ref(), other.etag.as_ref())
            && agree(self.generation.as_ref(), other.generation.as_ref())
            && agree(self.last_modified.as_ref(), other.last_modified.as_ref());
        let same_digest = ours.crc32c.is_some() && theirs.crc32c.is_some();
        if same_name || same_digest {
            Likeness::Same
        } else {
            Likeness::Unclear
        }
    }

    /// Asks for a range of this content only. Not by Google's generation: a signed URL refuses Google's headers.
    pub(super) fn pin(&self, request: RequestBuilder) -> RequestBuilder {
        match (self.strong_etag(), &self.last_modified) {
            (Some(etag), _) => request.header(IF_MATCH, etag),
            (None, Some(date)) => request.header(IF_UNMODIFIED_SINCE, date),
            (None, None) => request,
        }
    }

    /// A weak one matches nothing.
    fn strong_etag(&self) -> Option<&str> {
        self.etag.as_deref().filter(|etag| !etag.starts_with("W/"))
    }

    /// Words for an error.
    pub(super) fn describe(&self) -> String {
        let mut text = format!("{} bytes", self.bytes);
        for (name, value) in [
            ("ETag", &self.etag),
            ("generation", &self.generation),
            ("last modified", &self.last_modified),
        ] {
            if let Some(value) = value {
                text += &format!(", {name} {value}");
            }
        }
        text
    }
}

impl Hashes {
    /// Of `x-goog-hash`, which is one header or two.
    fn of(headers: &HeaderMap) -> Self {
        let mut hashes = Self::default();
        let values = headers
            .get_all(HASH)
            .iter()
            .filter_map(|value| value.to_str().ok());
        for (name, value) in values
            .flat_map(|value| value.split(','))
            .filter_map(|part| part.trim().split_once('='))
        {
            let Ok(bytes) = BASE64_STANDARD.decode(value) else {
                continue;
            };
            match name {
                "crc32c" => hashes.crc32c = bytes.try_into().ok().map(u32::from_be_bytes),
                "md5" => hashes.md5 = bytes.try_into().ok(),
                _ => {}
            }
        }
        hashes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn hashes_are_read_from_one_header_or_two() {
        let both = Hashes {
            crc32c: Some(0x253a_2afb),
            md5: Some([
                0x16, 0x61, 0xeb, 0x69, 0x16, 0x64, 0xc3, 0x43, 0x74, 0x64, 0x04, 0x90, 0x62, 0xd2,
                0x40, 0xb4,
            ]),
        };
        for (pairs, expected) in [
            (
                &[(
                    "x-goog-hash",
                    "crc32c=JToq+w==, md5=FmHraRZkw0N0ZASQYtJAtA==",
                )][..],
                both,
            ),
            (
                &[
                    ("x-goog-hash", "crc32c=JToq+w=="),
                    ("x-goog-hash", "md5=FmHraRZkw0N0ZASQYtJAtA=="),
                ],
                both,
            ),
            (
                &[("x-goog-hash", "crc32c=JToq+w==")],
                Hashes { md5: None, ..both },
            ),
            (&[("x-goog-hash", "crc32c=JToq, md5=?")], Hashes::default()),
            (&[], Hashes::default()),
        ] {
            assert_eq!(Hashes::of(&headers(pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn a_content_range_is_read_or_is_none() {
        let range = |text: &str| ContentRange::of(&headers(&[("content-range", text)]));
        let expected = ContentRange {
            start: 5,
            end: 10,
            bytes: 100,
        };
        assert_eq!(range("bytes 5-9/100"), Some(expected));
        for text in [
            "bytes 5-9/*",
            "bytes */100",
            "bytes 9-5/100",
            "bytes 5-100/100",
            "5-9/100",
            "bytes 0-18446744073709551615/5",
        ] {
            assert_eq!(range(text), None, "{text}");
        }
    }

    #[test]
    fn size_and_digests_tell_other_content_and_tags_and_dates_leave_it_open() {
        use Likeness::{Other, Same, Unclear};
        let of = |pairs: &[(&'static str, &str)], bytes| Validator::of(&headers(pairs), bytes);
        let full = of(
            &[
                ("etag", "\"a\""),
                ("x-goog-generation", "1"),
                ("last-modified", "then"),
            ],
            5,
        );
        let hash = ("x-goog-hash", "crc32c=JToq+w==");
        for (other, expected) in [
            (full.clone(), Same),
            (of(&[], 5), Same),
            (of(&[], 6), Other),
            (of(&[("etag", "\"b\"")], 5), Unclear),
            (
                of(&[("etag", "\"a\""), ("x-goog-generation", "2")], 5),
                Unclear,
            ),
            (of(&[("last-modified", "now")], 5), Unclear),
        ] {
            assert_eq!(full.compare(&other), expected, "{other:?}");
        }
        let one = of(&[("etag", "\"a\""), hash], 5);
        let same = of(&[("etag", "\"b\""), hash], 5);
        let other = of(&[("etag", "\"a\""), ("x-goog-hash", "crc32c=AAAAAA==")], 5);
        assert_eq!((one.compare(&same), one.compare(&other)), (Same, Other));
    }
}
