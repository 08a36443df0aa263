//! Label files from front to back, line by line, however large they are.

use std::io::{self, Read};

use memchr::{memchr2, memrchr2};
use thiserror::Error;

use super::row::MAX_LINES;
use crate::datasets::covidx_ct::files::split_file::{
    is_blank, line_end, strip_bom, strip_end_of_file,
};
use crate::progress::Progress;

/// Read at a time.
const CHUNK: usize = 1 << 20;
/// Bytes of a byte order mark, which is not of the first line.
const MARK: usize = 3;
/// Bytes of a line without its end at the most: no label line is nearly as long, and what is longer is no text.
pub(super) const MAX_LINE: usize = 64 * 1024;
/// A longer line is not read to its end to say how long it is.
const MEASURED: usize = 1 << 24;

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
    #[error("line {line}: expected at most {MAX_LINE} bytes, found {}", found(*length))]
    TooLong {
        /// 1-based line.
        line: u64,
        /// Its bytes; `None`: nobody has read to its end.
        length: Option<usize>,
    },
    /// More lines than a row can number.
    #[error("expected at most {MAX_LINES} lines, found more")]
    TooMany,
}

fn found(length: Option<usize>) -> String {
    length.map_or_else(
        || format!("more than {MEASURED}"),
        |bytes| bytes.to_string(),
    )
}

/// Lines of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LineCount {
    /// All physical lines.
    pub(super) all: u64,
    /// Those with nothing on them.
    pub(super) blank: u64,
}

impl LineCount {
    /// The number of the last line.
    fn number(self) -> u32 {
        u32::try_from(self.all).expect("MAX_LINES bounds them")
    }
}

/// Takes the lines of a file.
pub(super) trait LineSink {
    type Error: From<ReadError>;

    /// Takes line `number` (1-based): its bytes without the line end. It is not blank.
    fn line(&mut self, number: u32, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Takes any number of `lines`, which are whole and begin with line `number`: those it does not take come one by one. It takes
    /// none that is longer than [`MAX_LINE`].
    fn several(&mut self, number: u32, lines: &[u8]) -> Result<Taken, Self::Error>;
}

/// Lines that were taken at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) lines: usize,
    /// Their line ends among them.
    pub(super) bytes: usize,
}

/// Hands the lines of a file to `sink`.
pub(super) fn for_each_line<S: LineSink>(
    mut reader: impl Read,
    progress: &dyn Progress,
    sink: &mut S,
) -> Result<LineCount, S::Error> {
    let mut count = LineCount::default();
    let mut buffer = vec![0; CHUNK + MAX_LINE + MARK];
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
        // A `\r` that is the last byte so far may be half of a line end.
        let known = end - usize::from(buffer[..end].ends_with(b"\r"));
        let whole = memrchr2(b'\n', b'\r', &buffer[..known]).map_or(0, |last| last + 1);
        let mut start = 0;
        while let Some((length, next)) = line_end(&buffer[start..whole]) {
            next_line(&mut count, &buffer[start..start + length], sink)?;
            start += next;
            // A chunk has fewer lines than bytes.
            if count.all + (buffer.len() as u64) < u64::from(MAX_LINES) {
                let taken = sink.several(count.number() + 1, &buffer[start..whole])?;
                start += taken.bytes;
                count.all += taken.lines as u64;
            }
        }
        if read == 0 {
            if start < end {
                next_line(&mut count, strip_end_of_file(&buffer[start..end]), sink)?;
            }
            return Ok(count);
        }
        held = end - start;
        if held > MAX_LINE + MARK {
            let line = count.all + 1;
            let mark = if line == 1 {
                held - strip_bom(&buffer[start..end]).len()
            } else {
                0
            };
            let length = measure(reader, held - mark, line)?;
            return Err(ReadError::TooLong { line, length }.into());
        }
        buffer.copy_within(start..end, 0);
    }
}

/// Reads to the end of a line of which `length` bytes have come, or until it is not worth it.
fn measure(
    mut reader: impl Read,
    mut length: usize,
    line: u64,
) -> Result<Option<usize>, ReadError> {
    let mut chunk = vec![0; MAX_LINE];
    while length <= MEASURED {
        let read = reader.read(&mut chunk).map_err(|source| ReadError::Io {
            line: line - 1,
            source,
        })?;
        match memchr2(b'\n', b'\r', &chunk[..read]) {
            None if read > 0 => length += read,
            end => return Ok(Some(length + end.unwrap_or(0)).filter(|length| *length <= MEASURED)),
        }
    }
    Ok(None)
}

