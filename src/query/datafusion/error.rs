//! DataFusion's errors in words for people.

use datafusion::common::{Column, DataFusionError, SchemaError, Span};
use datafusion::sql::sqlparser::parser::ParserError;

use super::super::QueryError;
use super::super::question::AT;
use super::super::refusal::{Place, Refusal, nearest};
use crate::contract::{Contract, VIEWS};

/// Arrow's types, and what they are called in SQL.
const TYPES: [(&str, &str); 12] = [
    ("Utf8View", "VARCHAR"),
    ("LargeUtf8", "VARCHAR"),
    ("Utf8", "VARCHAR"),
    ("UInt64", "BIGINT"),
    ("Int64", "BIGINT"),
    ("Int32", "INTEGER"),
    ("Float64", "DOUBLE"),
    ("Float32", "REAL"),
    ("Boolean", "BOOLEAN"),
    ("Date32", "DATE"),
    ("Decimal128", "DECIMAL"),
    ("Interval(MonthDayNano)", "INTERVAL"),
];

/// Why `sql` is not answered; `functions` are the names that it could have called.
pub(super) fn explain(error: &DataFusionError, sql: &str, functions: &[String]) -> QueryError {
    let span = error.diagnostic().and_then(|diagnostic| diagnostic.span);
    let place = span.and_then(|span| place(sql, span));
    let refusal = match error.find_root() {
        DataFusionError::SQL(error, _) => syntax(error, sql),
        DataFusionError::SchemaError(error, _) => schema(error).at(place),
        DataFusionError::Plan(text) => plan(text, functions).at(place),
        DataFusionError::NotImplemented(text) | DataFusionError::Execution(text) => {
            Refusal::new(words(text)).at(place)
        }
        DataFusionError::ResourcesExhausted(text) => {
            Refusal::new(format!("not enough memory: {}", words(text)))
                .hint("select fewer columns or rows, or ask Athena with `--engine athena`")
        }
        DataFusionError::Internal(text) => {
            Refusal::new(format!("a fault of DataFusion: {}", words(text)))
        }
        DataFusionError::ObjectStore(error) => return unreadable(error),
        DataFusionError::ParquetError(error) => return unreadable(error),
        DataFusionError::IoError(error) => return unreadable(error),
        DataFusionError::ArrowError(error, _) => match error.as_ref() {
            arrow::error::ArrowError::ParquetError(text)
            | arrow::error::ArrowError::IoError(text, _) => return unreadable(text),
            error => Refusal::new(words(&error.to_string())),
        },
        error => Refusal::new(words(&error.strip_backtrace())),
    };
    QueryError::Query(Box::new(refusal))
}

fn unreadable(error: &dyn ToString) -> QueryError {
    let text = error.to_string();
    let text = text.trim_start_matches("External: ");
    QueryError::Read {
        message: words(text),
    }
}

fn place(sql: &str, span: Span) -> Option<Place> {
    let length = if span.end.line == span.start.line {
        span.end.column.saturating_sub(span.start.column)
    } else {
        1
    };
    Place::find(sql, span.start.line, span.start.column, length)
}

/// `Expected: an expression, found: FROM at Line: 1, Column: 8`.
fn syntax(error: &ParserError, sql: &str) -> Refusal {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
        ParserError::RecursionLimitExceeded => {
            return Refusal::new("brackets or subqueries are nested too deeply");
        }
    };
    let Some((text, numbers)) = text.split_once(" at Line: ") else {
        let end = sql.trim_end();
        let line = end.lines().count() as u64;
        let column = end.lines().last().map_or(0, |line| line.chars().count()) as u64;
        let place = Place::find(sql, line, column + 1, 1);
        return Refusal::new(lower_first(text)).at(place);
    };
    let mut numbers = numbers.split(", Column: ").map(|number| {
        let digits = number.trim_end_matches(|letter: char| !letter.is_ascii_digit());
        digits.parse::<u64>().unwrap_or_default()
    });
    let (line, column) = (numbers.next(), numbers.next());
    let found = text.rsplit_once("found: ").map_or("", |(_, found)| found);
    let place = Place::find(
        sql,
        line.unwrap_or_default(),
        column.unwrap_or_default(),
        found.chars().count() as u64,
    );
    Refusal::new(lower_first(text)).at(place)
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first
        .into_iter()
        .chain(letters)
        .collect::<String>()
        .replace("expected: ", "expected ")
        .replace("found: ", "found ")
}

