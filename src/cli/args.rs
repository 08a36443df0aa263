//! The command line as clap reads it.

mod build;
mod engine;
mod images;
mod ingest;
mod powerbi;
mod query;
mod register;
mod report;
mod s3;
mod value;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args as ClapArgs, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

pub(super) use build::{AuditArgs, BuildArgs, SnapshotsCommand};
pub(super) use engine::EngineName;
pub(super) use images::ImagesArgs;
pub(super) use ingest::{FetchArgs, IngestArgs, RunArgs, SourceArgs, TransferArgs, VerifyArgs};
pub(super) use powerbi::PowerbiArgs;
pub(super) use query::{ListFormat, RowFormat, SchemaArgs, SchemaFormat, SqlArgs};
pub(super) use register::RegisterArgs;
pub(super) use report::ReportArgs;

use super::failure::Failure;
use super::version;
use crate::lake::{Location, S3Location};
use crate::release::Release;
use s3::S3Args;

/// Turns the COVIDx CT dataset into a data lake: Parquet tables, published as snapshots, queried with SQL.
#[derive(Debug, Parser)]
#[command(name = "ctlake", version = version::SHORT, long_version = version::LONG, max_term_width = 100)]
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
    pub(super) lake: OsString,
    /// Show what would be done without doing it
    #[arg(short = 'n', long, global = true)]
    pub(super) dry_run: bool,
    /// Print JSON on stdout: the data, or events and a summary as lines
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Print errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Report details and retries; -vv reports every request
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    #[command(flatten)]
    pub(super) s3: S3Args,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Build and query a small synthetic lake
    #[command(after_help = "Examples:\n  ctlake demo\n  ctlake demo /tmp/try")]
    Demo {
        /// Folder for the dataset and its lake
        #[arg(default_value = "./ctlake-demo")]
        dir: PathBuf,
    },
    /// Write a synthetic dataset in the shape of COVIDx CT
    #[command(
        after_help = "Examples:\n  ctlake sample /tmp/dataset --patients 200\n  ctlake sample /tmp/dataset.zip --zip --seed 7"
    )]
    Sample(SampleArgs),
    /// Ingest a dataset and build its tables
    #[command(
        after_help = "Examples:\n  ctlake run kaggle:hgunraj/covidxct --lake s3://my-bucket/covidx --database covidx\n  ctlake run ~/covidx-ct --dry-run"
    )]
    Run(RunArgs),
    /// Download an archive into a file, resuming
    #[command(
        after_help = "Examples:\n  ctlake fetch kaggle:hgunraj/covidxct --out covidxct.zip\n  ctlake fetch kaggle:hgunraj/covidxct@4 --out covidxct.zip --dry-run"
    )]
    Fetch(FetchArgs),
    /// Store a dataset from Kaggle, a URL, a zip or a folder in the landing zone
    #[command(
        after_help = "Examples:\n  ctlake ingest kaggle:hgunraj/covidxct --lake s3://my-bucket/covidx\n  ctlake ingest covidxct.zip --lake s3://my-bucket/covidx\n  ctlake ingest ~/covidx-ct --dry-run\n  ctlake ingest covidxct.zip --only '*.txt' --only metadata.csv\n  ctlake ingest covidxct.zip --shard 0/8 --lake s3://my-bucket/covidx"
    )]
    Ingest(IngestArgs),
    /// Compare the landing zone with its manifest, and withdraw damaged files
    #[command(
        after_help = "Examples:\n  ctlake verify\n  ctlake verify --deep --lake s3://my-bucket/covidx\n  ctlake verify --dry-run"
    )]
    Verify(VerifyArgs),
    /// Build the tables, audit them and publish them as a snapshot
    #[command(
        after_help = "Examples:\n  ctlake build\n  ctlake build --dry-run\n  ctlake build --fail-on error --keep-failed"
    )]
    Build(BuildArgs),
    /// List, compare, restore and expire snapshots
    Snapshots {
        #[command(subcommand)]
        command: SnapshotsCommand,
    },
    /// Register snapshots in AWS Glue, or as Iceberg or Delta tables
    #[command(
        after_help = "Examples:\n  ctlake register --lake s3://my-bucket/covidx --database covidx\n  ctlake register --format iceberg --lake ./lake\n  ctlake register --lake s3://my-bucket/covidx --format all --dry-run\n  ctlake register --lake s3://my-bucket/covidx --ddl > athena.sql\n  ctlake register --lake s3://my-bucket/covidx --iam-policy reader"
    )]
    Register(RegisterArgs),
    /// Query the tables with SQL
    #[command(
        after_help = "Examples:\n  ctlake sql \"SELECT split, COUNT(*) AS slices FROM ct_slices GROUP BY split\"\n  ctlake sql                                             opens a prompt\n  ctlake sql --output answer.xlsx < question.sql\n  ctlake sql \"SELECT * FROM patients\" --limit 5 --snapshot 3\n  ctlake sql \"SELECT * FROM slices_by_cohort\" --engine athena --max-scan 10GB"
    )]
    Sql(SqlArgs),
    /// Download the image files of a query, or print signed URLs
    #[command(
        after_help = "Examples:\n  ctlake images \"SELECT image_key FROM ct_slices WHERE country = 'Iran'\" --out cohort --dry-run\n  ctlake images \"SELECT image_key FROM ct_slices\" --out training --layout split/diagnosis --sample 1000 --per split/diagnosis\n  ctlake images \"SELECT cover_image_key AS image_key, age FROM patients WHERE slices > 0\" --out covers --layout patient_id\n  ctlake images \"SELECT image_key FROM ct_slices WHERE patient_id = 'NCP_96'\" --presign 1h --lake s3://my-bucket/covidx"
    )]
    Images(ImagesArgs),
    /// Write one HTML page of charts that opens from disk
    #[command(
        after_help = "Examples:\n  ctlake report\n  ctlake report --out covidx.html --lake s3://my-bucket/covidx\n  ctlake report --previews 0 --snapshot 3"
    )]
    Report(ReportArgs),
    /// Write a Power BI project: model, measures and report pages
    #[command(
        after_help = "Examples:\n  ctlake powerbi --database covidx --dsn \"Amazon Athena\"\n  ctlake powerbi --out report --folder 'C:\\ctlake\\lake'\n  ctlake powerbi --direct-lake --workspace $WORKSPACE_ID --lakehouse $LAKEHOUSE_ID\n  ctlake powerbi --dry-run"
    )]
    Powerbi(PowerbiArgs),
    /// Print the data contract, or profile the tables (--stats)
    #[command(
        after_help = "Examples:\n  ctlake schema ct_slices\n  ctlake schema patients --stats\n  ctlake schema --format ddl > tables.sql\n  ctlake schema --format odcs --lake ./lake > contract.yaml"
    )]
    Schema(SchemaArgs),
    /// Report the contents of the lake and the next command
    #[command(after_help = "Examples:\n  ctlake status\n  ctlake status --format json")]
    Status {
        /// Output format
        #[arg(long, default_value = "table")]
        format: ListFormat,
    },
    /// Check that the lake is accessible, and suggest fixes
    #[command(
        after_help = "Examples:\n  ctlake doctor\n  ctlake doctor --lake s3://my-bucket/covidx --sse AES256"
    )]
    Doctor {
        /// Output format
        #[arg(long, default_value = "table")]
        format: ListFormat,
    },
    /// Print the path of a table's current files
    #[command(
        after_help = "Examples:\n  ctlake path ct_slices\n  duckdb -c \"SELECT COUNT(*) FROM read_parquet('$(ctlake path ct_slices)/**/*.parquet')\""
    )]
    Path {
        /// The table
        table: String,
        /// Name or entry number of a snapshot [default: the current one]
        #[arg(long)]
        snapshot: Option<String>,
    },
    /// Print a completion script for a shell
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
    /// Seed: the same number gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Release whose file names and columns to imitate
    #[arg(long, default_value = "CT-2A", value_parser = value::release)]
    pub(super) release: Release,
    /// Write one zip file
    #[arg(long)]
    pub(super) zip: bool,
}

