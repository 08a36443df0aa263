//! Questions that Athena answers, and everything that can go wrong there.

use std::process::{Command, Stdio};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::athena::{AthenaServer, End, Script};
use crate::support::glue::GlueServer;
use crate::support::s3::S3Server;
use crate::support::{Dataset, Lake, Outcome, signal};

const LAKE: &str = "s3://lake/covid";
const QUESTION: &str = "SELECT name, n FROM patients";

/// A lake with one snapshot, AWS beside it, and the program between the two.
pub(crate) struct Ground {
    s3: S3Server,
    glue: GlueServer,
    pub(crate) athena: AthenaServer,
    pub(crate) lake: Lake,
}

impl Ground {
    #[track_caller]
    fn built() -> Self {
        let s3 = S3Server::start();
        let ground = Self {
            athena: AthenaServer::start(&s3),
            glue: GlueServer::start(),
            lake: Lake::temp(),
            s3,
        };
        ground.lake.place(&Dataset::small());
        ground.ctlake(&["ingest", "dataset"]).ok();
        ground.ctlake(&["build"]).ok();
        ground
    }

    /// One that is registered in `covidx`.
    #[track_caller]
    pub(crate) fn registered() -> Self {
        let ground = Self::built();
        ground.ctlake(&["register"]).ok();
        ground
    }

    /// One whose Athena answers [`QUESTION`] so.
    #[track_caller]
    fn answering(script: Script) -> Self {
        let ground = Self::registered();
        ground.athena.answers("FROM patients", script);
        ground
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.lake.command(args);
        for variable in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"] {
            command.env_remove(variable);
        }
        command
            .args(["--lake", LAKE])
            .envs(self.s3.env())
            .env("AWS_ENDPOINT_URL_GLUE", self.glue.endpoint())
            .env("AWS_ENDPOINT_URL_ATHENA", self.athena.endpoint());
        command
    }

    fn ctlake(&self, args: &[&str]) -> Outcome {
        self.lake.run(self.command(args))
    }

    /// Asks [`QUESTION`].
    fn ask(&self, args: &[&str]) -> Outcome {
        self.ctlake(&[&["sql", QUESTION, "--engine", "athena"], args].concat())
    }
}

/// Two columns, and what is easily taken for something else.
fn names() -> Script {
    Script::rows(
        &[("name", "varchar"), ("n", "integer")],
        &[
            &["a", "1"],
            &["", "2"],
            &["NULL", "3"],
            &["say \"hi\", you\nand me", "NULL"],
            &["name", "5"],
        ],
    )
}

