//! Why Athena doesn't answer a statement, taken apart: `COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved`.

/// Of a long line so many letters are shown.
const WIDTH: usize = 100;

/// What Athena says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reason {
    /// All of it.
    pub text: String,
    /// The engine's name for the kind of error, where it gives one.
    pub code: Option<String>,
    /// Line and column in the statement, from 1.
    pub position: Option<(usize, usize)>,
}

impl Reason {
    /// Reads what Athena says. Its engine, Trino, begins a message with the name of the error and then the position.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let (code, rest) = match text.split_once(": ") {
            Some((code, rest)) if is_code(code) => (Some(code.to_owned()), rest),
            _ => (None, text),
        };
        let position = rest.strip_prefix("line ").and_then(|rest| {
            let (line, rest) = rest.split_once(':')?;
            let (column, _) = rest.split_once(':')?;
            Some((line.parse().ok()?, column.parse().ok()?))
        });
        Self {
            text: text.to_owned(),
            code,
            position,
        }
    }

    /// The line of `sql` that is meant, and a mark below the place; empty where no place is named.
    #[must_use]
    pub fn marked(&self, sql: &str) -> String {
        let place = self
            .position
            .and_then(|(line, column)| Some((sql.lines().nth(line.checked_sub(1)?)?, column)));
        let Some((line, column)) = place else {
            return String::new();
        };
        let letters: Vec<char> = line
            .chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .collect();
        let at = column.saturating_sub(1).min(letters.len());
        // The place stays in the middle where not all of the line fits.
        let begin = match letters.len() {
            0..=WIDTH => 0,
            length => at.saturating_sub(WIDTH / 2).min(length - WIDTH),
        };
        let shown: String = letters[begin..].iter().take(WIDTH).collect();
        format!("\n  {}\n  {}^", shown.trim_end(), " ".repeat(at - begin))
    }
}

fn is_code(word: &str) -> bool {
    word.contains('_')
        && word
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_position_are_read_where_they_are() {
        for (text, code, position) in [
            (
                "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.a.b' does not exist",
                Some("TABLE_NOT_FOUND"),
                Some((1, 15)),
            ),
            (
                "line 3:2: mismatched input 'FORM'. Expecting: <EOF>",
                None,
                Some((3, 2)),
            ),
            ("Query exhausted resources at this scale factor", None, None),
            ("line up: here", None, None),
            ("Note: no code", None, None),
        ] {
            let reason = Reason::parse(text);
            assert_eq!(reason.code.as_deref(), code, "{text}");
            assert_eq!(reason.position, position, "{text}");
            assert_eq!(reason.text, text);
        }
    }

    #[test]
    fn the_place_is_marked() {
        let marked = |sql: &str, line, column| {
            let position = Some((line, column));
            let reason = Reason {
                position,
                ..Reason::default()
            };
            reason.marked(sql)
        };
        assert_eq!(
            marked("SELECT\n\tnöne, b", 2, 8),
            "\n   nöne, b\n         ^"
        );
        assert_eq!(marked("SELECT", 1, 99), "\n  SELECT\n        ^");
        assert_eq!(marked("SELECT", 2, 1), "");
        assert_eq!(marked("SELECT", 0, 1), "");
        let long = "x".repeat(500) + "!" + &"y".repeat(500);
        let text = marked(&long, 1, 501);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines[0].len(), 2 + WIDTH);
        assert_eq!(lines[0].as_bytes()[lines[1].len() - 1], b'!');
        assert_eq!(Reason::default().marked("SELECT"), "");
    }
}
