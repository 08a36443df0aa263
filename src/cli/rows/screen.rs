//! Rows as a table that fits a terminal.

use std::io::{self, Write};

use arrow::error::ArrowError;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::super::summary;
use super::cell::{Cells, one_line};
use super::{nested, to_io};
use crate::query::Answer;

/// Rows that a terminal shows of a longer answer.
const ROWS: usize = 40;
/// Width of a terminal that does not tell its own.
const WIDTH: usize = 80;
/// Texts are not cut below this width while columns can be left out.
const NARROW: usize = 12;
/// Stands for the rest of a text, and for columns that are left out.
const CUT: char = '…';
/// A column's share of the frame: `| ` before it and a blank after it.
const FRAME: usize = 3;

/// How much of an answer a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Screen {
    /// Columns of characters.
    width: usize,
    /// Rows at most; all without it.
    pub(in crate::cli) rows: Option<usize>,
}

impl Screen {
    /// The terminal of this process, with all rows or the first.
    pub(in crate::cli) fn new(all: bool) -> Self {
        let width = terminal_size::terminal_size().map_or(0, |(width, _)| width.0);
        Self {
            width: if width == 0 { WIDTH } else { width.into() },
            rows: (!all).then_some(ROWS),
        }
    }

    /// Without an end to its right or below: a file.
    pub(super) fn endless() -> Self {
        Self {
            width: usize::MAX,
            rows: None,
        }
    }

    /// As much of a line as fits.
    pub(in crate::cli) fn cut(self, line: &str) -> String {
        cut(line, self.width)
    }

    /// Writes the rows that fit; the line that closes the table is for the caller to write.
    pub(in crate::cli) fn show(self, answer: &Answer, out: &mut dyn Write) -> io::Result<String> {
        let answer = &*nested::flat(answer).map_err(to_io)?;
        let rows = answer.rows();
        let shown = self.rows.map_or(rows, |limit| limit.min(rows));
        let mut columns = columns(answer, shown).map_err(to_io)?;
        let left_out = fit(&mut columns, self.width);
        let rule = rule(&columns, left_out > 0);
        if !columns.is_empty() {
            writeln!(out, "{rule}")?;
            let names = columns.iter().map(|column| column.name.clone());
            writeln!(out, "{}", line(&columns, names, left_out > 0))?;
            writeln!(out, "{rule}")?;
        }
        each_row(answer, shown, |cells, row| {
            let texts = (0..columns.len()).map(|column| cells.text(row, column));
            let texts: Vec<String> = texts.collect::<Result<_, _>>().map_err(to_io)?;
            writeln!(out, "{}", line(&columns, texts.into_iter(), left_out > 0))
        })?;
        if !columns.is_empty() && shown > 0 {
            writeln!(out, "{rule}")?;
        }
        let mut closing = summary::plural(rows as u64, "row", "rows");
        if shown < rows {
            closing = format!("{} of {closing}", summary::count(shown as u64));
        }
        if left_out > 0 {
            closing += &format!(
                ", {} of {} columns",
                columns.len(),
                columns.len() + left_out
            );
        }
        Ok(closing)
    }
}

/// A column of the table.
struct Column {
    name: String,
    numeric: bool,
    /// Characters that its cells take.
    width: usize,
    /// The width below which it would rather be left out.
    least: usize,
}

/// The columns as wide as the name and the first rows need.
fn columns(answer: &Answer, rows: usize) -> Result<Vec<Column>, ArrowError> {
    let fields = answer.schema.fields().iter();
    let mut columns: Vec<Column> = fields
        .map(|field| Column {
            name: one_line(field.name()),
            numeric: field.data_type().is_numeric(),
            width: 1,
            least: 1,
        })
        .collect();
    let mut failed = None;
    let measured = each_row(answer, rows, |cells, row| {
        for (at, column) in columns.iter_mut().enumerate() {
            match cells.text(row, at) {
                Ok(text) => column.width = column.width.max(text.width()),
                Err(error) => failed = Some(error),
            }
        }
        Ok(())
    });
    if let (Some(error), _) | (None, Err(error)) = (failed, measured.map_err(ArrowError::from)) {
        return Err(error);
    }
    for column in &mut columns {
        let name = column.name.width();
        // Half a number is another number.
        column.least = if column.numeric {
            column.width.max(name.min(NARROW))
        } else {
            column.width.max(name).min(NARROW)
        };
        column.width = column.width.max(name);
    }
    Ok(columns)
}

/// Narrows the widest columns, and removes the last ones where that is not enough. Returns how many were removed.
fn fit(columns: &mut Vec<Column>, width: usize) -> usize {
    let all = columns.len();
    let frame = |columns: usize| columns * FRAME + 1;
    let mut room = width.saturating_sub(frame(all));
    while columns.len() > 1 && columns.iter().map(|column| column.least).sum::<usize>() > room {
        columns.pop();
        // One more column stands for those that are left out.
        room = width.saturating_sub(frame(columns.len() + 1) + 1);
    }
    if let [column] = &mut columns[..]
        && !column.numeric
    {
        column.least = 1;
    }
    while columns.iter().map(|column| column.width).sum::<usize>() > room {
        let widest = columns
            .iter_mut()
            .filter(|column| column.width > column.least)
            .max_by_key(|column| column.width);
        match widest {
            Some(column) => column.width -= 1,
            // Narrower than one number: the terminal breaks the lines.
            None => break,
        }
    }
    all - columns.len()
}

