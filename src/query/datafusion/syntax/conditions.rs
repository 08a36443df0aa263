//! Conditions: quotients that are computed only where they may be, and the escapes of patterns.

use std::ops::ControlFlow;

use datafusion::common::DataFusionError;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Value, ValueWithSpan, visit_expressions,
};

use super::ast::{call, case, literal, number, refuse, text_of};

/// A condition in which a quotient is only computed where what stands before it holds: `age > 0 AND slices / age > 1` divides by no
/// zero. CASE alone does not do, since DataFusion makes AND and OR of one whose results are truth values.
pub(super) fn guarded(condition: Expr) -> Expr {
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
pub(super) fn escape(
    pattern: &mut Expr,
    by: &mut Option<ValueWithSpan>,
) -> ControlFlow<DataFusionError> {
    let by = match by.take().map(|value| value.value) {
        None => None,
        Some(Value::SingleQuotedString(text)) if text.chars().count() == 1 => text.chars().next(),
        Some(_) => return refuse("ESCAPE with anything but one character"),
    };
    match (text_of(pattern), by) {
        (Some(text), _) => {
            *pattern = literal(backslashed(text, by));
        }
        (None, None) => {
            let arguments = ["\\", "\\\\"].map(literal);
            let arguments = std::iter::once(pattern.clone()).chain(arguments);
            *pattern = call("replace", arguments.collect());
        }
        (None, Some(_)) => return refuse("ESCAPE of a pattern that is no text in quotes"),
    }
    ControlFlow::Continue(())
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
