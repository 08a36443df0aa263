//! An archive that becomes another one, one that is named differently from answer to answer, and a version that is overtaken.

use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write};
use std::process::Stdio;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Ground, SOURCE, files, summary, zipped};
use crate::support::kaggle::{Faults, Hold, Operation, Quirk};

#[test]
fn an_archive_that_changes_stops_the_run() {
    for quirks in [
        vec![],
        vec![Quirk::NoEtag],
        vec![Quirk::Composite],
        vec![Quirk::NoConditions],
        vec![Quirk::NoConditions, Quirk::NoEtag],
    ] {
        let has_conditions = !quirks.contains(&Quirk::NoConditions);
        let ground = Ground::new();
        ground.server.faults(Faults {
            change_after: Some(6),
            // As long as the first: its size tells nothing.
            change_to: ground.archive.iter().map(|byte| !byte).collect(),
            quirks,
            ..Faults::default()
        });
        let args = [
            "ingest",
            SOURCE,
            "--range-size",
            "64kB",
            "--ranges-ahead",
            "1",
        ];
        let said = ground.ctlake(&args).fails(1);
        assert!(
            said.stderr()
                .contains("has changed while it was read: expected"),
            "{said}"
        );
        assert!(
            said.stderr().contains("files are stored and recorded"),
            "{said}"
        );
        // Where the server can tell, nothing of another archive is asked for.
        let mut requests = ground
            .server
            .requests()
            .storage()
            .cloned()
            .collect::<Vec<_>>();
        requests.retain(|request| request.status == Some(412));
        assert_eq!(!requests.is_empty(), has_conditions);
        // All that has landed is of the first archive.
        let verified = ground.lake.ctlake(["verify", "--deep"]).exits(3);
        assert!(verified.stderr().contains(", 0 faults, "), "{verified}");
        let landing = ground.lake.path("lake/landing/CT-2A/2A_images");
        let mut landed = 0;
        for image in std::fs::read_dir(landing).unwrap() {
            let path = image.unwrap().path();
            let name = format!("2A_images/{}", path.file_name().unwrap().display());
            assert_eq!(std::fs::read(&path).unwrap(), ground.dataset.files()[&name]);
            landed += 1;
        }
        assert!(landed > 0);
    }
}

#[test]
fn an_archive_that_shrinks_is_another_one() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        change_after: Some(6),
        change_to: b"short".to_vec(),
        quirks: vec![Quirk::NoConditions],
        ..Faults::default()
    });
    let said = ground
        .ctlake(&["ingest", SOURCE, "--range-size", "64kB"])
        .fails(1);
    let found = "found other content (416 Range Not Satisfiable)";
    assert!(said.stderr().contains(found), "{said}");
}

/// The ways in which a server may name one content differently, with and without answering conditions.
fn ambiguous() -> [Vec<Quirk>; 6] {
    [
        vec![Quirk::Machines],
        vec![Quirk::Machines, Quirk::NoConditions],
        vec![Quirk::Machines, Quirk::NoEtag],
        vec![Quirk::EverNew],
        vec![Quirk::EverNew, Quirk::NoConditions],
        vec![Quirk::EverNew, Quirk::NoEtag],
    ]
}

const WARNING: &str = "warning: the server names one content differently from answer to answer (";

#[test]
fn one_archive_by_several_names_is_told_by_its_content() {
    for quirks in ambiguous() {
        let ground = Ground::new();
        ground.server.faults(Faults {
            quirks: quirks.clone(),
            ..Faults::default()
        });
        let url = ground.server.url();
        let said = ground
            .ctlake(&["ingest", &url, "--range-size", "64kB"])
            .ok();
        assert_eq!(
            said.stderr().matches(WARNING).count(),
            1,
            "{quirks:?} {said}"
        );
        ground.check_whole();
        let again = ground.ingest(&url, &[], 0);
        assert_eq!(files(&again, "stored"), 0);
    }
    // What has a digest is the same by that.
    let ground = Ground::new();
    ground.server.faults(Faults {
        quirks: vec![Quirk::Machines],
        ..Faults::default()
    });
    let said = ground
        .ctlake(&["ingest", SOURCE, "--range-size", "64kB"])
        .ok();
    assert!(!said.stderr().contains("warning"), "{said}");
    ground.check_whole();
}

#[test]
fn a_warning_of_several_names_is_in_the_summary() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        quirks: vec![Quirk::Machines],
        ..Faults::default()
    });
    let summary = ground.ingest(&ground.server.url(), &[], 0);
    let warnings = summary["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{summary}");
    assert!(warnings[0].as_str().unwrap().contains("ETag"), "{summary}");
}

