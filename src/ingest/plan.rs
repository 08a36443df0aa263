//! What has to be stored, decided before anything is.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::error::IngestError;
use super::options::IngestOptions;
use super::read_before::ReadBefore;
use super::refused::Rejected;
use super::release_files::{self, Labels, SourceFiles};
use super::selection::{self, Selected, Selection};
use super::shard::Shard;
use super::unrecorded;
use crate::archive::{self, Archive, ArchiveEntry, ArchiveError, Source};
use crate::lake::manifest::{Expected, Manifest};
use crate::lake::{Lake, landing, manifest};
use crate::release::Release;
use crate::release::{DatasetFormat, FileRole};

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
    /// Files of the source that belong to no release, or to another.
    pub ignored: Vec<String>,
    /// Images outside the release's own folder that no label file names.
    pub unlabelled: Vec<String>,
    /// Files whose name another file has: that one is taken.
    pub copies: Vec<String>,
    /// Files of the release that `--only` leaves out.
    pub left_out: u64,
    /// Files that are or could be the release's, and can't be taken.
    pub rejected: Vec<Rejected>,
    /// Entries that can't be taken and that the release can do without.
    pub passed_over: Vec<Rejected>,
    /// Objects that were listed to find out.
    pub listed: u64,
    /// What the user should know of the source.
    pub warnings: Vec<String>,
    /// What the manifest calls the source, where the plan is of all its files.
    #[serde(skip)]
    pub(super) whole_source: Option<String>,
    /// The label files and the metadata, whatever was asked for.
    #[serde(skip)]
    pub(super) labels_and_metadata: Vec<Planned>,
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
    /// CRC-32 of a file of that size that is there and not recorded.
    #[serde(skip)]
    pub(super) landed_crc32: Option<u32>,
}

/// What is done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is there, whole and recorded.
    Keep,
    /// It is there, whole, and not recorded: it is recorded, and not put again.
    Adopt,
    /// Another shard's.
    Elsewhere,
    /// It is not there: it is put.
    New,
    /// Something else is there that nobody has vouched for: it is put again.
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
            Self::Keep | Self::Adopt | Self::Elsewhere | Self::Conflict => false,
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

    /// The files that are sent or adopted, in archive order.
    pub fn records(&self) -> impl Iterator<Item = &Planned> {
        let records = |file: &&Planned| file.decision.puts() || file.decision == Decision::Adopt;
        self.files.iter().filter(records)
    }

    /// What the manifest says of the source: all that was asked for, whichever shard brings it, and what could not be taken.
    pub(super) fn expected(&self) -> Vec<Expected> {
        let rejected: BTreeMap<&str, &Rejected> = self
            .rejected
            .iter()
            .map(|file| (file.lands.as_str(), file))
            .collect();
        let files = self.files.iter();
        let files = files.filter(|file| !rejected.contains_key(file.path.as_str()));
        let files = files.map(|file| Expected {
            path: file.path.clone(),
            bytes: file.bytes,
            crc32: file.crc32,
            refused: None,
        });
        let refused = rejected.iter().map(|(path, file)| Expected {
            path: (*path).to_owned(),
            bytes: 0,
            crc32: None,
            refused: Some(file.reason.clone()),
        });
        files.chain(refused).collect()
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
    let mut plan = plan_archive(lake, Arc::from(archive), options).await?;
    plan.whole_source = options.only.is_empty().then(|| name_of(&source));
    Ok(plan)
}

/// The same for the same source, from whichever folder it is named.
fn name_of(source: &Source) -> String {
    match source {
        Source::Zip(path) | Source::Folder(path) => match path.canonicalize() {
            Ok(path) => path.display().to_string(),
            Err(_) => source.to_string(),
        },
        Source::Kaggle(_) | Source::Url(_) => source.to_string(),
    }
}

