//! A line of a label file: `FILE CLASS XMIN YMIN XMAX YMAX`.
//!
//! [`parse_line`] is the hottest loop of a build. Lines as the releases have them take a path
//! without a second look; everything else takes a careful one, which is the definition of the
//! format and the place of its error messages.

use super::Class;

mod error;
mod lines;

pub use error::{LineError, LineErrorKind};
pub use lines::{Lines, is_blank, line_end, strip_bom, strip_end_of_file};

/// The fields of a line, borrowed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The image's file name: UTF-8, without a control character, `/` or `\`, not empty.
    pub file_name: &'a [u8],
    /// The class of the slice.
    pub class: Class,
    /// The body region in pixels: xmin, ymin, xmax, ymax, the last two exclusive. As written: it
    /// may be inverted or reach beyond the image.
    pub bbox: [i32; 4],
}

/// How many fields a line has.
const FIELDS: usize = 6;

/// Takes a line apart: no `\n` in it, perhaps a `\r` at its end. Runs of blanks and tabs separate
/// fields, and may end the line.
pub fn parse_line(line: &[u8]) -> Result<Line<'_>, LineError> {
    match usual(line) {
        Some(parsed) => Ok(parsed),
        None => careful(line),
    }
}

/// A line as the authors write it: an ASCII name, single blanks, plain numbers. `None` decides
/// nothing.
fn usual(line: &[u8]) -> Option<Line<'_>> {
    let name_len = line
        .iter()
        .position(|&byte| !USUAL_NAME[usize::from(byte)])?;
    let (file_name, rest) = line.split_at(name_len);
    // `.` and `..` are names, but not of files.
    if name_len < 3 {
        return None;
    }
    let (class, bbox, rest) = usual_after_name(rest)?;
    matches!(rest, [] | [b'\r']).then_some(Line {
        file_name,
        class,
        bbox,
    })
}

/// Class and box of a line as the authors write it, from the blank after the name on, and what follows them: a line's end, or
/// it is no such line. `None` decides nothing: ask [`parse_line`] then.
#[must_use]
pub fn usual_after_name(rest: &[u8]) -> Option<(Class, [i32; 4], &[u8])> {
    let [b' ', class @ b'0'..=b'2', b' ', rest @ ..] = rest else {
        return None;
    };
    let class = Class::from_id(class - b'0')?;
    let (xmin, rest) = number(rest)?;
    let (ymin, rest) = number(rest.strip_prefix(b" ")?)?;
    let (xmax, rest) = number(rest.strip_prefix(b" ")?)?;
    let (ymax, rest) = number(rest.strip_prefix(b" ")?)?;
    Some((class, [xmin, ymin, xmax, ymax], rest))
}

/// The bytes of a name that needs no further check.
const USUAL_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0x21;
    while byte < 0x7f {
        table[byte] = byte != b'/' as usize && byte != b'\\' as usize;
        byte += 1;
    }
    table
};

/// One to nine digits, so that no sum overflows, and what follows them.
fn number(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let mut value = 0_i32;
    let mut rest = bytes;
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        // What wraps has ten digits or more, and is no number here.
        value = value.wrapping_mul(10).wrapping_add(i32::from(digit - b'0'));
        rest = after;
    }
    (1..=9)
        .contains(&(bytes.len() - rest.len()))
        .then_some((value, rest))
}

/// The whole format, field by field, with what is wrong when something is.
fn careful(line: &[u8]) -> Result<Line<'_>, LineError> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if is_blank(line) {
        return Err(LineError::field_count(1, 0));
    }
    let mut fields = Fields { line, at: 0 };
    let (column, file_name) = fields.next_even_empty();
    if let Some(kind) = name_fault(file_name) {
        return Err(LineError::new(column, file_name, kind));
    }
    // Counted before they are read: a blank in the name would otherwise be called a bad class.
    let mut values = [(0, [].as_slice()); FIELDS - 1];
    let mut found = 1;
    let mut seventh = None;
    for field in fields {
        match values.get_mut(found - 1) {
            Some(value) => *value = field,
            None => seventh = seventh.or(Some(field.0)),
        }
        found += 1;
    }
    if found != FIELDS {
        return Err(LineError::field_count(
            seventh.unwrap_or(line.len() + 1),
            found,
        ));
    }
    let [(column, class), numbers @ ..] = values;
    let class = match class {
        [digit @ b'0'..=b'2'] => Class::from_id(digit - b'0'),
        _ => None,
    }
    .ok_or_else(|| LineError::new(column, class, LineErrorKind::Class))?;
    let mut bbox = [0; 4];
    for (value, (column, digits)) in bbox.iter_mut().zip(numbers) {
        *value = str::from_utf8(digits)
            .ok()
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| LineError::new(column, digits, LineErrorKind::BoxNumber))?;
    }
    Ok(Line {
        file_name,
        class,
        bbox,
    })
}

fn name_fault(name: &[u8]) -> Option<LineErrorKind> {
    if name.is_empty() {
        return Some(LineErrorKind::EmptyName);
    }
    let Ok(name) = str::from_utf8(name) else {
        return Some(LineErrorKind::NotUtf8);
    };
    // A folder in the name would leave the image folder, in the lake and on a disk.
    let bad = |letter: char| letter.is_control() || matches!(letter, '/' | '\\');
    (name.contains(bad) || name == "." || name == "..").then_some(LineErrorKind::NameCharacter)
}

/// The fields of a line, each with its 1-based byte column.
struct Fields<'a> {
    line: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    /// The field that begins right here: empty before a blank.
    fn next_even_empty(&mut self) -> (usize, &'a [u8]) {
        let start = self.at;
        let rest = &self.line[start..];
        let len = memchr::memchr2(b' ', b'\t', rest).unwrap_or(rest.len());
        self.at += len;
        (start + 1, &rest[..len])
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(b' ' | b'\t') = self.line.get(self.at) {
            self.at += 1;
        }
        (self.at < self.line.len()).then(|| self.next_even_empty())
    }
}

#[cfg(test)]
mod tests;
