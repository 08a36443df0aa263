//! What is asked for, and what is not.

use std::fs;

use super::{Ground, SOURCE, files, summary};
use crate::support::foreign_zip::foreign;
use crate::support::kaggle::{Faults, Operation};
use crate::support::s3::{self, S3Server};

/// What the end of an archive costs: its directory is there.
const TAIL: u64 = 256 * 1024;

#[test]
fn a_dataset_lands_whole_and_each_byte_comes_once() {
    let ground = Ground::new();
    let summary = ground.ingest(SOURCE, &[], 0);
    assert_eq!(summary["source"], "kaggle:hgunraj/covidxct@4");
    assert_eq!(
        files(&summary, "stored"),
        ground.dataset.files().len() as u64
    );
    ground.check_whole();
    let requests = ground.server.requests();
    assert_eq!(requests.count(Operation::GetDataset), 1);
    assert_eq!(requests.count(Operation::DownloadDataset), 1);
    assert!(requests.bytes_sent() <= ground.archive.len() as u64 + TAIL);
    // The end first, then the archive from its start.
    let ranges = requests.ranges();
    assert_eq!(ranges[0].end, ground.archive.len() as u64);
    assert!(
        ranges.len() > 20
            && ranges[1..]
                .iter()
                .all(|range| range.end - range.start <= 64_000)
    );
}

#[test]
fn a_named_version_is_asked_for_at_once() {
    let ground = Ground::new();
    ground.server.publish(5, b"another one".to_vec());
    let summary = ground.ingest("kaggle:hgunraj/covidxct@4", &[], 0);
    assert_eq!(summary["source"], "kaggle:hgunraj/covidxct@4");
    ground.check_whole();
    assert_eq!(ground.server.requests().count(Operation::GetDataset), 0);
}

#[test]
fn a_url_is_read_where_it_leads() {
    let ground = Ground::new();
    let url = ground.server.moved_url();
    // What no output and no file may have in it, nor a request to where it leads.
    let secret = format!("{url}?X-Goog-Signature=0");
    let summary = ground.ingest(&secret, &[], 0);
    assert_eq!(summary["source"], url);
    ground.check_whole();
    // One detour, not one a range.
    let moved = |status| {
        let requests = ground.server.requests();
        requests
            .iter()
            .filter(|request| request.status == Some(status))
            .count()
    };
    assert_eq!(moved(302), 1);
    assert!(moved(206) > 20);
}

#[test]
fn a_name_and_password_in_a_url_go_with_every_range() {
    let ground = Ground::new();
    let summary = ground.ingest(&ground.server.guarded_url(), &[], 0);
    assert!(!summary["source"].as_str().unwrap().contains('@'));
    ground.check_whole();
    let requests = ground.server.requests();
    assert!(requests.ranges().len() > 20);
    assert_eq!(requests.refused().count(), 0);
}

#[test]
fn zips_of_any_writer_are_read_by_ranges() {
    for (what, foreign) in foreign() {
        let ground = Ground::new();
        ground.server.replace(foreign.zip(&ground.dataset));
        let summary = ground.ingest(&ground.server.url(), &[], 0);
        assert_eq!(
            summary["rejected"].as_array().unwrap().len(),
            0,
            "{what}: {summary}"
        );
        ground.check_whole();
    }
}

#[test]
fn only_what_is_missing_is_fetched() {
    let ground = Ground::new();
    ground.ingest(SOURCE, &[], 0);
    let images: Vec<&String> = ground
        .dataset
        .files()
        .keys()
        .filter(|path| path.contains("_images/"))
        .collect();
    // The first two lie side by side, and the third not far from them.
    let missing = [0, 1, 3, 80, 150].map(|index| images[index]);
    let mut bytes = 0;
    for path in missing {
        bytes += ground.dataset.files()[path].len() as u64;
        fs::remove_file(ground.lake.path("lake/landing/CT-2A").join(path)).unwrap();
    }
    ground.server.reset_requests();
    let said = ground.ctlake(&["ingest", SOURCE, "--json"]).ok();
    assert_eq!(files(&summary(&said), "stored"), 5);
    ground.check_whole();
    let requests = ground.server.requests();
    let fetched: u64 = requests.ranges()[1..]
        .iter()
        .map(|range| range.end - range.start)
        .sum();
    assert!(
        fetched >= bytes && fetched < ground.archive.len() as u64 / 4,
        "{fetched} bytes for {bytes}"
    );
    assert!(requests.ranges().len() <= 4, "{:?}", requests.ranges());
}

#[test]
fn no_more_ranges_are_under_way_than_may_be() {
    let ground = Ground::new();
    // So slow that they meet.
    ground.server.faults(Faults {
        slow: Some(1_000_000),
        ..Faults::default()
    });
    for args in [
        &["ingest", SOURCE][..],
        &["fetch", SOURCE, "--out", "a.zip"],
    ] {
        ground.server.reset_requests();
        let most = ["--range-size", "64kB", "--ranges-ahead", "3"];
        ground.ctlake(&[args, &most].concat()).ok();
        let requests = ground.server.requests();
        let beside = requests.storage().map(|request| request.beside).max();
        assert_eq!(beside, Some(2), "{args:?}");
    }
}

