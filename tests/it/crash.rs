//! A process that dies at its k-th write, for every k: what is published stays whole, and the next one goes on.
//!
//! `CTLAKE_CRASH_SEEDS` says how many of these deaths are also real ones, of a process of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path as FsPath;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{env, fs};

use async_trait::async_trait;
use bytes::Bytes;
use ctlake::datasets::covidx_ct::CovidxCt;
use ctlake::datasets::covidx_ct::CtFormat;
use ctlake::datasets::covidx_ct::files::Split;
use ctlake::datasets::{Action, BuildError, BuildOptions, BuildSummary, Dataset as _};
use ctlake::ingest::{self, Decision, IngestError, IngestOptions};
use ctlake::lake::expire::{self, ExpirePlan, Retention};
use ctlake::lake::log::{self, Entry};
use ctlake::lake::snapshots::{self, SnapshotError};
use ctlake::lake::{DataFileWriter, Lake, LakeError, Location, landing, layout, manifest};
use ctlake::progress::{Silent, Stop};
use object_store::memory::InMemory;
use object_store::path::Path;
use parquet::file::reader::{FileReader, SerializedFileReader};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::support::Dataset;
use crate::support::dataset::HEADER;
use crate::support::faults::{Death, How, Verb, Watch, When, watched};
use crate::support::s3::S3Server;

/// Where a lake is.
pub(crate) enum Ground {
    Memory(Arc<InMemory>),
    Folder(TempDir),
    S3(S3Server),
}

impl Ground {
    pub(crate) fn memory() -> Self {
        Self::Memory(Arc::new(InMemory::new()))
    }

    pub(crate) fn folder() -> Self {
        Self::Folder(TempDir::with_prefix("ctlake-").unwrap())
    }

    fn both() -> [Self; 2] {
        [Self::memory(), Self::folder()]
    }

    fn all() -> [Self; 3] {
        [Self::memory(), Self::folder(), Self::S3(S3Server::start())]
    }

    /// A copy that can be spoiled.
    pub(crate) fn fork(&self) -> Self {
        match self {
            Self::Memory(store) => Self::Memory(Arc::new(store.fork())),
            Self::Folder(dir) => {
                let Self::Folder(copy) = Self::folder() else {
                    unreachable!()
                };
                copy_folder(dir.path(), copy.path());
                Self::Folder(copy)
            }
            Self::S3(server) => {
                let copy = S3Server::start();
                for key in server.objects().into_keys() {
                    copy.overwrite(&key, server.object(&key).unwrap());
                }
                Self::S3(copy)
            }
        }
    }

    /// The lake there, in good health.
    pub(crate) async fn lake(&self) -> Lake {
        match self {
            Self::Memory(store) => Lake::with_store(Arc::clone(store) as _, "memory", &CtFormat),
            Self::S3(server) => Lake::with_store(Arc::new(server.object_store()), "s3", &CtFormat),
            Self::Folder(dir) => ctlake::datasets::open(&Location::Folder(dir.path().to_owned()))
                .await
                .unwrap(),
        }
    }
}

fn copy_folder(from: &FsPath, to: &FsPath) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Two patients in two partitions; version n has n + 2 slices.
pub(crate) fn release(version: usize) -> Dataset {
    let dataset = Dataset::default()
        .file(
            "metadata.csv",
            format!(
                "{HEADER}\n\
                 NCP_1,CNCB,China,F,45,COVID-19,Yes,Expert,Axial,CT\n\
                 CP_3,CNCB,China,M,62,Pneumonia,Yes,Expert,Axial,CT\n"
            ),
        )
        .labels(Split::Val, "CP_3_30_0001.png 1 12 22 112 122\n")
        .labels(Split::Test, "CP_3_30_0002.png 1 13 23 113 123\n");
    (1..=version).fold(dataset, |dataset, slice| {
        dataset.line(
            Split::Train,
            &format!("NCP_1_10_{slice:04}.png 2 10 20 110 120"),
        )
    })
}

/// Ingests `dataset`, in the place of what is there.
pub(crate) async fn ingest(lake: &Lake, dataset: &Dataset) -> Result<(), IngestError> {
    let folder = TempDir::with_prefix("ctlake-").unwrap();
    dataset.write(folder.path());
    let options = ingest_options();
    let plan = ingest::plan(lake, folder.path(), &options).await?;
    let stop = Stop::default();
    let done = ingest::execute(lake, plan, &options, Arc::new(Silent), &stop).await?;
    assert!(done.is_complete() && done.missing == 0, "{done:?}");
    Ok(())
}

