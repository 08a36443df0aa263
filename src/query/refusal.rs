//! Why a question has no answer, with the place in its text.

use std::fmt;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Characters of a long line that are shown around a place.
const SHOWN: usize = 72;

/// A question that can't be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, on one line.
    pub message: String,
    /// Where, for a person to see.
    pub place: Option<Place>,
    /// What would work.
    pub hint: Option<String>,
}

/// A place in a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    line: usize,
    text: String,
    /// Columns of a terminal, of which some letters take two.
    before: usize,
    marked: usize,
}

impl Refusal {
    /// Without a place or advice.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            place: None,
            hint: None,
        }
    }

    /// The same, at a place.
    #[must_use]
    pub fn at(self, place: Option<Place>) -> Self {
        Self { place, ..self }
    }

    /// The same, with advice.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.place {
            Some(place) => write!(f, "\n{place}"),
            None => Ok(()),
        }
    }
}

impl Place {
    /// `length` characters from a line and a column of `sql`, both counted from 1; `None` outside of the text.
    #[must_use]
    pub fn find(sql: &str, line: u64, column: u64, length: u64) -> Option<Self> {
        let line = usize::try_from(line).ok()?;
        let before = usize::try_from(column.checked_sub(1)?).ok()?;
        let text: Vec<char> = sql.lines().nth(line.checked_sub(1)?)?.chars().collect();
        if before > text.len() {
            return None;
        }
        let length = usize::try_from(length).unwrap_or(1);
        let marked = length.clamp(1, (text.len() - before).max(1));
        // Of a long line a part, with the place in it.
        let start = before.saturating_sub(SHOWN / 2);
        let start = if text.len() <= SHOWN { 0 } else { start };
        let end = text.len().min((start + SHOWN).max(before + marked));
        // What has no width is shown as an escape, or moves the cursor.
        let shown = |letters: &[char]| -> String {
            let letters = letters.iter().map(|letter| match letter.width() {
                None | Some(0) => ' ',
                Some(_) => *letter,
            });
            letters.collect()
        };
        let dots = |cut: bool| if cut { "…" } else { "" };
        Some(Self {
            line,
            text: format!(
                "{}{}{}",
                dots(start > 0),
                shown(&text[start..end]),
                dots(end < text.len())
            ),
            before: shown(&text[start..before]).width() + usize::from(start > 0),
            marked: shown(&text[before..text.len().min(before + marked)])
                .width()
                .max(1),
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        writeln!(f, "  {number} | {}", self.text)?;
        write!(
            f,
            "  {:width$} | {:before$}{}",
            "",
            "",
            "^".repeat(self.marked),
            width = number.len(),
            before = self.before
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_marked_below_its_line() {
        let place = Place::find("SELECT a,\n  wrong FROM t", 2, 3, 5);
        assert_eq!(
            place.map(|place| place.to_string()),
            Some("  2 |   wrong FROM t\n    |   ^^^^^".to_owned())
        );
        assert_eq!(Place::find("SELECT", 2, 1, 1), None);
        assert_eq!(Place::find("SELECT", 1, 0, 1), None);
        assert!(Place::find("SELECT", 1, 7, 1).is_some());
    }

    #[test]
    fn wide_letters_take_two_columns() {
        let place = Place::find("SELECT '中文', 列, a FROM t", 1, 14, 1);
        assert_eq!(
            place.map(|place| place.to_string()),
            Some("  1 | SELECT '中文', 列, a FROM t\n    |                ^^".to_owned())
        );
        let place = Place::find("SELECT e\u{301}, \u{202e}wrong", 1, 13, 5);
        assert_eq!(
            place.map(|place| place.to_string()),
            Some("  1 | SELECT e ,  wrong\n    |             ^^^^^".to_owned())
        );
    }

    #[test]
    fn of_a_long_line_a_part_is_shown() {
        let sql = format!(
            "SELECT {}wrong, {} FROM t",
            "a, ".repeat(100),
            "b, ".repeat(100)
        );
        let shown = Place::find(&sql, 1, 308, 5).map(|place| place.to_string());
        let shown = shown.unwrap_or_default();
        let lines: Vec<&str> = shown.lines().collect();
        let marked = lines[1].find('^').unwrap_or_default();
        let text: String = lines[0].chars().skip(marked).take(5).collect();
        assert_eq!(text, "wrong");
        assert!(lines[0].chars().count() < 90, "{shown}");
    }
}
