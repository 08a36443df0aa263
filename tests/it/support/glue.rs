//! A server that speaks AWS Glue, in the process of the tests: as strict as Glue where that decides whether a plan is right.
//!
//! A stale version is refused, batches have their limits, listings come in pages, comments have a longest length, and partitions as
//! many values as their table has keys. It knows no signatures: `tests/conformance` has a server that does.

use std::collections::{BTreeMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};

/// What a page holds at the most: little, so that tests turn pages.
const PAGE: usize = 3;

/// An error that is given in the place of an answer.
pub(crate) type Refusal = (u16, &'static str, &'static str);

/// A running server with an empty catalog.
#[derive(Debug)]
pub(crate) struct GlueServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    runtime: Option<Runtime>,
}

/// What is done to a catalog behind its client's back.
type Meddling = Box<dyn FnMut(&mut State) + Send>;

/// The catalog, and what goes wrong on purpose.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) databases: BTreeMap<String, BTreeMap<String, Table>>,
    /// The operations that were asked for, in order.
    pub(crate) requests: Vec<String>,
    /// Answered so, once each, when their operation is asked for.
    pub(crate) refusals: VecDeque<(&'static str, Refusal)>,
    /// Answered so whenever their operation is asked for.
    pub(crate) refused: Vec<(&'static str, Refusal)>,
    /// Partitions that a batch doesn't take, by their first value, once each.
    pub(crate) bad_partitions: Vec<String>,
    /// Done just before an operation is carried out.
    before: Option<(&'static str, Meddling)>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("databases", &self.databases)
            .finish_non_exhaustive()
    }
}

/// A table: what its `TableInput` said, its version, its partitions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) input: Value,
    pub(crate) version: u64,
    pub(crate) partitions: BTreeMap<Vec<String>, Value>,
}

impl GlueServer {
    pub(crate) fn start() -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("glue-server")
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let state = Arc::<Mutex<State>>::default();
        runtime.spawn(accept(listener, Arc::clone(&state)));
        Self {
            address,
            state,
            runtime: Some(runtime),
        }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The catalog, to look at it or to change it behind every client's back.
    pub(crate) fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// A table as it is.
    #[track_caller]
    pub(crate) fn table(&self, name: &str) -> Table {
        self.state().databases["covidx"][name].clone()
    }

    /// The operations since the last call.
    pub(crate) fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state().requests)
    }

    /// Does something to the catalog just before each `operation` is carried out.
    pub(crate) fn before(
        &self,
        operation: &'static str,
        meddling: impl FnMut(&mut State) + Send + 'static,
    ) {
        self.state().before = Some((operation, Box::new(meddling)));
    }
}

impl Drop for GlueServer {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let state = Arc::clone(&state);
        let service = service_fn(move |request| {
            let state = Arc::clone(&state);
            async move { Ok::<_, hyper::Error>(answer(request, &state).await) }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection);
    }
}

async fn answer(request: Request<Incoming>, state: &Mutex<State>) -> Response<Full<Bytes>> {
    let target = request.headers().get("x-amz-target").expect("a target");
    let target = target.to_str().expect("text").to_owned();
    let operation = target
        .strip_prefix("AWSGlue.")
        .expect("an operation of Glue")
        .to_owned();
    let body = request
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    let input: Value = serde_json::from_slice(&body).expect("JSON");
    let answer = state.lock().unwrap().serve(&operation, &input);
    let (status, body) = match answer {
        Ok(body) => (200, body),
        Err((status, code, message)) => (status, json!({"__type": code, "Message": message})),
    };
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amzn-requestid", "11111111-2222-3333-4444-555555555555")
        .body(Full::new(Bytes::from(body.to_string())))
        .expect("a response")
}

const NOT_FOUND: Refusal = (400, "EntityNotFoundException", "Entity Not Found");
const EXISTS: Refusal = (400, "AlreadyExistsException", "Already exists.");
const INVALID: Refusal = (400, "InvalidInputException", "Invalid input.");
const STALE: Refusal = (
    400,
    "ConcurrentModificationException",
    "Update table failed due to concurrent modifications.",
);

impl State {
    fn serve(&mut self, operation: &str, input: &Value) -> Result<Value, Refusal> {
        self.requests.push(operation.to_owned());
        if let Some((on, mut meddling)) = self.before.take() {
            if on == operation {
                meddling(self);
            }
            self.before = Some((on, meddling));
        }
        let once = self.refusals.iter().position(|(on, _)| *on == operation);
        if let Some((_, refusal)) = once.and_then(|at| self.refusals.remove(at)) {
            return Err(refusal);
        }
        if let Some((_, refusal)) = self.refused.iter().find(|(on, _)| *on == operation) {
            return Err(*refusal);
        }
        match operation {
            "GetDatabase" => {
                let name = text(input, "Name");
                self.tables(name)?;
                Ok(json!({"Database": {"Name": name}}))
            }
            "CreateDatabase" => {
                let name = text(&input["DatabaseInput"], "Name").to_owned();
                if self.databases.contains_key(&name) {
                    return Err(EXISTS);
                }
                self.databases.insert(name, BTreeMap::new());
                Ok(json!({}))
            }
            "GetTables" => {
                let tables = self.tables(text(input, "DatabaseName"))?;
                let names: Vec<&str> = text(input, "Expression").split('|').collect();
                let found = tables
                    .iter()
                    .filter(|(name, _)| names.contains(&name.as_str()));
                Ok(page(
                    input,
                    "TableList",
                    found.map(|(_, table)| table.output()).collect(),
                ))
            }
            "CreateTable" => {
                let table = input["TableInput"].clone();
                check(&table)?;
                let tables = self.tables(text(input, "DatabaseName"))?;
                let name = text(&table, "Name").to_owned();
                if tables.contains_key(&name) {
                    return Err(EXISTS);
                }
                tables.insert(
                    name,
                    Table {
                        input: table,
                        ..Table::default()
                    },
                );
                Ok(json!({}))
            }
            "UpdateTable" => {
                let new = input["TableInput"].clone();
                check(&new)?;
                let table = self.table_of(text(input, "DatabaseName"), text(&new, "Name"))?;
                if text(input, "VersionId") != table.version.to_string() {
                    return Err(STALE);
                }
                table.input = new;
                table.version += 1;
                Ok(json!({}))
            }
            "GetPartitions" => {
                let table = self.table_of(text(input, "DatabaseName"), text(input, "TableName"))?;
                let partitions = table.partitions.values().cloned().collect();
                Ok(page(input, "Partitions", partitions))
            }
            "BatchCreatePartition" => {
                self.batch(input, "PartitionInputList", 100, "Values", create)
            }
            "BatchUpdatePartition" => {
                self.batch(input, "Entries", 100, "PartitionValueList", update)
            }
            "BatchDeletePartition" => self.batch(input, "PartitionsToDelete", 25, "Values", delete),
            other => panic!("{other} is not to be asked for"),
        }
    }

