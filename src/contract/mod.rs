//! The data contract of a dataset: tables, columns and quality rules, read from an ODCS document, and its views and measures.
//!
//! Everything that names a column derives from a contract: the Arrow schema with its Parquet field ids, the data dictionary,
//! Polars' hive schema, the model of Power BI with its measures. Pure: no I/O.

mod aggregate;
mod dictionary;
mod document;
mod measure;
mod rule;
mod table;
mod types;
mod view;

use serde_yaml_ng::{Mapping, Value};
use thiserror::Error;

use crate::hint::Hint;

pub use aggregate::{Aggregate, Filter, Function};
pub use dictionary::dictionary;
pub use measure::{Formula, Measure, MeasureText, Subject, Unit};
pub use rule::{RuleText, Severity};
pub use table::{Column, Reference, Table};
pub use types::{ColumnType, TypeNames};
pub use view::{View, ViewColumn, ViewRows, ViewValue};

use document::{CustomProperty, Document, Object, Property, Relationship};

/// The tables and rules of one contract version.
#[derive(Debug, Clone)]
pub struct Contract {
    /// What the dataset is called in texts.
    pub title: &'static str,
    /// The database that its tables are registered in, where none is named.
    pub database: &'static str,
    /// A first question to ask, in SQL.
    pub first_query: &'static str,
    /// The table that has a row for each image, and what describes an image in it.
    pub images: Option<&'static ImageTable>,
    /// The tables whose rows are counted where snapshots are listed.
    pub counted: &'static [CountedTable],
    /// Semantic version of the contract.
    pub version: String,
    /// The tables, in the contract's order.
    pub tables: Vec<Table>,
    /// The quality rules, in the contract's order.
    pub rules: Vec<RuleText>,
    /// The views, in the order in which they are listed.
    pub views: &'static [View],
    /// The measures, in the order of their tables and folders.
    pub measures: &'static [Measure],
    /// The tables in the order in which they change. Tables that others refer to come first: a query that joins new rows never
    /// lacks what they refer to. The table that describes the snapshot comes last: who sees it sees all of it.
    pub publishing_order: &'static [&'static str],
    /// The document.
    pub source: String,
}

/// A table, and what its rows are called.
#[derive(Debug, Clone, Copy)]
pub struct CountedTable {
    /// Its name.
    pub table: &'static str,
    /// A row.
    pub one: &'static str,
    /// Rows.
    pub several: &'static str,
}

/// The table that has a row for each image. It has the columns `image_key`, `image_bytes`, `image_crc32` and `in_landing`, whatever
/// the dataset.
#[derive(Debug, Clone, Copy)]
pub struct ImageTable {
    /// Its name.
    pub name: &'static str,
    /// The columns that describe an image where a query doesn't name any.
    pub describing: &'static [&'static str],
    /// The column that says what an image shows.
    pub class: &'static str,
    /// Its values, in the order of the dataset's own numbers for them, from 0.
    pub classes: &'static [&'static str],
    /// The column that says what an image is for, and the one that says of whom it is: nobody is to be in two splits.
    pub split: Option<(&'static str, &'static str)>,
    /// The column of a table that has the key of one image of each row, for a hint: `patients.cover_image_key`.
    pub cover: Option<(&'static str, &'static str)>,
}

/// Why a contract document can't be used.
#[derive(Debug, Error)]
pub enum ContractError {
    /// Not YAML, or a field is missing or of another type.
    #[error("the contract is not a readable ODCS document")]
    Document(#[from] serde_yaml_ng::Error),
    /// A column's two types contradict each other.
    #[error("column `{column}`: logicalType of `{physical}` is `{expected}`, found `{found}`")]
    LogicalType {
        /// `table.column`.
        column: String,
        /// The physical type.
        physical: &'static str,
        /// What the type table says.
        expected: &'static str,
        /// What the document says.
        found: String,
    },
    /// A column has no field id.
    #[error("column `{0}` has no customProperties entry `fieldId`")]
    FieldId(String),
    /// The catalogue of quality rules is missing.
    #[error("customProperties has no entry `qualityRules`")]
    Rules,
}

impl Hint for ContractError {}

impl Contract {
    /// Reads an ODCS document. It has no views, measures or order of tables.
    pub fn parse(text: &str) -> Result<Self, ContractError> {
        let document: Document = serde_yaml_ng::from_str(text)?;
        let rules =
            find(&document.custom_properties, "qualityRules").ok_or(ContractError::Rules)?;
        Ok(Self {
            title: "",
            database: "",
            first_query: "",
            images: None,
            counted: &[],
            tables: document
                .schema
                .into_iter()
                .map(|object| table(object, &document.version))
                .collect::<Result<_, _>>()?,
            rules: serde_yaml_ng::from_value(rules.clone())?,
            version: document.version,
            views: &[],
            measures: &[],
            publishing_order: &[],
            source: text.to_owned(),
        })
    }

    /// The table of that name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The catalogue's entry of a rule.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&RuleText> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The measure of that name.
    #[must_use]
    pub fn measure(&self, name: &str) -> Option<&'static Measure> {
        self.measures.iter().find(|measure| measure.name == name)
    }

    /// The tables in the order in which they change.
    pub fn tables_to_publish(&self) -> impl Iterator<Item = &Table> {
        let names = self.publishing_order.iter();
        names.filter_map(|name| self.table(name))
    }

    /// The names of the tables, then those of the views.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let tables = self.tables.iter().map(|table| table.name.as_str());
        tables.chain(self.views.iter().map(|view| view.name))
    }
}

