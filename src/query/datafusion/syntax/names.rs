//! The names of columns: as the question has them, and each once.

use std::collections::HashSet;

use datafusion::sql::sqlparser::ast::{Cte, Expr, Ident, Select, SelectItem, SetExpr};

/// Stands behind the name of a column that is not the only one of it, before its number: in no name that anybody writes.
pub(in super::super) const TWIN: char = '\u{1}';

pub(super) fn names_of(select: &Select) -> Option<Vec<String>> {
    let name = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(folded(name)),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(names)) => names.last().map(folded),
        SelectItem::UnnamedExpr(expression) => Some(expression.to_string()),
        _ => None,
    };
    select.projection.iter().map(name).collect()
}

/// In `WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t)` the first part names the column, which DataFusion looks for
/// before it gives the table its names.
pub(super) fn name_recursive(table: &mut Cte) {
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
pub(super) fn name_twins(select: &mut Select) {
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
