//! The physical lines of a label file.

/// Iterates over the lines of a whole file in memory: the 1-based line number and the bytes
/// without the line end, which is `\n`, `\r\n` or `\r`. A last line without one counts.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    rest: &'a [u8],
    number: u64,
}

impl<'a> Lines<'a> {
    /// The lines of `bytes`, without the byte order mark it may begin with.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: strip_bom(bytes),
            number: 0,
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = (u64, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let line = match line_end(self.rest) {
            Some((end, next)) => {
                let line = &self.rest[..end];
                self.rest = &self.rest[next..];
                line
            }
            None => strip_end_of_file(std::mem::take(&mut self.rest)),
        };
        Some((self.number, line))
    }
}

/// Where the first line ends, and where the next begins: after `\n`, `\r\n`, or `\r` as Excel for Mac writes it.
#[must_use]
pub fn line_end(bytes: &[u8]) -> Option<(usize, usize)> {
    let end = memchr::memchr2(b'\n', b'\r', bytes)?;
    let length = if bytes[end..].starts_with(b"\r\n") {
        2
    } else {
        1
    };
    Some((end, end + length))
}

/// Whether a line has nothing but blanks, tabs, a carriage return and what DOS programs end a file with. Such lines are
/// skipped, and counted as physical lines.
#[must_use]
pub fn is_blank(line: &[u8]) -> bool {
    line.iter()
        .all(|byte| matches!(*byte, b' ' | b'\t' | b'\r' | END_OF_FILE))
}

/// Ctrl-Z.
const END_OF_FILE: u8 = 0x1A;

/// The last line of a file without what DOS programs end a file with.
#[must_use]
pub fn strip_end_of_file(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| *byte != END_OF_FILE);
    &line[..end.map_or(0, |last| last + 1)]
}

/// The file without the UTF-8 byte order mark some editors put at its start.
#[must_use]
pub fn strip_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(u64, &[u8])> {
        Lines::new(bytes).collect()
    }

    #[test]
    fn physical_lines_are_counted() {
        assert_eq!(
            lines(b"\xEF\xBB\xBFa\r\n\nb"),
            [
                (1, b"a".as_slice()),
                (2, b"".as_slice()),
                (3, b"b".as_slice())
            ]
        );
        assert_eq!(
            lines(b"a\rb\r\r\nc\n\r"),
            [
                (1, b"a".as_slice()),
                (2, b"b".as_slice()),
                (3, b"".as_slice()),
                (4, b"c".as_slice()),
                (5, b"".as_slice()),
            ]
        );
        assert_eq!(lines(b"a\n"), [(1, b"a".as_slice())]);
        assert_eq!(lines(b"a\x1a\x1a"), [(1, b"a".as_slice())]);
        assert_eq!(lines(b""), []);
    }

    #[test]
    fn blank_is_blank() {
        assert!(is_blank(b"") && is_blank(b" \t\r") && is_blank(b"\x1a"));
        assert!(!is_blank(b" x "));
    }
}