/// A directory that is fetched in several ranges, each from another machine.
#[test]
fn a_directory_of_several_names_is_compared_when_it_has_been_read() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let mut file = |name: &str, content: &[u8]| {
        zip.start_file(name, options).unwrap();
        zip.write_all(content).unwrap();
    };
    let mut labels = String::new();
    for number in 0..4_000_u32 {
        let name = format!("NCP_1_{}_{:04}.png", number / 1000, number % 1000);
        file(
            &format!("a_folder_with_a_long_name_around_all_of_it/2A_images/{name}"),
            &number.to_be_bytes(),
        );
        writeln!(labels, "{name} 2 0 0 9 9").unwrap();
    }
    for (name, content) in [
        (
            "metadata.csv",
            "patient id,country,age,sex,verified finding\nNCP_1,China,40,M,NCP\n",
        ),
        ("train_COVIDx_CT-2A.txt", &labels),
        ("val_COVIDx_CT-2A.txt", "NCP_2_1_0001.png 2 0 0 9 9\n"),
        ("test_COVIDx_CT-2A.txt", "NCP_3_1_0001.png 2 0 0 9 9\n"),
    ] {
        file(
            &format!("a_folder_with_a_long_name_around_all_of_it/{name}"),
            content.as_bytes(),
        );
    }
    let archive = zip.finish().unwrap().into_inner();
    for quirks in [
        vec![Quirk::Machines],
        vec![Quirk::EverNew, Quirk::NoConditions],
    ] {
        let ground = Ground::new();
        ground.server.replace(archive.clone());
        ground.server.faults(Faults {
            quirks: quirks.clone(),
            ..Faults::default()
        });
        let args = [
            "ingest",
            &ground.server.url(),
            "--only",
            "*.txt",
            "--only",
            "metadata.csv",
        ];
        let said = ground.ctlake(&args).ok();
        assert_eq!(
            said.stderr().matches(WARNING).count(),
            1,
            "{quirks:?} {said}"
        );
        let landed = ground
            .lake
            .path("lake/landing/CT-2A/train_COVIDx_CT-2A.txt");
        assert_eq!(fs::read_to_string(landed).unwrap(), labels);
    }
}

#[test]
fn machines_with_different_archives_are_not_mixed() {
    for quirks in [
        vec![Quirk::Machines],
        vec![Quirk::Machines, Quirk::NoConditions],
        vec![Quirk::Machines, Quirk::NoEtag],
    ] {
        let ground = Ground::new();
        ground.server.faults(Faults {
            change_to: ground.archive.iter().map(|byte| !byte).collect(),
            quirks,
            ..Faults::default()
        });
        let url = ground.server.url();
        // One request at a time, so that both machines are met by turns while their content is compared.
        let args = [
            "ingest",
            &url,
            "--range-size",
            "64kB",
            "--ranges-ahead",
            "1",
        ];
        let said = ground.ctlake(&args).fails(1);
        let refusal = "has changed while it was read: expected";
        assert!(said.stderr().contains(refusal), "{said}");
    }
}

#[test]
fn an_archive_by_several_names_is_fetched_and_every_file_of_it_checked() {
    for quirks in ambiguous() {
        let ground = Ground::new();
        ground.server.faults(Faults {
            quirks: quirks.clone(),
            ..Faults::default()
        });
        let url = ground.server.url();
        let args = ["fetch", &url, "--out", "a.zip", "--range-size", "64kB"];
        let said = ground.ctlake(&args).ok();
        assert_eq!(
            said.stderr().matches(WARNING).count(),
            1,
            "{quirks:?} {said}"
        );
        let checked = "size and CRC-32 of every file checked";
        assert!(said.stderr().contains(checked), "{said}");
        assert!(fs::read(ground.lake.path("a.zip")).unwrap() == ground.archive);
    }
}

#[test]
fn a_fetch_goes_on_under_another_name() {
    let ground = Ground::new();
    let url = ground.server.url();
    let args = ["fetch", &url, "--out", "a.zip", "--range-size", "64kB"];
    ground.killed(&args, 1_500_000);
    // The machine with the other name answers now.
    ground.server.faults(Faults {
        change_after: Some(0),
        change_to: ground.archive.clone(),
        ..Faults::default()
    });
    let done = summary(&ground.ctlake(&[&args[..], &["--json"]].concat()).ok());
    let fetched = done["fetched"].as_u64().unwrap();
    assert!(fetched < ground.archive.len() as u64, "{done}");
    assert_eq!(done["checked"][0], "CRC-32 of every file");
    assert!(fs::read(ground.lake.path("a.zip")).unwrap() == ground.archive);
}

#[test]
fn a_fetch_of_several_archives_never_gets_the_name() {
    let ground = Ground::new();
    // Another file in the middle; the end is the same.
    let mut other = ground.archive.clone();
    for byte in &mut other[200_000..900_000] {
        *byte = !*byte;
    }
    ground.server.faults(Faults {
        change_to: other,
        quirks: vec![Quirk::Machines],
        ..Faults::default()
    });
    let url = ground.server.url();
    let args = ["fetch", &url, "--out", "a.zip", "--range-size", "64kB"];
    let said = ground.ctlake(&args).fails(1);
    let damaged =
        "was named differently from answer to answer by its server, and has arrived damaged";
    assert!(said.stderr().contains(damaged), "{said}");
    for left in ["a.zip", "a.zip.part", "a.zip.part.journal"] {
        assert!(!ground.lake.path(left).exists(), "{left}");
    }
}

/// The latest version when the run begins is the version of the run, also when its URL has to be asked for again.
#[test]
fn a_version_that_is_published_meanwhile_changes_nothing() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        hold_after: Some(Hold::Requests(5)),
        ..Faults::default()
    });
    let args = ["ingest", SOURCE, "--range-size", "64kB", "--json"];
    let child = ground
        .command(&args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    ground.server.wait_for_hold();
    ground.server.publish(5, zipped(&ground.lake, 2));
    ground.server.disconnect();
    ground.server.faults(Faults {
        expire_after: Some(8),
        ..Faults::default()
    });
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let requests = ground.server.requests();
    assert!(requests.count(Operation::DownloadDataset) > 1);
    assert_eq!(requests.count(Operation::GetDataset), 1);
    ground.check_whole();
}