fn ingest_options() -> IngestOptions {
    IngestOptions {
        replace: true,
        ..IngestOptions::default()
    }
}

/// One encoder: the order of the writes is the same each time.
pub(crate) fn options() -> BuildOptions {
    BuildOptions {
        threads: 1,
        ..BuildOptions::default()
    }
}

/// Builds what has landed; `None` when it was up to date.
pub(crate) async fn build_with(
    lake: &Lake,
    options: &BuildOptions,
) -> Result<Option<BuildSummary>, BuildError> {
    let plan = CovidxCt.plan(lake, options).await?;
    match plan.action {
        Action::UpToDate(_) => return Ok(None),
        Action::RolledBack(snapshot) => panic!("nobody has rolled back {snapshot}"),
        Action::Build => {}
    }
    let stop = Stop::default();
    CovidxCt
        .execute(lake, plan, options, Arc::new(Silent), &stop)
        .await
        .map(Some)
}

pub(crate) async fn build(lake: &Lake) -> Result<Option<BuildSummary>, BuildError> {
    build_with(lake, &options()).await
}

/// A lake with `versions` published one after the other.
pub(crate) async fn published(ground: &Ground, versions: usize) {
    let lake = ground.lake().await;
    for version in 1..=versions {
        ingest(&lake, &release(version)).await.unwrap();
        build(&lake).await.unwrap().expect("something to build");
    }
}

/// The steps of an expire of a lake that no catalog shows.
pub(crate) async fn expire_keeping(lake: &Lake, keep: usize) -> Result<ExpirePlan, LakeError> {
    let retention = Retention {
        keep,
        older_than: Duration::ZERO,
    };
    let plan = expire::plan(lake, retention, &BTreeSet::new()).await?;
    let plan = expire::declare(lake, plan).await?;
    expire::remove(lake, &plan).await?;
    Ok(plan)
}

/// What must hold at any time: the log is a chain from 1, and every snapshot that it shows as there is whole, the current one
/// first of all. Returns the current entry.
pub(crate) async fn check(lake: &Lake) -> Option<Entry> {
    let entries = log::read_all(lake).await.unwrap();
    for (number, entry) in (1..).zip(&entries) {
        assert_eq!(entry.number, number, "the log has a gap");
        assert_eq!(entry.parent, (number > 1).then(|| number - 1));
    }
    let listed = snapshots::list(lake).await.unwrap();
    for (entry, listed) in entries.iter().zip(listed.iter().rev()) {
        assert_eq!(entry.number, listed.entry);
        if !listed.expired {
            check_whole(lake, entry).await;
        }
    }
    let last = entries.last().cloned();
    match snapshots::resolve(lake, None).await {
        Ok(current) => {
            check_whole(lake, &current).await;
            assert_eq!(Some(&current), last.as_ref());
        }
        Err(SnapshotError::None(_)) => assert_eq!(last, None),
        Err(error) => panic!("the current snapshot can't be shown: {error}"),
    }
    last
}

/// Every file that `entry` names is there, with the size, digest and rows it names.
async fn check_whole(lake: &Lake, entry: &Entry) {
    for (table, content) in &entry.tables {
        for file in &content.files {
            let bytes = lake.read(&layout::key(&file.path)).await;
            let bytes = bytes.unwrap_or_else(|error| panic!("entry {}: {error}", entry.number));
            assert_eq!(bytes.len() as u64, file.bytes, "{}", file.path);
            assert_eq!(
                hex::encode(Sha256::digest(&bytes)),
                file.sha256,
                "{}",
                file.path
            );
            let reader = SerializedFileReader::new(bytes).unwrap();
            let rows = reader.metadata().file_metadata().num_rows();
            assert_eq!(u64::try_from(rows).unwrap(), file.rows, "{}", file.path);
        }
        if table == "patients" {
            assert_eq!(content.rows(), 2);
        }
    }
}

