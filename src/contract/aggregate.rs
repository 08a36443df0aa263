//! One number over the rows of one table, in DAX and in SQL.

/// What is counted, and of which rows of the table.
#[derive(Debug, Clone, Copy)]
pub struct Aggregate {
    /// The table.
    pub table: &'static str,
    /// What becomes of its rows.
    pub function: Function,
    /// Which rows count: those that pass every filter.
    pub filters: &'static [Filter],
}

/// How many rows become one number.
#[derive(Debug, Clone, Copy)]
pub enum Function {
    /// Their number.
    Count,
    /// The number of different values of these columns together, a NULL being a value.
    Distinct(&'static [&'static str]),
    /// The sum of a column; nothing when all are NULL.
    Sum(&'static str),
    /// The median of a column, NULLs left out.
    Median(&'static str),
}

/// A condition on a row.
#[derive(Debug, Clone, Copy)]
pub enum Filter {
    /// The column is this text.
    Is(&'static str, &'static str),
    /// The column is any other text.
    IsNot(&'static str, &'static str),
    /// The column is true, or false.
    Holds(&'static str, bool),
    /// The column is above this number.
    Above(&'static str, i64),
    /// The column is NULL.
    Missing(&'static str),
    /// The column is not NULL.
    Present(&'static str),
}

impl Aggregate {
    /// The number of rows of `table`.
    #[must_use]
    pub const fn count(table: &'static str) -> Self {
        Self::of(table, Function::Count)
    }

    /// `function` over all rows of `table`.
    #[must_use]
    pub const fn of(table: &'static str, function: Function) -> Self {
        Self {
            table,
            function,
            filters: &[],
        }
    }

    /// The same over the rows that pass `filters`.
    #[must_use]
    pub const fn only(self, filters: &'static [Filter]) -> Self {
        Self { filters, ..self }
    }

    /// The columns it reads.
    pub(super) fn columns(&self) -> Vec<&'static str> {
        let filtered = self.filters.iter().map(Filter::column);
        match self.function {
            Function::Count => filtered.collect(),
            Function::Distinct(columns) => columns.iter().copied().chain(filtered).collect(),
            Function::Sum(column) | Function::Median(column) => filtered.chain([column]).collect(),
        }
    }

    /// In DAX. `CALCULATE` alone would put its filter in the place of the one a visual has on that column; kept, both hold,
    /// as in SQL.
    pub(super) fn dax(&self) -> String {
        let table = self.table;
        let column = |name: &str| format!("{table}[{name}]");
        let all = match self.function {
            Function::Count => format!("COUNTROWS({table})"),
            Function::Distinct([one]) => format!("DISTINCTCOUNT({})", column(one)),
            Function::Distinct(columns) => {
                let columns: Vec<String> = columns.iter().map(|name| column(name)).collect();
                format!("COUNTROWS(SUMMARIZE({table}, {}))", columns.join(", "))
            }
            Function::Sum(name) => format!("SUM({})", column(name)),
            Function::Median(name) => format!("MEDIAN({})", column(name)),
        };
        if self.filters.is_empty() {
            return all;
        }
        let kept = |filter: &Filter| format!("KEEPFILTERS({})", filter.dax(table));
        let filters: Vec<String> = self.filters.iter().map(kept).collect();
        format!("CALCULATE({all}, {})", filters.join(", "))
    }

    /// In SQL, to be selected from its table.
    pub(super) fn sql(&self) -> String {
        let all = match self.function {
            Function::Count => "COUNT(*)".to_owned(),
            // As text, with NULL in the place of no text: several columns have no other distinct count in every engine.
            Function::Distinct(columns) => {
                let texts: Vec<String> = columns
                    .iter()
                    .map(|name| format!("COALESCE({name}, '')"))
                    .collect();
                format!("COUNT(DISTINCT {})", texts.join(" || '/' || "))
            }
            Function::Sum(name) => format!("SUM({name})"),
            Function::Median(name) => format!("MEDIAN({name})"),
        };
        if self.filters.is_empty() {
            return all;
        }
        let filters: Vec<String> = self.filters.iter().map(Filter::sql).collect();
        format!("{all} FILTER (WHERE {})", filters.join(" AND "))
    }
}

impl Filter {
    fn column(&self) -> &'static str {
        match self {
            Self::Is(column, _)
            | Self::IsNot(column, _)
            | Self::Holds(column, _)
            | Self::Above(column, _)
            | Self::Missing(column)
            | Self::Present(column) => column,
        }
    }

    fn dax(&self, table: &str) -> String {
        let column = format!("{table}[{}]", self.column());
        match self {
            Self::Is(_, text) => format!("{column} = \"{text}\""),
            Self::IsNot(_, text) => format!("{column} <> \"{text}\""),
            Self::Holds(_, truth) => {
                format!("{column} = {}()", if *truth { "TRUE" } else { "FALSE" })
            }
            Self::Above(_, number) => format!("{column} > {number}"),
            // `= BLANK()` would be true of 0, and there are patients of age 0.
            Self::Missing(_) => format!("ISBLANK({column})"),
            Self::Present(_) => format!("NOT ISBLANK({column})"),
        }
    }

    fn sql(&self) -> String {
        let column = self.column();
        match self {
            Self::Is(_, text) => format!("{column} = '{text}'"),
            Self::IsNot(_, text) => format!("{column} <> '{text}'"),
            Self::Holds(_, truth) => {
                format!("{column} = {}", if *truth { "TRUE" } else { "FALSE" })
            }
            Self::Above(_, number) => format!("{column} > {number}"),
            Self::Missing(_) => format!("{column} IS NULL"),
            Self::Present(_) => format!("{column} IS NOT NULL"),
        }
    }
}
