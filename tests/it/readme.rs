//! The commands in README.md and docs/: each is run, in the order it stands there.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::athena::{AthenaServer, Script};
use crate::support::glue::GlueServer;
use crate::support::kaggle::KaggleServer;
use crate::support::s3::S3Server;
use crate::support::{Dataset, Lake};

/// A command of a `console` block, and whether an error is shown below it.
struct Shown {
    command: String,
    fails: bool,
}

/// The commands of a document's `console` blocks; blocks that show something being killed can't be run again.
fn commands(document: &str) -> Vec<Shown> {
    let mut shown = Vec::new();
    for block in document.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        if block.contains("kill") {
            continue;
        }
        let mut lines = block.lines().peekable();
        while let Some(line) = lines.next() {
            let Some(command) = line.strip_prefix("$ ") else {
                continue;
            };
            let fails = lines.peek().is_some_and(|line| line.starts_with("error:"));
            shown.push(Shown {
                command: command.to_owned(),
                fails,
            });
        }
    }
    shown
}

/// Runs the commands of a document in one folder; gives back how many there were.
fn run(document: &str, lake: &Lake, environment: &[(&str, String)]) -> usize {
    let program = Path::new(env!("CARGO_BIN_EXE_ctlake"));
    let path = format!(
        "{}:{}",
        program.parent().unwrap().display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap();
    let shown = commands(&text);
    for Shown { command, fails } in &shown {
        let said = Command::new("sh")
            .args(["-c", command])
            .current_dir(lake.path(""))
            .env("PATH", &path)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env_remove("CTLAKE_LAKE")
            .output()
            .unwrap();
        assert_eq!(
            said.status.success(),
            !fails,
            "{document}: {command}\n{}",
            String::from_utf8_lossy(&said.stderr)
        );
    }
    shown.len()
}

/// The environment in which a process takes the two servers for AWS.
fn aws(server: &S3Server, glue: &GlueServer) -> Vec<(&'static str, String)> {
    let mut environment = server.env();
    environment.push(("AWS_ENDPOINT_URL_GLUE", glue.endpoint()));
    environment
}

#[test]
fn blocks_are_read_as_people_read_them() {
    let text = "a\n```console\n$ one\nout\n$ two\nerror: no\n```\nb\n```console\n$ kill it\n```\n```sh\nthree\n```\n";
    let read: Vec<(String, bool)> = commands(text)
        .into_iter()
        .map(|shown| (shown.command, shown.fails))
        .collect();
    assert_eq!(read, [("one".to_owned(), false), ("two".to_owned(), true)]);
}

#[test]
fn the_readme_works_from_top_to_bottom() {
    let lake = Lake::temp();
    // In the place of the dataset, which nobody can fetch in a test.
    lake.ctlake(["sample", "covidx-ct"]).ok();
    assert!(run("README.md", &lake, &[]) >= 3);
}

#[test]
fn the_readme_is_short() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let bytes = fs::metadata(readme).unwrap().len();
    assert!(
        bytes <= 10_000,
        "README.md has {bytes} bytes; long tables belong in docs/"
    );
}

#[test]
fn the_guide_works_from_top_to_bottom() {
    let lake = Lake::temp();
    // In the place of the dataset, which nobody can fetch in a test.
    lake.ctlake(["sample", "covidx-ct"]).ok();
    lake.ctlake(["sample", "covidxct.zip", "--zip"]).ok();
    // In the place of AWS and Kaggle.
    let (server, glue) = (S3Server::start(), GlueServer::start());
    let kaggle = KaggleServer::start(fs::read(lake.path("covidxct.zip")).unwrap());
    let environment = [aws(&server, &glue), kaggle.env()].concat();
    assert!(run("docs/guide.md", &lake, &environment) >= 12);
}

#[test]
fn the_kaggle_page_works_from_top_to_bottom() {
    let lake = Lake::temp();
    lake.ctlake(["sample", "covidxct.zip", "--zip"]).ok();
    let kaggle = KaggleServer::start(fs::read(lake.path("covidxct.zip")).unwrap());
    assert!(run("docs/kaggle.md", &lake, &kaggle.env()) >= 4);
}

