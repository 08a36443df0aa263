//! One function a command: plan, print or execute, sum up.

mod build;
mod demo;
mod doctor;
mod fetch;
mod images;
mod ingest;
mod path;
mod powerbi;
mod register;
mod report;
mod run;
mod sample;
mod schema;
mod snapshots;
mod sql;
mod status;
mod verify;

use super::Context;
use super::args::{Args, Command};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::terminal::Terminal;

/// Runs one command.
pub(super) async fn run(command: Command, context: &Context) -> Result<ExitCode, Failure> {
    match command {
        Command::Demo { dir } => demo::run(context, &dir).await,
        Command::Sample(args) => sample::run(context, &args),
        Command::Run(args) => run::run(context, &args).await,
        Command::Fetch(args) => fetch::run(context, &args).await,
        Command::Ingest(args) => ingest::run(context, &args).await,
        Command::Verify(args) => verify::run(context, &args).await,
        Command::Build(args) => build::run(context, &args).await,
        Command::Snapshots { command } => snapshots::run(context, command).await,
        Command::Register(args) => register::run(context, &args).await,
        Command::Sql(args) => Box::pin(sql::run(context, args)).await,
        Command::Images(args) => images::run(context, &args).await,
        Command::Report(args) => report::run(context, &args).await,
        Command::Powerbi(args) => powerbi::run(context, &args),
        Command::Schema(args) => schema::run(context, &args).await,
        Command::Status { format } => status::run(context, format).await,
        Command::Doctor { format } => doctor::run(context, format).await,
        Command::Path { table, snapshot } => path::run(context, &table, snapshot.as_deref()).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::definition(), "ctlake", &mut script);
            Terminal::write(|out| out.write_all(&script)).map(|()| ExitCode::Done)
        }
    }
}
