//! Many questions in one process, for `tests/conformance/sql_conformance.py`, which compares the answers with DuckDB's.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use arrow::json::LineDelimitedWriter;
use ctlake::lake::{Location, snapshots};
use ctlake::query::{Answer, Engine, differs, engine};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

/// The questions of the file that `CTLAKE_QUESTIONS` names, a line each, asked of the lake in `CTLAKE_QUESTIONS_LAKE`: one line of
/// JSON each in the file beside it, with what Athena answers otherwise.
#[test]
fn questions_of_a_file() {
    let Some(questions) = env::var_os("CTLAKE_QUESTIONS").map(PathBuf::from) else {
        println!("skipped: CTLAKE_QUESTIONS is not set");
        return;
    };
    let lake = env::var("CTLAKE_QUESTIONS_LAKE").expect("CTLAKE_QUESTIONS_LAKE names a lake");
    let location: Location = lake.parse().expect("the place of a lake");
    let text = fs::read_to_string(&questions).expect("a file of questions");
    let answers = Runtime::new().expect("a runtime").block_on(async {
        let lake = ctlake::datasets::open(&location).await.expect("a lake");
        let entry = snapshots::resolve(&lake, None).await.expect("a snapshot");
        let engine = engine(&lake, &entry).expect("an engine");
        let mut answers = String::new();
        for question in text.lines() {
            let answer = ask(engine.as_ref(), question).await;
            writeln!(answers, "{answer}").expect("memory");
        }
        answers
    });
    fs::write(questions.with_extension("answers"), answers).expect("a file for the answers");
}

async fn ask(engine: &dyn Engine, question: &str) -> Value {
    let differs = differs(question);
    match engine.query(question, None).await {
        Ok(answer) => json!({ "rows": rows(&answer), "differs": differs }),
        Err(error) => json!({ "error": error.to_string(), "differs": differs }),
    }
}

fn rows(answer: &Answer) -> Vec<Vec<Value>> {
    let names = answer.schema.fields().iter().map(|field| field.name());
    let names: Vec<&String> = names.collect();
    let mut lines = Vec::new();
    let mut writer = LineDelimitedWriter::new(&mut lines);
    for batch in &answer.batches {
        writer.write(batch).expect("rows in JSON");
    }
    writer.finish().expect("rows in JSON");
    let lines = String::from_utf8(lines).expect("JSON is text");
    let row = |line: &str| -> Vec<Value> {
        let row: Map<String, Value> = serde_json::from_str(line).expect("a row in JSON");
        let value = |name: &&String| row.get(*name).cloned().unwrap_or(Value::Null);
        names.iter().map(value).collect()
    };
    lines.lines().map(row).collect()
}
