//! Who else shows this lake: where to look, and nothing of what is shown there.

use std::fmt;

use object_store::path::Path;
use serde::{Deserialize, Serialize};

use super::error::LakeError;
use super::handle::Lake;
use super::layout;
use crate::readable;

/// Something that shows the lake's tables. What it shows is asked there; this only says where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Projection {
    /// What the tables are.
    pub format: Format,
    /// Where the AWS Glue is that has them; absent for tables that the lake alone has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The database there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// The tables and views, by the names that they have in the database.
    pub tables: Vec<String>,
    /// What stands behind the name of each, there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suffix: String,
}

/// What the tables are. One that this release doesn't know makes the object unreadable, as it should: expire must not pass over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Folders of Parquet files in AWS Glue: nothing of them is written into the lake.
    Hive,
    /// Iceberg, with its metadata in the lake.
    Iceberg,
    /// Delta Lake, with its log in the lake.
    Delta,
}

impl Format {
    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hive => "hive",
            Self::Iceberg => "iceberg",
            Self::Delta => "delta",
        }
    }
}

impl fmt::Display for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.format {
            Format::Hive => "",
            Format::Iceberg => "the Iceberg tables",
            Format::Delta => "the Delta tables",
        };
        match (&self.database, kind) {
            (None, kind) => write!(f, "{kind} of the lake"),
            (Some(database), "") => write!(f, "database `{database}` of AWS Glue"),
            (Some(database), kind) => write!(f, "{kind} in database `{database}` of AWS Glue"),
        }
    }
}

impl Projection {
    /// The command that registers the current snapshot of `lake` there.
    #[must_use]
    pub fn register_command(&self, lake: &str) -> String {
        let format = match self.format {
            Format::Hive => String::new(),
            format => format!(" --format {}", format.name()),
        };
        let database = self.database.iter();
        let database: String = database.map(|name| format!(" --database {name}")).collect();
        let suffix = match &self.suffix[..] {
            "" => String::new(),
            suffix => format!(" --table-suffix {suffix}"),
        };
        let lake = readable::argument(lake);
        format!("ctlake register{format}{database}{suffix} --lake {lake}")
    }

    /// Where it is recorded.
    #[must_use]
    pub fn key(&self) -> Path {
        let format = match self.format {
            Format::Hive => "glue",
            other => other.name(),
        };
        let database = self.database.iter().map(|name| format!("-{name}"));
        let name = format.to_owned() + &database.collect::<String>();
        layout::key(&format!("{}/{name}.json", layout::PROJECTIONS))
    }
}

/// All that are recorded.
pub async fn read_all(lake: &Lake) -> Result<Vec<Projection>, LakeError> {
    let mut projections = Vec::new();
    let listing = lake.list_folder(&layout::key(layout::PROJECTIONS)).await?;
    for object in &listing.objects {
        let name = object.location.filename().unwrap_or_default();
        let Some(name) = name.strip_suffix(".json") else {
            continue;
        };
        let text = lake.read(&object.location).await?;
        match serde_json::from_slice::<Projection>(&text) {
            // A copy under another name says what the original says, or what it has said.
            Ok(projection) if projection.key() == object.location => projections.push(projection),
            Err(source) if is_ours(name, &text) => {
                return Err(LakeError::Damaged {
                    path: object.location.to_string(),
                    expected: "where this lake is shown",
                    source,
                });
            }
            Ok(_) | Err(_) => {}
        }
    }
    Ok(projections)
}

/// Whether an object that can't be read as a projection is one all the same: damaged, or of a newer release.
fn is_ours(name: &str, text: &[u8]) -> bool {
    let format = name.split_once('-').map_or(name, |(format, _)| format);
    let is_known = ["glue", "iceberg", "delta"].contains(&format);
    let json: Option<serde_json::Value> = serde_json::from_slice(text).ok();
    is_known || json.is_some_and(|json| json["format"].is_string())
}

/// Records `projection`, if it isn't already; before the catalog shows anything, so that expire can't miss it.
pub async fn record(lake: &Lake, projection: &Projection) -> Result<(), LakeError> {
    let text = serde_json::to_vec_pretty(projection).expect("plain data serialises");
    let key = projection.key();
    if lake
        .read_if_exists(&key)
        .await?
        .is_some_and(|found| found == text)
    {
        return Ok(());
    }
    lake.write(&key, text.into()).await
}
