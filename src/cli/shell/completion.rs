//! What can stand at the cursor: tables, columns, values of partition keys, keywords, dot commands.

use super::command::Command;
use super::statement;

/// The words of SQL that are offered; engines know more.
const KEYWORDS: [&str; 44] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "DISTINCT",
    "AS",
    "AND",
    "OR",
    "NOT",
    "IN",
    "IS",
    "NULL",
    "LIKE",
    "BETWEEN",
    "EXISTS",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "JOIN",
    "LEFT",
    "INNER",
    "ON",
    "USING",
    "UNION ALL",
    "WITH",
    "OVER",
    "PARTITION BY",
    "ASC",
    "DESC",
    "TRUE",
    "FALSE",
    "CAST",
    "FILTER",
    "EXPLAIN",
    "DESCRIBE",
    "SHOW TABLES",
    "CROSS JOIN",
    "COALESCE",
];
const FUNCTIONS: [&str; 5] = ["COUNT", "SUM", "AVG", "MIN", "MAX"];
/// A table's name follows these.
const BEFORE_TABLES: [&str; 5] = ["FROM", "JOIN", "DESCRIBE", "DESC", "TABLE"];
/// A statement begins with these.
const FIRST: [&str; 5] = ["SELECT", "WITH", "EXPLAIN", "DESCRIBE", "SHOW TABLES"];

/// The names and values that a snapshot has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Vocabulary {
    /// Tables and views, each with its columns.
    pub(in crate::cli) tables: Vec<(String, Vec<String>)>,
    /// Partition keys, each with its values.
    pub(in crate::cli) values: Vec<(String, Vec<String>)>,
    /// Names of engines.
    pub(in crate::cli) engines: Vec<String>,
}

/// A piece of SQL before the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Text,
    Sign(char),
}

impl Vocabulary {
    /// Where the word at the cursor begins, and what it may become.
    pub(super) fn complete(&self, line: &str, cursor: usize) -> (usize, Vec<String>) {
        let before = &line[..cursor];
        // What is whole before the cursor does not matter.
        let (_, open) = statement::split(before);
        let last_line = before.rsplit('\n').next().unwrap_or_default();
        if let Some(command) = last_line.trim_start().strip_prefix('.')
            && open.is_empty()
        {
            return self.complete_command(command, cursor);
        }
        let start = cursor - open.len();
        // The tables may be named behind the cursor.
        let all_tokens = tokenize(&line[start..]);
        if let Some(quote) = open_quote(open) {
            let found = self.values_like(open, quote);
            return (start + quote, found);
        }
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
        let word = open.trim_end_matches(is_part).len();
        let (tokens, prefix) = (tokenize(&open[..word]), &open[word..]);
        if let Some((qualifier, name)) = prefix.rsplit_once('.') {
            let columns = self.columns_of(qualifier, &all_tokens);
            let found = like(name, columns.iter());
            return (cursor - name.len(), found);
        }
        let all = self.tables.iter();
        let previous = last_word(&tokens);
        if previous.is_some_and(|word| is_one_of(word, &BEFORE_TABLES)) {
            return (
                cursor - prefix.len(),
                like(prefix, all.map(|(name, _)| name)),
            );
        }
        if tokens.is_empty() {
            return (cursor - prefix.len(), keywords_like(prefix, &FIRST));
        }
        if let Some(values) = self.values_after(&tokens) {
            let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
            let inside = values.iter().filter(|value| {
                let value = value[1..].to_lowercase();
                value.starts_with(&prefix.to_lowercase())
            });
            let found: Vec<String> = inside.cloned().collect();
            if !found.is_empty() {
                return (cursor - prefix.len(), found);
            }
        }
        let columns = self.columns_of("", &all_tokens);
        let mut found = like(prefix, columns.iter());
        if !prefix.is_empty() {
            found.extend(
                keywords_like(prefix, &FUNCTIONS)
                    .into_iter()
                    .map(|name| name + "("),
            );
            found.extend(keywords_like(prefix, &KEYWORDS));
            found.extend(like(prefix, all.map(|(name, _)| name)));
        }
        (cursor - prefix.len(), found)
    }

    fn complete_command(&self, text: &str, cursor: usize) -> (usize, Vec<String>) {
        let Some((name, argument)) = text.split_once(char::is_whitespace) else {
            let names: Vec<String> = Command::names().collect();
            return (
                cursor - text.len() - 1,
                like(&format!(".{text}"), names.iter()),
            );
        };
        let argument = argument.trim_start();
        let found = match &*name.to_ascii_lowercase() {
            "schema" => like(argument, self.tables.iter().map(|(name, _)| name)),
            "engine" => like(argument, self.engines.iter()),
            "rows" => like(argument, [&"all".to_owned()].into_iter()),
            "snapshot" => like(argument, [&"current".to_owned()].into_iter()),
            _ => Vec::new(),
        };
        (cursor - argument.len(), found)
    }

