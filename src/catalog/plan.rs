//! What a catalog has against what it should have: a pure decision.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use thiserror::Error;

use super::database::DatabaseName;
use super::definition::{Body, Definition, DefinitionColumn, ICEBERG_ROOT, is_ours, parameter};
use super::evolution::{self, Incompatible};
use super::partition::{Partition, PartitionPlan};
use super::wanted::Wanted;
use crate::hint::Hint;

/// What a catalog has.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Whether the database is there.
    pub database: bool,
    /// Its tables and views that have one of our names.
    pub tables: BTreeMap<String, FoundTable>,
}

/// A table or view that is there.
#[derive(Debug, Clone)]
pub struct FoundTable {
    /// What it is.
    pub definition: Definition,
    /// The version that an update must name.
    pub version: Option<String>,
}

impl FoundTable {
    /// The lake that made it. An Iceberg table is known by its place too: who commits to one writes its parameters anew.
    #[must_use]
    pub fn lake(&self) -> Option<&str> {
        let by_place = || match &self.definition.body {
            Body::Iceberg(location) => {
                let (folder, _) = location.rsplit_once('/')?;
                folder.strip_suffix(ICEBERG_ROOT)?.strip_suffix('/')
            }
            _ => None,
        };
        self.parameter(parameter::LAKE).or_else(by_place)
    }

    /// Whether its partitions are listed one by one.
    #[must_use]
    pub fn lists_partitions(&self) -> bool {
        self.parameter(parameter::PARTITIONS) == Some(parameter::REGISTERED)
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.definition.parameters.get(name).map(String::as_str)
    }
}

/// What is to be done, in order.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// What it leads to.
    #[serde(flatten)]
    pub wanted: Wanted,
    /// Whether the database is to be made.
    pub create_database: bool,
    /// A step a table or view.
    pub steps: Vec<Step>,
}

/// What becomes of one table or view.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Whether it is a view.
    pub view: bool,
    /// What is done.
    pub action: Action,
    /// What becomes of its partitions, where they are listed one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partitions: Option<PartitionPlan>,
    /// What it becomes.
    #[serde(skip)]
    pub definition: Definition,
    /// The parameters it has: those of its user stay.
    #[serde(skip)]
    pub found_parameters: BTreeMap<String, String>,
}

/// What is done to a table or view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Action {
    /// It isn't there.
    Create,
    /// It is there, and something differs.
    Update {
        /// The version that the decision was made on: a newer one refuses the update.
        version: Option<String>,
        /// What differs.
        changes: Vec<Change>,
    },
    /// It is as it should be.
    Keep,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What differs.
    pub what: String,
    /// As it is; `None` where there is nothing.
    pub from: Option<String>,
    /// As it should be; `None` where there should be nothing.
    pub to: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            (None, Some(to)) => write!(f, "+ {}: {to}", self.what),
            (Some(from), None) => write!(f, "- {}: {from}", self.what),
            (Some(from), Some(to)) => write!(f, "~ {}: {from} -> {to}", self.what),
            (None, None) => write!(f, "~ {}", self.what),
        }
    }
}

impl Plan {
    /// Whether the catalog is as it should be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let idle = |step: &Step| {
            step.action == Action::Keep
                && step.partitions.as_ref().is_none_or(PartitionPlan::is_empty)
        };
        !self.create_database && self.steps.iter().all(idle)
    }
}

/// Something is in the way.
#[derive(Debug, Error)]
pub enum Refusal {
    /// A table that somebody else made.
    #[error("`{database}.{table}` is there and was not made by ctlake{}", whose(found.as_deref(), lake))]
    NotOurs {
        /// The database.
        database: DatabaseName,
        /// The table or view.
        table: String,
        /// The lake that made it, if one did.
        found: Option<String>,
        /// The lake that wants it.
        lake: String,
    },
    /// A table of ours, of another format.
    #[error("`{database}.{table}` is there as {found}, expected {wanted}")]
    OtherFormat {
        /// The database.
        database: DatabaseName,
        /// The table.
        table: String,
        /// What it is.
        found: &'static str,
        /// What it is to be.
        wanted: &'static str,
    },
    /// Readers would not survive it.
    #[error(transparent)]
    Incompatible(#[from] Incompatible),
}

fn whose(found: Option<&str>, lake: &str) -> String {
    match found {
        Some(found) => format!(" for `{lake}`, but for `{found}`"),
        None => String::new(),
    }
}

impl Hint for Refusal {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotOurs { .. } => Some(
                "register to another database, `--database NAME`, or take what is there over with `--adopt`"
                    .to_owned(),
            ),
            Self::OtherFormat { .. } => Some(
                "give the tables of one format other names, `--table-suffix _delta`, or another database, `--database NAME`"
                    .to_owned(),
            ),
            Self::Incompatible(error) => error.hint(),
        }
    }
}

