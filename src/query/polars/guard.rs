//! The questions that Polars is asked: those that it is known to answer right. It answers others wrong without a word, so that all
//! others are refused.

use std::fmt::Display;

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Distinct, DuplicateTreatment, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArguments, GroupByExpr, JoinConstraint, JoinOperator, LimitClause,
    OrderBy, OrderByKind, Query, Select, SelectItem, SetExpr, SetOperator, SetQuantifier,
    Statement, TableAlias, TableFactor, TableWithJoins, UnaryOperator, Value,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use super::super::Refusal;
use super::super::nearest::nearest;
use crate::contract::{ColumnType, Contract};
use crate::readable;

/// Digits of a number: no sum of such numbers, one per row, is more than 64 bits.
const DIGITS: usize = 9;
/// Functions over rows.
const AGGREGATES: [&str; 5] = ["avg", "count", "max", "min", "sum"];

/// The question as Polars can be asked it. What is no query goes through: Polars has its own words for it.
pub(super) fn guarded(contract: &Contract, sql: &str) -> Result<String, Refusal> {
    let mut statements = Parser::parse_sql(&GenericDialect {}, sql)
        .map_err(|error| Refusal::new(error.to_string()))?;
    if let [Statement::Query(query)] = &mut statements[..] {
        Tables::of(contract).outer(query)?;
        return Ok(query.to_string());
    }
    Ok(sql.to_owned())
}

/// A part of a question that Polars may answer wrong.
fn doubt(part: &impl Display) -> Refusal {
    let part = readable::value(&part.to_string());
    Refusal::new(format!(
        "Polars is not asked for `{part}`, which it may get wrong"
    ))
    .hint("leave out `--engine polars`: DataFusion answers it")
}

/// `name` is none of `names`.
fn unknown<'a>(thing: &str, name: &str, names: impl Iterator<Item = &'a String>) -> Refusal {
    let refusal = Refusal::new(format!("no {thing} `{name}`"));
    match nearest(name, names.map(String::as_str)) {
        Some(near) => refusal.hint(format!("did you mean `{near}`?")),
        None => refusal,
    }
}

/// What a value is: between two kinds Polars compares otherwise, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Fraction,
    Text,
    Truth,
}

impl Kind {
    fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Fraction)
    }

    /// Whether values of both may be compared.
    fn fits(self, other: Self) -> bool {
        self == other || (self.is_number() && other.is_number())
    }
}

impl From<ColumnType> for Kind {
    fn from(kind: ColumnType) -> Self {
        match kind {
            ColumnType::Int | ColumnType::Bigint => Self::Integer,
            ColumnType::String => Self::Text,
            ColumnType::Boolean => Self::Truth,
        }
    }
}

/// Columns by their names.
type Columns = Vec<(String, Kind)>;

/// The tables that a query may name, with their columns.
#[derive(Clone)]
struct Tables(Vec<(String, Columns)>);

impl Tables {
    fn of(contract: &Contract) -> Self {
        let tables = contract.tables.iter().map(|table| {
            let columns = table.all_columns();
            let columns = columns.map(|column| (column.name.clone(), column.kind.into()));
            (table.name.clone(), columns.collect())
        });
        let views = contract.views.iter().map(|view| {
            let columns = view.columns(contract).into_iter();
            let columns = columns.map(|column| (column.name, column.kind.into()));
            (view.name.to_owned(), columns.collect())
        });
        Self(tables.chain(views).collect())
    }

    /// The query that nothing stands around. Polars forgets which query a WITH belongs to, and a table of the lake has its name first.
    fn outer(mut self, query: &mut Query) -> Result<Columns, Refusal> {
        let Some(with) = &mut query.with else {
            return self.query(query);
        };
        if with.recursive {
            return Err(doubt(with));
        }
        for table in &mut with.cte_tables {
            let name = alias(&table.alias)?;
            let taken = self
                .0
                .iter()
                .any(|(other, _)| other.eq_ignore_ascii_case(&name));
            if taken || table.from.is_some() || table.materialized.is_some() {
                return Err(doubt(&*table));
            }
            let columns = self.query(&mut table.query)?;
            self.0.push((name, columns));
        }
        let with = query.with.take();
        let columns = self.query(query);
        query.with = with;
        columns
    }