/// The contract's document with one local server added: what tools that read ODCS need to find a lake's current files.
///
/// `path` is a glob with `{model}` in the place of the table's name. Optional tables that aren't `there` are left out.
pub fn with_server(
    contract: &Contract,
    path: &str,
    there: impl Fn(&str) -> bool,
) -> Result<String, ContractError> {
    let mut document: Mapping = serde_yaml_ng::from_str(&contract.source)?;
    if let Some(Value::Sequence(tables)) = document.get_mut("schema") {
        tables.retain(|table| {
            let name = table
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let known = contract.table(name);
            there(name) || known.is_none_or(|table| !table.optional)
        });
    }
    let server: Mapping = [
        ("server", "lake"),
        ("type", "local"),
        ("path", path),
        ("format", "parquet"),
    ]
    .into_iter()
    .map(|(key, value)| (Value::from(key), Value::from(value)))
    .collect();
    document.insert("servers".into(), Value::Sequence(vec![server.into()]));
    Ok(serde_yaml_ng::to_string(&document)?)
}

fn table(object: Object, contract_version: &str) -> Result<Table, ContractError> {
    let (keys, columns) = object
        .properties
        .into_iter()
        .partition::<Vec<_>, _>(|property| property.partitioned);
    let resolve = |properties: Vec<Property>| {
        properties
            .into_iter()
            .map(|property| column(&object.name, property))
            .collect::<Result<_, _>>()
    };
    Ok(Table {
        columns: resolve(columns)?,
        partition_keys: resolve(keys)?,
        optional: find(&object.custom_properties, "optional") == Some(&Value::Bool(true)),
        contract_version: contract_version.to_owned(),
        name: object.name,
        description: one_line(&object.description),
    })
}

fn column(table: &str, property: Property) -> Result<Column, ContractError> {
    let names = property.physical_type.names();
    let qualified = || format!("{table}.{}", property.name);
    if property.logical_type != names.logical {
        return Err(ContractError::LogicalType {
            column: qualified(),
            physical: names.hive,
            expected: names.logical,
            found: property.logical_type,
        });
    }
    let field_id = find(&property.custom_properties, "fieldId")
        .and_then(Value::as_i64)
        .and_then(|id| i32::try_from(id).ok())
        .ok_or_else(|| ContractError::FieldId(qualified()))?;
    Ok(Column {
        kind: property.physical_type,
        field_id,
        required: property.required,
        primary_key: property.primary_key,
        references: property.relationships.first().and_then(reference),
        description: one_line(&property.description),
        examples: property.examples.iter().map(example).collect(),
        name: property.name,
    })
}

fn reference(relationship: &Relationship) -> Option<Reference> {
    let (table, column) = relationship.to.split_once('.')?;
    Some(Reference {
        table: table.to_owned(),
        column: column.to_owned(),
    })
}

fn find<'a>(properties: &'a [CustomProperty], name: &str) -> Option<&'a Value> {
    properties
        .iter()
        .find(|entry| entry.property == name)
        .map(|entry| &entry.value)
}

fn example(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_yaml_ng::to_string(other)
            .unwrap_or_default()
            .trim()
            .to_owned(),
    }
}

/// YAML block texts keep their line breaks; every reader of a description shows one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets::covidx_ct::contract;

    #[test]
    fn field_ids_are_unique_in_each_table_and_keys_have_ids_of_their_own() {
        for table in &contract().tables {
            let mut ids: Vec<i32> = table.all_columns().map(|column| column.field_id).collect();
            let count = ids.len();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), count, "{}", table.name);
            assert!(
                table.partition_keys.iter().all(|key| key.field_id > 500),
                "{}",
                table.name
            );
        }
    }

    #[test]
    fn every_reference_leads_to_a_key() {
        let contract = contract();
        let columns = contract.tables.iter().flat_map(Table::all_columns);
        let references: Vec<&Reference> = columns
            .filter_map(|column| column.references.as_ref())
            .collect();
        assert_eq!(references.len(), 2);
        for to in references {
            let table = contract.table(&to.table).expect("a table");
            let key: Vec<&str> = table
                .all_columns()
                .filter(|column| column.primary_key)
                .map(|column| column.name.as_str())
                .collect();
            assert_eq!(key, [to.column.as_str()]);
        }
    }

    #[test]
    fn every_table_is_published_after_those_that_it_refers_to() {
        let names: Vec<&str> = contract()
            .tables_to_publish()
            .map(|table| table.name.as_str())
            .collect();
        assert_eq!(names.len(), contract().tables.len());
        for table in contract().tables_to_publish() {
            let place = |name: &str| names.iter().position(|found| *found == name);
            let mut references = table
                .all_columns()
                .filter_map(|column| column.references.as_ref());
            assert!(
                references.all(|to| place(&to.table) < place(&table.name)),
                "{names:?}"
            );
        }
        assert_eq!(names.last(), Some(&"snapshot_info"));
    }

    #[test]
    fn contradicting_types_are_named() {
        let text = contract()
            .source
            .replacen("logicalType: integer", "logicalType: string", 1);
        let error = Contract::parse(&text).expect_err("types contradict");
        assert!(
            error.to_string().contains("is `integer`, found `string`"),
            "{error}"
        );
    }

    #[test]
    fn the_server_is_added_and_the_rest_stays_readable() {
        let path = "/lake/curated/{model}/s/**/*.parquet";
        let tables = |there: bool| {
            let text = with_server(contract(), path, |_| there).expect("valid");
            assert!(text.contains(path));
            let contract = Contract::parse(&text).expect("valid");
            contract.tables.len()
        };
        assert_eq!(tables(true), contract().tables.len());
        assert_eq!(tables(false), tables(true) - 1);
    }
}
