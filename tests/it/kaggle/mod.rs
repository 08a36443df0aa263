//! Datasets straight from Kaggle or a URL, against a server that is as strict as Kaggle can be and fails on purpose.

mod access;
mod changes;
mod faults;
mod fetch;
mod kill;
mod many;
mod pipeline;
mod sign_in;
mod source;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::dataset::small_sample;
use crate::support::kaggle::{Faults, Hold, KaggleServer};
use crate::support::{Dataset, Lake, Outcome};

const SOURCE: &str = "kaggle:hgunraj/covidxct";

/// A Kaggle that has a sample, and a folder in which the program is run.
struct Ground {
    server: KaggleServer,
    lake: Lake,
    archive: Vec<u8>,
    dataset: Dataset,
}

impl Ground {
    fn new() -> Self {
        let lake = Lake::temp();
        let archive = zipped(&lake, 1);
        Self {
            server: KaggleServer::start(archive.clone()),
            lake,
            archive,
            dataset: Dataset::sample(&small_sample(1)),
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.lake.command(args);
        self.server.configure(&mut command);
        command
    }

    /// Runs the program, which may say no secret.
    #[track_caller]
    fn ctlake(&self, args: &[&str]) -> Outcome {
        self.run(self.command(args))
    }

    #[track_caller]
    fn run(&self, command: Command) -> Outcome {
        let outcome = self.lake.run(command);
        for text in [&outcome.raw.stdout, &outcome.raw.stderr] {
            self.check_open(&String::from_utf8_lossy(text));
        }
        outcome
    }

    /// Checks that a text has no secret of the server in it.
    #[track_caller]
    fn check_open(&self, text: &str) {
        for secret in self.server.secrets() {
            assert!(!text.contains(&secret), "{secret} in {text}");
        }
    }

    /// Ingests, in ranges small enough that there are several; gives the summary.
    #[track_caller]
    fn ingest(&self, source: &str, args: &[&str], code: i32) -> Value {
        let args = [&["ingest", source, "--json", "--range-size", "64kB"], args].concat();
        summary(&self.ctlake(&args).exits(code))
    }

    /// Checks that the landing zone is the dataset, byte for byte, that nothing in the lake is secret, and that no credentials
    /// went where they should not.
    #[track_caller]
    fn check_whole(&self) {
        let landing = self.lake.path("lake/landing/CT-2A");
        for (path, content) in self.dataset.files() {
            let landed = fs::read(landing.join(path)).unwrap_or_default();
            assert!(landed == *content, "{path}");
        }
        self.check_safe();
        self.lake.ctlake(["verify", "--deep"]).ok();
    }

    #[track_caller]
    fn check_safe(&self) {
        let mut checked = 0;
        each_file(&self.lake.path("lake"), &mut |content| {
            self.check_open(&String::from_utf8_lossy(&content));
            checked += 1;
        });
        assert!(checked > 0);
        assert_eq!(self.server.requests().leaks(), 0);
    }

    /// Starts the program, and kills it when so many bytes of the archive were sent.
    fn killed(&self, args: &[&str], bytes: u64) {
        self.server.faults(Faults {
            hold_after: Some(Hold::Bytes(bytes)),
            ..Faults::default()
        });
        let mut child = self.command(args).stderr(Stdio::null()).spawn().unwrap();
        self.server.wait_for_hold();
        child.kill().unwrap();
        child.wait().unwrap();
        self.server.disconnect();
        self.no_faults();
    }

    fn no_faults(&self) {
        self.server.faults(Faults::default());
    }
}

/// The content of every file below a folder; what is packed, unpacked.
fn each_file(folder: &Path, check: &mut impl FnMut(Vec<u8>)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_file(&path, check);
        } else {
            let content = fs::read(path).unwrap();
            let packed = content.starts_with(b"\x28\xb5\x2f\xfd");
            check(if packed {
                zstd::stream::decode_all(content.as_slice()).unwrap()
            } else {
                content
            });
        }
    }
}

/// The last of the JSON lines.
#[track_caller]
fn summary(outcome: &Outcome) -> Value {
    let last = outcome.json_lines().pop().expect("a summary");
    assert_eq!(last["event"], "summary", "{last}");
    last["summary"].clone()
}

/// The bytes of a sample as one zip.
fn zipped(lake: &Lake, seed: u32) -> Vec<u8> {
    let args = format!("sample sample.zip --zip --patients 21 --seed {seed}");
    lake.ctlake(args.split(' ')).ok();
    let path = lake.path("sample.zip");
    let archive = fs::read(&path).unwrap();
    fs::remove_file(path).unwrap();
    archive
}

fn files(summary: &Value, what: &str) -> u64 {
    summary[what]["files"].as_u64().expect("a number of files")
}
