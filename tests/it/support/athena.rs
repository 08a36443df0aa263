//! A server that speaks Amazon Athena, in the process of the tests: it answers what a test has told it to, and is strict about
//! how it is asked.
//!
//! A field that Athena doesn't know, a token that is too short, a workgroup that isn't there, an answer that is fetched before there
//! is one: each is refused or ends the test. A token that comes again gives the query that it began. The answer stands in pages and,
//! unless the workgroup manages answers itself, as CSV on S3. `tests/conformance` has a server that runs the SQL.

use std::collections::{BTreeMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::glue::Refusal;
use super::s3::{REGION, S3Server};

/// What stands in the place of an address where answers go.
pub(crate) const ANSWERS: &str = "s3://lake/answers/";

/// A running server with the workgroup `primary`.
pub(crate) struct AthenaServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

/// Takes a key and what to put there.
type Put = dyn Fn(&str, Bytes) + Send + Sync;

struct Shared {
    state: Mutex<State>,
    /// A request has been answered.
    answered: Condvar,
    /// Puts an object on S3.
    put: Box<Put>,
}

/// What there is, and what goes wrong on purpose.
#[derive(Default)]
pub(crate) struct State {
    /// The configurations of the workgroups.
    pub(crate) workgroups: BTreeMap<String, Value>,
    /// What is answered to a statement that holds a text; the first that fits.
    scripts: Vec<(String, Script)>,
    queries: Vec<Query>,
    /// What was asked for, in order.
    pub(crate) requests: Vec<(String, Value)>,
    /// Answered so, once each, when their operation is asked for.
    pub(crate) refusals: VecDeque<(&'static str, Refusal)>,
    /// Answered so whenever their operation is asked for.
    pub(crate) refused: Vec<(&'static str, Refusal)>,
    /// Operations that are carried out and answered with an error, once each.
    pub(crate) lost: Vec<&'static str>,
    /// What stands in the file of an answer, in the place of the answer.
    pub(crate) damage: Option<&'static str>,
    /// Rows of a page, if that is fewer than were asked for.
    pub(crate) page: Option<usize>,
}

/// What a statement is answered.
#[derive(Clone)]
pub(crate) struct Script {
    /// `DML`, `DDL` or `UTILITY`.
    pub(crate) kind: &'static str,
    /// Names and types.
    pub(crate) columns: Vec<(&'static str, &'static str)>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
    /// So often somebody finds it running.
    pub(crate) looks: u64,
    /// Bytes that it reads between two looks.
    pub(crate) scanned: u64,
    pub(crate) end: End,
}

/// How a query ends.
#[derive(Clone)]
pub(crate) enum End {
    Succeeded,
    /// With this reason, and whether Athena says that it may work the next time.
    Failed(&'static str, bool),
    Cancelled(&'static str),
}

#[derive(Clone)]
struct Query {
    token: String,
    input: Value,
    script: Script,
    looks: u64,
    stopped: bool,
    /// Where the answer is, if it isn't managed.
    location: Option<String>,
}

impl Script {
    /// An answer with these columns and rows, `NULL` for NULL, after one look.
    pub(crate) fn rows(columns: &[(&'static str, &'static str)], rows: &[&[&str]]) -> Self {
        let value = |text: &&str| (*text != "NULL").then(|| (*text).to_owned());
        Self {
            kind: "DML",
            columns: columns.to_vec(),
            rows: rows
                .iter()
                .map(|row| row.iter().map(value).collect())
                .collect(),
            looks: 1,
            scanned: 1_700_000,
            end: End::Succeeded,
        }
    }

    /// One that runs until it is stopped, if nothing else ends it.
    pub(crate) fn running(scanned: u64) -> Self {
        Self {
            looks: u64::MAX,
            scanned,
            ..Self::rows(&[], &[])
        }
    }

    pub(crate) fn failing(reason: &'static str, retryable: bool) -> Self {
        Self {
            end: End::Failed(reason, retryable),
            ..Self::rows(&[], &[])
        }
    }
}

impl AthenaServer {
    pub(crate) fn start(s3: &S3Server) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("athena-server")
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let primary = json!({"ResultConfiguration": {"OutputLocation": ANSWERS}});
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                workgroups: BTreeMap::from([("primary".to_owned(), primary)]),
                ..State::default()
            }),
            answered: Condvar::new(),
            put: Box::new(s3.writer()),
        });
        runtime.spawn(accept(listener, Arc::clone(&shared)));
        Self {
            address,
            shared,
            runtime: Some(runtime),
        }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }

    /// What is answered to statements that hold `text`.
    pub(crate) fn answers(&self, text: &str, script: Script) {
        self.state().scripts.push((text.to_owned(), script));
    }

    /// The workgroup `primary` with these settings.
    pub(crate) fn primary(&self, configuration: Value) {
        let mut state = self.state();
        state.workgroups.insert("primary".to_owned(), configuration);
    }

    /// What was asked for since the last call: the operations in order, each once in a row.
    pub(crate) fn take_operations(&self) -> Vec<String> {
        let requests = std::mem::take(&mut self.state().requests);
        let mut names: Vec<String> = requests.into_iter().map(|(name, _)| name).collect();
        names.dedup();
        names
    }

    /// The inputs of one operation so far.
    pub(crate) fn inputs(&self, operation: &str) -> Vec<Value> {
        let state = self.state();
        let asked = state.requests.iter();
        asked
            .filter(|(name, _)| name == operation)
            .map(|(_, input)| input.clone())
            .collect()
    }

    /// Blocks until `operation` was answered so many times.
    pub(crate) fn wait_for(&self, operation: &str, times: usize) {
        let asked = |state: &State| {
            let requests = state.requests.iter();
            requests.filter(|(name, _)| name == operation).count()
        };
        let state = self.state();
        let waited = self
            .shared
            .answered
            .wait_while(state, |state| asked(state) < times);
        drop(waited);
    }
}

