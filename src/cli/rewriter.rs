//! Text that is rewritten on its way out.

use std::borrow::Cow;
use std::io::{self, Write};

/// Writes text, rewritten, to `out`. What is not UTF-8 is replaced.
pub(super) struct Rewriter<W> {
    out: W,
    rewrite: fn(&str) -> Cow<'_, str>,
    /// A letter of which not all bytes have come.
    held: Vec<u8>,
}

impl<W: Write> Rewriter<W> {
    pub(super) fn new(out: W, rewrite: fn(&str) -> Cow<'_, str>) -> Self {
        Self {
            out,
            rewrite,
            held: Vec::new(),
        }
    }

    fn emit(&mut self, end: usize) -> io::Result<()> {
        let text = String::from_utf8_lossy(&self.held[..end]);
        self.out.write_all((self.rewrite)(&text).as_bytes())?;
        self.held.drain(..end);
        Ok(())
    }
}

impl<W: Write> Write for Rewriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        let end = match str::from_utf8(&self.held) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.held.len(),
        };
        self.emit(end)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.emit(self.held.len())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readable;

    #[test]
    fn letters_may_come_in_pieces() {
        let text = "é,\x1b[31m,\u{202e}🫁\n";
        for size in 1..=text.len() {
            let mut out = Vec::new();
            let mut writer = Rewriter::new(&mut out, readable::on_terminal);
            for piece in text.as_bytes().chunks(size) {
                writer.write_all(piece).expect("memory");
            }
            writer.flush().expect("memory");
            let shown = "é,\\u{1b}[31m,\\u{202e}🫁\n";
            assert_eq!(String::from_utf8(out).expect("text"), shown, "{size}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        let mut out = Vec::new();
        let mut writer = Rewriter::new(&mut out, readable::on_terminal);
        writer.write_all(b"a\x9b2J\n\xe2\x80").expect("memory");
        writer.flush().expect("memory");
        let shown = "a\u{fffd}2J\n\u{fffd}".as_bytes();
        assert_eq!(out, shown);
    }
}