fn schema(error: &SchemaError) -> Refusal {
    match error {
        SchemaError::FieldNotFound {
            field,
            valid_fields,
        } => column(field, valid_fields),
        SchemaError::AmbiguousReference { field } => {
            Refusal::new(format!("column `{}` is in several tables", field.name))
                .hint(format!("name the table: `t.{}`", field.name))
        }
        SchemaError::DuplicateQualifiedField { name, .. }
        | SchemaError::DuplicateUnqualifiedField { name } => {
            Refusal::new(format!("two columns are called `{name}`"))
                .hint(format!("name one of them: `AS other_{name}`"))
        }
    }
}

fn column(field: &Column, valid: &[Column]) -> Refusal {
    let message = match &field.relation {
        Some(table) => format!("no column `{}` in `{}`", field.name, table.table()),
        None => format!("no column `{}`", field.name),
    };
    let refusal = Refusal::new(message);
    let within: Vec<&str> = valid
        .iter()
        .filter(|column| field.relation.is_none() || column.relation == field.relation)
        .map(|column| column.name.as_str())
        .collect();
    if let Some(name) = nearest(&field.name, within.iter().copied()) {
        return refusal.hint(format!("did you mean `{name}`?"));
    }
    if within.is_empty() {
        return refusal;
    }
    let mut names: Vec<&str> = Vec::new();
    for name in within {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    refusal.hint(format!("the columns are {}", names.join(", ")))
}

fn plan(text: &str, functions: &[String]) -> Refusal {
    if let Some(name) = between(text, "table '", "' not found") {
        let name = name.rsplit('.').next().unwrap_or(name);
        let tables = Contract::current().tables.iter();
        let tables = tables.map(|table| table.name.as_str());
        let names: Vec<&str> = tables.chain(VIEWS.iter().map(|view| view.name)).collect();
        let refusal = Refusal::new(format!("no table `{name}`"));
        // Behind it the snapshot may stand.
        let table = name.split(AT).next().unwrap_or(name);
        return match nearest(table, names.iter().copied()) {
            Some(near) => refusal.hint(format!(
                "did you mean `{near}`? the tables are {}",
                names.join(", ")
            )),
            None => refusal.hint(format!("the tables are {}", names.join(", "))),
        };
    }
    if let Some(name) = between(text, "Invalid function '", "'") {
        let refusal = Refusal::new(format!("no function `{name}`"));
        let names = functions.iter().map(String::as_str);
        return match nearest(name, names) {
            Some(near) => refusal.hint(format!("did you mean `{near}`?")),
            None => refusal.hint("`SHOW FUNCTIONS` lists those there are"),
        };
    }
    if text.starts_with("Column in") && text.contains("GROUP BY") {
        let name = between(text, "column \"", "\"").unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or(name);
        return Refusal::new(format!(
            "`{name}` is neither in GROUP BY nor in an aggregate"
        ))
        .hint(format!("add it: `GROUP BY {name}`, or `MIN({name})`"));
    }
    Refusal::new(words(text))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// One line, with SQL's types.
fn words(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let line = line
        .split(" No function matches")
        .next()
        .unwrap_or_default()
        .trim_end();
    let mut letters = line.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    let line = first.into_iter().chain(letters).collect::<String>();
    sql_types(&line)
}

/// The same with SQL's names for Arrow's types.
pub(super) fn sql_types(text: &str) -> String {
    let types = TYPES.iter();
    types.fold(text.to_owned(), |line, (arrow, sql)| {
        line.replace(arrow, sql)
    })
}
