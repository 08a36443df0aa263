//! The command line as clap reads it.

mod powerbi;

use std::path::PathBuf;
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args as ClapArgs, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use glob::Pattern;

use super::failure::Failure;
use crate::archive::{Limits, Ranges};
use crate::catalog::{DatabaseName, Role};
use crate::contract::Severity;
use crate::covidx::Release;
use crate::ingest::Shard;
use crate::lake::{Location, S3Location, S3Settings};
pub(super) use powerbi::PowerbiArgs;

/// Turns the COVIDx CT dataset into a data lake: Parquet tables, published as snapshots, queried with SQL.
#[derive(Debug, Parser)]
#[command(name = "ctlake", version, max_term_width = 100)]
#[command(after_help = "\
Examples:
  ctlake demo                                  see it work, with synthetic data
  ctlake ingest ~/covidx-ct --lake ./lake      land a dataset folder
  ctlake build --lake ./lake                   build and publish the tables
  ctlake sql \"SELECT diagnosis, COUNT(*) AS slices FROM ct_slices GROUP BY diagnosis\"

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 incomplete (run it again), 130 interrupted")]
pub(super) struct Args {
    #[arg(
        help = "The lake: a folder, or s3://bucket/prefix",
        long,
        global = true,
        env = "CTLAKE_LAKE",
        default_value = "./lake",
        value_name = "URL"
    )]
    pub(super) lake: String,
    /// Say what would be done, and do nothing
    #[arg(short = 'n', long, global = true)]
    pub(super) dry_run: bool,
    /// Events and a summary as JSON lines on stdout
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Say more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    #[command(flatten)]
    pub(super) s3: S3Args,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// How objects are written to a lake on S3: images, tables, manifests and log alike.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Lakes on S3")]
pub(super) struct S3Args {
    /// Encrypt on the server: AES256, aws:kms or aws:kms:dsse
    #[arg(long, global = true, value_name = "TYPE", value_parser = ["AES256", "aws:kms", "aws:kms:dsse"])]
    sse: Option<String>,
    /// Key for --sse aws:kms
    #[arg(long, global = true, value_name = "ARN")]
    kms_key: Option<String>,
    #[arg(
        help = "Storage class, such as STANDARD_IA",
        long,
        global = true,
        value_name = "CLASS"
    )]
    storage_class: Option<String>,
    /// Tag for every object; may be repeated
    #[arg(long = "tag", global = true, value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,
    /// Account that the bucket must belong to
    #[arg(long, global = true, value_name = "ACCOUNT")]
    bucket_owner: Option<String>,
}

