//! The files in docs/deploy/: the command lines in them, run as Kubernetes, AWS Batch and systemd would run them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::support::dataset::small_sample;
use crate::support::kaggle::KaggleServer;
use crate::support::s3::{BUCKET, Operation, S3Server};
use crate::support::{Dataset, Lake, Outcome};

fn read(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/deploy");
    fs::read_to_string(folder.join(file)).unwrap()
}

fn yaml(file: &str) -> Value {
    serde_yaml_ng::from_str(&read(file)).unwrap()
}

fn json(file: &str) -> Value {
    serde_json::from_str(&read(file)).unwrap()
}

fn texts(list: &Value) -> Vec<&str> {
    let items = list.as_array().expect("a list").iter();
    items.map(|item| item.as_str().expect("text")).collect()
}

/// The arguments and the environment of a job's only container.
fn container(job: &Value) -> (Vec<&str>, Vec<(&str, &str)>) {
    let containers = &job["spec"]["template"]["spec"]["containers"];
    assert_eq!(containers.as_array().unwrap().len(), 1);
    let variables = containers[0]["env"].as_array().unwrap().iter();
    let variables = variables.map(|v| (v["name"].as_str().unwrap(), v["value"].as_str().unwrap()));
    (texts(&containers[0]["args"]), variables.collect())
}

/// The command of a job definition with its parameters, and those of the job, in their places.
fn command<'a>(definition: &'a Value, job: &'a Value) -> Vec<&'a str> {
    assert_eq!(job["jobDefinition"], definition["jobDefinitionName"]);
    let parameter = |name| {
        let own = &job["parameters"][name];
        let value = if own.is_null() {
            &definition["parameters"][name]
        } else {
            own
        };
        value
            .as_str()
            .unwrap_or_else(|| panic!("no value for {name}"))
    };
    texts(&definition["containerProperties"]["command"])
        .into_iter()
        .map(|word| word.strip_prefix("Ref::").map_or(word, parameter))
        .collect()
}

/// A Kaggle and an S3 in the place of those that the files name.
struct Cloud {
    s3: S3Server,
    kaggle: KaggleServer,
    lake: Lake,
    dataset: Dataset,
}

impl Cloud {
    fn new() -> Self {
        let lake = Lake::temp();
        lake.ctlake("sample dataset.zip --zip --patients 21 --seed 1".split(' '))
            .ok();
        Self {
            s3: S3Server::start(),
            kaggle: KaggleServer::start(fs::read(lake.path("dataset.zip")).unwrap()),
            lake,
            dataset: Dataset::sample(&small_sample(1)),
        }
    }

    /// The program with the arguments of a file, where nothing but the bucket's name is another.
    fn command(&self, args: &[&str]) -> std::process::Command {
        let bucket = format!("s3://{BUCKET}/");
        let args = args
            .iter()
            .map(|arg| arg.replace("s3://my-bucket/", &bucket));
        let mut command = self.lake.command(args);
        self.kaggle.configure(&mut command);
        for variable in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"] {
            command.env_remove(variable);
        }
        command.envs(self.s3.env());
        command
    }

    fn run(&self, args: &[&str]) -> Outcome {
        self.lake.run(self.command(args))
    }

    /// Runs the processes of an array all at once, each with its number in `variable`; then what comes when they are done.
    fn array(&self, size: u64, variable: &str, ingest: &[&str], then: &[&str]) {
        let children: Vec<_> = (0..size)
            .map(|index| {
                let mut command = self.command(ingest);
                command.arg("--json").env(variable, index.to_string());
                command.stdout(Stdio::piped()).stderr(Stdio::piped());
                command.spawn().unwrap()
            })
            .collect();
        let mut stored = 0;
        for child in children {
            let outcome = Outcome::new(child.wait_with_output().unwrap(), "").ok();
            let last = outcome.json_lines().pop().unwrap();
            let files = last["summary"]["stored"]["files"].as_u64().unwrap();
            assert!(files > 0, "a process without work: {last}");
            stored += files;
        }
        let files = self.dataset.files();
        assert_eq!(stored, files.len() as u64);
        // Each exactly once, whoever it was that brought it.
        let mut puts = BTreeMap::new();
        for request in self.s3.requests().of(Operation::PutObject) {
            if let Some((_, path)) = request.key.split_once("/landing/CT-2A/") {
                *puts.entry(path.to_owned()).or_insert(0) += 1;
            }
        }
        let once = files.keys().map(|path| (path.clone(), 1));
        assert_eq!(puts, once.collect());
        let place = ingest.iter().position(|&arg| arg == "--lake").unwrap();
        let verified = self.run(&["verify", "--deep", "--json", "--lake", ingest[place + 1]]);
        let summary = &verified.ok().json_lines().pop().unwrap()["summary"];
        assert_eq!(summary["sound"], true, "{summary}");
        assert_eq!(summary["releases"][0]["files"], files.len());
        self.publishes(then, 0);
    }

    /// Runs what publishes the tables: `stored` files were not there yet.
    fn publishes(&self, run: &[&str], stored: usize) {
        let outcome = self.run(&[run, &["--json"]].concat()).ok();
        let summary = &outcome.json_lines().pop().unwrap()["summary"];
        assert_eq!(summary["ingest"]["stored"]["files"], stored, "{summary}");
        assert_eq!(summary["build"]["built"]["published"], true, "{summary}");
    }
}

