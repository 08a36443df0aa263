//! A question as it is written: what DataFusion calls otherwise is renamed, what it would pass over in silence is refused.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::common::{DataFusionError, plan_datafusion_err};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, Cte, DataType, DateTimeField, ExactNumberInfo, Expr,
    ExtractSyntax, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArgumentList, FunctionArguments, Ident, LimitClause, ObjectName, ObjectNamePart,
    OrderByExpr, OrderByOptions, Query, Select, SelectItem, SetExpr, SetOperator, SetQuantifier,
    Statement as SqlStatement, TableFactor, TimezoneInfo, Value, ValueWithSpan, VisitMut,
    VisitorMut, visit_expressions,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;

use super::ast::{arguments, is_distinct, refuse};
use super::misread;

/// How deep brackets, subqueries and operators may be nested.
const DEPTH: usize = 256;

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

/// Stands behind the name of a column that is not the only one of it, before its number: in no name that anybody writes.
pub(super) const TWIN: char = '\u{1}';

/// What `SHOW TABLES` asks.
const TABLES: &str = "SELECT table_name AS \"Table\" FROM information_schema.tables \
    WHERE table_schema = 'public' ORDER BY table_name";

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

/// A question, ready to be planned.
#[derive(Debug)]
pub(super) struct Question {
    /// What is planned.
    pub(super) statement: Statement,
    /// The names of the answer's columns, where the question has a list of them: as they stand there.
    pub(super) names: Option<Vec<String>>,
}

impl Question {
    /// Reads one statement.
    pub(super) fn parse(sql: &str) -> Result<Self, DataFusionError> {
        let mut statements = DFParserBuilder::new(sql)
            .with_dialect(&GenericDialect {})
            .with_recursion_limit(DEPTH)
            .build()?
            .parse_statements()?;
        let statement = statements.pop_front();
        if !statements.is_empty() {
            return Err(plan_datafusion_err!(
                "expected one query, got {}",
                statements.len() + 1
            ));
        }
        let mut statement =
            statement.ok_or_else(|| plan_datafusion_err!("expected a query, got nothing"))?;
        if let Statement::Statement(shown) = &statement
            && matches!(**shown, SqlStatement::ShowTables { .. })
        {
            return Self::parse(TABLES);
        }
        let mut names = None;
        if let Some(query) = query(&mut statement) {
            names = select(&query.body).and_then(names_of);
            if let ControlFlow::Break(error) = misread::check(query) {
                return Err(error);
            }
            if let ControlFlow::Break(error) = query.visit(&mut Rewriter) {
                return Err(error);
            }
        }
        Ok(Self { statement, names })
    }

    /// Whether the question says in which order its rows are to come.
    pub(super) fn is_ordered(&self) -> bool {
        match &self.statement {
            Statement::Statement(statement) => match statement.as_ref() {
                SqlStatement::Query(query) => query.order_by.is_some(),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether rows are asked for, and not a plan or which tables there are.
    pub(super) fn is_query(&self) -> bool {
        match &self.statement {
            Statement::Statement(statement) => matches!(**statement, SqlStatement::Query(_)),
            _ => false,
        }
    }
}

/// The query of a statement, also of one that is explained.
fn query(statement: &mut Statement) -> Option<&mut Query> {
    match statement {
        Statement::Statement(statement) => match statement.as_mut() {
            SqlStatement::Query(query) => Some(query),
            SqlStatement::Explain { statement, .. } => match statement.as_mut() {
                SqlStatement::Query(query) => Some(query),
                _ => None,
            },
            _ => None,
        },
        Statement::Explain(explain) => self::query(&mut explain.statement),
        _ => None,
    }
}

/// The first `SELECT` of a query: it names the columns.
fn select(body: &SetExpr) -> Option<&Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::Query(query) => self::select(&query.body),
        SetExpr::SetOperation { left, .. } => self::select(left),
        _ => None,
    }
}

/// Whether a row of one side stands for one of the other: DataFusion takes them all.
fn counts_rows(body: &SetExpr) -> bool {
    match body {
        SetExpr::SetOperation {
            op,
            set_quantifier,
            left,
            right,
        } => {
            let is_all = matches!(
                set_quantifier,
                SetQuantifier::All | SetQuantifier::AllByName
            );
            (is_all && *op != SetOperator::Union) || counts_rows(left) || counts_rows(right)
        }
        _ => false,
    }
}

fn names_of(select: &Select) -> Option<Vec<String>> {
    let name = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(folded(name)),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(names)) => names.last().map(folded),
        SelectItem::UnnamedExpr(expression) => Some(expression.to_string()),
        _ => None,
    };
    select.projection.iter().map(name).collect()
}

