//! An entry's name as text, whichever system has written it.

use super::zip_header::Header;

/// Systems whose paths are written with backslashes: MS-DOS, OS/2, Windows NT and its FAT.
const WITH_BACKSLASHES: [u8; 4] = [0, 6, 10, 14];

/// The upper half of code page 437, from 0x80 on.
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// A name that can be shown, compared and, once it is checked, joined to a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EntryName {
    /// Segments separated by `/`, if its writer knew.
    pub(super) path: String,
    /// The bytes that it was decoded from, separated in the same places.
    pub(super) stored: Vec<u8>,
    /// Whether these are not UTF-8: then it may read as nobody has written it.
    pub(super) is_foreign: bool,
    /// Whether its separators were backslashes.
    pub(super) had_backslashes: bool,
}

impl EntryName {
    /// The name of an entry. Every name can be decoded.
    ///
    /// By the format a name is UTF-8 if a flag says so and code page 437 if not. Many writers have their system's encoding
    /// instead, and macOS's Finder has UTF-8 without the flag: what is UTF-8 is read as that, and the rest as the format has
    /// it. Each segment by itself, so that the files of one folder stay in one folder.
    pub(super) fn of(header: &Header<'_>) -> Self {
        let mut stored = header.unicode.unwrap_or(header.name).to_vec();
        // As `unzip` and 7-Zip do: so PowerShell 5 writes them.
        let had_backslashes = WITH_BACKSLASHES.contains(&header.system)
            && stored.contains(&b'\\')
            && !stored.contains(&b'/');
        if had_backslashes {
            for byte in &mut stored {
                if *byte == b'\\' {
                    *byte = b'/';
                }
            }
        }
        Self::decoded(stored, had_backslashes)
    }

    /// The same name with its backslashes read as slashes.
    pub(super) fn with_slashes(&self) -> Self {
        let segments = self.stored.split(|byte| *byte == b'/').map(|segment| {
            let is_text = str::from_utf8(segment).is_ok();
            let mut slashed = segment.to_vec();
            for at in 0..segment.len() {
                // Else it may be the second half of a letter.
                let is_separator = is_text || at == 0 || segment[at - 1] < 0x80;
                if segment[at] == b'\\' && is_separator {
                    slashed[at] = b'/';
                }
            }
            slashed
        });
        let segments: Vec<Vec<u8>> = segments.collect();
        Self::decoded(segments.join(&b'/'), true)
    }

    fn decoded(mut stored: Vec<u8>, had_backslashes: bool) -> Self {
        // The archive's own root: what `tar -a -cf a.zip .` puts before each name.
        if stored.len() > 2 && stored.starts_with(b"./") {
            stored.drain(..2);
        }
        let mut path = String::with_capacity(stored.len());
        let mut is_foreign = false;
        for (number, segment) in stored.split(|byte| *byte == b'/').enumerate() {
            if number > 0 {
                path.push('/');
            }
            if let Ok(text) = str::from_utf8(segment) {
                path.push_str(text);
            } else {
                is_foreign = true;
                push_foreign(&mut path, segment);
            }
        }
        Self {
            path,
            stored,
            is_foreign,
            had_backslashes,
        }
    }
}

/// Decodes a segment that is not UTF-8.
fn push_foreign(path: &mut String, segment: &[u8]) {
    let mut last = 0;
    for &byte in segment {
        let letter = match byte {
            // The second half of a letter in Shift JIS, GBK or Big5, and no backslash.
            b'\\' if last >= 0x80 => char::REPLACEMENT_CHARACTER,
            0..0x80 => char::from(byte),
            _ => upper_half(byte),
        };
        path.push(letter);
        last = byte;
    }
}

fn upper_half(byte: u8) -> char {
    let letter = CP437.chars().nth(usize::from(byte & 0x7f));
    letter.expect("128 letters")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &[u8], system: u8) -> Header<'_> {
        Header {
            system,
            flags: 0,
            method: 0,
            crc32: 0,
            compressed: 0,
            bytes: 0,
            attributes: 0,
            offset: 0,
            name,
            unicode: None,
            lacks_zip64: false,
        }
    }

    fn path(name: &[u8]) -> String {
        EntryName::of(&header(name, 3)).path
    }

    #[test]
    fn every_byte_has_a_letter_of_its_own() {
        let mut letters: Vec<char> = (0x80..=0xff).map(upper_half).collect();
        assert_eq!(
            [letters[0], letters[1], letters[0x61], letters[0x7f]],
            ['Ç', 'ü', 'ß', '\u{a0}']
        );
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), 128);
        assert!(letters.iter().all(|letter| *letter >= '\u{a0}'));
    }

    #[test]
    fn names_are_utf8_if_they_can_be_and_code_page_437_if_not() {
        for (name, expected) in [
            (&b"2A_images/a.png"[..], "2A_images/a.png"),
            ("Côte d'Ivoire/x".as_bytes(), "Côte d'Ivoire/x"),
            (b"C\x93te/x", "Côte/x"),
            // Two characters in GBK; the file's own name is UTF-8.
            (b"\xca\xfd\xbe\xdd/\xc3\xa9.png", "╩²╛▌/é.png"),
            // One in Shift JIS, of which the second half is a backslash.
            (b"\x95\\/a.png", "ò\u{fffd}/a.png"),
            (b"", ""),
            (b"/", "/"),
            (b"./a.png", "a.png"),
            (b"./", "./"),
            (b"././a.png", "./a.png"),
            (b"./../a.png", "../a.png"),
            (b".//a.png", "/a.png"),
        ] {
            assert_eq!(path(name), expected);
        }
    }

    #[test]
    fn backslashes_can_be_read_as_slashes() {
        for (name, expected) in [
            (&b"a\\b.png"[..], "a/b.png"),
            (b"a/b\\c\\", "a/b/c/"),
            (b".\\a.png", "a.png"),
            ("é\\a.png".as_bytes(), "é/a.png"),
            // The second half of a letter in Shift JIS.
            (b"\x95\\/b\\a.png", "ò\u{fffd}/b/a.png"),
        ] {
            let name = EntryName::of(&header(name, 3)).with_slashes();
            assert_eq!((name.path.as_str(), name.had_backslashes), (expected, true));
            let separators = name.stored.iter().filter(|byte| **byte == b'/');
            assert_eq!(separators.count(), expected.matches('/').count());
        }
    }

    #[test]
    fn a_unicode_path_field_wins() {
        let header = Header {
            unicode: Some("数据/a.png".as_bytes()),
            ..header(b"\xca\xfd\xbe\xdd/a.png", 0)
        };
        let name = EntryName::of(&header);
        assert_eq!((name.path.as_str(), name.is_foreign), ("数据/a.png", false));
    }

    #[test]
    fn backslashes_are_separators_where_the_writer_s_system_has_them_and_no_slash_is_there() {
        for (name, system, expected) in [
            (&b"a\\b.png"[..], 0, "a/b.png"),
            (b"a\\b.png", 10, "a/b.png"),
            (b"a\\b.png", 3, "a\\b.png"),
            (b"a/b\\c.png", 0, "a/b\\c.png"),
            (b"\xca\xfd\\b.png", 0, "╩²/b.png"),
            (b"..\\x", 0, "../x"),
        ] {
            let name = EntryName::of(&header(name, system));
            assert_eq!(name.path, expected);
            assert_eq!(name.had_backslashes, !expected.contains('\\'));
        }
    }
}