impl S3Args {
    /// What was asked for, if anything was.
    fn settings(&self) -> Option<S3Settings> {
        let settings = S3Settings {
            encryption: self.sse.clone(),
            kms_key: self.kms_key.clone(),
            storage_class: self.storage_class.clone(),
            tags: self.tags.clone(),
            bucket_owner: self.bucket_owner.clone(),
        };
        (settings != S3Settings::default()).then_some(settings)
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a small synthetic dataset, run the whole pipeline on it, show the result
    #[command(after_help = "Examples:\n  ctlake demo\n  ctlake demo /tmp/try")]
    Demo {
        /// Where the dataset and its lake go
        #[arg(default_value = "./ctlake-demo")]
        dir: PathBuf,
    },
    /// Write a synthetic COVIDx-CT-shaped dataset
    #[command(
        after_help = "Examples:\n  ctlake sample /tmp/dataset --patients 200\n  ctlake sample /tmp/dataset.zip --zip --seed 7"
    )]
    Sample(SampleArgs),
    /// Bring a dataset into the landing zone and build its tables: ingest and build in one
    #[command(
        after_help = "Examples:\n  ctlake run kaggle:hgunraj/covidxct --lake s3://my-bucket/covidx --database covidx\n  ctlake run ~/covidx-ct --dry-run"
    )]
    Run(RunArgs),
    /// Download an archive into a file, going on where the last run ended
    #[command(
        after_help = "Examples:\n  ctlake fetch kaggle:hgunraj/covidxct --out covidxct.zip\n  ctlake fetch kaggle:hgunraj/covidxct@4 --out covidxct.zip --dry-run"
    )]
    Fetch(FetchArgs),
    /// Bring a dataset into the landing zone, from Kaggle, a URL, a zip file or a folder
    #[command(
        after_help = "Examples:\n  ctlake ingest kaggle:hgunraj/covidxct --lake s3://my-bucket/covidx\n  ctlake ingest covidxct.zip --lake s3://my-bucket/covidx\n  ctlake ingest ~/covidx-ct --dry-run\n  ctlake ingest covidxct.zip --only '*.txt' --only metadata.csv\n  ctlake ingest covidxct.zip --shard 0/8 --lake s3://my-bucket/covidx"
    )]
    Ingest(IngestArgs),
    /// Compare the landing zone with its manifest, and withdraw what is missing or damaged
    #[command(
        after_help = "Examples:\n  ctlake verify\n  ctlake verify --deep --lake s3://my-bucket/covidx\n  ctlake verify --dry-run"
    )]
    Verify(VerifyArgs),
    /// Build the tables from the landing zone, audit them and publish them as a snapshot
    #[command(
        after_help = "Examples:\n  ctlake build\n  ctlake build --dry-run\n  ctlake build --fail-on error --keep-failed"
    )]
    Build(BuildArgs),
    /// List, compare, roll back and expire snapshots
    Snapshots {
        #[command(subcommand)]
        command: SnapshotsCommand,
    },
    /// Publish the current snapshot to AWS Glue, for Athena, Power BI and Spark
    #[command(
        after_help = "Examples:\n  ctlake register --lake s3://my-bucket/covidx --database covidx\n  ctlake register --lake s3://my-bucket/covidx --dry-run\n  ctlake register --lake s3://my-bucket/covidx --ddl > athena.sql\n  ctlake register --lake s3://my-bucket/covidx --iam-policy reader"
    )]
    Register(RegisterArgs),
    /// Query the tables with SQL
    #[command(
        after_help = "Examples:\n  ctlake sql \"SELECT split, COUNT(*) AS slices FROM ct_slices GROUP BY split\"\n  ctlake sql - --format parquet --output answer.parquet < question.sql\n  ctlake sql \"SELECT * FROM patients\" --limit 5 --snapshot 3"
    )]
    Sql(SqlArgs),
    /// Write a Power BI project: model, measures and report pages over the tables
    #[command(
        after_help = "Examples:\n  ctlake powerbi --database covidx --dsn \"Amazon Athena\"\n  ctlake powerbi --out report --folder 'C:\\ctlake\\lake'\n  ctlake powerbi --dry-run"
    )]
    Powerbi(PowerbiArgs),
    /// Print the data contract: dictionary, Arrow schema, DDL, ODCS or JSON
    #[command(
        after_help = "Examples:\n  ctlake schema ct_slices\n  ctlake schema --format ddl > tables.sql\n  ctlake schema --format odcs --lake ./lake > contract.yaml"
    )]
    Schema(SchemaArgs),
    /// Say what the lake holds and what to do next
    #[command(after_help = "Examples:\n  ctlake status\n  ctlake status --format json")]
    Status {
        /// How to print it
        #[arg(long, default_value = "table")]
        format: ListFormat,
    },
    /// Try whether the lake can be used from here, each check with its remedy
    #[command(
        after_help = "Examples:\n  ctlake doctor\n  ctlake doctor --lake s3://my-bucket/covidx --sse AES256"
    )]
    Doctor {
        /// How to print it
        #[arg(long, default_value = "table")]
        format: ListFormat,
    },
    /// Print where a table's current files are, for readers without a catalog
    #[command(
        after_help = "Examples:\n  ctlake path ct_slices\n  duckdb -c \"SELECT COUNT(*) FROM read_parquet('$(ctlake path ct_slices)/**/*.parquet')\""
    )]
    Path {
        /// The table
        table: String,
        /// A snapshot's name or entry number instead of the current one
        #[arg(long)]
        snapshot: Option<String>,
    },
    /// Print a shell's completion script
    #[command(after_help = "Examples:\n  ctlake completions bash > /etc/bash_completion.d/ctlake")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, ClapArgs)]