    /// A query, and the columns of its answer.
    fn query(&self, query: &mut Query) -> Result<Columns, Refusal> {
        let rest = Query {
            order_by: None,
            limit_clause: None,
            ..query.clone()
        };
        if rest.to_string() != query.body.to_string() {
            return Err(doubt(&rest));
        }
        match &query.limit_clause {
            None => {}
            Some(LimitClause::LimitOffset {
                limit,
                offset,
                limit_by,
            }) if limit_by.is_empty()
                && limit.iter().all(is_number)
                && offset.iter().all(|offset| is_number(&offset.value)) => {}
            Some(limit) => return Err(doubt(limit)),
        }
        match &mut *query.body {
            SetExpr::Select(select) => self.select(select, query.order_by.as_mut()),
            body if query.order_by.is_some() || query.limit_clause.is_some() => Err(doubt(body)),
            body => self.union(body),
        }
    }

    fn union(&self, body: &mut SetExpr) -> Result<Columns, Refusal> {
        match body {
            SetExpr::Select(select) => self.select(select, None),
            SetExpr::SetOperation {
                op: SetOperator::Union,
                set_quantifier: SetQuantifier::All,
                left,
                right,
            } => {
                let (left, right) = (self.union(left)?, self.union(right)?);
                let kinds = |columns: &Columns| -> Vec<Kind> {
                    columns.iter().map(|(_, kind)| *kind).collect()
                };
                if kinds(&left) == kinds(&right) {
                    Ok(left)
                } else {
                    Err(doubt(body))
                }
            }
            body => Err(doubt(body)),
        }
    }

    fn select(&self, select: &mut Select, order: Option<&mut OrderBy>) -> Result<Columns, Refusal> {
        let rest = Select {
            distinct: None,
            projection: Vec::new(),
            from: Vec::new(),
            selection: None,
            group_by: GroupByExpr::Expressions(Vec::new(), Vec::new()),
            having: None,
            ..select.clone()
        };
        let is_distinct = match &select.distinct {
            None | Some(Distinct::All) => false,
            Some(Distinct::Distinct) => true,
            Some(other) => return Err(doubt(other)),
        };
        let [from] = &mut select.from[..] else {
            return Err(doubt(select));
        };
        let source = self.source(from)?;
        if rest.to_string().trim() != "SELECT" {
            return Err(doubt(&rest));
        }
        if let Some(condition) = &mut select.selection {
            source.expect(condition, Level::Row, Kind::Truth)?;
        }
        if let Some(condition) = &mut select.having {
            source.expect(condition, Level::Group, Kind::Truth)?;
        }
        let keys: Vec<String> = match &select.group_by {
            GroupByExpr::Expressions(keys, modifiers) if modifiers.is_empty() => keys
                .iter()
                .map(|key| source.column(key).map(|_| key.to_string()))
                .collect::<Result<_, _>>()?,
            other => return Err(doubt(other)),
        };
        let is_grouped = !keys.is_empty() || select.projection.iter().any(is_aggregate);
        if select.having.is_some() && !is_grouped {
            return Err(doubt(select));
        }
        let mut answer = Columns::new();
        for item in &mut select.projection {
            let text = item.to_string();
            let (expression, name) = match item {
                SelectItem::Wildcard(_) if text == "*" && !is_grouped => {
                    let [(_, columns)] = &source.0[..] else {
                        return Err(doubt(item));
                    };
                    answer.extend(columns.iter().cloned());
                    continue;
                }
                SelectItem::UnnamedExpr(expression) => {
                    let name = match &*expression {
                        Expr::CompoundIdentifier(names) => names.last().map(|name| &name.value),
                        Expr::Identifier(name) => Some(&name.value),
                        _ => None,
                    };
                    let name = name.cloned().unwrap_or(text);
                    (expression, name)
                }
                SelectItem::ExprWithAlias { expr, alias } => (expr, alias.value.clone()),
                _ => return Err(doubt(item)),
            };
            let whole = expression.to_string();
            // The name of a column for something else: which of the two is meant elsewhere in the query is not clear.
            let is_column = whole.rsplit('.').next() == Some(&name);
            if !is_column && source.has(&name) {
                return Err(doubt(&format!("{whole} AS {name}")));
            }
            let kind = if is_grouped && !keys.contains(&whole) {
                source.aggregate(expression)?
            } else {
                source.value(expression, Level::Row)?
            };
            answer.push((name, kind));
        }
        if let Some(order) = order {
            let by = |expression: &Expr| {
                let name = expression.to_string();
                let is_key = keys.contains(&name) && !is_distinct;
                let is_column = source.column(expression).is_ok() && !is_grouped && !is_distinct;
                let is_selected = matches!(expression, Expr::Identifier(_))
                    && answer.iter().any(|(column, _)| *column == name);
                is_selected || is_number(expression) || is_key || is_column
            };
            sort(order, by)?;
        }
        Ok(answer)
    }

