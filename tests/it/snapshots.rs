//! Snapshots: list, diff, rollback, expire; and reading commands, which never write.

use std::fs;

use ctlake::datasets::covidx_ct::files::Split;
use insta::assert_snapshot;

use crate::support::lake::set_readonly;
use crate::support::tree::{listing, tree};
use crate::support::{Dataset, Lake};

/// A release like CT-1: fewer patients, an orphan, other splits, a country that will be known later.
fn ct1() -> Dataset {
    Dataset::small()
        .metadata_with("patient5,COVID-CTSet,Iran,", "patient5,COVID-CTSet,,")
        .labels(
            Split::Val,
            "NCP_2_20_0005.png 2 13 23 113 123\nNCP_868_1_0001.png 2 10 20 110 120\n",
        )
        .labels(
            Split::Test,
            "normal1_patient5_SR_1_IM00001.png 0 15 25 115 125\nNormal_4_40_0001.png 0 14 24 114 124\n",
        )
        .renamed("train_COVIDx_CT-2A.txt", "train_COVIDx-CT.txt")
        .renamed("val_COVIDx_CT-2A.txt", "val_COVIDx-CT.txt")
        .renamed("test_COVIDx_CT-2A.txt", "test_COVIDx-CT.txt")
}

/// A lake with CT-1 in entry 1 and CT-2A in entry 2.
fn two_releases() -> Lake {
    let lake = Lake::built(&ct1());
    lake.ingest(
        &Dataset::small()
            .patient("STOIC-1,STOIC,France,F,45,COVID-19,Yes,Expert,Axial,CT")
            .line(Split::Train, "STOIC-1-0007.png 2 200 20 110 120"),
    );
    lake.ctlake(["build", "--release", "CT-2A"]).ok();
    lake
}