/// The options of a command stand before the global ones.
const OWN_OPTIONS: usize = 100;

/// clap lists the commands in one piece: [`GROUPS`] stands in its place.
const PROGRAM_HELP: &str =
    "{about-with-newline}\n{usage-heading} {usage}\n\n{before-help}Options:\n{options}{after-help}";

/// The commands as `ctlake --help` lists them.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Start", &["demo", "sample", "run"]),
    ("Bring", &["fetch", "ingest", "verify", "build"]),
    ("Look", &["status", "sql", "schema", "path"]),
    ("Share", &["register", "images", "report", "powerbi"]),
    ("Keep", &["snapshots", "doctor", "completions"]),
];

/// Commands that have no lake, or one of their own.
const WITHOUT_LAKE: [&str; 5] = ["completions", "demo", "fetch", "powerbi", "sample"];
/// Commands that can't say what they would do.
const WITHOUT_DRY_RUN: [&str; 10] = [
    "completions",
    "demo",
    "doctor",
    "path",
    "sample",
    "schema",
    "snapshots diff",
    "snapshots list",
    "sql",
    "status",
];
/// Commands that write nothing to the lake: options of what is written say nothing to them, and do no harm.
const READING: [&str; 8] = [
    "images",
    "path",
    "report",
    "schema",
    "snapshots diff",
    "snapshots list",
    "sql",
    "status",
];
/// Commands that have no JSON to print.
const WITHOUT_JSON: [&str; 1] = ["completions"];

impl Command {
    /// Whether the command cleans up by itself when it is asked to stop.
    pub(super) fn heeds_stop(&self) -> bool {
        // A prompt is left at once: its queries have stops of their own.
        if self.heeds_interrupts() {
            return false;
        }
        match self {
            Self::Build(_)
            | Self::Demo { .. }
            | Self::Fetch(_)
            | Self::Ingest(_)
            | Self::Run(_)
            | Self::Verify(_) => true,
            Self::Images(args) => args.downloads(),
            Self::Sql(args) => args.engine.may_leave(),
            _ => false,
        }
    }

