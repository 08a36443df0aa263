//! Integer arithmetic that fails instead of wrapping, and division as Trino has it.

use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Datum};
use arrow::compute::kernels::numeric::{add, div, mul, rem, sub};
use arrow::datatypes::{DataType, Float64Type};
use arrow::error::ArrowError;
use arrow::util::display::array_value_to_string;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue, exec_err, not_impl_err};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility, cast, lit,
};
use datafusion::physical_expr_common::datum::apply;
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::casts::{is_decimal, to_doubles};

/// Plans `+ - * / %` between numbers.
#[derive(Debug)]
pub(super) struct Arithmetic;

impl ExprPlanner for Arithmetic {
    fn plan_binary_op(
        &self,
        raw: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let Some(operation) = Operation::of(&raw.op) else {
            return Ok(PlannerResult::Original(doubles(raw, schema)));
        };
        let (left, right) = (raw.left.get_type(schema)?, raw.right.get_type(schema)?);
        if (left == DataType::Date32 && has_hours(&raw.right)?)
            || (right == DataType::Date32 && has_hours(&raw.left)?)
        {
            return not_impl_err!(
                "not supported: hours added to a date; write `CAST(d AS TIMESTAMP) + …`"
            );
        }
        let kind = match (&left, &right) {
            (left, right) if left.is_integer() && right.is_integer() => DataType::Int64,
            // Quotients of decimals have as many digits as a double: a share is no good with the one digit of `100.0`.
            (left, right)
                if operation == Operation::Divide
                    && (is_decimal(left) || is_decimal(right))
                    && left.is_numeric()
                    && right.is_numeric() =>
            {
                DataType::Float64
            }
            _ => return Ok(PlannerResult::Original(doubles(raw, schema))),
        };
        let checked = Checked::new(operation, &raw.left, &raw.right, kind.clone());
        let arguments = vec![
            as_kind(raw.left, &left, &kind),
            as_kind(raw.right, &right, &kind),
        ];
        Ok(PlannerResult::Planned(
            ScalarUDF::from(checked).call(arguments),
        ))
    }
}

/// Whether a part of it is an interval with hours, minutes or seconds: a date would lose them.
fn has_hours(expression: &Expr) -> Result<bool> {
    expression.exists(|part| {
        Ok(match part {
            Expr::Literal(ScalarValue::IntervalMonthDayNano(Some(interval)), _) => {
                interval.nanoseconds != 0
            }
            Expr::Literal(ScalarValue::IntervalDayTime(Some(interval)), _) => {
                interval.milliseconds != 0
            }
            _ => false,
        })
    })
}

/// A decimal beside a double is one too, and a text beside a truth value is one.
fn doubles(raw: RawBinaryExpr, schema: &DFSchema) -> RawBinaryExpr {
    let RawBinaryExpr { op, left, right } = raw;
    let mut both = [left, right];
    to_doubles(&mut both, schema);
    let is_truth = |value: &Expr| matches!(value.get_type(schema), Ok(DataType::Boolean));
    if both.iter().any(is_truth) {
        both = both.map(|value| truth(&value).map_or(value, lit));
    }
    let [left, right] = both;
    RawBinaryExpr { op, left, right }
}

fn truth(value: &Expr) -> Option<bool> {
    match value {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => text.to_lowercase().parse().ok(),
        _ => None,
    }
}

fn as_kind(expression: Expr, from: &DataType, to: &DataType) -> Expr {
    if from == to {
        expression
    } else {
        cast(expression, to.clone())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operation {
    fn of(operator: &BinaryOperator) -> Option<Self> {
        Some(match operator {
            BinaryOperator::Plus => Self::Add,
            BinaryOperator::Minus => Self::Subtract,
            BinaryOperator::Multiply => Self::Multiply,
            BinaryOperator::Divide | BinaryOperator::DuckIntegerDivide => Self::Divide,
            BinaryOperator::Modulo => Self::Remainder,
            _ => return None,
        })
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    fn compute(self, left: &dyn Datum, right: &dyn Datum) -> Result<Arc<dyn Array>, ArrowError> {
        match self {
            Self::Add => add(left, right),
            Self::Subtract => sub(left, right),
            Self::Multiply => mul(left, right),
            Self::Divide => {
                let (values, _) = right.get();
                if let Some(values) = values.as_primitive_opt::<Float64Type>()
                    && values.iter().flatten().any(|value| value == 0.0)
                {
                    return Err(ArrowError::DivideByZero);
                }
                div(left, right)
            }
            Self::Remainder => rem(left, right),
        }
    }
}

/// One operation between two numbers of one kind, and how it stands in the query.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    operation: Operation,
    kind: DataType,
    text: String,
    signature: Signature,
}

impl Checked {
    fn new(operation: Operation, left: &Expr, right: &Expr, kind: DataType) -> Self {
        let (left, right) = (shown(left), shown(right));
        let text = format!("{left} {} {right}", operation.sign());
        Self {
            operation,
            signature: Signature::exact(vec![kind.clone(), kind.clone()], Volatility::Immutable),
            kind,
            text,
        }
    }
}

/// An operand as a person would write it.
pub(super) fn shown(operand: &Expr) -> String {
    match operand {
        Expr::ScalarFunction(function) => match function.func.inner().downcast_ref::<Checked>() {
            Some(checked) => format!("({})", checked.text),
            None => operand.human_display().to_string(),
        },
        // Written with an exponent: a whole number has none.
        Expr::Literal(ScalarValue::Float64(Some(value)), _) => format!("{value:e}"),
        Expr::Literal(ScalarValue::Decimal128(Some(value), _, scale @ ..=0), _)
            if i64::try_from(*value).is_ok() =>
        {
            format!("{value}e{}", -scale)
        }
        Expr::Literal(value @ ScalarValue::Decimal128(Some(_), ..), _) => {
            let text = value
                .to_array()
                .and_then(|array| Ok(array_value_to_string(&array, 0)?));
            text.unwrap_or_else(|_| operand.human_display().to_string())
        }
        _ => operand.human_display().to_string(),
    }
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        self.operation.sign()
    }

    fn schema_name(&self, arguments: &[Expr]) -> Result<String> {
        let [left, right] = arguments else {
            return Ok(self.text.clone());
        };
        Ok(format!(
            "{} {} {}",
            left.schema_name(),
            self.operation.sign(),
            right.schema_name()
        ))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.kind.clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [left, right] = &arguments.args[..] else {
            return exec_err!("`{}` needs two numbers", self.text);
        };
        let outcome = apply(left, right, |left, right| {
            self.operation.compute(left, right)
        });
        outcome.or_else(|error| match error.find_root() {
            DataFusionError::ArrowError(source, _) => match &**source {
                ArrowError::DivideByZero => exec_err!("division by zero in `{}`", self.text),
                ArrowError::ArithmeticOverflow(_) => {
                    exec_err!("`{}` does not fit into 64 bits", self.text)
                }
                _ => Err(error),
            },
            _ => Err(error),
        })
    }
}
