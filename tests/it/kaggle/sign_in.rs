//! Who has signed in with `kaggle auth login`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::access::{plan, secret_file};
use super::{Ground, SOURCE};
use crate::support::kaggle::{
    Access, Faults, KEY, Operation, REFRESH_TOKEN, RetryAfter, Share, USERNAME,
};
use crate::support::lake::is_root;

const FILE: &str = ".kaggle/credentials.json";

fn path(ground: &Ground) -> PathBuf {
    ground.server.home().join(FILE)
}

/// The file as Kaggle's own client writes it, with a token that ends so many hours from now.
fn credentials(token: &str, hours: i64) -> Value {
    let ends = Utc::now() + TimeDelta::hours(hours);
    json!({
        "refresh_token": REFRESH_TOKEN,
        "access_token": token,
        "access_token_expiration": ends.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string(),
        "username": USERNAME,
        "scopes": ["resources.admin:*"],
    })
}

fn sign_in(ground: &Ground, hours: i64) {
    let token = ground.server.sign_in();
    secret_file(ground, FILE, credentials(&token, hours).to_string());
}

fn read(ground: &Ground) -> Value {
    serde_json::from_slice(&fs::read(path(ground)).unwrap()).unwrap()
}

fn renewals(ground: &Ground) -> usize {
    let requests = ground.server.requests();
    requests.count(Operation::GenerateAccessToken)
}

#[test]
fn a_sign_in_is_used_when_there_is_no_other_way_to_be_somebody() {
    let ground = Ground::new();
    sign_in(&ground, 3);
    let before = read(&ground);
    plan(&ground, &[]).ok();
    assert_eq!((renewals(&ground), read(&ground)), (0, before));
    // Token and pair come first, whether they are good or not.
    plan(&ground, &[("KAGGLE_API_TOKEN", "guess")]).fails(1);
    let pair = [("KAGGLE_USERNAME", USERNAME), ("KAGGLE_KEY", "guess")];
    plan(&ground, &pair).fails(1);
    plan(
        &ground,
        &[("KAGGLE_USERNAME", USERNAME), ("KAGGLE_KEY", KEY)],
    )
    .ok();
    assert_eq!(renewals(&ground), 0);
}

