//! The views that analysts want, each defined once: what it groups, what it counts, and what that means.

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
    rows: Rows,
    values: &'static [Value],
}

/// Which rows a view has.
#[derive(Debug, Clone, Copy)]
enum Rows {
    /// One for each row of the table, with all its columns.
    Each,
    /// One for each combination of these columns, over the rows that meet the condition.
    Groups {
        keys: &'static [&'static str],
        condition: Option<&'static str>,
    },
}

/// A column that a view computes.
#[derive(Debug, Clone, Copy)]
struct Value {
    name: &'static str,
    kind: ColumnType,
    /// SQL in the columns of the table. `{images}` stands for what comes before an image key in an image's address.
    expression: &'static str,
    description: &'static str,
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

const fn count(name: &'static str, expression: &'static str, description: &'static str) -> Value {
    Value {
        name,
        kind: ColumnType::Bigint,
        expression,
        description,
    }
}

const fn age(name: &'static str, expression: &'static str, description: &'static str) -> Value {
    Value {
        name,
        kind: ColumnType::Int,
        expression,
        description,
    }
}

/// All views, in the order in which they are listed.
pub const VIEWS: [View; 4] = [
    View {
        name: "slices_by_cohort",
        description: "Slices, their patients and their images for each combination of country, sex, age band, diagnosis and split.",
        table: "ct_slices",
        rows: Rows::Groups {
            keys: &["country", "sex", "age_band", "diagnosis", "split"],
            condition: None,
        },
        values: &[
            count("slices", "COUNT(*)", "Slices of the cohort."),
            count(
                "patients",
                "COUNT(DISTINCT patient_id)",
                "Patients with a slice in the cohort. A patient may be in several cohorts: don't add them up.",
            ),
            count(
                "images",
                "SUM(CASE WHEN in_landing THEN 1 ELSE 0 END)",
                "Slices whose image is in the landing zone.",
            ),
        ],
    },
    View {
        name: "patients_by_split",
        description: "Patients with slices for each split, diagnosis and sex: whether the splits are alike.",
        table: "patients",
        rows: Rows::Groups {
            keys: &["split", "diagnosis", "sex"],
            condition: Some("slices > 0"),
        },
        values: &[
            count("patients", "COUNT(*)", "Patients; each is in one row."),
            count("scans", "SUM(scans)", "Their scans."),
            count("slices", "SUM(slices)", "Their slices."),
            count(
                "with_age",
                "COUNT(age)",
                "Of the patients, those whose age is known.",
            ),
            age(
                "youngest",
                "MIN(age)",
                "Lowest age in years; NULL where none is known.",
            ),
            age(
                "oldest",
                "MAX(age)",
                "Highest age in years; NULL where none is known.",
            ),
        ],
    },
    View {
        name: "quality_summary",
        description: "How often each quality rule found something.",
        table: "quality_findings",
        rows: Rows::Groups {
            keys: &["rule", "severity", "subject_type"],
            condition: None,
        },
        values: &[count(
            "findings",
            "SUM(occurrences)",
            "How many times the rule is broken.",
        )],
    },
    View {
        name: "slice_images",
        description: "Every slice with the address of its image.",
        table: "ct_slices",
        rows: Rows::Each,
        values: &[Value {
            name: "image_uri",
            kind: ColumnType::String,
            expression: "'{images}' || image_key",
            description: "Whole address of the image: for a lake on S3 s3://bucket/key.",
        }],
    },
];

impl View {
    /// The columns that it takes from its table, and then those that it computes.
    #[must_use]
    pub fn columns(&self) -> Vec<ViewColumn> {
        let table = self.source();
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
    pub fn sql(&self, schema: Option<&str>, images: &str) -> String {
        let mut list: Vec<String> = self
            .taken(self.source())
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
        if let Rows::Groups { condition, .. } = self.rows {
            if let Some(condition) = condition {
                sql += &format!("\nWHERE {condition}");
            }
            sql += &format!("\nGROUP BY {grouped}");
        }
        sql
    }

    fn source(&self) -> &'static Table {
        Contract::current()
            .table(self.table)
            .expect("views read tables of the contract: a test compares them")
    }

    fn taken<'a>(&self, table: &'a Table) -> impl Iterator<Item = &'a Column> + use<'a> {
        let columns: Vec<&Column> = match self.rows {
            Rows::Each => table.all_columns().collect(),
            Rows::Groups { keys, .. } => keys
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_name_what_the_contract_has() {
        for view in VIEWS {
            let names: Vec<String> = view
                .columns()
                .into_iter()
                .map(|column| column.name)
                .collect();
            let mut unique = names.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), names.len(), "{}", view.name);
            assert!(Contract::current().table(view.name).is_none());
        }
    }

    #[test]
    fn a_view_that_groups() {
        assert_eq!(
            VIEWS[1].sql(Some("covidx"), ""),
            "SELECT split, diagnosis, sex, COUNT(*) AS patients, SUM(scans) AS scans, SUM(slices) AS slices, \
             COUNT(age) AS with_age, MIN(age) AS youngest, MAX(age) AS oldest\n\
             FROM covidx.patients\nWHERE slices > 0\nGROUP BY split, diagnosis, sex"
        );
    }

    #[test]
    fn an_apostrophe_in_an_address_is_doubled() {
        let sql = VIEWS[3].sql(None, "/home/o'hara/lake/");
        assert!(
            sql.ends_with("'/home/o''hara/lake/' || image_key AS image_uri\nFROM ct_slices"),
            "{sql}"
        );
    }
}
