//! What DataFusion reads without an error and answers wrong: refused, with a form that it answers right.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::ptr;

use datafusion::common::DataFusionError;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArgumentClause, FunctionArguments, GroupByExpr,
    JoinConstraint, JoinOperator, NamedWindowDefinition, NamedWindowExpr, NullTreatment, Query,
    Select, SelectItem, SetExpr, TableFactor, TableWithJoins, Visit, Visitor, WindowFrameBound,
    WindowSpec, WindowType,
};

use super::ast::{arguments, is_distinct, refuse};

/// Aggregates that leave out duplicates where they are asked to; the others take all values without a word.
const DISTINCT: [&str; 11] = [
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "count",
    "every",
    "max",
    "median",
    "min",
    "string_agg",
    "sum",
];
/// Aggregates that go wrong over a frame that leaves rows behind: they take them out of sums of squares.
const SQUARES: [&str; 5] = ["corr", "covar", "regr", "stddev", "var"];
/// Aggregates that give one row where there is none.
const ONE_ROW: [&str; 6] = ["array_agg", "avg", "count", "max", "min", "sum"];

/// Refuses what would be answered wrong.
pub(super) fn check(query: &Query) -> ControlFlow<DataFusionError> {
    query.visit(&mut Misread::default())
}

#[derive(Default)]
struct Misread {
    /// `IN (SELECT …)` where a NULL and a no are the same, by its place in memory.
    plain: HashSet<*const Expr>,
}

impl Visitor for Misread {
    type Break = DataFusionError;

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<DataFusionError> {
        select.from.iter().try_for_each(joins)?;
        if let GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers) =
            &select.group_by
            && !modifiers.is_empty()
        {
            return refuse("WITH after GROUP BY; write `GROUP BY ROLLUP (a, b)`");
        }
        for NamedWindowDefinition(_, window) in &select.named_window {
            match window {
                NamedWindowExpr::WindowSpec(window) => whole(window)?,
                NamedWindowExpr::NamedWindow(_) => return refuse(WINDOW),
            }
        }
        let conditions = [&select.selection, &select.having, &select.qualify];
        for condition in conditions.into_iter().flatten() {
            self.mark(condition, false);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<DataFusionError> {
        match expression {
            Expr::AnyOp { .. } | Expr::AllOp { .. } => {
                refuse("ANY and ALL; write `IN (SELECT …)`, or compare with `(SELECT MIN(a) …)`")
            }
            Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right)
                if !is_operand(right) =>
            {
                refuse("IS DISTINCT FROM beside other conditions; put it in brackets")
            }
            Expr::SimilarTo { .. } => refuse("SIMILAR TO; write `REGEXP_LIKE(a, '^(…)$')`"),
            Expr::InSubquery { .. } if !self.plain.contains(&ptr::from_ref(expression)) => refuse(
                "IN (SELECT …) where a NULL is not a no; write `EXISTS (SELECT … WHERE q.a = p.a)`",
            ),
            Expr::Exists { subquery, .. } if !asks_for_rows(subquery) => {
                refuse("EXISTS over an aggregate or with LIMIT; write `(SELECT COUNT(*) …) > 0`")
            }
            Expr::Function(called) => function(called),
            _ => ControlFlow::Continue(()),
        }
    }
}

impl Misread {
    /// Remembers the subqueries of a condition of which only the rows matter that meet it. A NULL below OR is a no, but not its
    /// opposite.
    fn mark(&mut self, condition: &Expr, below_or: bool) {
        match condition {
            Expr::Nested(inner) => self.mark(inner, below_or),
            Expr::BinaryOp { left, op, right } => {
                let below_or = match op {
                    BinaryOperator::And => below_or,
                    BinaryOperator::Or => true,
                    _ => return,
                };
                self.mark(left, below_or);
                self.mark(right, below_or);
            }
            Expr::InSubquery { negated, .. } if !(*negated && below_or) => {
                self.plain.insert(ptr::from_ref(condition));
            }
            _ => {}
        }
    }
}

const WINDOW: &str = "a window that goes on with another; write all of it in OVER (…)";

/// A window must not take parts of another: they are forgotten.
fn whole(window: &WindowSpec) -> ControlFlow<DataFusionError> {
    match window.window_name {
        Some(_) => refuse(WINDOW),
        None => ControlFlow::Continue(()),
    }
}