    /// One table, or two that are joined where columns are equal.
    fn source(&self, from: &mut TableWithJoins) -> Result<Source, Refusal> {
        let mut source = Source(vec![self.table(&mut from.relation)?]);
        match &mut from.joins[..] {
            [] => {}
            [join] if !join.global => {
                source.0.push(self.table(&mut join.relation)?);
                match &join.join_operator {
                    JoinOperator::Join(JoinConstraint::On(condition))
                    | JoinOperator::Inner(JoinConstraint::On(condition))
                    | JoinOperator::Left(JoinConstraint::On(condition))
                    | JoinOperator::LeftOuter(JoinConstraint::On(condition)) => {
                        source.joined(condition)?;
                    }
                    _ => return Err(doubt(join)),
                }
            }
            _ => return Err(doubt(from)),
        }
        Ok(source)
    }

    fn table(&self, table: &mut TableFactor) -> Result<(String, Columns), Refusal> {
        match table {
            TableFactor::Derived {
                lateral: false,
                subquery,
                alias: Some(name),
                sample: None,
            } => Ok((alias(name)?, self.query(subquery)?)),
            TableFactor::Table { name, alias, .. } => {
                let (name, alias) = (name.clone(), alias.take());
                let is_plain = table.to_string() == name.to_string();
                let shown = alias.as_ref().map(self::alias).transpose()?;
                if let TableFactor::Table { alias: place, .. } = table {
                    *place = alias;
                }
                let part = match &name.0[..] {
                    [part] if is_plain => part.as_ident(),
                    _ => None,
                };
                let Some(part) = part else {
                    return Err(doubt(table));
                };
                let found = self.0.iter().find(|(known, _)| *known == part.value);
                let Some((known, columns)) = found else {
                    let names = self.0.iter().map(|(known, _)| known);
                    return Err(unknown("table", &part.value, names));
                };
                Ok((shown.unwrap_or(known.clone()), columns.clone()))
            }
            other => Err(doubt(other)),
        }
    }
}

/// The name that a table has in a query.
fn alias(alias: &TableAlias) -> Result<String, Refusal> {
    if alias.columns.is_empty() && alias.at.is_none() {
        Ok(alias.name.value.clone())
    } else {
        Err(doubt(alias))
    }
}

/// Puts NULL last, as in every other engine here.
fn sort(order: &mut OrderBy, is_known: impl Fn(&Expr) -> bool) -> Result<(), Refusal> {
    let text = order.to_string();
    let OrderByKind::Expressions(list) = &mut order.kind else {
        return Err(doubt(&text));
    };
    for by in list {
        if !is_known(&by.expr) || by.with_fill.is_some() || order.interpolate.is_some() {
            return Err(doubt(&text));
        }
        by.options.nulls_first.get_or_insert(false);
    }
    Ok(())
}