impl Drop for AthenaServer {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let shared = Arc::clone(&shared);
        let service = service_fn(move |request| {
            let shared = Arc::clone(&shared);
            async move { Ok::<_, hyper::Error>(answer(request, &shared).await) }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection);
    }
}

async fn answer(request: Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    let header = |name: &str| {
        let value = request.headers().get(name).expect(name);
        value.to_str().expect("text").to_owned()
    };
    assert_eq!(header("content-type"), "application/x-amz-json-1.1");
    let scope = format!("/{REGION}/athena/aws4_request");
    assert!(
        header("authorization").contains(&scope),
        "signed for another service"
    );
    let target = header("x-amz-target");
    let operation = target
        .strip_prefix("AmazonAthena.")
        .expect("an operation of Athena")
        .to_owned();
    let body = request.into_body().collect().await.expect("a body");
    let input: Value = serde_json::from_slice(&body.to_bytes()).expect("JSON");
    let answer = {
        let mut state = shared.state.lock().unwrap();
        state.requests.push((operation.clone(), input.clone()));
        let answer = state.serve(&operation, &input, &*shared.put);
        shared.answered.notify_all();
        answer
    };
    let (status, body) = match answer {
        Ok(body) => (200, body),
        Err((status, code, message)) => (
            status,
            json!({"__type": code, "Message": message, "AthenaErrorCode": "INVALID_INPUT"}),
        ),
    };
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amzn-requestid", "11111111-2222-3333-4444-555555555555")
        .body(Full::new(Bytes::from(body.to_string())))
        .expect("a response")
}

const fn invalid(message: &'static str) -> Refusal {
    (400, "InvalidRequestException", message)
}

impl State {
    fn serve(&mut self, operation: &str, input: &Value, put: &Put) -> Result<Value, Refusal> {
        let once = self.refusals.iter().position(|(on, _)| *on == operation);
        if let Some((_, refusal)) = once.and_then(|at| self.refusals.remove(at)) {
            return Err(refusal);
        }
        if let Some((_, refusal)) = self.refused.iter().find(|(on, _)| *on == operation) {
            return Err(*refusal);
        }
        let answer = match operation {
            "GetWorkGroup" => self.workgroup(input),
            "StartQueryExecution" => self.start(input, put),
            "GetQueryExecution" => self.execution(input),
            "StopQueryExecution" => {
                fields(input, &["QueryExecutionId"]);
                self.query(input)?.stopped = true;
                Ok(json!({}))
            }
            "GetQueryResults" => self.results(input),
            other => panic!("{other} is not to be asked for"),
        };
        if let Some(at) = self.lost.iter().position(|lost| *lost == operation) {
            self.lost.remove(at);
            return Err((500, "InternalServerException", "Please try again."));
        }
        answer
    }

