//! A question, looked at as text before an engine has it: whether it is one, and which tables it names.

use super::QueryError;
use crate::contract::{Contract, Table, VIEWS};
use crate::lake::log::{Entry, TableFiles};

/// Refuses what is no question: an engine may accept `DROP TABLE` and drop nothing but its own view of the table, or a service
/// may really drop it.
pub fn check_query(sql: &str) -> Result<(), QueryError> {
    let text = statement(sql);
    match first_word(text).as_str() {
        "SELECT" | "WITH" | "SHOW" | "DESCRIBE" | "DESC" | "FROM" | "VALUES" => Ok(()),
        // `EXPLAIN ANALYZE` runs what it explains.
        "EXPLAIN" => check_query(explained(text)),
        _ => {
            let words: Vec<&str> = text.split_whitespace().take(2).collect();
            Err(QueryError::Statement(words.join(" ")))
        }
    }
}

/// Whether `sql` may read `table`, by its own name or through a view.
pub(super) fn names(sql: &str, table: &Table) -> bool {
    let sql = sql.to_ascii_lowercase();
    let views = VIEWS.iter().filter(|view| view.table == table.name);
    sql.contains(&table.name) || views.into_iter().any(|view| sql.contains(view.name))
}

/// Bytes of the data files of the tables that `sql` names: more than it reads, where it reads each table once.
#[must_use]
pub fn bytes_named(sql: &str, entry: &Entry) -> u64 {
    let tables = Contract::current().tables.iter();
    tables
        .filter(|table| names(sql, table))
        .filter_map(|table| entry.tables.get(&table.name))
        .map(TableFiles::bytes)
        .sum()
}

/// From the first word on.
fn statement(sql: &str) -> &str {
    without_leading_comments(sql).trim_start_matches(['(', ' ', '\n', '\t'])
}

fn first_word(text: &str) -> String {
    let word = text.chars().take_while(char::is_ascii_alphabetic);
    word.collect::<String>().to_ascii_uppercase()
}

/// What stands behind `EXPLAIN`, `ANALYZE`, `VERBOSE` and options in brackets.
fn explained(text: &str) -> &str {
    let mut rest = text;
    while matches!(first_word(rest).as_str(), "EXPLAIN" | "ANALYZE" | "VERBOSE") {
        rest = rest.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
        rest = without_leading_comments(rest);
        // Options, unless the question itself is in brackets.
        if let Some((options, behind)) =
            rest.strip_prefix('(').and_then(|rest| rest.split_once(')'))
            && ["TYPE", "FORMAT"].contains(&first_word(options.trim_start()).as_str())
        {
            rest = without_leading_comments(behind);
        }
    }
    rest
}

fn without_leading_comments(sql: &str) -> &str {
    let text = sql.trim_start();
    let rest = match (text.strip_prefix("--"), text.strip_prefix("/*")) {
        (Some(line), _) => line.split_once('\n').map(|(_, rest)| rest),
        (_, Some(block)) => block.split_once("*/").map(|(_, rest)| rest),
        _ => return text,
    };
    rest.map_or("", without_leading_comments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_pass_and_statements_are_named() {
        for sql in [
            "select 1",
            "-- why\n/* not */ WITH a AS (SELECT 1) SELECT * FROM a",
            "(SELECT 1)",
            "EXPLAIN ANALYZE VERBOSE SELECT 1",
            "EXPLAIN (TYPE DISTRIBUTED, FORMAT JSON) /* all */ SELECT 1",
            "EXPLAIN (SELECT 1)",
            "DESCRIBE patients",
        ] {
            assert!(check_query(sql).is_ok(), "{sql}");
        }
        for (sql, named) in [
            ("DROP TABLE patients;", "DROP TABLE"),
            ("-- only", ""),
            ("hello", "hello"),
            ("EXPLAIN", ""),
            (
                "EXPLAIN ANALYZE INSERT INTO patients SELECT 1",
                "INSERT INTO",
            ),
            ("explain (format text) DELETE FROM patients", "DELETE FROM"),
        ] {
            let error = check_query(sql).expect_err(sql);
            assert_eq!(
                error.to_string(),
                format!("expected a query, got `{named}`")
            );
        }
    }
}
