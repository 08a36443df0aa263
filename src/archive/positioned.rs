//! Bytes that are read at a place, by many at once.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::ops::Range;

/// Bytes at positions: a file's, or some that were fetched.
pub(super) trait ReadAt {
    /// Fills the start of `buffer` with the bytes from `offset` on; 0 at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

impl ReadAt for File {
    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }
}

impl<S: ReadAt> ReadAt for &S {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        S::read_at(self, buffer, offset)
    }
}

/// One reader's own place in shared bytes. A seek within its window reads nothing again: a central directory is walked by
/// hundreds of thousands of small steps.
#[derive(Debug)]
pub(super) struct Cursor<S> {
    source: S,
    length: u64,
    at: u64,
    /// Room for the bytes that are read at once; the first `filled` are those from `start` on.
    window: Vec<u8>,
    start: u64,
    filled: usize,
}

impl<S: ReadAt> Cursor<S> {
    /// At the start of `source`, which has `length` bytes; `step` of them are read at once.
    pub(super) fn new(source: S, length: u64, step: usize) -> Self {
        Self {
            source,
            length,
            at: 0,
            window: vec![0; step],
            start: 0,
            filled: 0,
        }
    }

    /// The same, at byte `at`.
    pub(super) fn starting_at(source: S, length: u64, step: usize, at: u64) -> Self {
        Self {
            at,
            ..Self::new(source, length, step)
        }
    }

    /// The part of the window from the current place on.
    fn ahead(&self) -> &[u8] {
        self.at
            .checked_sub(self.start)
            .and_then(|skipped| self.window[..self.filled].get(usize::try_from(skipped).ok()?..))
            .unwrap_or_default()
    }
}

impl<S: ReadAt> BufRead for Cursor<S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.ahead().is_empty() {
            self.filled = 0;
            self.filled = read_at(&self.source, &mut self.window, self.at)?;
            self.start = self.at;
        }
        Ok(self.ahead())
    }

    fn consume(&mut self, count: usize) {
        self.at += count as u64;
    }
}

impl<S: ReadAt> Read for Cursor<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = if self.ahead().is_empty() && buffer.len() >= self.window.len() {
            read_at(&self.source, buffer, self.at)?
        } else {
            self.fill_buf()?.read(buffer)?
        };
        self.consume(count);
        Ok(count)
    }
}

impl<S: ReadAt> Seek for Cursor<S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(distance) => self.length.checked_add_signed(distance),
            SeekFrom::Current(distance) => self.at.checked_add_signed(distance),
        };
        self.at = place.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                "a place before the first byte or beyond all numbers",
            )
        })?;
        Ok(self.at)
    }
}

/// A place that no file has is an end too, not the system's "invalid argument".
fn read_at(source: &impl ReadAt, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    if i64::try_from(offset).is_err() {
        return Ok(0);
    }
    loop {
        match source.read_at(buffer, offset) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// The bytes `range` of `source`, all of them.
pub(super) fn bytes_at(source: &impl ReadAt, range: Range<u64>) -> io::Result<Vec<u8>> {
    let count = range.end.saturating_sub(range.start);
    let mut bytes = vec![0; usize::try_from(count).map_err(io::Error::other)?];
    let mut filled = 0;
    while filled < bytes.len() {
        match read_at(source, &mut bytes[filled..], range.start + filled as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => filled += count,
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Gives at most 3 bytes at once.
    struct Slow(Vec<u8>);

    impl ReadAt for Slow {
        fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
            let from = self
                .0
                .get(usize::try_from(offset).expect("small")..)
                .unwrap_or_default();
            (&from[..from.len().min(3)]).read(buffer)
        }
    }

    #[test]
    fn it_reads_like_the_bytes_themselves() {
        let bytes: Vec<u8> = (0..=255).collect();
        for step in [1, 2, 7, 300] {
            let mut cursor = Cursor::new(Slow(bytes.clone()), 256, step);
            let mut plain = io::Cursor::new(bytes.clone());
            let seeks = [
                SeekFrom::Start(10),
                SeekFrom::Current(3),
                SeekFrom::Current(-12),
                SeekFrom::End(-2),
                SeekFrom::Start(400),
                SeekFrom::Start(0),
            ];
            for seek in seeks {
                assert_eq!(cursor.seek(seek).unwrap(), plain.seek(seek).unwrap());
                let (mut ours, mut theirs) = (Vec::new(), Vec::new());
                cursor.by_ref().take(9).read_to_end(&mut ours).unwrap();
                plain.by_ref().take(9).read_to_end(&mut theirs).unwrap();
                assert_eq!(ours, theirs, "step {step}, {seek:?}");
            }
        }
    }

    #[test]
    fn a_range_is_read_whole_or_not_at_all() {
        let source = Slow((0..=9).collect());
        assert_eq!(bytes_at(&source, 2..9).unwrap(), [2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(bytes_at(&source, 4..4).unwrap(), [0; 0]);
        let error = bytes_at(&source, 5..11).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn places_that_no_file_has_are_its_end() {
        let file = tempfile::tempfile().unwrap();
        let mut cursor = Cursor::new(file, 0, 8);
        cursor.seek(SeekFrom::Start(u64::MAX)).unwrap();
        assert_eq!(cursor.read(&mut [0; 4]).unwrap(), 0);
        assert!(cursor.seek(SeekFrom::Current(1)).is_err());
        assert!(cursor.seek(SeekFrom::End(-1)).is_err());
    }
}
