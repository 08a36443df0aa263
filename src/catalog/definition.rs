//! A table or view as a catalog has it: what both sides of a plan are compared in.

use std::collections::BTreeMap;

use super::partition::Partition;
use crate::lake::layout;

/// How Glue names the reading of Parquet: class names of Hive.
pub(super) const SERDE: &str = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";
/// See [`SERDE`].
pub(super) const INPUT_FORMAT: &str =
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat";
/// See [`SERDE`].
pub(super) const OUTPUT_FORMAT: &str =
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat";

/// What a Delta table has in the place of the three: nobody reads its files by them, and Spark writes these.
pub(super) const NO_SERDE: [&str; 3] = [
    "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    "org.apache.hadoop.mapred.SequenceFileInputFormat",
    "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat",
];
/// By this parameter engines know a Delta table.
pub(super) const PROVIDER: &str = "spark.sql.sources.provider";
/// By this one they know an Iceberg table, and Athena either.
pub(super) const TABLE_TYPE: &str = "table_type";
/// Where Iceberg tables are, below a lake's root.
pub(super) const ICEBERG_ROOT: &str = layout::ICEBERG;

/// Parameters that say what made a table, all below one prefix.
pub(super) mod parameter {
    /// Whose table it is: the lake's address.
    pub(crate) const LAKE: &str = "ctlake.lake";
    /// The snapshot it shows.
    pub(crate) const SNAPSHOT: &str = "ctlake.snapshot";
    /// The entry of the log it shows.
    pub(crate) const ENTRY: &str = "ctlake.log_entry";
    /// The contract that its columns follow.
    pub(crate) const CONTRACT: &str = "ctlake.contract_version";
    /// What a row of a view is: a view has no description of its own.
    pub(crate) const DESCRIPTION: &str = "ctlake.description";
    /// `registered` where each partition is one of the catalog's, besides being projected.
    pub(crate) const PARTITIONS: &str = "ctlake.partitions";
    /// The value of [`PARTITIONS`].
    pub(crate) const REGISTERED: &str = "registered";
}

/// Beginnings of the parameters that are ours: one that is no longer wanted is removed. All others are their user's.
const OURS: [&str; 3] = ["ctlake.", "projection.", "storage.location.template"];

/// A table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What one row is; empty for a view.
    pub description: String,
    /// The columns, without partition keys.
    pub columns: Vec<DefinitionColumn>,
    /// The partition keys, in path order.
    pub keys: Vec<DefinitionColumn>,
    /// Where its rows come from.
    pub body: Body,
    /// What else is said of it.
    pub parameters: BTreeMap<String, String>,
    /// The partitions there are, of a table with partition keys.
    pub partitions: Vec<Partition>,
}

/// A column of a table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionColumn {
    /// Its name.
    pub name: String,
    /// Its type, in Hive's words.
    pub kind: String,
    /// What it means.
    pub comment: String,
}

/// Where rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Parquet files below this address, which ends in `/`.
    Parquet(String),
    /// The Iceberg table in the folder at this address, which has no `/` at its end.
    Iceberg(String),
    /// The Delta table in the folder at this address, which has no `/` at its end.
    Delta(String),
    /// A question to other tables.
    View {
        /// Its SQL.
        sql: String,
        /// The same as Athena and Trino store it, with the types of its columns.
        stored: String,
    },
    /// Something that we never make, in a few words.
    Other(String),
}

impl Definition {
    /// Whether it is a view.
    #[must_use]
    pub fn is_view(&self) -> bool {
        matches!(self.body, Body::View { .. })
    }

    /// The format of its files, of a table of ours.
    pub(super) fn format(&self) -> Option<&'static str> {
        match self.body {
            Body::Parquet(_) => Some("a Hive table"),
            Body::Iceberg(_) => Some("an Iceberg table"),
            Body::Delta(_) => Some("a Delta table"),
            Body::View { .. } | Body::Other(_) => None,
        }
    }

    /// The parameters to write over `found`: those wanted, and those of its user.
    #[must_use]
    pub fn parameters_over(&self, found: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut parameters = self.parameters.clone();
        for (name, value) in found {
            if !is_ours(name) && !parameters.contains_key(name) {
                parameters.insert(name.clone(), value.clone());
            }
        }
        parameters
    }
}

/// Whether a parameter of that name is written by nobody else.
pub(super) fn is_ours(name: &str) -> bool {
    OURS.iter().any(|prefix| name.starts_with(prefix))
}
