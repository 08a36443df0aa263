//! Rows as a workbook of Excel.

use std::io::{self, Write};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, TimeUnit, TimestampMillisecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::super::failure::Failure;
use super::super::summary;
use super::to_io;
use crate::query::Answer;

/// Rows and columns of a worksheet: Excel's own limits.
const ROWS: usize = 1_048_576;
const COLUMNS: usize = 16_384;
/// Excel keeps this many digits of a number: a longer one is text, or it would be another number.
const DIGITS: usize = 15;
/// 1900-01-01 to 9999-12-31, the days that Excel has, in milliseconds since 1970.
const DAYS: std::ops::Range<i64> = -2_208_988_800_000..253_402_300_800_000;
/// Days from 1899-12-31, Excel's day 0, to 1970-01-01; one more from 1900-03-01 on, for Excel's 29 February 1900.
const EPOCH: f64 = 25_568.0;
const MARCH_1900: f64 = 60.0;
const DAY_MILLIS: f64 = 86_400_000.0;

/// Rejects an answer that is larger than a worksheet.
pub(super) fn check(answer: &Answer) -> Result<(), Failure> {
    check_size(answer.rows(), answer.schema.fields().len())
}

fn check_size(rows: usize, columns: usize) -> Result<(), Failure> {
    if rows >= ROWS {
        return Err(Failure::nothing(
            format!(
                "cannot write a workbook: the answer has {}, and a worksheet {} rows with the header",
                summary::plural(rows as u64, "row", "rows"),
                summary::count(ROWS as u64)
            ),
            format!(
                "`--output answer.parquet` or `--output answer.csv` holds all rows, `--limit {}` as many as fit",
                ROWS - 1
            ),
        ));
    }
    if columns > COLUMNS {
        return Err(Failure::nothing(
            format!(
                "cannot write a workbook: the answer has {} columns, and a worksheet {}",
                summary::count(columns as u64),
                summary::count(COLUMNS as u64)
            ),
            "select fewer columns, or write `--output answer.parquet`".to_owned(),
        ));
    }
    Ok(())
}

pub(super) fn write(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let mut workbook = Workbook::new();
    // Rows go through a file: in memory each cell would take some 100 bytes.
    let sheet = workbook.add_worksheet_with_low_memory().map_err(failed)?;
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    let formats = Formats {
        header: Format::new().set_bold(),
        date: Format::new().set_num_format("yyyy-mm-dd"),
        time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss.000"),
    };
    for (at, field) in answer.schema.fields().iter().enumerate() {
        let at = column(at)?;
        sheet
            .write_string_with_format(0, at, field.name(), &formats.header)
            .map_err(failed)?;
    }
    let mut row = 1;
    for batch in &answer.batches {
        let columns: io::Result<Vec<Values>> = batch.columns().iter().map(Values::of).collect();
        let columns = columns?;
        for index in 0..batch.num_rows() {
            for (at, values) in columns.iter().enumerate() {
                values.write(index, sheet, row, column(at)?, &formats)?;
            }
            row += 1;
        }
    }
    // Buffered whole: the archive's writer wants a sink that may move between threads.
    let content = workbook.save_to_buffer().map_err(failed)?;
    out.write_all(&content)
}

struct Formats {
    header: Format,
    date: Format,
    time: Format,
}