pub(super) struct SampleArgs {
    /// Folder to write to, or the file with --zip
    pub(super) out: PathBuf,
    /// Patients with images, from 21 to 100,000
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(21..=100_000))]
    pub(super) patients: u32,
    /// Other numbers give other patients; the same number gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Which release to look like
    #[arg(long, default_value = "CT-2A")]
    pub(super) release: Release,
    /// Write one zip file
    #[arg(long)]
    pub(super) zip: bool,
}

/// Which dataset.
#[derive(Debug, ClapArgs)]
pub(super) struct SourceArgs {
    #[arg(
        value_name = "SOURCE",
        help = "The dataset: kaggle:owner/name[@version], https://…/archive.zip, a zip file or a folder"
    )]
    pub(super) source: PathBuf,
    /// The release, where the file names don't tell or tell several
    #[arg(long)]
    pub(super) release: Option<Release>,
    /// Take the source's content where a file of that name has other content already
    #[arg(long)]
    pub(super) replace: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct IngestArgs {
    #[command(flatten)]
    pub(super) source: SourceArgs,
    /// Only files whose path matches; may be repeated
    #[arg(long, value_name = "GLOB", value_parser = Pattern::new)]
    pub(super) only: Vec<Pattern>,
    /// Only the i-th of n stretches of the archive, i from 0: for n machines at once
    #[arg(long, value_name = "i/n", conflicts_with = "shards")]
    pub(super) shard: Option<Shard>,
    #[arg(help = "The same, with i from JOB_COMPLETION_INDEX or AWS_BATCH_JOB_ARRAY_INDEX", long, value_name = "n", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) shards: Option<u32>,
    #[command(flatten)]
    pub(super) transfer: TransferArgs,
}

/// How files are read and stored.
#[derive(Debug, ClapArgs)]
pub(super) struct TransferArgs {
    /// Requests under way at once, at the most
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) concurrency: u16,
    /// Budget for file contents in memory
    #[arg(long, default_value = "64MB", value_parser = bytes, value_name = "SIZE")]
    pub(super) memory: u64,
    /// A request without an answer in this time has failed
    #[arg(long, default_value = "60s", value_parser = duration, value_name = "TIME")]
    pub(super) request_timeout: Duration,
    /// Refuse a file that is more than so many times its compressed size
    #[arg(long, default_value_t = Limits::default().max_ratio, value_name = "N")]
    pub(super) max_ratio: u64,
    /// Refuse a larger file
    #[arg(long, default_value = "1GB", value_parser = bytes, value_name = "SIZE")]
    pub(super) max_entry_bytes: u64,
    /// Refuse an archive that would become larger
    #[arg(long, default_value = "1000GB", value_parser = bytes, value_name = "SIZE")]
    pub(super) max_total_bytes: u64,
    #[command(flatten)]
    pub(super) ranges: RangeArgs,
}

/// How an archive on Kaggle or at a URL is read.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Archives on a server")]
pub(super) struct RangeArgs {
    /// Bytes of one range request
    #[arg(long, default_value = "4MB", value_parser = range_size, value_name = "SIZE")]
    range_size: u64,
    /// Range requests under way at once, ahead of what is stored
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    ranges_ahead: u16,
    /// A connection over which nothing comes for so long is given up
    #[arg(long, default_value = "30s", value_parser = duration, value_name = "TIME")]
    idle_timeout: Duration,
}

