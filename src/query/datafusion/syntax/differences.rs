//! Constructs that Athena's engine answers otherwise than DataFusion.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Value, VisitMut, VisitorMut};

use super::question::Question;

/// Whether Athena may mean something else by `sql` than DataFusion does here, and by what of it; a question that can't be read is
/// one for neither.
pub(in crate::query) fn differs(sql: &str) -> Option<&'static str> {
    let mut question = Question::parse(sql).ok()?;
    let mut difference = Difference(None);
    let _ = question.query_mut()?.visit(&mut difference);
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
