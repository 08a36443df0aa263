//! `SUM` that fails instead of wrapping: added up in 128 bits, and what doesn't fit into its type is an error.

use std::collections::HashSet;
use std::hash::Hash;
use std::mem::size_of_val;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Decimal128Array};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::functions_aggregate::sum::Sum;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature,
};
use datafusion_functions_aggregate_common::aggregate::groups_accumulator::prim_op::PrimitiveGroupsAccumulator;

/// The built-in function, but for integers and decimals.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct CheckedSum {
    built_in: Sum,
}

impl CheckedSum {
    pub(super) fn new() -> Self {
        Self {
            built_in: Sum::new(),
        }
    }
}

/// What integers and decimals of this type are added up in; `None` for other types.
fn wide(kind: &DataType) -> Option<DataType> {
    match kind {
        DataType::Int64 => Some(DataType::Decimal128(DECIMAL128_MAX_PRECISION, 0)),
        DataType::Decimal128(_, scale) => {
            Some(DataType::Decimal128(DECIMAL128_MAX_PRECISION, *scale))
        }
        _ => None,
    }
}

impl AggregateUDFImpl for CheckedSum {
    fn name(&self) -> &str {
        self.built_in.name()
    }

    fn signature(&self) -> &Signature {
        self.built_in.signature()
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        // As Trino and DuckDB have it.
        if let [DataType::Decimal128(_, scale)] = arguments {
            return Ok(DataType::Decimal128(DECIMAL128_MAX_PRECISION, *scale));
        }
        self.built_in.return_type(arguments)
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let Some(wide) = wide(arguments.return_type()) else {
            return self.built_in.accumulator(arguments);
        };
        let to = Target::new(&arguments, wide);
        if arguments.is_distinct {
            return Ok(Box::new(DistinctSum {
                to,
                values: HashSet::new(),
            }));
        }
        Ok(Box::new(PlainSum {
            to,
            sum: 0,
            count: 0,
        }))
    }

    fn create_sliding_accumulator(
        &self,
        arguments: AccumulatorArgs,
    ) -> Result<Box<dyn Accumulator>> {
        match wide(arguments.return_type()) {
            Some(_) if !arguments.is_distinct => self.accumulator(arguments),
            _ => self.built_in.create_sliding_accumulator(arguments),
        }
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let Some(wide) = wide(arguments.return_type()) else {
            return self.built_in.state_fields(arguments);
        };
        let name = format_state_name(arguments.name, "sum");
        if arguments.is_distinct {
            let item = Arc::new(Field::new_list_field(wide, true));
            return Ok(vec![Arc::new(Field::new_list(name, item, false))]);
        }
        Ok(vec![Arc::new(Field::new(name, wide, true))])
    }

    fn groups_accumulator_supported(&self, arguments: AccumulatorArgs) -> bool {
        !arguments.is_distinct
    }

