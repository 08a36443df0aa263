//! An archive that becomes another one, and a version that is overtaken.

use std::process::Stdio;

use super::{Ground, SOURCE, zipped};
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
