//! Registering: a lake on S3 and a catalog in Glue, and everything that comes between the two.

use std::process::Command;

use ctlake::datasets::covidx_ct::files::Split;
use insta::assert_snapshot;
use serde_json::Value;

use crate::support::glue::{GlueServer, Refusal};
use crate::support::s3::S3Server;
use crate::support::{Dataset, Lake, Outcome};

const LAKE: &str = "s3://lake/team/covid";
const TABLES: [&str; 4] = ["ct_slices", "patients", "quality_findings", "snapshot_info"];

/// A lake with one snapshot, an empty catalog, and the program between the two.
struct Ground {
    s3: S3Server,
    glue: GlueServer,
    lake: Lake,
}

impl Ground {
    /// One without a lake.
    fn empty() -> Self {
        Self {
            s3: S3Server::start(),
            glue: GlueServer::start(),
            lake: Lake::temp(),
        }
    }

    #[track_caller]
    fn built() -> Self {
        let ground = Self::empty();
        ground.lake.place(&dataset());
        ground.ctlake(&["ingest", "dataset"]).ok();
        ground.ctlake(&["build"]).ok();
        ground
    }

    /// One that is registered.
    #[track_caller]
    fn registered(args: &[&str]) -> Self {
        let ground = Self::built();
        ground.register(args).ok();
        ground.glue.take_requests();
        ground
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.lake.command(args);
        command.args(["--lake", LAKE]);
        for variable in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"] {
            command.env_remove(variable);
        }
        command
            .envs(self.s3.env())
            .env("AWS_ENDPOINT_URL_GLUE", self.glue.endpoint());
        command
    }

    fn ctlake(&self, args: &[&str]) -> Outcome {
        self.lake.run(self.command(args))
    }

    fn register(&self, args: &[&str]) -> Outcome {
        self.ctlake(&[&["register"], args].concat())
    }

    /// The summary of a registration that succeeds.
    #[track_caller]
    fn summary(&self, args: &[&str]) -> Value {
        let outcome = self.register(&[&["--json"], args].concat()).ok();
        outcome.json_lines().pop().expect("a summary")["summary"].clone()
    }

    /// The name of the current snapshot.
    #[track_caller]
    fn snapshot(&self) -> String {
        let path = self.ctlake(&["path", "patients"]).ok();
        let path = path.raw_stdout().trim().to_owned();
        path.rsplit('/').next().expect("a name").to_owned()
    }

    /// Every table shows `snapshot`: location, template and partitions.
    #[track_caller]
    fn shows(&self, snapshot: &str) {
        for name in TABLES {
            let table = self.glue.table(name);
            let folder = format!("{LAKE}/curated/{name}/{snapshot}/");
            assert_eq!(table.location(), folder);
            assert_eq!(table.parameter("ctlake.snapshot"), snapshot);
            let template = table.parameter("storage.location.template");
            assert!(
                template.is_empty() || template.starts_with(&folder),
                "{template}"
            );
            for partition in table.partitions.values() {
                let location = partition["StorageDescriptor"]["Location"].as_str();
                assert!(
                    location.expect("a location").starts_with(&folder),
                    "{partition}"
                );
            }
        }
    }
}

/// A country that is hard to write, and pairs of country and sex that don't exist.
fn dataset() -> Dataset {
    Dataset::small().metadata_with(",Iran,", ",Côte d'Ivoire,")
}

fn count(requests: &[String], operation: &str) -> usize {
    requests.iter().filter(|asked| *asked == operation).count()
}

