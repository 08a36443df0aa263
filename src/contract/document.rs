//! The ODCS document as it is written: only the fields that `ctlake` derives something from.

use serde::Deserialize;
use serde_yaml_ng::Value;

use super::types::ColumnType;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    pub(super) version: String,
    pub(super) schema: Vec<Object>,
    pub(super) custom_properties: Vec<CustomProperty>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Object {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) properties: Vec<Property>,
    #[serde(default)]
    pub(super) custom_properties: Vec<CustomProperty>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) logical_type: String,
    pub(super) physical_type: ColumnType,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) primary_key: bool,
    #[serde(default)]
    pub(super) partitioned: bool,
    pub(super) description: String,
    #[serde(default)]
    pub(super) examples: Vec<Value>,
    #[serde(default)]
    pub(super) relationships: Vec<Relationship>,
    #[serde(default)]
    pub(super) custom_properties: Vec<CustomProperty>,
}

/// `to` is `table.column`.
#[derive(Debug, Deserialize)]
pub(super) struct Relationship {
    pub(super) to: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct CustomProperty {
    pub(super) property: String,
    pub(super) value: Value,
}