fn is_number(expression: &Expr) -> bool {
    matches!(expression, Expr::Value(value) if matches!(value.value, Value::Number(..)))
}

fn is_aggregate(item: &SelectItem) -> bool {
    match item {
        SelectItem::UnnamedExpr(Expr::Function(function))
        | SelectItem::ExprWithAlias {
            expr: Expr::Function(function),
            ..
        } => AGGREGATES.contains(&name(function).as_str()),
        _ => false,
    }
}

fn name(function: &Function) -> String {
    function.name.to_string().to_lowercase()
}

/// Where an expression stands: among the values of a row, or among those of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Row,
    Group,
}

/// The tables that a SELECT reads, by the names that they have there.
struct Source(Vec<(String, Columns)>);

impl Source {
    fn has(&self, column: &str) -> bool {
        let mut columns = self.0.iter().flat_map(|(_, columns)| columns);
        columns.any(|(name, _)| name == column)
    }

    /// A column: of two tables, Polars takes one that doesn't name its table from the first.
    fn column(&self, expression: &Expr) -> Result<Kind, Refusal> {
        let (table, column) = match (expression, &self.0[..]) {
            (Expr::Identifier(column), [table]) => (table, column),
            (Expr::CompoundIdentifier(names), tables) => {
                let [table, column] = &names[..] else {
                    return Err(doubt(expression));
                };
                let found = tables.iter().find(|(name, _)| *name == table.value);
                let Some(found) = found else {
                    let names = tables.iter().map(|(name, _)| name);
                    return Err(unknown("table", &table.value, names));
                };
                (found, column)
            }
            _ => return Err(doubt(expression)),
        };
        let found = table.1.iter().find(|(name, _)| *name == column.value);
        found.map(|(_, kind)| *kind).ok_or_else(|| {
            let names = table.1.iter().map(|(name, _)| name);
            unknown("column", &column.value, names)
        })
    }

    /// Whether two tables are joined where columns are equal.
    fn joined(&self, condition: &Expr) -> Result<(), Refusal> {
        let Expr::BinaryOp { left, op, right } = condition else {
            return Err(doubt(condition));
        };
        let is_equal = match op {
            BinaryOperator::And => return self.joined(left).and_then(|()| self.joined(right)),
            BinaryOperator::Eq => self.column(left)? == self.column(right)?,
            _ => false,
        };
        if is_equal {
            Ok(())
        } else {
            Err(doubt(condition))
        }
    }

    fn expect(&self, expression: &mut Expr, level: Level, kind: Kind) -> Result<Kind, Refusal> {
        if self.value(expression, level)? == kind {
            Ok(kind)
        } else {
            Err(doubt(expression))
        }
    }

