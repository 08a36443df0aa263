//! Kaggle's own clients, `kaggle` and `kagglehub`, download from the Kaggle of the tests: what it says is what they understand.
//!
//! `CTLAKE_KAGGLE_PYTHON` names a Python that has both (`tests/conformance/kaggle/requirements.txt`); without it nothing is tested.

use std::env;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::support::kaggle::{
    Access, Faults, KEY, KaggleServer, Operation, Quirk, REFRESH_TOKEN, Requests, STRANGERS_TOKEN,
    Share, TOKEN, USERNAME,
};

/// A file of the archive.
const METADATA: &str = "patient id,source\nNCP_1,CNCB\n";
const IMAGE: &str = "2A_images/NCP_1_10_0001.png";

/// A server, and Kaggle's clients in a folder of their own.
struct Clients {
    python: PathBuf,
    server: KaggleServer,
    dir: TempDir,
}

impl Clients {
    /// Nothing, with the reason printed, where there are no such clients.
    fn of(archive: Vec<u8>) -> Option<Self> {
        let python = env::var_os("CTLAKE_KAGGLE_PYTHON").filter(|python| !python.is_empty());
        let Some(python) = python else {
            println!("skipped: CTLAKE_KAGGLE_PYTHON is not set");
            return None;
        };
        Some(Self {
            python: python.into(),
            server: KaggleServer::start(archive),
            dir: TempDir::with_prefix("ctlake-").expect("a temporary folder"),
        })
    }

    fn run(&self, script: &str, args: &[&str], settings: &[(&str, &str)]) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/conformance/kaggle")
            .join(script);
        let mut command = Command::new(&self.python);
        command.arg("-B").arg(script).args(args);
        command.current_dir(self.dir.path());
        self.server.configure(&mut command);
        command.envs(settings.iter().copied());
        command.output().expect("Python runs")
    }

    /// Runs `kaggle` with a command of `kaggle datasets`.
    fn kaggle(&self, args: &[&str], settings: &[(&str, &str)]) -> Output {
        let args = [&["datasets"], args].concat();
        self.run("kaggle_cli.py", &args, settings)
    }

    /// Downloads the archive with `kaggle`, as `settings` have it.
    #[track_caller]
    fn download(&self, dataset: &str, settings: &[(&str, &str)]) -> Vec<u8> {
        succeeded(&self.kaggle(&["download", "--force", dataset], settings));
        fs::read(self.dir.path().join("covidxct.zip")).expect("an archive")
    }

    /// The status that makes `kaggle` give up, with nothing downloaded.
    #[track_caller]
    fn refusal(&self, settings: &[(&str, &str)]) -> Option<u16> {
        self.server.reset_requests();
        failed(&self.kaggle(&["download", "hgunraj/covidxct"], settings));
        assert!(!self.dir.path().join("covidxct.zip").exists());
        self.requests().refused().last()?.status
    }

    /// Where `kagglehub` puts what it downloads.
    #[track_caller]
    fn hub(&self, args: &[&str]) -> PathBuf {
        let output = self.run("kagglehub_download.py", args, &[]);
        succeeded(&output);
        let said = String::from_utf8(output.stdout).expect("text");
        PathBuf::from(said.lines().last().expect("a path"))
    }

    /// The requests, none of which gave anything away.
    #[track_caller]
    fn requests(&self) -> Requests {
        let requests = self.server.requests();
        assert_eq!(requests.leaks(), 0);
        requests
    }
}

#[track_caller]
fn succeeded(output: &Output) {
    assert!(output.status.success(), "{output:?}");
}

/// What was said by a client that failed.
#[track_caller]
fn failed(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    let said = [&*output.stdout, &*output.stderr].concat();
    String::from_utf8_lossy(&said).into_owned()
}

/// An archive with an image of `length` bytes in it.
fn archive(length: usize) -> Vec<u8> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("metadata.csv", stored).unwrap();
    zip.write_all(METADATA.as_bytes()).unwrap();
    zip.start_file(IMAGE, stored).unwrap();
    zip.write_all(&image(length)).unwrap();
    zip.finish().unwrap().into_inner()
}

/// Bytes that are all different for a while.
fn image(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at ^ (at >> 8)) as u8).collect()
}

