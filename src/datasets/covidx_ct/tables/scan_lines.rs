//! Lines of one scan, which follow each other in a label file.

use super::labels::MAX_LINE;
use super::stem::EXTENSION;
use crate::datasets::covidx_ct::files::Class;
use crate::datasets::covidx_ct::files::split_file::usual_after_name;

/// More digits could overflow.
const MAX_DIGITS: u8 = 9;
/// Bytes of a line beside the text at the most: digits, extension, class, and four numbers of nine digits.
const MAX_REST: usize = 64;

/// Iterates over the slices and boxes of lines that name a scan and have a class. Ends at the first line that does not, or that
/// needs a closer look: for one it can't take, or a box that is inverted or too large for a row.
#[derive(Debug)]
pub(super) struct ScanLines<'a> {
    text: &'a [u8],
    digits: usize,
    class: Class,
    lines: &'a [u8],
    rest: &'a [u8],
    /// What follows the digits in the line before, and its box.
    before: (&'a [u8], [u16; 4]),
}

impl<'a> ScanLines<'a> {
    /// `text` and `digits` are those of the scan's names; `lines` are whole.
    pub(super) fn new(text: &'a str, digits: u8, class: Class, lines: &'a [u8]) -> Option<Self> {
        // So no line of them needs to be measured.
        let short = text.len() <= MAX_LINE - MAX_REST;
        (short && (1..=MAX_DIGITS).contains(&digits)).then_some(Self {
            text: text.as_bytes(),
            digits: digits.into(),
            class,
            lines,
            rest: lines,
            before: (&[], [0; 4]),
        })
    }

    /// Bytes of the lines so far.
    pub(super) fn bytes(&self) -> usize {
        self.lines.len() - self.rest.len()
    }
}

impl Iterator for ScanLines<'_> {
    type Item = (u32, [u16; 4]);

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a box is checked to be in 16 bits, and digits are not negative; this runs once a row"
    )]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = after(self.rest, self.text)?;
        let (digits, rest) = rest.split_at_checked(self.digits)?;
        let mut slice = 0;
        for digit in digits {
            if !digit.is_ascii_digit() {
                return None;
            }
            slice = slice * 10 + u32::from(digit - b'0');
        }
        // Half of all boxes are that of the slice before.
        if !self.before.0.is_empty()
            && let Some(rest) = after(rest, self.before.0)
        {
            self.rest = rest;
            return Some((slice, self.before.1));
        }
        let (class, bbox, end) = usual_after_name(rest.strip_prefix(EXTENSION.as_bytes())?)?;
        let end = end.strip_prefix(b"\r").unwrap_or(end).strip_prefix(b"\n")?;
        let [xmin, ymin, xmax, ymax] = bbox;
        if class != self.class || xmin >= xmax || ymin >= ymax || xmax.max(ymax) >= u16::MAX.into()
        {
            return None;
        }
        // Both lower edges are below the upper ones.
        let bbox = bbox.map(|edge| edge as u16);
        self.before = (&rest[..rest.len() - end.len()], bbox);
        self.rest = end;
        Some((slice, bbox))
    }
}

/// What follows `text` at the start of `bytes`.
///
/// Names are short, and nearly all that are asked for are equal: comparing words is faster than a call of `memcmp`.
fn after<'a>(bytes: &'a [u8], text: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = bytes.split_at_checked(text.len())?;
    let equal = match (start.last_chunk::<8>(), text.last_chunk::<8>()) {
        // The last words overlap those before.
        (Some(last), Some(end)) => {
            let words = start.as_chunks::<8>().0.iter();
            last == end && words.zip(text.as_chunks::<8>().0).all(|(a, b)| a == b)
        }
        _ => start == text,
    };
    equal.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slices(lines: &[u8]) -> (Vec<(u32, [u16; 4])>, usize) {
        let mut lines =
            ScanLines::new("NCP_96_1328_", 4, Class::Covid19, lines).expect("few digits");
        (lines.by_ref().collect(), lines.bytes())
    }

    #[test]
    fn lines_of_a_scan_and_a_class() {
        let lines = b"NCP_96_1328_0031.png 2 9 57 453 404\r\nNCP_96_1328_0032.png 2 0 0 512 512\n\
            NCP_96_1328_0033.png 2 0 0 512 512\nNCP_96_1328_0034.png 2 0 0 512 51\n";
        let (first, last) = ([9, 57, 453, 404], [0, 0, 512, 51]);
        let middle = [0, 0, 512, 512];
        let expected = vec![(31, first), (32, middle), (33, middle), (34, last)];
        assert_eq!(slices(lines), (expected, lines.len()));
    }

    #[test]
    fn no_line_is_longer_than_the_limit() {
        let text = "x".repeat(MAX_LINE - MAX_REST);
        let longest = format!("{text}000000001.png 2 0 0 000000512 000000512\r\n");
        let end = longest.replace(" 0 0", " 000000000 000000000");
        let lines = longest + &end;
        let mut taken =
            ScanLines::new(&text, MAX_DIGITS, Class::Covid19, lines.as_bytes()).expect("short");
        assert_eq!(taken.by_ref().count(), 2);
        assert!(end.len() - 1 <= MAX_LINE, "{}", end.len());
        let text = text + "x";
        assert!(ScanLines::new(&text, MAX_DIGITS, Class::Covid19, b"").is_none());
    }

    #[test]
    fn any_other_line_ends_them() {
        let first = "NCP_96_1328_0031.png 2 9 57 453 404\n";
        for other in [
            "NCP_96_1329_0032.png 2 0 0 512 512\n",
            "NCP_96_1328_0032.png 1 0 0 512 512\n",
            "NCP_96_1328_00320.png 2 0 0 512 512\n",
            "NCP_96_1328_003.png 2 0 0 512 512\n",
            "NCP_96_1328_003x.png 2 0 0 512 512\n",
            "NCP_96_1328_0032.PNG 2 0 0 512 512\n",
            "NCP_96_1328_0032.png 2 0 0 512\n",
            "NCP_96_1328_0032.png 2 0 0 512 512 1\n",
            "NCP_96_1328_0032.png 2 0 0 512 512\r\r\n",
            "NCP_96_1328_0032.png 2 -1 0 512 512\n",
            "NCP_96_1328_0032.png 2 512 0 0 512\n",
            "NCP_96_1328_0032.png 2 0 9 512 9\n",
            "NCP_96_1328_0032.png 2 0 0 65535 512\n",
            "NCP_96_1328_0032.png 2 0 0 512 512",
            "NCP_96\n",
            "\n",
        ] {
            let lines = [first, other].concat();
            let expected = vec![(31, [9, 57, 453, 404])];
            assert_eq!(slices(lines.as_bytes()), (expected, first.len()), "{other}");
        }
    }
}