#[test]
fn an_expired_token_is_exchanged_and_the_new_one_kept_for_all() {
    let ground = Ground::new();
    sign_in(&ground, -1);
    ground.server.expire_sign_in();
    let mut before = read(&ground);
    before["more"] = "of a later release".into();
    secret_file(&ground, FILE, before.to_string());
    fs::set_permissions(path(&ground), fs::Permissions::from_mode(0o644)).unwrap();
    plan(&ground, &[]).ok();
    assert_eq!(renewals(&ground), 1);
    let mut after = read(&ground);
    let ends: DateTime<Utc> = after["access_token_expiration"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let hours = (ends - Utc::now()).as_seconds_f64() / 3600.0;
    assert!((11.9..=12.0).contains(&hours), "{hours}");
    assert_ne!(after["access_token"], before["access_token"]);
    for changed in ["access_token", "access_token_expiration"] {
        after[changed] = before[changed].clone();
    }
    assert_eq!(after, before);
    let mode = fs::metadata(path(&ground)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let folder = fs::read_dir(path(&ground).parent().unwrap()).unwrap();
    assert_eq!(folder.count(), 1);
    plan(&ground, &[]).ok();
    assert_eq!(renewals(&ground), 1);
}

#[test]
fn a_token_that_is_refused_before_its_end_is_exchanged_once() {
    let ground = Ground::new();
    sign_in(&ground, 3);
    ground.server.expire_sign_in();
    plan(&ground, &[]).ok();
    assert_eq!(renewals(&ground), 1);
    // One is given, and refused at once.
    ground.server.expire_sign_in();
    ground.server.faults(Faults {
        expire_sign_ins: true,
        ..Faults::default()
    });
    let said = plan(&ground, &[]).fails(1);
    assert_eq!(renewals(&ground), 2, "{said}");
}

#[test]
fn a_token_without_a_date_is_exchanged() {
    for change in [
        json!({"access_token_expiration": ""}),
        json!({"access_token_expiration": null}),
        json!({"access_token_expiration": "2031-01-01T00:00:00"}),
        json!({"access_token_expiration": "soon"}),
        json!({"access_token": ""}),
    ] {
        let ground = Ground::new();
        let mut file = credentials(&ground.server.sign_in(), 3);
        for (name, value) in change.as_object().unwrap() {
            file[name] = value.clone();
        }
        secret_file(&ground, FILE, format!("\u{feff}{file}\r\n"));
        plan(&ground, &[]).ok();
        assert_eq!(renewals(&ground), 1, "{change}");
    }
}

#[test]
fn a_sign_in_that_has_ended_is_told_and_left_alone() {
    let ground = Ground::new();
    sign_in(&ground, -1);
    ground.server.revoke_sign_in();
    let before = read(&ground);
    let home = ground.server.home().display().to_string();
    let said = plan(&ground, &[]).fails(1).to_string();
    insta::assert_snapshot!(said.replace(&home, "[HOME]"), @"
    exit 1
    --- stderr
    error: Kaggle refused the sign-in in `[HOME]/.kaggle/credentials.json`: Unauthenticated

    hint: sign in again: `kaggle auth login --force`; or do without: `mv '[HOME]/.kaggle/credentials.json' '[HOME]/.kaggle/credentials.json.old'`
    ");
    assert_eq!(read(&ground), before);
    // Where nobody is signed in, the file is as good as none.
    secret_file(&ground, FILE, r#"{"username": "tester"}"#);
    ground.server.access(Access::Public);
    ground.ctlake(&["ingest", SOURCE, "--dry-run"]).ok();
    secret_file(&ground, FILE, r#"{"refresh_token": "#);
    let said = ground.ctlake(&["ingest", SOURCE, "--dry-run"]).fails(1);
    assert!(said.stderr().contains("expected JSON"), "{said}");
}

#[test]
fn a_busy_kaggle_is_asked_again_for_a_token() {
    let ground = Ground::new();
    sign_in(&ground, -1);
    ground.server.faults(Faults {
        api_503: Share::First(3),
        on: vec![Operation::GenerateAccessToken],
        retry_after: RetryAfter::Seconds(0.0),
        ..Faults::default()
    });
    plan(&ground, &[]).ok();
    assert_eq!(renewals(&ground), 4);
}

#[test]
fn a_link_stays_a_link_and_another_sign_in_is_not_overwritten() {
    let ground = Ground::new();
    sign_in(&ground, -1);
    let kept = ground.server.home().join("kept.json");
    fs::rename(path(&ground), &kept).unwrap();
    symlink(&kept, path(&ground)).unwrap();
    plan(&ground, &[]).ok();
    assert!(path(&ground).is_symlink());
    let ends = read(&ground)["access_token_expiration"].clone();
    let ends: DateTime<Utc> = ends.as_str().unwrap().parse().unwrap();
    assert!(ends > Utc::now());
}

#[test]
fn where_the_file_can_not_be_written_the_token_is_kept_in_memory() {
    if is_root() {
        println!("skipped: no permission stops root");
        return;
    }
    let ground = Ground::new();
    sign_in(&ground, -1);
    let folder = path(&ground).parent().unwrap().to_owned();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    let before = read(&ground);
    ground.server.access(Access::Private);
    ground.ctlake(&["ingest", SOURCE]).ok();
    assert_eq!((renewals(&ground), read(&ground)), (1, before));
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_sign_in_brings_a_private_dataset() {
    let ground = Ground::new();
    sign_in(&ground, -1);
    ground.server.access(Access::Private);
    ground.ctlake(&["ingest", SOURCE]).ok();
    ground.check_whole();
    assert_eq!(renewals(&ground), 1);
}
