//! The data contract: tables, columns and quality rules, read once from `schemas/ctlake.odcs.yaml`.
//!
//! Everything that names a column derives from here: the Arrow schema with its Parquet field ids, the data dictionary, Polars'
//! hive schema, the model of Power BI with its measures. Pure: no I/O.

mod aggregate;
mod dictionary;
mod document;
mod measure;
mod measures;
mod rule;
mod table;
mod types;
mod view;

use std::sync::OnceLock;

use serde_yaml_ng::{Mapping, Value};
use thiserror::Error;

use crate::hint::Hint;

pub use aggregate::{Aggregate, Filter, Function};
pub use dictionary::dictionary;
pub use measure::{Formula, Measure, MeasureText, Subject, Unit};
pub use measures::MEASURES;
pub use rule::{RuleId, RuleText, Severity};
pub use table::{Column, Reference, Table};
pub use types::{ColumnType, TypeNames};
pub use view::{VIEWS, View, ViewColumn};

use document::{CustomProperty, Document, Object, Property, Relationship};

/// The contract's source text, embedded so that the binary needs no file.
pub const SOURCE: &str = include_str!("../../schemas/ctlake.odcs.yaml");

/// The tables and rules of one contract version.
#[derive(Debug, Clone)]
pub struct Contract {
    /// Semantic version of the contract.
    pub version: String,
    /// The tables, in the contract's order.
    pub tables: Vec<Table>,
    /// The quality rules, in the contract's order.
    pub rules: Vec<RuleText>,
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
    /// The embedded contract.
    #[must_use]
    pub fn current() -> &'static Self {
        static CONTRACT: OnceLock<Contract> = OnceLock::new();
        CONTRACT.get_or_init(|| {
            Self::parse(SOURCE).expect("the embedded contract is valid: a test parses it")
        })
    }

    /// Reads an ODCS document.
    pub fn parse(text: &str) -> Result<Self, ContractError> {
        let document: Document = serde_yaml_ng::from_str(text)?;
        let rules =
            find(&document.custom_properties, "qualityRules").ok_or(ContractError::Rules)?;
        Ok(Self {
            version: document.version,
            tables: document
                .schema
                .into_iter()
                .map(table)
                .collect::<Result<_, _>>()?,
            rules: serde_yaml_ng::from_value(rules.clone())?,
        })
    }

    /// The table of that name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The catalogue's entry of a rule.
    #[must_use]
    pub fn rule(&self, id: RuleId) -> &RuleText {
        self.rules
            .iter()
            .find(|rule| rule.id == id)
            .expect("every rule is in the catalogue: a test compares them")
    }
}

/// The contract's document with one local server added: what tools that read ODCS need to find a lake's current files.
///
/// `path` is a glob with `{model}` in the place of the table's name. Optional tables that aren't `there` are left out.
pub fn with_server(path: &str, there: impl Fn(&str) -> bool) -> Result<String, ContractError> {
    let mut document: Mapping = serde_yaml_ng::from_str(SOURCE)?;
    if let Some(Value::Sequence(tables)) = document.get_mut("schema") {
        tables.retain(|table| {
            let name = table
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let known = Contract::current().table(name);
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

fn table(object: Object) -> Result<Table, ContractError> {
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

    #[test]
    fn the_code_and_the_catalogue_know_the_same_rules_in_the_same_order() {
        let ids: Vec<RuleId> = Contract::current()
            .rules
            .iter()
            .map(|rule| rule.id)
            .collect();
        assert_eq!(ids, RuleId::ALL);
    }

    #[test]
    fn field_ids_are_unique_in_each_table_and_keys_have_ids_of_their_own() {
        for table in &Contract::current().tables {
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
        let contract = Contract::current();
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
    fn contradicting_types_are_named() {
        let text = SOURCE.replacen("logicalType: integer", "logicalType: string", 1);
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
            let text = with_server(path, |_| there).expect("valid");
            assert!(text.contains(path));
            let contract = Contract::parse(&text).expect("valid");
            contract.tables.len()
        };
        assert_eq!(tables(true), Contract::current().tables.len());
        assert_eq!(tables(false), tables(true) - 1);
    }
}
