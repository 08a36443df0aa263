//! Several processes at one lake: builds, expires and rollbacks, step by step between each other.
//!
//! An [`Actor`] is held up before each operation on the store, so every interleaving here is played out on purpose. With
//! `CTLAKE_CRASH_SEEDS` at 20 or more all of them are played, else a part that is spread over them.

use bytes::Bytes;
use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::Utc;
use ctlake::datasets::{BuildError, BuildOptions, BuildSummary};
use ctlake::lake::log::{self, Entry};
use ctlake::lake::snapshots::{self, SnapshotError};
use ctlake::lake::{DataFileWriter, Lake, LakeError, SnapshotName, landing, layout};
use ctlake::release::Release;
use object_store::path::Path;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::runtime::Handle;
use tokio::sync::Barrier;
use tokio::task::spawn_blocking;

use crate::crash::{
    Ground, build, build_with, check, check_no_orphan, data_files, expire_keeping, ingest,
    landed_by_hand, options, published, release, settle,
};
use crate::support::faults::{Actor, Verb, Watch, watched};
use crate::support::seeds;

/// Whether to play what `steps` adds up to: each step of one side comes, with some steps of the other.
fn is_played(steps: u64) -> bool {
    seeds() >= 20 || steps.is_multiple_of(5)
}

type Built = Result<Option<BuildSummary>, BuildError>;

/// Waits for all others before its first entry of the log.
#[derive(Debug)]
struct Together {
    barrier: Arc<Barrier>,
    waited: AtomicBool,
}

#[async_trait]
impl Watch for Together {
    async fn before(&self, verb: Verb, key: &Path) -> object_store::Result<u64> {
        let commits = verb == Verb::Put && key.as_ref().starts_with(layout::LOG);
        if commits && !self.waited.swap(true, Ordering::SeqCst) {
            self.barrier.wait().await;
        }
        Ok(0)
    }

    async fn after(&self, _: u64) -> object_store::Result<()> {
        Ok(())
    }
}

/// Builds that all come to their entry at once, each with one of `variants` contents.
async fn publish_at_once(lake: &Lake, count: u64, variants: u64) -> Vec<BuildSummary> {
    let barrier = Arc::new(Barrier::new(usize::try_from(count).unwrap()));
    let builds = (0..count).map(|number| {
        let together = Together {
            barrier: Arc::clone(&barrier),
            waited: AtomicBool::new(false),
        };
        let lake = watched(lake, Arc::new(together));
        // The number of bad rows that are allowed is part of what decides the content.
        let options = variant(number % variants);
        tokio::spawn(async move { build_with(&lake, &options).await })
    });
    let builds: Vec<_> = builds.collect();
    let mut built = Vec::new();
    for build in builds {
        built.push(build.await.unwrap().unwrap().expect("something to build"));
    }
    built
}

fn variant(max_bad_rows: u64) -> BuildOptions {
    BuildOptions {
        max_bad_rows,
        ..options()
    }
}