#[test]
fn the_answer_is_athenas_and_so_is_the_bill() {
    let ground = Ground::answering(names());
    assert_snapshot!(ground.ask(&["--format", "table"]).ok(), @r#"
    exit 0
    --- stdout
    +-----------------------+------+
    | name                  |    n |
    +-----------------------+------+
    | a                     |    1 |
    |                       |    2 |
    | NULL                  |    3 |
    | say "hi", you\nand me | NULL |
    | name                  |    5 |
    +-----------------------+------+
    --- stderr
    Athena: [SIZE] read in [TIME], [SIZE] billed: 0.00005 USD at 5 USD a TB (query 00000000-0000-4000-8000-000000000000)
    "#);
    assert_eq!(
        ground.athena.take_operations(),
        [
            "GetWorkGroup",
            "StartQueryExecution",
            "GetQueryExecution",
            "GetQueryResults"
        ]
    );
}

#[test]
fn a_query_is_asked_as_athena_wants_it() {
    let ground = Ground::answering(names());
    ground.ask(&[]).ok();
    let mut asked = ground.athena.inputs("StartQueryExecution").remove(0);
    let token = asked["ClientRequestToken"].take();
    assert_eq!(token.as_str().expect("text").len(), 32);
    assert_eq!(
        asked,
        json!({
            "QueryString": QUESTION,
            "ClientRequestToken": null,
            "QueryExecutionContext": {"Database": "covidx", "Catalog": "AwsDataCatalog"},
            "WorkGroup": "primary",
        })
    );
    let science = json!({"ResultConfiguration": {"OutputLocation": "s3://lake/science/"}});
    let mut state = ground.athena.state();
    state.workgroups.insert("science".to_owned(), science);
    drop(state);
    ground
        .ask(&[
            "--workgroup",
            "science",
            "--output-location",
            "s3://lake/mine/",
        ])
        .ok();
    let asked = ground.athena.inputs("StartQueryExecution").remove(1);
    assert_eq!(asked["WorkGroup"], "science");
    assert_eq!(
        asked["ResultConfiguration"],
        json!({"OutputLocation": "s3://lake/mine/"})
    );
    let objects = ground.s3.objects();
    assert!(objects.keys().any(|key| key.starts_with("mine/")));
}

/// Every kind of value, a few times over.
fn of_every_type() -> Script {
    let columns = [
        ("flag", "boolean"),
        ("tiny", "tinyint"),
        ("number", "integer"),
        ("large", "bigint"),
        ("mean", "double"),
        ("price", "decimal"),
        ("day", "date"),
        ("moment", "timestamp"),
        ("word", "varchar"),
        ("list", "array"),
    ];
    let row = [
        "true",
        "-7",
        "2147483647",
        "9223372036854775807",
        "1.0E-5",
        "-12.50",
        "2026-11-24",
        "2026-11-24 12:00:00.000",
        "a,\"b\"\nc",
        "[1, 2]",
    ];
    let empty = [
        "false",
        "0",
        "0",
        "0",
        "NaN",
        "0.00",
        "1970-01-01",
        "1970-01-01 00:00:00.000",
        "",
        "[]",
    ];
    let rows: Vec<&[&str]> = [&row[..], &["NULL"; 10], &empty].repeat(4);
    Script::rows(&columns, &rows)
}

#[test]
fn pages_and_the_file_on_s3_give_the_same_answer() {
    let ground = Ground::answering(of_every_type());
    let both: Vec<Vec<Vec<u8>>> = [false, true]
        .into_iter()
        .map(|managed| {
            if managed {
                let manages = json!({"ManagedQueryResultsConfiguration": {"Enabled": true}});
                ground.athena.primary(manages);
            }
            // Little, so that one page is not all of it.
            ground.athena.state().page = Some(5);
            ground.athena.state().requests.clear();
            let formats = ["csv", "json", "table", "parquet"];
            let answers = formats
                .map(|format| ground.ask(&["--format", format]).ok().raw.stdout)
                .to_vec();
            let pages = ground.athena.inputs("GetQueryResults").len();
            assert_eq!(pages, if managed { 3 * 4 } else { 4 });
            answers
        })
        .collect();
    assert_eq!(both[0], both[1]);
    let csv = String::from_utf8(both[0][0].clone()).expect("text");
    assert_snapshot!(csv.lines().take(5).collect::<Vec<_>>().join("\n"), @r#"
    flag,tiny,number,large,mean,price,day,moment,word,list
    true,-7,2147483647,9223372036854775807,0.00001,-12.50,2026-11-24,2026-11-24T12:00:00,"a,""b""
    c","[1, 2]"
    ,,,,,,,,,
    false,0,0,0,NaN,0.00,1970-01-01,1970-01-01T00:00:00,,[]
    "#);
    assert_snapshot!(
        ground.ask(&["--format", "json", "--limit", "3"]).ok().stdout(),
        @r#"[{"flag":true,"tiny":-7,"number":2147483647,"large":9223372036854775807,"mean":0.00001,"price":-12.50,"day":"2026-11-24","moment":"2026-11-24T12:00:00","word":"a,\"b\"\nc","list":"[1, 2]"},{"flag":null,"tiny":null,"number":null,"large":null,"mean":null,"price":null,"day":null,"moment":null,"word":null,"list":null},{"flag":false,"tiny":0,"number":0,"large":0,"mean":null,"price":0.00,"day":"1970-01-01","moment":"1970-01-01T00:00:00","word":"","list":"[]"}]"#
    );
}

#[test]
fn a_file_that_is_not_the_answer_is_no_answer() {
    let ground = Ground::answering(names());
    ground.athena.state().page = Some(2);
    let said = [
        "\"name\",\"n\"\n\"a\"\n",
        "\"name\",\"n\"\n\"a\",\"one\"\n",
        "\"name\",\"n\"\n\"a\",\"1",
    ]
    .map(|text| {
        ground.athena.state().damage = Some(text);
        ground.ask(&[]).fails(1).stderr().to_owned()
    });
    assert_snapshot!(said.join("\n"), @"
    error: the answer in `s3://lake/answers/00000000-0000-4000-8000-000000000000.csv` is damaged at record 2: expected 2 values, got 1

    hint: run the same command again: the answer is written anew

    error: column `n` of the answer holds a value that is no `integer`
      because: Cast error: Cannot cast string 'one' to value of Int32 type

    hint: have it as text: `CAST(n AS varchar)`

    error: the answer in `s3://lake/answers/00000000-0000-4000-8000-000000000002.csv` is damaged at record 2: a quote that is not closed

    hint: run the same command again: the answer is written anew
    ");
}

#[test]
fn no_more_is_fetched_than_is_wanted() {
    let ground = Ground::answering(of_every_type());
    ground.athena.state().page = Some(5);
    ground.s3.reset_requests();
    let four = ground.ask(&["--limit", "4", "--format", "json"]).ok();
    assert_eq!(four.json().as_array().expect("rows").len(), 4);
    // The page holds four rows and the names.
    assert_eq!(ground.athena.inputs("GetQueryResults").len(), 1);
    let five = ground.ask(&["--limit", "5", "--format", "json"]).ok();
    assert_eq!(five.json().as_array().expect("rows").len(), 5);
    let none = ground.ask(&["--limit", "0"]).ok();
    assert_eq!(
        none.raw_stdout(),
        "flag,tiny,number,large,mean,price,day,moment,word,list\n"
    );
}

#[test]
fn lists_of_tables_have_no_names_before_them() {
    let ground = Ground::registered();
    let tables = Script {
        kind: "DDL",
        scanned: 0,
        ..Script::rows(&[("tab_name", "string")], &[&["tab_name"], &["patients"]])
    };
    ground.athena.answers("SHOW TABLES", tables);
    assert_snapshot!(ground.ctlake(&["sql", "SHOW TABLES", "--engine", "athena"]).ok(), @"
    exit 0
    --- stdout
    tab_name
    tab_name
    patients
    --- stderr
    Athena: 0 B read in [TIME], not billed (query 00000000-0000-4000-8000-000000000000)
    ");
}

#[test]
fn a_statement_that_is_not_understood_is_shown_with_the_place() {
    let ground = Ground::registered();
    let athena = &ground.athena;
    athena.answers(
        "slicez",
        Script::failing(
            "COLUMN_NOT_FOUND: line 2:8: Column 'slicez' cannot be resolved or requester is not authorized to access requested resources",
            false,
        ),
    );
    let sql = "/* how many? */\nSELECT slicez FROM patients";
    assert_snapshot!(ground.ctlake(&["sql", sql, "--engine", "athena"]).fails(1), @"
    exit 1
    --- stderr
    error: Athena can't answer the query: COLUMN_NOT_FOUND: line 2:8: Column 'slicez' cannot be resolved or requester is not authorized to access requested resources
      SELECT slicez FROM patients
             ^

    hint: `ctlake schema` lists the columns of each table
    ");
    // What can't be parsed is refused at once.
    let sql = "SELECT 1 FORM patients";
    assert_snapshot!(ground.ctlake(&["sql", sql, "--engine", "athena"]).fails(1), @"
    exit 1
    --- stderr
    error: Athena can't answer the query: line 1:10: mismatched input 'FORM'. Expecting: ',', 'FROM', <EOF>
      SELECT 1 FORM patients
               ^

    hint: Athena's SQL is Trino's; `--engine datafusion` asks the same on this machine; docs/sql.md lists the differences
    ");
}

#[test]
fn each_failure_has_its_remedy() {
    let ground = Ground::registered();
    for (part, reason, retryable) in [
        (
            "FROM missing",
            "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.covidx.missing' does not exist",
            false,
        ),
        (
            "FROM hidden",
            "PERMISSION_DENIED: Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)",
            false,
        ),
        (
            "FROM damaged",
            "HIVE_CURSOR_ERROR: Failed to read Parquet file: s3://lake/covid/curated/part-00000.parquet",
            false,
        ),
        (
            "FROM crowd",
            "GENERIC_INTERNAL_ERROR: Query exhausted resources at this scale factor",
            true,
        ),
    ] {
        ground
            .athena
            .answers(part, Script::failing(reason, retryable));
    }
    let said = ["missing", "hidden", "damaged", "crowd"].map(|table| {
        let sql = format!("SELECT a FROM {table}");
        ground
            .ctlake(&["sql", &sql, "--engine", "athena"])
            .fails(1)
            .stderr()
            .to_owned()
    });
    assert_snapshot!(said.join("\n"), @r#"
    error: Athena can't answer the query: TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.covidx.missing' does not exist
      SELECT a FROM missing
                    ^

    hint: `ctlake register --database covidx` shows the lake's tables there; `ctlake sql --engine athena "SHOW TABLES"` lists what there is

    error: Athena can't answer the query: PERMISSION_DENIED: Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)

    hint: allow reading the tables and their files: `ctlake register --iam-policy reader` prints a policy with all that is needed

    error: Athena can't answer the query: HIVE_CURSOR_ERROR: Failed to read Parquet file: s3://lake/covid/curated/part-00000.parquet

    hint: `ctlake status` tells whether the snapshot's files are there and whether the catalog shows them

    error: Athena can't answer the query: GENERIC_INTERNAL_ERROR: Query exhausted resources at this scale factor

    hint: run the same command again: Athena says that it may work
    "#);
}

#[test]
fn refusals_are_told_apart() {
    let ground = Ground::answering(names());
    let denied = (400, "AccessDeniedException", "User: x is not authorized");
    let refuse = |operation, refusal| {
        ground.athena.state().refused = vec![(operation, refusal)];
        let said = ground.ask(&[]).fails(1);
        ground.athena.state().refused.clear();
        said.stderr().to_owned()
    };
    assert_snapshot!(refuse("StartQueryExecution", denied), @"
    error: Amazon Athena refused `athena:StartQueryExecution` on workgroup `primary`: AccessDeniedException: User: x is not authorized (request 11111111-2222-3333-4444-555555555555)

    hint: allow `athena:StartQueryExecution` on the workgroup: `ctlake register --iam-policy reader` prints a policy with all that is needed
    ");
    let expired = (
        400,
        "ExpiredTokenException",
        "The security token is expired",
    );
    assert_snapshot!(refuse("StartQueryExecution", expired), @"
    error: Amazon Athena refused `athena:StartQueryExecution` on workgroup `primary`: ExpiredTokenException: The security token is expired (request 11111111-2222-3333-4444-555555555555)

    hint: get new credentials: `aws sso login`, or export new AWS_… variables
    ");
    // A query that can't be watched is not left running.
    assert!(refuse("GetQueryExecution", denied).contains("`athena:GetQueryExecution`"));
    assert_eq!(ground.athena.inputs("StopQueryExecution").len(), 1);
    assert_snapshot!(ground.ask(&["--workgroup", "sciense"]).fails(1), @"
    exit 1
    --- stderr
    error: Amazon Athena refused `athena:GetWorkGroup` on workgroup `sciense`: InvalidRequestException: WorkGroup is not found. (request 11111111-2222-3333-4444-555555555555)

    hint: check `--workgroup` and `--output-location`: `aws athena list-work-groups` shows the workgroups of AWS_REGION
    ");
    ground.athena.primary(json!({}));
    assert_snapshot!(ground.ask(&[]).fails(1), @"
    exit 1
    --- stderr
    error: workgroup `primary` has no place for answers

    hint: name one, `--output-location s3://bucket/answers/`, or set it for all: `aws athena update-work-group --work-group primary --configuration-updates ResultConfigurationUpdates={OutputLocation=s3://bucket/answers/}`
    ");
    // Who may not look at the workgroup hears it from Athena itself, or may name a place.
    ground.athena.state().refused = vec![("GetWorkGroup", denied)];
    assert_snapshot!(ground.ask(&[]).fails(1), @"
    exit 1
    --- stderr
    warning: cannot look at workgroup `primary`: whether it ends queries that read much is unknown
    error: Amazon Athena refused `athena:StartQueryExecution` on workgroup `primary`: InvalidRequestException: No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input. (request 11111111-2222-3333-4444-555555555555)

    hint: check `--workgroup` and `--output-location`: `aws athena list-work-groups` shows the workgroups of AWS_REGION
    ");
    assert_snapshot!(ground.ask(&["--output-location", "s3://lake/mine/", "--limit", "1"]).ok(), @"
    exit 0
    --- stdout
    name,n
    a,1
    --- stderr
    warning: cannot look at workgroup `primary`: whether it ends queries that read much is unknown
    Athena: [SIZE] read in [TIME], [SIZE] billed: 0.00005 USD at 5 USD a TB (query 00000000-0000-4000-8000-000000000001)
    ");
}

#[test]
fn a_request_that_is_refused_for_now_is_sent_again_and_runs_once() {
    let ground = Ground::answering(names());
    let busy = (
        400,
        "TooManyRequestsException",
        "You have exceeded the limit for the number of queries you can run concurrently.",
    );
    let mut state = ground.athena.state();
    for operation in [
        "StartQueryExecution",
        "StartQueryExecution",
        "GetQueryExecution",
        "GetQueryResults",
    ] {
        state.refusals.push_back((operation, busy));
    }
    // Carried out, and the answer is lost.
    state.lost.push("StartQueryExecution");
    drop(state);
    ground.ask(&[]).ok();
    let started = ground.athena.inputs("StartQueryExecution");
    assert_eq!(started.len(), 4);
    let first = &started[0]["ClientRequestToken"];
    assert!(
        started
            .iter()
            .all(|input| input["ClientRequestToken"] == *first)
    );
    let looked = ground.athena.inputs("GetQueryExecution");
    assert!(looked.iter().all(|input| *input == looked[0]));

    ground.ask(&[]).ok();
    let started = ground.athena.inputs("StartQueryExecution");
    assert_ne!(started[4]["ClientRequestToken"], *first, "another query");
}

#[test]
fn a_query_that_reads_too_much_is_stopped() {
    let ground = Ground::answering(Script::running(3_000_000_000));
    assert_snapshot!(ground.ask(&["--max-scan", "10GB"]).fails(1), @"
    exit 1
    --- stderr
    workgroup `primary` has no limit as low as [SIZE]: the query is stopped when Athena tells that it has read more
    error: the query was stopped: it had read 12000000000 bytes, of 10000000000 allowed by `--max-scan`

    hint: what was read is billed; name fewer columns, filter by country, sex or diagnosis, or raise `--max-scan`
    ");
    assert_eq!(ground.athena.inputs("StopQueryExecution").len(), 1);

    // One that had ended before anybody saw it has its answer.
    let ended = Script {
        looks: 0,
        ..names()
    };
    let ground = Ground::answering(ended);
    assert_snapshot!(ground.ask(&["--max-scan", "1MB", "--limit", "1"]).ok(), @"
    exit 0
    --- stdout
    name,n
    a,1
    --- stderr
    workgroup `primary` has no limit as low as [SIZE]: the query is stopped when Athena tells that it has read more
    warning: the query has read [SIZE], more than `--max-scan`: it had ended before that was seen
    Athena: [SIZE] read in [TIME], [SIZE] billed: 0.00005 USD at 5 USD a TB (query 00000000-0000-4000-8000-000000000000)
    ");
}

#[test]
fn the_workgroup_may_end_a_query_first() {
    let ground = Ground::answering(Script {
        end: End::Cancelled("Bytes scanned limit was exceeded"),
        scanned: 1_100_000_000,
        ..names()
    });
    ground.athena.primary(json!({
        "ResultConfiguration": {"OutputLocation": "s3://lake/answers/"},
        "BytesScannedCutoffPerQuery": 1_000_000_000,
        "EnforceWorkGroupConfiguration": true,
    }));
    let said = ground.ask(&["--max-scan", "10GB", "--output-location", "s3://lake/mine/"]);
    assert_snapshot!(said.fails(1), @"
    exit 1
    --- stderr
    workgroup `primary` ends a query that has read [SIZE]
    warning: workgroup `primary` has settings that go before `--output-location`
    error: the query was stopped: it had read 1100000000 bytes, of 1000000000 allowed by the workgroup

    hint: what was read is billed; name fewer columns, filter by country, sex or diagnosis, or have the workgroup's limit raised
    ");
    assert!(ground.athena.inputs("StopQueryExecution").is_empty());

    let ground = Ground::answering(Script {
        end: End::Cancelled("Query cancelled by user"),
        ..names()
    });
    assert_snapshot!(ground.ask(&[]).fails(1), @"
    exit 1
    --- stderr
    error: query `00000000-0000-4000-8000-000000000000` was cancelled: Query cancelled by user

    hint: `aws athena get-query-execution --query-execution-id 00000000-0000-4000-8000-000000000000` shows what Athena knows of it
    ");
}

#[test]
fn whoever_stops_the_program_stops_the_query() {
    for (name, refused) in [("INT", false), ("TERM", true)] {
        let ground = Ground::answering(Script::running(1000));
        if refused {
            let denied = (400, "AccessDeniedException", "User: x is not authorized");
            ground.athena.state().refused = vec![("StopQueryExecution", denied)];
        }
        let child = ground
            .command(&["sql", QUESTION, "--engine", "athena"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        ground.athena.wait_for("GetQueryExecution", 1);
        signal(name, &child);
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(130));
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!(
            ground.athena.inputs("StopQueryExecution").len(),
            1,
            "{said}"
        );
        if refused {
            assert_snapshot!(said, @"
            stopping … (once more ends at once)
            error: query `00000000-0000-4000-8000-000000000000` could not be stopped: it may go on reading
              because: Amazon Athena refused `athena:StopQueryExecution` on workgroup `primary`: AccessDeniedException: User: x is not authorized (request 11111111-2222-3333-4444-555555555555)

            hint: `aws athena stop-query-execution --query-execution-id 00000000-0000-4000-8000-000000000000`
            ");
        } else {
            assert!(
                said.contains("stopped: the query was stopped too"),
                "{said}"
            );
        }
    }
}

#[test]
fn the_database_is_the_only_one_unless_it_is_named() {
    let ground = Ground::built();
    assert_snapshot!(ground.ask(&[]).fails(1), @"
    exit 1
    --- stderr
    error: lake `s3://lake/covid` is in no database that Athena could ask

    hint: `ctlake register --database covidx --lake s3://lake/covid`, or name one: `--database covidx`
    ");
    ground.ctlake(&["register", "--database", "covidx"]).ok();
    ground.ctlake(&["register", "--database", "other"]).ok();
    assert_snapshot!(ground.ask(&[]).fails(2), @"
    exit 2
    --- stderr
    error: expected `--database`, since lake `s3://lake/covid` is in several: `covidx`, `other`

    hint: `--database covidx`
    ");
    ground.athena.answers("FROM patients", names());
    for database in ["other", "elsewhere"] {
        ground.ask(&["--database", database]).ok();
        let asked = ground.athena.inputs("StartQueryExecution");
        let context = &asked.last().expect("a query")["QueryExecutionContext"];
        assert_eq!(context["Database"], database);
    }
}

#[test]
fn an_older_snapshot_in_the_catalog_is_said() {
    let ground = Ground::answering(names());
    ground.ctlake(&["build", "--force"]).ok();
    assert_snapshot!(ground.ask(&["--limit", "1"]).ok(), @"
    exit 0
    --- stdout
    name,n
    a,1
    --- stderr
    warning: database `covidx` shows entry 1, the lake is at entry 2: `ctlake register --database covidx` brings it there
    Athena: [SIZE] read in [TIME], [SIZE] billed: 0.00005 USD at 5 USD a TB (query 00000000-0000-4000-8000-000000000000)
    ");
    let denied = (400, "AccessDeniedException", "User: x is not authorized");
    ground.glue.state().refused = vec![("GetDatabase", denied)];
    assert_snapshot!(ground.ask(&["--limit", "1"]).ok(), @"
    exit 0
    --- stdout
    name,n
    a,1
    --- stderr
    warning: cannot tell which snapshot database `covidx` shows: AWS Glue refused `glue:GetDatabase` on `covidx`: AccessDeniedException: User: x is not authorized (request 11111111-2222-3333-4444-555555555555)
    Athena: [SIZE] read in [TIME], [SIZE] billed: 0.00005 USD at 5 USD a TB (query 00000000-0000-4000-8000-000000000001)
    ");
}

#[test]
fn what_athena_can_not_do_is_refused() {
    let ground = Ground::registered();
    assert_snapshot!(ground.ask(&["--snapshot", "1"]).fails(2), @"
    exit 2
    --- stderr
    error: `--snapshot` is for `--engine datafusion`: Athena has the snapshot that is registered, and no other

    hint: `--engine datafusion`; or `ctlake snapshots rollback` and `ctlake register`
    ");
    let drop = [
        "sql",
        "EXPLAIN ANALYZE DROP TABLE patients",
        "--engine",
        "athena",
    ];
    assert_snapshot!(ground.ctlake(&drop).fails(1), @"
    exit 1
    --- stderr
    error: expected a query, got `DROP TABLE`

    hint: the tables are read-only: SELECT, WITH, SHOW TABLES or EXPLAIN
    ");
    let long = format!("SELECT '{}'", "x".repeat(262_144));
    let said = ground.lake.run({
        let mut command = ground.command(&["sql", "-", "--engine", "athena"]);
        let file = ground.lake.path("long.sql");
        std::fs::write(&file, long).expect("a file");
        command.stdin(std::fs::File::open(file).expect("a file"));
        command
    });
    assert_snapshot!(said.fails(1), @"
    exit 1
    --- stderr
    error: expected a query of up to 262144 bytes, got 262153

    hint: make a view of a part of it, or join with a table instead of listing values
    ");
    assert!(ground.athena.inputs("StartQueryExecution").is_empty());

    let lake = Lake::built(&Dataset::small());
    assert_snapshot!(lake.ctlake(["sql", "SELECT 1", "--engine", "athena"]).fails(1), @"
    exit 1
    --- stderr
    error: expected a lake on S3, got `./lake`: Athena can't read a folder

    hint: `--engine datafusion` reads it; for Athena build the lake on S3: `--lake s3://bucket/prefix`
    ");
    for args in [
        &["--max-scan", "1GB"][..],
        &["--engine", "athena", "--auto-above", "1GB"],
        &["--engine", "athena", "--output-location", "/tmp"],
    ] {
        lake.ctlake([&["sql", "SELECT 1"], args].concat()).fails(2);
    }
}

#[test]
fn a_summary_for_programs_where_the_answer_goes_to_a_file() {
    let ground = Ground::answering(names());
    let said = ground.ask(&["--json", "--output", "answer.csv"]).ok();
    let summary = said.json_lines().pop().expect("a summary");
    assert_eq!(summary["command"], "sql");
    let bill = &summary["summary"]["athena"];
    assert_eq!(
        summary["summary"],
        json!({"engine": "athena", "rows": 5, "output": "answer.csv", "athena": bill})
    );
    assert_eq!(
        *bill,
        json!({
            "query": "00000000-0000-4000-8000-000000000000",
            "database": "covidx",
            "workgroup": "primary",
            "scanned_bytes": 1_700_000,
            "billed_bytes": 10_000_000,
            "usd": 0.000_05,
            "seconds": 1.234,
            "queued_seconds": 0.1,
        })
    );
    let events = said.json_lines();
    let progress: Vec<&Value> = events
        .iter()
        .filter(|event| event["event"] == "progress")
        .collect();
    assert_eq!(progress.last().expect("progress")["task"], "Athena reads");
}

#[cfg(feature = "sql")]
#[test]
fn the_program_chooses_and_says_why() {
    let ground = Ground::built();
    ground.athena.answers("FROM patients", names());
    let auto = |args: &[&str]| {
        let sql = "SELECT COUNT(*) AS n FROM patients";
        ground.ctlake(&[&["sql", sql, "--engine", "auto"], args].concat())
    };
    assert_snapshot!(auto(&[]).ok(), @"
    exit 0
    --- stdout
    n
    5
    --- stderr
    DataFusion answers: the lake is in no database that Athena could ask
    ");
    ground.ctlake(&["register"]).ok();
    assert_snapshot!(auto(&[]).ok().stdout(), @"
    n
    5
    ");
    assert_snapshot!(auto(&["--auto-above", "1kB"]).ok().stdout(), @r#"
    name,n
    a,1
    ,2
    ,3
    "say ""hi"", you
    and me",
    name,5
    "#);
    assert_snapshot!(auto(&["--auto-above", "1kB", "--snapshot", "1"]).ok(), @"
    exit 0
    --- stdout
    n
    5
    --- stderr
    DataFusion answers: Athena has the registered snapshot, and no other
    ");
    ground.ctlake(&["build", "--force"]).ok();
    assert_snapshot!(auto(&["--auto-above", "1kB"]).ok(), @"
    exit 0
    --- stdout
    n
    5
    --- stderr
    DataFusion answers: database `covidx` does not show the current snapshot
    ");
    assert_eq!(ground.athena.inputs("StartQueryExecution").len(), 1);
    let lake = Lake::built(&Dataset::small());
    assert_snapshot!(lake.ctlake(["sql", "SELECT 1 AS one", "--engine", "auto"]).ok(), @"
    exit 0
    --- stdout
    one
    1
    --- stderr
    DataFusion answers: Athena can't read a folder
    ");
}
