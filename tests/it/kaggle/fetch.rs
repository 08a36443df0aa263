//! `ctlake fetch`: the archive itself, into a file.

use std::fs::{self, File};
use std::process::Stdio;

use super::{Ground, SOURCE, summary, zipped};
use crate::support::kaggle::{Faults, Hold, Quirk, Share};
use crate::support::{Outcome, signal};

const ARGS: [&str; 6] = ["fetch", SOURCE, "--out", "a.zip", "--range-size", "64kB"];

fn fetch(ground: &Ground) -> Outcome {
    ground.ctlake(&ARGS)
}

#[track_caller]
fn check_whole(ground: &Ground) {
    assert!(fs::read(ground.lake.path("a.zip")).unwrap() == ground.archive);
    for left in ["a.zip.part", "a.zip.part.journal"] {
        assert!(!ground.lake.path(left).exists(), "{left}");
    }
    assert_eq!(ground.server.requests().leaks(), 0);
}

/// A part with a good beginning.
fn begun() -> Ground {
    let ground = Ground::new();
    loop {
        ground.killed(&ARGS, 1_500_000);
        let journal =
            fs::read_to_string(ground.lake.path("a.zip.part.journal")).unwrap_or_default();
        // What has been sent may not have been written yet.
        if journal.lines().count() > 3 {
            return ground;
        }
    }
}

