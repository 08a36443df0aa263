//! What the user sees: data on stdout, everything said on stderr, events as JSON lines when asked for.
//!
//! What is for people goes through [`readable::lines`], whoever wrote the values in it. Data is exact in a pipe and in a file; on
//! a terminal it is escaped too.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use serde_json::json;

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::rewriter::Rewriter;
use super::summary;
use crate::progress::{Flow, Progress, Silent, Unit};
use crate::readable;

/// Lines of an error or a hint at the most: a query's plan fits.
const MOST_LINES: usize = 60;
/// Off a terminal progress is a line now and then.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// How output is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminal {
    pub(super) json: bool,
    quiet: bool,
    verbose: u8,
}

impl Terminal {
    pub(super) fn new(json: bool, quiet: bool, verbose: u8) -> Self {
        Self {
            json,
            quiet,
            verbose,
        }
    }

    /// Says something to a person.
    pub(super) fn say(self, text: &str) {
        if !self.quiet && !self.json {
            on_stderr(text);
        }
    }

    /// How often `-v` is given.
    pub(super) fn verbosity(self) -> u8 {
        self.verbose
    }

    /// Whether details are wanted (`-v`).
    pub(super) fn is_verbose(self) -> bool {
        self.verbose > 0
    }

    /// Says something to a person who wants details.
    pub(super) fn detail(self, text: &str) {
        if self.is_verbose() {
            self.say(text);
        }
    }

    /// Says what a person should know, though all goes well.
    pub(super) fn warn(self, warnings: &[String]) -> Result<(), Failure> {
        for warning in warnings {
            self.say(&format!("warning: {}", paragraph(warning)));
            self.event(&json!({"event": "warning", "warning": readable::lines(warning)}))?;
        }
        Ok(())
    }

    /// Writes an answer for people.
    pub(super) fn text(text: &str) -> Result<(), Failure> {
        Self::data(&readable::lines(text))
    }

    /// Writes data.
    pub(super) fn data(text: &str) -> Result<(), Failure> {
        Self::write(|out| out.write_all(text.as_bytes()))
    }

    /// Writes data piece by piece.
    pub(super) fn write(
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let stdout = io::stdout().lock();
        let on_terminal = stdout.is_terminal();
        let mut out = io::BufWriter::new(stdout);
        let written = if on_terminal {
            let mut out = Rewriter::new(&mut out, readable::on_terminal);
            write(&mut out).and_then(|()| out.flush())
        } else {
            write(&mut out).and_then(|()| out.flush())
        };
        written.map_err(Failure::from_io)
    }

    /// Writes one JSON line, when events are wanted.
    pub(super) fn event(self, event: &impl Serialize) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        let mut text = serde_json::to_string(event).expect("plain data serialises");
        text.push('\n');
        Self::data(&readable::json(&text))
    }

    /// The last words of a command that did something: `text` for people, `summary` for programs.
    pub(super) fn summary(
        self,
        command: &str,
        summary: &impl Serialize,
        text: &str,
    ) -> Result<(), Failure> {
        self.say(text.trim_end());
        self.event(&json!({"event": "summary", "command": command, "summary": summary}))
    }

    /// A listener for the stages.
    pub(super) fn progress(self) -> Arc<dyn Progress> {
        if self.json {
            Arc::new(Lines::new(true))
        } else if self.quiet {
            Arc::new(Silent)
        } else if io::stderr().is_terminal() && !self.is_verbose() {
            Arc::new(Bar::default())
        } else {
            Arc::new(Lines::new(false))
        }
    }

    /// Says what the parser of the command line says: help, the version, or what it does not take. Gives the exit code.
    pub(super) fn refuse(error: &clap::Error) -> ExitCode {
        if error.use_stderr() {
            // Without colours: what is not taken may hold escapes of its own, which clap would pass on.
            on_stderr(error.render().to_string().trim_end());
            return ExitCode::Usage;
        }
        // Where it can't be written nobody is listening.
        let _ = error.print();
        ExitCode::Done
    }

    /// Says what went wrong and what to do; gives the exit code.
    pub(super) fn fail(self, failure: &Failure) -> ExitCode {
        if failure.pipe_closed {
            return ExitCode::Done;
        }
        let mut causes = Vec::new();
        let mut last = failure.error.to_string();
        let mut cause = failure.error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Wrapped errors often say again what they wrap.
            if !last.contains(&text) {
                causes.push(text.clone());
                last = text;
            }
            cause = error.source();
        }
        if self.json {
            // Words for people, though in JSON: values in them are as short.
            let shown = |text: &String| readable::lines(text).into_owned();
            let event = json!({
                "event": "error",
                "error": shown(&failure.error.to_string()),
                "causes": causes.iter().map(shown).collect::<Vec<_>>(),
                "hint": failure.hint.as_ref().map(shown),
                "exit_code": failure.code as u8,
            });
            let _ = self.event(&event);
        }
        let mut text = format!("error: {}\n", paragraph(&failure.error.to_string()));
        for cause in causes {
            text += &format!("  because: {}\n", paragraph(&cause));
        }
        if let Some(hint) = &failure.hint {
            text += &format!("\nhint: {}\n", paragraph(hint));
        }
        on_stderr(text.trim_end());
        failure.code
    }
}

