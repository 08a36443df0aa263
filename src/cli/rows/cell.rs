//! A value as a person reads it in a table.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::NULL;
use crate::readable;

/// The values of a batch, column by column.
pub(super) struct Cells<'a>(Vec<ArrayFormatter<'a>>);

impl<'a> Cells<'a> {
    pub(super) fn new(batch: &'a RecordBatch) -> Result<Self, ArrowError> {
        const OPTIONS: FormatOptions = FormatOptions::new().with_null(NULL);
        let columns = batch.columns().iter();
        let cells: Result<_, _> = columns
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &OPTIONS))
            .collect();
        cells.map(Self)
    }

    /// The value as one line of text.
    pub(super) fn text(&self, row: usize, column: usize) -> Result<String, ArrowError> {
        let text = self.0[column].value(row).try_to_string()?;
        Ok(one_line(&text))
    }
}

/// The text on one line: what would move the cursor, or turn the text around it, stands as escapes.
pub(super) fn one_line(text: &str) -> String {
    readable::cut(text, usize::MAX)
}