    /// Values that are compared with each other.
    fn alike<'e>(
        &self,
        values: impl IntoIterator<Item = &'e mut Expr>,
        level: Level,
    ) -> Result<(), Refusal> {
        let mut first = None;
        for value in values {
            let kind = self.value(value, level)?;
            if !first.get_or_insert(kind).fits(kind) {
                return Err(doubt(value));
            }
        }
        Ok(())
    }

    /// A value, and its kind.
    fn value(&self, expression: &mut Expr, level: Level) -> Result<Kind, Refusal> {
        match expression {
            Expr::Nested(inner) => self.value(inner, level),
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) if level == Level::Row => {
                self.column(expression)
            }
            Expr::Value(value) => literal(&value.value).ok_or_else(|| doubt(expression)),
            Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            } if is_number(expr) => self.value(expr, level),
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => self.expect(expr, level, Kind::Truth),
            Expr::BinaryOp { left, op, right } => match op {
                BinaryOperator::And | BinaryOperator::Or => {
                    self.expect(left, level, Kind::Truth)?;
                    self.expect(right, level, Kind::Truth)
                }
                BinaryOperator::Eq
                | BinaryOperator::NotEq
                | BinaryOperator::Lt
                | BinaryOperator::LtEq
                | BinaryOperator::Gt
                | BinaryOperator::GtEq => {
                    self.alike([&mut **left, &mut **right], level)?;
                    Ok(Kind::Truth)
                }
                BinaryOperator::StringConcat => {
                    self.expect(left, level, Kind::Text)?;
                    self.expect(right, level, Kind::Text)
                }
                _ => Err(doubt(expression)),
            },
            Expr::IsNull(inner) | Expr::IsNotNull(inner) => {
                self.value(inner, level).map(|_| Kind::Truth)
            }
            Expr::Between {
                expr, low, high, ..
            } => {
                self.alike([&mut **expr, &mut **low, &mut **high], level)?;
                Ok(Kind::Truth)
            }
            Expr::InList { expr, list, .. } => {
                self.alike(std::iter::once(&mut **expr).chain(list), level)?;
                Ok(Kind::Truth)
            }
            Expr::Like {
                any: false,
                expr,
                pattern,
                escape_char: None,
                ..
            } => {
                self.expect(expr, level, Kind::Text)?;
                match &**pattern {
                    Expr::Value(value) if matches!(&value.value, Value::SingleQuotedString(text) if !text.contains('\\')) => {
                        Ok(Kind::Truth)
                    }
                    _ => Err(doubt(expression)),
                }
            }
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => {
                let mut compared: Vec<&mut Expr> = Vec::new();
                let mut results: Vec<&mut Expr> = Vec::new();
                let has_operand = operand.is_some();
                compared.extend(operand.as_deref_mut());
                for when in conditions {
                    compared.push(&mut when.condition);
                    results.push(&mut when.result);
                }
                results.extend(else_result.as_deref_mut());
                if has_operand {
                    self.alike(compared, level)?;
                } else {
                    for condition in compared {
                        self.expect(condition, level, Kind::Truth)?;
                    }
                }
                self.one_kind(results, level)
            }
            Expr::Function(_) if level == Level::Group => self.aggregate(expression),
            Expr::Function(function) => self.scalar(function),
            _ => Err(doubt(expression)),
        }
    }

    /// The kind of several values that stand for each other: not one with a point, which others have in decimals.
    fn one_kind(&self, values: Vec<&mut Expr>, level: Level) -> Result<Kind, Refusal> {
        let mut kind = None;
        for value in values {
            let found = self.value(value, level)?;
            if *kind.get_or_insert(found) != found || found == Kind::Fraction {
                return Err(doubt(value));
            }
        }
        kind.ok_or_else(|| doubt(&"CASE"))
    }

    /// A function of one row.
    fn scalar(&self, function: &mut Function) -> Result<Kind, Refusal> {
        let text = function.to_string();
        let name = name(function);
        if function.filter.is_some() {
            return Err(doubt(&text));
        }
        let Some((arguments, false)) = arguments(function) else {
            return Err(doubt(&text));
        };
        match (name.as_str(), arguments) {
            ("coalesce", arguments) if !arguments.is_empty() => {
                self.one_kind(arguments, Level::Row)
            }
            ("lower" | "upper", mut one) if one.len() == 1 => {
                self.expect(one.remove(0), Level::Row, Kind::Text)
            }
            ("length", mut one) if one.len() == 1 => self
                .expect(one.remove(0), Level::Row, Kind::Text)
                .map(|_| Kind::Integer),
            _ => Err(doubt(&text)),
        }
    }

    /// A function over rows; counts, which Polars has without a sign and in 32 bits, become integers as all others.
    fn aggregate(&self, expression: &mut Expr) -> Result<Kind, Refusal> {
        let text = expression.to_string();
        let Expr::Function(function) = expression else {
            return Err(doubt(&text));
        };
        if let Some(condition) = &mut function.filter {
            self.expect(condition, Level::Row, Kind::Truth)?;
        }
        let name = name(function);
        let kind = match (name.as_str(), arguments(function)) {
            ("count", Some((arguments, false))) if arguments.is_empty() => Kind::Integer,
            (name, Some((mut one, is_distinct))) if one.len() == 1 => {
                let kind = self.value(one.remove(0), Level::Row)?;
                match (name, kind) {
                    ("count", _) => Kind::Integer,
                    ("sum", Kind::Integer) if !is_distinct => Kind::Integer,
                    ("avg", Kind::Integer) if !is_distinct => Kind::Fraction,
                    ("min" | "max", Kind::Integer | Kind::Text) if !is_distinct => kind,
                    _ => return Err(doubt(&text)),
                }
            }
            _ => return Err(doubt(&text)),
        };
        if name == "count" {
            *expression = Expr::Cast {
                kind: CastKind::Cast,
                expr: Box::new(expression.clone()),
                data_type: DataType::BigInt(None),
                array: false,
                format: None,
            };
        }
        Ok(kind)
    }
}

