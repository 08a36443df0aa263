//! Views: each is defined once, by what it groups, what it counts and what that means.

use super::Contract;
use super::table::{Column, Table};
use super::types::ColumnType;

/// A question over one table that every engine answers alike.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Name, lower case.
    pub name: &'static str,
    /// What one row is.
    pub description: &'static str,
    /// The table that it reads.
    pub table: &'static str,
    /// Its rows.
    pub rows: ViewRows,
    /// What it computes.
    pub values: &'static [ViewValue],
}

/// Which rows a view has.
#[derive(Debug, Clone, Copy)]
pub enum ViewRows {
    /// One for each row of the table, with all its columns.
    Each,
    /// One for each combination of these columns, over the rows that meet the condition.
    Groups {
        /// The columns.
        keys: &'static [&'static str],
        /// SQL in the columns of the table.
        condition: Option<&'static str>,
    },
}

/// A column that a view computes.
#[derive(Debug, Clone, Copy)]
pub struct ViewValue {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: ColumnType,
    /// SQL in the columns of the table. `{images}` stands for what comes before an image key in an image's address.
    pub expression: &'static str,
    /// What it means.
    pub description: &'static str,
}

/// A column of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: ColumnType,
    /// What it means.
    pub description: String,
}

impl View {
    /// The columns that it takes from its table, and then those that it computes.
    #[must_use]
    pub fn columns(&self, contract: &Contract) -> Vec<ViewColumn> {
        let table = self.source(contract);
        let taken = self.taken(table).map(|column| ViewColumn {
            name: column.name.clone(),
            kind: column.kind,
            description: column.description.clone(),
        });
        let computed = self.values.iter().map(|value| ViewColumn {
            name: value.name.to_owned(),
            kind: value.kind,
            description: value.description.to_owned(),
        });
        taken.chain(computed).collect()
    }

    /// The question in SQL that Trino, Athena, DataFusion and Polars read alike.
    ///
    /// `schema` stands before the table's name where the engine needs one; `images` before the image keys: `s3://bucket/`.
    #[must_use]
    pub fn sql(&self, contract: &Contract, schema: Option<&str>, images: &str) -> String {
        let mut list: Vec<String> = self
            .taken(self.source(contract))
            .map(|column| column.name.clone())
            .collect();
        let grouped = list.join(", ");
        let images = images.replace('\'', "''");
        list.extend(self.values.iter().map(|value| {
            let expression = value.expression.replace("{images}", &images);
            format!("{expression} AS {}", value.name)
        }));
        let list = list.join(", ");
        let schema = schema.map_or(String::new(), |schema| format!("{schema}."));
        let mut sql = format!("SELECT {list}\nFROM {schema}{}", self.table);
        if let ViewRows::Groups { condition, .. } = self.rows {
            if let Some(condition) = condition {
                sql += &format!("\nWHERE {condition}");
            }
            sql += &format!("\nGROUP BY {grouped}");
        }
        sql
    }

    fn source<'a>(&self, contract: &'a Contract) -> &'a Table {
        contract
            .table(self.table)
            .expect("views read tables of the contract: a test compares them")
    }

    fn taken<'a>(&self, table: &'a Table) -> impl Iterator<Item = &'a Column> + use<'a> {
        let columns: Vec<&Column> = match self.rows {
            ViewRows::Each => table.all_columns().collect(),
            ViewRows::Groups { keys, .. } => keys
                .iter()
                .map(|key| {
                    let mut columns = table.all_columns();
                    columns
                        .find(|column| column.name == *key)
                        .expect("views group by columns of their table: a test compares them")
                })
                .collect(),
        };
        columns.into_iter()
    }
}
