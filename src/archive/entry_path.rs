//! Which names are taken as the path of a file.

use super::refusal::Refusal;
use crate::readable::{self, LONGEST};

/// Bytes of a path: half of what an S3 key may have, so that the lake's prefix has room too.
const MAX_PATH: usize = 512;

/// Bytes of a segment: what file systems take.
const MAX_SEGMENT: usize = 255;

/// Whether `path` can be joined to any folder or prefix and names one file below it, everywhere the same.
pub(super) fn check(path: &str) -> Result<(), Refusal> {
    check_decoded(path, path.as_bytes())
}

/// The same of a name that was decoded from `stored`, separated in the same places. Its length is that of these bytes: a folder
/// that encloses everything is stripped before anything lands, and its name may have grown threefold by being misread.
pub(super) fn check_decoded(path: &str, stored: &[u8]) -> Result<(), Refusal> {
    if path.is_empty() {
        return Err(Refusal::EmptyName);
    }
    let long_name = |part, bytes: usize, limit: usize| Refusal::LongName {
        part,
        bytes: bytes as u64,
        limit: limit as u64,
    };
    if stored.len() > MAX_PATH {
        return Err(long_name("all", stored.len(), MAX_PATH));
    }
    if path.contains(char::is_control) {
        return Err(Refusal::ControlCharacter);
    }
    if path.starts_with('/') {
        return Err(Refusal::AbsolutePath);
    }
    if let [letter, b':', ..] = path.as_bytes()
        && letter.is_ascii_alphabetic()
    {
        return Err(Refusal::DriveLetter);
    }
    if path.contains('\\') {
        return Err(Refusal::Backslash);
    }
    let lengths = stored.split(|byte| *byte == b'/').map(<[u8]>::len);
    for (segment, bytes) in path.split('/').zip(lengths) {
        match segment {
            "" | "." => return Err(Refusal::IdleSegment),
            ".." => return Err(Refusal::ParentSegment),
            _ if bytes > MAX_SEGMENT => {
                return Err(long_name("one segment", bytes, MAX_SEGMENT));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A name for people, whatever is in it: it can't steer a terminal or fill a report.
pub(super) fn readable(name: &[u8]) -> String {
    readable::bytes(name, LONGEST)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn ordinary_names_are_taken() {
        for path in [
            "metadata.csv",
            "2A_images/NCP_96_1328_0032.png",
            "a/b/c",
            "Côte d'Ivoire/x y.png",
            "..png",
            "a../..b",
            ".DS_Store",
            "__MACOSX/._x",
            "12:30.png",
        ] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
        assert_eq!(check(&"a".repeat(MAX_SEGMENT)), Ok(()));
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        use Refusal::*;
        for (path, refusal) in [
            ("", EmptyName),
            ("/etc/passwd", AbsolutePath),
            ("//host/share", AbsolutePath),
            ("C:/windows", DriveLetter),
            ("c:x", DriveLetter),
            ("a\\b", Backslash),
            ("..\\x", Backslash),
            ("..", ParentSegment),
            ("../x", ParentSegment),
            ("a/../../x", ParentSegment),
            ("a/..", ParentSegment),
            (".", IdleSegment),
            ("./x", IdleSegment),
            ("a//b", IdleSegment),
            ("a/./b", IdleSegment),
            ("a/", IdleSegment),
            ("a\0b", ControlCharacter),
            ("a\x1b[2J", ControlCharacter),
            ("a\u{85}", ControlCharacter),
        ] {
            assert_eq!(check(path), Err(refusal), "{path:?}");
        }
    }

    #[test]
    fn long_names_are_refused_with_their_length() {
        let message = |path: String| check(&path).unwrap_err().to_string();
        assert_eq!(
            message("a".repeat(256)),
            "its name has 256 bytes in one segment, more than 255"
        );
        assert_eq!(
            message("abc/".repeat(200)),
            "its name has 800 bytes in all, more than 512"
        );
    }

    #[test]
    fn a_name_that_grows_by_being_decoded_is_as_long_as_it_is_stored() {
        let decoded = |letters: usize| format!("{}/a.png", "╩".repeat(letters));
        let stored = |letters: usize| [&vec![0xca; letters][..], b"/a.png"].concat();
        assert_eq!(check_decoded(&decoded(255), &stored(255)), Ok(()));
        assert_eq!(
            check_decoded(&decoded(256), &stored(256))
                .unwrap_err()
                .to_string(),
            "its name has 256 bytes in one segment, more than 255"
        );
    }

    #[test]
    fn what_is_shown_is_short_and_tame() {
        assert_eq!(readable(b"a\xff\x1b[2Jb"), "a\u{fffd}\\u{1b}[2Jb");
        assert_eq!(readable("é".repeat(200).as_bytes()), "é".repeat(200));
        assert_eq!(
            readable("x".repeat(70_000).as_bytes()),
            format!("{}…", "x".repeat(LONGEST))
        );
    }
}
