//! Comma-separated records with the quoting of RFC 4180.

use std::borrow::Cow;

use super::MetadataError;

/// A record: a line of the file, or several if a quoted cell has line breaks in it.
pub(super) struct Record<'a> {
    /// 1-based physical line on which it begins.
    pub(super) line: u64,
    pub(super) cells: Vec<Cow<'a, str>>,
}

/// The records of a text; blank lines are passed over.
pub(super) struct Records<'a> {
    text: &'a str,
    at: usize,
    /// 1-based number of the physical line that `at` is in, and where it starts.
    line: u64,
    line_start: usize,
    /// Cells of the record before: the next one will have as many.
    width: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
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
        let passed = &self.text.as_bytes()[self.at..to];
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        if let Some(last) = memchr::memrchr(b'\n', passed) {
            self.line_start = self.at + last + 1;
        }
        self.at = to;
    }

    fn skip_blank_lines(&mut self) {
        // The end of a line that does not begin with a blank needs not be looked for.
        while self.rest().starts_with(char::is_whitespace)
            && let Some(end) = self.rest().find('\n')
            && self.rest()[..end].trim().is_empty()
        {
            self.go_to(self.at + end + 1);
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
            // A cell ends at a comma, a line's end or the text's.
            let end = self.rest().as_bytes().first();
            self.at += usize::from(end.is_some());
            if end == Some(&b',') {
                continue;
            }
            if end.is_some() {
                self.line += 1;
                self.line_start = self.at;
            }
            self.width = cells.len();
            return Ok(Record { line, cells });
        }
    }

    /// What stands before the next comma or line end: a carriage return is trimmed with the blanks.
    fn plain_cell(&mut self) -> Cow<'a, str> {
        let rest = self.rest();
        let end = memchr::memchr2(b',', b'\n', rest.as_bytes()).unwrap_or(rest.len());
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
        let after = quoted[end + 1..].trim_start_matches([' ', '\t', '\r']);
        self.go_to(self.text.len() - after.len());
        match after.chars().next() {
            None | Some(',' | '\n') => Ok(unescaped(&quoted[..end])),
            Some(found) => Err(MetadataError::AfterQuote {
                line: self.line,
                column: self.column(),
                found,
            }),
        }
    }
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
        (!self.rest().trim().is_empty()).then(|| self.record())
    }
}