/// The current entry has the slices of `version`, by the files and by SQL.
#[cfg_attr(not(feature = "sql"), expect(clippy::unused_async))]
async fn check_rows(ground: &Ground, entry: &Entry, version: usize) {
    let expected = version as u64 + 2;
    assert_eq!(entry.tables["ct_slices"].rows(), expected);
    // Only of a folder can SQL be asked.
    #[cfg(feature = "sql")]
    if let Ground::Folder(_) = ground {
        use arrow::array::AsArray;
        use arrow::compute::cast;
        use arrow::datatypes::{DataType, Int64Type};
        let engine = ctlake::query::engine(&ground.lake().await, entry).unwrap();
        let sql = "SELECT COUNT(*) AS n FROM ct_slices";
        let answer = engine.query(sql, None).await.unwrap();
        let count = cast(answer.batches[0].column(0), &DataType::Int64).unwrap();
        assert_eq!(
            u64::try_from(count.as_primitive::<Int64Type>().value(0)),
            Ok(expected)
        );
    }
    #[cfg(not(feature = "sql"))]
    let _ = ground;
}

/// Every data file that is there, by key with its digest.
pub(crate) async fn data_files(lake: &Lake) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for object in lake.list(&layout::key(layout::CURATED)).await.unwrap() {
        let content = lake.read(&object.location).await.unwrap();
        files.insert(
            object.location.to_string(),
            hex::encode(Sha256::digest(&content)),
        );
    }
    files
}

/// Nothing is there that the current entry doesn't name.
pub(crate) async fn check_no_orphan(lake: &Lake) {
    let current = log::current(lake).await.unwrap().expect("an entry");
    let named: BTreeSet<String> = current
        .tables
        .values()
        .flat_map(|table| &table.files)
        .map(|file| file.path.clone())
        .collect();
    let there: BTreeSet<String> = data_files(lake).await.into_keys().collect();
    assert_eq!(there, named);
    let staged = lake.list(&layout::key(layout::STAGING)).await.unwrap();
    assert!(staged.is_empty(), "{staged:?}");
}

/// After whatever happened: the next build publishes (unless that is done), and the next expire leaves no orphan.
pub(crate) async fn settle(lake: &Lake) -> Entry {
    build(lake).await.unwrap();
    expire_keeping(lake, 1).await.unwrap();
    check_no_orphan(lake).await;
    assert!(build(lake).await.unwrap().is_none(), "not up to date");
    check(lake).await.expect("an entry")
}

/// Every end that a process can have which does `writes` writes.
fn deaths(writes: u64) -> impl Iterator<Item = (u64, When)> {
    (1..=writes).flat_map(|at| [(at, When::Before), (at, When::After)])
}

/// A build died at `at`; before it there were `before` entries.
async fn check_dead_build(ground: &Ground, before: u64, at: u64, writes: u64, when: When) {
    let lake = ground.lake().await;
    let version = usize::try_from(before).unwrap();
    let current = check(&lake).await;
    // The last write is the entry: with it everything is published, without it nothing.
    let published = before + u64::from(at == writes && when == When::After);
    assert_eq!(
        current.as_ref().map_or(0, |entry| entry.number),
        published,
        "write {at} of {writes}, {when:?}"
    );
    if let Some(current) = current {
        let shown = version + usize::from(published > before);
        check_rows(ground, &current, shown).await;
    }
    let built = build(&lake).await.unwrap();
    assert_eq!(built.is_some(), published == before, "{at} {when:?}");
    let current = settle(&lake).await;
    check_rows(ground, &current, version + 1).await;
    let entries = log::read_all(&lake).await.unwrap();
    let snapshots: BTreeSet<&str> = entries
        .iter()
        .map(|entry| entry.snapshot.as_str())
        .collect();
    assert_eq!(snapshots.len() as u64, before + 1);
}