struct Rewriter;

impl VisitorMut for Rewriter {
    type Break = DataFusionError;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        if query.for_clause.is_some()
            || query.settings.is_some()
            || query.format_clause.is_some()
            || !query.locks.is_empty()
        {
            return refuse("FOR, SETTINGS and FORMAT after a query");
        }
        if counts_rows(&query.body) {
            return refuse("EXCEPT ALL and INTERSECT ALL; leave out ALL, or number the rows first");
        }
        if let Some(with) = &mut query.with
            && with.recursive
        {
            with.cte_tables.iter_mut().for_each(name_recursive);
        }
        if let Some(fetch) = query.fetch.take() {
            if fetch.with_ties || fetch.percent {
                return refuse("FETCH with PERCENT or WITH TIES");
            }
            let one = || Expr::value(number("1"));
            let rows = fetch.quantity.unwrap_or_else(one);
            query.limit_clause = match query.limit_clause.take() {
                None => Some(LimitClause::LimitOffset {
                    limit: Some(rows),
                    offset: None,
                    limit_by: Vec::new(),
                }),
                Some(LimitClause::LimitOffset {
                    limit: None,
                    offset,
                    limit_by,
                }) => Some(LimitClause::LimitOffset {
                    limit: Some(rows),
                    offset,
                    limit_by,
                }),
                Some(_) => return refuse("LIMIT and FETCH in one query"),
            };
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        if select.prewhere.is_some()
            || !select.connect_by.is_empty()
            || !select.lateral_views.is_empty()
            || !select.cluster_by.is_empty()
            || !select.distribute_by.is_empty()
            || select.value_table_mode.is_some()
            || select.select_modifiers.is_some()
            || select.into.is_some()
        {
            return refuse(
                "PREWHERE, CONNECT BY, LATERAL VIEW, CLUSTER BY, DISTRIBUTE BY and INTO",
            );
        }
        name_twins(select);
        if let Some(condition) = select.selection.take() {
            select.selection = Some(guarded(condition));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<Self::Break> {
        match table {
            TableFactor::Table {
                with_hints,
                version,
                with_ordinality,
                partitions,
                json_path,
                sample,
                index_hints,
                ..
            } => {
                if sample.is_some() {
                    return refuse("TABLESAMPLE; write `WHERE random() < 0.1`");
                }
                if version.is_some() {
                    return refuse("AS OF after a table; write `ct_slices@2` for entry 2");
                }
                if *with_ordinality
                    || json_path.is_some()
                    || !with_hints.is_empty()
                    || !partitions.is_empty()
                    || !index_hints.is_empty()
                {
                    return refuse("hints, partitions and WITH ORDINALITY after a table");
                }
            }
            TableFactor::Derived {
                sample: Some(_), ..
            } => {
                return refuse("TABLESAMPLE; write `WHERE random() < 0.1`");
            }
            TableFactor::Pivot { .. } | TableFactor::Unpivot { .. } => {
                return refuse(
                    "PIVOT; write `COUNT(*) FILTER (WHERE sex = 'F') AS f` for each column",
                );
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Self::Break> {
        match expression {
            Expr::Function(function) => {
                if let Some(rewritten) = rewrite(function) {
                    *expression = rewritten;
                }
            }
            // A double, as its exponent says, and no decimal with zeros that nobody wrote.
            Expr::Value(value) => {
                if let Value::Number(digits, _) = &value.value
                    && digits.contains(['e', 'E'])
                {
                    let digits = Expr::value(Value::SingleQuotedString(digits.clone()));
                    *expression = as_type(digits, DataType::Double(ExactNumberInfo::None));
                }
            }
            Expr::Like {
                pattern,
                escape_char,
                ..
            }
            | Expr::ILike {
                pattern,
                escape_char,
                ..
            } => return escape(pattern, escape_char),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// A condition in which a quotient is only computed where what stands before it holds: `age > 0 AND slices / age > 1` divides by no
/// zero. CASE alone does not do, since DataFusion makes AND and OR of one whose results are truth values.
fn guarded(condition: Expr) -> Expr {
    let mut parts = Vec::new();
    conjuncts(condition, &mut parts);
    let and = |left: Expr, right: Expr| Expr::BinaryOp {
        left: Box::new(left),
        op: BinaryOperator::And,
        right: Box::new(right),
    };
    let mut parts = parts.into_iter();
    let Some(mut before) = parts.next() else {
        return Expr::value(Value::Boolean(true));
    };
    let mut all = before.clone();
    for part in parts {
        let is_guarded = divides(&part) && !has_subquery(&part) && !has_subquery(&before);
        let judged = if is_guarded {
            let (yes, no) = (Expr::value(number("1")), Expr::value(number("0")));
            let holds = case(&part, &yes, Some(&no));
            Expr::BinaryOp {
                left: Box::new(case(&before, &holds, Some(&no))),
                op: BinaryOperator::Eq,
                right: Box::new(yes),
            }
        } else {
            part.clone()
        };
        all = and(all, judged);
        before = and(before, part);
    }
    all
}

/// The parts of a condition that must all hold, in their order.
fn conjuncts(condition: Expr, parts: &mut Vec<Expr>) {
    match condition {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            conjuncts(*left, parts);
            conjuncts(*right, parts);
        }
        part => parts.push(part),
    }
}

fn divides(expression: &Expr) -> bool {
    let is_quotient = |expression: &Expr| match expression {
        Expr::BinaryOp {
            op: BinaryOperator::Divide | BinaryOperator::Modulo | BinaryOperator::DuckIntegerDivide,
            ..
        } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    visit_expressions(expression, is_quotient).is_break()
}

fn has_subquery(expression: &Expr) -> bool {
    let is_subquery = |expression: &Expr| match expression {
        Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    visit_expressions(expression, is_subquery).is_break()
}

/// In DataFusion a backslash always escapes; in SQL the character after ESCAPE does, and without it none.
fn escape(pattern: &mut Expr, by: &mut Option<ValueWithSpan>) -> ControlFlow<DataFusionError> {
    let by = match by.take().map(|value| value.value) {
        None => None,
        Some(Value::SingleQuotedString(text)) if text.chars().count() == 1 => text.chars().next(),
        Some(_) => return refuse("ESCAPE with anything but one character"),
    };
    match (text_of(pattern), by) {
        (Some(text), _) => {
            *pattern = Expr::value(Value::SingleQuotedString(backslashed(text, by)));
        }
        (None, None) => {
            let arguments =
                ["\\", "\\\\"].map(|text| Expr::value(Value::SingleQuotedString(text.to_owned())));
            let arguments = std::iter::once(pattern.clone()).chain(arguments);
            *pattern = call("replace", arguments.collect());
        }
        (None, Some(_)) => return refuse("ESCAPE of a pattern that is no text in quotes"),
    }
    ControlFlow::Continue(())
}

fn text_of(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn backslashed(pattern: &str, by: Option<char>) -> String {
    let mut letters = pattern.chars();
    let mut escaped = String::with_capacity(pattern.len());
    while let Some(letter) = letters.next() {
        if Some(letter) == by {
            escaped.push('\\');
            escaped.extend(letters.next());
        } else if letter == '\\' {
            escaped.push_str("\\\\");
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let unnamed = |argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.into_iter().map(unnamed).collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// Whether Athena may mean something else by `sql` than DataFusion does here, and by what of it; a question that can't be read is
/// one for neither.
pub(in crate::query) fn differs(sql: &str) -> Option<&'static str> {
    let mut question = Question::parse(sql).ok()?;
    let mut difference = Difference(None);
    let _ = query(&mut question.statement)?.visit(&mut difference);
    difference.0
}

/// The first thing that Trino does otherwise, without an error: docs/sql.md has the list.
struct Difference(Option<&'static str>);

impl VisitorMut for Difference {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        self.0 = match expression {
            Expr::Function(function) => {
                let name = function.name.to_string().to_lowercase();
                FUNCTIONS
                    .iter()
                    .find(|function| **function == name)
                    .copied()
            }
            Expr::Value(value) => match &value.value {
                Value::Number(digits, _) if digits.contains('.') => Some("numbers with a point"),
                _ => None,
            },
            Expr::Interval(_) => Some("INTERVAL"),
            Expr::Substring { .. } => Some("substr"),
            Expr::Cast { data_type, .. } if !is_plain(&data_type.to_string()) => Some("CAST"),
            _ => None,
        };
        match self.0 {
            Some(_) => ControlFlow::Break(()),
            None => ControlFlow::Continue(()),
        }
    }
}

/// Types to which a cast of the contract's types is the same everywhere.
fn is_plain(kind: &str) -> bool {
    ["BIGINT", "INTEGER", "INT", "DOUBLE", "BOOLEAN"].contains(&kind.to_uppercase().as_str())
}

/// Functions with another order, another language of patterns, fewer digits, or an approximation.
const FUNCTIONS: [&str; 24] = [
    "approx_distinct",
    "approx_median",
    "approx_percentile_cont",
    "array_agg",
    "corr",
    "covar_pop",
    "covar_samp",
    "date_trunc",
    "first_value",
    "log",
    "now",
    "random",
    "regexp_count",
    "regexp_extract",
    "regexp_instr",
    "regexp_like",
    "regexp_match",
    "regexp_replace",
    "regr_intercept",
    "regr_slope",
    "split_part",
    "string_agg",
    "substr",
    "to_char",
];

fn number(digits: &str) -> Value {
    Value::Number(digits.to_owned(), false)
}

/// In `WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t)` the first part names the column, which DataFusion looks for
/// before it gives the table its names.
fn name_recursive(table: &mut Cte) {
    let SetExpr::SetOperation { left, .. } = &mut *table.query.body else {
        return;
    };
    let SetExpr::Select(select) = &mut **left else {
        return;
    };
    if select.projection.len() != table.alias.columns.len() {
        return;
    }
    for (item, column) in select.projection.iter_mut().zip(&table.alias.columns) {
        if let SelectItem::UnnamedExpr(expression)
        | SelectItem::ExprWithAlias {
            expr: expression, ..
        } = item
        {
            *item = SelectItem::ExprWithAlias {
                expr: expression.clone(),
                alias: column.name.clone(),
            };
        }
    }
}

/// DataFusion refuses `SELECT COUNT(*), COUNT(*)`: the second is given a name.
fn name_twins(select: &mut Select) {
    let is_wild = |item: &SelectItem| {
        matches!(
            item,
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
        )
    };
    let beside_all = select.projection.iter().any(is_wild);
    let mut seen = HashSet::new();
    for (at, item) in select.projection.iter_mut().enumerate() {
        let (expression, name) = match item {
            SelectItem::UnnamedExpr(Expr::CompoundIdentifier(names)) => (
                Expr::CompoundIdentifier(names.clone()),
                names.last().map_or_else(String::new, folded),
            ),
            SelectItem::UnnamedExpr(Expr::Identifier(name)) => {
                (Expr::Identifier(name.clone()), folded(name))
            }
            SelectItem::UnnamedExpr(expression) => (expression.clone(), expression.to_string()),
            SelectItem::ExprWithAlias { expr, alias } => (expr.clone(), folded(alias)),
            _ => continue,
        };
        let is_column = matches!(
            expression,
            Expr::Identifier(_) | Expr::CompoundIdentifier(_)
        );
        let is_alone = seen.insert(name.to_lowercase());
        if is_alone && !(beside_all && is_column) {
            continue;
        }
        *item = SelectItem::ExprWithAlias {
            expr: expression,
            alias: Ident::with_quote('"', format!("{name}{TWIN}{at}")),
        };
    }
}

/// The name by which a column is known: without quotes in small letters.
fn folded(name: &Ident) -> String {
    match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.to_lowercase(),
    }
}

/// What stands for a function that DataFusion lacks; a function that it only calls otherwise is renamed in its place.
fn rewrite(function: &mut Function) -> Option<Expr> {
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
            let format = Expr::value(Value::SingleQuotedString(chrono_format(format)));
            return Some(call("to_char", vec![(*date).clone(), format]));
        }
        ("regexp_extract", [text, pattern, group @ ..]) if group.len() < 2 => {
            return Some(extracted(text, pattern, group.first().copied()));
        }
        // All of them, and not the first.
        ("regexp_replace", [text, pattern, rest @ ..]) if rest.len() < 2 => {
            let literal = |text: &str| Expr::value(Value::SingleQuotedString(text.to_owned()));
            let with = match rest.first() {
                None => literal(""),
                Some(with) => text_of(with)
                    .map_or_else(|| (*with).clone(), |text| literal(&groups_in_braces(text))),
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
    let quoted = |text: &str| Expr::value(Value::SingleQuotedString(text.to_owned()));
    let (pattern, group) = match group {
        Some(group) if !is_whole => (pattern.clone(), group.clone()),
        _ => {
            let pattern = join(join(quoted("("), pattern), &quoted(")"));
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

fn as_type(expression: Expr, data_type: DataType) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expression),
        data_type,
        array: false,
        format: None,
    }
}

fn case(condition: &Expr, then: &Expr, or: Option<&Expr>) -> Expr {
    Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen {
            condition: condition.clone(),
            result: then.clone(),
        }],
        else_result: or.map(|expression| Box::new(expression.clone())),
    }
}
