//! The data dictionary: the contract as Markdown tables for people.

use std::fmt::Write;

use super::table::{Column, Table};

/// Markdown of one table: its grain, then a row a column.
#[must_use]
pub fn dictionary(table: &Table) -> String {
    let mut text = format!(
        "### `{}`\n\n{}\n\n| column | type | NULL | meaning | example |\n|---|---|---|---|---|\n",
        table.name, table.description
    );
    for column in table.all_columns() {
        row(&mut text, table, column);
    }
    text
}

fn row(text: &mut String, table: &Table, column: &Column) {
    let role = match (column.primary_key, table.is_partition_key(&column.name)) {
        (true, _) => " (key)",
        (_, true) => " (partition)",
        _ => "",
    };
    let example = column
        .examples
        .first()
        .map(|example| format!("`{}`", cell(example)))
        .unwrap_or_default();
    // Writing to a String can't fail.
    let _ = writeln!(
        text,
        "| `{}`{role} | {} | {} | {} | {example} |",
        column.name,
        column.kind.names().hive,
        if column.required { "never" } else { "yes" },
        cell(&column.description),
    );
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