fn next_line<S: LineSink>(
    count: &mut LineCount,
    bytes: &[u8],
    sink: &mut S,
) -> Result<(), S::Error> {
    count.all += 1;
    if count.all > u64::from(MAX_LINES) {
        return Err(ReadError::TooMany.into());
    }
    let bytes = if count.all == 1 {
        strip_bom(bytes)
    } else {
        bytes
    };
    if bytes.len() > MAX_LINE {
        return Err(ReadError::TooLong {
            line: count.all,
            length: Some(bytes.len()),
        }
        .into());
    }
    if is_blank(bytes) {
        count.blank += 1;
        return Ok(());
    }
    sink.line(count.number(), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use proptest::prelude::*;

    /// Takes pairs of lines at once where it can.
    #[derive(Default)]
    struct Pairs(Vec<(u32, String)>);

    impl LineSink for Pairs {
        type Error = ReadError;

        fn line(&mut self, number: u32, bytes: &[u8]) -> Result<(), ReadError> {
            self.0
                .push((number, String::from_utf8_lossy(bytes).into_owned()));
            Ok(())
        }

        fn several(&mut self, number: u32, lines: &[u8]) -> Result<Taken, ReadError> {
            let mut taken = Taken::default();
            let pair = lines.split_inclusive(|&byte| byte == b'\n').take(2);
            for (number, line) in (number..).zip(pair) {
                let Some(bytes) = line.strip_suffix(b"\n") else {
                    break;
                };
                if is_blank(bytes) || bytes.len() > MAX_LINE || line_end(bytes).is_some() {
                    break;
                }
                self.line(number, bytes)?;
                taken.lines += 1;
                taken.bytes += line.len();
            }
            Ok(taken)
        }
    }

    fn lines(text: &[u8]) -> Result<(Vec<(u32, String)>, LineCount), ReadError> {
        let mut pairs = Pairs::default();
        let count = for_each_line(text, &Silent, &mut pairs)?;
        Ok((pairs.0, count))
    }

    #[test]
    fn blank_lines_count_and_the_last_needs_no_end() {
        let (lines, count) = lines(b"\xEF\xBB\xBFa\n\n  \r\nb").expect("readable");
        assert_eq!(lines, [(1, "a".to_owned()), (4, "b".to_owned())]);
        assert_eq!(count, LineCount { all: 4, blank: 2 });
    }

    #[test]
    fn a_file_may_end_with_ctrl_z() {
        for (end, blank) in [
            ("\x1a", 0),
            ("\n\x1a", 1),
            ("\r\n\x1a\x1a", 1),
            ("\n\x1a\n", 1),
        ] {
            let (lines, count) = lines(format!("a\nb{end}").as_bytes()).expect("readable");
            let lines: Vec<&str> = lines.iter().map(|line| line.1.trim_end()).collect();
            assert_eq!(
                (&lines[..], count.blank),
                (&["a", "b"][..], blank),
                "{end:?}"
            );
        }
    }

    #[test]
    fn each_kind_of_line_end_is_one() {
        for text in ["a\rb\rc", "a\rb\r\nc\n", "a\r\nb\rc\r", "a\nb\r\nc\r\n"] {
            let (lines, count) = lines(text.as_bytes()).expect("readable");
            assert_eq!(count, LineCount { all: 3, blank: 0 }, "{text:?}");
            let names = lines
                .iter()
                .map(|(number, line)| (*number, line.trim_end()));
            assert!(names.eq([(1, "a"), (2, "b"), (3, "c")]), "{text:?}");
        }
    }

    /// Gives one byte at a time, so that every line end lies across two reads.
    struct Bytewise<'a>(&'a [u8]);

    impl Read for Bytewise<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(&mut buffer[..1])
        }
    }

    #[test]
    fn line_ends_may_lie_across_chunks() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("a{end}{end}b{end}");
            let mut pairs = Pairs::default();
            let count = for_each_line(Bytewise(text.as_bytes()), &Silent, &mut pairs);
            assert_eq!(
                count.expect("readable"),
                LineCount { all: 3, blank: 1 },
                "{end:?}"
            );
            assert_eq!(pairs.0.len(), 2, "{end:?}");
        }
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
        for (bytes, found) in [(3 * CHUNK, "3145728"), (17 * CHUNK, "more than 16777216")] {
            let error = lines(&vec![b'x'; bytes]).expect_err("no lines");
            assert_eq!(
                error.to_string(),
                format!("line 1: expected at most 65536 bytes, found {found}")
            );
        }
    }

    /// Gives as many bytes at a time as it is told, over and over.
    struct Pieces<'a> {
        rest: &'a [u8],
        sizes: std::iter::Cycle<std::slice::Iter<'a, usize>>,
    }

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let size = *self.sizes.next().expect("a cycle");
            let end = size.min(buffer.len()).min(self.rest.len());
            let (piece, rest) = self.rest.split_at(end);
            buffer[..end].copy_from_slice(piece);
            self.rest = rest;
            Ok(end)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_limit_of_a_line_is_the_same_however_it_is_read(
            lengths in prop::collection::vec(
                prop_oneof![Just(0), 1..40_usize, MAX_LINE - 3..MAX_LINE + 5, Just(70_000)],
                1..6,
            ),
            mark: bool,
            ended: bool,
            sizes in prop::collection::vec(
                prop_oneof![1000..3000_usize, MAX_LINE - 2..MAX_LINE + 3, Just(CHUNK)],
                1..4,
            ),
        ) {
            let mut text = if mark { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
            for (at, &length) in lengths.iter().enumerate() {
                text.extend(std::iter::repeat_n(b'x', length));
                if ended || at + 1 < lengths.len() {
                    text.push(b'\n');
                }
            }
            let mut pairs = Pairs::default();
            let reader = Pieces { rest: &text, sizes: sizes.iter().cycle() };
            let read = for_each_line(reader, &Silent, &mut pairs);
            let taken = lengths.iter().position(|&length| length > MAX_LINE);
            let expected: Vec<(u32, usize)> = (1..)
                .zip(lengths[..taken.unwrap_or(lengths.len())].iter().copied())
                .filter(|(_, length)| *length > 0)
                .collect();
            let found: Vec<(u32, usize)> =
                pairs.0.iter().map(|(number, line)| (*number, line.len())).collect();
            prop_assert_eq!(found, expected);
            match taken {
                None => prop_assert!(read.is_ok()),
                Some(at) => prop_assert_eq!(
                    read.expect_err("too long").to_string(),
                    format!(
                        "line {}: expected at most 65536 bytes, found {}",
                        at + 1,
                        lengths[at]
                    )
                ),
            }
        }
    }
}