#[test]
fn list() {
    let lake = two_releases();
    assert_snapshot!(lake.ctlake(["snapshots", "list"]).ok(), @"
    exit 0
    --- stdout
    entry snapshot                       release    slices patients     size state
        2 [SNAPSHOT] CT-2A           7        6 [SIZE] current
        1 [SNAPSHOT] CT-1            7        6 [SIZE]
    ");
    let said = lake.ctlake(["snapshots", "list", "--format", "json"]).ok();
    let listed = said.json();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!(listed[0]["entry"], 2);
    assert_eq!(listed[0]["snapshot"], lake.snapshot());
    assert_eq!(listed[0]["current"], true);
    assert_eq!(listed[1]["release"], "CT-1");
    assert_eq!(listed[1]["slices"], 7);
}

#[test]
fn diff_of_two_releases() {
    let lake = two_releases();
    assert_snapshot!(lake.ctlake(["snapshots", "diff", "1", "2"]).ok(), @"
    exit 0
    --- stdout
    [SNAPSHOT] (CT-1) -> [SNAPSHOT] (CT-2A)
    ct_slices                   7 ->           7 rows
                0 ->           1  country=France/sex=F/diagnosis=COVID-19
                0 ->           1  country=Iran/sex=M/diagnosis=Normal
                1 ->           0  country=Unknown/sex=M/diagnosis=Normal
                1 ->           0  country=Unknown/sex=Unknown/diagnosis=COVID-19
    patients                    6 ->           6 rows
                0 ->           1  country=France/sex=F/diagnosis=COVID-19
                0 ->           1  country=Iran/sex=M/diagnosis=Normal
                1 ->           0  country=Unknown/sex=M/diagnosis=Normal
                1 ->           0  country=Unknown/sex=Unknown/diagnosis=COVID-19
    quality_findings            2 ->           2 rows
    snapshot_info               1 ->           1 rows
    slices by split and diagnosis
                2 ->           3  train, COVID-19
                1 ->           1  train, Pneumonia
                2 ->           1  val, COVID-19
                0 ->           1  val, Normal
                2 ->           1  test, Normal
    slices added: 1
      STOIC-1-0007.png
    slices removed: 1
      NCP_868_1_0001.png
    slices with another class: 0
    slices with another box: 0
    patients added: 1
      STOIC-1
    patients removed: 1
      NCP_868
    patients moved between splits: 1
      Normal_4: test -> val
    findings new: 2
      box-inverted: STOIC-1-0007.png
      image-missing: CT-2A
    findings gone: 2
      image-missing: CT-1
      slice-without-metadata: NCP_868_1_0001.png
    ");
    let said = lake
        .ctlake(["snapshots", "diff", "1", "2", "--format", "json"])
        .ok();
    let diff = said.json();
    assert_eq!(diff["release_a"], "CT-1");
    assert_eq!(diff["patients_added"], serde_json::json!(["STOIC-1"]));
    assert_eq!(diff["patients_removed"], serde_json::json!(["NCP_868"]));
    assert_eq!(
        diff["patients_moved"],
        serde_json::json!([{"patient_id": "Normal_4", "from": "test", "to": "val"}])
    );
}

#[test]
fn one_query_reads_several_snapshots() {
    let lake = two_releases();
    let name = lake.snapshot();
    assert_eq!(
        lake.sql("SELECT (SELECT COUNT(*) FROM ct_slices@1) AS a, (SELECT COUNT(*) FROM ct_slices@current) AS b"),
        "a,b\n7,7\n"
    );
    assert_eq!(
        lake.sql("SELECT a.file_name FROM ct_slices@2 a LEFT JOIN ct_slices@1 b USING (file_name) WHERE b.file_name IS NULL"),
        "file_name\nSTOIC-1-0007.png\n"
    );
    assert_eq!(
        lake.sql(&format!(
            "SELECT patient_id FROM \"patients@{name}\" EXCEPT SELECT patient_id FROM patients@1"
        )),
        "patient_id\nSTOIC-1\n"
    );
    // Views, and a table that is read twice.
    assert_eq!(
        lake.sql("SELECT SUM(slices) AS n FROM slices_by_cohort@1 UNION ALL SELECT COUNT(*) FROM ct_slices@1"),
        "n\n7\n7\n"
    );
    assert_eq!(
        lake.sql("SELECT release, COUNT(*) AS n FROM all_releases.ct_slices GROUP BY release ORDER BY release"),
        "release,n\nCT-1,7\nCT-2A,7\n"
    );
    // Also where the table itself does not tell.
    assert_eq!(
        lake.sql("SELECT release, COUNT(*) AS n FROM all_releases.patients GROUP BY release ORDER BY release"),
        "release,n\nCT-1,6\nCT-2A,6\n"
    );
    let cohorts = "SELECT release, SUM(slices) AS n FROM all_releases.slices_by_cohort GROUP BY release ORDER BY release";
    assert_eq!(lake.sql(cohorts), "release,n\nCT-1,7\nCT-2A,7\n");
    assert_snapshot!(lake.ctlake(["sql", "SELECT * FROM ct_slices@9"]).fails(1), @"
    exit 1
    --- stderr
    error: no snapshot `9` in the log

    hint: `ctlake snapshots list` shows which there are
    ");
    assert_snapshot!(lake.ctlake(["sql", "SELECT * FROM slices@2"]).fails(1), @"
    exit 1
    --- stderr
    error: cannot answer the query: no table `slices@2`
      1 | SELECT * FROM slices@2
        |               ^^^^^^^^

    hint: did you mean `ct_slices`? the tables are ct_slices, patients, quality_findings, snapshot_info, previews, slices_by_cohort, patients_by_split, quality_summary, slice_images
    ");
    assert_snapshot!(lake.ctlake(["sql", "SELECT * FROM all_releases.slices"]).fails(1), @"
    exit 1
    --- stderr
    error: cannot answer the query: no table `slices`
      1 | SELECT * FROM all_releases.slices
        |               ^^^^^^^^^^^^^^^^^^^

    hint: did you mean `ct_slices`? the tables are ct_slices, patients, quality_findings, snapshot_info, previews, slices_by_cohort, patients_by_split, quality_summary, slice_images
    ");
    let query = "SELECT COUNT(*) FROM ct_slices@1";
    assert_snapshot!(lake.ctlake(["sql", query, "--engine", "polars"]).fails(1), @"
    exit 1
    --- stderr
    error: cannot answer the query: Polars has one snapshot

    hint: leave out `--engine polars`: DataFusion answers it
    ");
    assert_snapshot!(lake.ctlake(["sql", query, "--engine", "athena"]).fails(2), @"
    exit 2
    --- stderr
    error: Athena has the snapshot that is registered: expected tables without `@`, and none of `all_releases`

    hint: `--engine datafusion`
    ");
}

#[test]
fn diff_with_itself() {
    let lake = Lake::built(&Dataset::small());
    assert_snapshot!(lake.ctlake(["snapshots", "diff", "1", "1"]).ok(), @"
    exit 0
    --- stdout
    [SNAPSHOT] (CT-2A) -> [SNAPSHOT] (CT-2A)
    ct_slices                   6 ->           6 rows
    patients                    5 ->           5 rows
    quality_findings            1 ->           1 rows
    snapshot_info               1 ->           1 rows
    slices by split and diagnosis
                2 ->           2  train, COVID-19
                1 ->           1  train, Pneumonia
                1 ->           1  val, COVID-19
                1 ->           1  val, Normal
                1 ->           1  test, Normal
    slices added: 0
    slices removed: 0
    slices with another class: 0
    slices with another box: 0
    patients added: 0
    patients removed: 0
    patients moved between splits: 0
    findings new: 0
    findings gone: 0
    ");
}

#[test]
fn diff_names_the_slices_whose_labels_changed() {
    let lake = Lake::built(&Dataset::small());
    let relabelled = Dataset::small().labels(
        Split::Train,
        "CP_3_30_0001.png 2 12 22 112 122\n\
         NCP_1_10_0001.png 2 10 20 110 120\n\
         NCP_1_10_0002.png 2 11 21 111 99\n",
    );
    lake.ingest(&relabelled);
    lake.ctlake(["build"]).ok();
    let said = lake.ctlake(["snapshots", "diff", "1", "2"]).ok();
    let said = said.raw_stdout();
    let from = said.find("slices by").unwrap();
    let to = said.find("patients added").unwrap();
    assert_snapshot!(said[from..to], @"
    slices by split and diagnosis
                2 ->           3  train, COVID-19
                1 ->           0  train, Pneumonia
                1 ->           1  val, COVID-19
                1 ->           1  val, Normal
                1 ->           1  test, Normal
    slices added: 0
    slices removed: 0
    slices with another class: 1
      CP_3_30_0001.png: Pneumonia -> COVID-19
    slices with another box: 1
      NCP_1_10_0002.png: 11,21,111,121 -> 11,21,111,99
    ");
    let said = lake
        .ctlake(["snapshots", "diff", "1", "2", "--format", "json"])
        .ok();
    let slices = &said.json()["slices"];
    assert_eq!(
        slices["class_changed"],
        serde_json::json!({"count": 1, "examples": [
            {"file_name": "CP_3_30_0001.png", "from": ["Pneumonia"], "to": ["COVID-19"]}
        ]})
    );
    assert_eq!(
        slices["box_changed"]["examples"][0]["to"],
        serde_json::json!([[11, 21, 111, 99]])
    );
    assert_eq!(
        slices["cohorts"][0],
        serde_json::json!({"split": "train", "diagnosis": "COVID-19", "slices": [2, 3]})
    );
}

#[test]
fn a_long_diff_is_cut() {
    let lake = Lake::built(&Dataset::small());
    let more = (0..25).fold(Dataset::small(), |dataset, number| {
        dataset.patient(&format!(
            "NCP_1{number:02},CNCB,China,F,45,COVID-19,Yes,Expert,Axial,CT"
        ))
    });
    lake.ingest(&more);
    lake.ctlake(["build"]).ok();
    assert_snapshot!(lake.ctlake(["snapshots", "diff", "1", "2"]).ok(), @"
    exit 0
    --- stdout
    [SNAPSHOT] (CT-2A) -> [SNAPSHOT] (CT-2A)
    ct_slices                   6 ->           6 rows
    patients                    5 ->          30 rows
                1 ->          26  country=China/sex=F/diagnosis=COVID-19
    quality_findings            1 ->          26 rows
    snapshot_info               1 ->           1 rows
    slices by split and diagnosis
                2 ->           2  train, COVID-19
                1 ->           1  train, Pneumonia
                1 ->           1  val, COVID-19
                1 ->           1  val, Normal
                1 ->           1  test, Normal
    slices added: 0
    slices removed: 0
    slices with another class: 0
    slices with another box: 0
    patients added: 25
      NCP_100
      NCP_101
      NCP_102
      NCP_103
      NCP_104
      NCP_105
      NCP_106
      NCP_107
      NCP_108
      NCP_109
      NCP_110
      NCP_111
      NCP_112
      NCP_113
      NCP_114
      NCP_115
      NCP_116
      NCP_117
      NCP_118
      NCP_119
      … and 5 more: `--format json` has them all
    patients removed: 0
    patients moved between splits: 0
    findings new: 25
      patient-without-slices: NCP_100
      patient-without-slices: NCP_101
      patient-without-slices: NCP_102
      patient-without-slices: NCP_103
      patient-without-slices: NCP_104
      patient-without-slices: NCP_105
      patient-without-slices: NCP_106
      patient-without-slices: NCP_107
      patient-without-slices: NCP_108
      patient-without-slices: NCP_109
      patient-without-slices: NCP_110
      patient-without-slices: NCP_111
      patient-without-slices: NCP_112
      patient-without-slices: NCP_113
      patient-without-slices: NCP_114
      patient-without-slices: NCP_115
      patient-without-slices: NCP_116
      patient-without-slices: NCP_117
      patient-without-slices: NCP_118
      patient-without-slices: NCP_119
      … and 5 more: `--format json` has them all
    findings gone: 0
    ");
}

#[test]
fn names_of_snapshots() {
    let lake = two_releases();
    let log = lake.log();
    let first = log[0]["snapshot"].as_str().unwrap();
    let path = |selector: &str| lake.ctlake(["path", "patients", "--snapshot", selector]);
    assert_eq!(path(first).ok().raw_stdout(), path("1").ok().raw_stdout());
    assert_snapshot!(path("1").ok(), @"
    exit 0
    --- stdout
    [DIR]/lake/curated/patients/[SNAPSHOT]
    ");
    assert_snapshot!(path("3").fails(1), @"
    exit 1
    --- stderr
    error: no snapshot `3` in the log

    hint: `ctlake snapshots list` shows which there are
    ");
    // Both begin so.
    let second = log[1]["snapshot"].as_str().unwrap();
    let common = first
        .bytes()
        .zip(second.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let said = path(&first[..common]).fails(1);
    assert_eq!(
        said.stderr(),
        format!(
            "error: expected one snapshot, got `{}`, with which several begin\n\nhint: `ctlake snapshots list` shows which there are\n",
            &first[..common]
        )
    );
    assert_snapshot!(path("2026-").fails(1), @"
    exit 1
    --- stderr
    error: no snapshot `2026-` in the log

    hint: `ctlake snapshots list` shows which there are
    ");
    assert_snapshot!(lake.ctlake(["path", "patient"]).fails(2), @"
    exit 2
    --- stderr
    error: expected a table, got `patient`

    hint: the tables are ct_slices, patients, quality_findings, snapshot_info, previews
    ");
}

#[test]
fn rollback() {
    let lake = two_releases();
    let releases = "SELECT DISTINCT release FROM ct_slices";
    assert_eq!(lake.sql(releases), "release\nCT-2A\n");
    let before = tree(&lake.path("lake"));
    assert_snapshot!(lake.ctlake(["snapshots", "rollback", "1"]).ok(), @"
    exit 0
    --- stderr
    snapshot [SNAPSHOT] is current again (entry 3)
    next: ctlake snapshots list --lake ./lake
    ");
    assert_eq!(lake.sql(releases), "release\nCT-1\n");
    let after = tree(&lake.path("lake"));
    let new: Vec<&String> = after
        .keys()
        .filter(|path| !before.contains_key(*path))
        .collect();
    assert_eq!(new, ["_ctlake/log/00000000000000000003.json"]);
    assert!(before.iter().all(|(path, digest)| after[path] == *digest));
    assert_snapshot!(lake.ctlake(["snapshots", "list"]).ok(), @"
    exit 0
    --- stdout
    entry snapshot                       release    slices patients     size state
        3 [SNAPSHOT] CT-1            7        6 [SIZE] current, rollback to 1
        2 [SNAPSHOT] CT-2A           7        6 [SIZE] 
        1 [SNAPSHOT] CT-1            7        6 [SIZE]
    ");
    assert_snapshot!(lake.ctlake(["snapshots", "rollback", "1"]).fails(1), @"
    exit 1
    --- stderr
    error: snapshot `[SNAPSHOT]` is current already

    hint: `ctlake snapshots list` shows which there are
    ");
    assert_snapshot!(lake.ctlake(["snapshots", "rollback", "9"]).fails(1), @"
    exit 1
    --- stderr
    error: no snapshot `9` in the log

    hint: `ctlake snapshots list` shows which there are
    ");
}

#[test]
fn a_build_does_not_undo_a_rollback() {
    let lake = two_releases();
    lake.ctlake(["snapshots", "rollback", "1"]).ok();
    let build = ["build", "--release", "CT-2A"];
    assert_snapshot!(lake.ctlake(build).ok(), @"
    exit 0
    --- stderr
    CT-2A: nothing published: snapshot [SNAPSHOT] had the same content and was rolled back

    hint: `ctlake build --force` publishes it again
    ");
    assert_eq!(lake.log().len(), 3);
    assert_snapshot!(lake.ctlake(["build", "--release", "CT-2A", "--dry-run"]).ok().stdout().lines().next().unwrap(), @"CT-2A: would do nothing: snapshot [SNAPSHOT] had the same content and was rolled back");
    lake.ctlake(["build", "--release", "CT-2A", "--force"]).ok();
    assert_eq!(lake.log().len(), 4);
    assert_eq!(
        lake.sql("SELECT DISTINCT release FROM ct_slices"),
        "release\nCT-2A\n"
    );
    // What it was rolled back to is built again without being asked twice.
    lake.ctlake(["build", "--release", "CT-1"]).ok();
    assert_eq!(lake.log().len(), 5);
}

#[test]
fn expire_keeps_what_it_should() {
    let lake = four_snapshots();
    let expire = |args: &[&str]| {
        let mut all = vec!["snapshots", "expire", "--dry-run"];
        all.extend(args);
        lake.ctlake(all).ok().stdout().to_owned()
    };
    let gone = |text: &str| {
        text.lines()
            .filter(|line| line.starts_with("would remove"))
            .count()
    };
    for (args, expected) in [
        (&[][..], 0),
        (&["--older-than", "0s"], 2),
        (&["--older-than", "0s", "--keep", "1"], 3),
        (&["--older-than", "0s", "--keep", "3"], 1),
        (&["--older-than", "0s", "--keep", "4"], 0),
        (&["--older-than", "1h", "--keep", "1"], 0),
        (&["--older-than", "10000d", "--keep", "1"], 0),
    ] {
        assert_eq!(gone(&expire(args)), expected, "{args:?}");
    }
    assert_snapshot!(expire(&["--older-than", "0s"]), @"
    would remove 12 files of snapshot [SNAPSHOT] ([SIZE])
    would remove 12 files of snapshot [SNAPSHOT] ([SIZE])
    ");
    assert_snapshot!(expire(&[]), @"nothing to remove");
}

/// A lake with four snapshots of one release.
fn four_snapshots() -> Lake {
    let lake = Lake::temp();
    let mut dataset = Dataset::small();
    for slice in 3..7 {
        lake.ingest(&dataset);
        lake.ctlake(["build"]).ok();
        dataset = dataset.line(
            Split::Train,
            &format!("NCP_1_10_{slice:04}.png 2 10 20 110 120"),
        );
    }
    lake
}

#[test]
fn what_has_expired_is_gone_and_says_so() {
    let lake = four_snapshots();
    let before = tree(&lake.path("lake"));
    lake.ctlake(["snapshots", "expire", "--older-than", "0s", "--dry-run"])
        .ok();
    assert_eq!(
        tree(&lake.path("lake")),
        before,
        "a dry run has changed something"
    );
    assert_snapshot!(lake.ctlake(["snapshots", "expire", "--older-than", "0s"]).ok(), @"
    exit 0
    --- stderr
    removed 12 files of snapshot [SNAPSHOT] ([SIZE])
    removed 12 files of snapshot [SNAPSHOT] ([SIZE])
    ");
    assert_snapshot!(lake.ctlake(["snapshots", "list"]).ok(), @"
    exit 0
    --- stdout
    entry snapshot                       release    slices patients     size state
        5 [SNAPSHOT] CT-2A           9        5 [SIZE] current, expired 2 snapshots
        4 [SNAPSHOT] CT-2A           9        5 [SIZE] 
        3 [SNAPSHOT] CT-2A           8        5 [SIZE] 
        2 [SNAPSHOT] CT-2A           7        5 [SIZE] expired
        1 [SNAPSHOT] CT-2A           6        5 [SIZE] expired
    ");
    let log = lake.log();
    let files = listing(&lake.path("lake/curated"));
    for (number, kept) in [(0, false), (1, false), (2, true), (3, true)] {
        let snapshot = log[number]["snapshot"].as_str().unwrap();
        assert_eq!(files.contains(snapshot), kept, "{number}");
    }
    assert_snapshot!(lake.ctlake(["snapshots", "rollback", "1"]).fails(1), @"
    exit 1
    --- stderr
    error: the files of snapshot `[SNAPSHOT]` were removed by `snapshots expire`

    hint: `ctlake snapshots list` shows which there are
    ");
    assert_snapshot!(lake.ctlake(["sql", "SELECT 1 AS a", "--snapshot", "1"]).fails(1), @"
    exit 1
    --- stderr
    error: the files of snapshot `[SNAPSHOT]` were removed by `snapshots expire`

    hint: `ctlake snapshots list` shows which there are
    ");
    assert_snapshot!(lake.ctlake(["path", "patients", "--snapshot", "1"]).fails(1), @"
    exit 1
    --- stderr
    error: the files of snapshot `[SNAPSHOT]` were removed by `snapshots expire`

    hint: `ctlake snapshots list` shows which there are
    ");
    assert_snapshot!(lake.ctlake(["snapshots", "diff", "1", "4"]).fails(1), @"
    exit 1
    --- stderr
    error: the files of snapshot `[SNAPSHOT]` were removed by `snapshots expire`

    hint: `ctlake snapshots list` shows which there are
    ");
    assert_eq!(lake.sql("SELECT COUNT(*) AS n FROM ct_slices"), "n\n9\n");
    assert_snapshot!(lake.ctlake(["snapshots", "expire", "--older-than", "0s"]).ok(), @"
    exit 0
    --- stderr
    nothing to remove
    ");
    lake.ctlake(["snapshots", "rollback", "3"]).ok();
    assert_eq!(lake.sql("SELECT COUNT(*) AS n FROM ct_slices"), "n\n8\n");
}

#[test]
fn expire_removes_what_builds_that_died_have_left() {
    let lake = Lake::built(&Dataset::small());
    let orphan = "curated/patients/20200101T000000Z-0123abcd-0001/country=China/part-00000.parquet";
    let orphan = lake.path("lake").join(orphan);
    fs::create_dir_all(orphan.parent().unwrap()).unwrap();
    fs::write(&orphan, "half a file").unwrap();
    fs::create_dir_all(lake.path("lake/_ctlake/tmp")).unwrap();
    fs::write(lake.path("lake/_ctlake/tmp/1-2-3"), "half a file").unwrap();
    assert_snapshot!(lake.ctlake(["snapshots", "expire"]).ok(), @"
    exit 0
    --- stderr
    nothing to remove
    ");
    assert_snapshot!(lake.ctlake(["snapshots", "expire", "--older-than", "0s"]).ok(), @"
    exit 0
    --- stderr
    removed 1 file of snapshot [SNAPSHOT], which was never published (11 B)
    removed 1 file that were being written when their process died
    ");
    assert!(!orphan.exists() && !lake.has("_ctlake/tmp/1-2-3"));
    assert_eq!(lake.sql("SELECT COUNT(*) AS n FROM ct_slices"), "n\n6\n");
    // A file that is not ours is left alone.
    fs::write(lake.path("lake/curated/patients/notes.txt"), "mine").unwrap();
    lake.ctlake(["snapshots", "expire", "--older-than", "0s"])
        .ok();
    assert!(lake.has("curated/patients/notes.txt"));
}

#[test]
fn reading_never_writes() {
    let lake = two_releases();
    let folder = lake.path("lake");
    let before = tree(&folder);
    set_readonly(&folder, true);
    for command in [
        &["status"][..],
        &["status", "--format", "json"],
        &["sql", "SELECT COUNT(*) AS n FROM ct_slices"],
        &["path", "ct_slices"],
        &["path", "ct_slices", "--snapshot", "1"],
        &["snapshots", "list"],
        &["snapshots", "diff", "1", "2"],
        &[
            "snapshots",
            "expire",
            "--older-than",
            "0s",
            "--keep",
            "1",
            "--dry-run",
        ],
        &["schema", "ct_slices"],
        &["schema", "--format", "odcs", "--lake", "./lake"],
        &["build", "--dry-run", "--release", "CT-1"],
        &["build", "--dry-run", "--force", "--release", "CT-2A"],
        &["ingest", "dataset", "--dry-run"],
    ] {
        lake.ctlake(command).ok();
        assert_eq!(tree(&folder), before, "{command:?} has changed something");
    }
    set_readonly(&folder, false);
}

#[test]
fn status() {
    let lake = Lake::temp();
    lake.ingest(&Dataset::small());
    assert_snapshot!(lake.ctlake(["status"]).ok(), @"
    exit 0
    --- stdout
    lake ./lake
    landing   CT-2A: 4 files, 0 of them images, 565 B; complete
    snapshot  none yet
    next: ctlake build --lake ./lake
    ");
    lake.ctlake(["build"]).ok();
    assert_snapshot!(lake.ctlake(["status"]).ok(), @r#"
    exit 0
    --- stdout
    lake ./lake
    landing   CT-2A: 4 files, 0 of them images, 565 B; complete
    snapshot  [SNAPSHOT] of CT-2A
      entry 1 of 1, committed [TIME]
      ct_slices                   6 rows    5 files [SIZE]
      patients                    5 rows    5 files [SIZE]
      quality_findings            1 rows     1 file [SIZE]
      snapshot_info               1 rows     1 file [SIZE]
    findings  6
      warning         6  image-missing
    next: ctlake sql "SELECT rule, severity, subject, detail FROM quality_findings" --lake ./lake
    "#);
    let said = lake.ctlake(["status", "--format", "json"]).ok();
    let status = said.json();
    assert_eq!(status["landing"][0]["files"], 4);
    assert_eq!(status["current"]["snapshot"], lake.snapshot());
    assert_eq!(status["current"]["tables"][0]["rows"], 6);
}

#[test]
fn the_beginning_of_a_name_may_be_a_date() {
    let lake = Lake::built(&Dataset::small());
    let snapshot = lake.snapshot();
    let said = lake
        .ctlake(["path", "patients", "--snapshot", &snapshot[..8]])
        .ok();
    assert!(said.raw_stdout().trim_end().ends_with(&snapshot));
}
