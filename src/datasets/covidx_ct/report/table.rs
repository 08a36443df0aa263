//! A table of numbers, each of which says what it counts.

use super::dimension::Dimension;
use super::facts::Facts;
use super::measure::Measure;
use super::selection::Selection;

/// The place of a value in a dimension: what a row or a column is of.
pub(super) type Pin = (Dimension, usize);

/// A column: a measure, of everything or of one group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) measure: Measure,
    pub(super) pin: Option<Pin>,
}

/// A row: a group, or everything.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) pin: Option<Pin>,
    /// In the place of the columns' measures.
    pub(super) measure: Option<Measure>,
}

/// The table as the page shows it.
#[derive(Debug)]
pub(super) struct Table {
    /// What the rows are.
    pub(super) rows_are: &'static str,
    /// The measures of neighbouring columns, and over how many columns each reaches.
    pub(super) groups: Vec<(&'static str, usize)>,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Line>,
}

/// A row of it.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) title: String,
    /// One of the groups, and not something over all of them.
    pub(super) is_group: bool,
    pub(super) cells: Vec<Cell>,
}

/// A number, how it is written, and what it counts.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) measure: Measure,
    /// Dimension and value.
    pub(super) pins: Vec<(&'static str, String)>,
    pub(super) value: Option<f64>,
}

impl Cell {
    /// `measure` over what has all the pinned values.
    pub(super) fn new(facts: &Facts, measure: Measure, pins: &[Pin]) -> Self {
        let mut selection = Selection::all(facts);
        for &(dimension, place) in pins {
            selection = selection.only(dimension, Some(place));
        }
        let name = |&(dimension, place): &Pin| {
            let value = facts.values(dimension)[place].clone();
            (dimension.name(), value)
        };
        Self {
            measure,
            pins: pins.iter().map(name).collect(),
            value: measure.of(&selection),
        }
    }

    /// `measure` over what has one value, which may be one that the snapshot hasn't.
    pub(super) fn of_value(
        facts: &Facts,
        measure: Measure,
        dimension: Dimension,
        value: &str,
    ) -> Self {
        let selection = Selection::all(facts).only(dimension, facts.place(dimension, value));
        Self {
            measure,
            pins: vec![(dimension.name(), value.to_owned())],
            value: measure.of(&selection),
        }
    }

    pub(super) fn text(&self) -> String {
        self.measure.unit().text(self.value)
    }
}

impl Table {
    /// Whether each column is a measure of its own.
    pub(super) fn is_flat(&self) -> bool {
        self.groups.iter().all(|(_, columns)| *columns == 1)
    }

    pub(super) fn new(
        facts: &Facts,
        rows_are: &'static str,
        columns: &[Column],
        rows: &[Row],
    ) -> Self {
        let groups = columns.chunk_by(|a, b| a.measure == b.measure && b.pin.is_some());
        let title = |pin: Option<Pin>| match pin {
            Some((dimension, place)) => facts.values(dimension)[place].clone(),
            None => "All".to_owned(),
        };
        let line = |row: &Row| Line {
            title: match row.measure {
                Some(measure) => measure.title().to_owned(),
                None => title(row.pin),
            },
            is_group: row.pin.is_some(),
            cells: columns
                .iter()
                .map(|column| {
                    let pins: Vec<Pin> = row.pin.into_iter().chain(column.pin).collect();
                    Cell::new(facts, row.measure.unwrap_or(column.measure), &pins)
                })
                .collect(),
        };
        Self {
            rows_are,
            groups: groups
                .map(|columns| (columns[0].measure.title(), columns.len()))
                .collect(),
            columns: columns.iter().map(|column| title(column.pin)).collect(),
            rows: rows.iter().map(line).collect(),
        }
    }
}