impl RangeArgs {
    pub(super) fn ranges(&self) -> Ranges {
        Ranges {
            bytes: self.range_size,
            ahead: self.ranges_ahead.into(),
            idle: self.idle_timeout,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(super) struct FetchArgs {
    #[arg(help = "The archive: kaggle:owner/name[@version] or https://…/archive.zip")]
    pub(super) source: PathBuf,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) ranges: RangeArgs,
}

#[derive(Debug, ClapArgs)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) source: SourceArgs,
    #[command(flatten)]
    pub(super) transfer: TransferArgs,
    #[command(flatten)]
    pub(super) audit: AuditArgs,
    /// Then show the tables in this database of AWS Glue, as `ctlake register` does
    #[arg(long, value_name = "NAME")]
    pub(super) database: Option<DatabaseName>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct VerifyArgs {
    /// The release; all without it
    #[arg(long)]
    pub(super) release: Option<Release>,
    /// Also compare checksums: those that S3 keeps, or by reading the files of a folder
    #[arg(long)]
    pub(super) deep: bool,
    /// Requests under way at once, at the most
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) concurrency: u16,
    /// A request without an answer in this time has failed
    #[arg(long, default_value = "60s", value_parser = duration, value_name = "TIME")]
    pub(super) request_timeout: Duration,
}

/// What is published.
#[derive(Debug, ClapArgs)]
pub(super) struct AuditArgs {
    /// Go on over this many malformed lines, and record them as findings
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(super) max_bad_rows: u64,
    /// Publish nothing when a finding is this bad or worse
    #[arg(long, value_name = "SEVERITY")]
    pub(super) fail_on: Option<FailOn>,
    /// Keep the files of a build that failed its audit, to look at them
    #[arg(long, requires = "fail_on")]
    pub(super) keep_failed: bool,
    /// Publish to a store without conditional writes: nobody else may publish
    #[arg(long)]
    pub(super) single_writer: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct BuildArgs {
    /// The release, where the landing zone has several
    #[arg(long)]
    pub(super) release: Option<Release>,
    #[command(flatten)]
    pub(super) audit: AuditArgs,
    /// Publish even when the inputs have not changed
    #[arg(long)]
    pub(super) force: bool,
    /// Budget for rows and row groups on their way to the files
    #[arg(long, default_value = "128MB", value_parser = bytes, value_name = "SIZE")]
    pub(super) memory: u64,
    /// Build from a landing zone in which files are still missing
    #[arg(long)]
    pub(super) partial: bool,
    /// Also write small pictures, the middle slice of each scan, for Power BI
    #[arg(long)]
    pub(super) previews: bool,
    /// Encoder threads, at the most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) threads: Option<u16>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FailOn {
    Error,
    Warning,
}

impl From<FailOn> for Severity {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Error => Self::Error,
            FailOn::Warning => Self::Warning,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum SnapshotsCommand {
    /// List the log, newest entry first
    #[command(
        after_help = "Examples:\n  ctlake snapshots list\n  ctlake snapshots list --format json"
    )]
    List {
        /// How to print it
        #[arg(long, default_value = "table")]
        format: ListFormat,
    },
    /// Compare two snapshots: rows, patients, findings
    #[command(
        after_help = "Examples:\n  ctlake snapshots diff 1 2\n  ctlake snapshots diff 20261123T201500Z 20261124 --format json"
    )]
    Diff {
        /// The older one: a name, the beginning of a name, or an entry number
        a: String,
        /// The newer one
        b: String,
        /// How to print it
        #[arg(long, default_value = "table")]
        format: ListFormat,
    },
    /// Show an older snapshot again
    #[command(after_help = "Examples:\n  ctlake snapshots rollback 1")]
    Rollback {
        /// A name, the beginning of a name, or an entry number
        snapshot: String,
    },
    /// Remove the files of old snapshots and of builds that died
    #[command(
        after_help = "Examples:\n  ctlake snapshots expire --dry-run\n  ctlake snapshots expire --keep 3 --older-than 7d"
    )]
    Expire {
        /// Keep so many of the newest snapshots
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
        keep: u16,
        /// Keep everything younger: 30s, 10m, 24h, 7d
        #[arg(long, default_value = "24h", value_parser = duration, value_name = "AGE")]
        older_than: Duration,
    },
}

#[derive(Debug, ClapArgs)]
pub(super) struct RegisterArgs {
    /// Database in Glue; made if it isn't there
    #[arg(long, default_value = "covidx", value_name = "NAME")]
    pub(super) database: DatabaseName,
    /// List each partition too, for Spark, EMR and awswrangler, which don't compute them
    #[arg(long)]
    pub(super) partitions: bool,
    /// Take over tables that ctlake did not make for this lake
    #[arg(long)]
    pub(super) adopt: bool,
    /// Print the same as SQL for Athena, and do nothing
    #[arg(long, conflicts_with_all = ["adopt", "iam_policy"])]
    pub(super) ddl: bool,
    /// Print the IAM policy that a role needs, and do nothing
    #[arg(long, value_name = "ROLE", conflicts_with_all = ["adopt", "partitions"])]
    pub(super) iam_policy: Option<PolicyRole>,
}

