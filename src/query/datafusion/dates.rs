//! `DATE_DIFF` as Trino has it: whole units from one time to the other.

use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use chrono::{DateTime, Datelike, NaiveDateTime};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

const MICROS_PER_SECOND: i64 = 1_000_000;
/// Units of one length, with their seconds.
const EVEN: [(&str, i64); 5] = [
    ("second", 1),
    ("minute", 60),
    ("hour", 3_600),
    ("day", 86_400),
    ("week", 604_800),
];
/// Units of several lengths, with their months.
const UNEVEN: [(&str, i64); 3] = [("month", 1), ("quarter", 3), ("year", 12)];

/// `date_diff(unit, from, to)`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct DateDiff {
    signature: Signature,
}

impl DateDiff {
    pub(super) fn new() -> Self {
        let time = DataType::Timestamp(TimeUnit::Microsecond, None);
        let kinds = vec![DataType::Utf8, time.clone(), time];
        Self {
            signature: Signature::exact(kinds, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for DateDiff {
    fn name(&self) -> &'static str {
        "date_diff"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [
            ColumnarValue::Scalar(ScalarValue::Utf8(Some(unit))),
            from,
            to,
        ] = &arguments.args[..]
        else {
            return exec_err!(
                "`date_diff` needs its unit as a text, as in `date_diff('day', a, b)`"
            );
        };
        let unit = unit.to_lowercase();
        let rows = arguments.number_rows;
        let (from, to) = (from.to_array(rows)?, to.to_array(rows)?);
        let from = from.as_primitive::<TimestampMicrosecondType>();
        let to = to.as_primitive::<TimestampMicrosecondType>();
        let pairs = from.iter().zip(to.iter());
        let known = |name: &&(&str, i64)| name.0 == unit;
        let numbers: Int64Array = if let Some((_, seconds)) = EVEN.iter().find(known) {
            pairs
                .map(|(from, to)| Some((to? - from?) / (seconds * MICROS_PER_SECOND)))
                .collect()
        } else if let Some((_, unit)) = UNEVEN.iter().find(known) {
            pairs
                .map(|(from, to)| Some(months(moment(from?)?, moment(to?)?) / unit))
                .collect()
        } else {
            return exec_err!("`date_diff` does not know the unit `{unit}`");
        };
        let numbers: ArrayRef = Arc::new(numbers);
        Ok(ColumnarValue::Array(numbers))
    }
}

fn moment(micros: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(micros).map(|moment| moment.naive_utc())
}

/// Whole months from one moment to another; the last day of a month completes it.
fn months(from: NaiveDateTime, to: NaiveDateTime) -> i64 {
    if to < from {
        return -months(to, from);
    }
    let number = |moment: NaiveDateTime| i64::from(moment.year()) * 12 + i64::from(moment.month0());
    let months = number(to) - number(from);
    let is_last = to.day() == u32::from(to.num_days_in_month());
    let from_day = if is_last {
        from.day().min(to.day())
    } else {
        from.day()
    };
    let is_whole = (to.day(), to.time()) >= (from_day, from.time());
    months - i64::from(!is_whole)
}