#[test]
fn the_athena_page_works_from_top_to_bottom() {
    let (server, glue) = (S3Server::start(), GlueServer::start());
    let athena = AthenaServer::start(&server);
    athena.answers("FROM slices_by_cohort", Script::rows(&[], &[]));
    let unknown = "COLUMN_NOT_FOUND: line 1:8: Column 'splitt' cannot be resolved";
    athena.answers("splitt", Script::failing(unknown, false));
    let mut environment = aws(&server, &glue);
    environment.push(("AWS_ENDPOINT_URL_ATHENA", athena.endpoint()));
    assert!(run("docs/athena.md", &Lake::temp(), &environment) >= 14);
}

#[test]
fn the_snapshots_page_works_from_top_to_bottom() {
    assert!(run("docs/snapshots.md", &Lake::temp(), &[]) >= 8);
}

#[test]
fn the_images_page_works_from_top_to_bottom() {
    assert!(run("docs/images.md", &Lake::temp(), &[]) >= 9);
}

#[test]
fn the_power_bi_page_works_from_top_to_bottom() {
    assert!(run("docs/powerbi.md", &Lake::temp(), &[]) >= 4);
}

#[test]
fn the_pages_about_machines_work_from_top_to_bottom() {
    assert!(run("docs/ec2.md", &Lake::temp(), &[]) >= 1);
    assert!(run("docs/deploy/README.md", &Lake::temp(), &[]) >= 2);
}

#[test]
fn the_report_page_works_from_top_to_bottom() {
    let lake = Lake::built(&Dataset::small());
    assert!(run("docs/report.md", &lake, &[]) >= 2);
}

#[test]
fn the_page_about_the_prompt_works_from_top_to_bottom() {
    let lake = Lake::built(&Dataset::small());
    assert!(run("docs/shell.md", &lake, &[]) >= 2);
}

#[test]
fn the_formats_page_works_from_top_to_bottom() {
    assert!(run("docs/formats.md", &Lake::temp(), &[]) >= 8);
}

#[test]
fn the_tutorial_works_from_top_to_bottom() {
    let (server, glue) = (S3Server::start(), GlueServer::start());
    assert!(run("docs/tutorial.md", &Lake::temp(), &aws(&server, &glue)) >= 20);
}

#[test]
fn the_operations_page_works_from_top_to_bottom() {
    assert!(run("docs/operations.md", &Lake::temp(), &[]) >= 10);
}

/// The commands that a document names in passing, and those of its `sh` blocks, a line each.
fn named(document: &str) -> Vec<String> {
    let mut named = Vec::new();
    for (index, part) in document.split("```").enumerate() {
        if index % 2 == 0 {
            let code = part.split('`').skip(1).step_by(2);
            named.extend(code.map(|text| text.replace('\n', " ")));
        } else if let Some(script) = part.strip_prefix("sh\n") {
            named.extend(script.replace("\\\n", " ").lines().map(str::to_owned));
        }
    }
    // What is cut or goes into another program has no end to look at.
    named.retain(|text| text.starts_with("ctlake ") && !text.contains(['…', '|', '>', '$']));
    named
}

#[test]
fn every_command_that_a_page_names_is_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = Path::new(env!("CARGO_BIN_EXE_ctlake"));
    let mut pages = vec![root.join("README.md"), root.join("docs/deploy/README.md")];
    let docs = fs::read_dir(root.join("docs")).unwrap();
    pages.extend(docs.map(|entry| entry.unwrap().path()));
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    let lake = Lake::temp();
    let mut seen = 0;
    for page in pages {
        for command in named(&fs::read_to_string(&page).unwrap()) {
            // All options are looked at before the help is printed.
            let script = command.replacen("ctlake", "\"$CTLAKE\"", 1) + " --help";
            let said = Command::new("sh")
                .args(["-c", &script])
                .env("CTLAKE", program)
                .current_dir(lake.path(""))
                .output()
                .unwrap();
            let error = String::from_utf8_lossy(&said.stderr);
            // What is refused may be what a reader is to fill in: `--shards N`.
            let refused = error.split('\'').nth(1).unwrap_or_default();
            let is_placeholder = refused.chars().all(|letter| letter.is_ascii_uppercase());
            assert!(
                said.status.success() || (is_placeholder && !refused.is_empty()),
                "{}: {command}\n{error}",
                page.display(),
            );
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen} commands");
}