/// The one place that writes to stderr.
fn on_stderr(text: &str) {
    // Nobody to tell that nobody listens.
    let _ = writeln!(io::stderr(), "{}", readable::lines(text));
}

/// A text that may have several lines, so many at the most: none but the first begins where one of ours would.
fn paragraph(text: &str) -> String {
    let mut lines = text.trim_end().lines();
    let mut shown = lines.next().unwrap_or_default().to_owned();
    for line in lines.by_ref().take(MOST_LINES - 1) {
        let indent = if line.is_empty() || line.starts_with(' ') {
            ""
        } else {
            "  "
        };
        shown += &format!("\n{indent}{line}");
    }
    match lines.count() {
        0 => {}
        more => shown += &format!("\n  … and {} more lines", summary::count(more as u64)),
    }
    shown
}

/// A bar on a terminal.
#[derive(Default)]
struct Bar(Mutex<Option<BarState>>);

struct BarState {
    bar: ProgressBar,
    files: u64,
}

impl Bar {
    fn with(&self, use_bar: impl FnOnce(&ProgressBar)) {
        if let Some(state) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            use_bar(&state.bar);
        }
    }
}

/// `1,204 files, 64 at once, 3 retries`.
fn flow_text(files: u64, flow: Flow) -> String {
    format!(
        "{}, {} at once, {}",
        summary::plural(files, "file", "files"),
        flow.concurrency,
        summary::plural(flow.retries, "retry", "retries"),
    )
}

impl Progress for Bar {
    fn begin(&self, task: &'static str, unit: Unit, total: u64) {
        let template = match unit {
            Unit::Bytes => "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
            Unit::Files => "{msg} {wide_bar} {pos}/{len} {per_sec} {eta}",
        };
        let bar =
            ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(task);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(BarState { bar, files: 0 });
    }

    fn advance(&self, by: u64) {
        self.with(|bar| bar.inc(by));
    }

    fn flow(&self, flow: Flow) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = &mut *state {
            state.files += flow.files;
            let text = flow_text(state.files, flow);
            state.bar.set_message(text);
        }
    }

    fn end(&self) {
        self.with(ProgressBar::finish_and_clear);
    }
}

/// A line every ten seconds, for people or as JSON.
struct Lines {
    json: bool,
    state: Mutex<LineState>,
}

struct LineState {
    task: &'static str,
    unit: Unit,
    done: u64,
    total: u64,
    files: u64,
    flow: Option<Flow>,
    begun: Instant,
    said: Instant,
}

impl Lines {
    fn new(json: bool) -> Self {
        Self {
            json,
            state: Mutex::new(LineState {
                task: "",
                unit: Unit::Bytes,
                done: 0,
                total: 0,
                files: 0,
                flow: None,
                begun: Instant::now(),
                said: Instant::now(),
            }),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "whole seconds are shown")]
    fn say(&self, state: &LineState) {
        let LineState {
            task, done, total, ..
        } = *state;
        let seconds = state.begun.elapsed().as_secs_f64();
        if self.json {
            let mut event = json!({"event": "progress", "task": task, "done": done, "total": total, "seconds": seconds});
            if let Some(flow) = state.flow {
                event["files"] = state.files.into();
                event["retries"] = flow.retries.into();
                event["concurrency"] = flow.concurrency.into();
            }
            let _ = Terminal::data(&format!("{event}\n"));
            return;
        }
        let percent = (done * 100).checked_div(total).unwrap_or(100);
        let unit = match state.unit {
            Unit::Bytes => "bytes",
            Unit::Files => "files",
        };
        let mut text = format!("{task}: {percent} % of {total} {unit}");
        if let Some(flow) = state.flow {
            text += ", ";
            text += &flow_text(state.files, flow);
        }
        if done > 0 && done < total {
            let left = seconds * (total - done) as f64 / done as f64;
            text += &format!(", {:.0} s left", left.ceil());
        }
        on_stderr(&text);
    }
}

impl Progress for Lines {
    fn begin(&self, task: &'static str, unit: Unit, total: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = LineState {
            task,
            unit,
            done: 0,
            total,
            files: 0,
            flow: None,
            begun: Instant::now(),
            said: Instant::now(),
        };
        if self.json {
            self.say(&state);
        }
    }

    fn advance(&self, by: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.done += by;
        if state.said.elapsed() >= LINE_EVERY {
            state.said = Instant::now();
            self.say(&state);
        }
    }

    fn flow(&self, flow: Flow) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.files += flow.files;
        state.flow = Some(flow);
    }

    fn end(&self) {
        if self.json {
            self.say(&self.state.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_others_looks_like_one_of_ours() {
        assert_eq!(
            paragraph("line one\n\nhint: run this\n  kept\n"),
            "line one\n\n  hint: run this\n  kept"
        );
        let long = paragraph(&"x\n".repeat(5000));
        assert_eq!(long.lines().count(), MOST_LINES + 1);
        assert!(long.ends_with("\n  … and 4,940 more lines"), "{long}");
        assert_eq!(paragraph(""), "");
    }
}
