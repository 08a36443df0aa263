//! Who else shows this lake: where to look, and nothing of what is shown there.

use object_store::path::Path;
use serde::{Deserialize, Serialize};

use super::error::LakeError;
use super::handle::Lake;
use super::layout;

/// A catalog that shows the lake's tables. What it shows is asked there; this only says where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Projection {
    /// What kind of catalog it is.
    pub format: Format,
    /// Where it is.
    pub region: String,
    /// Its database.
    pub database: String,
    /// The tables and views in it.
    pub tables: Vec<String>,
}

/// The kinds of catalogs. One that this release doesn't know makes the object unreadable, as it should: expire must not pass over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// AWS Glue, which Athena reads.
    Glue,
}

impl Projection {
    /// Where it is recorded.
    #[must_use]
    pub fn key(&self) -> Path {
        let format = match self.format {
            Format::Glue => "glue",
        };
        layout::key(&format!(
            "{}/{format}-{}.json",
            layout::PROJECTIONS,
            self.database
        ))
    }
}

/// All that are recorded.
pub async fn read_all(lake: &Lake) -> Result<Vec<Projection>, LakeError> {
    let mut projections = Vec::new();
    for object in lake.list(&layout::key(layout::PROJECTIONS)).await? {
        let text = lake.read(&object.location).await?;
        let projection = serde_json::from_slice(&text).map_err(|source| LakeError::Damaged {
            path: object.location.to_string(),
            expected: "where a catalog shows this lake",
            source,
        })?;
        projections.push(projection);
    }
    Ok(projections)
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