    fn workgroup(&self, input: &Value) -> Result<Value, Refusal> {
        fields(input, &["WorkGroup"]);
        let name = text(input, "WorkGroup");
        let configuration = self
            .workgroups
            .get(name)
            .ok_or(invalid("WorkGroup is not found."))?;
        Ok(json!({"WorkGroup": {"Name": name, "State": "ENABLED", "Configuration": configuration}}))
    }

    fn start(&mut self, input: &Value, put: &Put) -> Result<Value, Refusal> {
        fields(
            input,
            &[
                "QueryString",
                "ClientRequestToken",
                "QueryExecutionContext",
                "WorkGroup",
                "ResultConfiguration",
            ],
        );
        let sql = text(input, "QueryString");
        assert!((1..=262_144).contains(&sql.len()), "{} bytes", sql.len());
        let token = text(input, "ClientRequestToken");
        assert!((32..=128).contains(&token.len()), "{token}");
        fields(&input["QueryExecutionContext"], &["Catalog", "Database"]);
        assert_eq!(input["QueryExecutionContext"]["Catalog"], "AwsDataCatalog");
        if let Some(known) = self.queries.iter().position(|query| query.token == token) {
            assert_eq!(self.queries[known].input, *input, "a token for two queries");
            return Ok(json!({"QueryExecutionId": id(known)}));
        }
        let group = self
            .workgroups
            .get(text(input, "WorkGroup"))
            .ok_or(invalid("WorkGroup is not found."))?;
        let managed = group["ManagedQueryResultsConfiguration"]["Enabled"] == true;
        let place = [input, group]
            .into_iter()
            .find_map(|from| from["ResultConfiguration"]["OutputLocation"].as_str());
        if place.is_none() && !managed {
            return Err(invalid(
                "No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.",
            ));
        }
        if sql.contains("FORM ") {
            return Err(invalid(
                "line 1:10: mismatched input 'FORM'. Expecting: ',', 'FROM', <EOF>",
            ));
        }
        let scripts = self.scripts.iter();
        let (_, script) = scripts
            .rev()
            .find(|(part, _)| sql.contains(part))
            .unwrap_or_else(|| panic!("no answer to {sql}"));
        let number = self.queries.len();
        let extension = if script.kind == "DML" { "csv" } else { "txt" };
        let location = place.map(|place| format!("{place}{}.{extension}", id(number)));
        if let Some(location) = &location {
            let key = location.strip_prefix("s3://lake/").expect("the bucket");
            put(key, self.damage.map_or_else(|| script.csv(), Bytes::from));
        }
        self.queries.push(Query {
            token: token.to_owned(),
            input: input.clone(),
            script: script.clone(),
            looks: 0,
            stopped: false,
            location,
        });
        Ok(json!({"QueryExecutionId": id(number)}))
    }

