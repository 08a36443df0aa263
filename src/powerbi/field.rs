//! A field of the model, as a visual names it.

use serde_json::{Value, json};

use crate::contract::Measure;

/// A column or a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    kind: Kind,
    table: &'static str,
    name: &'static str,
    label: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Column,
    Measure,
}

/// A column, and what it is called in a visual.
#[must_use]
pub const fn column(table: &'static str, name: &'static str, label: &'static str) -> Field {
    Field {
        kind: Kind::Column,
        table,
        name,
        label: Some(label),
    }
}

/// A measure.
#[must_use]
pub fn measure(measure: &'static Measure) -> Field {
    Field {
        kind: Kind::Measure,
        table: measure.table(),
        name: measure.name,
        label: None,
    }
}

impl Field {
    /// The expression.
    pub(super) fn expression(self) -> Value {
        let kind = match self.kind {
            Kind::Column => "Column",
            Kind::Measure => "Measure",
        };
        json!({
            kind: {
                "Expression": {"SourceRef": {"Entity": self.table}},
                "Property": self.name,
            }
        })
    }

    /// The field in a bucket of a visual; `active` where it groups.
    pub(super) fn projection(self, active: bool) -> Value {
        let mut projection = json!({
            "field": self.expression(),
            "queryRef": format!("{}.{}", self.table, self.name),
            "nativeQueryRef": self.name,
        });
        if let Some(label) = self.label {
            projection["displayName"] = label.into();
        }
        if active && self.kind == Kind::Column {
            projection["active"] = true.into();
        }
        projection
    }
}
