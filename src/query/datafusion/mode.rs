//! `MODE`: the commonest value, the smallest of several.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::Hash;
use std::mem::size_of_val;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

/// `mode(value)`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Mode {
    signature: Signature,
}

impl Mode {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::any(1, Volatility::Immutable),
        }
    }
}

impl AggregateUDFImpl for Mode {
    fn name(&self) -> &'static str {
        "mode"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        Ok(arguments.first().cloned().unwrap_or(DataType::Null))
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let list = |name, kind| {
            let item = Arc::new(Field::new_list_field(kind, true));
            Arc::new(Field::new_list(
                format_state_name(arguments.name, name),
                item,
                true,
            ))
        };
        Ok(vec![
            list("values", arguments.return_type().clone()),
            list("counts", DataType::Int64),
        ])
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Counts {
            kind: arguments.return_type().clone(),
            of: HashMap::new(),
        }))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

/// How often there is each value.
#[derive(Debug)]
struct Counts {
    kind: DataType,
    of: HashMap<ScalarValue, i64>,
}

impl Counts {
    fn add(&mut self, values: &ArrayRef, counts: Option<&ArrayRef>) -> Result<()> {
        for at in 0..values.len() {
            if values.is_null(at) {
                continue;
            }
            let value = ScalarValue::try_from_array(values, at)?;
            let count = counts.map_or(1, |counts| counts.as_primitive::<Int64Type>().value(at));
            *self.of.entry(value).or_default() += count;
        }
        Ok(())
    }
}

impl Accumulator for Counts {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0], None)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let lists = states[0].as_list::<i32>().iter();
        for (values, counts) in lists.zip(states[1].as_list::<i32>().iter()) {
            if let (Some(values), Some(counts)) = (values, counts) {
                self.add(&values, Some(&counts))?;
            }
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let values: Vec<ScalarValue> = self.of.keys().cloned().collect();
        let counts = self.of.values().map(|count| ScalarValue::from(*count));
        let counts: Vec<ScalarValue> = counts.collect();
        Ok(vec![
            ScalarValue::List(ScalarValue::new_list_nullable(&values, &self.kind)),
            ScalarValue::List(ScalarValue::new_list_nullable(&counts, &DataType::Int64)),
        ])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let commonest = self.of.iter().max_by(|(a, of_a), (b, of_b)| {
            let smaller = b.partial_cmp(a).unwrap_or(Ordering::Equal);
            of_a.cmp(of_b).then(smaller)
        });
        match commonest {
            Some((value, _)) => Ok(value.clone()),
            None => ScalarValue::try_from(&self.kind),
        }
    }

    fn size(&self) -> usize {
        let values = self.of.keys().map(ScalarValue::size).sum::<usize>();
        size_of_val(self) + values + self.of.len() * size_of::<i64>()
    }
}
