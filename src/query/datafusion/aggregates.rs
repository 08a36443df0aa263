//! Aggregates and window functions with the types and the meaning that Trino gives them.

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::expr::{AggregateFunction, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::planner::{
    ExprPlanner, PlannerResult, RawAggregateExpr, RawWindowExpr,
};
use datafusion::logical_expr::{Expr, cast};

/// Window functions whose numbers are unsigned: a difference of two would have no sign.
const UNSIGNED: [&str; 4] = ["row_number", "rank", "dense_rank", "ntile"];
/// Aggregates whose result has the type of their argument, though it lies between two of them.
const BETWEEN: [&str; 3] = ["avg", "median", "percentile_cont"];

/// Plans what is computed over many rows.
#[derive(Debug)]
pub(super) struct Aggregates;

impl ExprPlanner for Aggregates {
    fn plan_aggregate(&self, mut raw: RawAggregateExpr) -> Result<PlannerResult<RawAggregateExpr>> {
        if BETWEEN.contains(&raw.func.name()) {
            raw.args = doubles(raw.args);
        }
        if raw.func.name() == "approx_distinct" {
            let function = AggregateFunction::new_udf(
                raw.func,
                raw.args,
                raw.distinct,
                raw.filter,
                raw.order_by,
                raw.null_treatment,
            );
            let function = Expr::AggregateFunction(function);
            return Ok(PlannerResult::Planned(cast(function, DataType::Int64)));
        }
        Ok(PlannerResult::Original(raw))
    }

    fn plan_window(&self, mut raw: RawWindowExpr) -> Result<PlannerResult<RawWindowExpr>> {
        let name = raw.func_def.name();
        if BETWEEN.contains(&name) {
            raw.args = doubles(raw.args);
        } else if UNSIGNED.contains(&name) {
            let function = WindowFunction {
                fun: raw.func_def,
                params: WindowFunctionParams {
                    args: raw.args,
                    partition_by: raw.partition_by,
                    order_by: raw.order_by,
                    window_frame: raw.window_frame,
                    filter: raw.filter,
                    null_treatment: raw.null_treatment,
                    distinct: raw.distinct,
                },
            };
            let function = Expr::WindowFunction(Box::new(function));
            return Ok(PlannerResult::Planned(cast(function, DataType::Int64)));
        }
        Ok(PlannerResult::Original(raw))
    }
}

/// The average of decimals would be a decimal, with a few digits more than these have.
fn doubles(arguments: Vec<Expr>) -> Vec<Expr> {
    let double = |argument| cast(argument, DataType::Float64);
    arguments.into_iter().map(double).collect()
}