/// A column's values as Excel has them.
enum Values<'a> {
    Booleans(&'a ArrayRef),
    /// A float's last digits are noise to begin with.
    Floats(ArrayRef),
    /// The numbers, and their texts where they have more digits than Excel keeps.
    Numbers(ArrayRef, ArrayFormatter<'a>),
    /// Milliseconds since 1970, with the texts of days that Excel doesn't have.
    Dates(ArrayRef, ArrayFormatter<'a>),
    Times(ArrayRef, ArrayFormatter<'a>),
    Texts(&'a ArrayRef, ArrayFormatter<'a>),
}

impl<'a> Values<'a> {
    fn of(values: &'a ArrayRef) -> io::Result<Self> {
        const OPTIONS: FormatOptions = FormatOptions::new();
        let texts = ArrayFormatter::try_new(values, &OPTIONS).map_err(to_io)?;
        let millis = DataType::Timestamp(TimeUnit::Millisecond, None);
        Ok(match values.data_type() {
            DataType::Boolean => Self::Booleans(values),
            DataType::Date32 | DataType::Date64 => {
                Self::Dates(cast(values, &millis).map_err(to_io)?, texts)
            }
            DataType::Timestamp(_, None) => {
                Self::Times(cast(values, &millis).map_err(to_io)?, texts)
            }
            kind if kind.is_floating() => {
                Self::Floats(cast(values, &DataType::Float64).map_err(to_io)?)
            }
            kind if kind.is_numeric() => {
                Self::Numbers(cast(values, &DataType::Float64).map_err(to_io)?, texts)
            }
            _ => Self::Texts(values, texts),
        })
    }

    /// Writes a cell; a NULL leaves it empty.
    fn write(
        &self,
        index: usize,
        sheet: &mut Worksheet,
        row: u32,
        column: u16,
        formats: &Formats,
    ) -> io::Result<()> {
        let is_null = match self {
            Self::Booleans(values) | Self::Texts(values, _) => values.is_null(index),
            Self::Floats(values)
            | Self::Numbers(values, _)
            | Self::Dates(values, _)
            | Self::Times(values, _) => values.is_null(index),
        };
        if is_null {
            return Ok(());
        }
        let written = match self {
            Self::Booleans(values) => {
                sheet.write_boolean(row, column, values.as_boolean().value(index))
            }
            Self::Floats(values) => {
                let number = values.as_primitive::<Float64Type>().value(index);
                if number.is_finite() {
                    sheet.write_number(row, column, number)
                } else {
                    sheet.write_string(row, column, number.to_string())
                }
            }
            Self::Numbers(values, texts) => {
                let number = values.as_primitive::<Float64Type>().value(index);
                let text = texts.value(index).try_to_string().map_err(to_io)?;
                if digits(&text) <= DIGITS {
                    sheet.write_number(row, column, number)
                } else {
                    sheet.write_string(row, column, text)
                }
            }
            Self::Dates(values, texts) | Self::Times(values, texts) => {
                let millis = values
                    .as_primitive::<TimestampMillisecondType>()
                    .value(index);
                let format = match self {
                    Self::Dates(..) => &formats.date,
                    _ => &formats.time,
                };
                if DAYS.contains(&millis) {
                    sheet.write_number_with_format(row, column, serial(millis), format)
                } else {
                    let text = texts.value(index).try_to_string().map_err(to_io)?;
                    sheet.write_string(row, column, text)
                }
            }
            Self::Texts(_, texts) => {
                let text = texts.value(index).try_to_string().map_err(to_io)?;
                sheet.write_string(row, column, text)
            }
        };
        match written {
            Ok(_) => Ok(()),
            Err(XlsxError::MaxStringLengthExceeded) => Err(io::Error::other(format!(
                "row {row}, column {}: expected at most 32,767 characters, Excel's limit of a cell, got more",
                column + 1
            ))),
            Err(error) => Err(failed(error)),
        }
    }
}

/// Digits of a whole number or a decimal.
fn digits(text: &str) -> usize {
    let digits = text.trim_start_matches(['-', '0', '.']);
    digits.chars().filter(char::is_ascii_digit).count()
}

/// The day that Excel counts, with the time as its fraction.
#[expect(
    clippy::cast_precision_loss,
    reason = "Excel's days are floats; those that it has are far below 2^52 milliseconds"
)]
fn serial(millis: i64) -> f64 {
    let day = millis as f64 / DAY_MILLIS + EPOCH;
    if day < MARCH_1900 { day } else { day + 1.0 }
}

fn column(at: usize) -> io::Result<u16> {
    u16::try_from(at).map_err(io::Error::other)
}

fn failed(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_worksheet_has_no_room_for_is_refused_by_its_limits() {
        assert!(check_size(ROWS - 1, COLUMNS).is_ok());
        let rows = check_size(ROWS, 1).unwrap_err();
        assert_eq!(
            rows.error.to_string(),
            "cannot write a workbook: the answer has 1,048,576 rows, and a worksheet 1,048,576 rows with the header"
        );
        let columns = check_size(1, COLUMNS + 1).unwrap_err();
        assert!(columns.error.to_string().contains("16,385 columns"));
    }

    #[test]
    fn days_are_those_of_excel() {
        let day = |days: i64| serial(days * 86_400_000);
        // 1900-01-01, 1900-02-28, 1900-03-01, 1970-01-01, 2021-03-04.
        assert_eq!(
            [-25_567, -25_509, -25_508, 0, 18_690].map(|days| day(days).to_string()),
            ["1", "59", "61", "25569", "44259"]
        );
        assert!(!DAYS.contains(&(-25_568 * 86_400_000)));
    }

    #[test]
    fn digits_are_counted_without_sign_and_point() {
        assert_eq!(digits("999999999999999"), 15);
        assert_eq!(digits("-9007199254740993"), 16);
        assert_eq!(digits("0.001"), 1);
        assert_eq!(digits("12345678901234567890.123456789"), 29);
    }
}
