//! Values as Athena writes them, all of them texts, made rows of Arrow.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringBuilder};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::util::display::FormatOptions;

use super::error::AthenaError;
use crate::query::Answer;

/// Rows of a batch.
const BATCH: usize = 8192;

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AnswerColumn {
    /// Its name.
    pub(super) name: String,
    /// Its type, in Athena's words: `varchar`, `bigint`, `decimal`.
    pub(super) kind: String,
    /// Digits of a decimal, in all and behind the point.
    pub(super) digits: (i32, i32),
}

impl AnswerColumn {
    /// The type in Arrow.
    ///
    /// | Athena | Arrow |
    /// |---|---|
    /// | `boolean` | Boolean |
    /// | `tinyint`, `smallint`, `integer`, `bigint` | Int8, Int16, Int32, Int64 |
    /// | `real` (`float`), `double` | Float32, Float64 |
    /// | `decimal` | Decimal128 with the same digits |
    /// | `date`, `timestamp` | Date32, Timestamp in milliseconds without a zone |
    /// | anything else: texts, lists, JSON, times with a zone | Utf8, as Athena writes it |
    fn arrow(&self) -> DataType {
        match self.kind.as_str() {
            "boolean" => DataType::Boolean,
            "tinyint" => DataType::Int8,
            "smallint" => DataType::Int16,
            "integer" | "int" => DataType::Int32,
            "bigint" => DataType::Int64,
            "real" | "float" => DataType::Float32,
            "double" => DataType::Float64,
            "date" => DataType::Date32,
            "timestamp" => DataType::Timestamp(TimeUnit::Millisecond, None),
            "decimal" => match (u8::try_from(self.digits.0), i8::try_from(self.digits.1)) {
                (Ok(all @ 1..=38), Ok(behind @ 0..)) => DataType::Decimal128(all, behind),
                _ => DataType::Utf8,
            },
            _ => DataType::Utf8,
        }
    }
}

/// Rows that arrive one by one.
#[derive(Debug)]
pub(super) struct Rows {
    columns: Vec<AnswerColumn>,
    schema: SchemaRef,
    texts: Vec<StringBuilder>,
    batches: Vec<RecordBatch>,
    pending: usize,
    wanted: usize,
}

impl Rows {
    /// No rows yet; no more than `limit` are taken.
    pub(super) fn new(columns: Vec<AnswerColumn>, limit: Option<u32>) -> Self {
        let fields: Vec<Field> = columns
            .iter()
            .map(|column| Field::new(&column.name, column.arrow(), true))
            .collect();
        Self {
            schema: Arc::new(Schema::new(fields)),
            texts: columns.iter().map(|_| StringBuilder::new()).collect(),
            columns,
            batches: Vec::new(),
            pending: 0,
            wanted: limit.map_or(usize::MAX, |limit| limit as usize),
        }
    }

    /// How many values a row has.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Whether these are the names of the columns.
    pub(super) fn are_names<'a>(&self, mut values: impl Iterator<Item = Option<&'a str>>) -> bool {
        let mut names = self.columns.iter();
        values.all(|value| {
            names
                .next()
                .is_some_and(|column| value == Some(&*column.name))
        }) && names.next().is_none()
    }

    /// Whether more rows are wanted.
    pub(super) fn wants_more(&self) -> bool {
        self.wanted > 0
    }

    /// Takes a row, unless there are enough. Values that it lacks at its end are NULL.
    pub(super) fn push<'a>(
        &mut self,
        mut values: impl Iterator<Item = Option<&'a str>>,
    ) -> Result<(), AthenaError> {
        if !self.wants_more() {
            return Ok(());
        }
        for text in &mut self.texts {
            text.append_option(values.next().flatten());
        }
        self.wanted -= 1;
        self.pending += 1;
        if self.pending == BATCH {
            self.end_batch()?;
        }
        Ok(())
    }

    /// All of them.
    pub(super) fn finish(mut self) -> Result<Answer, AthenaError> {
        if self.pending > 0 {
            self.end_batch()?;
        }
        Ok(Answer {
            schema: self.schema,
            batches: self.batches,
            bill: None,
        })
    }

    fn end_batch(&mut self) -> Result<(), AthenaError> {
        let texts = self.texts.iter_mut().zip(&self.columns);
        let arrays = texts
            .map(|(text, column)| typed(Arc::new(text.finish()), column))
            .collect::<Result<Vec<_>, _>>()?;
        let rows = RecordBatchOptions::new().with_row_count(Some(self.pending));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &rows)
            .expect("each column has the schema's type and a value a row");
        self.batches.push(batch);
        self.pending = 0;
        Ok(())
    }
}

