//! `ctlake demo`.

use std::path::Path;

use serde_json::json;

use super::super::args::RowFormat;
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, rows, summary};
use crate::datasets::{self, SampleOptions};
use crate::ingest;
use crate::lake::{Location, snapshots};
use crate::ops::run::{self, BuildOutcome, RunOptions};
use crate::ops::sample::write_folder;
use crate::query;
use crate::readable;

const SEED: u64 = 1;

pub(super) async fn run(context: &Context, dir: &Path) -> Result<ExitCode, Failure> {
    let terminal = context.terminal;
    let (dataset, lake_dir) = (dir.join("dataset"), dir.join("lake"));
    let kind = datasets::default();
    let demo = kind.demo();
    let sample = kind.sample(&SampleOptions {
        patients: demo.patients,
        seed: SEED,
        release: demo.release.parse().expect("the name of a release"),
    });
    terminal.say(&format!(
        "making a synthetic dataset in {}",
        dataset.display()
    ));
    write_folder(&*sample, &dataset).map_err(|error| Failure::file("write", &dataset, &error))?;
    let lake = datasets::create(&Location::Folder(lake_dir.clone())).await?;
    let options = RunOptions::default();
    let plan = ingest::plan(&lake, &dataset, &options.ingest).await?;
    let done = run::run(
        datasets::of(&lake),
        &lake,
        plan,
        &options,
        terminal.progress(),
        &context.stop,
    )
    .await?;
    terminal.say(summary::ingest(&done.ingest).trim_end());
    match &done.build {
        Some(BuildOutcome::Built(build)) => terminal.say(summary::build(build).trim_end()),
        _ => terminal.say("the tables are up to date"),
    }
    let entry = snapshots::resolve(&lake, None).await?;
    match query::engine(&lake, &entry) {
        Ok(engine) if !terminal.json => {
            for (question, sql) in demo.questions {
                let answer = engine.query(sql, None).await?;
                Terminal::text(&format!("\n{question}\n"))?;
                Terminal::write(|out| rows::write(&answer, RowFormat::Table, out))?;
            }
        }
        Ok(_) => {}
        Err(error) => terminal.say(&format!("no questions asked: {error}")),
    }
    let lake = lake_dir.display().to_string();
    let lake = readable::argument(&lake);
    let text = format!(
        "\nnext: ctlake sql \"{}\" --lake {lake}\n      ctlake snapshots list --lake {lake}\n      ctlake status --lake {lake}",
        demo.next
    );
    terminal.summary("demo", &json!({"lake": lake_dir, "run": done}), &text)?;
    Ok(ExitCode::Done)
}
