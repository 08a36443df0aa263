//! `lake.json`: the lake's format version, and what its store was found to support.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::error::LakeError;
use super::handle::Lake;
use super::layout;
use crate::release::KnownDatasets;

/// The newest format that this release reads and writes.
const FORMAT_VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Format {
    format_version: u32,
    conditional_put: bool,
    written_by: String,
    /// The dataset that the lake holds; lakes from before there was more than one don't name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dataset: Option<String>,
}

/// What every format has: a newer one may have other fields, and only its version counts then.
#[derive(Deserialize)]
struct Version {
    format_version: u32,
    #[serde(default)]
    written_by: String,
}

/// Refuses a lake that a newer release has written; `text` is what stands in its `lake.json`. Takes from there which of the `known`
/// datasets it holds, and whether publishing is safe.
pub(super) fn check(
    lake: &mut Lake,
    text: Option<Bytes>,
    known: &KnownDatasets,
) -> Result<(), LakeError> {
    let Some(format) = parse(lake, text)? else {
        return Ok(());
    };
    lake.conditional_put = Some(format.conditional_put);
    if let Some(name) = format.dataset {
        let named = known.iter().find(|dataset| dataset.name() == name);
        lake.dataset = *named.ok_or_else(|| LakeError::UnknownDataset {
            lake: lake.name().to_owned(),
            found: name,
            known: known
                .iter()
                .map(|dataset| dataset.name().to_owned())
                .collect(),
        })?;
    }
    Ok(())
}

/// Makes sure that `lake.json` is there, probing the store on the first call; says whether publishing is safe.
pub async fn ensure(lake: &Lake) -> Result<bool, LakeError> {
    if let Some(known) = lake.conditional_put {
        return Ok(known);
    }
    if let Some(format) = read(lake).await? {
        check_dataset(lake, &format)?;
        return Ok(format.conditional_put);
    }
    let conditional_put = probe(lake).await?;
    let format = Format {
        format_version: FORMAT_VERSION,
        conditional_put,
        written_by: format!("ctlake {}", env!("CARGO_PKG_VERSION")),
        dataset: Some(lake.dataset().name().to_owned()),
    };
    let text = serde_json::to_vec_pretty(&format).expect("plain data serialises");
    // Somebody else may have been first: their probe asked the same store.
    lake.create_object(&layout::key(layout::FORMAT), text.into())
        .await?;
    Ok(conditional_put)
}

/// Refuses a store on which publishing is not safe, unless its only publisher is who asks.
pub async fn require_conditional_put(lake: &Lake, single_writer: bool) -> Result<(), LakeError> {
    if ensure(lake).await? || single_writer {
        return Ok(());
    }
    Err(LakeError::NoConditionalPut(lake.name().to_owned()))
}

/// Refuses to write another dataset than that of the lake.
fn check_dataset(lake: &Lake, format: &Format) -> Result<(), LakeError> {
    let own = lake.dataset().name();
    match &format.dataset {
        Some(found) if found != own => Err(LakeError::OtherDataset {
            lake: lake.name().to_owned(),
            found: found.clone(),
            expected: own,
        }),
        _ => Ok(()),
    }
}

async fn read(lake: &Lake) -> Result<Option<Format>, LakeError> {
    parse(
        lake,
        lake.read_if_exists(&layout::key(layout::FORMAT)).await?,
    )
}

fn parse(lake: &Lake, text: Option<Bytes>) -> Result<Option<Format>, LakeError> {
    let Some(text) = text else {
        return Ok(None);
    };
    let damaged = |source| LakeError::Damaged {
        path: layout::FORMAT.to_owned(),
        expected: "the lake's format version as JSON",
        source,
    };
    let version: Version = serde_json::from_slice(&text).map_err(damaged)?;
    if version.format_version > FORMAT_VERSION {
        return Err(LakeError::NewerFormat {
            lake: lake.name().to_owned(),
            found: version.format_version,
            known: FORMAT_VERSION,
            written_by: version.written_by,
        });
    }
    serde_json::from_slice(&text).map(Some).map_err(damaged)
}

/// Whether the second of two creates of one object is refused.
async fn probe(lake: &Lake) -> Result<bool, LakeError> {
    let key = layout::key(&format!(
        "{}/probe-{:016x}",
        layout::STAGING,
        rand::random::<u64>()
    ));
    let content = Bytes::from_static(b"probe");
    // An expire that removes all that is staged may take the object away between the two: such luck doesn't come three times.
    let mut second = Ok(true);
    for _ in 0..3 {
        lake.create_object(&key, content.clone()).await?;
        second = lake.create_object(&key, content.clone()).await;
        if !matches!(second, Ok(true)) {
            break;
        }
    }
    lake.delete(vec![key]).await?;
    match second {
        Ok(created) => Ok(!created),
        Err(LakeError::Store {
            source: object_store::Error::NotImplemented { .. },
            ..
        }) => Ok(false),
        Err(error) => Err(error),
    }
}