    fn create_groups_accumulator(
        &self,
        arguments: AccumulatorArgs,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        let Some(wide) = wide(arguments.return_type()) else {
            return self.built_in.create_groups_accumulator(arguments);
        };
        // What is above the largest decimal is refused at the end: 128 bits hold more.
        let sums = PrimitiveGroupsAccumulator::<Decimal128Type, _>::new(&wide, |sum, value| {
            *sum = i128::saturating_add(*sum, value);
        });
        Ok(Box::new(GroupSums {
            to: Target::new(&arguments, wide),
            sums: Box::new(sums),
        }))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

/// What a sum becomes, and how it stands in the query.
#[derive(Debug)]
struct Target {
    kind: DataType,
    wide: DataType,
    text: String,
}

impl Target {
    fn new(arguments: &AccumulatorArgs, wide: DataType) -> Self {
        Self {
            kind: arguments.return_type().clone(),
            wide,
            text: arguments.name.to_owned(),
        }
    }

    fn values(&self, values: &ArrayRef) -> Result<Decimal128Array> {
        let values = cast(values, &self.wide)?;
        Ok(values.as_primitive::<Decimal128Type>().clone())
    }

    fn wide_scalar(&self, sum: Option<i128>) -> ScalarValue {
        let scale = match self.wide {
            DataType::Decimal128(_, scale) => scale,
            _ => 0,
        };
        ScalarValue::Decimal128(sum, DECIMAL128_MAX_PRECISION, scale)
    }

    fn scalar(&self, sum: Option<i128>) -> Result<ScalarValue> {
        let sums = self.wide_scalar(sum).to_array()?;
        ScalarValue::try_from_array(&self.fitting(sums)?, 0)
    }

    fn fitting(&self, sums: ArrayRef) -> Result<ArrayRef> {
        let checked = sums.as_primitive::<Decimal128Type>();
        let strict = CastOptions {
            safe: false,
            ..CastOptions::default()
        };
        let fitting = checked
            .validate_decimal_precision(DECIMAL128_MAX_PRECISION)
            .and_then(|()| cast_with_options(&sums, &self.kind, &strict));
        fitting.or_else(|_| exec_err!("`{}` does not fit into {}", self.text, self.kind_name()))
    }

    fn kind_name(&self) -> &'static str {
        match self.kind {
            DataType::Int64 => "64 bits",
            _ => "38 digits",
        }
    }
}

/// One sum, which a window may move along.
#[derive(Debug)]
struct PlainSum {
    to: Target,
    sum: i128,
    count: u64,
}

impl PlainSum {
    fn change(&mut self, values: &ArrayRef, sign: i128) -> Result<()> {
        let values = self.to.values(values)?;
        for value in values.iter().flatten() {
            self.sum = self.sum.saturating_add(sign * value);
        }
        let known = (values.len() - values.null_count()) as u64;
        self.count = match sign {
            1 => self.count + known,
            _ => self.count - known,
        };
        Ok(())
    }

    fn sum(&self) -> Option<i128> {
        (self.count > 0).then_some(self.sum)
    }
}

impl Accumulator for PlainSum {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.change(&values[0], 1)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.change(&states[0], 1)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.change(&values[0], -1)
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.to.wide_scalar(self.sum())])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.to.scalar(self.sum())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.to.text.len()
    }
}

/// The sum of different values.
#[derive(Debug)]
struct DistinctSum {
    to: Target,
    values: HashSet<i128>,
}

impl Accumulator for DistinctSum {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let values = self.to.values(&values[0])?;
        self.values.extend(values.iter().flatten());
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for values in states[0].as_list::<i32>().iter().flatten() {
            self.update_batch(&[values])?;
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let values: Vec<ScalarValue> = self
            .values
            .iter()
            .map(|value| self.to.wide_scalar(Some(*value)))
            .collect();
        let list = ScalarValue::new_list_nullable(&values, &self.to.wide);
        Ok(vec![ScalarValue::List(list)])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let sum = self
            .values
            .iter()
            .fold(0, |sum: i128, value| sum.saturating_add(*value));
        self.to.scalar((!self.values.is_empty()).then_some(sum))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.capacity() * size_of::<i128>()
    }
}

/// A sum for each group.
struct GroupSums {
    to: Target,
    sums: Box<dyn GroupsAccumulator>,
}

impl GroupsAccumulator for GroupSums {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        let values: ArrayRef = Arc::new(self.to.values(&values[0])?);
        self.sums.update_batch(&[values], groups, filter, total)
    }

    fn merge_batch(
        &mut self,
        states: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.sums.merge_batch(states, groups, filter, total)
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        self.to.fitting(self.sums.evaluate(emit)?)
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        self.sums.state(emit)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let values: ArrayRef = Arc::new(self.to.values(&values[0])?);
        self.sums.convert_to_state(&[values], filter)
    }

    fn supports_convert_to_state(&self) -> bool {
        self.sums.supports_convert_to_state()
    }

    fn size(&self) -> usize {
        self.sums.size() + size_of_val(self)
    }
}
