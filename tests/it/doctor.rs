//! Can this lake be used from here?

use insta::assert_snapshot;

use crate::support::s3::{Faults, Lack, Operation, S3Server};
use crate::support::tree::listing;
use crate::support::{Dataset, Lake};

/// What is said of a lake on `server`.
#[track_caller]
fn said(server: &S3Server, change: &[(&str, &str)], code: i32) -> String {
    let lake = Lake::temp();
    let mut command = lake.command(["doctor", "--lake", "s3://lake/covid"]);
    command.envs(server.env());
    for variable in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"] {
        command.env_remove(variable);
    }
    for (name, value) in change {
        command.env(name, value);
    }
    let outcome = lake.run(command).exits(code);
    let text = outcome
        .raw_stdout()
        .replace(&server.endpoint(), "[ENDPOINT]");
    // Nothing is left behind.
    assert!(server.objects().is_empty(), "{:?}", server.objects());
    let seconds = |line: &str| line.contains("s apart from the store's");
    text.lines()
        .map(|line| {
            if seconds(line) {
                "ok       clock            [SECONDS] apart from the store's\n".to_owned()
            } else {
                // The number of a request differs from run to run.
                format!("{}\n", line.split(" (request ").next().unwrap())
            }
        })
        .collect()
}

#[test]
fn a_bucket_that_is_as_it_should_be() {
    assert_snapshot!(said(&S3Server::start(), &[], 0), @"
    ok       region           eu-central-1, at [ENDPOINT]
    ok       credentials      access key …0000
    ok       bucket           lake
    ok       encryption       AES256, by the bucket's default
    ok       public access    blocked
    ok       list             allowed
    ok       put              allowed
    ok       get              allowed, and returns the content that was written
    ok       conditional put  an object is not created twice
    ok       delete           allowed
    ok       checksums        a damaged body is refused
    ok       clock            [SECONDS] apart from the store's
    ");
}

#[test]
fn a_bucket_that_is_not() {
    let server = S3Server::start();
    server.faults(Faults {
        lacks: vec![
            Lack::ConditionalPut,
            Lack::Checksums,
            Lack::PublicAccessBlock,
        ],
        ..Faults::default()
    });
    assert_snapshot!(said(&server, &[], 0), @"
    ok       region           eu-central-1, at [ENDPOINT]
    ok       credentials      access key …0000
    ok       bucket           lake
    ok       encryption       AES256, by the bucket's default
    warning  public access    not blocked
                              hint: `aws s3api put-public-access-block` with all four settings
    ok       list             allowed
    ok       put              allowed
    ok       get              allowed, and returns the content that was written
    warning  conditional put  an object can be created twice, so two publishers could both win
                              hint: build with `--single-writer`, if nobody else ever publishes to this lake
    ok       delete           allowed
    warning  checksums        a wrong CRC-32 is accepted
                              hint: Content-MD5 is sent besides, which most stores check; `ctlake verify --deep` reads what this one keeps no checksum of
    ok       clock            [SECONDS] apart from the store's
    ");
}

#[test]
fn rights_that_are_missing() {
    let server = S3Server::start();
    server.faults(Faults {
        deny: vec![Operation::PutObject, Operation::GetBucketEncryption],
        ..Faults::default()
    });
    assert_snapshot!(said(&server, &[], 1), @r#"
    ok       region           eu-central-1, at [ENDPOINT]
    ok       credentials      access key …0000
    ok       bucket           lake
    skipped  encryption       can't be told: the store answered 403 AccessDenied Access Denied
    ok       public access    blocked
    ok       list             allowed
    failed   put              access denied
                              hint: the policy needs s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix; a bucket that demands encryption needs `--sse`
    skipped  get              not tried
    skipped  conditional put  not tried
    skipped  delete           not tried
    "#);
}

#[test]
fn wrong_credentials() {
    let server = S3Server::start();
    assert_snapshot!(said(&server, &[("AWS_SECRET_ACCESS_KEY", "wrong")], 1), @"
    ok       region           eu-central-1, at [ENDPOINT]
    ok       credentials      access key …0000
    failed   bucket           the store answered 403 SignatureDoesNotMatch
                              hint: the secret does not belong to this access key: check AWS_SECRET_ACCESS_KEY, or enter both again with `aws configure`
    skipped  encryption       not tried
    skipped  public access    not tried
    skipped  list             not tried
    skipped  put              not tried
    skipped  get              not tried
    skipped  conditional put  not tried
    skipped  delete           not tried
    skipped  checksums        not tried
    skipped  clock            not tried
    ");
}

#[test]
fn wrong_key_and_wrong_region_are_told_apart() {
    let server = S3Server::start();
    let bucket = |name: &str, value: &str| {
        let text = said(&server, &[(name, value)], 1);
        let mut lines = text.lines().skip_while(|line| !line.contains("bucket  "));
        lines
            .next()
            .into_iter()
            .chain(lines.next())
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_snapshot!(bucket("AWS_ACCESS_KEY_ID", "AKIAWRONG"), @"
    failed   bucket           the store answered 403 InvalidAccessKeyId
                              hint: the store does not know this access key: check AWS_ACCESS_KEY_ID and AWS_PROFILE; temporary credentials need AWS_SESSION_TOKEN too
    ");
    assert_snapshot!(bucket("AWS_REGION", "us-east-1"), @"
    failed   bucket           the store answered 400 AuthorizationHeaderMalformed The authorization header is malformed; the region is wrong; expecting 'eu-central-1'
                              hint: the bucket is in eu-central-1: `export AWS_REGION=eu-central-1`
    ");
}

#[test]
fn a_lake_that_can_only_be_read_is_one_warning() {
    let server = S3Server::start();
    let lake = Lake::with(&Dataset::small());
    let sent = lake.run({
        let mut command = lake.command(["ingest", "dataset", "--lake", "s3://lake/covid"]);
        command.envs(server.env());
        command
    });
    sent.ok();
    server.faults(Faults {
        deny: vec![Operation::PutObject],
        ..Faults::default()
    });
    let mut command = lake.command(["doctor", "--lake", "s3://lake/covid"]);
    command.envs(server.env());
    let text = lake.run(command).exits(0).raw_stdout().to_owned();
    let about_writing: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("ok       list"))
        .skip(1)
        .collect();
    assert_snapshot!(about_writing.join("\n"), @"
    warning  put              read-only: queries work; ingest, build and register do not
                              hint: the policy needs s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject below the prefix; a bucket that demands encryption needs `--sse`
    ");
}

#[test]
fn a_folder() {
    let lake = Lake::with(&Dataset::small());
    let said = lake.ctlake(["doctor", "--format", "json"]).ok().json();
    let verdict = |name: &str| {
        let checks = said["checks"].as_array().unwrap();
        let found = checks.iter().find(|check| check["name"] == name);
        found
            .map(|check| check["verdict"].clone())
            .unwrap_or_default()
    };
    for name in [
        "folder",
        "list files",
        "write",
        "read",
        "create once",
        "remove",
    ] {
        assert_eq!(verdict(name), "ok", "{said}");
    }
    assert_eq!(listing(&lake.path("lake/_ctlake/tmp")), "");
    let none = Lake::temp().ctlake(["doctor"]).ok();
    assert!(
        none.stdout().contains("it is not there yet"),
        "{}",
        none.stdout()
    );
}
