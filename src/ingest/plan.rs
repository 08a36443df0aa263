//! What has to be stored, decided before anything is.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::error::IngestError;
use super::options::IngestOptions;
use super::selection::{self, Rejected, Selected};
use super::shard::Shard;
use crate::archive::{self, Archive, ArchiveEntry, Source};
use crate::covidx::Release;
use crate::lake::manifest::{Expected, Manifest};
use crate::lake::{Lake, landing, manifest};

/// Files of a folder whose CRC-32 is taken at the same time.
const READERS: usize = 8;

/// An ingest, before anything is stored.
#[derive(Debug, Serialize)]
pub struct IngestPlan {
    /// The source as its user wrote it.
    pub source: String,
    /// The release, and so the folder below `landing/`.
    pub release: Release,
    /// The stretch of the archive that this is about.
    pub shard: Option<Shard>,
    /// Every file of the release that the source has and that was asked for, in archive order.
    pub files: Vec<Planned>,
    /// Files of the source that belong to no release.
    pub ignored: Vec<String>,
    /// Files of the release that `--only` leaves out.
    pub left_out: u64,
    /// Files that can't be taken.
    pub rejected: Vec<Rejected>,
    /// Objects that were listed to find out.
    pub listed: u64,
    /// What the user should know of the source.
    pub warnings: Vec<String>,
    #[serde(skip)]
    pub(super) archive: Arc<dyn Archive>,
    #[serde(skip)]
    pub(super) manifest: Manifest,
}

/// What happens to one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// Path below the release's folder.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// CRC-32, where the source declares it.
    pub crc32: Option<u32>,
    /// What is done.
    pub decision: Decision,
    /// Index of the entry in the archive.
    #[serde(skip)]
    pub(super) index: usize,
}

/// What is done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is there, whole and recorded.
    Keep,
    /// Another shard's.
    Elsewhere,
    /// It is not there: it is put.
    New,
    /// Something is there that nobody has vouched for: it is put again.
    Unrecorded,
    /// What is there has another size than recorded: it is put again.
    Damaged,
    /// `verify` has found it damaged or missing: it is put again.
    Withdrawn,
    /// Other content has its name, and is replaced.
    Replace,
    /// Other content has its name.
    Conflict,
}

impl Decision {
    /// Whether the file is sent.
    #[must_use]
    pub fn puts(self) -> bool {
        match self {
            Self::New | Self::Unrecorded | Self::Damaged | Self::Withdrawn | Self::Replace => true,
            Self::Keep | Self::Elsewhere | Self::Conflict => false,
        }
    }
}

impl IngestPlan {
    /// The files with that decision.
    pub fn with(&self, decision: Decision) -> impl Iterator<Item = &Planned> {
        self.files
            .iter()
            .filter(move |file| file.decision == decision)
    }

    /// The files that are sent, in archive order.
    pub fn puts(&self) -> impl Iterator<Item = &Planned> {
        self.files.iter().filter(|file| file.decision.puts())
    }

    /// What the manifest says of the source: all that was asked for, whichever shard brings it.
    pub(super) fn expected(&self) -> Vec<Expected> {
        self.files
            .iter()
            .map(|file| Expected {
                path: file.path.clone(),
                bytes: file.bytes,
                crc32: file.crc32,
            })
            .collect()
    }
}

/// Compares the dataset at `source` with what `lake` has.
pub async fn plan(
    lake: &Lake,
    source: &Path,
    options: &IngestOptions,
) -> Result<IngestPlan, IngestError> {
    let source = Source::find(source)?;
    let archive = archive::open(&source, &options.limits, &options.ranges).await?;
    plan_archive(lake, Arc::from(archive), options).await
}

/// Compares an open archive with what `lake` has.
pub(super) async fn plan_archive(
    lake: &Lake,
    archive: Arc<dyn Archive>,
    options: &IngestOptions,
) -> Result<IngestPlan, IngestError> {
    let selection = selection::select(
        archive.name(),
        archive.entries(),
        archive.refused(),
        options.release.as_ref(),
        &options.only,
        lake.folder().is_some(),
    )?;
    let release = selection.release.as_str();
    let (listed, manifest) = futures::try_join!(
        landing::list_expected(
            lake,
            release,
            selection.files.iter().map(|file| file.path.as_str())
        ),
        manifest::read(lake, release)
    )?;
    let listed: HashMap<String, u64> = listed.into_iter().collect();
    let files = decide_all(&*archive, selection.files, &listed, &manifest, options).await?;
    Ok(IngestPlan {
        source: archive.name().to_owned(),
        release: selection.release,
        shard: options.shard,
        files,
        ignored: selection.ignored,
        left_out: selection.left_out,
        rejected: selection.rejected,
        listed: listed.len() as u64,
        warnings: archive.warnings(),
        archive,
        manifest,
    })
}