    /// Whether Ctrl-C means something else than the end of the program.
    pub(super) fn heeds_interrupts(&self) -> bool {
        matches!(self, Self::Sql(args) if args.opens_shell())
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
            Self::Report(_) => "report",
            Self::Sql(_) => "sql",
            Self::Images(_) => "images",
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

    /// The command line. The help of a command lists no global option that it refuses; that of the program no option of S3, and `-h`
    /// neither these nor examples.
    pub(super) fn definition() -> clap::Command {
        let program = Self::command();
        let groups = Self::groups(&program);
        let globals: Vec<clap::Arg> = program
            .get_arguments()
            .filter(|arg| arg.is_global_set())
            .cloned()
            .collect();
        let of = |command: &str| -> Vec<clap::Arg> {
            let is_refused = |arg: &clap::Arg| match arg.get_id().as_str() {
                "dry_run" => WITHOUT_DRY_RUN.contains(&command),
                "json" => WITHOUT_JSON.contains(&command),
                "quiet" | "verbose" => false,
                "sse" | "kms_key" | "storage_class" | "tags" => {
                    READING.contains(&command) || WITHOUT_LAKE.contains(&command)
                }
                _ => WITHOUT_LAKE.contains(&command),
            };
            let arg = |(place, arg): (usize, &clap::Arg)| {
                let is_rare = arg.get_help_heading().is_some();
                arg.clone()
                    .hide(is_refused(arg))
                    .hide_short_help(is_rare)
                    .display_order(OWN_OPTIONS + place)
            };
            globals.iter().enumerate().map(arg).collect()
        };
        program
            .help_template(PROGRAM_HELP)
            .before_help(groups)
            .mut_args(|arg| {
                let is_rare = arg.get_help_heading().is_some();
                arg.hide(is_rare)
            })
            .mut_subcommands(|command| {
                let name = command.get_name().to_owned();
                let command = command.mut_subcommands(|inner| {
                    let name = format!("{name} {}", inner.get_name());
                    inner.args(of(&name))
                });
                let command = command.args(of(&name));
                match command.get_after_help().cloned() {
                    Some(examples) => command.after_help("").after_long_help(examples),
                    None => command,
                }
            })
    }

    /// The commands of the program by group, each with what it does.
    fn groups(program: &clap::Command) -> String {
        let heading = program.get_styles().get_header();
        let name = program.get_styles().get_literal();
        let about = |name: &str| {
            let command = program.find_subcommand(name).expect("a command of GROUPS");
            command
                .get_about()
                .map(ToString::to_string)
                .unwrap_or_default()
        };
        let group = |(title, commands): &(&str, &[&str])| {
            let lines = commands
                .iter()
                .map(|&command| format!("  {name}{command:<11}{name:#}  {}\n", about(command)));
            format!(
                "{heading}{title}:{heading:#}\n{}\n",
                lines.collect::<String>()
            )
        };
        GROUPS.iter().map(group).collect()
    }

    /// Refuses a global option that can't apply to the command.
    pub(super) fn check(&self, matches: &ArgMatches) -> Result<(), Failure> {
        use Command::{Images, Register};
        let name = self.command.name();
        // Data is no plan, and nothing is done but to print it.
        let prints_text = matches!(&self.command, Register(args) if args.prints());
        let prints_rows = matches!(&self.command, Images(args) if !args.downloads());
        let plans = !prints_text && !prints_rows && !WITHOUT_DRY_RUN.contains(&name);
        let has_json = !prints_text && !WITHOUT_JSON.contains(&name);
        let no_lake = WITHOUT_LAKE.contains(&name);
        let refuse = |option: &str, hint: &str| {
            Err(Failure::usage(
                format!("`{option}` does not apply to `ctlake {name}`"),
                hint,
            ))
        };
        if self.dry_run && !plans {
            return refuse("--dry-run", "leave it out");
        }
        if self.json && !has_json {
            return refuse("--json", "leave it out");
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
        let location = match self.lake.to_str() {
            Some(text) => text.parse()?,
            // A path need not be text; an address is.
            None => Location::Folder(self.lake.clone().into()),
        };
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
                    self.lake.display()
                ),
                "name a bucket: `--lake s3://bucket/prefix`",
            )),
            (location, None) => Ok(location),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Args::definition().debug_assert();
    }

    #[test]
    fn every_command_is_in_one_group() {
        let program = Args::command();
        let mut commands: Vec<&str> = program
            .get_subcommands()
            .map(clap::Command::get_name)
            .collect();
        let mut grouped: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        commands.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(commands, grouped);
    }

    #[test]
    fn commands_that_refuse_an_option_are_commands() {
        let names: Vec<String> = Args::command()
            .get_subcommands()
            .flat_map(|command| {
                let inner = command.get_subcommands();
                let inner =
                    inner.map(|inner| format!("{} {}", command.get_name(), inner.get_name()));
                inner
                    .chain([command.get_name().to_owned()])
                    .collect::<Vec<_>>()
            })
            .collect();
        for name in WITHOUT_LAKE
            .iter()
            .chain(&WITHOUT_DRY_RUN)
            .chain(&READING)
            .chain(&WITHOUT_JSON)
        {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
    }
}