/// Compares an open archive with what `lake` has.
async fn plan_archive(
    lake: &Lake,
    archive: Arc<dyn Archive>,
    options: &IngestOptions,
) -> Result<IngestPlan, IngestError> {
    let format = lake.dataset();
    let found = release_files::find(&*archive, format, options.release.as_ref()).await?;
    let ignores_case = lake.folder().is_some();
    let (mut selection, labels) = select(&*archive, format, &found, options, ignores_case).await?;
    settle(&*archive, &mut selection).await?;
    let entries = archive.entries();
    let selected = selection.files.iter().map(|file| &entries[file.index]);
    options.limits.check_total(archive.name(), selected)?;
    let release = found.release.as_str();
    let (listed, manifest) = futures::try_join!(
        landing::list_expected(
            lake,
            release,
            selection.files.iter().map(|file| file.path.as_str())
        ),
        manifest::read(lake, release)
    )?;
    use_landed_names(format, &mut selection.files, &manifest);
    let mut warnings = archive.warnings();
    let archive: Arc<dyn Archive> = match labels {
        None => archive,
        Some(labels) => {
            warnings.extend(labels.unread);
            Arc::new(ReadBefore::new(archive, labels.contents))
        }
    };
    let listed: HashMap<String, u64> = listed.files.into_iter().collect();
    let landed = Landed {
        lake,
        release,
        listed: &listed,
        manifest: &manifest,
    };
    let files = decide_all(&*archive, selection.files, &landed, options).await?;
    let entries = archive.entries();
    let labels_and_metadata = found.all();
    let labels_and_metadata = labels_and_metadata
        .map(|index| {
            let ArchiveEntry { path, bytes, crc32 } = &entries[index];
            Planned {
                path: release_files::landed_name(format, path).to_owned(),
                bytes: *bytes,
                crc32: *crc32,
                decision: Decision::New,
                index,
                landed_crc32: None,
            }
        })
        .collect();
    Ok(IngestPlan {
        source: archive.name().to_owned(),
        release: found.release,
        shard: options.shard,
        files,
        ignored: selection.ignored,
        unlabelled: selection.unlabelled,
        copies: selection.copies,
        left_out: selection.left_out,
        rejected: selection.rejected,
        passed_over: selection.passed_over,
        listed: listed.len() as u64,
        warnings,
        whole_source: None,
        labels_and_metadata,
        archive,
        manifest,
    })
}

/// Tells which files of the source are the release's. The labels are read where it takes their names.
async fn select(
    archive: &dyn Archive,
    format: &'static dyn DatasetFormat,
    found: &SourceFiles,
    options: &IngestOptions,
    ignores_case: bool,
) -> Result<(Selection, Option<Labels>), IngestError> {
    let source = selection::Source::new(
        format,
        archive.entries(),
        archive.refused(),
        found,
        &options.only,
        ignores_case,
    );
    let labels = if source.needs_names() {
        Some(release_files::read_labels(archive, format, found).await?)
    } else {
        None
    };
    let names = labels.as_ref().map(|labels| &labels.names);
    match source.select(names) {
        Ok(selection) => Ok((selection, labels)),
        Err(folder) => Err(ArchiveError::Read {
            path: Path::new(archive.name()).join(folder.path),
            source: folder.error.into(),
        }
        .into()),
    }
}

/// Compares the contents of files that would land under one name.
async fn settle(archive: &dyn Archive, selection: &mut Selection) -> Result<(), IngestError> {
    let entries = archive.entries();
    let sums = selection.contested(entries).into_iter();
    let sums = sums.map(|index| async move {
        match archive.crc32(index).await {
            Ok(crc32) => Ok(Some((index, crc32))),
            Err(error) if error.is_of_one_entry() => Ok(None),
            Err(error) => Err(error),
        }
    });
    let sums: Vec<Option<(usize, u32)>> =
        stream::iter(sums).buffered(READERS).try_collect().await?;
    let sums: HashMap<usize, u32> = sums.into_iter().flatten().collect();
    selection.settle(entries, |index| sums.get(&index).copied());
    Ok(())
}

/// A label file or the metadata that is in the landing zone in another spelling keeps that name: under two names nobody would
/// know which one counts.
fn use_landed_names(format: &dyn DatasetFormat, files: &mut [Selected], manifest: &Manifest) {
    let kind = |path: &str| Some(format.recognise(path)?.role);
    let landed = manifest.entries().keys().chain(manifest.withdrawn().keys());
    let mut names: HashMap<FileRole, Vec<&String>> = HashMap::new();
    for path in landed.filter(|path| !path.contains('/')) {
        if let Some(kind) = kind(path) {
            names.entry(kind).or_default().push(path);
        }
    }
    for file in files {
        let landed = kind(&file.path).and_then(|kind| names.get(&kind));
        if let Some([landed]) = landed.map(Vec::as_slice) {
            file.path.clone_from(landed);
        }
    }
}

/// What is known of a release's folder.
struct Landed<'a> {
    lake: &'a Lake,
    release: &'a str,
    /// Sizes by path.
    listed: &'a HashMap<String, u64>,
    manifest: &'a Manifest,
}

impl Landed<'_> {
    /// Whether a file of `bytes` is there under that name, and the manifest does not vouch for it. A store's note of a checksum
    /// does not prove that what `verify` has withdrawn is sound; a file that is read does.
    fn is_unrecorded(&self, path: &str, bytes: u64) -> bool {
        let withdrawn = self.manifest.withdrawn().contains_key(path);
        self.listed.get(path) == Some(&bytes)
            && !self.manifest.entries().contains_key(path)
            && !(withdrawn && self.lake.s3().is_some())
    }
}

