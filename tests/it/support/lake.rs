//! A folder of its own for each test, with a lake and a dataset in it, and the program run there.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{Dataset, Outcome};

/// A temporary folder. Commands run in it, so `./lake` is the lake.
#[derive(Debug)]
pub(crate) struct Lake {
    dir: TempDir,
}

impl Lake {
    /// An empty folder: no lake yet.
    pub(crate) fn temp() -> Self {
        Self {
            dir: TempDir::with_prefix("ctlake-").expect("a temporary folder"),
        }
    }

    /// A lake into which `dataset` was ingested.
    #[track_caller]
    pub(crate) fn with(dataset: &Dataset) -> Self {
        let lake = Self::temp();
        lake.ingest(dataset);
        lake
    }

    /// A lake whose tables were built from `dataset`.
    #[track_caller]
    pub(crate) fn built(dataset: &Dataset) -> Self {
        let lake = Self::with(dataset);
        lake.ctlake(["build"]).ok();
        lake
    }

    /// Puts `dataset` in the place of the files of the dataset before it, in `[DIR]/dataset`.
    pub(crate) fn place(&self, dataset: &Dataset) {
        let folder = self.path("dataset");
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("the dataset is removed");
        }
        dataset.write(&folder);
    }

    /// Ingests `dataset`, in the place of what was there of its release.
    #[track_caller]
    pub(crate) fn ingest(&self, dataset: &Dataset) {
        self.place(dataset);
        self.ctlake(["ingest", "dataset", "--replace"]).ok();
    }

    /// Where a file or folder below the temporary folder is.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        // Canonical, as the program prints it.
        self.dir
            .path()
            .canonicalize()
            .expect("a folder")
            .join(below)
    }

    /// A command that runs the program in the folder, with nothing of the caller's settings.
    pub(crate) fn command<I: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = I>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ctlake"));
        command
            .args(args)
            .current_dir(self.path(""))
            .env_remove("CTLAKE_LAKE")
            .env_remove("NO_COLOR")
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::null());
        for bundle in ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"] {
            command.env_remove(bundle);
        }
        command
    }

    /// Runs the program.
    pub(crate) fn ctlake<I: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = I>) -> Outcome {
        self.run(self.command(args))
    }

    /// Runs a command that [`Self::command`] made.
    pub(crate) fn run(&self, mut command: Command) -> Outcome {
        let output = command.output().expect("the program starts");
        Outcome::new(output, &self.dir_text())
    }

    /// Runs the program with `input` on its stdin.
    pub(crate) fn ctlake_with_input<I: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = I>,
        input: &str,
    ) -> Outcome {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(input.as_bytes()).expect("it is read");
        drop(stdin);
        let output = child.wait_with_output().expect("the program ends");
        Outcome::new(output, &self.dir_text())
    }

    /// What `sql` answers, as CSV.
    #[track_caller]
    pub(crate) fn sql(&self, query: &str) -> String {
        self.ctlake(["sql", query]).ok().raw_stdout().to_owned()
    }

    /// The entries of the log, oldest first.
    pub(crate) fn log(&self) -> Vec<serde_json::Value> {
        let folder = self.path("lake/_ctlake/log");
        let mut names: Vec<PathBuf> = match fs::read_dir(folder) {
            Ok(entries) => entries
                .map(|entry| entry.expect("an entry").path())
                .collect(),
            Err(_) => Vec::new(),
        };
        names.sort();
        names
            .iter()
            .map(|path| serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON"))
            .collect()
    }

    /// The snapshot that readers see.
    pub(crate) fn snapshot(&self) -> String {
        let log = self.log();
        let current = log.last().expect("a snapshot");
        current["snapshot"].as_str().expect("a name").to_owned()
    }

    /// Whether `path` below the lake is there.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.path("lake").join(path).exists()
    }

    fn dir_text(&self) -> String {
        self.path("")
            .display()
            .to_string()
            .trim_end_matches('/')
            .to_owned()
    }
}

/// Whether the tests run as a user whom no permission stops.
pub(crate) fn is_root() -> bool {
    let said = Command::new("id").arg("-u").output().expect("`id` runs");
    said.stdout.trim_ascii() == b"0"
}

/// Makes a folder and all in it read-only, or writable again.
pub(crate) fn set_readonly(folder: &Path, readonly: bool) {
    let mode = if readonly { "a-w" } else { "u+w" };
    let done = Command::new("chmod")
        .args(["-R", mode])
        .arg(folder)
        .status();
    assert!(done.expect("`chmod` runs").success());
}
