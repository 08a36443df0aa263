//! `lake.json`: the lake's format version, and what its store was found to support.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::error::LakeError;
use super::handle::Lake;
use super::layout;

/// The newest format that this release reads and writes.
const FORMAT_VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Format {
    format_version: u32,
    conditional_put: bool,
    written_by: String,
}

/// What every format has: a newer one may have other fields, and only its version counts then.
#[derive(Deserialize)]
struct Version {
    format_version: u32,
    #[serde(default)]
    written_by: String,
}

/// Refuses a lake that a newer release has written; `text` is what stands in its `lake.json`. Says whether publishing is safe,
/// where that is known.
pub(super) fn check(lake: &Lake, text: Option<Bytes>) -> Result<Option<bool>, LakeError> {
    Ok(parse(lake, text)?.map(|format| format.conditional_put))
}

/// Makes sure that `lake.json` is there, probing the store on the first call; says whether publishing is safe.
pub async fn ensure(lake: &Lake) -> Result<bool, LakeError> {
    if let Some(known) = lake.conditional_put {
        return Ok(known);
    }
    if let Some(format) = read(lake).await? {
        return Ok(format.conditional_put);
    }
    let conditional_put = probe(lake).await?;
    let format = Format {
        format_version: FORMAT_VERSION,
        conditional_put,
        written_by: format!("ctlake {}", env!("CARGO_PKG_VERSION")),
    };
    let text = serde_json::to_vec_pretty(&format).expect("plain data serialises");
    // Somebody else may have been first: their probe asked the same store.
    lake.create_object(&layout::key(layout::FORMAT), text.into())
        .await?;
    Ok(conditional_put)
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
