//! Label files from front to back, line by line, however large they are.

use std::io::{self, Read};

use memchr::memchr;
use thiserror::Error;

use super::merge::MAX_LINES;
use crate::covidx::split_file::{is_blank, strip_bom};
use crate::progress::Progress;

/// Read at a time.
const CHUNK: usize = 1 << 20;
/// No label line is nearly as long; what is longer is no text.
const MAX_LINE: usize = 64 * 1024;

/// A label file can't be read on.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The store failed.
    #[error("cannot read on after line {line}")]
    Io {
        /// The last whole line.
        line: u64,
        /// What the store said.
        source: io::Error,
    },
    /// No line ends where one should.
    #[error(
        "line {line}, column 1: expected a line of at most {MAX_LINE} bytes, found a longer one"
    )]
    TooLong {
        /// 1-based line.
        line: u64,
    },
    /// More lines than a row can number.
    #[error("expected at most {MAX_LINES} lines, found more")]
    TooMany,
}

/// Lines of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LineCount {
    /// All physical lines.
    pub(super) all: u64,
    /// Those with nothing on them.
    pub(super) blank: u64,
}

/// Calls `line` with the 1-based number and the bytes (without `\n`) of each line that is not blank.
pub(super) fn for_each_line<E: From<ReadError>>(
    mut reader: impl Read,
    progress: &dyn Progress,
    mut line: impl FnMut(u32, &[u8]) -> Result<(), E>,
) -> Result<LineCount, E> {
    let mut count = LineCount::default();
    let mut buffer = vec![0; CHUNK + MAX_LINE];
    // Bytes of a line whose end has not come yet.
    let mut held = 0;
    loop {
        let read = reader
            .read(&mut buffer[held..held + CHUNK])
            .map_err(|source| ReadError::Io {
                line: count.all,
                source,
            })?;
        progress.advance(read as u64);
        let end = held + read;
        let mut start = 0;
        let mut next_line = |bytes: &[u8]| {
            count.all += 1;
            if count.all > MAX_LINES {
                return Err(ReadError::TooMany.into());
            }
            let bytes = if count.all == 1 {
                strip_bom(bytes)
            } else {
                bytes
            };
            if is_blank(bytes) {
                count.blank += 1;
                return Ok(());
            }
            line(count.all as u32, bytes)
        };
        while let Some(length) = memchr(b'\n', &buffer[start..end]) {
            next_line(&buffer[start..start + length])?;
            start += length + 1;
        }
        if read == 0 {
            if start < end {
                next_line(&buffer[start..end])?;
            }
            return Ok(count);
        }
        held = end - start;
        if held >= MAX_LINE {
            return Err(ReadError::TooLong {
                line: count.all + 1,
            }
            .into());
        }
        buffer.copy_within(start..end, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    fn lines(text: &[u8]) -> Result<(Vec<(u32, String)>, LineCount), ReadError> {
        let mut lines = Vec::new();
        let count = for_each_line::<ReadError>(text, &Silent, |number, line| {
            lines.push((number, String::from_utf8_lossy(line).into_owned()));
            Ok(())
        })?;
        Ok((lines, count))
    }

    #[test]
    fn blank_lines_count_and_the_last_needs_no_end() {
        let (lines, count) = lines(b"\xEF\xBB\xBFa\n\n  \r\nb").expect("readable");
        assert_eq!(lines, [(1, "a".to_owned()), (4, "b".to_owned())]);
        assert_eq!(count, LineCount { all: 4, blank: 2 });
    }

    #[test]
    fn lines_may_lie_across_chunks() {
        let text: String = (0..200_000)
            .map(|number| format!("line {number}\n"))
            .collect();
        let (lines, count) = lines(text.as_bytes()).expect("readable");
        assert_eq!(count.all, 200_000);
        assert!(
            lines
                .iter()
                .all(|(number, line)| *line == format!("line {}", number - 1))
        );
    }

    #[test]
    fn a_file_without_line_ends_is_refused() {
        let error = lines(&vec![b'x'; 3 * CHUNK]).expect_err("no lines");
        assert_eq!(
            error.to_string(),
            "line 1, column 1: expected a line of at most 65536 bytes, found a longer one"
        );
    }
}
