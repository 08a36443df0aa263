//! Functions of other engines, in those that DataFusion has.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, DataType, DateTimeField, Expr, ExtractSyntax, Function, FunctionArg,
    FunctionArgExpr, FunctionArgumentClause, FunctionArguments, Ident, ObjectName, ObjectNamePart,
    OrderByExpr, OrderByOptions, TimezoneInfo, Value,
};

use super::ast::{arguments, as_type, call, case, is_distinct, literal, number, text_of};

/// Functions that DataFusion has by another name.
const RENAMED: &[(&str, &str)] = &[
    ("any_value", "first_value"),
    ("approx_count_distinct", "approx_distinct"),
    ("arbitrary", "first_value"),
    ("ceiling", "ceil"),
    ("every", "bool_and"),
    ("lcase", "lower"),
    ("len", "length"),
    ("list", "array_agg"),
    ("quantile_cont", "percentile_cont"),
    ("rand", "random"),
    ("regexp_matches", "regexp_like"),
    ("sign", "signum"),
    ("strftime", "to_char"),
    ("truncate", "trunc"),
    ("ucase", "upper"),
    ("variance", "var_samp"),
];

/// Functions for a part of a date.
const PARTS: &[(&str, DateTimeField)] = &[
    ("year", DateTimeField::Year),
    ("quarter", DateTimeField::Quarter),
    ("month", DateTimeField::Month),
    ("week", DateTimeField::Week(None)),
    ("day", DateTimeField::Day),
    ("hour", DateTimeField::Hour),
    ("minute", DateTimeField::Minute),
    ("second", DateTimeField::Second),
];

/// What stands for a function that DataFusion lacks; a function that it only calls otherwise is renamed in its place.
pub(super) fn rewrite(function: &mut Function) -> Option<Expr> {
    let [ObjectNamePart::Identifier(name)] = &mut function.name.0[..] else {
        return None;
    };
    let called = name.value.to_lowercase();
    let arguments = arguments(&function.args);
    let not_null = |value: &Expr| Expr::IsNotNull(Box::new(value.clone()));
    match (called.as_str(), &arguments[..]) {
        ("if", [condition, then, rest @ ..]) if rest.len() < 2 => {
            return Some(case(condition, then, rest.first().copied()));
        }
        ("count_if" | "countif", [condition]) => {
            let one = Expr::value(number("1"));
            let counted = case(condition, &one, None);
            set_arguments(function, vec![counted]);
            rename(function, "count");
            return None;
        }
        ("date_diff" | "datediff", [unit, from, to]) => {
            let microseconds = DataType::Timestamp(Some(6), TimezoneInfo::None);
            let times = [from, to].map(|time| as_type((*time).clone(), microseconds.clone()));
            let all = std::iter::once((*unit).clone()).chain(times).collect();
            return Some(call("date_diff", all));
        }
        ("date_format", [date, format]) => {
            let format = text_of(format)?;
            let format = literal(chrono_format(format));
            return Some(call("to_char", vec![(*date).clone(), format]));
        }
        ("regexp_extract", [text, pattern, group @ ..]) if group.len() < 2 => {
            return Some(extracted(text, pattern, group.first().copied()));
        }
        // All of them, and not the first.
        ("regexp_replace", [text, pattern, rest @ ..]) if rest.len() < 2 => {
            let with = match rest.first() {
                None => literal(""),
                Some(with) => text_of(with)
                    .map_or_else(|| (*with).clone(), |text| literal(groups_in_braces(text))),
            };
            let all = vec![(*text).clone(), (*pattern).clone(), with, literal("g")];
            set_arguments(function, all);
            return None;
        }
        // The different combinations, NULL being a value.
        ("count", [_, _, ..]) if is_distinct(function) => {
            let combination = arguments.into_iter().cloned().collect();
            let combination = call("struct", combination);
            set_arguments(function, vec![combination]);
            return None;
        }
        // NULL where one of them is.
        ("concat", [first, second, rest @ ..]) => {
            let first = Expr::Nested(Box::new((*first).clone()));
            let joined = rest
                .iter()
                .fold(join(first, second), |all, next| join(all, next));
            return Some(Expr::Nested(Box::new(joined)));
        }
        ("greatest" | "least", [_, ..]) => return Some(null_of_any(function)),
        ("mod", [left, right]) => {
            return Some(Expr::Nested(Box::new(Expr::BinaryOp {
                left: Box::new(Expr::Nested(Box::new((*left).clone()))),
                op: BinaryOperator::Modulo,
                right: Box::new(Expr::Nested(Box::new((*right).clone()))),
            })));
        }
        ("max_by" | "arg_max" | "argmax" | "min_by" | "arg_min" | "argmin", [value, by])
            if function.over.is_none() =>
        {
            let (value, by) = ((*value).clone(), (*by).clone());
            take_by(function, value, by, called.contains("min"));
            return None;
        }
        ("any_value" | "arbitrary", [value]) if function.over.is_none() => {
            let known = not_null(value);
            filter(function, known);
        }
        (part, [date]) => {
            if let Some((_, field)) = PARTS.iter().find(|(name, _)| *name == part) {
                return Some(Expr::Extract {
                    field: field.clone(),
                    syntax: ExtractSyntax::From,
                    expr: Box::new((*date).clone()),
                });
            }
        }
        _ => {}
    }
    if let Some((_, renamed)) = RENAMED.iter().find(|(name, _)| *name == called) {
        rename(function, renamed);
    }
    None
}

