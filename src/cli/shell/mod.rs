//! A prompt: statements and dot commands in, answers out. It knows neither the lake nor the engines.
//!
//! | file | what is in it |
//! |---|---|
//! | `statement` | text -> statements and dot commands |
//! | `command` | the dot commands |
//! | `completion` | what Tab offers |
//! | `editor` | the line editor and its history |

mod command;
mod completion;
mod editor;
mod statement;

use std::io::{self, Write};
use std::sync::Arc;

use super::exit_code::ExitCode;
use super::failure::Failure;
use super::terminal::Terminal;
use crate::progress::Stop;
use statement::Part;

pub(super) use command::Command;
pub(super) use completion::Vocabulary;
pub(super) use editor::{Editor, history_file};

/// What came from the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    /// Whole statements and commands.
    Text(String),
    /// Ctrl-C: what was typed is dropped.
    Cleared,
    /// Ctrl-D.
    End,
}

/// Where the input comes from.
pub(super) trait Lines {
    /// The next input.
    async fn next(&mut self, prompt: &str, words: Arc<Vocabulary>) -> Result<Input, Failure>;
}

/// Who answers.
pub(super) trait Session {
    /// What stands before the input.
    fn prompt(&self) -> String;

    /// What can be completed.
    fn vocabulary(&self) -> Arc<Vocabulary>;

    /// Answers a statement, until `stop` is requested.
    async fn answer(&mut self, sql: &str, stop: &Stop, out: &mut dyn Write) -> Result<(), Failure>;

    /// Carries out a command that is neither help nor quit.
    async fn command(&mut self, command: Command, out: &mut dyn Write) -> Result<(), Failure>;
}

/// Reads and answers until the user leaves.
pub(super) async fn run(
    terminal: Terminal,
    session: &mut impl Session,
    lines: &mut impl Lines,
    out: &mut dyn Write,
) -> Result<ExitCode, Failure> {
    loop {
        let text = match lines.next(&session.prompt(), session.vocabulary()).await? {
            Input::Text(text) => text,
            Input::Cleared => continue,
            Input::End => return Ok(ExitCode::Done),
        };
        for part in statement::split(&text).0 {
            let done = carry_out(session, part, out).await;
            // What was answered comes before what is said about it.
            let flushed = out.flush().map_err(Failure::from_io);
            match done.and_then(|stays| flushed.map(|()| stays)) {
                Ok(true) => {}
                Ok(false) => return Ok(ExitCode::Done),
                Err(failure) if failure.pipe_closed => return Err(failure),
                Err(failure) => {
                    if failure.code == ExitCode::Interrupted {
                        terminal.say("stopped");
                    } else {
                        terminal.fail(&failure);
                    }
                    // What was typed behind it may build on it.
                    break;
                }
            }
        }
    }
}

/// Does one thing; whether the user stays.
async fn carry_out(
    session: &mut impl Session,
    part: Part,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    match part {
        Part::Statement(sql) => {
            let interrupts = Interrupts::watch()?;
            tokio::select! {
                answered = session.answer(&sql, &interrupts.first, out) => answered?,
                () = interrupts.second.wait() => return Err(Failure::stopped()),
            }
        }
        Part::Command(text) => match Command::parse(&text)? {
            Command::Quit => return Ok(false),
            Command::Help => out
                .write_all(command::help().as_bytes())
                .map_err(Failure::from_io)?,
            command => unless_interrupted(session.command(command, out)).await?,
        },
    }
    Ok(true)
}

/// Work that changes nothing, and so can be dropped at the first Ctrl-C.
pub(super) async fn unless_interrupted<T>(
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let interrupts = Interrupts::watch()?;
    tokio::select! {
        outcome = work => outcome,
        () = interrupts.first.wait() => Err(Failure::stopped()),
    }
}