#[test]
fn the_archive_byte_for_byte() {
    let ground = Ground::new();
    insta::assert_snapshot!(fetch(&ground).ok(), @"
    exit 0
    --- stderr
    kaggle:hgunraj/covidxct@4 ([SIZE]): [SIZE] to bring, 0 B there from an earlier run
    kaggle:hgunraj/covidxct@4: [SIZE] in [TIME], size and CRC-32C and MD5 checked
    next: ctlake run a.zip
    ");
    check_whole(&ground);
    let sent = ground.server.requests().bytes_sent();
    // Its end is fetched first, to know it by.
    assert_eq!(sent, ground.archive.len() as u64 + 64 * 1024);
    insta::assert_snapshot!(fetch(&ground).ok(), @"
    exit 0
    --- stderr
    kaggle:hgunraj/covidxct@4 ([SIZE]): is at a.zip already
    kaggle:hgunraj/covidxct@4: 0 B in [TIME], size and CRC-32C and MD5 checked
    next: ctlake run a.zip
    ");
    check_whole(&ground);
}

#[test]
fn a_run_goes_on_where_the_last_one_ended() {
    let ground = begun();
    ground.check_open(&fs::read_to_string(ground.lake.path("a.zip.part.journal")).unwrap());
    let part = fs::metadata(ground.lake.path("a.zip.part")).unwrap().len();
    ground.server.reset_requests();
    let plan = ground
        .ctlake(&[&ARGS[..], &["--dry-run", "--json"]].concat())
        .ok();
    let partial = plan.json_lines()[0]["plan"]["partial"].as_u64().unwrap();
    assert!(partial > 0 && partial <= part);
    let done = summary(&ground.ctlake(&[&ARGS[..], &["--json"]].concat()).ok());
    assert_eq!(done["fetched"], ground.archive.len() as u64 - partial);
    check_whole(&ground);
}

#[test]
fn a_part_that_was_damaged_is_fetched_again_from_there() {
    let ground = begun();
    let path = ground.lake.path("a.zip.part");
    let mut part = fs::read(&path).unwrap();
    part[70_000] ^= 1;
    fs::write(&path, part).unwrap();
    let done = summary(&ground.ctlake(&[&ARGS[..], &["--json"]].concat()).ok());
    assert_eq!(done["fetched"], ground.archive.len() as u64 - 64_000);
    check_whole(&ground);
}

#[test]
fn a_part_of_another_archive_is_dropped() {
    let mut ground = begun();
    ground.archive.truncate(1_900_000);
    ground.server.replace(ground.archive.clone());
    let said = fetch(&ground).ok();
    assert!(
        said.stderr()
            .contains("is dropped: the archive has changed since"),
        "{said}"
    );
    check_whole(&ground);
    let ground = begun();
    let journal = ground.lake.path("a.zip.part.journal");
    let text = fs::read_to_string(&journal)
        .unwrap()
        .replace("covidxct@4", "covidxct@3");
    fs::write(&journal, text).unwrap();
    let said = fetch(&ground).ok();
    assert!(
        said.stderr()
            .contains("is dropped: it is of `kaggle:hgunraj/covidxct@3`"),
        "{said}"
    );
    check_whole(&ground);
}

#[test]
fn a_part_without_a_journal_is_not_trusted() {
    let ground = begun();
    fs::write(ground.lake.path("a.zip.part.journal"), "{\"half").unwrap();
    let done = summary(&ground.ctlake(&[&ARGS[..], &["--json"]].concat()).ok());
    assert_eq!(done["fetched"], ground.archive.len() as u64);
    check_whole(&ground);
}

#[test]
fn an_archive_that_changes_is_not_mixed() {
    let ground = Ground::new();
    let mut other = ground.archive.clone();
    other[5] ^= 1;
    ground.server.faults(Faults {
        change_after: Some(6),
        change_to: other.clone(),
        ..Faults::default()
    });
    let said = fetch(&ground).fails(1);
    assert!(
        said.stderr().contains("has changed while it was read"),
        "{said}"
    );
    assert!(!ground.lake.path("a.zip").exists());
    fetch(&ground).ok();
    assert!(fs::read(ground.lake.path("a.zip")).unwrap() == other);
}

#[test]
fn what_arrives_damaged_never_gets_the_name() {
    for quirks in [
        vec![Quirk::WrongHashes],
        vec![Quirk::WrongHashes, Quirk::Composite],
    ] {
        let ground = Ground::new();
        ground.server.faults(Faults {
            quirks,
            ..Faults::default()
        });
        let said = fetch(&ground).fails(1);
        assert!(
            said.stderr()
                .contains("has arrived damaged: expected CRC-32C "),
            "{said}"
        );
        for left in ["a.zip", "a.zip.part", "a.zip.part.journal"] {
            assert!(!ground.lake.path(left).exists(), "{left}");
        }
        ground.no_faults();
        fetch(&ground).ok();
        check_whole(&ground);
    }
    let ground = Ground::new();
    ground.server.faults(Faults {
        quirks: vec![Quirk::WrongMd5],
        ..Faults::default()
    });
    let said = fetch(&ground).fails(1);
    let damaged = "has arrived damaged: expected MD5 ";
    assert!(said.stderr().contains(damaged), "{said}");
    let ground = Ground::new();
    ground.server.faults(Faults {
        flip: Share::Nth(7),
        ..Faults::default()
    });
    fetch(&ground).fails(1);
    assert!(!ground.lake.path("a.zip").exists());
}

#[test]
fn which_digests_were_checked_is_said() {
    for (quirk, checked) in [
        (Quirk::SplitHashes, "size and CRC-32C and MD5 checked"),
        (Quirk::Composite, "size and CRC-32C checked"),
        (Quirk::NoHashes, "size checked; the server gives no digest"),
    ] {
        let ground = Ground::new();
        ground.server.faults(Faults {
            quirks: vec![quirk],
            ..Faults::default()
        });
        let said = fetch(&ground).ok();
        assert!(said.stderr().contains(checked), "{said}");
        check_whole(&ground);
    }
}

#[test]
fn nobodys_file_is_overwritten() {
    let ground = Ground::new();
    let path = ground.lake.path("a.zip");
    // As long as the archive, and shorter.
    for (length, quirks) in [(ground.archive.len(), vec![]), (10, vec![Quirk::NoHashes])] {
        ground.server.faults(Faults {
            quirks,
            ..Faults::default()
        });
        let mut other = ground.archive.clone();
        other[0] ^= 1;
        other.truncate(length);
        fs::write(&path, &other).unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(fetch(&ground).fails(1), @"
            exit 1
            --- stderr
            error: expected nothing or the same archive at `a.zip`, found something else

            hint: name another file with `--out`, or move this one away: `mv 'a.zip' 'a.zip.old'`
            ");
        }
        assert!(fs::read(&path).unwrap() == other);
    }
}

#[test]
fn a_file_that_appears_meanwhile_is_not_overwritten() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        slow: Some(1_000_000),
        hold_after: Some(Hold::Bytes(1_000_000)),
        ..Faults::default()
    });
    let mut command = ground.command(&ARGS);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    ground.server.wait_for_hold();
    fs::write(ground.lake.path("a.zip"), "mine").unwrap();
    ground.server.disconnect();
    ground.no_faults();
    let said = Outcome::new(child.wait_with_output().unwrap(), "-").fails(1);
    assert!(said.stderr().contains("found something else"), "{said}");
    assert_eq!(fs::read(ground.lake.path("a.zip")).unwrap(), b"mine");
    // And what has been fetched is not lost.
    fs::remove_file(ground.lake.path("a.zip")).unwrap();
    let done = summary(&ground.ctlake(&[&ARGS[..], &["--json"]].concat()).ok());
    assert_eq!(done["fetched"], 0);
    check_whole(&ground);
}