#[test]
fn an_empty_account_gets_all_of_it_and_a_second_run_does_nothing() {
    let ground = Ground::built();
    assert_snapshot!(ground.register(&["--dry-run"]).ok(), @"
    exit 0
    --- stdout
    covidx would show snapshot [SNAPSHOT] (entry 1)
    + database covidx
    + table patients, 17 columns
    + table quality_findings, 6 columns
    + table ct_slices, 27 columns
    + table snapshot_info, 9 columns
    + view slices_by_cohort, 8 columns
    + view patients_by_split, 9 columns
    + view quality_summary, 4 columns
    + view slice_images, 28 columns
    ");
    assert_eq!(
        ground.glue.take_requests(),
        ["GetDatabase"],
        "a dry run only looks"
    );

    assert_snapshot!(ground.register(&[]).ok(), @"
    exit 0
    --- stderr
    covidx: shows snapshot [SNAPSHOT] (entry 1)
      created    patients, quality_findings, ct_slices, snapshot_info, slices_by_cohort, patients_by_split, quality_summary, slice_images
    10 requests to AWS Glue in [TIME]
    next: SELECT * FROM covidx.slices_by_cohort, in Athena or Power BI
    ");
    ground.shows(&ground.snapshot());
    let requests = ground.glue.take_requests();
    assert_eq!(requests[..2], ["GetDatabase", "CreateDatabase"]);
    assert_eq!(requests[2..], ["CreateTable"; 8]);
    assert!(
        ground
            .s3
            .object("team/covid/_ctlake/projections/glue-covidx.json")
            .is_some()
    );

    assert_snapshot!(ground.register(&["--dry-run"]).ok(), @"
    exit 0
    --- stdout
    covidx would show snapshot [SNAPSHOT] (entry 1)
    = table patients
    = table quality_findings
    = table ct_slices
    = table snapshot_info
    = view slices_by_cohort
    = view patients_by_split
    = view quality_summary
    = view slice_images
    nothing to do
    ");
    let again = ground.summary(&[]);
    assert_eq!(again["unchanged"].as_array().expect("a list").len(), 8);
    let requests = ground.glue.take_requests();
    assert!(
        requests.iter().all(|asked| asked.starts_with("Get")),
        "{requests:?}"
    );
}

#[test]
fn a_table_is_what_athena_wants() {
    let ground = Ground::registered(&[]);
    let table = ground.glue.table("ct_slices");
    let input = &table.input;
    assert_eq!(input["TableType"], "EXTERNAL_TABLE");
    let storage = &input["StorageDescriptor"];
    assert_snapshot!(storage["InputFormat"].as_str().unwrap(), @"org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat");
    assert_snapshot!(storage["SerdeInfo"]["SerializationLibrary"].as_str().unwrap(), @"org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe");
    assert_eq!(table.parameter("projection.enabled"), "true");
    assert_eq!(table.parameter("projection.country.type"), "enum");
    assert!(
        table
            .parameter("projection.country.values")
            .contains("Côte d'Ivoire")
    );
    let template = table.parameter("storage.location.template");
    assert!(
        template.ends_with("/country=${country}/sex=${sex}/diagnosis=${diagnosis}/"),
        "{template}"
    );
    assert_eq!(table.parameter("numRows"), "6");
    let keys = input["PartitionKeys"].as_array().expect("keys");
    let names: Vec<&str> = keys
        .iter()
        .map(|key| key["Name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["country", "sex", "diagnosis"]);
    assert!(
        keys.iter()
            .chain(storage["Columns"].as_array().unwrap())
            .all(|column| {
                column["Comment"]
                    .as_str()
                    .is_some_and(|comment| !comment.is_empty())
            })
    );
    let view = ground.glue.table("slice_images");
    assert_eq!(view.input["TableType"], "VIRTUAL_VIEW");
    assert_eq!(view.input["ViewExpandedText"], "/* Presto View */");
}

#[test]
fn a_new_snapshot_is_one_update_a_table_and_a_rollback_goes_back() {
    let ground = Ground::registered(&[]);
    let first = ground.snapshot();
    ground.ctlake(&["build", "--force"]).ok();
    let second = ground.snapshot();
    ground.shows(&first);
    assert_snapshot!(ground.ctlake(&["status"]).ok(), @"
    exit 0
    --- stdout
    lake s3://lake/team/covid
    landing   CT-2A: 4 files, 0 of them images, 575 B; complete
    snapshot  [SNAPSHOT] of CT-2A
      entry 2 of 2, committed [TIME]
      ct_slices                   6 rows    5 files [SIZE]
      patients                    5 rows    5 files [SIZE]
      quality_findings            1 rows     1 file [SIZE]
      snapshot_info               1 rows     1 file [SIZE]
    findings  6
      warning         6  image-missing
    catalog   covidx in AWS Glue, eu-central-1: shows entry 1, not all of the current snapshot
    next: ctlake register --database covidx --lake s3://lake/team/covid
    ");

    let summary = ground.summary(&[]);
    ground.shows(&second);
    let requests = ground.glue.take_requests();
    assert_eq!(count(&requests, "UpdateTable"), 4, "{requests:?}");
    assert_eq!(summary["updated"].as_array().expect("a list").len(), 4);
    assert_eq!(
        summary["updated"][0], "patients",
        "what is referred to goes first"
    );

    assert_snapshot!(ground.ctlake(&["snapshots", "rollback", "1"]).ok(), @"
    exit 0
    --- stderr
    snapshot [SNAPSHOT] is current again (entry 3)
    next: ctlake register --database covidx --lake s3://lake/team/covid
    ");
    ground.register(&[]).ok();
    ground.shows(&first);
    assert_eq!(
        ground.glue.table("patients").parameter("ctlake.log_entry"),
        "3"
    );
}

#[test]
fn deleted_tables_come_back_as_they_were() {
    let ground = Ground::registered(&["--partitions"]);
    let before = ground.glue.table("ct_slices");
    ground.glue.state().databases.clear();
    ground.register(&["--partitions"]).ok();
    let after = ground.glue.table("ct_slices");
    assert_eq!(
        (before.input, before.partitions),
        (after.input, after.partitions)
    );
}

#[test]
fn a_concurrent_change_is_seen_and_planned_anew() {
    let ground = Ground::registered(&[]);
    ground.ctlake(&["build", "--force"]).ok();
    let mut times = 0;
    ground.glue.before("UpdateTable", move |state| {
        times += 1;
        if times <= 2 {
            let tables = state.databases.get_mut("covidx").expect("a database");
            let table = tables.get_mut("patients").expect("a table");
            table.version += 1;
            table.input["Description"] = format!("Changed {times} times.").into();
        }
    });
    let summary = ground.summary(&[]);
    assert_eq!(summary["replanned"], 2);
    ground.shows(&ground.snapshot());
    let description = ground.glue.table("patients").input["Description"].clone();
    assert!(
        description
            .as_str()
            .expect("text")
            .starts_with("All patients")
    );

    ground.ctlake(&["build", "--force"]).ok();
    ground.glue.before("UpdateTable", |state| {
        let tables = state.databases.get_mut("covidx").expect("a database");
        tables.get_mut("patients").expect("a table").version += 1;
    });
    assert_snapshot!(ground.register(&[]).fails(1), @"
    exit 1
    --- stderr
    error: somebody else changed database `covidx` of AWS Glue 10 times during the registration

    hint: let one job register at a time; `aws cloudtrail lookup-events` shows who else calls UpdateTable
    ");
}

#[test]
fn a_snapshot_that_is_published_meanwhile_is_shown_in_the_end() {
    let ground = Ground::registered(&[]);
    ground.ctlake(&["build", "--force"]).ok();
    let mut build = Some(ground.command(&["build", "--force"]));
    ground.glue.before("UpdateTable", move |_| {
        if let Some(mut build) = build.take() {
            assert!(build.output().expect("it runs").status.success());
        }
    });
    let summary = ground.summary(&[]);
    assert_eq!(
        (&summary["entry"], &summary["replanned"]),
        (&3.into(), &1.into())
    );
    ground.shows(&ground.snapshot());
}

#[test]
fn listed_partitions_follow_every_snapshot() {
    let ground = Ground::registered(&["--partitions"]);
    let there = ground.glue.table("ct_slices").partitions;
    assert!(there.len() > 3, "more than a page");
    assert!(there.keys().any(|values| values[0] == "Côte d'Ivoire"));

    ground.ctlake(&["build", "--force"]).ok();
    // One that has no files, and one that is missing.
    {
        let mut state = ground.glue.state();
        let tables = state.databases.get_mut("covidx").expect("a database");
        let partitions = &mut tables.get_mut("ct_slices").expect("a table").partitions;
        let (_, mut partition) = partitions.pop_first().expect("a partition");
        let values = ["Atlantis", "F", "Normal"].map(str::to_owned).to_vec();
        partition["Values"] = values.clone().into();
        partitions.insert(values, partition);
    }
    let plan = ground.register(&["--dry-run", "--json"]).ok();
    let steps = &plan.json_lines()[0]["plan"]["steps"];
    let slices = steps
        .as_array()
        .expect("steps")
        .iter()
        .find(|step| step["name"] == "ct_slices");
    let partitions = &slices.expect("a step")["partitions"];
    assert_eq!(partitions["create"].as_array().expect("a list").len(), 1);
    assert_eq!(partitions["delete"][0][0], "Atlantis");
    ground.glue.take_requests();

    let summary = ground.summary(&[]);
    ground.shows(&ground.snapshot());
    assert_eq!(ground.glue.table("ct_slices").partitions.len(), there.len());
    assert_eq!(summary["partitions"][0], 1);
    assert_eq!(summary["partitions"][2], 1);
    let requests = ground.glue.take_requests();
    let first_batch = requests.iter().position(|asked| asked.starts_with("Batch"));
    let last_table = requests.iter().rposition(|asked| asked == "UpdateTable");
    assert!(first_batch > last_table, "tables first: {requests:?}");
}

#[test]
fn a_batch_that_partly_fails_is_mended_by_a_second_run() {
    let ground = Ground::built();
    ground.glue.state().bad_partitions = vec!["China".to_owned()];
    assert_snapshot!(ground.register(&["--partitions"]).fails(1), @"
    exit 1
    --- stderr
    error: 1 of 5 partitions of `covidx.patients` were not registered
      because: AWS Glue refused `glue:BatchCreatePartition` on `covidx.patients (China, F, COVID-19)`: InternalServiceException: Please try again.

    hint: run the same command again: it registers what is missing
    ");
    let summary = ground.summary(&[]);
    assert_eq!(summary["partitions"], serde_json::json!([1, 0, 0]));
    ground.shows(&ground.snapshot());
    assert!(
        ground
            .register(&["--dry-run"])
            .ok()
            .stdout()
            .ends_with("nothing to do\n")
    );
}

#[test]
fn whatever_call_fails_a_second_run_mends_it() {
    let denied = (400, "AccessDeniedException", "User: ci is not authorized");
    for operation in ["CreateDatabase", "CreateTable", "BatchCreatePartition"] {
        let ground = Ground::built();
        // Each call in turn: the first, the second, …
        let mut failures = 0;
        loop {
            let mut calls = 0;
            let nth = failures;
            ground.glue.state().databases.clear();
            ground.glue.before(operation, move |state| {
                if calls == nth {
                    state.refusals.push_back((operation, denied));
                }
                calls += 1;
            });
            let outcome = ground.register(&["--partitions"]);
            if outcome.code == Some(0) {
                break;
            }
            let outcome = outcome.fails(1);
            assert!(outcome.stderr().contains("AccessDenied"), "{outcome}");
            ground.glue.before("nothing", |_| {});
            ground.register(&["--partitions"]).ok();
            ground.shows(&ground.snapshot());
            let dry = ground.register(&["--dry-run"]).ok();
            assert!(dry.stdout().ends_with("nothing to do\n"), "{dry}");
            failures += 1;
        }
        assert!(failures > 0, "{operation} was asked for");
    }
}

#[test]
fn throttling_is_waited_out_for_a_while() {
    let throttled = (400, "ThrottlingException", "Rate exceeded");
    let ground = Ground::built();
    ground
        .glue
        .state()
        .refusals
        .extend([("CreateTable", throttled), ("CreateTable", throttled)]);
    ground.register(&[]).ok();
    ground.glue.state().refused.push(("GetTables", throttled));
    assert_snapshot!(ground.register(&[]).fails(1), @"
    exit 1
    --- stderr
    error: AWS Glue refused `glue:GetTables` on `covidx`: ThrottlingException: Rate exceeded (request 11111111-2222-3333-4444-555555555555)

    hint: Glue gets too many requests in this account: run the same command again in a minute, it goes on from there
    ");
}

#[test]
fn each_refusal_says_what_to_do() {
    let ground = Ground::built();
    let mut said = String::new();
    let refusals: [(&str, Refusal); 8] = [
        (
            "CreateTable",
            (
                400,
                "AccessDeniedException",
                "User: arn:aws:iam::111122223333:user/ci is not authorized to perform: glue:CreateTable",
            ),
        ),
        (
            "CreateTable",
            (
                400,
                "AccessDeniedException",
                "Insufficient Lake Formation permission(s): Required Create Table on covidx",
            ),
        ),
        (
            "CreateDatabase",
            (
                400,
                "ResourceNumberLimitExceededException",
                "Number of databases limit exceeded",
            ),
        ),
        (
            "GetDatabase",
            (
                400,
                "ExpiredTokenException",
                "The security token included in the request is expired",
            ),
        ),
        (
            "GetDatabase",
            (
                400,
                "InvalidSignatureException",
                "Credential should be scoped to a valid region.",
            ),
        ),
        (
            "GetDatabase",
            (
                400,
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ),
        ),
        (
            "GetDatabase",
            (400, "GlueEncryptionException", "Unable to use the key"),
        ),
        (
            "GetDatabase",
            (400, "InvalidInputException", "Something else"),
        ),
    ];
    for (operation, refusal) in refusals {
        ground.glue.state().databases.clear();
        ground.glue.state().refusals.push_back((operation, refusal));
        said += ground.register(&[]).fails(1).stderr();
        said += "\n";
    }
    assert_snapshot!(said, @"
    error: AWS Glue refused `glue:CreateTable` on `covidx.patients`: AccessDeniedException: User: arn:aws:iam::111122223333:user/ci is not authorized to perform: glue:CreateTable (request 11111111-2222-3333-4444-555555555555)

    hint: allow `glue:CreateTable` on `covidx.patients`: `ctlake register --iam-policy builder` prints a policy with all that is needed

    error: AWS Glue refused `glue:CreateTable` on `covidx.patients`: AccessDeniedException: Insufficient Lake Formation permission(s): Required Create Table on covidx (request 11111111-2222-3333-4444-555555555555)

    hint: Lake Formation governs `covidx.patients`: grant the caller's role CREATE_TABLE on the database and ALTER, DESCRIBE and DROP on its tables (`aws lakeformation grant-permissions`), or give IAMAllowedPrincipals Super on them

    error: AWS Glue refused `glue:CreateDatabase` on `covidx`: ResourceNumberLimitExceededException: Number of databases limit exceeded (request 11111111-2222-3333-4444-555555555555)

    hint: raise the account's quota of databases, tables or partitions: `aws service-quotas list-service-quotas --service-code glue`

    error: AWS Glue refused `glue:GetDatabase` on `covidx`: ExpiredTokenException: The security token included in the request is expired (request 11111111-2222-3333-4444-555555555555)

    hint: get new credentials (`aws sso login`, or export new AWS_… variables) and run the same command again: it goes on from there

    error: AWS Glue refused `glue:GetDatabase` on `covidx`: InvalidSignatureException: Credential should be scoped to a valid region. (request 11111111-2222-3333-4444-555555555555)

    hint: `aws sts get-caller-identity` shows whose credentials these are; Glue must be asked in the bucket's region, which AWS_REGION names

    error: AWS Glue refused `glue:GetDatabase` on `covidx`: UnrecognizedClientException: The security token included in the request is invalid. (request 11111111-2222-3333-4444-555555555555)

    hint: `aws sts get-caller-identity` shows whose credentials these are; Glue must be asked in the bucket's region, which AWS_REGION names

    error: AWS Glue refused `glue:GetDatabase` on `covidx`: GlueEncryptionException: Unable to use the key (request 11111111-2222-3333-4444-555555555555)

    hint: the Data Catalog is encrypted: allow kms:Encrypt, kms:Decrypt and kms:GenerateDataKey on its key (`aws glue get-data-catalog-encryption-settings`)

    error: AWS Glue refused `glue:GetDatabase` on `covidx`: InvalidInputException: Something else (request 11111111-2222-3333-4444-555555555555)
    ");
}

#[test]
fn a_glue_that_is_not_there_is_told_so() {
    let ground = Ground::built();
    let mut command = ground.command(&["register"]);
    // Port 9 of this machine: nobody listens.
    command.env("AWS_ENDPOINT_URL_GLUE", "http://127.0.0.1:9");
    let said = ground.lake.run(command).fails(1);
    assert!(
        said.stderr()
            .starts_with("error: no answer from AWS Glue to `glue:GetDatabase` on `covidx`"),
        "{said}"
    );
    assert!(said.stderr().contains("AWS_ENDPOINT_URL_GLUE"), "{said}");
}

#[test]
fn a_table_of_somebody_else_is_not_touched_unless_adopted() {
    let ground = Ground::registered(&[]);
    let edit = |lake: Value| {
        let mut state = ground.glue.state();
        let tables = state.databases.get_mut("covidx").expect("a database");
        let table = tables.get_mut("patients").expect("a table");
        table.input["Parameters"]["ctlake.lake"] = lake;
        table.input["StorageDescriptor"]["Columns"] =
            serde_json::json!([{"Name": "id", "Type": "bigint"}]);
        table.clone()
    };
    let mine = edit("s3://other/lake".into());
    assert_snapshot!(ground.register(&[]).fails(1), @"
    exit 1
    --- stderr
    error: `covidx.patients` is there and was not made by ctlake for `s3://lake/team/covid`, but for `s3://other/lake`

    hint: register to another database, `--database NAME`, or take what is there over with `--adopt`
    ");
    assert_eq!(ground.glue.table("patients").input, mine.input);
    ground.register(&["--adopt"]).ok();
    assert_eq!(ground.glue.table("patients").parameter("ctlake.lake"), LAKE);
    assert!(
        ground
            .register(&["--dry-run"])
            .ok()
            .stdout()
            .ends_with("nothing to do\n")
    );
}

#[test]
fn columns_that_would_go_are_refused_and_new_ones_come() {
    let ground = Ground::registered(&[]);
    let columns = |change: fn(&mut Vec<Value>)| {
        let mut state = ground.glue.state();
        let tables = state.databases.get_mut("covidx").expect("a database");
        let table = tables.get_mut("patients").expect("a table");
        change(
            table.input["StorageDescriptor"]["Columns"]
                .as_array_mut()
                .expect("columns"),
        );
    };
    columns(|columns| drop(columns.pop()));
    assert_snapshot!(ground.register(&["--dry-run"]).ok(), @"
    exit 0
    --- stdout
    covidx would show snapshot [SNAPSHOT] (entry 1)
    ~ table patients
        + column cover_image_key: string 'image_key of one slice that can stand for the patient: the middle slice of the largest scan. NULL for a patient without slices.'
    = table quality_findings
    = table ct_slices
    = table snapshot_info
    = view slices_by_cohort
    = view patients_by_split
    = view quality_summary
    = view slice_images
    ");
    ground.register(&[]).ok();
    columns(|columns| columns.push(serde_json::json!({"Name": "weight", "Type": "int"})));
    assert_snapshot!(ground.register(&[]).fails(1), @"
    exit 1
    --- stderr
    error: column `weight` of `patients` is in the catalog and not in the contract: dropping it breaks the queries and reports that name it

    hint: is a newer ctlake in use elsewhere? Then use that one. Otherwise delete the table in Glue (`aws glue delete-table`, no data is lost) and register again, or register to another `--database`
    ");
}

#[test]
fn what_a_catalog_shows_does_not_expire() {
    let ground = Ground::registered(&["--partitions"]);
    let shown = ground.snapshot();
    for _ in 0..2 {
        ground.ctlake(&["build", "--force"]).ok();
    }
    let expire = ["snapshots", "expire", "--keep", "1", "--older-than", "0s"];
    let removed = ground.ctlake(&expire).ok();
    assert!(
        removed.stderr().contains("snapshot [SNAPSHOT]"),
        "{removed}"
    );
    let left = |snapshot: &str| ground.s3.objects().keys().any(|key| key.contains(snapshot));
    assert!(left(&shown), "{removed}");

    // Glue can't be asked: nothing is removed.
    let denied = (400, "AccessDeniedException", "User: ci is not authorized");
    ground.glue.state().refused.push(("GetTables", denied));
    assert_snapshot!(ground.ctlake(&expire).fails(1), @"
    exit 1
    --- stderr
    error: cannot tell which snapshots are shown by database `covidx` of AWS Glue
      because: AWS Glue refused `glue:GetTables` on `covidx`: AccessDeniedException: User: ci is not authorized (request 11111111-2222-3333-4444-555555555555)

    hint: allow `glue:GetTables` on `covidx`: `ctlake register --iam-policy builder` prints a policy with all that is needed; if it is gone for good, remove `_ctlake/projections/glue-covidx.json` from the lake
    ");
    assert_snapshot!(ground.ctlake(&["status"]).ok(), @r#"
    exit 0
    --- stdout
    lake s3://lake/team/covid
    landing   CT-2A: 4 files, 0 of them images, 575 B; complete
    snapshot  [SNAPSHOT] of CT-2A
      entry 4 of 4, committed [TIME]
      ct_slices                   6 rows    5 files [SIZE]
      patients                    5 rows    5 files [SIZE]
      quality_findings            1 rows     1 file [SIZE]
      snapshot_info               1 rows     1 file [SIZE]
    findings  6
      warning         6  image-missing
    catalog   covidx in AWS Glue, eu-central-1: can't be asked: AWS Glue refused `glue:GetTables` on `covidx`: AccessDeniedException: User: ci is not authorized (request 11111111-2222-3333-4444-555555555555)
    next: ctlake sql "SELECT rule, severity, subject, detail FROM quality_findings" --lake s3://lake/team/covid
    "#);
    ground.glue.state().refused.clear();

    // A partition that was left behind still needs its files.
    ground.register(&[]).ok();
    ground.shows(&ground.snapshot());
    ground.ctlake(&expire).ok();
    assert!(!left(&shown), "nobody shows it any more");
}

#[test]
fn what_cannot_be_registered_is_refused() {
    let lake = Lake::built(&dataset());
    assert_snapshot!(lake.ctlake(["register"]).fails(1), @"
    exit 1
    --- stderr
    error: expected a lake on S3, got `./lake`: Glue and Athena can't read a folder

    hint: build the lake on S3, `--lake s3://bucket/prefix`; of a folder, `ctlake register --format iceberg` makes tables without Glue, and `ctlake sql` asks
    ");
    assert_snapshot!(lake.ctlake(["register", "--lake", LAKE, "--database", "covidx-ct"]).fails(2), @"
    exit 2
    --- stderr
    error: invalid value 'covidx-ct' for '--database <NAME>': expected a database name of lower-case letters, digits and `_` that begins with a letter, up to 255 characters, got `covidx-ct`

    For more information, try '--help'.
    ");
    let ground = Ground {
        s3: S3Server::start(),
        glue: GlueServer::start(),
        lake,
    };
    assert_snapshot!(ground.register(&[]).fails(1), @"
    exit 1
    --- stderr
    error: lake `s3://lake/team/covid` has no snapshot yet

    hint: build one: `ctlake build --lake s3://lake/team/covid`
    ");
}

#[test]
fn policies_name_the_lake_and_the_tables() {
    let lake = Lake::temp();
    assert_snapshot!(lake.ctlake(["register", "--lake", LAKE, "--iam-policy", "builder"]).ok(), @r#"
    exit 0
    --- stdout
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "LakeListing",
          "Effect": "Allow",
          "Action": [
            "s3:ListBucket",
            "s3:ListBucketMultipartUploads"
          ],
          "Resource": [
            "arn:aws:s3:::lake"
          ],
          "Condition": {
            "StringLike": {
              "s3:prefix": [
                "team/covid",
                "team/covid/*"
              ]
            }
          }
        },
        {
          "Sid": "LakeObjects",
          "Effect": "Allow",
          "Action": [
            "s3:GetObject",
            "s3:PutObject",
            "s3:PutObjectTagging",
            "s3:DeleteObject",
            "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts"
          ],
          "Resource": [
            "arn:aws:s3:::lake/team/covid/*"
          ]
        },
        {
          "Sid": "LakeSettings",
          "Effect": "Allow",
          "Action": [
            "s3:GetEncryptionConfiguration",
            "s3:GetBucketPublicAccessBlock"
          ],
          "Resource": [
            "arn:aws:s3:::lake"
          ]
        },
        {
          "Sid": "Catalog",
          "Effect": "Allow",
          "Action": [
            "glue:GetDatabase",
            "glue:CreateDatabase",
            "glue:CreateTable",
            "glue:UpdateTable",
            "glue:GetPartitions",
            "glue:BatchCreatePartition",
            "glue:BatchUpdatePartition",
            "glue:BatchDeletePartition"
          ],
          "Resource": [
            "arn:aws:glue:*:*:catalog",
            "arn:aws:glue:*:*:database/covidx",
            "arn:aws:glue:*:*:table/covidx/ct_slices",
            "arn:aws:glue:*:*:table/covidx/patients",
            "arn:aws:glue:*:*:table/covidx/quality_findings",
            "arn:aws:glue:*:*:table/covidx/snapshot_info",
            "arn:aws:glue:*:*:table/covidx/previews",
            "arn:aws:glue:*:*:table/covidx/slices_by_cohort",
            "arn:aws:glue:*:*:table/covidx/patients_by_split",
            "arn:aws:glue:*:*:table/covidx/quality_summary",
            "arn:aws:glue:*:*:table/covidx/slice_images"
          ]
        },
        {
          "Sid": "CatalogListing",
          "Effect": "Allow",
          "Action": [
            "glue:GetTables"
          ],
          "Resource": [
            "arn:aws:glue:*:*:catalog",
            "arn:aws:glue:*:*:database/covidx",
            "arn:aws:glue:*:*:table/covidx/*"
          ]
        },
        {
          "Sid": "LakeFormation",
          "Effect": "Allow",
          "Action": [
            "lakeformation:GetDataAccess"
          ],
          "Resource": [
            "*"
          ]
        }
      ]
    }
    "#);
    let reader = lake
        .ctlake(["register", "--lake", LAKE, "--iam-policy", "reader"])
        .ok();
    let actions = reader.json().to_string();
    for action in ["glue:UpdateTable", "s3:DeleteObject"] {
        assert!(!actions.contains(action), "{action}");
    }
    assert!(actions.contains("athena:StartQueryExecution"));
}

#[test]
fn the_same_as_sql() {
    let ground = Ground::built();
    let projected = ground.register(&["--ddl"]).ok();
    assert!(ground.glue.take_requests().is_empty(), "it only prints");
    let sql = projected.stdout();
    let (begin, _) = sql.split_once("  `patient_id`").expect("a column");
    assert_snapshot!(begin, @"
    CREATE DATABASE IF NOT EXISTS `covidx`;

    CREATE EXTERNAL TABLE IF NOT EXISTS `covidx`.`patients` (
    ");
    let first = sql
        .split(";\n")
        .find(|sql| sql.contains("`snapshot_info`"))
        .expect("a table");
    assert_snapshot!(first, @"

    CREATE EXTERNAL TABLE IF NOT EXISTS `covidx`.`snapshot_info` (
      `snapshot_id` string COMMENT 'Name of the snapshot: time of the build, start of the content id, four random hexadecimal digits. It is also the folder the data files lie in.',
      `content_id` string COMMENT 'Digest of everything that determines the content of the tables: inputs, options, contract and merge version. Equal ids mean equal tables.',
      `release` string COMMENT 'Release of the dataset the snapshot was built from.',
      `built_at` string COMMENT 'Time of the build, ISO 8601 in UTC.',
      `tool_version` string COMMENT 'Version of ctlake that built the snapshot.',
      `contract_version` string COMMENT 'Version of this contract the tables keep to.',
      `slices` bigint COMMENT 'Number of rows of ct_slices.',
      `patients` bigint COMMENT 'Number of rows of patients, with slices or without.',
      `findings` bigint COMMENT 'How many times the quality rules are broken: the sum of quality_findings.occurrences, as build, status and report count it.'
    )
    COMMENT 'Which snapshot these tables are, what it was built from and by what, and how many rows it holds.'
    ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
    STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
      OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
    LOCATION 's3://lake/team/covid/curated/snapshot_info/[SNAPSHOT]/'
    TBLPROPERTIES (
      'classification' = 'parquet',
      'ctlake.contract_version' = '1.0.0',
      'ctlake.lake' = 's3://lake/team/covid',
      'ctlake.log_entry' = '1',
      'ctlake.snapshot' = '[SNAPSHOT]',
      'numFiles' = '1',
      'numRows' = '1',
      'totalSize' = '2543'
    )
    ");
    assert!(sql.contains("'projection.enabled' = 'true'"));
    let view = sql
        .split(";\n")
        .find(|sql| sql.contains("VIEW covidx.slices_by_cohort"));
    assert_snapshot!(view.expect("a view"), @"

    CREATE OR REPLACE VIEW covidx.slices_by_cohort AS
    SELECT country, sex, age_band, diagnosis, split, COUNT(*) AS slices, COUNT(DISTINCT patient_id) AS patients, SUM(CASE WHEN in_landing THEN 1 ELSE 0 END) AS images
    FROM covidx.ct_slices
    GROUP BY country, sex, age_band, diagnosis, split
    ");

    let listed = ground.register(&["--ddl", "--partitions"]).ok();
    assert!(!listed.stdout().contains("projection.enabled"));
    assert!(
        listed.stdout().contains(
            "ALTER TABLE `covidx`.`ct_slices` ADD IF NOT EXISTS\n  PARTITION (country = "
        )
    );
    assert!(listed.stdout().contains("country = 'Côte d\\'Ivoire'"));

    let structure = Lake::temp().ctlake(["schema", "--format", "ddl"]).ok();
    assert!(
        structure
            .stdout()
            .contains("LOCATION 's3://BUCKET/PREFIX/curated/ct_slices/SNAPSHOT/'")
    );
    assert!(
        structure
            .stdout()
            .contains("MSCK REPAIR TABLE `covidx`.`ct_slices`;")
    );
}

#[test]
fn a_run_ends_with_the_registration() {
    let ground = Ground::empty();
    ground.lake.place(&dataset());
    let run = ["run", "dataset", "--database", "covidx"];
    let outcome = ground.ctlake(&[&run[..], &["--json"]].concat()).ok();
    let done = outcome.json_lines().pop().unwrap()["summary"].clone();
    assert_eq!(
        done["register"][0]["snapshot"],
        done["build"]["built"]["snapshot"]
    );
    ground.shows(&ground.snapshot());
    // A folder has no address for Athena, which is told before anything is stored.
    for more in [&[][..], &["--dry-run"]] {
        let outcome = ground.lake.ctlake([&run[..], more].concat()).fails(1);
        assert!(outcome.stderr().contains("hint: "), "{outcome}");
        assert!(!ground.lake.has("landing"));
    }
}

#[test]
fn whatever_call_of_a_swap_fails_a_second_run_mends_it() {
    let denied = (400, "AccessDeniedException", "User: ci is not authorized");
    let ground = Ground::registered(&["--partitions"]);
    for operation in ["UpdateTable", "BatchUpdatePartition"] {
        for nth in 0..2 {
            ground.ctlake(&["build", "--force"]).ok();
            let mut calls = 0;
            ground.glue.before(operation, move |state| {
                if calls == nth {
                    state.refusals.push_back((operation, denied));
                }
                calls += 1;
            });
            let said = ground.register(&[]).fails(1);
            assert!(said.stderr().contains(operation), "{said}");
            assert_eq!(status(&ground)["up_to_date"], false);
            ground.glue.before("nothing", |_| {});
            ground.register(&[]).ok();
            ground.shows(&ground.snapshot());
            assert_eq!(status(&ground)["up_to_date"], true);
        }
    }
}

/// What `status` says of the catalog.
#[track_caller]
fn status(ground: &Ground) -> Value {
    let status = ground.ctlake(&["status", "--format", "json"]).ok();
    status.json()["catalogs"][0].clone()
}

#[test]
fn a_table_that_is_gone_is_told() {
    let ground = Ground::registered(&[]);
    let mut state = ground.glue.state();
    let tables = state.databases.get_mut("covidx").expect("a database");
    tables.remove("quality_summary");
    drop(state);
    assert_eq!(status(&ground)["missing"][0], "quality_summary");
    let said = ground.ctlake(&["status"]).ok();
    assert!(
        said.stdout()
            .contains("eu-central-1: lacks quality_summary\n"),
        "{said}"
    );
    assert!(
        said.stdout()
            .contains("next: ctlake register --database covidx"),
        "{said}"
    );
}

#[test]
fn many_partitions_go_in_batches() {
    let rows: String = (0..120)
        .map(|at| format!("NCP_{at},CNCB,Country {at},F,45,COVID-19,Yes,Expert,Axial,CT\n"))
        .collect();
    let header = crate::support::dataset::HEADER;
    let label = |at: u32| format!("NCP_{at}_10_0001.png 2 10 20 110 120\n");
    let dataset = Dataset::default()
        .file("metadata.csv", format!("{header}\n{rows}"))
        .labels(Split::Train, &(0..118).map(label).collect::<String>())
        .labels(Split::Val, &label(118))
        .labels(Split::Test, &label(119));
    let ground = Ground::empty();
    ground.lake.place(&dataset);
    ground.ctlake(&["ingest", "dataset"]).ok();
    ground.ctlake(&["build"]).ok();
    ground.register(&["--partitions"]).ok();
    assert_eq!(ground.glue.table("ct_slices").partitions.len(), 120);
    let requests = ground.glue.take_requests();
    assert_eq!(
        count(&requests, "BatchCreatePartition"),
        4,
        "two a table: {requests:?}"
    );

    // Fewer countries: the partitions of the others go.
    let few = dataset.each(|text| {
        let kept = text
            .lines()
            .filter(|line| !line.contains("NCP_1") && !line.contains("NCP_2"));
        kept.map(|line| format!("{line}\n"))
            .collect::<String>()
            .into_bytes()
    });
    let few = few
        .labels(Split::Val, &label(118))
        .labels(Split::Test, &label(119));
    ground.lake.place(&few);
    ground.ctlake(&["ingest", "dataset", "--replace"]).ok();
    ground.ctlake(&["build"]).ok();
    let summary = ground.summary(&[]);
    ground.shows(&ground.snapshot());
    let requests = ground.glue.take_requests();
    let removed = summary["partitions"][2].as_u64().expect("a number");
    assert!(removed > 50, "{summary}");
    assert!(
        count(&requests, "BatchDeletePartition") >= 4,
        "25 at once: {requests:?}"
    );
}
