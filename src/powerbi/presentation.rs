//! How a dataset is shown: its pages, and how its columns stand in the model.

use super::page::Page;

/// How the tables of a contract are shown.
#[derive(Debug, Clone, Copy)]
pub struct Presentation {
    /// The pages, in the order of their tabs, of a model with the optional tables or without.
    pub pages: fn(bool) -> Vec<Page>,
    /// How the column of a table is shown: first the table, then the column.
    pub column: fn(&str, &str) -> ColumnPresentation,
    /// The colours of the first series, as `#C44E00`.
    pub colours: &'static [&'static str],
    /// The levels by which one looks deeper.
    pub hierarchy: Option<Hierarchy>,
}

/// Levels of a table, each within the one before.
#[derive(Debug, Clone, Copy)]
pub struct Hierarchy {
    /// The table.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub description: &'static str,
    /// Its columns, outermost first.
    pub levels: &'static [&'static str],
}

/// How a column is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ColumnPresentation {
    /// Not offered for visuals: a key, or the same as a column of another table.
    pub hidden: bool,
    /// The folder it stands in.
    pub folder: Option<&'static str>,
    /// What Power BI may do with its values.
    pub category: Option<&'static str>,
    /// The column that gives the order of its values.
    pub sorted_by: Option<&'static str>,
    /// A number of things, written with separators of thousands.
    pub counted: bool,
}
