//! The bytes of a file as text.

use std::borrow::Cow;

use super::MetadataError;
use super::csv::line_starts;
use crate::datasets::covidx_ct::files::split_file::strip_bom;

/// Ctrl-Z.
const END_OF_FILE: char = '\u{1a}';

/// The bytes as text, without a byte order mark and what DOS programs end a file with: UTF-8, or what the mark says. No other
/// encoding is guessed: a wrong guess would publish other letters than were written.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, MetadataError> {
    let encoding = encoding(bytes);
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes, encoding)?.into(),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes, encoding)?.into(),
        _ => utf8(strip_bom(bytes), encoding)?.into(),
    };
    Ok(match text {
        Cow::Borrowed(text) => Cow::Borrowed(without_end_of_file(text)),
        Cow::Owned(mut text) => {
            text.truncate(without_end_of_file(&text).len());
            Cow::Owned(text)
        }
    })
}

/// A text up to the Ctrl-Z that DOS programs end a file with.
fn without_end_of_file(text: &str) -> &str {
    let is_end = |letter: char| letter == END_OF_FILE || letter.is_whitespace();
    let before = text.trim_end_matches(is_end).len();
    match text[before..].find(END_OF_FILE) {
        Some(end) => &text[..before + end],
        None => text,
    }
}

/// The encoding of a header in letters of ASCII, where zeros stand beside the first of them. UTF-16 with a mark is none of them.
fn encoding(bytes: &[u8]) -> Option<&'static str> {
    let first = *bytes.first_chunk::<4>()?;
    Some(match first.map(|byte| byte == 0) {
        [false, true, true, true] => "UTF-32LE",
        [true, true, true, false] => "UTF-32BE",
        [false, false, true, true] if first[..2] == [0xFF, 0xFE] => "UTF-32LE",
        [true, true, false, false] if first[2..] == [0xFE, 0xFF] => "UTF-32BE",
        [false, true, false, true] => "UTF-16LE",
        [true, false, true, false] => "UTF-16BE",
        _ => return None,
    })
}

fn utf8<'a>(bytes: &'a [u8], encoding: Option<&'static str>) -> Result<&'a str, MetadataError> {
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
                encoding,
            })
        }
    }
}

/// Spreadsheets call it "Unicode text".
fn utf16(
    bytes: &[u8],
    unit: fn([u8; 2]) -> u16,
    encoding: Option<&'static str>,
) -> Result<String, MetadataError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    let letters = char::decode_utf16(pairs.iter().map(|&pair| unit(pair)));
    let half = rest.first().map(|_| None);
    for letter in letters.map(Result::ok).chain(half) {
        match letter {
            Some(letter) if letter != '\0' => text.push(letter),
            _ => {
                let (line, _) = position(text.as_bytes());
                return Err(MetadataError::NotUtf16 { line, encoding });
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