    /// The columns of the tables that the statement names; of all where it names none. With a qualifier, of the table that it means.
    fn columns_of(&self, qualifier: &str, tokens: &[Token<'_>]) -> Vec<String> {
        let words: Vec<&str> = tokens
            .iter()
            .filter_map(|token| match token {
                Token::Word(word) => Some(*word),
                _ => None,
            })
            .collect();
        let names = |at: usize, name: &str| words[at].eq_ignore_ascii_case(name);
        let means = |name: &str| {
            name.eq_ignore_ascii_case(qualifier)
                || (0..words.len()).any(|at| {
                    let alias = match words.get(at + 1) {
                        Some(word) if word.eq_ignore_ascii_case("as") => words.get(at + 2),
                        other => other,
                    };
                    names(at, name)
                        && alias.is_some_and(|alias| alias.eq_ignore_ascii_case(qualifier))
                })
        };
        let is_named = |name: &str| (0..words.len()).any(|at| names(at, name));
        let any_named = self.tables.iter().any(|(name, _)| is_named(name));
        let mut columns: Vec<String> = Vec::new();
        for (name, of_table) in &self.tables {
            let wanted = match qualifier {
                "" => is_named(name) || !any_named,
                _ => means(name),
            };
            if wanted {
                columns.extend(of_table.iter().cloned());
            }
        }
        columns.sort();
        columns.dedup();
        columns
    }

    /// Values that the text opened at `quote` may become, with their quotes.
    fn values_like(&self, open: &str, quote: usize) -> Vec<String> {
        let typed = open[quote + 1..].replace("''", "'").to_lowercase();
        let tokens = tokenize(&open[..quote]);
        let values = self.values_after(&tokens).unwrap_or_default();
        let matching = values
            .iter()
            .filter(|value| value.to_lowercase().starts_with(&typed));
        matching.map(|value| quoted(value)).collect()
    }

    /// The values of the partition key that is compared where `tokens` end: `country =`, `country IN ('China',`.
    fn values_after(&self, tokens: &[Token<'_>]) -> Option<&[String]> {
        let mut rest = tokens.iter().rev().peekable();
        let in_list = matches!(rest.peek(), Some(Token::Sign('(' | ',')));
        while in_list && matches!(rest.peek(), Some(Token::Sign('(' | ',') | Token::Text)) {
            rest.next();
        }
        let compared = match rest.next()? {
            Token::Sign('=' | '>') => !in_list,
            Token::Word(word) => {
                if in_list {
                    word.eq_ignore_ascii_case("in")
                } else {
                    word.eq_ignore_ascii_case("like")
                }
            }
            _ => false,
        };
        if !compared {
            return None;
        }
        let column = rest.find_map(|token| match token {
            Token::Word(word) if !word.eq_ignore_ascii_case("not") => Some(word),
            _ => None,
        })?;
        let column = column.rsplit('.').next().unwrap_or(column);
        let key = self
            .values
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(column));
        key.map(|(_, values)| &values[..])
    }
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// Where the text that is open at the end begins.
fn open_quote(sql: &str) -> Option<usize> {
    let mut open = None;
    let mut letters = sql.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '\'' {
            continue;
        }
        open = match open {
            None => Some(at),
            // Doubled, it is a part of the text.
            Some(begun) => letters.next_if(|(_, next)| *next == '\'').map(|_| begun),
        };
    }
    open
}

fn tokenize(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
        let length = if is_part(first) {
            let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
            tokens.push(Token::Word(&rest[..length]));
            length
        } else if first == '\'' {
            tokens.push(Token::Text);
            rest[1..].find('\'').map_or(rest.len(), |end| end + 2)
        } else {
            tokens.push(Token::Sign(first));
            first.len_utf8()
        };
        rest = rest[length..].trim_start();
    }
    tokens
}

/// The word that ends the tokens.
fn last_word<'a>(tokens: &[Token<'a>]) -> Option<&'a str> {
    match tokens.last()? {
        Token::Word(word) => Some(word),
        _ => None,
    }
}

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|other| other.eq_ignore_ascii_case(word))
}

/// Those that begin with `prefix`, whatever its case.
fn like<'a>(prefix: &str, words: impl Iterator<Item = &'a String>) -> Vec<String> {
    let prefix = prefix.to_lowercase();
    let found = words.filter(|word| word.to_lowercase().starts_with(&prefix));
    found.cloned().collect()
}