impl RegisterArgs {
    /// Whether it only prints.
    fn prints(&self) -> bool {
        self.ddl || self.iam_policy.is_some()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PolicyRole {
    /// Builds and registers
    Builder,
    /// Asks questions
    Reader,
}

impl From<PolicyRole> for Role {
    fn from(role: PolicyRole) -> Self {
        match role {
            PolicyRole::Builder => Self::Builder,
            PolicyRole::Reader => Self::Reader,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(super) struct SqlArgs {
    /// The query; - reads it from stdin
    pub(super) query: String,
    /// How to print the rows: a table on a terminal and CSV otherwise, unless said
    #[arg(long)]
    pub(super) format: Option<RowFormat>,
    /// Write to a file instead of stdout
    #[arg(short, long)]
    pub(super) output: Option<PathBuf>,
    /// At most this many rows
    #[arg(long)]
    pub(super) limit: Option<u32>,
    /// A snapshot's name or entry number instead of the current one
    #[arg(long)]
    pub(super) snapshot: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct SchemaArgs {
    /// One table; all without it
    pub(super) table: Option<String>,
    /// What to print
    #[arg(long, default_value = "dictionary")]
    pub(super) format: SchemaFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaFormat {
    /// Markdown for people
    Dictionary,
    /// The Arrow schema of the data files, with field ids
    Arrow,
    /// SQL for Athena, Hive and Spark; with --lake its current paths and partitions are filled in
    Ddl,
    /// The Open Data Contract Standard document; with --lake its server and current paths are filled in
    Odcs,
    /// Tables, columns, measures and quality rules as JSON
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum RowFormat {
    /// For people
    Table,
    /// Comma-separated, with a header
    Csv,
    /// An array of objects
    Json,
    /// Apache Parquet
    Parquet,
}

impl Command {
    /// Whether the command cleans up by itself when it is asked to stop.
    pub(super) fn heeds_stop(&self) -> bool {
        matches!(
            self,
            Self::Build(_)
                | Self::Demo { .. }
                | Self::Fetch(_)
                | Self::Ingest(_)
                | Self::Run(_)
                | Self::Verify(_)
        )
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Demo { .. } => "demo",
            Self::Sample(_) => "sample",
            Self::Run(_) => "run",
            Self::Fetch(_) => "fetch",
            Self::Ingest(_) => "ingest",
            Self::Verify(_) => "verify",
            Self::Build(_) => "build",
            Self::Snapshots { command } => match command {
                SnapshotsCommand::List { .. } => "snapshots list",
                SnapshotsCommand::Diff { .. } => "snapshots diff",
                SnapshotsCommand::Rollback { .. } => "snapshots rollback",
                SnapshotsCommand::Expire { .. } => "snapshots expire",
            },
            Self::Register(_) => "register",
            Self::Sql(_) => "sql",
            Self::Powerbi(_) => "powerbi",
            Self::Schema(_) => "schema",
            Self::Status { .. } => "status",
            Self::Doctor { .. } => "doctor",
            Self::Path { .. } => "path",
            Self::Completions { .. } => "completions",
        }
    }
}

impl Args {
    /// Where the lake's URL comes from: the default, the environment or the command line.
    pub(super) fn lake_source(matches: &ArgMatches) -> ValueSource {
        // A global option is known to each level of subcommands; the innermost has the final say.
        let mut innermost = matches;
        while let Some((_, level)) = innermost.subcommand() {
            innermost = level;
        }
        innermost
            .value_source("lake")
            .unwrap_or(ValueSource::DefaultValue)
    }

    /// Refuses a global option that can't apply to the command.
    pub(super) fn check(&self, matches: &ArgMatches) -> Result<(), Failure> {
        use Command::{
            Build, Completions, Demo, Fetch, Ingest, Powerbi, Register, Run, Sample, Snapshots,
            Verify,
        };
        use SnapshotsCommand::{Expire, Rollback};
        let plans = matches!(
            self.command,
            Build(_)
                | Fetch(_)
                | Ingest(_)
                | Powerbi(_)
                | Run(_)
                | Verify(_)
                | Snapshots {
                    command: Expire { .. }
                }
        ) || matches!(&self.command, Register(args) if !args.prints());
        let acts = plans
            || matches!(
                self.command,
                Demo { .. }
                    | Sample(_)
                    | Snapshots {
                        command: Rollback { .. }
                    }
            );
        let no_lake = matches!(
            self.command,
            Demo { .. } | Fetch(_) | Sample(_) | Powerbi(_) | Completions { .. }
        );
        let name = self.command.name();
        let refuse = |option: &str, hint: &str| {
            Err(Failure::usage(
                format!("`{option}` does not apply to `ctlake {name}`"),
                hint,
            ))
        };
        if self.dry_run && !plans {
            return refuse("--dry-run", "leave it out");
        }
        if self.json && !acts {
            return refuse("--json", "its output is data: see `--format` in the help");
        }
        if no_lake && Self::lake_source(matches) == ValueSource::CommandLine {
            return refuse("--lake", &format!("`ctlake {name} --help` shows what does"));
        }
        Ok(())
    }
}

impl Args {
    /// The lake that was named, and how to write to it.
    pub(super) fn location(&self) -> Result<Location, Failure> {
        let location: Location = self.lake.parse()?;
        match (location, self.s3.settings()) {
            (Location::S3(s3), Some(settings)) => {
                if settings.kms_key.is_some() && !settings.uses_kms() {
                    return Err(Failure::usage(
                        "`--kms-key` needs `--sse aws:kms`",
                        "name both, or leave both out",
                    ));
                }
                Ok(Location::S3(S3Location { settings, ..s3 }))
            }
            (Location::Folder(_), Some(_)) => Err(Failure::usage(
                format!(
                    "`--sse`, `--kms-key`, `--storage-class`, `--tag` and `--bucket-owner` are for lakes on S3, got `{}`",
                    self.lake
                ),
                "name a bucket: `--lake s3://bucket/prefix`",
            )),
            (location, None) => Ok(location),
        }
    }
}

/// `project=covid`.
fn tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("expected a tag like `project=covid`, got `{text}`")),
    }
}

/// A size of which archives can be fetched piece by piece.
fn range_size(text: &str) -> Result<u64, String> {
    match bytes(text)? {
        size @ 64_000..=1_000_000_000 => Ok(size),
        _ => Err(format!("expected a size from 64kB to 1GB, got `{text}`")),
    }
}

/// `128MB`, `2GB`, `500000`: decimal units.
fn bytes(text: &str) -> Result<u64, String> {
    let expected = || format!("expected a size like `128MB`, got `{text}`");
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let factor = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "KB" | "K" => 1_000,
        "MB" | "M" => 1_000_000,
        "GB" | "G" => 1_000_000_000,
        _ => return Err(expected()),
    };
    let number: u64 = digits.parse().map_err(|_| expected())?;
    number.checked_mul(factor).ok_or_else(expected)
}

/// `30s`, `10m`, `24h`, `7d`.
fn duration(text: &str) -> Result<Duration, String> {
    let expected = || format!("expected an age like `30s`, `10m`, `24h` or `7d`, got `{text}`");
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let seconds: u64 = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(expected()),
    };
    let number: u64 = digits.parse().map_err(|_| expected())?;
    number
        .checked_mul(seconds)
        .map(Duration::from_secs)
        .ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn sizes_and_ages() {
        assert_eq!(bytes("128MB"), Ok(128_000_000));
        assert_eq!(bytes("5"), Ok(5));
        assert!(bytes("MB").is_err() && bytes("5 TB").is_err());
        assert_eq!(duration("7d"), Ok(Duration::from_hours(168)));
        assert!(duration("7").is_err() && duration("d").is_err());
    }
}