/// Dies at every write of a build on `base`, whose log has `before` entries.
async fn build_dies_everywhere(base: &Ground, before: u64) -> u64 {
    let counter = Death::never();
    let copy = base.fork();
    build(&watched(&copy.lake().await, counter.clone()))
        .await
        .unwrap()
        .expect("something to build");
    let writes = counter.writes();
    for (at, when) in deaths(writes) {
        let ground = base.fork();
        let dying = watched(&ground.lake().await, Death::at(at, when, How::Dead));
        let outcome = build(&dying).await;
        assert!(outcome.is_err(), "{at} {when:?}: {outcome:?}");
        check_dead_build(&ground, before, at, writes, when).await;
    }
    writes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_dies_at_every_write() {
    for base in Ground::all() {
        published(&base, 1).await;
        ingest(&base.lake().await, &release(2)).await.unwrap();
        let writes = build_dies_everywhere(&base, 1).await;
        // Two files each of slices and patients, findings, info, and the entry.
        assert_eq!(writes, 7);
    }
}

/// Puts the dataset there without an ingest: the build finds no `lake.json`.
pub(crate) async fn landed_by_hand(ground: &Ground) {
    let lake = ground.lake().await;
    for (path, content) in release(1).files() {
        let content = Bytes::from(content.clone());
        let crc32 = crc32fast::hash(&content);
        landing::put(&lake, "CT-2A", path, content, crc32)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_build_of_a_lake_dies_at_every_write() {
    for base in Ground::all() {
        landed_by_hand(&base).await;
        let writes = build_dies_everywhere(&base, 0).await;
        // The probe's two writes and its removal, and `lake.json`, come on top.
        assert_eq!(writes, 11);
    }
}

/// Only one request fails, and the build goes on to clean up after itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_whose_write_is_not_answered_removes_nothing_that_it_published() {
    for base in Ground::all() {
        published(&base, 1).await;
        ingest(&base.lake().await, &release(2)).await.unwrap();
        let entry = (7, When::After);
        let retried = (entry, How::Retried);
        let glitches = deaths(7).map(|end| (end, How::Glitch)).chain([retried]);
        for ((at, when), how) in glitches {
            let ground = base.fork();
            let lake = ground.lake().await;
            let built = build(&watched(&lake, Death::at(at, when, how))).await;
            let current = check(&lake).await.expect("an entry");
            match built {
                Ok(built) => assert!(how == How::Retried && built.expect("built").published),
                Err(_) => assert_eq!(how, How::Glitch, "{at} {when:?}"),
            }
            assert_eq!(current.number == 2, (at, when) == entry);
            // What has failed has cleaned up. In a folder, writes that were under way may end later.
            if let Ground::Memory(_) = ground {
                let files = data_files(&lake).await;
                let snapshots: BTreeSet<Option<&str>> =
                    files.keys().map(|path| path.split('/').nth(2)).collect();
                assert_eq!(snapshots.len() as u64, current.number, "{at} {when:?}");
            }
            settle(&lake).await;
        }
    }
}

/// Holds the first file of slices up until the second one fails.
#[derive(Debug, Default)]
struct SecondFails {
    failed: Notify,
    begun: AtomicU64,
    ended: AtomicU64,
}

#[async_trait]
impl Watch for SecondFails {
    async fn before(&self, verb: Verb, key: &Path) -> object_store::Result<u64> {
        if verb != Verb::Put || !key.as_ref().starts_with("curated/ct_slices/") {
            return Ok(0);
        }
        match self.begun.fetch_add(1, Ordering::SeqCst) {
            0 => self.failed.notified().await,
            1 => {
                self.failed.notify_one();
                return Err(object_store::Error::Generic {
                    store: "watched",
                    source: "no".into(),
                });
            }
            _ => {}
        }
        Ok(1)
    }

    async fn after(&self, number: u64) -> object_store::Result<()> {
        self.ended.fetch_add(number, Ordering::SeqCst);
        Ok(())
    }
}

/// A file that landed after the clean-up would stay for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_fails_waits_for_the_files_that_are_being_closed() {
    let ground = Ground::memory();
    let lake = ground.lake().await;
    ingest(&lake, &release(1)).await.unwrap();
    let watch = Arc::new(SecondFails::default());
    build(&watched(&lake, Arc::clone(&watch) as _))
        .await
        .unwrap_err();
    assert_eq!(watch.begun.load(Ordering::SeqCst), 2);
    assert_eq!(watch.ended.load(Ordering::SeqCst), 1);
    assert_eq!(data_files(&lake).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_parts_is_there_whole_or_not_at_all() {
    let content: Vec<u8> = (0..900_000_u32).flat_map(u32::to_le_bytes).collect();
    let key = layout::key("curated/ct_slices/20260101T000000Z-00000000-0001/part-00000.parquet");
    let write = async |lake: &Lake| {
        let mut writer = DataFileWriter::new(lake, key.clone());
        for chunk in content.chunks(300_000) {
            writer.append(chunk.to_vec()).await?;
        }
        writer.finish().await
    };
    for base in Ground::both() {
        published(&base, 1).await;
        let counter = Death::never();
        write(&watched(&base.fork().lake().await, counter.clone()))
            .await
            .unwrap();
        let writes = counter.writes();
        assert_eq!(writes, 13, "12 parts and their completion");
        for (at, when) in deaths(writes) {
            let ground = base.fork();
            let lake = ground.lake().await;
            let dying = watched(&lake, Death::at(at, when, How::Dead));
            assert!(write(&dying).await.is_err());
            let there = lake.read_if_exists(&key).await.unwrap();
            let expected = (at == writes && when == When::After).then(|| content.clone().into());
            assert!(there == expected, "{at} {when:?}");
            expire_keeping(&lake, 1).await.unwrap();
            check_no_orphan(&lake).await;
        }
    }
}

/// The landing zone has these files with this content, and the manifest says of each what is true.
async fn check_landed(lake: &Lake, dataset: &Dataset) {
    let listed = landing::list(lake, "CT-2A").await.unwrap().files;
    let names: Vec<&str> = listed.iter().map(|(path, _)| path.as_str()).collect();
    let expected: Vec<&str> = dataset.files().keys().map(String::as_str).collect();
    assert_eq!(names, expected);
    let recorded: BTreeMap<String, (u64, u32)> = manifest::read(lake, "CT-2A")
        .await
        .unwrap()
        .entries()
        .values()
        .map(|entry| (entry.path.clone(), (entry.bytes, entry.crc32)))
        .collect();
    for (path, content) in dataset.files() {
        assert_eq!(landed(lake, path).await, *content, "{path}");
        let truth = (content.len() as u64, crc32fast::hash(content));
        assert_eq!(recorded[path], truth, "{path}");
    }
    assert_eq!(recorded.len(), expected.len());
}

async fn landed(lake: &Lake, path: &str) -> Bytes {
    let key = layout::key(&format!("{}/{path}", layout::landing("CT-2A")));
    lake.read(&key).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ingest_dies_at_every_write() {
    for base in Ground::both() {
        for replaced in [None, Some(release(1))] {
            let base = base.fork();
            if let Some(old) = &replaced {
                ingest(&base.lake().await, old).await.unwrap();
            }
            let new = release(2);
            let counter = Death::never();
            ingest(&watched(&base.fork().lake().await, counter.clone()), &new)
                .await
                .unwrap();
            let writes = counter.writes();
            // Probe and `lake.json` (4), plan, four files, part, sealed manifest, plan and part away; or plan, withdrawal, the one
            // file that has changed, part, sealed manifest, and four objects away that it covers.
            assert_eq!(writes, if replaced.is_none() { 13 } else { 9 });
            for (at, when) in deaths(writes) {
                let ground = base.fork();
                let lake = ground.lake().await;
                let dying = watched(&lake, Death::at(at, when, How::Dead));
                assert!(ingest(&dying, &new).await.is_err(), "{at} {when:?}");
                check_killed_ingest(&lake, &new, replaced.as_ref()).await;
                ingest(&lake, &new).await.unwrap();
                check_landed(&lake, &new).await;
                build(&lake).await.unwrap().expect("something to build");
                settle(&lake).await;
            }
        }
    }
}

/// Under each name is the old file or the new one, and what the manifest vouches for is there.
async fn check_killed_ingest(lake: &Lake, new: &Dataset, old: Option<&Dataset>) {
    let listed = landing::list(lake, "CT-2A").await.unwrap().files;
    for (path, _) in &listed {
        let content = landed(lake, path).await;
        let was = old.is_some_and(|old| content == old.files()[path]);
        assert!(was || content == new.files()[path], "{path} is half a file");
    }
    for entry in manifest::read(lake, "CT-2A")
        .await
        .unwrap()
        .entries()
        .values()
    {
        let content = landed(lake, &entry.path).await;
        assert_eq!(crc32fast::hash(&content), entry.crc32, "{}", entry.path);
    }
    // The next ingest sees what there is to do, and nothing that stands in its way.
    let folder = TempDir::with_prefix("ctlake-").unwrap();
    new.write(folder.path());
    let plan = ingest::plan(lake, folder.path(), &ingest_options())
        .await
        .unwrap();
    assert_eq!(plan.with(Decision::Conflict).count(), 0);
    // What the dead one has put is adopted.
    assert_eq!(plan.with(Decision::Unrecorded).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_dies_at_its_write() {
    for base in Ground::both() {
        published(&base, 2).await;
        for (at, when) in deaths(1) {
            let ground = base.fork();
            let lake = ground.lake().await;
            let dying = watched(&lake, Death::at(at, when, How::Dead));
            assert!(snapshots::rollback(&dying, "1").await.is_err());
            let current = check(&lake).await.expect("an entry");
            let done = when == When::After;
            assert_eq!(current.number, if done { 3 } else { 2 });
            check_rows(&ground, &current, if done { 1 } else { 2 }).await;
            match snapshots::rollback(&lake, "1").await {
                Ok(entry) => assert!(!done && entry.number == 3),
                Err(SnapshotError::Current(_)) => assert!(done),
                Err(error) => panic!("{error}"),
            }
            // What was rolled back stays so, until it is forced.
            let plan = CovidxCt.plan(&lake, &options()).await.unwrap();
            assert!(matches!(plan.action, Action::RolledBack(_)));
            expire_keeping(&lake, 1).await.unwrap();
            check_no_orphan(&lake).await;
            check_rows(&ground, &check(&lake).await.expect("an entry"), 1).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expire_dies_at_every_write() {
    for base in Ground::both() {
        published(&base, 3).await;
        let lake = base.lake().await;
        // A build died too, and a file was half written.
        ingest(&lake, &release(4)).await.unwrap();
        build(&watched(&lake, Death::at(5, When::After, How::Dead)))
            .await
            .unwrap_err();
        let staged = layout::key(&format!("{}/1-2-3", layout::STAGING));
        lake.create_object(&staged, Bytes::from_static(b"half"))
            .await
            .unwrap();
        let counter = Death::never();
        expire_keeping(&watched(&base.fork().lake().await, counter.clone()), 1)
            .await
            .unwrap();
        let writes = counter.writes();
        // What it says before it begins, six files twice and five once, the staged file.
        assert!(writes >= 19, "{writes}");
        for (at, when) in deaths(writes) {
            let ground = base.fork();
            let lake = ground.lake().await;
            let dying = watched(&lake, Death::at(at, when, How::Dead));
            assert!(expire_keeping(&dying, 1).await.is_err());
            let current = check(&lake).await.expect("an entry");
            check_rows(&ground, &current, 3).await;
            expire_keeping(&lake, 1).await.unwrap();
            check_no_orphan(&lake).await;
            for listed in snapshots::list(&lake).await.unwrap() {
                assert_eq!(listed.expired, listed.snapshot != current.snapshot);
            }
            check(&lake).await;
            // In a folder this would be slow, and nothing else.
            if let Ground::Memory(_) = ground {
                build(&lake).await.unwrap().expect("version 4");
                check_rows(&ground, &settle(&lake).await, 4).await;
            }
        }
    }
}

/// Names the write at which [`child`] dies, when, and the lake.
const CHILD: [&str; 3] = [
    "CTLAKE_CRASH_AT",
    "CTLAKE_CRASH_WHEN",
    "CTLAKE_CRASH_FOLDER",
];

/// The process that dies: run by the test below, and by itself nothing.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let [Ok(at), Ok(when), Ok(folder)] = CHILD.map(env::var) else {
        return;
    };
    let when = match when.as_str() {
        "before" => When::Before,
        _ => When::After,
    };
    let lake = ctlake::datasets::open(&folder.parse().unwrap())
        .await
        .unwrap();
    let death = Death::at(at.parse().unwrap(), when, How::Abort);
    let ended = build(&watched(&lake, death)).await;
    unreachable!("the process has survived: {ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_really_dies() {
    let seeds: u64 = env::var("CTLAKE_CRASH_SEEDS").map_or(4, |seeds| seeds.parse().unwrap());
    let base = Ground::folder();
    published(&base, 1).await;
    ingest(&base.lake().await, &release(2)).await.unwrap();
    // Strides through all ends; the last one, with everything written, comes first.
    let ends: Vec<(u64, When)> = deaths(7).collect();
    let order = (0..seeds).scan(13, |next, _| {
        let end = ends[*next % ends.len()];
        *next += 5;
        Some(end)
    });
    for (at, when) in order {
        let ground = base.fork();
        let Ground::Folder(folder) = &ground else {
            unreachable!()
        };
        let name = match when {
            When::Before => "before",
            When::After => "after",
        };
        let status = Command::new(env::current_exe().unwrap())
            .args(["--exact", "crash::child", "--nocapture"])
            .env(CHILD[0], at.to_string())
            .env(CHILD[1], name)
            .env(CHILD[2], folder.path())
            .output()
            .unwrap()
            .status;
        // 101 is a panic: the child has survived.
        assert!(!status.success() && status.code() != Some(101), "{status}");
        check_dead_build(&ground, 1, at, 7, when).await;
    }
}
