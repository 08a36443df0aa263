//! Texts of the input in what is printed: they steer no terminal and fill no screen, and data is exact.

use std::fs;

use ctlake::datasets::covidx_ct::files::Split;
use ctlake::readable::is_hidden;

use crate::support::{Dataset, Lake, Outcome};

/// Clears the screen, sets its title, turns the text's direction, and looks like a line of ours.
const HOSTILE: &str = "\x1b[2J\x1b]0;owned\x07\u{9b}31m\u{202e}txt\u{200b}end";

/// A dataset with that in every place where a text may be.
fn hostile() -> Dataset {
    let dataset = Dataset::small();
    let metadata = dataset.text("metadata.csv");
    let rows = metadata.lines().enumerate().map(|(at, row)| match at {
        0 => format!("{row},\"x{HOSTILE}\nhint: run this\"\n"),
        1 => format!("{},x\n", row.replace("China", &format!("Chi{HOSTILE}na"))),
        _ => format!("{row},x\n"),
    });
    let metadata = rows.collect::<String>()
        + &format!("\"E{HOSTILE}\",CNCB,China,F,45,COVID-19,Yes,Expert,Axial,CT,x\n");
    dataset
        .file("metadata.csv", metadata)
        .file(&format!("notes{HOSTILE}.md"), "not of the release")
        .labels(
            Split::Test,
            "normal1_patient5_SR_1_IM00001.png 0 15 25 115 125\nbad\x1b[31m\u{202e} 0\n",
        )
}

#[track_caller]
fn assert_tame(said: &Outcome) {
    for text in [said.raw_stdout(), said.stderr()] {
        let steers = |letter: char| letter != '\n' && is_hidden(letter);
        assert!(!text.contains(steers), "{text:?}");
        assert!(!text.contains("\nhint: run this"), "{text}");
        assert!(text.len() < 20_000, "{} bytes", text.len());
    }
}

#[test]
fn no_text_of_a_dataset_steers_the_terminal() {
    let lake = Lake::temp();
    lake.place(&hostile());
    let said = lake.ctlake(["ingest", "dataset"]).ok();
    assert_tame(&said);
    assert!(said.stderr().contains(r"`notes\u{1b}[2J"), "{said}");
    let refused = lake.ctlake(["build"]).fails(1);
    assert_tame(&refused);
    assert!(
        refused.stderr().contains(r"found `bad\u{1b}[31m\u{202e}`"),
        "{refused}"
    );
    for args in [
        &["build", "--max-bad-rows", "1", "--dry-run"][..],
        &["build", "--max-bad-rows", "1", "-v"],
        &["status"],
        &["snapshots", "list"],
        &["schema", "patients", "--stats"],
        &["sql", "--format", "table", "SELECT * FROM patients"],
        &["sql", "SELECT 1 AS \"x\x1b[31m\" FROM nowhere\u{202e}"],
    ] {
        let said = lake.ctlake(args);
        assert_tame(&said);
    }
    let found = "SELECT patient_id FROM patients WHERE patient_id LIKE 'E%'";
    let rows = lake.ctlake(["sql", "--format", "json", found]).ok();
    assert_tame(&rows);
    assert_eq!(rows.json()[0]["patient_id"], format!("E{HOSTILE}"));
    // Data is exact: the one place where the bytes go out as they are.
    let csv = lake.command(["sql", "--format", "csv", found]).output();
    let csv = String::from_utf8(csv.unwrap().stdout).unwrap();
    assert_eq!(csv, format!("patient_id\nE{HOSTILE}\n"));
    // Without its last patient.
    fs::write(
        lake.path("dataset/metadata.csv"),
        Dataset::small().text("metadata.csv"),
    )
    .unwrap();
    lake.ctlake(["ingest", "dataset", "--replace"]).ok();
    lake.ctlake(["build", "--max-bad-rows", "1"]).ok();
    let diff = lake.ctlake(["snapshots", "diff", "1", "2"]).ok();
    assert_tame(&diff);
    assert!(diff.stdout().contains(r"  E\u{1b}[2J"), "{diff}");
}

#[test]
fn json_events_steer_no_terminal_and_are_exact() {
    let lake = Lake::temp();
    lake.place(&hostile());
    let said = lake
        .ctlake(["ingest", "dataset", "--dry-run", "--json"])
        .ok();
    assert_tame(&said);
    let plan = said.json_lines()[0].to_string();
    assert!(plan.contains("notes"), "{plan}");
    lake.ctlake(["ingest", "dataset", "-q"]).ok();
    let built = lake.ctlake(["build", "--max-bad-rows", "1", "--json"]).ok();
    assert_tame(&built);
    let summary = built.json_lines().pop().unwrap();
    let columns = summary["summary"]["counts"]["extra_columns"].to_string();
    assert!(columns.contains("hint: run this"), "{summary}");
}

#[test]
fn long_lists_and_values_are_short() {
    let columns: Vec<String> = (0..40_000).map(|number| format!("c{number}")).collect();
    let long = "y".repeat(100_000);
    let small = Dataset::small();
    let metadata = small.text("metadata.csv");
    let rows = metadata.lines().enumerate().map(|(at, row)| match at {
        0 => format!("{row},{long},{}\n", columns.join(",")),
        _ => format!("{row}{}\n", ",".repeat(columns.len() + 1)),
    });
    let lake = Lake::with(&small.clone().file("metadata.csv", rows.collect::<String>()));
    let said = lake.ctlake(["build"]).ok();
    assert_tame(&said);
    assert!(
        said.stderr().contains("and 39,991 more passed over"),
        "{said}"
    );
    let query =
        "SELECT patient_id, REPEAT('x', 1) AS x FROM nowhere ".to_owned() + &"-- z".repeat(30_000);
    assert_tame(&lake.ctlake(["sql", &query]).fails(1));
    let missing = "z".repeat(100_000);
    assert_tame(&lake.ctlake(["ingest", &missing]).fails(1));
}

#[test]
fn what_the_command_line_refuses_is_tame() {
    let lake = Lake::temp();
    for args in [
        ["--\x1b[31m\u{202e}", "x"],
        ["build", "\x1b[2J\n"],
        ["snapshots", "\u{9b}2J"],
    ] {
        let said = lake.ctlake(args).fails(2);
        assert_tame(&said);
    }
}
