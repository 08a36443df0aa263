//! What a file that is no zip begins like.

/// How many bytes of the file's start are looked at: a tar tells at its 257th.
pub(super) const HEAD: usize = 512;

const KINDS: &[(&[u8], &str)] = &[
    (b"\x1f\x8b", "a gzip file, as a tar.gz archive is one"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\0", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a rar archive"),
    (b"\x89PNG", "a PNG image"),
    (b"PAR1", "a Parquet file"),
];

/// How the first of several files of a split zip begins.
const SPLIT: &[u8] = b"PK\x07\x08";

/// How a zip begins: an entry, an empty archive's end, the mark of a split archive, or that of one that turned out to be a single
/// file.
const ZIP: [&[u8]; 4] = [b"PK\x03\x04", b"PK\x05\x06", SPLIT, b"PK00PK"];

/// Whether `head` is that of the first file of a split zip.
pub(super) fn is_split(head: &[u8]) -> bool {
    head.starts_with(SPLIT)
}

/// Whether `head` is that of a zip.
pub(super) fn is_zip(head: &[u8]) -> bool {
    ZIP.iter().any(|magic| head.starts_with(magic))
}

/// Words for a file that begins with `head`, to follow "found".
pub(super) fn describe(head: &[u8]) -> String {
    if head.is_empty() {
        return "an empty file".to_owned();
    }
    if let Some((_, kind)) = KINDS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return (*kind).to_owned();
    }
    if head.get(257..262) == Some(b"ustar") {
        return "a tar archive".to_owned();
    }
    let text = head.trim_ascii_start().to_ascii_lowercase();
    if text.starts_with(b"<!doctype html") || text.starts_with(b"<html") {
        return "an HTML page, as a refused download leaves it".to_owned();
    }
    let start: Vec<String> = head
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("a file that begins with the bytes {}", start.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_start() {
        let mut tar = vec![b'a'; HEAD];
        tar[257..262].copy_from_slice(b"ustar");
        for (head, expected) in [
            (&b""[..], "an empty file"),
            (b"\x1f\x8b\x08\0", "a gzip file, as a tar.gz archive is one"),
            (
                b"\n <!DOCTYPE HTML>",
                "an HTML page, as a refused download leaves it",
            ),
            (&tar, "a tar archive"),
            (b"{\"a\"", "a file that begins with the bytes 7b 22 61 22"),
            (b"x", "a file that begins with the bytes 78"),
        ] {
            assert_eq!(describe(head), expected);
        }
        assert!(is_zip(b"PK\x03\x04...") && !is_zip(b"PK") && !is_zip(b""));
    }
}