/// The arguments of a call, none for `*`, and whether they are DISTINCT; `None` where it has more than that and a filter.
fn arguments(function: &mut Function) -> Option<(Vec<&mut Expr>, bool)> {
    let rest = Function {
        args: FunctionArguments::None,
        filter: None,
        ..function.clone()
    };
    let is_plain = rest.to_string() == function.name.to_string();
    let FunctionArguments::List(list) = &mut function.args else {
        return None;
    };
    if !is_plain || !list.clauses.is_empty() {
        return None;
    }
    let is_distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
    if let [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)] = &list.args[..] {
        return Some((Vec::new(), is_distinct));
    }
    let expressions = list.args.iter_mut().map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Some(expression),
        _ => None,
    });
    Some((expressions.collect::<Option<_>>()?, is_distinct))
}

/// The kind of a value that is written out.
fn literal(value: &Value) -> Option<Kind> {
    match value {
        Value::Number(digits, false) if digits.len() <= DIGITS => {
            let is_whole = digits.bytes().all(|digit| digit.is_ascii_digit());
            Some(if is_whole {
                Kind::Integer
            } else {
                Kind::Fraction
            })
        }
        Value::SingleQuotedString(_) => Some(Kind::Text),
        Value::Boolean(_) => Some(Kind::Truth),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded(sql: &str) -> Result<String, Refusal> {
        super::guarded(crate::datasets::covidx_ct::contract(), sql)
    }

    #[test]
    fn counts_are_signed_and_nulls_last() {
        assert_eq!(
            guarded("SELECT sex, COUNT(*) AS n FROM patients GROUP BY sex ORDER BY n DESC")
                .as_deref(),
            Ok(
                "SELECT sex, CAST(COUNT(*) AS BIGINT) AS n FROM patients GROUP BY sex ORDER BY n DESC NULLS LAST"
            )
        );
    }

    #[test]
    fn plain_questions_are_asked() {
        for sql in [
            "SELECT * FROM patients ORDER BY patient_id LIMIT 5 OFFSET 2",
            "SELECT DISTINCT sex FROM patients WHERE age > 50 AND NOT country LIKE 'C%' ORDER BY sex",
            "SELECT sex AS s, AVG(age) FROM patients GROUP BY sex HAVING COUNT(*) > 5 AND MAX(age) < 90.5 ORDER BY s",
            "SELECT COUNT(DISTINCT sex) FILTER (WHERE in_metadata), SUM(CASE sex WHEN 'F' THEN 1 ELSE 0 END) FROM patients",
            "SELECT p.age, s.age FROM patients p LEFT JOIN ct_slices AS s ON p.patient_id = s.patient_id WHERE s.split IS NULL",
            "SELECT country FROM patients UNION ALL SELECT source FROM ct_slices",
            "WITH t AS (SELECT sex, COUNT(*) AS n FROM patients GROUP BY sex) SELECT MAX(n) FROM t WHERE n BETWEEN 1 AND 5",
            "SELECT UPPER(COALESCE(split, 'none')) || '-' || sex AS x FROM (SELECT split, sex FROM patients) AS t",
            "SELECT image_uri FROM slice_images WHERE age IN (-1, 45)",
        ] {
            assert!(guarded(sql).is_ok(), "{sql}: {:?}", guarded(sql));
        }
    }

    #[test]
    fn all_others_are_refused() {
        for sql in [
            "SELECT 1",
            "VALUES (1), (2.5)",
            "SELECT CORR(age, slices) OVER (ORDER BY patient_id ROWS 1 PRECEDING) FROM patients",
            "SELECT ARRAY_AGG(age) FROM patients",
            "SELECT SUM(age) OVER w FROM patients WINDOW w AS (ORDER BY patient_id)",
            "SELECT COUNT(*) FROM patients FULL JOIN ct_slices USING (patient_id)",
            "SELECT COUNT(*) FROM patients p JOIN ct_slices s ON p.patient_id = s.patient_id WHERE age > 5",
            "WITH patients AS (SELECT sex FROM ct_slices) SELECT COUNT(*) FROM patients",
            "SELECT SUM(a) FROM (SELECT 9223372036854775807 AS a FROM patients) t",
            "SELECT age + 1 FROM patients",
            "SELECT ABS(age) FROM patients",
            "SELECT slices / age FROM patients",
            "SELECT CAST(age AS INTEGER) FROM patients",
            "SELECT COUNT(*) FROM patients WHERE in_metadata = 'yes'",
            "SELECT COUNT(*) FROM patients WHERE age > '50'",
            "SELECT COUNT(*) FROM patients WHERE age NOT IN (50, NULL)",
            "SELECT SUM(label_line) * SUM(label_line) FROM ct_slices",
            "SELECT age, COUNT(*) FROM patients",
            "SELECT LOWER(country) AS country, COUNT(*) FROM patients GROUP BY country",
            "SELECT sex FROM patients GROUP BY sex HAVING sex = 'F'",
            "SELECT DISTINCT sex FROM patients ORDER BY age",
            "SELECT sex FROM patients UNION SELECT split FROM patients",
            "SELECT sex FROM patients UNION ALL SELECT split FROM patients ORDER BY 1",
            "SELECT sex FROM patients UNION ALL SELECT age FROM patients",
            "SELECT COUNT(*) FROM patients WHERE patient_id IN (SELECT patient_id FROM ct_slices)",
            "SELECT sex FROM patients ORDER BY sex FETCH FIRST 2 ROWS ONLY",
            "SELECT TOP 5 sex FROM patients",
            "SELECT * EXCLUDE (sex) FROM patients",
            "SELECT sex FROM patients TABLESAMPLE (10)",
            "SELECT COUNT(*) FROM patients WHERE country LIKE 'a\\_c'",
            "SELECT sex FROM patients QUALIFY age > 5",
        ] {
            let refusal = guarded(sql).err().unwrap_or_else(|| panic!("{sql}"));
            assert!(
                refusal.message.contains("not asked for"),
                "{sql}: {}",
                refusal.message
            );
        }
    }

    #[test]
    fn wrong_names_are_told() {
        let refused = |sql: &str| guarded(sql).err().map(|refusal| refusal.message);
        assert_eq!(
            refused("SELECT diagnosos FROM patients").as_deref(),
            Some("no column `diagnosos`")
        );
        assert_eq!(
            refused("SELECT sex FROM patient").as_deref(),
            Some("no table `patient`")
        );
    }

    #[test]
    fn what_is_no_query_goes_through() {
        for sql in ["SHOW TABLES", "EXPLAIN SELECT 1"] {
            assert_eq!(guarded(sql).as_deref(), Ok(sql));
        }
    }
}
