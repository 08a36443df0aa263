//! The command line itself: help, exit codes, usage errors, JSON lines, signals, demo and sample.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::process::{ChildStderr, Command, Stdio};

use ctlake::datasets::covidx_ct::files::Split;
use insta::assert_snapshot;
use serde_json::Value;
use zip::ZipArchive;

use crate::support::dataset::label_file;
use crate::support::outcome::normalised;
use crate::support::tree::{listing, tree};
use crate::support::{Dataset, Lake, Outcome, signal};

/// The help of a command, which `-h` and `--help` print alike.
#[track_caller]
fn help(command: &str) -> String {
    let lake = Lake::temp();
    let said = |flag: &str| {
        let mut run = lake.command(
            command
                .split(' ')
                .filter(|word| !word.is_empty())
                .chain([flag]),
        );
        run.env("COLUMNS", "100");
        lake.run(run).ok()
    };
    let (short, long) = (said("-h"), said("--help"));
    assert_eq!(long.stderr(), "");
    assert!(short.stdout().len() <= long.stdout().len());
    long.raw_stdout().to_owned()
}

#[test]
fn help_of_the_program() {
    assert_snapshot!(help(""), @r#"
    Turns the COVIDx CT dataset into a data lake: Parquet tables, published as snapshots, queried with
    SQL

    Usage: ctlake [OPTIONS] <COMMAND>

    Start:
      demo         Build and query a small synthetic lake
      sample       Write a synthetic dataset in the shape of COVIDx CT
      run          Ingest a dataset and build its tables

    Bring:
      fetch        Download an archive into a file, resuming
      ingest       Store a dataset from Kaggle, a URL, a zip or a folder in the landing zone
      verify       Compare the landing zone with its manifest, and withdraw damaged files
      build        Build the tables, audit them and publish them as a snapshot

    Look:
      status       Report the contents of the lake and the next command
      sql          Query the tables with SQL
      schema       Print the data contract, or profile the tables (--stats)
      path         Print the path of a table's current files

    Share:
      register     Register snapshots in AWS Glue, or as Iceberg or Delta tables
      images       Download the image files of a query, or print signed URLs
      report       Write one HTML page of charts that opens from disk
      powerbi      Write a Power BI project: model, measures and report pages

    Keep:
      snapshots    List, compare, restore and expire snapshots
      doctor       Check that the lake is accessible, and suggest fixes
      completions  Print a completion script for a shell

    Options:
          --lake <URL>  The lake: a folder, or s3://bucket/prefix [env: CTLAKE_LAKE=] [default: ./lake]
      -n, --dry-run     Show what would be done without doing it
          --json        Print JSON on stdout: the data, or events and a summary as lines
      -q, --quiet       Print errors only
      -v, --verbose...  Report details and retries; -vv reports every request
      -h, --help        Print help
      -V, --version     Print version

    Examples:
      ctlake demo                                  see it work, with synthetic data
      ctlake ingest ~/covidx-ct --lake ./lake      land a dataset folder
      ctlake build --lake ./lake                   build and publish the tables
      ctlake sql "SELECT diagnosis, COUNT(*) AS slices FROM ct_slices GROUP BY diagnosis"

    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 incomplete (run it again), 130 interrupted
    "#);
}

#[test]
fn help_of_demo() {
    assert_snapshot!(help("demo"), @"
    Build and query a small synthetic lake

    Usage: ctlake demo [OPTIONS] [DIR]

    Arguments:
      [DIR]
              Folder for the dataset and its lake
              
              [default: ./ctlake-demo]

    Options:
          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      ctlake demo
      ctlake demo /tmp/try
    ");
}

#[test]
fn help_of_sample() {
    assert_snapshot!(help("sample"), @"
    Write a synthetic dataset in the shape of COVIDx CT

    Usage: ctlake sample [OPTIONS] <OUT>

    Arguments:
      <OUT>
              Folder to write to, or the file with --zip

    Options:
          --patients <PATIENTS>
              Patients with images, from 21 to 100,000
              
              [default: 60]

          --seed <SEED>
              Seed: the same number gives the same bytes
              
              [default: 1]

          --release <RELEASE>
              Release whose file names and columns to imitate
              
              [default: CT-2A]

          --zip
              Write one zip file

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      ctlake sample /tmp/dataset --patients 200
      ctlake sample /tmp/dataset.zip --zip --seed 7
    ");
}

#[test]
fn help_lists_no_option_that_is_refused() {
    let lake = Lake::temp();
    let lists = |command: &str, option: &str| {
        let args = command.split(' ').chain(["--help"]);
        lake.ctlake(args)
            .ok()
            .raw_stdout()
            .lines()
            .any(|line| line.split_whitespace().take(2).any(|word| word == option))
    };
    let options = ["--lake", "--dry-run", "--json", "--sse"];
    for (command, listed) in [
        ("powerbi", [false, true, true, false]),
        ("fetch", [false, true, true, false]),
        ("completions", [false, false, false, false]),
        ("schema", [true, false, true, false]),
        ("snapshots list", [true, false, true, false]),
        ("snapshots expire", [true, true, true, true]),
        ("sql", [true, false, true, false]),
        ("run", [true, true, true, true]),
    ] {
        assert_eq!(
            options.map(|option| lists(command, option)),
            listed,
            "{command}"
        );
    }
}

/// A file that may not grow further is as good as a full disk.
#[cfg(unix)]
#[test]
fn a_zip_that_can_t_be_written_is_an_error_and_leaves_nothing() {
    let lake = Lake::temp();
    let mut shell = std::process::Command::new("sh");
    shell
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 100; exec \"$0\" sample sample.zip --zip",
        ])
        .arg(env!("CARGO_BIN_EXE_ctlake"))
        .current_dir(lake.path(""));
    let said = lake.run(shell).fails(1);
    let text = said.stderr();
    assert!(
        text.starts_with("error: cannot write `sample.zip`: "),
        "{text}"
    );
    assert!(!text.contains("ZipWriter"), "{text}");
    assert_eq!(fs::read_dir(lake.path("")).unwrap().count(), 0);
}

#[test]
fn help_of_ingest() {
    assert_snapshot!(help("ingest"), @"
    Store a dataset from Kaggle, a URL, a zip or a folder in the landing zone

    Usage: ctlake ingest [OPTIONS] <SOURCE>

    Arguments:
      <SOURCE>
              The dataset: kaggle:owner/name[@version], https://…/archive.zip, a zip file or a folder

    Options:
          --release <RELEASE>
              Release name; needed when it can't be inferred from the file names

          --replace
              Overwrite files whose content differs from the source

          --only <GLOB>
              Ingest only files whose path matches; repeatable

          --shard <i/n>
              Ingest only shard i of n (0-based), to split the work across n machines

          --shards <n>
              The same, with i from JOB_COMPLETION_INDEX or AWS_BATCH_JOB_ARRAY_INDEX

          --concurrency <N>
              Maximum number of concurrent requests
              
              [default: 64]

          --memory <SIZE>
              Memory for file contents
              
              [default: 64MB]

          --request-timeout <TIME>
              Timeout of a request
              
              [default: 60s]

          --max-ratio <N>
              Maximum compression ratio; files above it are rejected
              
              [default: 200]

          --max-entry-bytes <SIZE>
              Maximum size of a file; larger ones are rejected
              
              [default: 1GB]

          --max-total-bytes <SIZE>
              Maximum size of the unpacked archive
              
              [default: 1000GB]

          --lake <URL>
              The lake: a folder, or s3://bucket/prefix
              
              [env: CTLAKE_LAKE=]
              [default: ./lake]

      -n, --dry-run
              Show what would be done without doing it

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Archives on a server:
          --range-size <SIZE>
              Size of a range request
              
              [default: 4MB]

          --ranges-ahead <N>
              Maximum number of concurrent range requests
              
              [default: 8]

          --idle-timeout <TIME>
              Idle timeout of a connection
              
              [default: 30s]

    Lakes on S3:
          --sse <TYPE>
              Encrypt on the server: AES256, aws:kms or aws:kms:dsse
              
              [possible values: AES256, aws:kms, aws:kms:dsse]

          --kms-key <ARN>
              Key for --sse aws:kms

          --storage-class <CLASS>
              Storage class, such as STANDARD_IA

          --tag <KEY=VALUE>
              Tag for every object; repeatable

          --bucket-owner <ACCOUNT>
              Account that the bucket must belong to

    Examples:
      ctlake ingest kaggle:hgunraj/covidxct --lake s3://my-bucket/covidx
      ctlake ingest covidxct.zip --lake s3://my-bucket/covidx
      ctlake ingest ~/covidx-ct --dry-run
      ctlake ingest covidxct.zip --only '*.txt' --only metadata.csv
      ctlake ingest covidxct.zip --shard 0/8 --lake s3://my-bucket/covidx
    ");
}

#[test]
fn help_of_build() {
    assert_snapshot!(help("build"), @"
    Build the tables, audit them and publish them as a snapshot

    Usage: ctlake build [OPTIONS]

    Options:
          --release <RELEASE>
              Release to build; needed when the landing zone has several

          --max-bad-rows <N>
              Maximum number of malformed lines; they are recorded as findings
              
              [default: 0]

          --allow-bad-metadata
              Build even if the metadata lists no patient, mostly other patients, or has an unreadable
              column

          --fail-on <SEVERITY>
              Do not publish if a finding is of this severity or worse
              
              [possible values: error, warning]

          --keep-failed
              Keep the files of a build that fails its audit

          --single-writer
              Publish to a store without conditional writes, as its only publisher

          --force
              Publish even if the inputs have not changed

          --memory <SIZE>
              Memory for rows and open row groups
              
              [default: 128MB]

          --partial
              Build even if files are missing in the landing zone

          --previews
              Also write a small picture of the middle slice of each scan

          --register <FORMAT>
              Then register the tables in these formats, separated by commas: hive, iceberg, delta or
              all

          --database <NAME>
              Database in Glue, made if it isn't there; for Hive tables `covidx` without it, while
              Iceberg and Delta tables are then in the lake alone

          --table-suffix <SUFFIX>
              Suffix of Iceberg or Delta tables in the database; `_iceberg` and `_delta` if several
              formats are registered

          --threads <N>
              Maximum number of encoder threads

          --lake <URL>
              The lake: a folder, or s3://bucket/prefix
              
              [env: CTLAKE_LAKE=]
              [default: ./lake]

      -n, --dry-run
              Show what would be done without doing it

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Lakes on S3:
          --sse <TYPE>
              Encrypt on the server: AES256, aws:kms or aws:kms:dsse
              
              [possible values: AES256, aws:kms, aws:kms:dsse]

          --kms-key <ARN>
              Key for --sse aws:kms

          --storage-class <CLASS>
              Storage class, such as STANDARD_IA

          --tag <KEY=VALUE>
              Tag for every object; repeatable

          --bucket-owner <ACCOUNT>
              Account that the bucket must belong to

    Examples:
      ctlake build
      ctlake build --dry-run
      ctlake build --fail-on error --keep-failed
    ");
}

#[test]
fn help_of_snapshots() {
    assert_snapshot!(help("snapshots"), @"
    List, compare, restore and expire snapshots

    Usage: ctlake snapshots [OPTIONS] <COMMAND>

    Commands:
      list      List the entries of the log, newest first
      diff      Compare the rows, patients and findings of two snapshots
      rollback  Make an older snapshot current again
      expire    Remove the files of old snapshots and of interrupted builds
      help      Print this message or the help of the given subcommand(s)

    Options:
          --lake <URL>
              The lake: a folder, or s3://bucket/prefix
              
              [env: CTLAKE_LAKE=]
              [default: ./lake]

      -n, --dry-run
              Show what would be done without doing it

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Lakes on S3:
          --sse <TYPE>
              Encrypt on the server: AES256, aws:kms or aws:kms:dsse
              
              [possible values: AES256, aws:kms, aws:kms:dsse]

          --kms-key <ARN>
              Key for --sse aws:kms

          --storage-class <CLASS>
              Storage class, such as STANDARD_IA

          --tag <KEY=VALUE>
              Tag for every object; repeatable

          --bucket-owner <ACCOUNT>
              Account that the bucket must belong to
    ");
}

#[test]
fn help_of_snapshots_list() {
    assert_snapshot!(help("snapshots list"), @"
    List the entries of the log, newest first

    Usage: ctlake snapshots list [OPTIONS]

    Options:
          --format <FORMAT>
              Output format

              Possible values:
              - table: For people
              - json:  For programs
              
              [default: table]

          --lake <URL>
              The lake: a folder, or s3://bucket/prefix
              
              [env: CTLAKE_LAKE=]
              [default: ./lake]

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Lakes on S3:
          --bucket-owner <ACCOUNT>
              Account that the bucket must belong to

    Examples:
      ctlake snapshots list
      ctlake snapshots list --format json
    ");
}

#[test]
fn help_of_snapshots_diff() {
    assert_snapshot!(help("snapshots diff"), @"
    Compare the rows, patients and findings of two snapshots

    Usage: ctlake snapshots diff [OPTIONS] <A> <B>

    Arguments:
      <A>
              Older snapshot: a name, a prefix of a name, or an entry number

      <B>
              Newer snapshot

    Options:
          --format <FORMAT>
              Output format

              Possible values:
              - table: For people
              - json:  For programs
              
              [default: table]

          --lake <URL>
              The lake: a folder, or s3://bucket/prefix
              
              [env: CTLAKE_LAKE=]
              [default: ./lake]

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Lakes on S3:
          --bucket-owner <ACCOUNT>
              Account that the bucket must belong to

    Examples:
      ctlake snapshots diff 1 2
      ctlake snapshots diff 20261123T201500Z 20261124 --format json
    ");
}

#[test]
fn help_of_snapshots_rollback() {
    assert_snapshot!(help("snapshots rollback"), @"
    Make an older snapshot current again

    Usage: ctlake snapshots rollback [OPTIONS] <SNAPSHOT>

    Arguments:
      <SNAPSHOT>
              A name, a prefix of a name, or an entry number

    Options:
          --lake <URL>
              The lake: a folder, or s3://bucket/prefix
              
              [env: CTLAKE_LAKE=]
              [default: ./lake]

      -n, --dry-run
              Show what would be done without doing it

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Lakes on S3:
          --sse <TYPE>
              Encrypt on the server: AES256, aws:kms or aws:kms:dsse
              
              [possible values: AES256, aws:kms, aws:kms:dsse]

          --kms-key <ARN>
              Key for --sse aws:kms

          --storage-class <CLASS>
              Storage class, such as STANDARD_IA

          --tag <KEY=VALUE>
              Tag for every object; repeatable

          --bucket-owner <ACCOUNT>
              Account that the bucket must belong to

    Examples:
      ctlake snapshots rollback 1
    ");
}

#[test]
fn help_of_snapshots_expire() {
    assert_snapshot!(help("snapshots expire"), @"
    Remove the files of old snapshots and of interrupted builds

    Usage: ctlake snapshots expire [OPTIONS]

    Options:
          --keep <KEEP>
              Number of newest snapshots to keep
              
              [default: 2]

          --older-than <AGE>
              Minimum age of removed snapshots: 30s, 10m, 24h, 7d
              
              [default: 24h]

          --lake <URL>
              The lake: a folder, or s3://bucket/prefix
              
              [env: CTLAKE_LAKE=]
              [default: ./lake]

      -n, --dry-run
              Show what would be done without doing it

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Lakes on S3:
          --sse <TYPE>
              Encrypt on the server: AES256, aws:kms or aws:kms:dsse
              
              [possible values: AES256, aws:kms, aws:kms:dsse]

          --kms-key <ARN>
              Key for --sse aws:kms

          --storage-class <CLASS>
              Storage class, such as STANDARD_IA

          --tag <KEY=VALUE>
              Tag for every object; repeatable

          --bucket-owner <ACCOUNT>
              Account that the bucket must belong to

    Examples:
      ctlake snapshots expire --dry-run
      ctlake snapshots expire --keep 3 --older-than 7d
    ");
}

#[test]
fn help_of_sql() {
    assert_snapshot!(help("sql"), @r#"
    Query the tables with SQL

    Usage: ctlake sql [OPTIONS] [QUERY]

    Arguments:
      [QUERY]
              Query; - reads it from stdin [default: a prompt on a terminal, else stdin]

    Options:
          --format <FORMAT>
              Output format [default: by the extension of --output; a table on a terminal, CSV
              otherwise]

              Possible values:
              - table:    For people
              - csv:      Comma-separated, with a header
              - json:     An array of objects
              - parquet:  Apache Parquet
              - markdown: A table in Markdown
              - xlsx:     A workbook of Excel

      -o, --output <OUTPUT>
              Write to a file instead of stdout: .csv, .json, .md, .parquet, .txt or .xlsx

          --limit <LIMIT>
              Maximum number of rows

          --all
              Print all rows on a terminal instead of the first 40

          --snapshot <SNAPSHOT>
              Name or entry number of a snapshot [default: the current one]

          --lake <URL>
              The lake: a folder, or s3://bucket/prefix
              
              [env: CTLAKE_LAKE=]
              [default: ./lake]

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Athena:
          --engine <NAME>
              Query engine

              Possible values:
              - datafusion: This machine; any snapshot
              - polars:     This machine, with the smaller SQL of Polars
              - athena:     Amazon Athena over the registered tables; billed per byte scanned
              - auto:       Athena if the tables are registered and too large for this machine, else
                DataFusion
              
              [default: datafusion]

          --database <NAME>
              Glue database [default: the one that the lake is registered in]

          --workgroup <NAME>
              Workgroup of the query [default: primary]

          --output-location <URL>
              Location of Athena's result, s3://bucket/prefix/ [default: the workgroup's]

          --max-scan <SIZE>
              Maximum size of the data that a query scans

          --auto-above <SIZE>
              With --engine auto: size of the tables above which Athena is used [default: an eighth of
              the free memory]

    Lakes on S3:
          --bucket-owner <ACCOUNT>
              Account that the bucket must belong to

    Examples:
      ctlake sql "SELECT split, COUNT(*) AS slices FROM ct_slices GROUP BY split"
      ctlake sql                                             opens a prompt
      ctlake sql --output answer.xlsx < question.sql
      ctlake sql "SELECT * FROM patients" --limit 5 --snapshot 3
      ctlake sql "SELECT * FROM slices_by_cohort" --engine athena --max-scan 10GB
    "#);
}

#[test]
fn help_of_register() {
    assert_snapshot!(help("register"), @"
    Register snapshots in AWS Glue, or as Iceberg or Delta tables

    Usage: ctlake register [OPTIONS]

    Options:
          --format <FORMAT>
              Table formats, separated by commas

              Possible values:
              - hive:    Tables and views in AWS Glue, for Athena, Power BI and Spark
              - iceberg: Iceberg tables in the lake
              - delta:   Delta tables in the lake
              - all:     All of them
              
              [default: hive]

          --database <NAME>
              Database in Glue, made if it isn't there; for Hive tables `covidx` without it, while
              Iceberg and Delta tables are then in the lake alone

          --table-suffix <SUFFIX>
              Suffix of Iceberg or Delta tables in the database; `_iceberg` and `_delta` if several
              formats are registered

          --partitions
              Also register each partition, for Spark, EMR and awswrangler

          --adopt
              Replace tables that ctlake did not create for this lake

          --force
              Overwrite Iceberg or Delta versions written by others

          --single-writer
              Write to a store without conditional writes, as its only writer

          --ddl
              Print the DDL for Athena without registering

          --iam-policy <ROLE>
              Print the IAM policy of a role without registering

              Possible values:
              - builder: Builds and registers
              - reader:  Runs queries

          --lake <URL>
              The lake: a folder, or s3://bucket/prefix
              
              [env: CTLAKE_LAKE=]
              [default: ./lake]

      -n, --dry-run
              Show what would be done without doing it

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Lakes on S3:
          --sse <TYPE>
              Encrypt on the server: AES256, aws:kms or aws:kms:dsse
              
              [possible values: AES256, aws:kms, aws:kms:dsse]

          --kms-key <ARN>
              Key for --sse aws:kms

          --storage-class <CLASS>
              Storage class, such as STANDARD_IA

          --tag <KEY=VALUE>
              Tag for every object; repeatable

          --bucket-owner <ACCOUNT>
              Account that the bucket must belong to

    Examples:
      ctlake register --lake s3://my-bucket/covidx --database covidx
      ctlake register --format iceberg --lake ./lake
      ctlake register --lake s3://my-bucket/covidx --format all --dry-run
      ctlake register --lake s3://my-bucket/covidx --ddl > athena.sql
      ctlake register --lake s3://my-bucket/covidx --iam-policy reader
    ");
}

#[test]
fn help_of_images() {
    assert_snapshot!(help("images"), @r#"
    Download the image files of a query, or print signed URLs

    Usage: ctlake images [OPTIONS] <QUERY>

    Arguments:
      <QUERY>
              Query with the column image_key; - reads it from stdin

    Options:
          --out <DIR>
              Output folder; files that are there are not downloaded again

          --presign <TIME>
              Print signed URLs with this validity instead (at most 7d)

          --layout <COLUMNS>
              Columns whose values become folders: split/diagnosis
              
              [default: flat]

          --sample <N>
              Number of images to draw, per class with --per

          --per <COLUMNS>
              Columns whose values are the classes: diagnosis, split/diagnosis

          --seed <SEED>
              Seed of the sample
              
              [default: 1]

          --link <LINK>
              Copy or hard-link files from a lake in a folder

              Possible values:
              - copy: Copies
              - hard: Hard links: they take no space, and share changes with the lake

          --replace
              Overwrite files whose content differs from the lake

          --keep-others
              Keep other files in DIR

          --format <FORMAT>
              Format of the URLs [default: a table on a terminal, else CSV]

              Possible values:
              - table:    For people
              - csv:      Comma-separated, with a header
              - json:     An array of objects
              - parquet:  Apache Parquet
              - markdown: A table in Markdown
              - xlsx:     A workbook of Excel

          --snapshot <SNAPSHOT>
              Name or entry number of a snapshot [default: the current one]

          --concurrency <N>
              Maximum number of concurrent requests
              
              [default: 64]

          --request-timeout <TIME>
              Timeout of a request
              
              [default: 60s]

          --lake <URL>
              The lake: a folder, or s3://bucket/prefix
              
              [env: CTLAKE_LAKE=]
              [default: ./lake]

      -n, --dry-run
              Show what would be done without doing it

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Lakes on S3:
          --bucket-owner <ACCOUNT>
              Account that the bucket must belong to

    Examples:
      ctlake images "SELECT image_key FROM ct_slices WHERE country = 'Iran'" --out cohort --dry-run
      ctlake images "SELECT image_key FROM ct_slices" --out training --layout split/diagnosis --sample
      1000 --per split/diagnosis
      ctlake images "SELECT cover_image_key AS image_key, age FROM patients WHERE slices > 0" --out
      covers --layout patient_id
      ctlake images "SELECT image_key FROM ct_slices WHERE patient_id = 'NCP_96'" --presign 1h --lake
      s3://my-bucket/covidx
    "#);
}

#[test]
fn help_of_report() {
    assert_snapshot!(help("report"), @"
    Write one HTML page of charts that opens from disk

    Usage: ctlake report [OPTIONS]

    Options:
      -o, --out <FILE>
              Output file; an existing one is replaced
              
              [default: report.html]

          --previews <N>
              Maximum number of pictures, if the snapshot has previews (`ctlake build --previews`)
              
              [default: 24]

          --snapshot <SNAPSHOT>
              Name or entry number of a snapshot [default: the current one]

          --lake <URL>
              The lake: a folder, or s3://bucket/prefix
              
              [env: CTLAKE_LAKE=]
              [default: ./lake]

      -n, --dry-run
              Show what would be done without doing it

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Lakes on S3:
          --bucket-owner <ACCOUNT>
              Account that the bucket must belong to

    Examples:
      ctlake report
      ctlake report --out covidx.html --lake s3://my-bucket/covidx
      ctlake report --previews 0 --snapshot 3
    ");
}

#[test]
fn help_of_powerbi() {
    assert_snapshot!(help("powerbi"), @r#"
    Write a Power BI project: model, measures and report pages

    Usage: ctlake powerbi [OPTIONS]

    Options:
          --out <DIR>
              Folder to write the project to
              
              [default: ./powerbi]

          --dsn <NAME>
              ODBC data source of Amazon Athena
              
              [default: ctlake]

          --database <NAME>
              Database that the lake is registered in
              
              [default: covidx]

          --folder <PATH>
              Read a copy of the lake in this folder instead of Athena

          --direct-query
              Query Athena at each click instead of importing the tables

          --replace
              Overwrite an existing project, including changes to it

      -n, --dry-run
              Show what would be done without doing it

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Microsoft Fabric:
          --direct-lake
              Read the Delta tables of a lakehouse in place, without Athena, driver or gateway

          --workspace <ID>
              Workspace of the lakehouse

          --lakehouse <ID>
              Lakehouse with a shortcut to each Delta table

          --sql-endpoint <SERVER/ID>
              SQL analytics endpoint of the lakehouse, to read through it instead of OneLake

          --schema <NAME>
              Schema of the tables, such as dbo, in a lakehouse that has schemas

          --previews
              Include the table previews, which the lake must have

    Examples:
      ctlake powerbi --database covidx --dsn "Amazon Athena"
      ctlake powerbi --out report --folder 'C:\ctlake\lake'
      ctlake powerbi --direct-lake --workspace $WORKSPACE_ID --lakehouse $LAKEHOUSE_ID
      ctlake powerbi --dry-run
    "#);
}

#[test]
fn help_of_schema() {
    assert_snapshot!(help("schema"), @"
    Print the data contract, or profile the tables (--stats)

    Usage: ctlake schema [OPTIONS] [TABLE]

    Arguments:
      [TABLE]
              Table to print [default: all]

    Options:
          --format <FORMAT>
              Output format

              Possible values:
              - dictionary: Markdown for people
              - arrow:      The Arrow schema of the data files, with field ids
              - ddl:        DDL for Athena, Hive and Spark; with --lake, with its current paths and
                partitions
              - odcs:       Open Data Contract Standard; with --lake, with its server and current paths
              - json:       Tables, columns, measures and quality rules as JSON
              
              [default: dictionary]

          --stats
              Profile the columns of the current snapshot: NULLs, distinct values, bounds, most frequent
              values

          --lake <URL>
              The lake: a folder, or s3://bucket/prefix
              
              [env: CTLAKE_LAKE=]
              [default: ./lake]

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Lakes on S3:
          --bucket-owner <ACCOUNT>
              Account that the bucket must belong to

    Examples:
      ctlake schema ct_slices
      ctlake schema patients --stats
      ctlake schema --format ddl > tables.sql
      ctlake schema --format odcs --lake ./lake > contract.yaml
    ");
}

#[test]
fn help_of_status() {
    assert_snapshot!(help("status"), @"
    Report the contents of the lake and the next command

    Usage: ctlake status [OPTIONS]

    Options:
          --format <FORMAT>
              Output format

              Possible values:
              - table: For people
              - json:  For programs
              
              [default: table]

          --lake <URL>
              The lake: a folder, or s3://bucket/prefix
              
              [env: CTLAKE_LAKE=]
              [default: ./lake]

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Lakes on S3:
          --bucket-owner <ACCOUNT>
              Account that the bucket must belong to

    Examples:
      ctlake status
      ctlake status --format json
    ");
}

#[test]
fn help_of_path() {
    assert_snapshot!(help("path"), @r#"
    Print the path of a table's current files

    Usage: ctlake path [OPTIONS] <TABLE>

    Arguments:
      <TABLE>
              The table

    Options:
          --snapshot <SNAPSHOT>
              Name or entry number of a snapshot [default: the current one]

          --lake <URL>
              The lake: a folder, or s3://bucket/prefix
              
              [env: CTLAKE_LAKE=]
              [default: ./lake]

          --json
              Print JSON on stdout: the data, or events and a summary as lines

      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Lakes on S3:
          --bucket-owner <ACCOUNT>
              Account that the bucket must belong to

    Examples:
      ctlake path ct_slices
      duckdb -c "SELECT COUNT(*) FROM read_parquet('$(ctlake path ct_slices)/**/*.parquet')"
    "#);
}

#[test]
fn help_of_completions() {
    assert_snapshot!(help("completions"), @"
    Print a completion script for a shell

    Usage: ctlake completions [OPTIONS] <SHELL>

    Arguments:
      <SHELL>
              The shell
              
              [possible values: bash, elvish, fish, powershell, zsh]

    Options:
      -q, --quiet
              Print errors only

      -v, --verbose...
              Report details and retries; -vv reports every request

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      ctlake completions bash > /etc/bash_completion.d/ctlake
    ");
}

#[test]
fn exit_codes() {
    let lake = Lake::with(&Dataset::small());
    for (args, code) in [
        (&["--version"][..], 0),
        (&["-V"], 0),
        (&["help", "build"], 0),
        (&["build"], 0),
        (&["sql", "SELECT nothing"], 1),
        (&["status", "--lake", "nowhere"], 1),
        (&[], 2),
        (&["snapshots"], 2),
        (&["bild"], 2),
        (&["build", "--thread", "2"], 2),
        (&["build", "--threads", "0"], 2),
        (&["build", "--memory", "much"], 2),
        (&["build", "--keep-failed"], 2),
        (&["sample", "s", "--patients", "20"], 2),
        (&["ingest"], 2),
        (&["sql"], 2),
        (&["sql", "SELECT 1", "--format", "xml"], 2),
        (&["path", "slices"], 2),
        (&["snapshots", "expire", "--older-than", "1y"], 2),
        (&["status", "-q", "-v"], 2),
    ] {
        lake.ctlake(args).exits(code);
    }
}

#[test]
fn typing_errors() {
    let lake = Lake::temp();
    assert_snapshot!(lake.ctlake(["bild"]).fails(2), @"
    exit 2
    --- stderr
    error: unrecognized subcommand 'bild'

      tip: a similar subcommand exists: 'build'

    Usage: ctlake [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(lake.ctlake(["build", "--thread", "2"]).fails(2), @"
    exit 2
    --- stderr
    error: unexpected argument '--thread' found

      tip: a similar argument exists: '--threads'

    Usage: ctlake build --threads <N>

    For more information, try '--help'.
    ");
    assert_snapshot!(lake.ctlake(["build", "--memory", "5XB"]).fails(2), @"
    exit 2
    --- stderr
    error: invalid value '5XB' for '--memory <SIZE>': expected a size with its unit, like `128MB`, got `5XB`

    For more information, try '--help'.
    ");
    assert_snapshot!(lake.ctlake(["snapshots", "expire", "--older-than", "5"]).fails(2), @"
    exit 2
    --- stderr
    error: invalid value '5' for '--older-than <AGE>': expected an age like `30s`, `10m`, `24h` or `7d`, got `5`

    For more information, try '--help'.
    ");
    assert_snapshot!(lake.ctlake(["sample", "s", "--patients", "20"]).fails(2), @"
    exit 2
    --- stderr
    error: invalid value '20' for '--patients <PATIENTS>': 20 is not in 21..=100000

    For more information, try '--help'.
    ");
    assert_snapshot!(lake.ctlake(["build", "--keep-failed"]).fails(2), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      --fail-on <SEVERITY>

    Usage: ctlake build --fail-on <SEVERITY> --keep-failed

    For more information, try '--help'.
    ");
}

/// What git says of the sources, where they are checked out.
fn git(args: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    let said = command.output().ok()?;
    let text = String::from_utf8(said.stdout).unwrap();
    said.status.success().then(|| text.trim().to_owned())
}

#[test]
fn the_version() {
    let lake = Lake::temp();
    let release = env!("CARGO_PKG_VERSION");
    let short = lake.ctlake(["-V"]).ok().raw_stdout().to_owned();
    let long = lake.ctlake(["--version"]).ok().raw_stdout().to_owned();
    let lines: Vec<&str> = long.lines().collect();
    assert_eq!(lines[0], format!("ctlake {release}"));
    // Not in a repository that the sources were only unpacked in.
    if git(&["rev-parse", "--show-prefix"]).is_some_and(|prefix| prefix.is_empty()) {
        let commit = git(&["rev-parse", "HEAD"]).unwrap();
        let date = git(&["log", "-1", "--no-show-signature", "--format=%cs"]).unwrap();
        assert_eq!(
            short,
            format!("ctlake {release} ({} {date})\n", &commit[..9])
        );
        assert_eq!(lines[1], format!("commit:   {commit} of {date}"));
    }
    let sql = lines[2].split_whitespace().any(|feature| feature == "sql");
    assert!(lines[2].starts_with("features: "), "{long}");
    assert_eq!(sql, cfg!(feature = "sql"), "{long}");
    let target = lines[3].strip_prefix("target:   ").unwrap();
    assert!(target.contains(std::env::consts::ARCH), "{long}");
    assert_eq!(lines.len(), 4, "{long}");
}

#[test]
fn options_that_can_not_apply() {
    let lake = Lake::built(&Dataset::small());
    let before = tree(&lake.path(""));
    for (args, option, command, hint) in [
        (
            &["completions", "bash", "--json"][..],
            "--json",
            "completions",
            "leave it out",
        ),
        (
            &["sql", "SELECT 1", "--dry-run"],
            "--dry-run",
            "sql",
            "leave it out",
        ),
        (
            &["-n", "sql", "SELECT 1"],
            "--dry-run",
            "sql",
            "leave it out",
        ),
        (
            &["sample", "s", "-n"],
            "--dry-run",
            "sample",
            "leave it out",
        ),
        (&["demo", "d", "-n"], "--dry-run", "demo", "leave it out"),
        (
            &["path", "patients", "-n"],
            "--dry-run",
            "path",
            "leave it out",
        ),
        (
            &["sample", "s", "--lake", "lake"],
            "--lake",
            "sample",
            "`ctlake sample --help` shows what does",
        ),
        (
            &["--lake", "lake", "demo"],
            "--lake",
            "demo",
            "`ctlake demo --help` shows what does",
        ),
        (
            &["powerbi", "--lake", "lake"],
            "--lake",
            "powerbi",
            "`ctlake powerbi --help` shows what does",
        ),
        (
            &["completions", "bash", "--lake", "lake"],
            "--lake",
            "completions",
            "`ctlake completions --help` shows what does",
        ),
    ] {
        let said = lake.ctlake(args).fails(2);
        assert_eq!(
            said.stderr(),
            format!("error: `{option}` does not apply to `ctlake {command}`\n\nhint: {hint}\n"),
            "{args:?}"
        );
    }
    assert_eq!(tree(&lake.path("")), before);
}

#[test]
fn json_is_a_format_of_each_command_that_prints_data() {
    let lake = Lake::built(&Dataset::small());
    for args in [
        &["status"][..],
        &["doctor"],
        &["snapshots", "list"],
        &["snapshots", "diff", "1", "1"],
        &["schema"],
        &["schema", "patients", "--stats"],
    ] {
        let short = lake.ctlake(args.iter().chain(&["--json"])).ok();
        let long = lake.ctlake(args.iter().chain(&["--format", "json"])).ok();
        // Between two runs others may write to the disk.
        let text = |outcome: &Outcome| {
            let lines = outcome.raw_stdout().lines();
            let lasting = lines.filter(|line| !line.contains(" are free"));
            lasting.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(text(&short), text(&long), "{args:?}");
        assert!(short.json().is_object() || short.json().is_array());
    }
    let path = lake.ctlake(["path", "patients", "--json"]).ok().json();
    assert_eq!(path["table"], "patients");
    let rows = lake
        .ctlake(["sql", "SELECT 1 AS one", "--json"])
        .ok()
        .json();
    assert_eq!(rows, serde_json::json!([{"one": 1}]));
    let both = lake
        .ctlake(["schema", "--format", "ddl", "--json"])
        .fails(2);
    assert!(both.stderr().contains("got another `--format` too"));
}

#[test]
fn a_rollback_can_be_planned() {
    let lake = Lake::built(&Dataset::small());
    lake.ctlake(["build", "--force"]).ok();
    let before = tree(&lake.path(""));
    let plan = lake
        .ctlake(["snapshots", "rollback", "1", "--dry-run"])
        .ok();
    assert!(
        plan.stdout().starts_with("would make snapshot "),
        "{}",
        plan.stdout()
    );
    lake.ctlake(["snapshots", "rollback", "7", "--dry-run"])
        .fails(1);
    lake.ctlake(["snapshots", "rollback", "2", "--dry-run"])
        .fails(1);
    assert_eq!(tree(&lake.path("")), before);
}

#[test]
fn global_options_stand_before_or_after_the_command() {
    let lake = Lake::temp();
    lake.place(&Dataset::small());
    lake.ctlake(["--lake", "other", "ingest", "dataset"]).ok();
    lake.ctlake(["build", "--lake", "other"]).ok();
    let before = lake.ctlake(["--lake", "other", "snapshots", "list"]).ok();
    for args in [
        &["snapshots", "--lake", "other", "list"][..],
        &["snapshots", "list", "--lake", "other"],
    ] {
        assert_eq!(lake.ctlake(args).ok().raw_stdout(), before.raw_stdout());
    }
    let mut from_environment = lake.command(["snapshots", "list"]);
    from_environment.env("CTLAKE_LAKE", "other");
    assert_eq!(
        lake.run(from_environment).ok().raw_stdout(),
        before.raw_stdout()
    );
    let mut named = lake.command(["status", "--lake", "other"]);
    named.env("CTLAKE_LAKE", "nowhere");
    lake.run(named).ok();
    assert_eq!(
        lake.ctlake(["-n", "build", "--lake", "other"]).ok(),
        lake.ctlake(["build", "-n", "--lake", "other"]).ok()
    );
}

#[test]
fn quiet_says_nothing() {
    let lake = Lake::temp();
    lake.ctlake(["sample", "dataset", "--patients", "21", "-q"])
        .ok()
        .silent();
    lake.ctlake(["ingest", "dataset", "-q"]).ok().silent();
    lake.ctlake(["-q", "build"]).ok().silent();
    lake.ctlake(["build", "-q"]).ok().silent();
    lake.ctlake(["snapshots", "expire", "-q"]).ok().silent();
    lake.ctlake(["sql", "SELECT 1 AS one", "-q", "-o", "one.csv"])
        .ok()
        .silent();
    // Data is data, and an error an error.
    assert_eq!(
        lake.ctlake(["sql", "SELECT 1 AS one", "-q"])
            .ok()
            .raw_stdout(),
        "one\n1\n"
    );
    assert!(
        !lake
            .ctlake(["ingest", "nowhere", "-q"])
            .fails(1)
            .stderr()
            .is_empty()
    );
}

#[test]
fn json_lines_end_with_a_summary() {
    let lake = Lake::temp();
    lake.place(&Dataset::small());
    for (args, command) in [
        (&["ingest", "dataset", "--json"][..], "ingest"),
        (&["ingest", "dataset", "--json"], "ingest"),
        (&["--json", "build"], "build"),
        (&["--json", "build"], "build"),
        (&["build", "--json", "--force"], "build"),
        (
            &["snapshots", "rollback", "1", "--json"],
            "snapshots rollback",
        ),
        (
            &[
                "snapshots",
                "expire",
                "--json",
                "--keep",
                "1",
                "--older-than",
                "0s",
            ],
            "snapshots expire",
        ),
        (&["sample", "s", "--patients", "21", "--json"], "sample"),
        (&["demo", "d", "--json"], "demo"),
    ] {
        let said = lake.ctlake(args).ok();
        assert_eq!(said.stderr(), "", "{args:?}");
        let lines = said.json_lines();
        let last = lines.last().unwrap();
        assert_eq!(last["event"], "summary", "{args:?}");
        assert_eq!(last["command"], command);
        assert!(last["summary"].is_object());
        assert!(lines.iter().all(|line| line["event"].is_string()));
    }
}

#[test]
fn what_the_summaries_say() {
    let lake = Lake::temp();
    lake.place(&Dataset::small());
    let summary = |args: &[&str]| -> Value {
        lake.ctlake(args).ok().json_lines().pop().unwrap()["summary"].take()
    };
    let mut ingest = summary(&["ingest", "dataset", "--json"]);
    assert!(ingest["seconds"].take().is_f64());
    let (all, none) = (
        serde_json::json!({"files": 4, "bytes": 565}),
        serde_json::json!({"files": 0, "bytes": 0}),
    );
    assert_eq!(
        ingest,
        serde_json::json!({
            "source": "dataset", "release": "CT-2A", "shard": null, "files": all, "stored": all, "kept": none,
            "adopted": none, "elsewhere": none, "failed": [], "rejected": [], "passed_over": 0, "ignored": 0, "unlabelled": 0, "copies": 0,
            "left_out": 0, "requests": 4, "retries": 0, "missing": 0, "complete": true, "warnings": [],
            "seconds": null,
        })
    );
    let build = summary(&["build", "--json"]);
    assert_eq!(build["snapshot"], lake.snapshot());
    assert_eq!(build["published"], true);
    assert_eq!(build["counts"]["slices"], 6);
    let again = summary(&["build", "--json"]);
    assert_eq!(again["plan"]["action"]["up_to_date"], lake.snapshot());
    let rollback = lake
        .ctlake(["snapshots", "rollback", "1", "--json"])
        .fails(1);
    assert_eq!(
        rollback.json(),
        serde_json::json!({
            "event": "error",
            "error": format!("snapshot `{}` is current already", lake.snapshot()),
            "causes": [],
            "hint": "`ctlake snapshots list` shows which there are",
            "exit_code": 1,
        })
    );
}

#[test]
fn plans_as_json() {
    let lake = Lake::temp();
    lake.place(&Dataset::small());
    let plan = lake
        .ctlake(["ingest", "dataset", "-n", "--json"])
        .ok()
        .json_lines()
        .pop()
        .unwrap();
    assert_eq!(
        plan["plan"]["files"][0],
        serde_json::json!({"path": "metadata.csv", "bytes": 343, "crc32": null, "decision": "new"})
    );
    assert!(!lake.path("lake").exists());
    lake.ctlake(["ingest", "dataset"]).ok();
    let plan = lake
        .ctlake(["build", "-n", "--json"])
        .ok()
        .json_lines()
        .pop()
        .unwrap();
    assert_eq!(plan["plan"]["action"], "build");
    assert_eq!(plan["forecast"]["tables"]["patients"]["rows"], 5);
    let plan = lake
        .ctlake(["snapshots", "expire", "-n", "--json"])
        .ok()
        .json_lines()
        .pop()
        .unwrap();
    assert_eq!(
        plan["plan"],
        serde_json::json!({"snapshots": [], "staged": []})
    );
}

#[test]
fn no_escape_codes_whatever_the_environment_says() {
    // `Outcome` refuses escape codes in anything that is printed: here only the environment differs.
    let lake = Lake::built(&Dataset::small());
    for (variable, value) in [
        ("NO_COLOR", "1"),
        ("TERM", "xterm-256color"),
        ("COLORTERM", "truecolor"),
    ] {
        for args in [
            &["--help"][..],
            &["status"],
            &["bild"],
            &["sql", "SELECT nothing"],
            &["build", "--force"],
        ] {
            let mut command = lake.command(args);
            command.env(variable, value);
            let said = lake.run(command);
            assert!(said.code.is_some_and(|code| code < 3), "{said}");
        }
    }
    let mut command = lake.command(["bild"]);
    command.env("NO_COLOR", "1").env("CLICOLOR_FORCE", "1");
    lake.run(command).fails(2);
}

#[test]
fn completions() {
    let lake = Lake::temp();
    for (shell, line) in [
        ("bash", "complete -F _ctlake"),
        ("zsh", "#compdef ctlake"),
        ("fish", "complete -c ctlake"),
        ("elvish", "set edit:completion:arg-completer[ctlake]"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = lake
            .ctlake(["completions", shell])
            .ok()
            .raw_stdout()
            .to_owned();
        assert!(script.contains(line), "{shell}");
        for word in ["snapshots", "rollback", "max-bad-rows", "ingest"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
    assert_snapshot!(lake.ctlake(["completions", "tcsh"]).fails(2), @"
    exit 2
    --- stderr
    error: invalid value 'tcsh' for '<SHELL>'
      [possible values: bash, elvish, fish, powershell, zsh]

      tip: a similar value exists: 'zsh'

    For more information, try '--help'.
    ");
}

#[test]
fn the_demo_works_twice() {
    let lake = Lake::temp();
    assert_snapshot!(lake.ctlake(["demo", "try"]).ok(), @r#"
    exit 0
    --- stdout

    How many slices and patients has each class in each split?
    +-------+-----------+--------+----------+
    | split | diagnosis | slices | patients |
    +-------+-----------+--------+----------+
    | test  | COVID-19  |     19 |        4 |
    | test  | Normal    |      4 |        1 |
    | test  | Pneumonia |      5 |        1 |
    | train | COVID-19  |    180 |       29 |
    | train | Normal    |     54 |        7 |
    | train | Pneumonia |     86 |       10 |
    | val   | COVID-19  |     43 |        5 |
    | val   | Normal    |      5 |        1 |
    | val   | Pneumonia |     15 |        2 |
    +-------+-----------+--------+----------+

    Does the class follow from the source?
    +-----------------------+-----------+----------+
    | source                | diagnosis | patients |
    +-----------------------+-----------+----------+
    | CNCB                  | COVID-19  |       11 |
    | CNCB                  | Normal    |        3 |
    | CNCB                  | Pneumonia |       12 |
    | COVID-19-20 Challenge | COVID-19  |        4 |
    | COVID-CTSet           | COVID-19  |        1 |
    | COVID-CTSet           | Normal    |        4 |
    | LIDC-IDRI             | Normal    |        1 |
    | TCIA                  | COVID-19  |        7 |
    | coronacases.org       | COVID-19  |        1 |
    | iCTCF                 | COVID-19  |       11 |
    | radiopaedia.org       | COVID-19  |        2 |
    | radiopaedia.org       | Normal    |        1 |
    | radiopaedia.org       | Pneumonia |        1 |
    | NULL                  | COVID-19  |        1 |
    +-----------------------+-----------+----------+

    What should I know before I trust it?
    +----------+--------------------------+----------+
    | severity | rule                     | findings |
    +----------+--------------------------+----------+
    | error    | duplicate-file-name      |        2 |
    | info     | patient-without-slices   |       12 |
    | warning  | box-inverted             |        1 |
    | warning  | box-outside-image        |        1 |
    | warning  | family-in-several-splits |        2 |
    | warning  | image-missing            |        1 |
    | warning  | image-unlabelled         |        1 |
    | warning  | implausible-age          |        1 |
    | warning  | slice-without-metadata   |        4 |
    | warning  | value-respelled          |        1 |
    +----------+--------------------------+----------+
    --- stderr
    making a synthetic dataset in try/dataset
    CT-2A: 414 files stored ([SIZE]) in [TIME]
      in the source           414 files        4,599,558 bytes
      = stored                414 files        4,599,558 bytes
      + there already           0 files                0 bytes
      + failed                  0 files                0 bytes
    CT-2A: published snapshot [SNAPSHOT] (entry 1), [SIZE] in 31 files
      slices            411  in 14 partitions; 410 with an image in the landing zone
      patients           72  60 with slices, 77 scans
      findings           26
        error            2  File name listed twice (duplicate-file-name)
        warning          4  Slice without metadata (slice-without-metadata)
        warning          1  Image missing (image-missing)
        warning          1  Image without a label (image-unlabelled)
        warning          2  Patient family in several splits (family-in-several-splits)
        warning          1  Box inverted or empty (box-inverted)
        warning          1  Box outside the image (box-outside-image)
        warning          1  Spelling unified (value-respelled)
        warning          1  Implausible age (implausible-age)
        info            12  Patient without slices (patient-without-slices)

    next: ctlake sql "SELECT * FROM patients LIMIT 5" --lake try/lake
          ctlake snapshots list --lake try/lake
          ctlake status --lake try/lake
    "#);
    let first = tree(&lake.path("try"));
    assert_snapshot!(lake.ctlake(["demo", "try"]).ok().stderr(), @r#"
    making a synthetic dataset in try/dataset
    CT-2A: 0 files stored (0 B) in [TIME]
      in the source           414 files        4,599,558 bytes
      = stored                  0 files                0 bytes
      + there already         414 files        4,599,558 bytes
      + failed                  0 files                0 bytes
    the tables are up to date

    next: ctlake sql "SELECT * FROM patients LIMIT 5" --lake try/lake
          ctlake snapshots list --lake try/lake
          ctlake status --lake try/lake
    "#);
    assert_eq!(tree(&lake.path("try")), first);
    assert!(
        !lake.path("lake").exists(),
        "the demo has used the default lake"
    );
    lake.ctlake(["status", "--lake", "try/lake"]).ok();
}

#[test]
fn a_sample_as_a_folder_and_as_a_zip() {
    let lake = Lake::temp();
    assert_snapshot!(lake.ctlake(["sample", "s", "--patients", "21"]).ok(), @"
    exit 0
    --- stderr
    CT-2A: 162 images and 4 files of labels and metadata, [SIZE], in s
    next: ctlake ingest s
    ");
    assert_snapshot!(lake.ctlake(["sample", "s.zip", "--patients", "21", "--zip"]).ok(), @"
    exit 0
    --- stderr
    CT-2A: 162 images and 4 files of labels and metadata, [SIZE], in s.zip
    ");
    assert!(!lake.path("s.zip.part").exists());
    let mut archive = ZipArchive::new(File::open(lake.path("s.zip")).unwrap()).unwrap();
    let mut zipped = BTreeMap::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        zipped.insert(entry.name().unwrap().into_owned(), content);
    }
    let names: String = zipped.keys().flat_map(|name| [name, "\n"]).collect();
    assert_eq!(names, listing(&lake.path("s")));
    for (name, content) in zipped {
        assert_eq!(
            content,
            fs::read(lake.path("s").join(&name)).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn one_seed_gives_one_sample() {
    let lake = Lake::temp();
    for (out, seed) in [("a", "7"), ("b", "7"), ("c", "8")] {
        lake.ctlake(["sample", out, "--patients", "21", "--seed", seed])
            .ok();
        lake.ctlake([
            "sample",
            &format!("{out}.zip"),
            "--zip",
            "--patients",
            "21",
            "--seed",
            seed,
        ])
        .ok();
    }
    assert_eq!(tree(&lake.path("a")), tree(&lake.path("b")));
    assert_ne!(tree(&lake.path("a")), tree(&lake.path("c")));
    let zip = |name: &str| fs::read(lake.path(name)).unwrap();
    assert!(zip("a.zip") == zip("b.zip"), "two zips of one seed differ");
    assert!(zip("a.zip") != zip("c.zip"));
}

#[test]
fn a_sample_of_another_release() {
    let lake = Lake::temp();
    lake.ctlake([
        "sample",
        "dataset",
        "--patients",
        "30",
        "--release",
        "ct-3a",
    ])
    .ok();
    assert!(listing(&lake.path("dataset")).contains("train_COVIDx_CT-3A.txt"));
    lake.ctlake(["ingest", "dataset"]).ok();
    lake.ctlake(["build"]).ok();
    assert!(
        lake.sql("SELECT DISTINCT source FROM patients")
            .contains("STOIC")
    );
}

#[test]
fn a_sample_where_none_can_be() {
    let lake = Lake::temp();
    fs::write(lake.path("file"), "").unwrap();
    assert_snapshot!(lake.ctlake(["sample", "file/s"]).fails(1), @"
    exit 1
    --- stderr
    error: cannot write `file/s`: Not a directory (os error 20)

    hint: check the path, its permissions and the free space: `df -h`
    ");
    assert_snapshot!(lake.ctlake(["sample", "nowhere/s.zip", "--zip"]).fails(1), @"
    exit 1
    --- stderr
    error: cannot write `nowhere/s.zip`: No such file or directory (os error 2)

    hint: check the path, its permissions and the free space: `df -h`
    ");
}

/// Labels enough that a build takes longer than a signal.
fn many_labels() -> Dataset {
    use std::fmt::Write;
    let mut labels = String::new();
    for patient in 0..500 {
        for slice in 0..300 {
            writeln!(
                labels,
                "NCP_{}_{patient}_{slice:04}.png 2 10 20 110 120",
                patient + 10
            )
            .unwrap();
        }
    }
    let dataset = Dataset::small().file(&label_file(Split::Train), labels);
    (10..510).fold(dataset, |dataset, patient| {
        dataset.patient(&format!(
            "NCP_{patient},CNCB,China,F,45,COVID-19,Yes,Expert,Axial,CT"
        ))
    })
}

/// What is true after a build was told to stop.
#[track_caller]
fn nothing_is_half_done(lake: &Lake) {
    assert!(lake.log().is_empty(), "something was published");
    assert_eq!(listing(&lake.path("lake/curated")), "");
    assert_eq!(listing(&lake.path("lake/_ctlake/tmp")), "");
    lake.ctlake(["build"]).ok();
    assert_eq!(lake.log().len(), 1);
    assert_eq!(
        lake.rows("snapshot_info")[0]["slices"].as_deref(),
        Some("150003")
    );
}

/// Reads lines until one has `text` in it.
fn wait_for(text: &str, lines: &mut impl BufRead) {
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert!(
            lines.read_line(&mut line).unwrap() > 0,
            "it ended before it said {text:?}"
        );
    }
}

#[test]
fn sigterm_stops_a_build_and_leaves_nothing() {
    let lake = Lake::with(&many_labels());
    let mut child = lake
        .command(["build", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut events = BufReader::new(child.stdout.take().unwrap());
    wait_for(r#""task":"labels""#, &mut events);
    signal("TERM", &child);
    let mut rest = String::new();
    events.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let last: Value = serde_json::from_str(rest.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "error");
    assert_eq!(last["exit_code"], 130);
    nothing_is_half_done(&lake);
}

#[test]
fn sigint_stops_a_build_and_leaves_nothing() {
    let lake = Lake::with(&many_labels());
    let mut child = lake
        .command(["build", "-v"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said: BufReader<ChildStderr> = BufReader::new(child.stderr.take().unwrap());
    wait_for("reads _ctlake/manifest", &mut said);
    signal("INT", &child);
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert_snapshot!(normalised(&rest, "-"), @"
    stopping … (once more ends at once)
    error: stopped: nothing was published
    ");
    nothing_is_half_done(&lake);
}

#[test]
fn sigterm_stops_an_ingest_and_the_next_one_goes_on() {
    let lake = Lake::temp();
    let images = (0..3000).fold(Dataset::small(), |dataset, image| {
        dataset.file(&format!("2A_images/NCP_1_10_{image:04}.png"), vec![7; 2000])
    });
    lake.place(&images);
    let mut child = lake
        .command(["ingest", "dataset", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut events = BufReader::new(child.stdout.take().unwrap());
    wait_for(r#""task":"files""#, &mut events);
    signal("TERM", &child);
    let mut rest = String::new();
    events.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    let landed = listing(&lake.path("lake/landing")).lines().count() as u64;
    assert!(landed < 3004, "it was too fast to be stopped");
    // What was recorded is kept, and only the rest is copied.
    let next = lake
        .ctlake(["ingest", "dataset", "--json"])
        .ok()
        .json_lines()
        .pop()
        .unwrap();
    let of = |count: &str| next["summary"][count]["files"].as_u64().unwrap();
    assert!(of("kept") <= landed);
    assert_eq!(of("kept") + of("stored"), 3004);
    assert_eq!(listing(&lake.path("lake/landing")).lines().count(), 3004);
}
