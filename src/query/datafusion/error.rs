//! DataFusion's errors in words for people.

use datafusion::common::{Column, DataFusionError, SchemaError, Span};
use datafusion::sql::sqlparser::parser::ParserError;

use super::super::QueryError;
use super::super::nearest::nearest;
use super::super::question::AT;
use super::super::refusal::{Place, Refusal};

/// Arrow's types, and what they are called in SQL.
const TYPES: [(&str, &str); 17] = [
    ("Utf8View", "VARCHAR"),
    ("LargeUtf8", "VARCHAR"),
    ("Utf8", "VARCHAR"),
    ("UInt64", "BIGINT"),
    ("UInt32", "BIGINT"),
    ("UInt16", "INTEGER"),
    ("UInt8", "SMALLINT"),
    ("Int64", "BIGINT"),
    ("Int32", "INTEGER"),
    ("Int16", "SMALLINT"),
    ("Int8", "TINYINT"),
    ("Float64", "DOUBLE"),
    ("Float32", "REAL"),
    ("Boolean", "BOOLEAN"),
    ("Date32", "DATE"),
    ("Decimal128", "DECIMAL"),
    ("Interval(MonthDayNano)", "INTERVAL"),
];

/// What DataFusion and Arrow say before the reason.
const PREFIXES: [&str; 9] = [
    "Arithmetic overflow: ",
    "Cast error: ",
    "Compute error: ",
    "Error during planning: ",
    "Execution error: ",
    "External error: ",
    "Internal error: ",
    "Invalid argument error: ",
    "Parser error: ",
];

/// What stands before a construct that DataFusion has no plan for, and only knows by its own name for it.
const UNPLANNED: [&str; 3] = [
    "Physical plan does not support logical expression ",
    "Unsupported JOIN operator ",
    "Unsupported ast node in sqltorel: ",
];

/// DataFusion's names for constructs, what they are in SQL, and what can be written instead.
const CONSTRUCTS: [(&str, &str, &str); 10] = [
    (
        "AggregateFunction",
        "an aggregate within another one, in GROUP BY or in ON",
        "aggregate in a subquery first: `SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM patients GROUP BY country) AS t`",
    ),
    (
        "WindowFunction",
        "a window function outside of SELECT, ORDER BY and QUALIFY",
        "`SELECT patient_id FROM patients QUALIFY ROW_NUMBER() OVER (ORDER BY patient_id) = 1`",
    ),
    ("InSubquery", "IN with a subquery as a value", IN_WHERE),
    ("Exists", "EXISTS as a value", IN_WHERE),
    (
        "ScalarSubquery",
        "a subquery as a value that depends on the query around it and is no aggregate",
        "aggregate it, as in `(SELECT MIN(image_key) FROM ct_slices AS s WHERE s.patient_id = p.patient_id)`, or join it",
    ),
    (
        "RLike",
        "RLIKE and REGEXP",
        "`SELECT country FROM patients WHERE REGEXP_LIKE(country, '^C')`",
    ),
    (
        "Semi",
        "SEMI JOIN without LEFT or RIGHT",
        "write `LEFT SEMI JOIN`",
    ),
    (
        "Anti",
        "ANTI JOIN without LEFT or RIGHT",
        "write `LEFT ANTI JOIN`",
    ),
    (
        "AsOf",
        "ASOF JOIN",
        "join on a range, and keep the nearest row with `QUALIFY ROW_NUMBER() OVER (…) = 1`",
    ),
    (
        "Convert",
        "CONVERT",
        "`SELECT CAST(age AS VARCHAR) FROM patients`",
    ),
];
const IN_WHERE: &str = "write it into WHERE: `SELECT COUNT(*) FROM patients WHERE patient_id IN (SELECT patient_id FROM ct_slices)`";

/// What a question could have named.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    pub(super) tables: Vec<&'static str>,
    pub(super) functions: Vec<String>,
}

/// Why `sql` is not answered.
pub(super) fn explain(error: &DataFusionError, sql: &str, known: &Vocabulary) -> QueryError {
    let span = error.diagnostic().and_then(|diagnostic| diagnostic.span);
    let place = span.and_then(|span| place(sql, span));
    let refusal = match error.find_root() {
        error if let Some(reason) = pattern(&error.to_string()) => {
            Refusal::new(format!("cannot read the regular expression: {reason}")).at(place)
        }
        DataFusionError::SQL(error, _) => syntax(error, sql),
        DataFusionError::SchemaError(error, _) => schema(error).at(place),
        DataFusionError::Plan(text) => plan(text, known).at(place),
        DataFusionError::NotImplemented(text) => {
            unplanned(text, sql).unwrap_or_else(|| Refusal::new(not_supported(text)).at(place))
        }
        DataFusionError::Execution(text) => Refusal::new(words(text)).at(place),
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
        return Refusal::new(sentence(text)).at(place);
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
    Refusal::new(sentence(text)).at(place)
}

/// As the rest of a message goes on; a word in capitals is one of SQL.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next();
    let is_in_capitals = letters.clone().next().is_some_and(char::is_uppercase);
    let first = first.map(|letter| {
        if is_in_capitals {
            letter
        } else {
            letter.to_ascii_lowercase()
        }
    });
    let text = first.into_iter().chain(letters).collect::<String>();
    text.trim_end_matches(['.', '!']).to_owned()
}