fn rule(columns: &[Column], more: bool) -> String {
    let mut rule = String::from("+");
    for column in columns {
        rule += &"-".repeat(column.width + 2);
        rule.push('+');
    }
    if more {
        rule += "---+";
    }
    rule
}

fn line(columns: &[Column], texts: impl Iterator<Item = String>, more: bool) -> String {
    let mut line = String::from("|");
    for (column, text) in columns.iter().zip(texts) {
        let text = cut(&text, column.width);
        let blanks = " ".repeat(column.width - text.width());
        if column.numeric {
            line += &format!(" {blanks}{text} |");
        } else {
            line += &format!(" {text}{blanks} |");
        }
    }
    if more {
        line += &format!(" {CUT} |");
    }
    line
}

/// The text, or as much of it as fits.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut room = width.saturating_sub(1);
    for letter in text.chars() {
        let wide = letter.width().unwrap_or(0);
        if wide > room {
            break;
        }
        room -= wide;
        kept.push(letter);
    }
    kept.push(CUT);
    kept
}

/// The first rows of an answer, one by one.
fn each_row(
    answer: &Answer,
    rows: usize,
    mut with: impl FnMut(&Cells<'_>, usize) -> io::Result<()>,
) -> io::Result<()> {
    let mut left = rows;
    for batch in &answer.batches {
        let cells = Cells::new(batch).map_err(to_io)?;
        let here = left.min(batch.num_rows());
        for row in 0..here {
            with(&cells, row)?;
        }
        left -= here;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

    use super::*;

    fn answer() -> Answer {
        let columns: Vec<(&str, ArrayRef)> = vec![
            (
                "image_key",
                Arc::new(StringArray::from(vec![
                    Some("landing/CT-2A/2A_images/NCP_96_1328_0032.png"),
                    Some("日本日本日本日本日本日本"),
                    None,
                ])),
            ),
            (
                "bytes",
                Arc::new(Int64Array::from(vec![Some(1_234_567), Some(5), None])),
            ),
            (
                "country",
                Arc::new(StringArray::from(vec!["China", "Iran", "a\nb"])),
            ),
        ];
        RecordBatch::try_from_iter_with_nullable(
            columns
                .into_iter()
                .map(|(name, column)| (name, column, true)),
        )
        .unwrap()
        .into()
    }

    fn shown(width: usize, rows: Option<usize>) -> String {
        let mut out = Vec::new();
        let closing = Screen { width, rows }.show(&answer(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        for line in text.lines() {
            assert!(line.width() <= width.max(9), "{line}");
        }
        text + &closing
    }

    #[test]
    fn a_wide_terminal_shows_all_of_it() {
        insta::assert_snapshot!(shown(100, None), @r"
        +----------------------------------------------+---------+---------+
        | image_key                                    |   bytes | country |
        +----------------------------------------------+---------+---------+
        | landing/CT-2A/2A_images/NCP_96_1328_0032.png | 1234567 | China   |
        | 日本日本日本日本日本日本                     |       5 | Iran    |
        | NULL                                         |    NULL | a\nb    |
        +----------------------------------------------+---------+---------+
        3 rows
        ");
    }

    #[test]
    fn texts_are_cut_and_numbers_are_not() {
        insta::assert_snapshot!(shown(40, Some(2)), @"
        +------------------+---------+---------+
        | image_key        |   bytes | country |
        +------------------+---------+---------+
        | landing/CT-2A/2… | 1234567 | China   |
        | 日本日本日本日…  |       5 | Iran    |
        +------------------+---------+---------+
        2 of 3 rows
        ");
    }

    #[test]
    fn columns_without_room_are_left_out_and_counted() {
        insta::assert_snapshot!(shown(30, None), @"
        +--------------+---------+---+
        | image_key    |   bytes | … |
        +--------------+---------+---+
        | landing/CT-… | 1234567 | … |
        | 日本日本日…  |       5 | … |
        | NULL         |    NULL | … |
        +--------------+---------+---+
        3 rows, 2 of 3 columns
        ");
        assert!(shown(5, None).ends_with("3 rows, 1 of 3 columns"));
    }

    #[test]
    fn no_rows_have_a_header_still() {
        let mut none = answer();
        none.batches.clear();
        let mut out = Vec::new();
        let screen = Screen {
            width: 80,
            rows: Some(ROWS),
        };
        assert_eq!(screen.show(&none, &mut out).unwrap(), "0 rows");
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @"
        +-----------+-------+---------+
        | image_key | bytes | country |
        +-----------+-------+---------+
        ");
    }
}