    fn execution(&mut self, input: &Value) -> Result<Value, Refusal> {
        fields(input, &["QueryExecutionId"]);
        let query = self.query(input)?;
        query.looks += 1;
        let Script {
            kind,
            looks,
            scanned,
            ref end,
            ..
        } = query.script;
        let runs = query.looks <= looks && !query.stopped;
        let (state, reason, retryable) = match end {
            _ if query.stopped => ("CANCELLED", "Query cancelled by user", false),
            _ if query.looks == 1 && runs => ("QUEUED", "", false),
            _ if runs => ("RUNNING", "", false),
            End::Succeeded => ("SUCCEEDED", "", false),
            End::Failed(reason, retryable) => ("FAILED", *reason, *retryable),
            End::Cancelled(reason) => ("CANCELLED", *reason, false),
        };
        let mut status = json!({"State": state, "SubmissionDateTime": 1.5e9});
        if !reason.is_empty() {
            status["StateChangeReason"] = reason.into();
        }
        if state == "FAILED" {
            status["AthenaError"] = json!({"ErrorCategory": 2, "ErrorType": 1301,
                "Retryable": retryable, "ErrorMessage": reason});
        }
        let mut found = json!({
            "QueryExecutionId": input["QueryExecutionId"],
            "Query": query.input["QueryString"],
            "StatementType": kind,
            "Status": status,
            "Statistics": {
                "DataScannedInBytes": scanned * query.looks.min(looks.max(1)),
                "TotalExecutionTimeInMillis": 1234,
                "QueryQueueTimeInMillis": 100,
            },
            "WorkGroup": query.input["WorkGroup"],
        });
        if let Some(location) = &query.location {
            found["ResultConfiguration"] = json!({"OutputLocation": location});
        }
        Ok(json!({"QueryExecution": found}))
    }

    fn results(&mut self, input: &Value) -> Result<Value, Refusal> {
        fields(input, &["QueryExecutionId", "MaxResults", "NextToken"]);
        let most = input["MaxResults"].as_u64().unwrap_or(1000) as usize;
        assert!((1..=1000).contains(&most), "{most} rows");
        let page = self.page.map_or(most, |page| page.min(most));
        let query = self.query(input)?;
        let Query { script, looks, .. } = query;
        if *looks <= script.looks || !matches!(script.end, End::Succeeded) {
            return Err(invalid("Query has not yet finished."));
        }
        let names = script
            .columns
            .iter()
            .map(|(name, _)| Some((*name).to_owned()));
        let mut rows: VecDeque<Vec<Option<String>>> = script.rows.clone().into();
        if script.kind == "DML" {
            rows.push_front(names.collect());
        }
        let begin: usize = input["NextToken"]
            .as_str()
            .map_or(0, |token| token.parse().expect("ours"));
        let shown = rows.iter().skip(begin).take(page);
        let data = |value: &Option<String>| match value {
            Some(text) => json!({"VarCharValue": text}),
            None => json!({}),
        };
        let shown: Vec<Value> = shown
            .map(|row| json!({"Data": row.iter().map(data).collect::<Vec<Value>>()}))
            .collect();
        let columns: Vec<Value> = script.columns.iter().map(column).collect();
        let mut answer = json!({"ResultSet": {
            "Rows": shown,
            "ResultSetMetadata": {"ColumnInfo": columns},
        }, "UpdateCount": 0});
        if begin + page < rows.len() {
            answer["NextToken"] = (begin + page).to_string().into();
        }
        Ok(answer)
    }

    fn query(&mut self, input: &Value) -> Result<&mut Query, Refusal> {
        let wanted = text(input, "QueryExecutionId");
        let number = (0..self.queries.len()).find(|number| id(*number) == wanted);
        let number = number.ok_or(invalid("QueryExecution was not found"))?;
        Ok(&mut self.queries[number])
    }
}

impl Script {
    /// As Athena keeps it on S3.
    fn csv(&self) -> Bytes {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let value = |value: &Option<String>| value.as_deref().map_or(String::new(), quoted);
        let names: Vec<String> = self.columns.iter().map(|(name, _)| quoted(name)).collect();
        let mut lines = vec![names.join(",")];
        let rows = self.rows.iter();
        lines.extend(rows.map(|row| row.iter().map(value).collect::<Vec<_>>().join(",")));
        Bytes::from(lines.join("\n") + "\n")
    }
}

/// `decimal` has five digits, two of them behind the point.
fn column((name, kind): &(&str, &str)) -> Value {
    let (precision, scale) = if *kind == "decimal" { (5, 2) } else { (0, 0) };
    json!({"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name,
        "Type": kind, "Precision": precision, "Scale": scale, "Nullable": "UNKNOWN", "CaseSensitive": false})
}

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// Nothing but these fields.
#[track_caller]
fn fields(input: &Value, known: &[&str]) {
    for name in input.as_object().expect("an object").keys() {
        assert!(known.contains(&name.as_str()), "unknown field {name}");
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