/// Decides what to do.
///
/// | in the catalog | action |
/// |---|---|
/// | nothing | create |
/// | made for this lake, the same | keep |
/// | made for this lake, differs | update, unless a column goes or changes its type: refused |
/// | made for this lake, of another format | refused |
/// | made for another lake or by somebody else | refused; with `adopt`: update |
///
/// `list` lists partitions one by one; where they are listed already they stay so.
pub fn decide(wanted: Wanted, found: &Found, adopt: bool, list: bool) -> Result<Plan, Refusal> {
    let mut steps = Vec::new();
    for definition in &wanted.definitions {
        let there = found.tables.get(&definition.name);
        let mut definition = definition.clone();
        let listed = !definition.keys.is_empty()
            && (list || there.is_some_and(FoundTable::lists_partitions));
        if listed {
            definition.parameters.insert(
                parameter::PARTITIONS.to_owned(),
                parameter::REGISTERED.to_owned(),
            );
        }
        let action = match there {
            None => Action::Create,
            Some(there) => over(&definition, there, &wanted, adopt)?,
        };
        let known: &[Partition] = there.map_or(&[], |there| &there.definition.partitions);
        steps.push(Step {
            name: definition.name.clone(),
            view: definition.is_view(),
            action,
            partitions: listed.then(|| PartitionPlan::new(&definition.partitions, known)),
            definition,
            found_parameters: there
                .map(|there| there.definition.parameters.clone())
                .unwrap_or_default(),
        });
    }
    Ok(Plan {
        create_database: !found.database,
        steps,
        wanted,
    })
}

fn over(
    definition: &Definition,
    there: &FoundTable,
    wanted: &Wanted,
    adopt: bool,
) -> Result<Action, Refusal> {
    if there.lake() == Some(&wanted.lake) {
        if let (Some(found), Some(becomes)) = (there.definition.format(), definition.format())
            && found != becomes
        {
            return Err(Refusal::OtherFormat {
                database: wanted.database.clone(),
                table: definition.name.clone(),
                found,
                wanted: becomes,
            });
        }
        // A view's columns follow from its text, which nobody else has written.
        if !definition.is_view() {
            evolution::check(&there.definition, definition)?;
        }
    } else if !adopt {
        return Err(Refusal::NotOurs {
            database: wanted.database.clone(),
            table: definition.name.clone(),
            found: there.lake().map(str::to_owned),
            lake: wanted.lake.clone(),
        });
    }
    let changes = differences(&there.definition, definition);
    Ok(if changes.is_empty() {
        Action::Keep
    } else {
        Action::Update {
            version: there.version.clone(),
            changes,
        }
    })
}

pub(super) fn differences(found: &Definition, wanted: &Definition) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut differ = |what: String, from: Option<&str>, to: Option<&str>| {
        if from != to {
            changes.push(Change {
                what,
                from: from.map(str::to_owned),
                to: to.map(str::to_owned),
            });
        }
    };
    let (from, to) = (said(&found.body), said(&wanted.body));
    differ(what(&wanted.body).to_owned(), Some(from), Some(to));
    let stored = |body: &Body| match body {
        Body::View { stored, .. } => Some(stored.clone()),
        _ => None,
    };
    if from == to && stored(&found.body) != stored(&wanted.body) {
        differ(
            "stored text".to_owned(),
            Some("another one"),
            Some("this release's"),
        );
    }
    differ(
        "description".to_owned(),
        Some(&found.description),
        Some(&wanted.description),
    );
    for (kind, found, wanted) in [
        ("column", &found.columns, &wanted.columns),
        ("partition key", &found.keys, &wanted.keys),
    ] {
        let names: Vec<&str> = found.iter().map(|column| column.name.as_str()).collect();
        let order: Vec<&str> = wanted.iter().map(|column| column.name.as_str()).collect();
        for column in wanted {
            let old = found.iter().find(|old| old.name == column.name);
            let old = old.map(column_text);
            differ(
                format!("{kind} {}", column.name),
                old.as_deref(),
                Some(&column_text(column)),
            );
        }
        for column in found.iter().filter(|old| !order.contains(&&*old.name)) {
            differ(
                format!("{kind} {}", column.name),
                Some(&column_text(column)),
                None,
            );
        }
        let mut known = order.clone();
        known.retain(|name| names.contains(name));
        if names.iter().filter(|name| order.contains(name)).ne(&known) {
            differ(
                format!("order of {kind}s"),
                Some(&names.join(", ")),
                Some(&order.join(", ")),
            );
        }
    }
    for (name, value) in &wanted.parameters {
        let old = found.parameters.get(name).map(String::as_str);
        differ(format!("parameter {name}"), old, Some(value));
    }
    for (name, value) in &found.parameters {
        if is_ours(name) && !wanted.parameters.contains_key(name) {
            differ(format!("parameter {name}"), Some(value), None);
        }
    }
    changes
}

fn column_text(column: &DefinitionColumn) -> String {
    format!("{} '{}'", column.kind, column.comment)
}

/// What a body's text is called.
fn what(body: &Body) -> &'static str {
    match body {
        Body::Parquet(_) | Body::Iceberg(_) | Body::Delta(_) => "location",
        Body::View { .. } => "question",
        Body::Other(_) => "kind",
    }
}

fn said(body: &Body) -> &str {
    match body {
        Body::Parquet(text) | Body::Iceberg(text) | Body::Delta(text) | Body::Other(text) => text,
        Body::View { sql, .. } => sql,
    }
}

#[cfg(test)]
mod tests;