fn join(left: Expr, right: &Expr) -> Expr {
    Expr::BinaryOp {
        left: Box::new(left),
        op: BinaryOperator::StringConcat,
        right: Box::new(Expr::Nested(Box::new(right.clone()))),
    }
}

/// A format of Trino's `date_format`, which is that of `MySQL`, in the letters that DataFusion knows.
fn chrono_format(format: &str) -> String {
    let mut letters = format.chars();
    let mut found = String::new();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            found.push(letter);
            continue;
        }
        match letters.next() {
            Some('i') => found.push_str("%M"),
            Some('s') => found.push_str("%S"),
            Some('M') => found.push_str("%B"),
            Some('W') => found.push_str("%A"),
            Some('e') => found.push_str("%-d"),
            Some('c') => found.push_str("%-m"),
            Some('k') => found.push_str("%-H"),
            Some('l') => found.push_str("%-I"),
            Some(other) => found.extend(['%', other]),
            None => found.push('%'),
        }
    }
    found
}

/// NULL where an argument is, which the function would pass over.
fn null_of_any(function: &Function) -> Expr {
    let is_null = |value: &&Expr| {
        let value = Expr::Nested(Box::new((*value).clone()));
        Expr::IsNull(Box::new(value))
    };
    let arguments = arguments(&function.args);
    let any = arguments
        .iter()
        .map(is_null)
        .reduce(|any, next| Expr::BinaryOp {
            left: Box::new(any),
            op: BinaryOperator::Or,
            right: Box::new(next),
        });
    let chosen = Expr::Function(function.clone());
    match any {
        Some(any) => case(&any, &Expr::value(Value::Null), Some(&chosen)),
        None => chosen,
    }
}

/// The whole match of a pattern, or one of its groups.
fn extracted(text: &Expr, pattern: &Expr, group: Option<&Expr>) -> Expr {
    let is_whole = group.is_none_or(|group| group.to_string() == "0");
    let (pattern, group) = match group {
        Some(group) if !is_whole => (pattern.clone(), group.clone()),
        _ => {
            let pattern = join(join(literal("("), pattern), &literal(")"));
            (Expr::Nested(Box::new(pattern)), Expr::value(number("1")))
        }
    };
    let groups = call("regexp_match", vec![text.clone(), pattern]);
    call("array_element", vec![groups, group])
}

/// Makes a function the value of the row that has the least or greatest `by`.
fn take_by(function: &mut Function, value: Expr, by: Expr, least: bool) {
    filter(function, Expr::IsNotNull(Box::new(by.clone())));
    set_arguments(function, vec![value]);
    if let FunctionArguments::List(list) = &mut function.args {
        list.clauses = vec![FunctionArgumentClause::OrderBy(vec![OrderByExpr {
            expr: by,
            options: OrderByOptions {
                asc: Some(least),
                nulls_first: Some(false),
            },
            with_fill: None,
        }])];
    }
    rename(function, "first_value");
}

/// `$1_` names group 1 in Java and Trino, but a group `1_` here.
fn groups_in_braces(replacement: &str) -> String {
    let mut found = String::new();
    let mut rest = replacement;
    while let Some((before, behind)) = rest.split_once('$') {
        let name = behind.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let digits = &behind[..behind.len() - name.len()];
        found.push_str(before);
        if digits.is_empty() {
            found.push('$');
        } else {
            found.push_str(&format!("${{{digits}}}"));
        }
        rest = name;
    }
    found + rest
}

fn rename(function: &mut Function, name: &str) {
    function.name = ObjectName::from(vec![Ident::new(name)]);
}

fn set_arguments(function: &mut Function, arguments: Vec<Expr>) {
    if let FunctionArguments::List(list) = &mut function.args {
        let unnamed = |argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument));
        list.args = arguments.into_iter().map(unnamed).collect();
    }
}

/// Adds a condition to those of an aggregate.
fn filter(function: &mut Function, condition: Expr) {
    let condition = match function.filter.take() {
        None => condition,
        Some(filter) => Expr::BinaryOp {
            left: Box::new(Expr::Nested(filter)),
            op: BinaryOperator::And,
            right: Box::new(condition),
        },
    };
    function.filter = Some(Box::new(condition));
}