async fn decide_all(
    archive: &dyn Archive,
    selected: Vec<Selected>,
    landed: &Landed<'_>,
    options: &IngestOptions,
) -> Result<Vec<Planned>, IngestError> {
    let Landed {
        listed, manifest, ..
    } = *landed;
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
    let unrecorded = selected.iter().enumerate();
    let unrecorded = unrecorded.filter(|(at, file)| {
        !elsewhere(*at) && landed.is_unrecorded(&file.path, entries[file.index].bytes)
    });
    let unrecorded = unrecorded.map(|(at, file)| (file.path.clone(), sizes[at]));
    let unrecorded = unrecorded.collect();
    let landed_crc32s =
        &unrecorded::checksums(landed.lake, landed.release, unrecorded, options).await;
    let decisions = selected.into_iter().enumerate().map(|(at, file)| {
        let elsewhere = elsewhere(at);
        async move {
            let ArchiveEntry { bytes, crc32, .. } = entries[file.index];
            let landed_crc32 = landed_crc32s.get(&file.path).copied();
            let decision = if elsewhere {
                Decision::Elsewhere
            } else {
                let recorded = manifest.entries().get(&file.path);
                let expected = match recorded {
                    Some(entry) if entry.bytes == bytes => Some(entry.crc32),
                    Some(_) => None,
                    None => landed_crc32,
                };
                // Only where sizes agree can the content be the same, and only then is a file read for it.
                let same = match expected {
                    Some(crc32) => {
                        has_crc32(archive, file.index, crc32, recorded.is_none()).await?
                    }
                    None => false,
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
                landed_crc32,
            })
        }
    });
    stream::iter(decisions)
        .buffered(READERS)
        .try_collect()
        .await
}

/// Whether an entry's content has that CRC-32. One that can't be read `may_fail`: it is reported when it is to be stored.
async fn has_crc32(
    archive: &dyn Archive,
    index: usize,
    crc32: u32,
    may_fail: bool,
) -> Result<bool, ArchiveError> {
    match archive.crc32(index).await {
        Ok(found) => Ok(found == crc32),
        Err(error) if may_fail && error.is_of_one_entry() => Ok(false),
        Err(error) => Err(error),
    }
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
    /// Whether the source's file is what the manifest has recorded or, where it has not, what is there.
    same: bool,
    /// Whether other content may be replaced.
    replace: bool,
}

/// What to do with a file of the source.
///
/// | listed in the landing zone | in the manifest | content as recorded | decision |
/// |---|---|---|---|
/// | – | withdrawn | no | put: `verify` has found it damaged or missing |
/// | no | – | – | put: it is new |
/// | yes | no, or withdrawn | what is there is the source's | adopt: a run that ended before it was recorded has put it |
/// | yes | no | no | put: nobody has vouched for what is there |
/// | at another size than recorded | yes | – | put: it is damaged |
/// | at the recorded size | yes | yes | keep |
/// | at the recorded size | yes | no | conflict; replaced where that was asked for |
fn decide(facts: &Facts) -> Decision {
    if facts.listed.is_some() && facts.recorded.is_none() && facts.same {
        return Decision::Adopt;
    }
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
        use Decision::{Adopt, Conflict, Damaged, Keep, New, Replace, Unrecorded};
        for (listed, recorded, same, replace, expected) in [
            (None, None, false, false, New),
            (None, Some(5), true, false, New),
            (Some(5), None, false, false, Unrecorded),
            (Some(5), None, true, false, Adopt),
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
        fn nothing_but_a_whole_file_is_kept_and_nothing_is_replaced_unasked(
            listed in prop::option::of(0_u64..3),
            recorded in prop::option::of(0_u64..3),
            withdrawn: bool,
            same: bool,
            replace: bool,
        ) {
            // The manifest vouches for nothing that it has withdrawn.
            let recorded = recorded.filter(|_| !withdrawn);
            let decision = decide(&Facts { listed, recorded, withdrawn, same, replace });
            let whole = listed.is_some() && listed == recorded && !withdrawn;
            prop_assert_eq!(decision == Decision::Keep, whole && same);
            let adopted = listed.is_some() && recorded.is_none() && same;
            prop_assert_eq!(decision == Decision::Adopt, adopted);
            prop_assert_eq!(decision == Decision::Replace, whole && !same && replace);
            prop_assert_eq!(decision == Decision::Conflict, whole && !same && !replace);
            prop_assert_eq!(decision.puts(), !matches!(decision, Decision::Keep | Decision::Adopt | Decision::Conflict));
        }
    }
}