/// The store takes nothing more: no more is fetched for it than what is ahead.
#[test]
fn what_is_fetched_ahead_is_bounded() {
    let (ground, s3) = (Ground::new(), S3Server::start());
    let args = "ingest kaggle:hgunraj/covidxct -q --lake s3://lake/ahead --concurrency 1 --range-size 64kB --ranges-ahead 2";
    let args: Vec<&str> = args.split(' ').collect();
    let mut command = ground.command(&args);
    command.envs(s3.env());
    s3.faults(s3::Faults {
        hold_after_puts: Some(20),
        ..s3::Faults::default()
    });
    let mut child = command.spawn().unwrap();
    s3.wait_for_puts(20);
    let fetched: u64 = ground.server.requests().ranges()[1..]
        .iter()
        .map(|range| range.end - range.start)
        .sum();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(fetched < ground.archive.len() as u64 / 2, "{fetched}");
}

#[test]
fn nothing_is_fetched_when_nothing_is_missing() {
    let ground = Ground::new();
    ground.ingest(SOURCE, &[], 0);
    ground.server.reset_requests();
    let summary = ground.ingest(SOURCE, &[], 0);
    assert_eq!(files(&summary, "stored"), 0);
    assert_eq!(ground.server.requests().ranges().len(), 1);
}

#[test]
fn shards_read_their_stretches_and_nothing_else() {
    let ground = Ground::new();
    let mut fetched = 0;
    for index in 0..4 {
        ground.server.reset_requests();
        ground.ingest(SOURCE, &["--shard", &format!("{index}/4")], 0);
        let ranges = ground.server.requests().ranges();
        fetched += ranges[1..]
            .iter()
            .map(|range| range.end - range.start)
            .sum::<u64>();
    }
    ground.check_whole();
    assert!(
        fetched <= ground.archive.len() as u64,
        "{fetched} bytes of {}",
        ground.archive.len()
    );
}

#[test]
fn a_dry_run_fetches_no_content_and_writes_nothing() {
    let ground = Ground::new();
    let said = ground.ctlake(&["ingest", SOURCE, "--dry-run"]).ok();
    insta::assert_snapshot!(said, @"
    exit 0
    --- stdout
    CT-2A: 166 files ([SIZE]) to store; 0 files (0 B) there already
    ");
    assert_eq!(ground.server.requests().ranges().len(), 1);
    assert!(!ground.lake.path("lake").exists());
}

#[test]
fn what_is_no_zip_is_named() {
    let ground = Ground::new();
    let mut archive = b"\x1f\x8b\x08\x00".to_vec();
    archive.resize(300_000, 7);
    ground.server.replace(archive);
    insta::assert_snapshot!(ground.ctlake(&["ingest", SOURCE]).fails(1), @"
    exit 1
    --- stderr
    error: expected a zip archive at `kaggle:hgunraj/covidxct@4`, found a gzip file, as a tar.gz archive is one

    hint: name the dataset's zip file; an archive of another kind is downloaded and unpacked by hand, then its folder is named
    ");
    ground.server.replace(Vec::new());
    let said = ground.ctlake(&["ingest", SOURCE]).fails(1);
    assert!(
        said.stderr().contains("/bundle/archive.zip` is empty\n"),
        "{said}"
    );
}

#[test]
fn an_archive_that_is_cut_off_is_named() {
    let ground = Ground::new();
    ground.server.replace(ground.archive[..1_000_000].to_vec());
    insta::assert_snapshot!(ground.ctlake(&["ingest", SOURCE]).fails(1), @"
    exit 1
    --- stderr
    error: `kaggle:hgunraj/covidxct@4` is cut off or damaged: expected a zip's central directory at the end of its 1000000 bytes
      because: no end record in its last bytes

    hint: look whether it is whole where it comes from, then run the same command again
    ");
    assert!(!ground.lake.path("lake").exists());
}

#[test]
fn what_is_no_source_is_named() {
    let ground = Ground::new();
    insta::assert_snapshot!(ground.ctlake(&["ingest", "kaggle:covidxct"]).fails(1), @"
    exit 1
    --- stderr
    error: expected a zip file, a folder, `https://…/archive.zip` or `kaggle:owner/name`, got `kaggle:covidxct`

    hint: name the dataset on Kaggle: `kaggle:hgunraj/covidxct`
    ");
    insta::assert_snapshot!(ground.ctlake(&["ingest", "ftp://me:secret@host/a.zip?key=b"]).fails(1), @"
    exit 1
    --- stderr
    error: expected a zip file, a folder, `https://…/archive.zip` or `kaggle:owner/name`, got `ftp://host/a.zip`

    hint: name the dataset on Kaggle: `kaggle:hgunraj/covidxct`
    ");
    insta::assert_snapshot!(ground.ctlake(&["fetch", "a.zip", "--out", "b.zip"]).fails(1), @"
    exit 1
    --- stderr
    error: no zip file or folder at `a.zip`

    hint: name the dataset's zip file, or the folder that holds `metadata.csv`; `ctlake sample OUT` makes one
    ");
    insta::assert_snapshot!(ground.ctlake(&["ingest", SOURCE, "--range-size", "1kB"]).fails(2), @"
    exit 2
    --- stderr
    error: invalid value '1kB' for '--range-size <SIZE>': expected a size from 64kB to 1GB, got `1kB`

    For more information, try '--help'.
    ");
}
