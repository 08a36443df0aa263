//! Texts as editors and shells leave them in files and variables.

use std::io;

/// What editors and shells make of a text: with a byte order mark before it and blanks around it, or as UTF-16, which is what
/// `>` of Windows PowerShell writes.
pub(super) fn text(bytes: &[u8]) -> io::Result<String> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks();
        let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        String::from_utf16(&units).ok().filter(|_| rest.is_empty())
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => str::from_utf8(rest).ok().map(str::to_owned),
        _ => str::from_utf8(bytes).ok().map(str::to_owned),
    };
    let text = text.ok_or_else(|| io::Error::other("expected text, got other bytes"))?;
    Ok(text.trim().to_owned())
}

/// A value without blanks and byte order marks around it, which editors and shells add.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn texts_are_read_as_editors_write_them() {
        let utf16 = |text: &str, mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
            let units = text.encode_utf16().flat_map(bytes);
            mark.into_iter().chain(units).collect::<Vec<u8>>()
        };
        for bytes in [
            b"KGAT_1".to_vec(),
            b"\xef\xbb\xbfKGAT_1\r\n".to_vec(),
            b" \tKGAT_1 \n\n".to_vec(),
            utf16("KGAT_1\r\n", [0xff, 0xfe], u16::to_le_bytes),
            utf16("KGAT_1", [0xfe, 0xff], u16::to_be_bytes),
        ] {
            assert_eq!(text(&bytes).unwrap(), "KGAT_1", "{bytes:?}");
        }
        for bytes in [&b"\xff\xfeK"[..], b"\x80", b"\xef\xbb\xbf\xff"] {
            text(bytes).unwrap_err();
        }
        assert_eq!(text(b"\xef\xbb\xbf \r\n").unwrap(), "");
    }
}