async fn decide_all(
    archive: &dyn Archive,
    selected: Vec<Selected>,
    listed: &HashMap<String, u64>,
    manifest: &Manifest,
    options: &IngestOptions,
) -> Result<Vec<Planned>, IngestError> {
    let entries = archive.entries();
    let sizes: Vec<u64> = selected
        .iter()
        .map(|file| entries[file.index].bytes)
        .collect();
    let stretches = options.shard.map(|shard| shard.stretches(&sizes));
    let elsewhere = |at: usize| match (&options.shard, &stretches) {
        (Some(shard), Some(stretches)) => stretches[at] != shard.index,
        _ => false,
    };
    let decisions = selected.into_iter().enumerate().map(|(at, file)| {
        let elsewhere = elsewhere(at);
        async move {
            let ArchiveEntry { bytes, crc32, .. } = entries[file.index];
            let decision = if elsewhere {
                Decision::Elsewhere
            } else {
                let recorded = manifest.entries().get(&file.path);
                // Only where sizes agree can the content be the same, and only then is a file read for it.
                let same = match recorded {
                    Some(entry) if entry.bytes == bytes => {
                        archive.crc32(file.index).await? == entry.crc32
                    }
                    _ => false,
                };
                decide(&Facts {
                    listed: listed.get(&file.path).copied(),
                    recorded: recorded.map(|entry| entry.bytes),
                    withdrawn: manifest.withdrawn().contains_key(&file.path),
                    same,
                    replace: options.replace,
                })
            };
            Ok::<_, IngestError>(Planned {
                path: file.path,
                bytes,
                crc32,
                decision,
                index: file.index,
            })
        }
    });
    stream::iter(decisions)
        .buffered(READERS)
        .try_collect()
        .await
}

/// What is known of one file.
#[derive(Debug, Clone, Copy)]
struct Facts {
    /// Size in the landing zone.
    listed: Option<u64>,
    /// Size in the manifest.
    recorded: Option<u64>,
    /// Whether the manifest has withdrawn it.
    withdrawn: bool,
    /// Whether the source's file is what the manifest has recorded.
    same: bool,
    /// Whether other content may be replaced.
    replace: bool,
}

/// What to do with a file of the source.
///
/// | listed in the landing zone | in the manifest | content as recorded | decision |
/// |---|---|---|---|
/// | – | withdrawn | – | put: `verify` has found it damaged or missing |
/// | no | – | – | put: it is new |
/// | yes | no | – | put: nobody has vouched for what is there |
/// | at another size than recorded | yes | – | put: it is damaged |
/// | at the recorded size | yes | yes | keep |
/// | at the recorded size | yes | no | conflict; replaced where that was asked for |
fn decide(facts: &Facts) -> Decision {
    if facts.withdrawn {
        return Decision::Withdrawn;
    }
    match (facts.listed, facts.recorded) {
        (None, _) => Decision::New,
        (Some(_), None) => Decision::Unrecorded,
        (Some(listed), Some(recorded)) if listed != recorded => Decision::Damaged,
        _ if facts.same => Decision::Keep,
        _ if facts.replace => Decision::Replace,
        _ => Decision::Conflict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decided(listed: Option<u64>, recorded: Option<u64>, same: bool, replace: bool) -> Decision {
        decide(&Facts {
            listed,
            recorded,
            withdrawn: false,
            same,
            replace,
        })
    }

    #[test]
    fn the_table_holds() {
        use Decision::{Conflict, Damaged, Keep, New, Replace, Unrecorded};
        for (listed, recorded, same, replace, expected) in [
            (None, None, false, false, New),
            (None, Some(5), true, false, New),
            (Some(5), None, false, false, Unrecorded),
            (Some(4), Some(5), true, false, Damaged),
            (Some(5), Some(5), true, false, Keep),
            (Some(5), Some(5), true, true, Keep),
            (Some(5), Some(5), false, false, Conflict),
            (Some(5), Some(5), false, true, Replace),
        ] {
            assert_eq!(
                decided(listed, recorded, same, replace),
                expected,
                "{listed:?} {recorded:?} {same} {replace}"
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_but_a_whole_recorded_file_is_kept_and_nothing_is_replaced_unasked(
            listed in prop::option::of(0_u64..3),
            recorded in prop::option::of(0_u64..3),
            withdrawn: bool,
            same: bool,
            replace: bool,
        ) {
            let decision = decide(&Facts { listed, recorded, withdrawn, same, replace });
            let whole = listed.is_some() && listed == recorded && !withdrawn;
            prop_assert_eq!(decision == Decision::Keep, whole && same);
            prop_assert_eq!(decision == Decision::Replace, whole && !same && replace);
            prop_assert_eq!(decision == Decision::Conflict, whole && !same && !replace);
            prop_assert_eq!(decision.puts(), !matches!(decision, Decision::Keep | Decision::Conflict));
        }
    }
}
