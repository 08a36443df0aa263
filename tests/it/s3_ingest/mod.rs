//! Ingest, verify and the main job on S3, against a server that is as strict as S3 and fails on purpose.

mod faults;
mod jobs;
mod kill;
mod refusals;
mod requests;
mod settings;

use std::process::Command;

use serde_json::Value;

use crate::support::dataset::small_sample;
use crate::support::s3::{Operation, S3Server};
use crate::support::{Dataset, Lake, Outcome};

const LAKE: &str = "s3://lake/team/covid";
/// Below which the lake's objects are.
const PREFIX: &str = "team/covid";

/// A server, a folder with a dataset in `dataset.zip`, and the program run between the two.
struct Ground {
    server: S3Server,
    lake: Lake,
    files: usize,
    bytes: u64,
}

impl Ground {
    /// With a sample as its dataset.
    fn new() -> Self {
        // The same sample, as files and as a zip.
        let dataset = Dataset::sample(&small_sample(1));
        let lake = Lake::temp();
        let args = "sample dataset.zip --zip --patients 21 --seed 1";
        lake.ctlake(args.split(' ')).ok();
        Self {
            server: S3Server::start(),
            files: dataset.files().len(),
            bytes: dataset
                .files()
                .values()
                .map(|content| content.len() as u64)
                .sum(),
            lake,
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.lake.command(args);
        command.args(["--lake", LAKE]);
        for variable in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"] {
            command.env_remove(variable);
        }
        command.envs(self.server.env());
        command
    }

    fn ctlake(&self, args: &[&str]) -> Outcome {
        self.lake.run(self.command(args))
    }

    /// Ingests the dataset; gives the summary.
    #[track_caller]
    fn ingest(&self, args: &[&str], code: i32) -> Value {
        let args = [&["ingest", "dataset.zip", "--json"], args].concat();
        let outcome = self.ctlake(&args).exits(code);
        let last = outcome.json_lines().pop().expect("a summary");
        assert_eq!(last["event"], "summary", "{last}");
        last["summary"].clone()
    }

    fn landed(&self) -> usize {
        let below = format!("{PREFIX}/landing/");
        let objects = self.server.objects();
        objects.keys().filter(|key| key.starts_with(&below)).count()
    }

    /// PUTs of files, whether they succeeded or not.
    fn file_puts(&self) -> usize {
        let below = format!("{PREFIX}/landing/");
        self.server
            .requests()
            .of(Operation::PutObject)
            .filter(|request| request.key.starts_with(&below))
            .count()
    }

    /// Every file of the dataset is there, with its content, and the manifest says so.
    #[track_caller]
    fn check_whole(&self) {
        assert_eq!(self.landed(), self.files);
        self.server.faults(crate::support::s3::Faults::default());
        let verified = self.ctlake(&["verify", "--deep", "--json"]).ok();
        let summary = &verified.json_lines().pop().expect("a summary")["summary"];
        assert_eq!(summary["sound"], true, "{summary}");
        assert_eq!(summary["releases"][0]["files"], self.files);
        assert_eq!(summary["releases"][0]["bytes"], self.bytes);
    }
}

fn files(summary: &Value, tally: &str) -> usize {
    summary[tally]["files"].as_u64().expect("a number") as usize
}