fn joins(table: &TableWithJoins) -> ControlFlow<DataFusionError> {
    nested(&table.relation)?;
    for join in &table.joins {
        nested(&join.relation)?;
        match &join.join_operator {
            JoinOperator::Right(by)
            | JoinOperator::RightOuter(by)
            | JoinOperator::FullOuter(by)
                if matches!(by, JoinConstraint::Using(_) | JoinConstraint::Natural) =>
            {
                return refuse(
                    "RIGHT and FULL JOIN with USING; write `ON a.k = b.k`, and `COALESCE(a.k, b.k)`",
                );
            }
            JoinOperator::Join(JoinConstraint::None)
            | JoinOperator::Inner(JoinConstraint::None)
            | JoinOperator::Left(JoinConstraint::None)
            | JoinOperator::LeftOuter(JoinConstraint::None)
            | JoinOperator::Right(JoinConstraint::None)
            | JoinOperator::RightOuter(JoinConstraint::None)
            | JoinOperator::FullOuter(JoinConstraint::None) => {
                return refuse("JOIN without ON; write CROSS JOIN for all pairs of rows");
            }
            _ => {}
        }
    }
    ControlFlow::Continue(())
}

fn nested(table: &TableFactor) -> ControlFlow<DataFusionError> {
    match table {
        TableFactor::NestedJoin {
            table_with_joins, ..
        } => joins(table_with_joins),
        _ => ControlFlow::Continue(()),
    }
}

fn function(called: &Function) -> ControlFlow<DataFusionError> {
    let name = called.name.to_string().to_lowercase();
    if is_distinct(called) && !DISTINCT.contains(&name.as_str()) {
        return refuse("DISTINCT in this aggregate; take it over `(SELECT DISTINCT …)`");
    }
    if name == "lead" && passes_over_nulls(called) && !leads_by_one(called) {
        return refuse("LEAD by several rows with IGNORE NULLS; leave out the rows that are NULL");
    }
    let Some(WindowType::WindowSpec(window)) = &called.over else {
        return ControlFlow::Continue(());
    };
    whole(window)?;
    if ["any_value", "arbitrary"].contains(&name.as_str()) {
        return refuse("ANY_VALUE over a window; write `MIN(a) OVER (…)`");
    }
    let moves = window
        .window_frame
        .as_ref()
        .is_some_and(|frame| !matches!(frame.start_bound, WindowFrameBound::Preceding(None)));
    if moves && SQUARES.iter().any(|family| name.starts_with(family)) {
        return refuse(
            "deviations and correlations over a frame that moves; take the whole partition",
        );
    }
    ControlFlow::Continue(())
}

fn passes_over_nulls(called: &Function) -> bool {
    let FunctionArguments::List(list) = &called.args else {
        return false;
    };
    let inside = list.clauses.iter().any(|clause| {
        matches!(
            clause,
            FunctionArgumentClause::IgnoreOrRespectNulls(NullTreatment::IgnoreNulls)
        )
    });
    inside || called.null_treatment == Some(NullTreatment::IgnoreNulls)
}

fn leads_by_one(called: &Function) -> bool {
    match arguments(&called.args).get(1) {
        None => true,
        Some(rows) => rows.to_string() == "1",
    }
}

/// What may stand behind IS DISTINCT FROM: the parser takes all that follows for it, up to the end of the condition.
fn is_operand(expression: &Expr) -> bool {
    match expression {
        Expr::BinaryOp { left, op, right } => {
            let is_arithmetic = matches!(
                op,
                BinaryOperator::Plus
                    | BinaryOperator::Minus
                    | BinaryOperator::Multiply
                    | BinaryOperator::Divide
                    | BinaryOperator::Modulo
                    | BinaryOperator::StringConcat
            );
            is_arithmetic && is_operand(left) && is_operand(right)
        }
        Expr::UnaryOp { expr, .. } => is_operand(expr),
        Expr::Value(_)
        | Expr::TypedString(_)
        | Expr::Interval(_)
        | Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::Nested(_)
        | Expr::Function(_)
        | Expr::Substring { .. }
        | Expr::Position { .. }
        | Expr::Trim { .. }
        | Expr::Overlay { .. }
        | Expr::Extract { .. }
        | Expr::Ceil { .. }
        | Expr::Floor { .. }
        | Expr::Cast { .. }
        | Expr::Case { .. }
        | Expr::Array(_)
        | Expr::Tuple(_)
        | Expr::Subquery(_) => true,
        _ => false,
    }
}

/// Whether a query has as many rows as it finds, and not one all the same; a LIMIT is forgotten below EXISTS.
fn asks_for_rows(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return query.limit_clause.is_none() && query.fetch.is_none();
    };
    let is_grouped = match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(keys, _) => !keys.is_empty(),
    };
    let mut aggregate = Aggregate;
    let items = select.projection.iter();
    let counts = items.filter(|item| !matches!(item, SelectItem::Wildcard(_)));
    let has_one_row = select.having.is_some()
        || counts
            .into_iter()
            .any(|item| item.visit(&mut aggregate).is_break());
    query.limit_clause.is_none() && query.fetch.is_none() && (is_grouped || !has_one_row)
}

struct Aggregate;

impl Visitor for Aggregate {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        match expression {
            Expr::Function(called)
                if called.over.is_none()
                    && !matches!(called.args, FunctionArguments::None)
                    && ONE_ROW.contains(&called.name.to_string().to_lowercase().as_str()) =>
            {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}