#[test]
fn kubernetes_runs_an_indexed_job_and_then_the_build() {
    let (ingest, build) = (
        yaml("kubernetes/ingest.yaml"),
        yaml("kubernetes/build.yaml"),
    );
    let (args, environment) = container(&ingest);
    assert_eq!(ingest["spec"]["completionMode"], "Indexed");
    let size = ingest["spec"]["completions"].as_u64().unwrap();
    assert_eq!(ingest["spec"]["parallelism"], size);
    assert_eq!(environment, container(&build).1);
    Cloud::new().array(size, "JOB_COMPLETION_INDEX", &args, &container(&build).0);
}

#[test]
fn batch_runs_an_array_job_and_then_the_build() {
    let (ingest, build) = (json("batch/ingest.json"), json("batch/build.json"));
    let (ingest_job, build_job) = (json("batch/ingest-job.json"), json("batch/build-job.json"));
    let size = ingest_job["arrayProperties"]["size"].as_u64().unwrap();
    let (args, then) = (command(&ingest, &ingest_job), command(&build, &build_job));
    Cloud::new().array(size, "AWS_BATCH_JOB_ARRAY_INDEX", &args, &then);
}

#[test]
fn an_incomplete_stretch_is_tried_again_and_a_failed_one_is_not() {
    for file in ["kubernetes/ingest.yaml", "kubernetes/build.yaml"] {
        let job = yaml(file);
        let rules = job["spec"]["podFailurePolicy"]["rules"].as_array().unwrap();
        let codes: Vec<&Value> = rules
            .iter()
            .filter(|rule| rule["action"].as_str().unwrap().starts_with("Fail"))
            .map(|rule| &rule["onExitCodes"]["values"])
            .collect();
        assert_eq!(codes, [&serde_json::json!([1, 2])], "{file}");
    }
    for file in ["batch/ingest.json", "batch/build.json"] {
        let definition = json(file);
        let rules = definition["retryStrategy"]["evaluateOnExit"]
            .as_array()
            .unwrap();
        assert_eq!(rules[0]["onExitCode"], "3", "{file}");
        assert_eq!(rules[0]["action"], "RETRY", "{file}");
        assert_eq!(rules.last().unwrap()["action"], "EXIT", "{file}");
    }
}

#[test]
fn user_data_runs_the_whole_pipeline() {
    let script = read("ec2/user-data.sh");
    let line = |start: &str| {
        let found = script.lines().find_map(|line| line.strip_prefix(start));
        found.unwrap_or_else(|| panic!("no line {start}"))
    };
    assert_eq!(line("RestartForceExitStatus="), "3");
    let words: Vec<&str> = line("ExecStart=/usr/local/bin/ctlake ")
        .split(' ')
        .map(|word| match word.strip_prefix('$') {
            Some(name) => line(&format!("{name}=")),
            None => word,
        })
        .collect();
    let cloud = Cloud::new();
    cloud.publishes(&words, cloud.dataset.files().len());
}