/// The keywords that begin with `prefix`, in its case.
fn keywords_like(prefix: &str, keywords: &[&str]) -> Vec<String> {
    let lower = prefix.chars().next().is_some_and(char::is_lowercase);
    let wanted = prefix.to_ascii_uppercase();
    let found = keywords
        .iter()
        .filter(|keyword| keyword.starts_with(&wanted));
    found
        .map(|keyword| {
            if lower {
                keyword.to_ascii_lowercase()
            } else {
                (*keyword).to_owned()
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        let texts = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Vocabulary {
            tables: vec![
                (
                    "ct_slices".to_owned(),
                    texts(&["image_key", "split", "country"]),
                ),
                (
                    "patients".to_owned(),
                    texts(&["patient_id", "age", "country"]),
                ),
            ],
            values: vec![
                (
                    "country".to_owned(),
                    texts(&["China", "Côte d'Ivoire", "Iran"]),
                ),
                ("sex".to_owned(), texts(&["F", "M", "Unknown"])),
            ],
            engines: texts(&["athena", "auto"]),
        }
    }

    /// What `typed` becomes with each candidate.
    #[track_caller]
    fn becomes(typed: &str, expected: &[&str]) {
        let (start, candidates) = vocabulary().complete(typed, typed.len());
        let lines: Vec<String> = candidates
            .iter()
            .map(|candidate| format!("{}{candidate}", &typed[..start]))
            .collect();
        assert_eq!(lines, expected, "{typed}");
    }

    #[test]
    fn keywords_follow_the_case_that_is_typed() {
        becomes("sel", &["select"]);
        becomes("SEL", &["SELECT"]);
        becomes("SELECT 1; wi", &["SELECT 1; with"]);
        becomes(
            "SELECT age FROM patients gr",
            &["SELECT age FROM patients group by"],
        );
        becomes("SELECT cou", &["SELECT country", "SELECT count("]);
    }

    #[test]
    fn tables_follow_from() {
        becomes(
            "SELECT * FROM ",
            &["SELECT * FROM ct_slices", "SELECT * FROM patients"],
        );
        becomes("SELECT * from PA", &["SELECT * from patients"]);
        becomes(
            "SELECT 1 FROM patients p JOIN ct",
            &["SELECT 1 FROM patients p JOIN ct_slices"],
        );
    }

    #[test]
    fn columns_are_those_of_the_tables_that_are_named() {
        becomes(
            "SELECT 1 FROM patients WHERE ag",
            &["SELECT 1 FROM patients WHERE age"],
        );
        becomes("SELECT im", &["SELECT image_key"]);
        let typed = "SELECT  FROM patients";
        let (start, columns) = vocabulary().complete(typed, "SELECT ".len());
        assert_eq!(start, "SELECT ".len());
        assert_eq!(columns, ["age", "country", "patient_id"]);
        becomes("SELECT 1 FROM patients WHERE im", &[]);
        becomes(
            "SELECT 1 FROM patients AS p JOIN ct_slices s ON p.",
            &[
                "SELECT 1 FROM patients AS p JOIN ct_slices s ON p.age",
                "SELECT 1 FROM patients AS p JOIN ct_slices s ON p.country",
                "SELECT 1 FROM patients AS p JOIN ct_slices s ON p.patient_id",
            ],
        );
    }

    #[test]
    fn values_of_partition_keys_come_with_their_quotes() {
        for typed in [
            "WITH country = ch",
            "WITH country = 'CH",
            "WITH c.country <> 'ch",
        ] {
            let (before, _) = typed.split_at(typed.to_lowercase().rfind("ch").unwrap());
            becomes(
                typed,
                &[&format!("{}'China'", before.trim_end_matches('\''))],
            );
        }
        becomes(
            "WITH country NOT IN ('Iran', 'C",
            &[
                "WITH country NOT IN ('Iran', 'China'",
                "WITH country NOT IN ('Iran', 'Côte d''Ivoire'",
            ],
        );
        becomes(
            "WITH country = 'Côte d''",
            &["WITH country = 'Côte d''Ivoire'"],
        );
        becomes(
            "WITH sex = ",
            &["WITH sex = 'F'", "WITH sex = 'M'", "WITH sex = 'Unknown'"],
        );
        becomes("WITH age = 'F", &[]);
    }

    #[test]
    fn dot_commands_and_their_arguments() {
        becomes(".ta", &[".tables"]);
        becomes(".schema p", &[".schema patients"]);
        becomes(".engine a", &[".engine athena", ".engine auto"]);
        becomes("SELECT 1;\n.qu", &["SELECT 1;\n.quit"]);
    }
}
