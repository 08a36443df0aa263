//! What has to be copied, decided before anything is.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::error::IngestError;
use super::folder::{self, SourceFile};
use crate::covidx::Release;
use crate::lake::manifest::ManifestEntry;
use crate::lake::{Lake, LakeError, landing, manifest};

/// An ingest, before anything is copied.
#[derive(Debug, Clone, Serialize)]
pub struct IngestPlan {
    /// The release, and so the folder below `landing/`.
    pub release: Release,
    /// Every file of the source, in path order.
    pub files: Vec<Planned>,
    /// Files of the source that belong to no release.
    pub ignored: Vec<String>,
}

/// What happens to one file.
#[derive(Debug, Clone, Serialize)]
pub struct Planned {
    /// Path below the release's folder.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// What is done.
    pub decision: Decision,
    /// Where it comes from.
    #[serde(skip)]
    pub(super) source: PathBuf,
}

/// What is done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is there, whole and recorded.
    Keep,
    /// It is copied.
    Put,
    /// Other content has its name.
    Conflict,
}

impl IngestPlan {
    /// The files with that decision.
    pub fn with(&self, decision: Decision) -> impl Iterator<Item = &Planned> {
        self.files
            .iter()
            .filter(move |file| file.decision == decision)
    }
}

/// Compares the dataset in `folder` with what `lake` has. `replace` takes the source's content where the two differ.
pub async fn plan(
    lake: &Lake,
    folder: &Path,
    release: Option<&Release>,
    replace: bool,
) -> Result<IngestPlan, IngestError> {
    let (path, wanted) = (folder.to_owned(), release.cloned());
    let source = tokio::task::spawn_blocking(move || folder::scan(&path, wanted.as_ref()))
        .await
        .map_err(LakeError::from)??;
    let listed: HashMap<String, u64> = landing::list(lake, source.release.as_str())
        .await?
        .into_iter()
        .collect();
    let recorded: HashMap<String, ManifestEntry> = manifest::read(lake, source.release.as_str())
        .await?
        .into_iter()
        .map(|entry| (entry.path.clone(), entry))
        .collect();
    let files = source.files;
    let planned = tokio::task::spawn_blocking(move || {
        files
            .into_iter()
            .map(|file| planned(file, &listed, &recorded, replace))
            .collect::<Result<_, _>>()
    });
    Ok(IngestPlan {
        release: source.release,
        files: planned.await.map_err(LakeError::from)??,
        ignored: source.ignored,
    })
}

fn planned(
    file: SourceFile,
    listed: &HashMap<String, u64>,
    recorded: &HashMap<String, ManifestEntry>,
    replace: bool,
) -> Result<Planned, IngestError> {
    let listed = listed.get(&file.path).copied();
    let recorded = recorded.get(&file.path);
    // Only where sizes agree can the content be the same, and only then is the file read for it.
    let same = match recorded {
        Some(entry) if entry.bytes == file.bytes => crc32(&file.source)? == entry.crc32,
        _ => false,
    };
    Ok(Planned {
        decision: decide(listed, recorded.map(|entry| entry.bytes), same, replace),
        path: file.path,
        bytes: file.bytes,
        source: file.source,
    })
}

/// What to do with a file of the source.
///
/// | listed in the landing zone | in the manifest | same size and CRC-32 as recorded | decision |
/// |---|---|---|---|
/// | no | – | – | put |
/// | yes | no | – | put: nobody has vouched for what is there |
/// | at another size than recorded | yes | – | put: it is damaged |
/// | at the recorded size | yes | yes | keep |
/// | at the recorded size | yes | no | conflict, or put with `replace` |
fn decide(listed: Option<u64>, recorded: Option<u64>, same: bool, replace: bool) -> Decision {
    match (listed, recorded) {
        (Some(listed), Some(recorded)) if listed == recorded => match (same, replace) {
            (true, _) => Decision::Keep,
            (false, true) => Decision::Put,
            (false, false) => Decision::Conflict,
        },
        _ => Decision::Put,
    }
}

fn crc32(path: &Path) -> Result<u32, IngestError> {
    let failed = |source| IngestError::Source {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = crc32fast::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(hasher.finalize()),
            count => hasher.update(&buffer[..count]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds() {
        use Decision::{Conflict, Keep, Put};
        for (listed, recorded, same, replace, expected) in [
            (None, None, false, false, Put),
            (None, Some(5), true, false, Put),
            (Some(5), None, false, false, Put),
            (Some(4), Some(5), true, false, Put),
            (Some(5), Some(5), true, false, Keep),
            (Some(5), Some(5), true, true, Keep),
            (Some(5), Some(5), false, false, Conflict),
            (Some(5), Some(5), false, true, Put),
        ] {
            assert_eq!(
                decide(listed, recorded, same, replace),
                expected,
                "{listed:?} {recorded:?} {same} {replace}"
            );
        }
    }
}