#[test]
fn a_run_that_is_stopped_or_loses_its_source_is_gone_on_with() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        hold_after: Some(Hold::Bytes(1_000_000)),
        ..Faults::default()
    });
    let mut command = ground.command(&ARGS);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    ground.server.wait_for_hold();
    signal("INT", &child);
    let said = Outcome::new(child.wait_with_output().unwrap(), "-");
    assert_eq!(said.code, Some(130), "{said}");
    let there = format!(" of {} bytes are there\n", ground.archive.len());
    assert!(said.stderr().contains(&there), "{said}");
    ground.server.disconnect();
    ground.server.faults(Faults {
        misplaced: Share::Nth(3),
        ..Faults::default()
    });
    let said = fetch(&ground).fails(3);
    assert!(said.stderr().contains(&there), "{said}");
    ground.no_faults();
    fetch(&ground).ok();
    check_whole(&ground);
}

/// What a process leaves that dies just after the archive got its name.
#[test]
fn a_part_that_is_an_archive_by_another_name_is_not_written_to() {
    let mut ground = Ground::new();
    fetch(&ground).ok();
    let [out, part, kept] = ["a.zip", "a.zip.part", "kept.zip"].map(|name| ground.lake.path(name));
    fs::hard_link(&out, part).unwrap();
    fs::rename(out, &kept).unwrap();
    let before = fs::read(&kept).unwrap();
    ground.archive = zipped(&ground.lake, 2);
    ground.server.replace(ground.archive.clone());
    fetch(&ground).ok();
    check_whole(&ground);
    assert!(fs::read(&kept).unwrap() == before);
}

#[test]
fn two_at_once_do_not_write_into_one_file() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        hold_after: Some(Hold::Requests(3)),
        ..Faults::default()
    });
    let mut first = ground.command(&ARGS).stderr(Stdio::null()).spawn().unwrap();
    ground.server.wait_for_hold();
    let second = ground
        .command(&ARGS)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    ground.server.disconnect();
    ground.no_faults();
    let second = Outcome::new(second.wait_with_output().unwrap(), "-");
    let first = first.wait().unwrap();
    // Who was faster is not known; that nothing is mixed is.
    assert!(first.success() || second.code == Some(0));
    if second.code == Some(1) {
        assert!(
            second.stderr().contains("another process is writing"),
            "{second}"
        );
    }
    check_whole(&ground);
}

#[test]
fn a_part_that_another_process_writes_is_left_alone() {
    let ground = Ground::new();
    let part = File::create(ground.lake.path("a.zip.part")).unwrap();
    part.lock().unwrap();
    let said = fetch(&ground).fails(1);
    assert!(
        said.stderr()
            .contains("error: another process is writing `a.zip.part`\n"),
        "{said}"
    );
    drop(part);
    fetch(&ground).ok();
    check_whole(&ground);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let ground = Ground::new();
    insta::assert_snapshot!(ground.ctlake(&["fetch", SOURCE, "--out", "no/a.zip"]).fails(1), @"
    exit 1
    --- stderr
    kaggle:hgunraj/covidxct@4 ([SIZE]): [SIZE] to bring, 0 B there from an earlier run
    error: cannot write `no/a.zip.part`
      because: No such file or directory (os error 2)

    hint: check the path, its permissions and the free space: `df -h`
    ");
    insta::assert_snapshot!(ground.ctlake(&["fetch", SOURCE, "--out", "a.zip", "--lake", "x"]).fails(2), @"
    exit 2
    --- stderr
    error: `--lake` does not apply to `ctlake fetch`

    hint: `ctlake fetch --help` shows what does
    ");
}
