//! The bytes of a file as text.

use std::borrow::Cow;

use super::MetadataError;
use super::csv::line_starts;
use crate::covidx::split_file::strip_bom;

/// The bytes as text, without a byte order mark: UTF-8, or what the mark says. No other encoding is guessed: a wrong guess
/// would publish other letters than were written.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, MetadataError> {
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes)?.into(),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes)?.into(),
        _ => utf8(strip_bom(bytes))?.into(),
    };
    Ok(text)
}

fn utf8(bytes: &[u8]) -> Result<&str, MetadataError> {
    let valid = match str::from_utf8(bytes) {
        Ok(_) => bytes.len(),
        Err(error) => error.valid_up_to(),
    };
    let bad = memchr::memchr(0, &bytes[..valid]).unwrap_or(valid);
    let (good, rest) = bytes.split_at(bad);
    match (rest.first(), str::from_utf8(good)) {
        (None, Ok(text)) => Ok(text),
        (byte, _) => {
            let (line, column) = position(good);
            Err(MetadataError::NotText {
                line,
                column,
                byte: byte.copied().unwrap_or_default(),
            })
        }
    }
}

/// Spreadsheets call it "Unicode text".
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, MetadataError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    let letters = char::decode_utf16(pairs.iter().map(|&pair| unit(pair)));
    let half = rest.first().map(|_| None);
    for letter in letters.map(Result::ok).chain(half) {
        match letter {
            Some(letter) if letter != '\0' => text.push(letter),
            _ => {
                let (line, _) = position(text.as_bytes());
                return Err(MetadataError::NotUtf16 { line });
            }
        }
    }
    Ok(text)
}

/// The 1-based line and byte column of what follows `before`.
fn position(before: &[u8]) -> (u64, usize) {
    line_starts(before).fold((1, before.len() + 1), |(line, _), start| {
        (line + 1, before.len() - start + 1)
    })
}

/// A header longer than this many characters is cut.
const LONGEST: usize = 200;

/// Escaped, and cut to a readable length.
pub(super) fn readable(text: &str) -> String {
    let mut escaped = text.escape_debug();
    let mut readable: String = escaped.by_ref().take(LONGEST).collect();
    if escaped.next().is_some() {
        readable.push('…');
    }
    readable
}

/// A cell without the blanks around it, those that have no width among them.
pub(super) fn trimmed(cell: &str) -> &str {
    match cell.as_bytes() {
        [first, .., last] | [first @ last]
            if first.is_ascii_graphic() && last.is_ascii_graphic() =>
        {
            cell
        }
        _ => cell.trim_matches(|letter: char| letter.is_whitespace() || has_no_width(letter)),
    }
}

/// Letters that nobody sees: a joiner, a soft hyphen, the byte order mark of a file that was appended to another.
#[must_use]
pub fn has_no_width(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
    )
}