/// What the parser says, as a sentence.
fn sentence(text: &str) -> String {
    lower_first(text)
        .replace("expected: ", "expected ")
        .replace("found: ", "found ")
        .replace("EOF", "the end")
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

fn plan(text: &str, known: &Vocabulary) -> Refusal {
    if let Some(name) = between(text, "table '", "' not found") {
        let name = name.rsplit('.').next().unwrap_or(name);
        let names = &known.tables;
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
        if known.functions.iter().any(|function| function == name) {
            let name = name.to_uppercase();
            return Refusal::new(format!("`{name}` needs OVER (…)")).hint(format!(
                "it is a window function: `{name}(…) OVER (ORDER BY patient_id)`"
            ));
        }
        let refusal = Refusal::new(format!("no function `{name}`"));
        let names = known.functions.iter().map(String::as_str);
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
    if let Some((name, kinds)) = arguments(text) {
        return Refusal::new(format!("`{name}` does not take {}", sql_types(kinds)))
            .hint("`DESCRIBE patients` lists the types of columns; `CAST(age AS VARCHAR)` makes another of one");
    }
    Refusal::new(words(text))
}

/// The function whose signature none of these types meets.
fn arguments(text: &str) -> Option<(&str, &str)> {
    if text.contains("failed to match any signature") {
        let kind = between(text, "(DataType: ", ")")?;
        return Some((between(text, "unction '", "'")?, kind));
    }
    let name = between(text, "call to '", "'")?;
    Some((name, between(text, "coercion from ", " to the signature")?))
}

/// Why a regular expression can't be read: the last line of many.
fn pattern(text: &str) -> Option<&str> {
    let (_, text) = text.split_once("regex parse error:")?;
    let mut lines = text.lines().map(str::trim);
    lines.find_map(|line| line.strip_prefix("error: "))
}

/// A construct that DataFusion has no plan for, by its name in SQL.
fn unplanned(text: &str, sql: &str) -> Option<Refusal> {
    let prefix = UNPLANNED.iter().find(|prefix| text.starts_with(**prefix))?;
    let rest = &text[prefix.len()..];
    let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric());
    let name = &rest[..end.unwrap_or(rest.len())];
    let place = location(rest, sql);
    if let Some((_, construct, instead)) = CONSTRUCTS.iter().find(|(known, ..)| *known == name) {
        let refusal = Refusal::new(format!("not supported: {construct}"));
        return Some(refusal.at(place).hint(*instead));
    }
    // `CrossApply`: CROSS APPLY.
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_uppercase());
    }
    Some(Refusal::new(format!("not supported: {words}")).at(place))
}

/// The first place in the text of a syntax tree: `Location(1,30)..Location(1,37)`.
fn location(tree: &str, sql: &str) -> Option<Place> {
    let mut ends = tree.split("Location(").skip(1).map(|end| {
        let (line, rest) = end.split_once(',')?;
        let (column, _) = rest.split_once(')')?;
        Some((line.parse::<u64>().ok()?, column.parse::<u64>().ok()?))
    });
    let (line, column) = ends.next()??;
    let (last, end) = ends.next()??;
    let length = if last == line {
        end.saturating_sub(column)
    } else {
        1
    };
    Place::find(sql, line, column, length)
}

/// What is not there, where nothing but its name is given.
fn not_supported(text: &str) -> String {
    if text.chars().any(char::is_lowercase) {
        words(text)
    } else {
        format!("not supported: {text}")
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// One line in SQL's words: without what Rust's types are called, and with values and types as they are written in a query.
fn words(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut line = line
        .split(" No function matches")
        .next()
        .unwrap_or_default();
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| line.strip_prefix(prefix)) {
        line = rest;
    }
    let line = literals(line);
    let line = &line[..tree(&line).unwrap_or(line.len())];
    let line = line
        .replace("[\"", "`")
        .replace("\", \"", ".")
        .replace("\"]", "`");
    lower_first(&sql_types(line.trim_end_matches([' ', ':', '\'', '('])))
}

/// `Int64(1)`, `Utf8("a")` and `Decimal128(Some(15),2,1)` as they are written: 1, 'a' and 1.5.
fn literals(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, kind, end)) = [
        "Int64(",
        "Float64(",
        "Boolean(",
        "Utf8(\"",
        "Decimal128(Some(",
    ]
    .into_iter()
    .filter_map(|kind| {
        let end = if kind.ends_with('"') { "\")" } else { ")" };
        rest.find(kind).map(|at| (at, kind, end))
    })
    .min()
    {
        let Some((value, behind)) = rest[at + kind.len()..].split_once(end) else {
            break;
        };
        shown += &rest[..at];
        rest = behind;
        if kind.ends_with('"') {
            shown += &format!("'{value}'");
        } else if kind.starts_with("Decimal") {
            let Some((numbers, behind)) = rest.split_once(')') else {
                break;
            };
            rest = behind;
            let scale = numbers
                .rsplit(',')
                .next()
                .and_then(|scale| scale.parse().ok());
            let point = value.len().checked_sub(scale.unwrap_or(0));
            match point {
                Some(point) if point > 0 && point < value.len() => {
                    shown += &format!("{}.{}", &value[..point], &value[point..]);
                }
                _ => shown += value,
            }
        } else {
            shown += value;
        }
    }
    shown + rest
}

