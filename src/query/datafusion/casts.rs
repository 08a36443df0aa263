//! Casts and comparisons as Trino has them.

use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array};
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, Float64Type};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, exec_err};
use datafusion::logical_expr::expr::{Between, Cast, InList, ScalarFunction, TryCast};
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility, cast,
};

/// Rounds what becomes an integer, where DataFusion would cut it off; compares decimals with doubles as doubles; makes room for what a
/// decimal is rounded up to: 99.5 has three digits, 100.0 has four.
#[derive(Debug)]
pub(super) struct Casts;

impl FunctionRewrite for Casts {
    fn name(&self) -> &'static str {
        "casts"
    }

    fn rewrite(
        &self,
        expression: Expr,
        schema: &DFSchema,
        _: &ConfigOptions,
    ) -> Result<Transformed<Expr>> {
        Ok(match expression {
            Expr::Cast(Cast { expr, field }) if field.data_type().is_integer() => {
                let (expr, changed) = rounded(expr, schema)?;
                Transformed::new_transformed(Expr::Cast(Cast { expr, field }), changed)
            }
            Expr::TryCast(TryCast { expr, field }) if field.data_type().is_integer() => {
                let (expr, changed) = rounded(expr, schema)?;
                Transformed::new_transformed(Expr::TryCast(TryCast { expr, field }), changed)
            }
            Expr::Between(Between {
                expr,
                negated,
                low,
                high,
            }) => {
                let mut all = vec![*expr, *low, *high];
                let changed = to_doubles(&mut all, schema);
                let [expr, low, high] = <[Expr; 3]>::try_from(all)
                    .map_err(|_| datafusion::common::internal_datafusion_err!("three values"))?;
                let between = Between::new(Box::new(expr), negated, Box::new(low), Box::new(high));
                Transformed::new_transformed(Expr::Between(between), changed)
            }
            Expr::InList(InList {
                expr,
                list,
                negated,
            }) => {
                let mut all = vec![*expr];
                all.extend(list);
                let changed = to_doubles(&mut all, schema);
                let expr = Box::new(all.remove(0));
                Transformed::new_transformed(Expr::InList(InList::new(expr, all, negated)), changed)
            }
            // A power of a decimal would keep its scale, and angles of integers would be of the short kind.
            Expr::ScalarFunction(ScalarFunction { func, mut args })
                if ["atan2", "log", "power"].contains(&func.name()) =>
            {
                let mut changed = false;
                for value in &mut args {
                    let kind = value.get_type(schema)?;
                    if is_decimal(&kind) || (func.name() == "atan2" && kind.is_integer()) {
                        *value = cast(std::mem::take(value), DataType::Float64);
                        changed = true;
                    }
                }
                Transformed::new_transformed(func.call(args), changed)
            }
            Expr::ScalarFunction(ScalarFunction { func, mut args })
                if ["ceil", "floor", "round"].contains(&func.name()) =>
            {
                let kind = args
                    .first()
                    .map(|value| value.get_type(schema))
                    .transpose()?;
                let widened = match kind {
                    Some(DataType::Decimal128(precision, scale)) if scale > 0 => {
                        DataType::Decimal128(DECIMAL128_MAX_PRECISION.min(precision + 1), scale)
                    }
                    _ => return Ok(Transformed::no(func.call(args))),
                };
                args[0] = cast(std::mem::take(&mut args[0]), widened);
                Transformed::yes(func.call(args))
            }
            other => Transformed::no(other),
        })
    }
}

fn rounded(expression: Box<Expr>, schema: &DFSchema) -> Result<(Box<Expr>, bool)> {
    match expression.get_type(schema)? {
        kind if kind.is_floating() || is_decimal(&kind) => {
            let rounded = ScalarUDF::from(Rounded::new(&kind)).call(vec![*expression]);
            Ok((Box::new(rounded), true))
        }
        _ => Ok((expression, false)),
    }
}

/// Whether there was a decimal beside a double.
pub(super) fn to_doubles(values: &mut [Expr], schema: &DFSchema) -> bool {
    let kinds = values.iter().map(|value| value.get_type(schema));
    let kinds: Vec<DataType> = kinds.map(|kind| kind.unwrap_or(DataType::Null)).collect();
    let mixed = kinds.iter().any(DataType::is_floating) && kinds.iter().any(is_decimal);
    if mixed {
        for (value, kind) in values.iter_mut().zip(&kinds) {
            if is_decimal(kind) {
                *value = cast(std::mem::take(value), DataType::Float64);
            }
        }
    }
    mixed
}

pub(super) fn is_decimal(kind: &DataType) -> bool {
    matches!(kind, DataType::Decimal128(..) | DataType::Decimal256(..))
}

/// The nearest integer, still of the same type: a half goes away from zero.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Rounded {
    signature: Signature,
}

impl Rounded {
    fn new(kind: &DataType) -> Self {
        let kind = match kind {
            kind if is_decimal(kind) => kind.clone(),
            _ => DataType::Float64,
        };
        Self {
            signature: Signature::exact(vec![kind], Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for Rounded {
    fn name(&self) -> &'static str {
        "rounded"
    }

    fn schema_name(&self, arguments: &[Expr]) -> Result<String> {
        Ok(arguments
            .iter()
            .map(|argument| argument.schema_name().to_string())
            .collect())
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        Ok(match arguments {
            [DataType::Decimal128(_, _)] => DataType::Decimal128(38, 0),
            _ => DataType::Float64,
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let [values] = &arguments.args[..] else {
            return exec_err!("one number is rounded at a time");
        };
        let is_scalar = matches!(values, ColumnarValue::Scalar(_));
        let values = values.to_array(if is_scalar { 1 } else { rows })?;
        let rounded: ArrayRef = match values.data_type() {
            DataType::Decimal128(_, scale) => {
                let unit = 10_i128.pow(u32::from(scale.unsigned_abs()));
                let values = values.as_primitive::<Decimal128Type>();
                let round = |value: i128| {
                    let (whole, rest) = (value / unit, value % unit);
                    whole
                        + if rest.abs() * 2 >= unit {
                            rest.signum()
                        } else {
                            0
                        }
                };
                let whole: Decimal128Array = values.unary(round);
                Arc::new(whole.with_precision_and_scale(38, 0)?)
            }
            DataType::Float64 => {
                let values = values.as_primitive::<Float64Type>();
                Arc::new(values.unary::<_, Float64Type>(f64::round))
            }
            other => return exec_err!("cannot round {other}"),
        };
        if is_scalar {
            let one = datafusion::common::ScalarValue::try_from_array(&rounded, 0)?;
            return Ok(ColumnarValue::Scalar(one));
        }
        Ok(ColumnarValue::Array(rounded))
    }
}
