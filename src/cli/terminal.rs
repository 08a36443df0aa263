//! What the user sees: data on stdout, everything said on stderr, events as JSON lines when asked for.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use serde_json::json;

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::summary;
use crate::progress::{Flow, Progress, Silent, Unit};

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
            // Nobody to tell that nobody listens.
            let _ = writeln!(io::stderr(), "{text}");
        }
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
            self.say(&format!("warning: {warning}"));
            self.event(&json!({"event": "warning", "warning": warning}))?;
        }
        Ok(())
    }

    /// Writes data.
    pub(super) fn data(text: &str) -> Result<(), Failure> {
        Self::write(|out| out.write_all(text.as_bytes()))
    }

    /// Writes data piece by piece.
    pub(super) fn write(
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        write(&mut out)
            .and_then(|()| out.flush())
            .map_err(Failure::from_io)
    }

    /// Writes one JSON line, when events are wanted.
    pub(super) fn event(self, event: &impl Serialize) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        let mut text = serde_json::to_string(event).expect("plain data serialises");
        text.push('\n');
        Self::data(&text)
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
            let event = json!({
                "event": "error",
                "error": failure.error.to_string(),
                "causes": causes,
                "hint": failure.hint,
                "exit_code": failure.code as u8,
            });
            let _ = self.event(&event);
        }
        let mut text = format!("error: {}\n", failure.error);
        for cause in causes {
            text += &format!("  because: {cause}\n");
        }
        if let Some(hint) = &failure.hint {
            text += &format!("\nhint: {hint}\n");
        }
        let _ = io::stderr().write_all(text.as_bytes());
        failure.code
    }
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
            let _ = writeln!(io::stdout(), "{event}");
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
        let _ = writeln!(io::stderr(), "{text}");
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
