//! The walk over a question's tree.

use std::ops::ControlFlow;

use datafusion::common::DataFusionError;
use datafusion::sql::sqlparser::ast::{
    DataType, ExactNumberInfo, Expr, LimitClause, Query, Select, SetExpr, SetOperator,
    SetQuantifier, TableFactor, Value, VisitorMut,
};

use super::ast::{as_type, literal, number, refuse};
use super::conditions::{escape, guarded};
use super::functions::rewrite;
use super::names::{name_recursive, name_twins};

/// Changes a query in place, or ends with the first construct that is not supported.
pub(super) struct Rewriter;

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
                    let digits = literal(digits.as_str());
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
