//! Delimited records with the quoting of RFC 4180.
//!
//! Not the crate `csv`: it takes a quoted cell that never ends for the rest of the file and text behind a closing quote for
//! text of the cell, without an error, and counts only `\n` as a line (1.4).

use std::borrow::Cow;

use super::MetadataError;

/// A record: a line of the file, or several if a quoted cell has line breaks in it.
pub(super) struct Record<'a> {
    /// 1-based physical line on which it begins.
    pub(super) line: u64,
    pub(super) cells: Vec<Cow<'a, str>>,
}

/// What may separate the cells: a comma, unless the header is one by another of them. Spreadsheets write `;` where the comma
/// is the decimal point, and tabs as "Unicode text".
pub(super) const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];

/// The records of a text; blank lines are passed over. A line ends with `\n`, `\r\n` or `\r`, each with another if need be.
#[derive(Clone)]
pub(super) struct Records<'a> {
    text: &'a str,
    delimiter: char,
    at: usize,
    /// 1-based number of the physical line that `at` is in, and where it starts.
    line: u64,
    line_start: usize,
    /// Cells of the record before: the next one will have as many.
    width: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str, delimiter: char) -> Self {
        debug_assert!(DELIMITERS.contains(&delimiter));
        Self {
            text,
            delimiter,
            at: 0,
            line: 1,
            line_start: 0,
            width: 0,
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// 1-based byte column.
    fn column(&self) -> usize {
        self.at - self.line_start + 1
    }

    /// Goes on to `to`, counting the lines on the way.
    fn go_to(&mut self, to: usize) {
        for next in line_starts(&self.text.as_bytes()[self.at..to]) {
            self.line += 1;
            self.line_start = self.at + next;
        }
        self.at = to;
    }

    /// Whether nothing is on a line. A delimiter is something, also where it is a blank.
    fn is_blank(&self, line: &str) -> bool {
        line.chars()
            .all(|letter| letter.is_whitespace() && letter != self.delimiter)
    }

    fn skip_blank_lines(&mut self) {
        // The end of a line that does not begin with a blank needs not be looked for.
        while self.rest().starts_with(char::is_whitespace)
            && let Some(next) = line_starts(self.rest().as_bytes()).next()
            && self.is_blank(&self.rest()[..next])
        {
            self.go_to(self.at + next);
        }
    }

    fn record(&mut self) -> Result<Record<'a>, MetadataError> {
        let line = self.line;
        let mut cells = Vec::with_capacity(self.width);
        loop {
            cells.push(if self.rest().starts_with('"') {
                self.quoted_cell()?
            } else {
                self.plain_cell()
            });
            // A cell ends at a delimiter, a line's end or the text's.
            self.at += match self.rest().as_bytes() {
                [] => 0,
                [b'\r', b'\n', ..] => 2,
                [b'\r' | b'\n', ..] => 1,
                _ => {
                    self.at += 1;
                    continue;
                }
            };
            self.line += 1;
            self.line_start = self.at;
            self.width = cells.len();
            return Ok(Record { line, cells });
        }
    }

    /// What stands before the next delimiter or line end.
    fn plain_cell(&mut self) -> Cow<'a, str> {
        let rest = self.rest();
        let end = memchr::memchr3(self.delimiter as u8, b'\n', b'\r', rest.as_bytes())
            .unwrap_or(rest.len());
        self.at += end;
        Cow::Borrowed(&rest[..end])
    }

    fn quoted_cell(&mut self) -> Result<Cow<'a, str>, MetadataError> {
        let quoted = &self.rest()[1..];
        let mut end = 0;
        loop {
            let quote = quoted[end..].find('"');
            end += quote.ok_or(MetadataError::UnclosedQuote {
                line: self.line,
                column: self.column(),
            })?;
            if !quoted[end + 1..].starts_with('"') {
                break;
            }
            end += 2;
        }
        let blank = |letter| matches!(letter, ' ' | '\t') && letter != self.delimiter;
        let after = quoted[end + 1..].trim_start_matches(blank);
        self.go_to(self.text.len() - after.len());
        match after.chars().next() {
            None | Some('\n' | '\r') => Ok(unescaped(&quoted[..end])),
            Some(found) if found == self.delimiter => Ok(unescaped(&quoted[..end])),
            Some(found) => Err(MetadataError::AfterQuote {
                line: self.line,
                column: self.column(),
                delimiter: self.delimiter,
                found,
            }),
        }
    }
}

/// Where the lines after the first begin.
pub(super) fn line_starts(bytes: &[u8]) -> impl Iterator<Item = usize> {
    memchr::memchr2_iter(b'\n', b'\r', bytes)
        .filter(|&at| !bytes[at..].starts_with(b"\r\n"))
        .map(|end| end + 1)
}

fn unescaped(cell: &str) -> Cow<'_, str> {
    if cell.contains('"') {
        Cow::Owned(cell.replace("\"\"", "\""))
    } else {
        Cow::Borrowed(cell)
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, MetadataError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.skip_blank_lines();
        (!self.is_blank(self.rest())).then(|| self.record())
    }
}
