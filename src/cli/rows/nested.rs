//! Nested values as JSON text, `[1, 2]`: a cell of CSV, of a table or of a workbook has no other form for them.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use arrow::error::ArrowError;
use arrow::json::writer::{EncoderOptions, make_encoder};

use crate::query::Answer;

/// The answer with texts in the place of arrays and structures.
pub(super) fn flat(answer: &Answer) -> Result<Cow<'_, Answer>, ArrowError> {
    let fields = answer.schema.fields();
    if !fields.iter().any(|field| field.data_type().is_nested()) {
        return Ok(Cow::Borrowed(answer));
    }
    let flattened = fields.iter().map(|field| {
        if field.data_type().is_nested() {
            Arc::new(Field::new(field.name(), DataType::Utf8, true))
        } else {
            Arc::clone(field)
        }
    });
    let schema = Arc::new(Schema::new(flattened.collect::<Vec<FieldRef>>()));
    let convert = |batch: &RecordBatch| {
        let columns = batch.columns().iter().zip(fields);
        let columns: Result<Vec<ArrayRef>, ArrowError> = columns
            .map(|(column, field)| {
                if field.data_type().is_nested() {
                    texts(field, column)
                } else {
                    Ok(Arc::clone(column))
                }
            })
            .collect();
        RecordBatch::try_new(Arc::clone(&schema), columns?)
    };
    let batches: Result<Vec<RecordBatch>, ArrowError> =
        answer.batches.iter().map(convert).collect();
    Ok(Cow::Owned(Answer {
        batches: batches?,
        schema: Arc::clone(&schema),
        bill: answer.bill.clone(),
    }))
}

fn texts(field: &FieldRef, values: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let options = EncoderOptions::default().with_explicit_nulls(true);
    let mut encoder = make_encoder(field, values, &options)?;
    let mut json = Vec::new();
    let texts = (0..values.len()).map(|row| {
        if values.is_null(row) {
            return None;
        }
        json.clear();
        encoder.encode(row, &mut json);
        Some(spaced(&String::from_utf8_lossy(&json)))
    });
    Ok(Arc::new(texts.collect::<StringArray>()))
}

/// JSON with a blank behind each comma and colon, as other engines show arrays.
fn spaced(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let (mut in_text, mut is_escaped) = (false, false);
    for letter in json.chars() {
        text.push(letter);
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => in_text = !in_text,
            ',' | ':' if !in_text => text.push(' '),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_put_between_values_only() {
        assert_eq!(spaced("[1,2,null]"), "[1, 2, null]");
        assert_eq!(
            spaced(r#"{"a":"b,c:\"d,","e":[1.5,true]}"#),
            r#"{"a": "b,c:\"d,", "e": [1.5, true]}"#
        );
    }
}
