//! Who we are at Kaggle, and what Kaggle says.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use super::{Ground, SOURCE};
use crate::support::Outcome;
use crate::support::kaggle::{
    Access, Faults, KEY, Operation, Quirk, RetryAfter, STRANGERS_TOKEN, Shape, Share, TOKEN,
    USERNAME,
};

/// Plans an ingest of the private dataset, with these variables.
#[track_caller]
pub(super) fn plan(ground: &Ground, variables: &[(&str, &str)]) -> Outcome {
    ground.server.access(Access::Private);
    let mut command = ground.command(&["ingest", SOURCE, "--dry-run"]);
    command.envs(variables.iter().copied());
    ground.run(command)
}

pub(super) fn secret_file(ground: &Ground, path: &str, content: impl AsRef<[u8]>) {
    let path = ground.server.home().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn credentials_are_found_where_the_official_clients_look() {
    let json = format!(r#"{{"username":"{USERNAME}","key":"{KEY}"}}"#);
    let token_in_variable = Ground::new();
    plan(&token_in_variable, &[("KAGGLE_API_TOKEN", TOKEN)]).ok();
    let token_by_path = Ground::new();
    secret_file(&token_by_path, "token", TOKEN);
    let path = token_by_path
        .server
        .home()
        .join("token")
        .display()
        .to_string();
    plan(&token_by_path, &[("KAGGLE_API_TOKEN", &path)]).ok();
    for name in [".kaggle/access_token", ".kaggle/access_token.txt"] {
        let ground = Ground::new();
        secret_file(&ground, name, format!("{TOKEN}\n"));
        plan(&ground, &[]).ok();
    }
    let pair = Ground::new();
    plan(&pair, &[("KAGGLE_USERNAME", USERNAME), ("KAGGLE_KEY", KEY)]).ok();
    let in_config_dir = Ground::new();
    secret_file(&in_config_dir, "kaggle/kaggle.json", &json);
    plan(&in_config_dir, &[]).ok();
    for (place, exists) in [
        (".kaggle", true),
        ("config/kaggle", false),
        (".config/kaggle", false),
    ] {
        let ground = Ground::new();
        secret_file(&ground, &format!("{place}/kaggle.json"), &json);
        let mut command = ground.command(&["ingest", SOURCE, "--dry-run"]);
        ground.server.access(Access::Private);
        command.env_remove("KAGGLE_CONFIG_DIR");
        if place.starts_with(".config") {
            command.env_remove("XDG_CONFIG_HOME");
        }
        ground.run(command).ok();
        assert_eq!(ground.server.home().join(".kaggle").exists(), exists);
    }
    // A variable wins over the file, each for itself.
    let overlaid = Ground::new();
    secret_file(&overlaid, "kaggle/kaggle.json", json.replace(KEY, "old"));
    plan(&overlaid, &[("KAGGLE_KEY", KEY)]).ok();
    // A token wins over a pair.
    plan(
        &pair,
        &[
            ("KAGGLE_API_TOKEN", TOKEN),
            ("KAGGLE_USERNAME", USERNAME),
            ("KAGGLE_KEY", "wrong"),
        ],
    )
    .ok();
}

/// What editors and shells make of a text.
fn spellings(text: &str) -> [Vec<u8>; 4] {
    let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes);
    [
        format!("\u{feff}{text}").into(),
        format!("\u{feff}{text}\r\n").into(),
        format!("  \r\n\t{text} \r\n\r\n").into(),
        [0xff, 0xfe].into_iter().chain(utf16).collect(),
    ]
}

#[test]
fn credentials_are_read_as_editors_and_shells_write_them() {
    let pair = format!("{{\r\n  \"username\": \" {USERNAME}\", \"key\": \"{KEY}\\r\\n\"\r\n}}");
    let ground = Ground::new();
    for (path, text) in [
        (".kaggle/access_token", TOKEN),
        (".kaggle/access_token.txt", TOKEN),
        ("kaggle/kaggle.json", &pair),
    ] {
        for content in spellings(text) {
            secret_file(&ground, path, content);
            plan(&ground, &[]).ok();
        }
        fs::remove_file(ground.server.home().join(path)).unwrap();
    }
    secret_file(&ground, "token", format!("\u{feff}{TOKEN}\r\n"));
    let path = ground.server.home().join("token").display().to_string();
    plan(&ground, &[("KAGGLE_API_TOKEN", &path)]).ok();
    plan(
        &ground,
        &[("KAGGLE_API_TOKEN", &format!("\u{feff}{TOKEN}\r\n"))],
    )
    .ok();
    // An empty file is none.
    for path in [
        ".kaggle/access_token",
        "kaggle/kaggle.json",
        ".kaggle/credentials.json",
    ] {
        secret_file(&ground, path, "\u{feff} \r\n");
    }
    secret_file(&ground, ".kaggle/access_token.txt", TOKEN);
    plan(&ground, &[]).ok();
}

#[test]
fn a_token_that_can_not_be_sent_is_told_without_showing_it() {
    let ground = Ground::new();
    let home = ground.server.home().display().to_string();
    secret_file(
        &ground,
        ".kaggle/access_token",
        format!("{TOKEN}\n{TOKEN}\n"),
    );
    let said = plan(&ground, &[]).fails(1).to_string();
    insta::assert_snapshot!(said.replace(&home, "[HOME]"), @"
    exit 1
    --- stderr
    error: cannot read the Kaggle credentials in `[HOME]/.kaggle/access_token`: expected one token, got several words or lines

    hint: make a new token at https://www.kaggle.com/settings/api, or move the file away: `mv '[HOME]/.kaggle/access_token' '[HOME]/.kaggle/access_token.old'`
    ");
    let said = plan(&ground, &[("KAGGLE_API_TOKEN", "KGAT_\u{e4}")]);
    insta::assert_snapshot!(said.fails(1), @"
    exit 1
    --- stderr
    error: cannot use the Kaggle credentials in KAGGLE_API_TOKEN: expected a token of ASCII letters and signs, got another letter at place 6

    hint: make a new token at https://www.kaggle.com/settings/api, or do without: `unset KAGGLE_API_TOKEN`
    ");
}

#[test]
fn a_token_that_names_a_folder_is_a_token() {
    let ground = Ground::new();
    fs::create_dir(ground.lake.path(TOKEN)).unwrap();
    plan(&ground, &[("KAGGLE_API_TOKEN", TOKEN)]).ok();
}

#[test]
fn a_file_that_others_can_read_is_warned_of() {
    let ground = Ground::new();
    secret_file(&ground, ".kaggle/access_token", TOKEN);
    let path = ground.server.home().join(".kaggle/access_token");
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let said = plan(&ground, &[]).ok();
    let said = said
        .to_string()
        .replace(&ground.server.home().display().to_string(), "[HOME]");
    insta::assert_snapshot!(said, @"
    exit 0
    --- stdout
    CT-2A: 166 files ([SIZE]) to store; 0 files (0 B) there already
    --- stderr
    warning: your Kaggle credentials are readable by other users of this system: `chmod 600 [HOME]/.kaggle/access_token`
    ");
    let said = ground
        .ctlake(&["ingest", SOURCE, "--dry-run", "--json"])
        .ok();
    assert_eq!(said.json_lines()[0]["event"], "warning");
    for (mode, is_warned) in [(0o640, true), (0o604, true), (0o600, false)] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let said = plan(&ground, &[]).ok();
        assert_eq!(said.stderr().contains("warning"), is_warned, "{mode:o}");
    }
}

#[test]
fn a_file_that_is_no_credentials_is_named_without_its_content() {
    for text in [
        format!(r#"{{"username":"{USERNAME}","key":"{KEY}""#),
        format!(r#"{{"username":"{USERNAME}","kye":"{KEY}"}}"#),
    ] {
        let ground = Ground::new();
        secret_file(&ground, "kaggle/kaggle.json", &text);
        let said = plan(&ground, &[]).fails(1).to_string();
        let said = said.replace(&ground.server.home().display().to_string(), "[HOME]");
        let start = "exit 1\n--- stderr\nerror: cannot read the Kaggle credentials in `[HOME]/kaggle/kaggle.json`: expected ";
        assert!(said.starts_with(start), "{said}");
    }
}

#[test]
fn a_refusal_says_where_credentials_were_looked_for() {
    let ground = Ground::new();
    let home = ground.server.home().display().to_string();
    let said = |outcome: Outcome| outcome.fails(1).to_string().replace(&home, "[HOME]");
    insta::assert_snapshot!(said(plan(&ground, &[])), @"
    exit 1
    --- stderr
    error: Kaggle denied access to `kaggle:hgunraj/covidxct`: Permission 'datasets.get' was denied

    hint: open https://www.kaggle.com/datasets/hgunraj/covidxct signed in, accept any terms, and check that it is public or shared with you
          looked at: KAGGLE_API_TOKEN (nothing there), [HOME]/.kaggle/access_token (nothing there), [HOME]/.kaggle/access_token.txt (nothing there), KAGGLE_USERNAME and KAGGLE_KEY (nothing there), [HOME]/kaggle/kaggle.json (nothing there), [HOME]/.kaggle/credentials.json (nothing there)
    ");
    insta::assert_snapshot!(said(plan(&ground, &[("KAGGLE_USERNAME", USERNAME), ("KAGGLE_KEY", "wrong")])), @"
    exit 1
    --- stderr
    error: Kaggle refused the credentials: Unauthenticated

    hint: make a new token at https://www.kaggle.com/settings/api (a new legacy key disables the old one)
          looked at: KAGGLE_API_TOKEN (nothing there), [HOME]/.kaggle/access_token (nothing there), [HOME]/.kaggle/access_token.txt (nothing there), KAGGLE_USERNAME and KAGGLE_KEY (used)
    ");
    insta::assert_snapshot!(said(plan(&ground, &[("KAGGLE_API_TOKEN", STRANGERS_TOKEN)])), @"
    exit 1
    --- stderr
    error: Kaggle denied access to `kaggle:hgunraj/covidxct`: Permission 'datasets.get' was denied

    hint: open https://www.kaggle.com/datasets/hgunraj/covidxct signed in, accept any terms, and check that it is public or shared with you
          looked at: KAGGLE_API_TOKEN (used)
    ");
}

#[test]
fn what_kaggle_does_not_have_is_named() {
    let ground = Ground::new();
    insta::assert_snapshot!(ground.ctlake(&["ingest", "kaggle:hgunraj/covidx-ct"]).fails(1), @"
    exit 1
    --- stderr
    error: Kaggle has no `kaggle:hgunraj/covidx-ct`: Not found

    hint: check owner, name and version (upper and lower case count) at https://www.kaggle.com/datasets/hgunraj/covidx-ct/versions
    ");
    insta::assert_snapshot!(ground.ctlake(&["ingest", "kaggle:hgunraj/covidxct@9"]).fails(1), @"
    exit 1
    --- stderr
    error: Kaggle has no `kaggle:hgunraj/covidxct@9`: Not found

    hint: check owner, name and version (upper and lower case count) at https://www.kaggle.com/datasets/hgunraj/covidxct/versions
    ");
}

#[test]
fn errors_are_told_whatever_their_shape() {
    let ground = Ground::new();
    ground.server.access(Access::Private);
    for (shape, said) in [
        (Shape::Rpc, "`kaggle:hgunraj/covidxct`: "),
        (Shape::Legacy, "`kaggle:hgunraj/covidxct`: "),
        (Shape::Empty, "`kaggle:hgunraj/covidxct`\n"),
        (Shape::Html, "`kaggle:hgunraj/covidxct`\n"),
    ] {
        ground.server.faults(Faults {
            shape,
            ..Faults::default()
        });
        let outcome = ground.ctlake(&["ingest", SOURCE]).fails(1);
        let start = format!("error: Kaggle denied access to {said}");
        assert!(outcome.stderr().starts_with(&start), "{outcome}");
    }
}

#[test]
fn an_error_beside_200_is_an_error() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        api_error_message: Share::First(1),
        ..Faults::default()
    });
    let said = ground.ctlake(&["ingest", SOURCE]).fails(1).to_string();
    let said = said.replace(&ground.server.endpoint(), "[KAGGLE]");
    insta::assert_snapshot!(said, @"
    exit 1
    --- stderr
    error: expected the current version from `[KAGGLE]/api/v1/datasets.DatasetApiService/GetDataset`, got The dataset is being moved. (request 00000000-0000-4000-8000-000000000000)

    hint: see whether https://www.kaggle.com works in a browser; behind a proxy, it may be the proxy that answers
    ");
    ground.server.faults(Faults {
        api_error_message: Share::First(1),
        on: vec![Operation::DownloadDataset],
        ..Faults::default()
    });
    let said = ground.ctlake(&["ingest", SOURCE]).fails(1);
    let got = "got 200 OK with The dataset is being moved. (request";
    assert!(said.stderr().contains(got), "{said}");
}

#[test]
fn an_archive_in_the_place_of_an_answer_is_not_read_to_its_end() {
    let ground = Ground::new();
    ground.server.replace(vec![7; 64_000_000]);
    ground.server.faults(Faults {
        quirks: vec![Quirk::Followed],
        ..Faults::default()
    });
    let said = ground.ctlake(&["ingest", SOURCE]).fails(1);
    let expected = "error: expected a redirect to the archive from ";
    assert!(said.stderr().starts_with(expected), "{said}");
    let requests = ground.server.requests();
    let sent: u64 = requests.api().map(|request| request.sent).sum();
    assert!(sent < 32_000_000, "{sent}");
}

#[test]
fn a_busy_kaggle_is_asked_again_when_it_says() {
    // Longer than it would wait by itself.
    for retry_after in [RetryAfter::Seconds(0.7), RetryAfter::Date(1)] {
        let ground = Ground::new();
        ground.server.faults(Faults {
            api_429: Share::First(2),
            retry_after,
            ..Faults::default()
        });
        ground.ctlake(&["ingest", SOURCE, "--dry-run"]).ok();
        let requests = ground.server.requests();
        assert_eq!(requests.count(Operation::GetDataset), 3);
        let waited: Vec<_> = requests.api().map(|request| request.at).collect();
        let least = match retry_after {
            RetryAfter::Date(_) => 0.0,
            _ => 0.7,
        };
        assert!(waited[1].as_secs_f64() - waited[0].as_secs_f64() >= least);
    }
    let ground = Ground::new();
    ground.server.faults(Faults {
        api_503: Share::First(3),
        on: vec![Operation::DownloadDataset],
        retry_after: RetryAfter::Seconds(0.0),
        ..Faults::default()
    });
    ground.ctlake(&["ingest", SOURCE, "--dry-run"]).ok();
    assert_eq!(
        ground.server.requests().count(Operation::DownloadDataset),
        4
    );
}

#[test]
fn a_call_without_an_answer_is_made_again() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        api_cut: Share::First(2),
        ..Faults::default()
    });
    ground.ctlake(&["ingest", SOURCE, "--dry-run"]).ok();
    let requests = ground.server.requests();
    assert!(requests.count(Operation::GetDataset) >= 3);
}

#[test]
fn where_nobody_answers_is_told_soon() {
    let ground = Ground::new();
    let begun = Instant::now();
    let mut command = ground.command(&["ingest", SOURCE]);
    command.env("KAGGLE_API_ENDPOINT", "http://127.0.0.1:1");
    let said = ground.run(command).fails(1);
    let start = "error: cannot reach Kaggle at `http://127.0.0.1:1/api/v1/datasets.DatasetApiService/GetDataset`\n";
    assert!(said.stderr().starts_with(start), "{said}");
    let url = "http://127.0.0.1:1/a.zip?X-Goog-Signature=0";
    let said = ground.ctlake(&["ingest", url]).fails(1);
    let start = "error: cannot read `http://127.0.0.1:1/a.zip`\n";
    assert!(said.stderr().starts_with(start), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_kaggle_that_stays_busy_is_given_up() {
    let ground = Ground::new();
    ground.server.faults(Faults {
        api_429: Share::Of(1.0),
        retry_after: RetryAfter::Seconds(0.0),
        ..Faults::default()
    });
    insta::assert_snapshot!(ground.ctlake(&["ingest", SOURCE]).fails(1), @"
    exit 1
    --- stderr
    error: Kaggle answered 429 Too Many Requests 10 times: Too many requests

    hint: wait some minutes, then run the same command again: it goes on from there
    ");
}

#[test]
fn an_endpoint_that_is_no_url_is_named() {
    let ground = Ground::new();
    let mut command = ground.command(&["ingest", SOURCE]);
    command.env("KAGGLE_API_ENDPOINT", "kaggle.example");
    insta::assert_snapshot!(ground.run(command).fails(1), @"
    exit 1
    --- stderr
    error: expected a URL in KAGGLE_API_ENDPOINT, got `kaggle.example`

    hint: unset it, or name a server: `KAGGLE_API_ENDPOINT=https://www.kaggle.com`
    ");
}
