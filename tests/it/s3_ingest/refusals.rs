//! What S3 refuses for good: at once, with a remedy, and with nothing lost.

use insta::assert_snapshot;

use super::{Ground, PREFIX};
use crate::support::s3::{Faults, Lack, Operation};

/// What is said of a run that fails.
#[track_caller]
fn said(ground: &Ground, change: impl FnOnce(&mut std::process::Command)) -> String {
    let mut command = ground.command(&["ingest", "dataset.zip", "-q"]);
    change(&mut command);
    let outcome = ground.lake.run(command).fails(1);
    let text = outcome.stderr();
    // The number of a request differs from run to run.
    match text.split_once(" (request ") {
        Some((before, rest)) => {
            let after = rest.split_once(')').map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        None => text.to_owned(),
    }
}

#[test]
fn wrong_credentials() {
    let ground = Ground::new();
    assert_snapshot!(said(&ground, |command| {
        command.env("AWS_SECRET_ACCESS_KEY", "wrong");
    }), @"
    error: cannot open `s3://lake/team/covid`
      because: the store answered 403 SignatureDoesNotMatch

    hint: the secret does not belong to this access key: check AWS_SECRET_ACCESS_KEY, or enter both again with `aws configure`
    ");
}

#[test]
fn no_credentials() {
    let ground = Ground::new();
    let text = said(&ground, |command| {
        command
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY");
    });
    assert!(text.contains("no AWS credentials"), "{text}");
    assert!(text.contains("hint: `aws configure`"), "{text}");
}

#[test]
fn a_missing_bucket() {
    let ground = Ground::new();
    let mut command = ground
        .lake
        .command(["build", "--lake", "s3://elsewhere/covid"]);
    command.envs(ground.server.env());
    let outcome = ground.lake.run(command).fails(1);
    assert!(
        outcome.stderr().contains("404 NoSuchBucket"),
        "{}",
        outcome.stderr()
    );
    assert!(
        outcome.stderr().contains("hint: check the name"),
        "{}",
        outcome.stderr()
    );
}

#[test]
fn a_bucket_of_somebody_else() {
    let ground = Ground::new();
    let outcome = ground
        .ctlake(&["ingest", "dataset.zip", "--bucket-owner", "999999999999"])
        .fails(1);
    assert!(
        outcome.stderr().contains("403 AccessDenied"),
        "{}",
        outcome.stderr()
    );
    assert!(ground.server.objects().is_empty());
}

#[test]
fn no_right_to_list() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        deny: vec![Operation::ListObjectsV2],
        ..Faults::default()
    });
    let text = said(&ground, |_| {});
    assert!(text.contains("AccessDenied"), "{text}");
    assert!(text.contains("hint: "), "{text}");
    assert!(ground.server.objects().is_empty());
}

#[test]
fn a_bucket_that_demands_encryption() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        under: format!("{PREFIX}/landing/"),
        deny_unencrypted: true,
        ..Faults::default()
    });
    // Which of the first files is refused first is open.
    let text = said(&ground, |_| {});
    assert!(
        text.starts_with("error: cannot write `landing/CT-2A/"),
        "{text}"
    );
    assert!(
        text.ends_with("`\n  because: the store answered 403 AccessDenied Access Denied\n\nhint: `ctlake doctor` shows which right is missing; a bucket that demands encryption needs `--sse aws:kms --kms-key KEY`\n"),
        "{text}"
    );
    assert!(ground.file_puts() <= 64, "it goes on and on");
    ground.ingest(&["--sse", "AES256"], 0);
    ground.check_whole();
}

#[test]
fn an_expired_token() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        expired_token: Some("old".to_owned()),
        ..Faults::default()
    });
    let text = said(&ground, |command| {
        command.env("AWS_SESSION_TOKEN", "old");
    });
    assert!(text.contains("400 ExpiredToken"), "{text}");
    assert!(text.contains("hint: get new credentials"), "{text}");
}

#[test]
fn a_store_that_build_refuses_is_reported_before_the_first_file() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        lacks: vec![Lack::ConditionalPut],
        ..Faults::default()
    });
    let refusal = "the store of lake `s3://lake/team/covid` does not refuse to create an object twice, so two publishers could both win";
    let run = ground.ctlake(&["run", "dataset.zip", "-q"]).fails(1);
    assert_eq!(
        run.stderr(),
        format!(
            "error: {refusal}\n\nhint: if nobody else ever publishes to this lake, pass `--single-writer`\n"
        )
    );
    assert_eq!(ground.file_puts(), 0);
    let said = ground.ctlake(&["ingest", "dataset.zip"]).ok();
    let warning = format!("warning: {refusal}: `ctlake build` needs `--single-writer` here");
    assert!(said.stderr().contains(&warning), "{said}");
    ground.ctlake(&["build", "-q"]).fails(1);
    ground.ctlake(&["build", "--single-writer", "-q"]).ok();
}
