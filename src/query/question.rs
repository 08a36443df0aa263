//! A question, looked at as text before an engine has it: whether it is one, and which tables it names.

#[cfg(feature = "sql")]
use std::ops::ControlFlow;

#[cfg(feature = "sql")]
use sqlparser::ast::{ObjectName, ObjectNamePart, visit_relations};
#[cfg(feature = "sql")]
use sqlparser::dialect::GenericDialect;
#[cfg(feature = "sql")]
use sqlparser::parser::Parser;

use super::QueryError;
use crate::contract::{Contract, Table};
use crate::lake::log::{Entry, TableFiles};

/// The schema whose tables have the rows of the newest snapshot of each release.
#[cfg(feature = "sql")]
pub(super) const ALL_RELEASES: &str = "all_releases";
/// Stands between a table and the snapshot that it is read from: a letter of names to SQL's parser, so that it needs no quotes.
#[cfg(feature = "sql")]
pub(super) const AT: char = '@';

/// Whether `sql` asks for a table of another snapshot, or of all releases: Athena and Polars have one snapshot.
#[cfg(feature = "sql")]
#[must_use]
pub fn names_other_snapshots(sql: &str) -> bool {
    let statements = Parser::parse_sql(&GenericDialect {}, sql).unwrap_or_default();
    let is_other = |relation: &ObjectName| {
        let mut parts = relation.0.iter().filter_map(ObjectNamePart::as_ident);
        if parts.any(|part| part.value.contains(AT) || part.value == ALL_RELEASES) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    visit_relations(&statements, is_other).is_break()
}

/// Whether `sql` asks for a table of another snapshot: not known without a parser.
#[cfg(not(feature = "sql"))]
#[must_use]
pub fn names_other_snapshots(_: &str) -> bool {
    false
}

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
pub(super) fn names(contract: &Contract, sql: &str, table: &Table) -> bool {
    let sql = sql.to_ascii_lowercase();
    let views = contract
        .views
        .iter()
        .filter(|view| view.table == table.name);
    sql.contains(&table.name) || views.into_iter().any(|view| sql.contains(view.name))
}

/// Bytes of the data files of the tables that `sql` names: more than it reads, where it reads each table once.
#[must_use]
pub fn bytes_named(contract: &Contract, sql: &str, entry: &Entry) -> u64 {
    let tables = contract.tables.iter();
    tables
        .filter(|table| names(contract, sql, table))
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

    #[cfg(feature = "sql")]
    #[test]
    fn other_snapshots_are_seen_wherever_they_are_named() {
        for sql in [
            "SELECT COUNT(*) FROM ct_slices@2",
            "SELECT * FROM patients WHERE patient_id IN (SELECT patient_id FROM patients@1)",
            "WITH a AS (SELECT * FROM all_releases.ct_slices) SELECT * FROM a",
            "SELECT * FROM \"ct_slices@20261123T201500Z-3f9a1c2b-7d1e\"",
        ] {
            assert!(names_other_snapshots(sql), "{sql}");
        }
        for sql in ["SELECT 'a@1' FROM patients", "SELECT 1", "not sql"] {
            assert!(!names_other_snapshots(sql), "{sql}");
        }
    }

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