/// The data files that are there are those that the log names.
async fn check_no_strays(lake: &Lake) {
    let entries = log::read_all(lake).await.unwrap();
    let named: BTreeSet<String> = entries
        .iter()
        .flat_map(|entry| entry.tables.values())
        .flat_map(|table| &table.files)
        .map(|file| file.path.clone())
        .collect();
    let there: BTreeSet<String> = data_files(lake).await.into_keys().collect();
    assert_eq!(there, named);
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_builds_of_different_content_are_all_published() {
    for ground in [Ground::memory(), Ground::folder()] {
        let lake = ground.lake().await;
        ingest(&lake, &release(1)).await.unwrap();
        let built = publish_at_once(&lake, 8, 8).await;
        let mut numbers: Vec<u64> = built.iter().map(|built| built.entry).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8]);
        for built in built {
            assert!(built.published);
            let entry = log::read(&lake, built.entry).await.unwrap();
            assert_eq!(entry.snapshot, built.snapshot);
        }
        assert_eq!(check(&lake).await.expect("an entry").number, 8);
        check_no_strays(&lake).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_builds_of_the_same_content_are_published_once() {
    for ground in [Ground::memory(), Ground::folder()] {
        published(&ground, 1).await;
        let lake = ground.lake().await;
        ingest(&lake, &release(2)).await.unwrap();
        let built = publish_at_once(&lake, 8, 1).await;
        let winners = built.iter().filter(|built| built.published).count();
        assert_eq!(winners, 1);
        let current = check(&lake).await.expect("an entry");
        assert_eq!(current.number, 2);
        assert!(built.iter().all(|built| built.snapshot == current.snapshot));
        check_no_strays(&lake).await;
    }
}

/// One build is held up at each of its operations in turn, and another one runs from its beginning to its end there.
async fn one_build_within_another(other: u64) {
    let base = Ground::memory();
    published(&base, 1).await;
    ingest(&base.lake().await, &release(2)).await.unwrap();
    let build_outer = |lake: Lake| async move { build(&lake).await };
    let (_, steps) = Actor::<Built>::count(&base.fork().lake().await, build_outer).await;
    for step in (0..steps).filter(|step| *step + 6 > steps || is_played(*step)) {
        let lake = base.fork().lake().await;
        let outer = Actor::start(&lake, build_outer);
        assert!(outer.advance(step).await);
        let Some(inner) = build_with(&lake, &variant(other)).await.unwrap() else {
            // The entry of the first one is there already.
            assert!(other == 0 && step > steps - 3);
            assert!(outer.finish().await.unwrap().expect("built").published);
            continue;
        };
        let before = data_files(&lake).await;
        let entry = lake.read(&layout::log_entry(inner.entry)).await.unwrap();
        let outer = outer.finish().await.unwrap();
        let same = other == 0;
        match outer {
            Some(outer) => assert_eq!(outer.published, !same, "{step}"),
            // Its plan has seen the other one.
            None => assert!(same, "{step}"),
        }
        let after = data_files(&lake).await;
        let winner = inner.snapshot.as_str();
        for (path, digest) in before.iter().filter(|(path, _)| path.contains(winner)) {
            assert_eq!(after.get(path), Some(digest), "{step}");
        }
        let number = if same { 2 } else { 3 };
        assert_eq!(check(&lake).await.expect("an entry").number, number);
        let again = lake.read(&layout::log_entry(inner.entry)).await.unwrap();
        assert_eq!(again, entry, "the winner's entry has changed");
        check_no_strays(&lake).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_is_overtaken_by_one_of_the_same_content() {
    one_build_within_another(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_is_overtaken_by_one_of_other_content() {
    one_build_within_another(1).await;
}

/// Two processes of the program itself, started together.
async fn two_processes(releases: [&str; 2]) -> Vec<Entry> {
    let ground = Ground::folder();
    let Ground::Folder(folder) = &ground else {
        unreachable!()
    };
    let lake = ground.lake().await;
    for name in releases {
        for (path, content) in release(1).files() {
            let content = Bytes::from(content.clone());
            let crc32 = crc32fast::hash(&content);
            landing::put(&lake, name, path, content, crc32)
                .await
                .unwrap();
        }
    }
    let builds = releases.map(|name| {
        Command::new(env!("CARGO_BIN_EXE_ctlake"))
            .args(["build", "--quiet", "--release", name, "--lake"])
            .arg(folder.path())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    });
    for build in builds {
        let output = build.wait_with_output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{text}");
    }
    check(&lake).await;
    check_no_strays(&lake).await;
    log::read_all(&lake).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_build_two_releases() {
    let entries = two_processes(["CT-1", "CT-2A"]).await;
    let releases: BTreeSet<&str> = entries.iter().map(|entry| entry.release.as_str()).collect();
    assert_eq!(releases, BTreeSet::from(["CT-1", "CT-2A"]));
    assert_eq!(entries.len(), 2);
    let names = releases.iter().map(|name| name.parse::<Release>());
    assert!(names.into_iter().all(|name| name.is_ok()));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_build_the_same_release() {
    assert_eq!(two_processes(["CT-2A", "CT-2A"]).await.len(), 1);
}

/// A part of a file is gone before the next is written: nothing is added to what would be cut short.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_an_expire_has_cut_is_not_written_on() {
    let ground = Ground::folder();
    published(&ground, 1).await;
    let lake = ground.lake().await;
    let snapshot = SnapshotName::new(Utc::now(), "0123456789");
    let path = layout::data_file("snapshot_info", &snapshot, &[], 0);
    let mut writer = DataFileWriter::new(&lake, path.clone());
    writer.append(vec![1; 300_000]).await.unwrap();
    expires(lake.clone()).await.unwrap();
    let cut = writer.append(vec![2; 300_000]).await;
    assert!(cut.is_err_and(|error| error.is_not_found()));
    assert!(lake.read_if_exists(&path).await.unwrap().is_none());
}

/// Versions 1 and 2 published, what a dead build left, and version 3 landed.
async fn busy() -> Ground {
    let ground = Ground::memory();
    published(&ground, 2).await;
    let lake = ground.lake().await;
    ingest(&lake, &release(4)).await.unwrap();
    let dead = Actor::start(&lake, |lake| async move { build(&lake).await });
    dead.advance(14).await;
    dead.kill().await;
    ingest(&lake, &release(3)).await.unwrap();
    ground
}

async fn builds(lake: Lake) -> Built {
    build(&lake).await
}

async fn expires(lake: Lake) -> Result<(), LakeError> {
    expire_keeping(&lake, 1).await.map(|_| ())
}

async fn rolls_back(lake: Lake) -> Result<Entry, SnapshotError> {
    snapshots::rollback(&lake, "1").await
}

/// The build has published, and that is what is shown; or it says that an expire was in its way, and what was shown before
/// still is. In the end there are `slices`.
async fn check_built(lake: &Lake, before: Option<&Entry>, built: &Built, slices: u64, at: &str) {
    let current = check(lake).await;
    let shown = current.as_ref().map(|entry| &entry.snapshot);
    match built {
        Ok(built) => {
            let built = built.as_ref().expect("something to build");
            assert!(built.published, "{at}");
            assert_eq!(shown, Some(&built.snapshot), "{at}");
        }
        Err(error) => {
            let text = error.to_string();
            assert!(
                text.contains("expire") || text.contains("of the new snapshot"),
                "{at}: {text}"
            );
            assert_eq!(shown, before.map(|entry| &entry.snapshot), "{at}");
        }
    }
    let settled = settle(lake).await;
    assert_eq!(settled.tables["ct_slices"].rows(), slices, "{at}");
}

/// How many operations each takes when nothing is in its way.
async fn lengths(base: &Ground) -> (u64, u64) {
    let (_, build) = Actor::count(&base.fork().lake().await, builds).await;
    let (_, expire) = Actor::count(&base.fork().lake().await, expires).await;
    (build, expire)
}

/// An expire from its beginning to its end at each operation of a build; says how many builds published and how many failed.
async fn expire_within_build(base: &Ground, slices: u64) -> (u64, u64) {
    let (length, _) = lengths(base).await;
    let before = log::current(&base.lake().await).await.unwrap();
    let (mut published, mut failed) = (0, 0);
    for step in 0..length {
        let lake = base.fork().lake().await;
        let build = Actor::start(&lake, builds);
        assert!(build.advance(step).await);
        expires(lake.clone()).await.unwrap();
        let outcome = build.finish().await;
        match &outcome {
            Ok(_) => published += 1,
            Err(_) => failed += 1,
        }
        let at = format!("at operation {step}");
        check_built(&lake, before.as_ref(), &outcome, slices, &at).await;
    }
    (published, failed)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expire_within_a_build() {
    let (published, failed) = expire_within_build(&busy().await, 5).await;
    assert!(published > 0 && failed > 0, "{published} {failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expire_within_the_first_build_of_a_lake() {
    let base = Ground::memory();
    landed_by_hand(&base).await;
    let (published, _) = expire_within_build(&base, 3).await;
    assert!(published > 0);
}

/// The first ingest asks the store what it can do, and an expire takes away what it asks with.
#[tokio::test(flavor = "multi_thread")]
async fn an_expire_within_the_first_ingest_of_a_lake() {
    let ingests = |lake: Lake| async move {
        let runtime = Handle::current();
        // The compiler can't see that its future may be sent, so it stays on one thread.
        let ingested = spawn_blocking(move || runtime.block_on(ingest(&lake, &release(1))));
        ingested.await.unwrap()
    };
    let (_, length) = Actor::count(&Ground::memory().lake().await, ingests).await;
    for step in 0..length {
        let lake = Ground::memory().lake().await;
        let ingest = Actor::start(&lake, ingests);
        assert!(ingest.advance(step).await);
        expires(lake.clone()).await.unwrap();
        ingest.finish().await.unwrap();
        build(&lake).await.unwrap().expect("something to build");
        settle(&lake).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_within_an_expire() {
    let base = busy().await;
    let (_, length) = lengths(&base).await;
    for step in 0..length {
        let lake = base.fork().lake().await;
        let expire = Actor::start(&lake, expires);
        assert!(expire.advance(step).await);
        let built = builds(lake.clone()).await;
        expire.finish().await.unwrap();
        // The build has begun after the expire, and ended before it: nothing of it was in the plan.
        assert!(built.is_ok(), "at operation {step}: {built:?}");
        check_built(&lake, None, &built, 5, &format!("at operation {step}")).await;
    }
}

/// A build stops at each of its operations, then an expire at each of its own; the build goes on to its end, and then the
/// expire.
async fn take_turns(base: &Ground, slices: u64) {
    let (length, _) = lengths(base).await;
    let before = log::current(&base.lake().await).await.unwrap();
    for build_step in 0..length {
        for expire_step in 1.. {
            if !is_played(build_step + expire_step) {
                continue;
            }
            let lake = base.fork().lake().await;
            let build = Actor::start(&lake, builds);
            assert!(build.advance(build_step).await);
            let expire = Actor::start(&lake, expires);
            let between = expire.advance(expire_step).await;
            let outcome = build.finish().await;
            expire.finish().await.unwrap();
            let at = format!("build at {build_step}, expire at {expire_step}");
            check_built(&lake, before.as_ref(), &outcome, slices, &at).await;
            if !between {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_and_an_expire_take_turns() {
    take_turns(&busy().await, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_build_and_an_expire_take_turns() {
    let base = Ground::memory();
    landed_by_hand(&base).await;
    take_turns(&base, 3).await;
}

/// The same, but the build dies one, two or three operations after it went on.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_dies_in_the_middle_of_an_expire() {
    let base = busy().await;
    let (build_length, _) = lengths(&base).await;
    // From where its files are written: the entry is among the last operations.
    for build_step in build_length - 10..build_length {
        let mut between = true;
        for expire_step in 1.. {
            for rest in 1..4 {
                if !is_played(build_step + expire_step + rest) {
                    continue;
                }
                let lake = base.fork().lake().await;
                let build = Actor::start(&lake, builds);
                assert!(build.advance(build_step).await);
                let expire = Actor::start(&lake, expires);
                between = expire.advance(expire_step).await;
                build.advance(rest).await;
                build.kill().await;
                expire.finish().await.unwrap();
                check(&lake).await;
                let settled = settle(&lake).await;
                assert_eq!(settled.tables["ct_slices"].rows(), 5);
            }
            if !between {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_and_an_expire_take_turns() {
    let base = Ground::memory();
    published(&base, 3).await;
    let (_, length) = Actor::count(&base.fork().lake().await, rolls_back).await;
    let (mut done, mut refused) = (0, 0);
    for rollback_step in 0..length {
        for expire_step in 1.. {
            let lake = base.fork().lake().await;
            let rollback = Actor::start(&lake, rolls_back);
            assert!(rollback.advance(rollback_step).await);
            let expire = Actor::start(&lake, expires);
            let between = expire.advance(expire_step).await;
            let rolled_back = rollback.finish().await;
            expire.finish().await.unwrap();
            let current = check(&lake).await.expect("an entry");
            match rolled_back {
                Ok(entry) => {
                    done += 1;
                    assert_eq!(current.snapshot, entry.snapshot);
                }
                Err(SnapshotError::Expired(_)) => {
                    refused += 1;
                    assert_eq!(current.tables["ct_slices"].rows(), 5);
                }
                Err(error) => panic!("{error}"),
            }
            expire_keeping(&lake, 1).await.unwrap();
            check_no_orphan(&lake).await;
            check(&lake).await;
            if !between {
                break;
            }
        }
    }
    assert!(done > 0 && refused > 0, "{done} {refused}");
}

/// A build, another one of other content, two expires and a rollback, in an order drawn by lot; some die on the way.
#[tokio::test(flavor = "multi_thread")]
async fn everything_at_once() {
    let base = busy().await;
    for seed in 0..seeds() * 25 {
        let mut dice = StdRng::seed_from_u64(seed);
        let lake = base.fork().lake().await;
        let other = |lake: Lake| async move { build_with(&lake, &variant(1)).await.map(|_| ()) };
        // What they answer is judged elsewhere: here only the lake is.
        let mut actors = vec![
            Actor::start(&lake, |lake| async move { drop(builds(lake).await) }),
            Actor::start(&lake, move |lake| async move { drop(other(lake).await) }),
            Actor::start(&lake, |lake| async move { expires(lake).await.unwrap() }),
            Actor::start(&lake, |lake| async move { expires(lake).await.unwrap() }),
        ];
        // An unattended build must not undo a rollback, so with one the end is another.
        let rolls = dice.random_bool(0.3);
        if rolls {
            actors.push(Actor::start(&lake, |lake| async move {
                drop(rolls_back(lake).await);
            }));
        }
        while !actors.is_empty() {
            let index = dice.random_range(0..actors.len());
            // Few long stretches and many short ones: both find something.
            let stretch = if dice.random_bool(0.3) { 10 } else { 1 };
            if dice.random_bool(0.004) {
                actors.swap_remove(index).kill().await;
            } else if !actors[index].advance(dice.random_range(1..=stretch)).await {
                actors.swap_remove(index).finish().await;
            }
        }
        let current = check(&lake).await.expect("an entry");
        assert!(current.number >= 2, "seed {seed}");
        if !rolls {
            settle(&lake).await;
        }
        expire_keeping(&lake, 1).await.unwrap();
        check_no_orphan(&lake).await;
    }
}
