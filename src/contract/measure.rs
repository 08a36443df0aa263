//! A measure: a named number that Power BI shows in DAX and SQL computes from the lake, both rendered from one value.

use serde::Serialize;

use super::aggregate::Aggregate;

/// What it is called, what it means, how it is computed and shown.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// Unique, also among the columns.
    pub name: &'static str,
    /// What it says, and about whom.
    pub description: &'static str,
    /// What it is about: the folder it is shown in.
    pub subject: Subject,
    /// What it is counted in.
    pub unit: Unit,
    /// How it is computed.
    pub formula: Formula,
}

/// What a measure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// How many there are.
    Counts,
    /// What part of all.
    Balance,
    /// How old the patients are.
    Age,
    /// What can't be trusted, or isn't there.
    DataQuality,
}

/// What a measure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Whole things.
    Number,
    /// Things for each other thing.
    Average,
    /// A part of one.
    Share,
    /// Years of age.
    Years,
    /// Bytes, shown as MB.
    Bytes,
}

/// How a measure is computed. All aggregates of one formula are of one table.
#[derive(Debug, Clone, Copy)]
pub enum Formula {
    /// As it is; nothing where there are no rows.
    Value(Aggregate),
    /// As it is; 0 where there are no rows, because 0 is what one wants to see.
    OrZero(Aggregate),
    /// The first by the second.
    Ratio(Aggregate, Aggregate),
    /// The part of one group in what is selected.
    ShareOfAll(Aggregate),
}

/// A measure in all its forms, for those who want to read or use them elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeasureText {
    /// Its name.
    pub name: &'static str,
    /// The table it belongs to.
    pub table: &'static str,
    /// What it says.
    pub description: &'static str,
    /// The expression in DAX.
    pub dax: String,
    /// The query for the number over all rows.
    pub sql: String,
}

impl Measure {
    /// The table it belongs to.
    #[must_use]
    pub fn table(&self) -> &'static str {
        self.aggregates()[0].table
    }

    /// The columns of its table that it reads.
    #[must_use]
    pub fn columns(&self) -> Vec<&'static str> {
        self.aggregates()
            .iter()
            .flat_map(Aggregate::columns)
            .collect()
    }

    /// The expression in DAX.
    #[must_use]
    pub fn dax(&self) -> String {
        match self.formula {
            Formula::Value(value) => value.dax(),
            Formula::OrZero(value) => format!("COALESCE({}, 0)", value.dax()),
            Formula::Ratio(part, whole) => format!("DIVIDE({}, {})", part.dax(), whole.dax()),
            Formula::ShareOfAll(part) => format!(
                "DIVIDE({part}, CALCULATE({part}, ALLSELECTED({table})))",
                part = part.dax(),
                table = part.table
            ),
        }
    }

    /// The query for the number, as column `value`: over all rows, or for each value of the columns `by` of its table.
    #[must_use]
    pub fn sql(&self, by: &[&str]) -> String {
        let table = self.table();
        match self.formula {
            Formula::Value(value) => select(&value.sql(), table, by),
            Formula::OrZero(value) => select(&format!("COALESCE({}, 0)", value.sql()), table, by),
            Formula::Ratio(part, whole) => select(&quotient(&part.sql(), &whole.sql()), table, by),
            Formula::ShareOfAll(part) => {
                let columns = by.iter().map(|column| format!("parts.{column}, "));
                format!(
                    "SELECT {}{} AS value FROM ({}) AS parts CROSS JOIN ({}) AS whole",
                    columns.collect::<String>(),
                    quotient("parts.value", "whole.number"),
                    select(&part.sql(), table, by),
                    format_args!("SELECT {} AS number FROM {table}", part.sql()),
                )
            }
        }
    }

    /// The measure in all its forms.
    #[must_use]
    pub fn text(&self) -> MeasureText {
        MeasureText {
            name: self.name,
            table: self.table(),
            description: self.description,
            dax: self.dax(),
            sql: self.sql(&[]),
        }
    }

    fn aggregates(&self) -> Vec<Aggregate> {
        match self.formula {
            Formula::Value(one) | Formula::OrZero(one) | Formula::ShareOfAll(one) => vec![one],
            Formula::Ratio(part, whole) => vec![part, whole],
        }
    }
}

/// No engine divides by 0, and none cuts off the fraction.
fn quotient(part: &str, whole: &str) -> String {
    format!("CAST({part} AS DOUBLE) / NULLIF({whole}, 0)")
}

fn select(expression: &str, table: &str, by: &[&str]) -> String {
    if by.is_empty() {
        return format!("SELECT {expression} AS value FROM {table}");
    }
    let by = by.join(", ");
    format!("SELECT {by}, {expression} AS value FROM {table} GROUP BY {by}")
}
