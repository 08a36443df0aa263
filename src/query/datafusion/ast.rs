//! Parts of a question's syntax tree, and how one is refused.

use std::ops::ControlFlow;

use datafusion::common::{DataFusionError, not_impl_datafusion_err};
use datafusion::sql::sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
};

pub(super) fn refuse<T>(construct: &str) -> ControlFlow<DataFusionError, T> {
    ControlFlow::Break(not_impl_datafusion_err!("not supported: {construct}"))
}

pub(super) fn arguments(arguments: &FunctionArguments) -> Vec<&Expr> {
    let FunctionArguments::List(list) = arguments else {
        return Vec::new();
    };
    let expression = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expression)) => Some(expression),
        _ => None,
    };
    let expressions: Option<Vec<&Expr>> = list.args.iter().map(expression).collect();
    expressions.unwrap_or_default()
}

pub(super) fn is_distinct(function: &Function) -> bool {
    match &function.args {
        FunctionArguments::List(list) => {
            list.duplicate_treatment == Some(DuplicateTreatment::Distinct)
        }
        _ => false,
    }
}
