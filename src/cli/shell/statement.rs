//! Typed text, taken apart into statements and dot commands.

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A dot command, without the dot.
    Command(String),
    /// A statement, without the semicolon that ends it.
    Statement(String),
}

/// Words that people type to leave or to be helped: no statement begins with them.
const BARE_COMMANDS: [&str; 3] = ["exit", "help", "quit"];

/// The parts of `text`, and the rest, which is no whole statement yet.
pub(super) fn split(text: &str) -> (Vec<Part>, &str) {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let next = skip_blank(rest);
        if next.is_empty() {
            return (parts, "");
        }
        let (line, below) = next.split_once('\n').unwrap_or((next, ""));
        if let Some(command) = command(line) {
            parts.push(Part::Command(command));
            rest = below;
            continue;
        }
        let Some(end) = end_of_statement(next) else {
            return (parts, next);
        };
        let statement = next[..end].trim();
        if !statement.is_empty() {
            parts.push(Part::Statement(statement.to_owned()));
        }
        rest = &next[end + 1..];
    }
}

/// Whether nothing of `text` is open: each statement has its semicolon.
pub(super) fn is_complete(text: &str) -> bool {
    split(text).1.is_empty()
}

/// The dot command of a line.
fn command(line: &str) -> Option<String> {
    let line = line.trim().trim_end_matches(';').trim_end();
    if let Some(command) = line.strip_prefix('.') {
        return Some(command.to_owned());
    }
    let word = line.to_ascii_lowercase();
    BARE_COMMANDS.contains(&&*word).then_some(word)
}

/// From the first character on that is neither blank nor comment. A comment that is not closed is not skipped.
fn skip_blank(text: &str) -> &str {
    let text = text.trim_start();
    let rest = if text.starts_with("--") {
        text.split_once('\n').map_or("", |(_, rest)| rest)
    } else if let Some(comment) = text.strip_prefix("/*")
        && let Some((_, rest)) = comment.split_once("*/")
    {
        rest
    } else {
        return text;
    };
    skip_blank(rest)
}

/// Where the first semicolon outside of quotes and comments is.
fn end_of_statement(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let next = rest.find(['\'', '"', '`', '-', '/', ';'])?;
        let from = at + next;
        let rest = &text[from..];
        at = match &rest[..1] {
            ";" => return Some(from),
            // A doubled quote inside closes one text and opens another.
            quote @ ("'" | "\"" | "`") => from + 2 + rest[1..].find(quote)?,
            "-" if rest.starts_with("--") => from + 1 + rest.find('\n')?,
            "/" if rest.starts_with("/*") => from + 4 + rest[2..].find("*/")?,
            _ => from + 1,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(text: &str) -> Part {
        Part::Statement(text.to_owned())
    }

    fn command(text: &str) -> Part {
        Part::Command(text.to_owned())
    }

    #[test]
    fn semicolons_end_statements_where_they_are_neither_text_nor_comment() {
        for (text, parts) in [
            ("", vec![]),
            (" \n -- only; a comment", vec![]),
            (";;", vec![]),
            ("SELECT 1;", vec![statement("SELECT 1")]),
            (
                "SELECT 1; select 2 ;",
                vec![statement("SELECT 1"), statement("select 2")],
            ),
            (
                "SELECT ';' AS \"a;b\", 'it''s; ' -- not; here\n/* nor; here */ - 1 / 2;",
                vec![statement(
                    "SELECT ';' AS \"a;b\", 'it''s; ' -- not; here\n/* nor; here */ - 1 / 2",
                )],
            ),
            ("SELECT `a;b`; -- done", vec![statement("SELECT `a;b`")]),
            (".tables", vec![command("tables")]),
            (
                " .schema patients ;\nSELECT 1;",
                vec![command("schema patients"), statement("SELECT 1")],
            ),
            (
                "SELECT 'Côte d''Ivoire;';\n.quit",
                vec![statement("SELECT 'Côte d''Ivoire;'"), command("quit")],
            ),
            ("Exit;", vec![command("exit")]),
        ] {
            assert_eq!(split(text), (parts, ""), "{text}");
            assert!(is_complete(text), "{text}");
        }
    }

    #[test]
    fn what_is_open_waits_for_more() {
        for text in [
            "SELECT 1",
            "SELECT ';",
            "SELECT 1 -- ;",
            "SELECT 1 /* ; ",
            "/* not closed",
            "SELECT 1\nFROM \"a;",
            "SELECT a\n.b",
            "exit the",
        ] {
            assert_eq!(split(text), (vec![], text), "{text}");
            assert!(!is_complete(text), "{text}");
        }
        let (parts, rest) = split("SELECT 1; SELECT 2\n");
        assert_eq!((parts.len(), rest), (1, "SELECT 2\n"));
    }
}
