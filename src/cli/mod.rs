//! The command line: the only place that prints.

mod args;
mod commands;
mod exit_code;
mod failure;
mod output;
mod requests;
mod rewriter;
mod rows;
mod shell;
mod summary;
mod terminal;
mod version;

use std::process::ExitCode as ProcessExitCode;

use clap::FromArgMatches;
use clap::parser::ValueSource;
use tokio::runtime::Runtime;

use crate::progress::Stop;
use args::Args;
use exit_code::ExitCode;
use failure::Failure;
use terminal::Terminal;

/// What every command is given.
struct Context {
    lake: crate::lake::Location,
    /// Whether the lake was named, in the environment or on the command line.
    lake_named: bool,
    dry_run: bool,
    terminal: Terminal,
    stop: Stop,
}

impl Context {
    /// The same, for one of several things that can be stopped each for itself.
    fn with_stop(&self, stop: &Stop) -> Self {
        Self {
            lake: self.lake.clone(),
            stop: stop.clone(),
            ..*self
        }
    }

    /// JSON where `--json` is given, which is short for `--format json` with commands whose output is data.
    fn list_format(&self, format: args::ListFormat) -> args::ListFormat {
        if self.terminal.json {
            args::ListFormat::Json
        } else {
            format
        }
    }

    /// For what changes nothing, and so can be dropped when somebody asks to stop.
    async fn unless_stopped<T, E: Into<Failure>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            outcome = work => outcome.map_err(Into::into),
            () = self.stop.wait() => Err(Failure::stopped()),
        }
    }
}

/// Parses the command line, runs the command and says how it ended.
#[must_use]
pub fn main() -> ProcessExitCode {
    let matches = match Args::definition().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return Terminal::refuse(&error).into(),
    };
    let args = match Args::from_arg_matches(&matches) {
        Ok(args) => args,
        Err(error) => return Terminal::refuse(&error).into(),
    };
    let terminal = Terminal::new(args.json, args.quiet, args.verbose);
    requests::listen(terminal);
    let outcome = args
        .check(&matches)
        .and_then(|()| Runtime::new().map_err(Failure::from_io))
        .and_then(|runtime| {
            // It lives as long as the process, whose end is the end of its threads: nobody waits for those of a query that was
            // interrupted. They are not detached either, as `shutdown_background` would do: glibc before 2.38 reads what a
            // thread that ends just then has freed (its bug 19951).
            let runtime: &'static Runtime = Box::leak(Box::new(runtime));
            let lake_named = Args::lake_source(&matches) != ValueSource::DefaultValue;
            runtime.block_on(run(args, lake_named, terminal))
        });
    match outcome {
        Ok(code) => code.into(),
        Err(failure) => terminal.fail(&failure).into(),
    }
}

async fn run(args: Args, lake_named: bool, terminal: Terminal) -> Result<ExitCode, Failure> {
    let stop = Stop::default();
    let interrupts = !args.command.heeds_interrupts();
    let signals = tokio::spawn(watch_signals(stop.clone(), terminal, interrupts));
    let context = Context {
        lake: args.location()?,
        lake_named,
        dry_run: args.dry_run,
        terminal,
        stop: stop.clone(),
    };
    let heeds_stop = args.command.heeds_stop();
    let outcome = tokio::select! {
        outcome = commands::run(args.command, &context) => outcome,
        // Reading commands have nothing to clean up.
        () = stop.wait(), if !heeds_stop => Ok(ExitCode::Interrupted),
    };
    signals.abort();
    match outcome {
        Err(failure) if stop.requested() => Err(failure.interrupted()),
        outcome => outcome,
    }
}

/// The first Ctrl-C or SIGTERM asks the command to stop, the second ends the program at once. Without `interrupts` a Ctrl-C is
/// not listened to, and does nothing.
async fn watch_signals(stop: Stop, terminal: Terminal, interrupts: bool) {
    wait_for_signal(interrupts).await;
    terminal.say("stopping … (once more ends at once)");
    stop.request();
    wait_for_signal(interrupts).await;
    std::process::exit(ExitCode::Interrupted as i32);
}

#[cfg(unix)]
async fn wait_for_signal(interrupts: bool) {
    use tokio::signal::unix::{SignalKind, signal};
    match (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) {
        (Ok(mut interrupt), Ok(mut terminate)) => {
            tokio::select! {
                Some(()) = interrupt.recv(), if interrupts => {}
                _ = terminate.recv() => {}
            }
        }
        // Without handlers the system's own end the program.
        _ => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn wait_for_signal(interrupts: bool) {
    if !interrupts || tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