/// Ctrl-C while a question is being answered: the first asks to stop, the second does not wait for it.
struct Interrupts {
    first: Stop,
    second: Stop,
    watcher: tokio::task::JoinHandle<()>,
}

impl Interrupts {
    fn watch() -> Result<Self, Failure> {
        let (first, second) = (Stop::default(), Stop::default());
        let stops = [first.clone(), second.clone()];
        #[cfg(unix)]
        let mut signals = {
            use tokio::signal::unix::{SignalKind, signal};
            signal(SignalKind::interrupt()).map_err(Failure::from_io)?
        };
        let watcher = tokio::spawn(async move {
            for stop in stops {
                #[cfg(unix)]
                let came = signals.recv().await.is_some();
                #[cfg(not(unix))]
                let came = tokio::signal::ctrl_c().await.is_ok();
                if !came {
                    return;
                }
                stop.request();
            }
        });
        Ok(Self {
            first,
            second,
            watcher,
        })
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}

/// Ends in an error as soon as `stop` is requested: a long answer can be cut off while it is printed.
pub(super) struct Stoppable<'a> {
    out: &'a mut dyn Write,
    stop: &'a Stop,
}

impl<'a> Stoppable<'a> {
    pub(super) fn new(out: &'a mut dyn Write, stop: &'a Stop) -> Self {
        Self { out, stop }
    }
}

impl Write for Stoppable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Not `Interrupted`: that is an invitation to write again.
        if self.stop.requested() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inputs one after the other.
    struct Typed(Vec<Input>);

    impl Lines for Typed {
        async fn next(&mut self, _: &str, _: Arc<Vocabulary>) -> Result<Input, Failure> {
            Ok(if self.0.is_empty() {
                Input::End
            } else {
                self.0.remove(0)
            })
        }
    }

    /// Repeats what it is asked.
    struct Echo(Vec<String>);

    impl Session for Echo {
        fn prompt(&self) -> String {
            String::new()
        }

        fn vocabulary(&self) -> Arc<Vocabulary> {
            Arc::default()
        }

        async fn answer(
            &mut self,
            sql: &str,
            _: &Stop,
            out: &mut dyn Write,
        ) -> Result<(), Failure> {
            self.0.push(sql.to_owned());
            if sql.contains("wrong") {
                return Err(Failure::usage("wrong", "right"));
            }
            writeln!(out, "<{sql}>").map_err(Failure::from_io)
        }

        async fn command(&mut self, command: Command, _: &mut dyn Write) -> Result<(), Failure> {
            self.0.push(format!("{command:?}"));
            Ok(())
        }
    }

    async fn session(inputs: &[Input]) -> (Vec<String>, String) {
        let (mut echo, mut out) = (Echo(Vec::new()), Vec::new());
        let quiet = Terminal::new(false, true, 0);
        let code = run(quiet, &mut echo, &mut Typed(inputs.to_vec()), &mut out).await;
        assert_eq!(code.unwrap(), ExitCode::Done);
        (echo.0, String::from_utf8(out).unwrap())
    }

    #[tokio::test]
    async fn each_part_of_an_input_is_answered_in_its_order() {
        let text = |text: &str| Input::Text(text.to_owned());
        let (asked, out) = session(&[
            text("one; two;"),
            Input::Cleared,
            text(".tables"),
            text(".help"),
            text("three;\n.quit"),
            text("four;"),
        ])
        .await;
        assert_eq!(asked, ["one", "two", "Tables", "three"]);
        assert!(out.starts_with("<one>\n<two>\n.tables"), "{out}");
        assert!(out.ends_with("<three>\n"), "{out}");
    }

    #[tokio::test]
    async fn an_error_ends_its_input_and_not_the_session() {
        let text = |text: &str| Input::Text(text.to_owned());
        let (asked, _) =
            session(&[text("one; wrong; two;"), text(".nothing"), text("three;")]).await;
        assert_eq!(asked, ["one", "wrong", "three"]);
    }
}
