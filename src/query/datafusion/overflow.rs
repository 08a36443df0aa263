//! Negation, `ABS` and the arithmetic of decimals, whose errors name the expression as those of `arithmetic` do.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Datum};
use arrow::compute::kernels::numeric::{add, mul, neg, rem, sub};
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Decimal128Type};
use arrow::error::ArrowError;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue, exec_err};
use datafusion::logical_expr::expr::{BinaryExpr, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::type_coercion::binary::BinaryTypeCoercer;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility, cast,
};
use datafusion::physical_expr_common::datum::apply;

use super::arithmetic::shown;
use super::casts::is_decimal;

/// Puts [`Named`] in the place of what may overflow, or divide by zero.
#[derive(Debug)]
pub(super) struct Overflow;

impl FunctionRewrite for Overflow {
    fn name(&self) -> &'static str {
        "overflow"
    }

    fn rewrite(
        &self,
        expression: Expr,
        schema: &DFSchema,
        _: &ConfigOptions,
    ) -> Result<Transformed<Expr>> {
        // Rewritten it has the same name, so that nothing that holds it, such as a ROLLUP, has to name it anew.
        let schema_name = match &expression {
            Expr::Negative(_) | Expr::ScalarFunction(_) | Expr::BinaryExpr(_) => {
                expression.schema_name().to_string()
            }
            _ => return Ok(Transformed::no(expression)),
        };
        Ok(match expression {
            Expr::Negative(inner) => {
                let kind = inner.get_type(schema)?;
                if !kind.is_signed_integer() {
                    return Ok(Transformed::no(Expr::Negative(inner)));
                }
                let named = Named {
                    operation: Operation::Negate,
                    name: format!("-{}", part(&inner)),
                    schema_name,
                    signature: Signature::exact(vec![kind.clone()], Volatility::Immutable),
                    kind,
                };
                Transformed::yes(ScalarUDF::from(named).call(vec![*inner]))
            }
            Expr::ScalarFunction(ScalarFunction { func, args }) if func.name() == "abs" => {
                let kind = args.first().map(|value| value.get_type(schema));
                let Some(kind) = kind.transpose()?.filter(DataType::is_signed_integer) else {
                    return Ok(Transformed::no(func.call(args)));
                };
                let text: Vec<String> = args.iter().map(argument).collect();
                let named = Named {
                    operation: Operation::Absolute(func),
                    name: format!("ABS({})", text.join(", ")),
                    schema_name,
                    signature: Signature::exact(vec![kind.clone()], Volatility::Immutable),
                    kind,
                };
                Transformed::yes(ScalarUDF::from(named).call(args))
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                let kinds = [left.get_type(schema)?, right.get_type(schema)?];
                let is_exact = |kind: &DataType| kind.is_integer() || is_decimal(kind);
                let is_arithmetic = matches!(
                    op,
                    Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Modulo
                );
                if !is_arithmetic || !kinds.iter().all(is_exact) || !kinds.iter().any(is_decimal) {
                    let same = BinaryExpr { left, op, right };
                    return Ok(Transformed::no(Expr::BinaryExpr(same)));
                }
                let coercer = BinaryTypeCoercer::new(&kinds[0], &op, &kinds[1]);
                let (left_kind, right_kind) = coercer.get_input_types()?;
                let named = Named {
                    operation: Operation::Binary(op),
                    name: format!("{} {op} {}", part(&left), part(&right)),
                    schema_name,
                    signature: Signature::exact(
                        vec![left_kind.clone(), right_kind.clone()],
                        Volatility::Immutable,
                    ),
                    kind: coercer.get_result_type()?,
                };
                let arguments = vec![cast(*left, left_kind), cast(*right, right_kind)];
                Transformed::yes(ScalarUDF::from(named).call(arguments))
            }
            other => Transformed::no(other),
        })
    }
}

/// An operand, in brackets where it is an operation itself.
fn part(operand: &Expr) -> String {
    match operand {
        Expr::ScalarFunction(function) => match function.func.inner().downcast_ref::<Named>() {
            Some(named) => format!("({})", named.name),
            None => shown(operand),
        },
        _ => shown(operand),
    }
}

/// An operand between the brackets of a call, which needs none of its own.
fn argument(operand: &Expr) -> String {
    let text = part(operand);
    let inner = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'));
    match (operand, inner) {
        (Expr::ScalarFunction(_), Some(inner)) => inner.to_owned(),
        _ => text,
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Operation {
    Negate,
    /// `ABS` of an integer.
    Absolute(Arc<ScalarUDF>),
    Binary(Operator),
}

/// An operation whose failure names it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Named {
    operation: Operation,
    /// As it stands in the query.
    name: String,
    /// As its column is called before it is rewritten.
    schema_name: String,
    kind: DataType,
    signature: Signature,
}

impl Named {
    fn compute(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match (&self.operation, &arguments.args[..]) {
            (Operation::Absolute(function), _) => function.invoke_with_args(arguments),
            (Operation::Negate, [ColumnarValue::Array(values)]) => {
                Ok(ColumnarValue::Array(neg(values)?))
            }
            (Operation::Negate, [ColumnarValue::Scalar(value)]) => {
                let negated = neg(&value.to_array()?)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                    &negated, 0,
                )?))
            }
            (Operation::Binary(operator), [left, right]) => {
                apply(left, right, |left, right| binary(*operator, left, right))
            }
            _ => exec_err!("`{}` has another number of arguments", self.name),
        }
    }

    /// What the result is to fit into.
    fn room(&self) -> String {
        match self.kind.primitive_width() {
            Some(bytes) if self.kind.is_integer() => format!("{} bits", 8 * bytes),
            _ => format!("{DECIMAL128_MAX_PRECISION} digits"),
        }
    }
}

fn binary(operator: Operator, left: &dyn Datum, right: &dyn Datum) -> Result<ArrayRef, ArrowError> {
    let result = match operator {
        Operator::Plus => add(left, right),
        Operator::Minus => sub(left, right),
        Operator::Multiply => mul(left, right),
        _ => rem(left, right),
    }?;
    // Some more digits have room in 128 bits, and none of those who read them expects these.
    if let Some(values) = result.as_primitive_opt::<Decimal128Type>() {
        values
            .validate_decimal_precision(DECIMAL128_MAX_PRECISION)
            .map_err(|error| ArrowError::ArithmeticOverflow(error.to_string()))?;
    }
    Ok(result)
}

impl ScalarUDFImpl for Named {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema_name(&self, _: &[Expr]) -> Result<String> {
        Ok(self.schema_name.clone())
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.kind.clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let outcome = self.compute(arguments);
        outcome.or_else(|error| match error.find_root() {
            DataFusionError::ArrowError(source, _) => match &**source {
                ArrowError::DivideByZero => exec_err!("division by zero in `{}`", self.name),
                ArrowError::ArithmeticOverflow(_) | ArrowError::ComputeError(_) => {
                    exec_err!("`{}` does not fit into {}", self.name, self.room())
                }
                _ => Err(error),
            },
            _ => Err(error),
        })
    }
}