#[test]
fn kaggle_downloads_each_version() {
    let first = archive(3_000_000);
    let Some(clients) = Clients::of(first.clone()) else {
        return;
    };
    assert_eq!(clients.download("hgunraj/covidxct", &[]), first);
    let second = archive(1_000);
    clients.server.publish(5, second.clone());
    assert_eq!(clients.download("hgunraj/covidxct", &[]), second);
    // The other base path, which hosts have that are not Kaggle's own.
    let elsewhere = [("KAGGLE_API_ENVIRONMENT", "LOCALHOST")];
    assert_eq!(clients.download("hgunraj/covidxct/4", &elsewhere), first);
    let requests = clients.requests();
    assert_eq!(requests.count(Operation::Signed), 3);
    assert_eq!(requests.refused().count(), 0);

    let nowhere = clients.kaggle(&["download", "hgunraj/covidxct/6"], &[]);
    assert!(failed(&nowhere).contains("404"), "{nowhere:?}");
}

#[test]
fn kaggle_lists_and_downloads_single_files() {
    let Some(clients) = Clients::of(archive(1_000)) else {
        return;
    };
    let listed = clients.kaggle(&["files", "--csv", "hgunraj/covidxct"], &[]);
    succeeded(&listed);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("\nmetadata.csv,29,"), "{listed}");
    assert!(listed.contains(&format!("\n{IMAGE},1000,")), "{listed}");
    let download = ["download", "hgunraj/covidxct", "--file", "metadata.csv"];
    succeeded(&clients.kaggle(&download, &[]));
    let path = clients.dir.path().join("metadata.csv");
    assert_eq!(fs::read_to_string(&path).unwrap(), METADATA);
    clients.requests();
}

#[test]
fn kaggle_is_who_its_credentials_say() {
    let archive = archive(1_000);
    let Some(clients) = Clients::of(archive.clone()) else {
        return;
    };
    clients.server.access(Access::Private);
    let refusal = |settings: &[(&str, &str)]| clients.refusal(settings);
    assert_eq!(refusal(&[]), Some(403));
    assert_eq!(refusal(&[("KAGGLE_API_TOKEN", STRANGERS_TOKEN)]), Some(403));
    assert_eq!(refusal(&[("KAGGLE_API_TOKEN", "guess")]), Some(401));
    let pair = [("KAGGLE_USERNAME", USERNAME), ("KAGGLE_KEY", "guess")];
    assert_eq!(refusal(&pair), Some(401));

    let token = [("KAGGLE_API_TOKEN", TOKEN)];
    assert_eq!(clients.download("hgunraj/covidxct", &token), archive);
    let pair = [("KAGGLE_USERNAME", USERNAME), ("KAGGLE_KEY", KEY)];
    assert_eq!(clients.download("hgunraj/covidxct", &pair), archive);
    let folder = clients.server.home().join("kaggle");
    fs::create_dir_all(&folder).unwrap();
    let file = format!(r#"{{"username":"{USERNAME}","key":"{KEY}"}}"#);
    fs::write(folder.join("kaggle.json"), file).unwrap();
    assert_eq!(clients.download("hgunraj/covidxct", &[]), archive);
    let requests = clients.requests();
    assert!(requests.api().filter(|request| request.authorized).count() >= 6);
}

#[test]
fn kaggle_and_ctlake_share_a_sign_in() {
    let archive = archive(1_000);
    let Some(clients) = Clients::of(archive.clone()) else {
        return;
    };
    clients.server.access(Access::Private);
    let folder = clients.server.home().join(".kaggle");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("credentials.json");
    let file = json!({
        "refresh_token": REFRESH_TOKEN,
        "access_token": clients.server.sign_in(),
        "access_token_expiration": "2021-01-26T00:00:00.123456+00:00",
        "username": USERNAME,
        "scopes": ["resources.admin:*"],
    });
    fs::write(&path, file.to_string()).unwrap();
    let read = || serde_json::from_slice::<Value>(&fs::read(&path).unwrap()).unwrap();
    let renewals = || clients.requests().count(Operation::GenerateAccessToken);
    let ctlake = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ctlake"));
        command.args(["fetch", "kaggle:hgunraj/covidxct", "--out", "fetched.zip"]);
        command.current_dir(clients.dir.path());
        clients.server.configure(&mut command);
        succeeded(&command.output().expect("the program starts"));
        let fetched = clients.dir.path().join("fetched.zip");
        assert_eq!(fs::read(&fetched).unwrap(), archive);
        fs::remove_file(fetched).unwrap();
    };

    assert_eq!(clients.download("hgunraj/covidxct", &[]), archive);
    assert_eq!(renewals(), 1);
    let theirs = read();
    assert_ne!(theirs["access_token"], file["access_token"]);
    ctlake();
    assert_eq!((renewals(), read()), (1, theirs.clone()));

    clients.server.expire_sign_in();
    ctlake();
    assert_eq!(renewals(), 2);
    let mut ours = read();
    assert_eq!(clients.download("hgunraj/covidxct", &[]), archive);
    assert_eq!((renewals(), read()), (2, ours.clone()));
    for changed in ["access_token", "access_token_expiration"] {
        assert_ne!(ours[changed], theirs[changed]);
        ours[changed] = theirs[changed].clone();
    }
    assert_eq!(ours, theirs);

    // They remove the file of a sign-in that has ended, and go on as nobody.
    clients.server.revoke_sign_in();
    let mut ended = file;
    ended["access_token"] = "".into();
    fs::write(&path, ended.to_string()).unwrap();
    let said = failed(&clients.kaggle(&["download", "--force", "hgunraj/covidxct"], &[]));
    assert!(said.contains("Invalid credentials!"), "{said}");
    assert!(!path.exists());
}