fn typed(texts: ArrayRef, column: &AnswerColumn) -> Result<ArrayRef, AthenaError> {
    let options = CastOptions {
        // A value that can't be read is an error, not NULL.
        safe: false,
        format_options: FormatOptions::default(),
    };
    cast_with_options(&texts, &column.arrow(), &options).map_err(|source| AthenaError::Value {
        column: column.name.clone(),
        kind: column.kind.clone(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::util::pretty::pretty_format_batches_with_options;

    fn column(name: &str, kind: &str) -> AnswerColumn {
        AnswerColumn {
            name: name.to_owned(),
            kind: kind.to_owned(),
            digits: (10, 2),
        }
    }

    fn answer(kinds: &[&str], rows: &[&[Option<&str>]]) -> Result<Answer, AthenaError> {
        let columns = kinds.iter().map(|kind| column(kind, kind)).collect();
        let mut answer = Rows::new(columns, None);
        for row in rows {
            answer.push(row.iter().copied())?;
        }
        answer.finish()
    }

    #[test]
    fn every_type_is_read_as_athena_writes_it() {
        let kinds = [
            "boolean",
            "tinyint",
            "smallint",
            "integer",
            "bigint",
            "float",
            "double",
            "decimal",
            "date",
            "timestamp",
            "varchar",
            "array",
        ];
        let some = [
            "true",
            "-128",
            "32767",
            "-2147483648",
            "9223372036854775807",
            "1.5",
            "1.0E10",
            "-12345678.90",
            "2026-11-24",
            "2026-11-24 12:30:01.250",
            "",
            "[1, 2]",
        ]
        .map(Some);
        let odd = [
            Some("false"),
            None,
            None,
            None,
            None,
            Some("NaN"),
            Some("-Infinity"),
            Some("0.00"),
            Some("0001-01-01"),
            None,
            None,
            None,
        ];
        let answer = answer(&kinds, &[&some, &odd]).expect("values");
        let options = FormatOptions::default().with_null("NULL");
        let text = pretty_format_batches_with_options(&answer.batches, &options).expect("text");
        insta::assert_snapshot!(text, @"
        +---------+---------+----------+-------------+---------------------+-------+---------------+--------------+------------+-------------------------+---------+--------+
        | boolean | tinyint | smallint | integer     | bigint              | float | double        | decimal      | date       | timestamp               | varchar | array  |
        +---------+---------+----------+-------------+---------------------+-------+---------------+--------------+------------+-------------------------+---------+--------+
        | true    | -128    | 32767    | -2147483648 | 9223372036854775807 | 1.5   | 10000000000.0 | -12345678.90 | 2026-11-24 | 2026-11-24T12:30:01.250 |         | [1, 2] |
        | false   | NULL    | NULL     | NULL        | NULL                | NaN   | -inf          | 0.00         | 0001-01-01 | NULL                    | NULL    | NULL   |
        +---------+---------+----------+-------------+---------------------+-------+---------------+--------------+------------+-------------------------+---------+--------+
        ");
    }

    #[test]
    fn a_value_of_another_type_is_no_null() {
        let error = answer(&["bigint"], &[&[Some("many")]]).expect_err("no number");
        assert!(error.to_string().contains("`bigint`"), "{error}");
    }

    #[test]
    fn batches_have_an_end_and_so_has_the_answer() {
        let mut rows = Rows::new(vec![column("n", "integer")], Some(10_000));
        for number in 0..20_000 {
            rows.push(std::iter::once(Some(number.to_string().as_str())))
                .expect("a number");
        }
        assert!(!rows.wants_more());
        let answer = rows.finish().expect("rows");
        let sizes: Vec<usize> = answer.batches.iter().map(RecordBatch::num_rows).collect();
        assert_eq!(sizes, [8192, 1808]);
        let none = Rows::new(vec![column("n", "integer")], None).finish();
        assert_eq!(none.expect("nothing").batches.len(), 0);
    }
}
