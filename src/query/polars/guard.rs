//! What Polars answers wrong without a word: put right where its SQL has a form for it, refused elsewhere.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, Function, OrderByExpr, OrderByKind, Query, Select,
    SelectItem, SetExpr, Statement, Visit, VisitMut, Visitor, VisitorMut, WindowType,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use super::super::Refusal;

/// Functions whose numbers are unsigned in Polars: `COUNT(a) - COUNT(b)` would have no sign.
const UNSIGNED: [&str; 5] = ["count", "row_number", "rank", "dense_rank", "ntile"];
/// Functions over many rows.
const AGGREGATES: [&str; 12] = [
    "avg",
    "count",
    "first",
    "last",
    "max",
    "median",
    "min",
    "quantile_cont",
    "quantile_disc",
    "stddev",
    "sum",
    "variance",
];
/// Factors whose product fits into 64 bits: each integer of the tables has 31.
const FACTORS: usize = 2;

/// The question as Polars can be asked it. What can't be read goes through: Polars says so itself.
pub(super) fn guarded(sql: &str) -> Result<String, Refusal> {
    let parsed = Parser::parse_sql(&GenericDialect {}, sql).unwrap_or_default();
    let [statement] = &parsed[..] else {
        return Ok(sql.to_owned());
    };
    if !matches!(statement, Statement::Query(_)) {
        return Ok(sql.to_owned());
    }
    let mut statement = statement.clone();
    match VisitMut::visit(&mut statement, &mut Guard) {
        ControlFlow::Continue(()) => Ok(statement.to_string()),
        ControlFlow::Break(wrong) => Err(Refusal::new(format!("Polars gets {wrong} wrong"))
            .hint("leave out `--engine polars`: DataFusion answers it")),
    }
}

struct Guard;

impl VisitorMut for Guard {
    type Break = &'static str;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        if let Some(order) = &mut query.order_by
            && let OrderByKind::Expressions(expressions) = &mut order.kind
        {
            nulls_last(expressions);
        }
        if query.fetch.is_some() {
            return ControlFlow::Break("FETCH");
        }
        if !matches!(*query.body, SetExpr::Select(_)) && query.order_by.is_some() {
            return ControlFlow::Break("ORDER BY after UNION");
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Self::Break> {
        let mut found = Found::default();
        for item in &select.projection {
            if let SelectItem::UnnamedExpr(expression)
            | SelectItem::ExprWithAlias {
                expr: expression, ..
            } = item
            {
                let _ = Visit::visit(expression, &mut found);
            }
        }
        let groups = select.having.is_some()
            || !matches!(&select.group_by, sqlparser::ast::GroupByExpr::Expressions(list, _) if list.is_empty());
        if found.window && (groups || found.aggregate) {
            return ControlFlow::Break("window functions beside aggregates");
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<Self::Break> {
        match expression {
            Expr::Function(function) => {
                let name = name(function);
                if name == "round" {
                    return ControlFlow::Break("halves in ROUND");
                }
                if name == "mod" {
                    return ControlFlow::Break("the sign of a remainder");
                }
                if let Some(WindowType::WindowSpec(window)) = &mut function.over {
                    let is_aggregate = AGGREGATES.contains(&name.as_str());
                    if is_aggregate && !window.order_by.is_empty() && window.window_frame.is_none()
                    {
                        return ControlFlow::Break("ties in a running sum");
                    }
                    nulls_last(&mut window.order_by);
                }
                if UNSIGNED.contains(&name.as_str()) {
                    *expression = signed(expression.clone());
                }
            }
            Expr::BinaryOp {
                op: BinaryOperator::Modulo,
                ..
            } => return ControlFlow::Break("the sign of a remainder"),
            Expr::BinaryOp {
                op: BinaryOperator::Multiply,
                ..
            } if factors(expression) > FACTORS => {
                return ControlFlow::Break("products above 64 bits");
            }
            Expr::Cast {
                expr, data_type, ..
            } if is_integer(data_type)
                && !matches!(
                    **expr,
                    Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Cast { .. }
                ) =>
            {
                return ControlFlow::Break("the rounding of casts");
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// What a list of expressions calls.
#[derive(Default)]
struct Found {
    window: bool,
    aggregate: bool,
}

impl Visitor for Found {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expression {
            match function.over {
                Some(_) => self.window = true,
                None => self.aggregate |= AGGREGATES.contains(&name(function).as_str()),
            }
        }
        ControlFlow::Continue(())
    }
}

fn name(function: &Function) -> String {
    function.name.to_string().to_lowercase()
}

/// NULL comes last, as in every other engine here.
fn nulls_last(order: &mut [OrderByExpr]) {
    for expression in order {
        expression.options.nulls_first.get_or_insert(false);
    }
}

fn signed(expression: Expr) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expression),
        data_type: DataType::BigInt(None),
        array: false,
        format: None,
    }
}

fn is_integer(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::TinyInt(_)
            | DataType::SmallInt(_)
            | DataType::Int(_)
            | DataType::Integer(_)
            | DataType::BigInt(_)
    )
}

fn factors(expression: &Expr) -> usize {
    match expression {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Multiply,
            right,
        } => factors(left) + factors(right),
        Expr::BinaryOp { left, right, .. } => factors(left).max(factors(right)),
        Expr::Nested(inner) | Expr::UnaryOp { expr: inner, .. } => factors(inner),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_signed_and_nulls_last() {
        assert_eq!(
            guarded("SELECT COUNT(*) AS n FROM t ORDER BY n DESC").as_deref(),
            Ok("SELECT CAST(COUNT(*) AS BIGINT) AS n FROM t ORDER BY n DESC NULLS LAST")
        );
    }

    #[test]
    fn known_mistakes_are_refused() {
        for sql in [
            "SELECT a, SUM(COUNT(*)) OVER () FROM t GROUP BY a",
            "SELECT SUM(a) OVER (ORDER BY b) FROM t",
            "SELECT ROUND(a) FROM t",
            "SELECT a % 2 FROM t",
            "SELECT a * b * c FROM t",
            "SELECT CAST(AVG(a) AS INT) FROM t",
        ] {
            assert!(guarded(sql).is_err(), "{sql}");
        }
    }

    #[test]
    fn what_is_no_query_goes_through() {
        for sql in ["SHOW TABLES", "SELECT FROM WHERE"] {
            assert_eq!(guarded(sql).as_deref(), Ok(sql));
        }
    }
}