/// Where the text of a syntax tree begins: a name of several words without a blank, as `SingleQuotedString(`, or fields in braces.
fn tree(text: &str) -> Option<usize> {
    let mut begin = None;
    for (at, letter) in text.char_indices() {
        match (begin, letter) {
            (None, letter) if letter.is_ascii_uppercase() => begin = Some(at),
            (Some(start), '(' | ' ') => {
                let name = &text[start..at];
                let is_mixed = name.contains(|letter: char| letter.is_ascii_lowercase());
                let humps = name.chars().filter(char::is_ascii_uppercase).count();
                let is_tree = match letter {
                    '(' => humps > 1,
                    _ => text[at..].starts_with(" { "),
                };
                if is_mixed && is_tree {
                    return Some(start);
                }
                begin = None;
            }
            (Some(_), letter) if letter.is_ascii_alphanumeric() => {}
            _ => begin = None,
        }
    }
    None
}

/// The same with SQL's names for Arrow's types.
pub(super) fn sql_types(text: &str) -> String {
    let types = TYPES.iter();
    types.fold(text.to_owned(), |line, (arrow, sql)| {
        line.replace(arrow, sql)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_capitals_stay() {
        for (text, expected) in [
            (
                "UNION queries have different number of columns",
                "UNION queries have different number of columns",
            ),
            (
                "WITHIN GROUP is only supported",
                "WITHIN GROUP is only supported",
            ),
            (
                "Too many columns! The subquery",
                "too many columns! The subquery",
            ),
            ("A table", "a table"),
        ] {
            assert_eq!(lower_first(text), expected);
        }
        assert_eq!(not_supported("TOP"), "not supported: TOP");
        assert_eq!(
            sentence("Expected: an expression, found: EOF"),
            "expected an expression, found the end"
        );
    }

    #[test]
    fn no_syntax_tree_is_shown() {
        for (text, expected) in [
            (
                "Cast error: Cannot cast string 'a' to value of Int64 type",
                "cannot cast string 'a' to value of BIGINT type",
            ),
            (
                "the expression \"Int64(1) AS a\" and Utf8(\"b\") or Decimal128(Some(15),2,1)",
                "the expression \"1 AS a\" and 'b' or 1.5",
            ),
            (
                "Unsupported Value 'SingleQuotedByteStringLiteral(\"01\")'",
                "unsupported Value",
            ),
            (
                "Substring without for/from is not valid Substring { expr: 1 }",
                "substring without for/from is not valid",
            ),
            (
                "compound identifier: [\"a\", \"b\"]",
                "compound identifier: `a.b`",
            ),
            (
                "SUM(age) of ROW_NUMBER() is Decimal128(38, 2)",
                "SUM(age) of ROW_NUMBER() is DECIMAL(38, 2)",
            ),
        ] {
            assert_eq!(words(text), expected);
        }
    }

    #[test]
    fn a_construct_without_a_plan_has_its_name_in_sql() {
        let sql = "SELECT * FROM patients WHERE country RLIKE 'C'";
        let text = "Unsupported ast node in sqltorel: RLike { expr: Identifier(Ident { span: Span(Location(1,30)..Location(1,37)) }) }";
        let refusal = unplanned(text, sql).map(|refusal| refusal.to_string());
        assert_eq!(
            refusal.as_deref(),
            Some(
                "not supported: RLIKE and REGEXP\n  1 | SELECT * FROM patients WHERE country RLIKE 'C'\n    |                              ^^^^^^^"
            )
        );
        let refusal = unplanned("Unsupported JOIN operator CrossApply", sql);
        assert_eq!(
            refusal.map(|refusal| refusal.message).as_deref(),
            Some("not supported: CROSS APPLY")
        );
    }

    #[test]
    fn the_reason_of_a_pattern_is_its_last_line() {
        let text = "External error: regex parse error:\n    (\n    ^\nerror: unclosed group";
        assert_eq!(pattern(text), Some("unclosed group"));
    }
}
