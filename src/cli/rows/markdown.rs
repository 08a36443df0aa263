//! Rows as a table of GitHub's Markdown.

use std::io::{self, Write};

use super::cell::{Cells, one_line};
use super::to_io;
use crate::query::Answer;

pub(super) fn write(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let fields = answer.schema.fields();
    let names = fields.iter().map(|field| escaped(&one_line(field.name())));
    line(names, out)?;
    let rules = fields.iter().map(|field| {
        let rule = if field.data_type().is_numeric() {
            "---:"
        } else {
            "---"
        };
        rule.to_owned()
    });
    line(rules, out)?;
    for batch in &answer.batches {
        let cells = Cells::new(batch).map_err(to_io)?;
        for row in 0..batch.num_rows() {
            let texts: Result<Vec<String>, _> = (0..fields.len())
                .map(|column| cells.text(row, column))
                .collect();
            let texts = texts.map_err(to_io)?;
            line(texts.iter().map(|text| escaped(text)), out)?;
        }
    }
    Ok(())
}

fn line(cells: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
    let cells: Vec<String> = cells.collect();
    writeln!(out, "| {} |", cells.join(" | "))
}

/// The text without a character that ends a cell or begins a markup.
fn escaped(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_word = |at: Option<usize>| {
        at.and_then(|at| letters.get(at))
            .is_some_and(|letter| letter.is_alphanumeric())
    };
    let mut escaped = String::with_capacity(text.len());
    for (at, letter) in letters.iter().enumerate() {
        let markup = match letter {
            '\\' | '|' | '*' | '`' | '<' | '&' | '~' | '[' | ']' => true,
            // Within a word it is no emphasis.
            '_' => !(is_word(at.checked_sub(1)) && is_word(Some(at + 1))),
            _ => false,
        };
        if markup {
            escaped.push('\\');
        }
        escaped.push(*letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_value_is_text() {
        assert_eq!(escaped("NCP_96_1328"), "NCP_96_1328");
        assert_eq!(
            escaped("a|b *c* `d` <e> _f_"),
            "a\\|b \\*c\\* \\`d\\` \\<e> \\_f\\_"
        );
    }
}