    fn tables(&mut self, database: &str) -> Result<&mut BTreeMap<String, Table>, Refusal> {
        self.databases.get_mut(database).ok_or(NOT_FOUND)
    }

    fn table_of(&mut self, database: &str, table: &str) -> Result<&mut Table, Refusal> {
        self.tables(database)?.get_mut(table).ok_or(NOT_FOUND)
    }

    fn batch(
        &mut self,
        input: &Value,
        list: &str,
        limit: usize,
        values: &str,
        change: fn(&mut Table, Vec<String>, &Value) -> Result<(), Refusal>,
    ) -> Result<Value, Refusal> {
        let items = input[list].as_array().ok_or(INVALID)?;
        if items.is_empty() || items.len() > limit {
            return Err(INVALID);
        }
        let mut bad = std::mem::take(&mut self.bad_partitions);
        let table = self.table_of(text(input, "DatabaseName"), text(input, "TableName"))?;
        let keys = table.input["PartitionKeys"].as_array().map_or(0, Vec::len);
        let mut errors = Vec::new();
        for item in items {
            let strings = item[values].as_array().ok_or(INVALID)?.iter();
            let strings: Vec<String> = strings
                .map(|value| value.as_str().expect("text").to_owned())
                .collect();
            let hit = bad.iter().position(|first| *first == strings[0]);
            let outcome = if let Some(at) = hit {
                bad.remove(at);
                Err((500, "InternalServiceException", "Please try again."))
            } else if strings.len() == keys {
                change(table, strings.clone(), item)
            } else {
                return Err(INVALID);
            };
            if let Err((_, code, message)) = outcome {
                let mut error = Map::new();
                let name = if list == "Entries" {
                    "PartitionValueList"
                } else {
                    "PartitionValues"
                };
                error.insert(name.to_owned(), json!(strings));
                let detail = json!({"ErrorCode": code, "ErrorMessage": message});
                error.insert("ErrorDetail".to_owned(), detail);
                errors.push(Value::Object(error));
            }
        }
        self.bad_partitions = bad;
        Ok(json!({"Errors": errors}))
    }
}

impl Table {
    fn output(&self) -> Value {
        let mut output = self.input.clone();
        output["VersionId"] = self.version.to_string().into();
        output
    }

    pub(crate) fn location(&self) -> &str {
        text(&self.input["StorageDescriptor"], "Location")
    }

    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.input["Parameters"][name].as_str().unwrap_or_default()
    }
}

fn create(table: &mut Table, values: Vec<String>, item: &Value) -> Result<(), Refusal> {
    if table.partitions.contains_key(&values) {
        return Err(EXISTS);
    }
    table.partitions.insert(values, item.clone());
    Ok(())
}

fn update(table: &mut Table, values: Vec<String>, item: &Value) -> Result<(), Refusal> {
    let partition = table.partitions.get_mut(&values).ok_or(NOT_FOUND)?;
    *partition = item["PartitionInput"].clone();
    Ok(())
}

fn delete(table: &mut Table, values: Vec<String>, _: &Value) -> Result<(), Refusal> {
    table
        .partitions
        .remove(&values)
        .map(|_| ())
        .ok_or(NOT_FOUND)
}

/// What Glue checks of a table.
fn check(table: &Value) -> Result<(), Refusal> {
    let columns = table["StorageDescriptor"]["Columns"]
        .as_array()
        .into_iter()
        .flatten();
    let keys = table["PartitionKeys"].as_array().into_iter().flatten();
    let mut columns = columns.chain(keys);
    let long = |text: &Value, limit| text.as_str().is_some_and(|text| text.len() > limit);
    let parameters = table["Parameters"].as_object().into_iter().flatten();
    if columns.any(|column| long(&column["Comment"], 255))
        || long(&table["Description"], 2048)
        || parameters
            .into_iter()
            .any(|(name, value)| name.len() > 255 || long(value, 512_000))
    {
        return Err(INVALID);
    }
    Ok(())
}

fn page(input: &Value, list: &str, items: Vec<Value>) -> Value {
    let begin: usize = input["NextToken"]
        .as_str()
        .map_or(0, |token| token.parse().expect("ours"));
    let end = (begin + PAGE).min(items.len());
    let mut answer = json!({list: items[begin..end]});
    if end < items.len() {
        answer["NextToken"] = end.to_string().into();
    }
    answer
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
