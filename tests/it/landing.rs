//! The landing zone of a folder lake: zip archives, hostile and damaged ones, verify and repair.

use std::fs;
use std::io::{Cursor, Write};

use insta::assert_snapshot;
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::support::dataset::small_sample;
use crate::support::foreign_zip::foreign;
use crate::support::tree::listing;
use crate::support::{Dataset, Lake};

/// A zip of the small dataset, with `more` files: path and content.
fn archive(more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let dataset = Dataset::small();
    let files = dataset.files().iter();
    let files = files.map(|(path, content)| (path.as_str(), content.as_slice()));
    for (path, content) in files.chain(more.iter().copied()) {
        zip.start_file(path, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn summary(lake: &Lake, args: &[&str], code: i32) -> Value {
    let outcome = lake.ctlake(args).exits(code);
    outcome.json_lines().pop().expect("a summary")["summary"].take()
}

#[test]
fn a_hostile_archive_stores_what_is_honest() {
    let lake = Lake::temp();
    let image = vec![7; 5000];
    let bomb = vec![0; 5_000_000];
    let zip = archive(&[
        ("2A_images/NCP_1_10_0000.png", &image),
        ("2A_images/ncp_1_10_0000.png", &image),
        ("../outside.png", &image),
        ("/etc/outside.png", &image),
        ("a\\..\\outside.png", &image),
        ("2A_images/bomb.png", &bomb),
        ("2A_images/NCP_1_10_0001.png", &image),
    ]);
    fs::write(lake.path("hostile.zip"), zip).unwrap();
    let said = lake.ctlake(["ingest", "hostile.zip"]).fails(3);
    // The report's name is a time.
    let lines = said.stderr().lines();
    let text: Vec<&str> = lines
        .filter(|line| !line.starts_with("incomplete: the list is in _ctlake/reports/"))
        .collect();
    assert_snapshot!(text.join("\n"), @r"
    CT-2A: 6 files ([SIZE]) to store; 0 files (0 B) there already
    left out: 1 file whose name another one has (`2A_images/ncp_1_10_0000.png`)
    passed over: `../outside.png`: its path leads upwards by `..`
    passed over: `/etc/outside.png`: its path is absolute
    passed over: `a\..\outside.png`: its path has a backslash in it, and can't be read with a slash there
    refused: `2A_images/bomb.png`: it would grow 1026-fold, more than 200-fold
    CT-2A: 6 files stored ([SIZE]) in [TIME]
      in the source             6 files           10,565 bytes
      = stored                  6 files           10,565 bytes
      + there already           0 files                0 bytes
      + failed                  0 files                0 bytes
      left out: 1 file whose name another one has
      passed over: 3 entries that are not needed, named above
      refused: 1 file, named above
    next: correct what was refused in the source, then the same command again; `ctlake build --partial` builds without it
    ");
    assert_eq!(text.len() + 1, said.stderr().lines().count());
    let landed = listing(&lake.path("lake/landing"));
    assert_eq!(landed.lines().count(), 6, "{landed}");
    assert!(!lake.path("outside.png").exists());
    assert_eq!(
        listing(&lake.path("lake/_ctlake/reports")).lines().count(),
        1
    );
    // It is missing too for whoever brings something else of the same source.
    let labels = lake
        .ctlake(["ingest", "hostile.zip", "--only", "*.txt"])
        .ok();
    let last: Vec<&str> = labels.stderr().lines().rev().take(2).collect();
    assert_snapshot!(format!("{}\n{}", last[1], last[0]), @"
    not complete: 1 file is missing that an ingest before this one was to bring
    next: ctlake ingest SOURCE --lake ./lake, with the source that has them all, or ctlake build --partial --lake ./lake
    ");
    // Everybody says that one is missing, until somebody says to go on without it.
    assert_snapshot!(lake.ctlake(["build"]).fails(1).stderr(), @"
    error: the landing zone of `CT-2A` is not complete: 1 file is missing of what its source has, the first is `2A_images/bomb.png`

    hint: `2A_images/bomb.png` can't be taken: it would grow 1026-fold, more than 200-fold; correct it in the source and run `ctlake ingest` again, or build without it: `--partial`
    ");
    // To ingest the same source again would bring nothing.
    let status = lake.ctlake(["status"]).ok();
    let next = "correct `2A_images/bomb.png` in the source (it would grow 1026-fold, more than 200-fold) and ingest it again";
    assert!(
        status.stdout().ends_with(&format!(
            "next: {next}; `ctlake build --lake ./lake --release CT-2A --partial` builds without it\n"
        )),
        "{status}"
    );
    let verify = lake.ctlake(["verify"]).fails(3);
    assert!(
        verify.stderr().ends_with(&format!(
            "next: {next}; `ctlake build --lake ./lake --partial` builds without it\n"
        )),
        "{verify}"
    );
    lake.ctlake(["build", "--partial"]).ok();
}

#[test]
fn a_name_that_no_label_can_have_is_shown_and_passed_over() {
    let lake = Lake::temp();
    let zip = archive(&[("2A_images/\x1b[2J.png", b"image")]);
    fs::write(lake.path("hostile.zip"), zip).unwrap();
    let shown = r"2A_images/\u{1b}[2J.png";
    // No label can have such a name: it decides nothing.
    let ingest = lake.ctlake(["ingest", "hostile.zip"]).ok();
    let passed_over = format!("passed over: `{shown}`: its name has a control character in it");
    assert!(ingest.stderr().contains(&passed_over), "{ingest}");
    lake.ctlake(["build"]).ok();
}

/// Checks that the landing zone is the small dataset and nothing else.
#[track_caller]
fn check_small(lake: &Lake, what: &str) {
    let dataset = Dataset::small();
    let landing = lake.path("lake/landing/CT-2A");
    for (path, content) in dataset.files() {
        let landed = fs::read(landing.join(path)).unwrap_or_default();
        assert!(landed == *content, "{what}: {path}");
    }
    let landed = listing(&landing);
    assert_eq!(
        landed.lines().count(),
        dataset.files().len(),
        "{what}: {landed}"
    );
}

#[test]
fn zips_of_any_writer_land_alike() {
    for (what, foreign) in foreign() {
        let lake = Lake::temp();
        fs::write(lake.path("a.zip"), foreign.zip(&Dataset::small())).unwrap();
        let done = lake.ctlake(["ingest", "a.zip"]).exits(0);
        assert!(!done.stderr().contains("refused"), "{what}: {done}");
        check_small(&lake, what);
    }
}

#[test]
fn one_damaged_entry_costs_one_file() {
    let lake = Lake::temp();
    let image: Vec<u8> = (0..40_000_u32)
        .flat_map(|number| (number * number).to_le_bytes())
        .collect();
    let mut zip = archive(&[("2A_images/NCP_1_10_0000.png", &image)]);
    // The last entry's data lies right before the central directory.
    let at = zip.len() - 60_000;
    zip[at] ^= 1;
    fs::write(lake.path("damaged.zip"), zip).unwrap();
    let done = summary(&lake, &["ingest", "damaged.zip", "--json"], 3);
    assert_eq!(done["stored"]["files"], 4);
    assert_eq!(done["failed"][0]["path"], "2A_images/NCP_1_10_0000.png");
    let build = lake.ctlake(["build"]).fails(1);
    assert_snapshot!(build.stderr(), @"
    error: the landing zone of `CT-2A` is not complete: 1 file is missing of what its source has, the first is `2A_images/NCP_1_10_0000.png`

    hint: run `ctlake ingest` again: it brings what is missing; `--partial` builds from what is there
    ");
    let status = lake.ctlake(["status"]).ok();
    assert!(
        status
            .stdout()
            .ends_with("next: ctlake ingest SOURCE --lake ./lake, which brings what is missing\n"),
        "{}",
        status.stdout()
    );
    lake.ctlake(["build", "--partial"]).ok();
    // From a whole archive just that one is brought.
    fs::write(
        lake.path("whole.zip"),
        archive(&[("2A_images/NCP_1_10_0000.png", &image)]),
    )
    .unwrap();
    let done = summary(&lake, &["ingest", "whole.zip", "--json"], 0);
    assert_eq!(
        (&done["stored"]["files"], &done["missing"]),
        (&1.into(), &0.into())
    );
}

#[test]
fn a_truncated_archive_stores_nothing() {
    let lake = Lake::temp();
    let zip = archive(&[]);
    fs::write(lake.path("cut.zip"), &zip[..zip.len() - 30]).unwrap();
    let said = lake.ctlake(["ingest", "cut.zip"]).fails(1);
    assert!(
        said.stderr().contains("is cut off or damaged"),
        "{}",
        said.stderr()
    );
    assert!(said.stderr().contains("hint: "), "{}", said.stderr());
    assert!(!lake.path("lake").exists());
}

/// A lake with the small dataset and six images, which are in `whole.zip` too.
fn six_images() -> Lake {
    let lake = Lake::temp();
    let images: Vec<(String, Vec<u8>)> = (0..6_u8)
        .map(|number| {
            (
                format!("2A_images/NCP_1_10_000{number}.png"),
                vec![number; 900],
            )
        })
        .collect();
    let more: Vec<(&str, &[u8])> = images
        .iter()
        .map(|(path, content)| (path.as_str(), content.as_slice()))
        .collect();
    fs::write(lake.path("whole.zip"), archive(&more)).unwrap();
    lake.ctlake(["ingest", "whole.zip"]).ok();
    lake
}

#[test]
fn images_with_broken_pixels_are_named_and_not_withdrawn() {
    let whole = Dataset::sample(&small_sample(5));
    let images = whole.files().iter();
    let mut images = images.filter(|(path, _)| path.contains("_images/"));
    let (broken, content) = images.next().expect("an image");
    // Its header is whole, so its size is known.
    let (broken, half) = (broken.clone(), content[..content.len() / 2].to_vec());
    let count = 1 + images.count();
    let lake = Lake::with(&whole.file(&broken, half));
    lake.ctlake(["verify", "--deep"]).ok();
    let text = lake.ctlake(["verify", "--decode"]).fails(3);
    let name = broken.rsplit('/').next().expect("a name");
    for part in [
        &format!("{count} images decoded\n"),
        &format!("/{name}`: can't be decoded: "),
        "next: these images are as their source has them",
    ] {
        assert!(text.stderr().contains(part), "{part}: {}", text.stderr());
    }
    let found = summary(&lake, &["verify", "--decode", "--json"], 3);
    let broken_images = found["releases"][0]["broken_images"].as_array().unwrap();
    assert_eq!(broken_images.len(), 1, "{found}");
    assert_eq!(found["sound"], false);
    // It is in the manifest still.
    lake.ctlake(["verify", "--deep"]).ok();
    // What is damaged in the lake is found by the way, and withdrawn.
    let landed = lake.path(&format!("lake/landing/CT-2A/2A_images/{name}"));
    let mut content = fs::read(&landed).unwrap();
    *content.last_mut().unwrap() ^= 1;
    fs::write(&landed, content).unwrap();
    let found = summary(&lake, &["verify", "--decode", "--json"], 3);
    assert_eq!(found["releases"][0]["faults"].as_array().unwrap().len(), 1);
    assert_eq!(found["releases"][0]["broken_images"], Value::Array(vec![]));
    let status = summary(&lake, &["verify", "--json"], 3);
    assert_eq!(status["releases"][0]["missing"], 1, "{status}");
}

#[test]
fn verify_finds_every_fault_and_ingest_repairs_just_those() {
    let lake = six_images();
    lake.ctlake(["verify", "--deep"]).ok();
    let landing = lake.path("lake/landing/CT-2A/2A_images");
    fs::remove_file(landing.join("NCP_1_10_0000.png")).unwrap();
    fs::write(landing.join("NCP_1_10_0001.png"), [1; 10]).unwrap();
    fs::write(landing.join("NCP_1_10_0002.png"), [9; 900]).unwrap();
    fs::write(landing.join("strange.png"), [9; 900]).unwrap();
    // Without --deep the one with the right size passes; a dry run withdraws nothing.
    assert_snapshot!(lake.ctlake(["verify", "--dry-run"]).fails(3).stderr(), @"
    CT-2A: 10 files ([SIZE]) in the manifest, 2 faults
      `2A_images/NCP_1_10_0000.png`: missing
      `2A_images/NCP_1_10_0001.png`: expected 900 bytes, found 10
    unrecorded: 1 file of a release is in no manifest; `ctlake ingest` records what its source has
      landing/CT-2A/2A_images/strange.png
    next: the same without --dry-run withdraws what is damaged; then `ctlake ingest` brings it again
    ");
    assert_snapshot!(lake.ctlake(["verify", "--deep"]).fails(3).stderr(), @"
    CT-2A: 10 files ([SIZE]) in the manifest, 3 faults, 8 checksums compared
      `2A_images/NCP_1_10_0000.png`: missing
      `2A_images/NCP_1_10_0001.png`: expected 900 bytes, found 10
      `2A_images/NCP_1_10_0002.png`: expected CRC-32 1fa963f7, found c39920af
    unrecorded: 1 file of a release is in no manifest; `ctlake ingest` records what its source has
      landing/CT-2A/2A_images/strange.png
    next: `ctlake ingest` from the same source: it brings just that again
    ");
    let build = lake.ctlake(["build"]).fails(1);
    assert!(
        build
            .stderr()
            .contains("3 files are missing of what its source has"),
        "{}",
        build.stderr()
    );
    let done = summary(&lake, &["ingest", "whole.zip", "--json"], 0);
    assert_eq!(
        (&done["stored"]["files"], &done["kept"]["files"]),
        (&3.into(), &7.into())
    );
    fs::remove_file(landing.join("strange.png")).unwrap();
    lake.ctlake(["verify", "--deep"]).ok();
}

/// A lake whose landing zone has files that no manifest knows, as a full disk leaves them: one is missing, one was changed.
fn unrecorded() -> Lake {
    let lake = six_images();
    fs::remove_dir_all(lake.path("lake/_ctlake/manifest")).unwrap();
    let landing = lake.path("lake/landing/CT-2A/2A_images");
    fs::remove_file(landing.join("NCP_1_10_0000.png")).unwrap();
    fs::write(landing.join("NCP_1_10_0002.png"), [9; 900]).unwrap();
    lake
}

#[test]
fn files_that_are_there_and_not_recorded_are_adopted() {
    let lake = unrecorded();
    assert_snapshot!(lake.ctlake(["ingest", "whole.zip", "--dry-run"]).ok().stdout(), @"CT-2A: 2 files ([SIZE]) to store, of them 1 not recorded; 0 files (0 B) there already; 8 files ([SIZE]) there and not recorded yet");
    let written = |name: &str| {
        let path = lake.path("lake/landing/CT-2A/2A_images").join(name);
        fs::metadata(path).unwrap().modified().unwrap()
    };
    let before = written("NCP_1_10_0001.png");
    let said = lake.ctlake(["ingest", "whole.zip"]).ok();
    let adopted = "8 were stored by an interrupted run, and recorded now";
    assert!(said.stderr().contains(adopted), "{said}");
    assert_eq!(written("NCP_1_10_0001.png"), before);
    lake.ctlake(["verify", "--deep"]).ok();
    let again = summary(&lake, &["ingest", "whole.zip", "--json"], 0);
    assert_eq!(
        (&again["kept"]["files"], &again["adopted"]["files"]),
        (&10.into(), &0.into())
    );
}

#[test]
fn each_shard_adopts_files_of_its_own() {
    let lake = unrecorded();
    let mut tallies = (0, 0);
    for shard in ["0/2", "1/2"] {
        let done = summary(
            &lake,
            &["ingest", "whole.zip", "--shard", shard, "--json"],
            0,
        );
        tallies.0 += done["stored"]["files"].as_u64().unwrap();
        tallies.1 += done["adopted"]["files"].as_u64().unwrap();
    }
    assert_eq!(tallies, (2, 8));
    lake.ctlake(["verify", "--deep"]).ok();
}

#[test]
fn a_disk_that_would_be_full_is_told_before() {
    let lake = Lake::temp();
    // A hole takes no space in the source, and would in the lake.
    Dataset::small().write(&lake.path("dataset"));
    fs::create_dir_all(lake.path("dataset/2A_images")).unwrap();
    for number in 0..20 {
        let path = lake.path(&format!("dataset/2A_images/NCP_1_10_{number:04}.png"));
        fs::File::create(path)
            .unwrap()
            .set_len(1_000_000_000_000)
            .unwrap();
    }
    let said = lake
        .ctlake([
            "ingest",
            "dataset",
            "--max-entry-bytes",
            "2000GB",
            "--max-total-bytes",
            "90000GB",
        ])
        .fails(1);
    assert!(
        said.stderr()
            .contains("not enough space for 20000000000565 bytes"),
        "{}",
        said.stderr()
    );
    assert_eq!(listing(&lake.path("lake")), "");
}

#[test]
fn a_label_file_that_is_refused_is_named() {
    let lake = Lake::temp();
    Dataset::small().write(&lake.path("dataset"));
    let said = lake
        .ctlake(["ingest", "dataset", "--max-entry-bytes", "300B"])
        .fails(1);
    assert!(
        said.stderr().contains("hint: refused: `metadata.csv`: "),
        "{}",
        said.stderr()
    );
}