#[test]
fn kaggle_resumes_what_was_cut() {
    let before = archive(3_000_000);
    let Some(clients) = Clients::of(before.clone()) else {
        return;
    };
    let cut = Faults {
        cut: Share::First(1),
        cut_after: Some(1_500_000),
        ..Faults::default()
    };
    clients.server.faults(cut.clone());
    assert_eq!(clients.download("hgunraj/covidxct", &[]), before);
    let requests = clients.requests();
    let [resumed] = &requests.ranges()[..] else {
        panic!("{requests:?}");
    };
    assert!((1..=1_500_000).contains(&resumed.start), "{resumed:?}");
    assert_eq!(resumed.end, before.len() as u64);
    let validator = requests
        .storage()
        .last()
        .and_then(|request| request.validator.as_ref());
    assert!(validator.is_some());

    // Another archive of the same length comes between: it is fetched whole.
    let mut after = before;
    after[1_000] ^= 1;
    clients.server.reset_requests();
    clients.server.faults(Faults {
        change_after: Some(1),
        change_to: after.clone(),
        ..cut
    });
    assert_eq!(clients.download("hgunraj/covidxct", &[]), after);
    assert!(clients.requests().ranges().is_empty());
}

#[test]
fn kagglehub_downloads_and_checks() {
    let Some(clients) = Clients::of(archive(3_000_000)) else {
        return;
    };
    let folder = clients.hub(&["hgunraj/covidxct"]);
    assert!(folder.ends_with("versions/4"), "{}", folder.display());
    assert_eq!(
        fs::read(folder.join("metadata.csv")).unwrap(),
        METADATA.as_bytes()
    );
    assert_eq!(fs::read(folder.join(IMAGE)).unwrap(), image(3_000_000));
    clients.server.publish(5, archive(1_000));
    let pinned = clients.hub(&["hgunraj/covidxct/versions/5"]);
    assert_eq!(fs::read(pinned.join(IMAGE)).unwrap(), image(1_000));
    let requests = clients.requests();
    assert_eq!(requests.count(Operation::GetDataset), 1);
    assert_eq!(requests.count(Operation::Signed), 2);

    clients.server.publish(6, archive(2_000));
    clients.server.faults(Faults {
        quirks: vec![Quirk::ZippedFiles],
        ..Faults::default()
    });
    let file = clients.hub(&["hgunraj/covidxct", "metadata.csv"]);
    assert_eq!(fs::read_to_string(file).unwrap(), METADATA);

    let agents = clients.requests().user_agents();
    assert!(
        agents.iter().any(|agent| agent.starts_with("kagglehub/")),
        "{agents:?}"
    );

    // What it downloads is checked against `x-goog-hash`.
    let refused = |faults: Faults| {
        clients.server.faults(faults);
        failed(&clients.run("kagglehub_download.py", &["hgunraj/covidxct"], &[]))
    };
    let said = refused(Faults {
        flip: Share::First(1),
        ..Faults::default()
    });
    assert!(said.contains("DataCorruptionError"), "{said}");
    let said = refused(Faults {
        quirks: vec![Quirk::WrongHashes, Quirk::SplitHashes],
        ..Faults::default()
    });
    assert!(said.contains("DataCorruptionError"), "{said}");
    clients.server.access(Access::Private);
    let said = refused(Faults::default());
    assert!(said.contains("403 Client Error"), "{said}");
    clients.server.faults(Faults {
        quirks: vec![Quirk::Composite],
        ..Faults::default()
    });
    clients.server.access(Access::Public);
    clients.hub(&["hgunraj/covidxct"]);
    clients.requests();
}
