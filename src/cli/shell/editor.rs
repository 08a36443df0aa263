//! The line editor, in a thread of its own: it blocks, and the session has to hear signals meanwhile.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use rustyline::completion::{Completer, Pair};
use rustyline::config::{CompletionType, Config};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};
use tokio::sync::oneshot;

use super::super::failure::Failure;
use super::{Input, Lines, Vocabulary, statement};

/// Inputs that the history holds.
const HISTORY: usize = 10_000;

/// Reads lines from the terminal.
pub(in crate::cli) struct Editor {
    requests: mpsc::Sender<Request>,
    #[cfg(unix)]
    mode: Mode,
}

struct Request {
    prompt: String,
    words: Arc<Vocabulary>,
    reply: oneshot::Sender<Result<Input, ReadlineError>>,
}

impl Editor {
    /// Opens the terminal. Without a file, or with one that can't be used, the history ends with the session; why not is
    /// said.
    pub(in crate::cli) fn open(
        history: Option<PathBuf>,
        warn: impl Fn(String),
    ) -> Result<Self, Failure> {
        let history = history.filter(|file| match prepare(file) {
            Ok(()) => true,
            Err(error) => {
                warn(format!(
                    "the history is not kept: cannot use `{}`: {error}",
                    file.display()
                ));
                false
            }
        });
        let (requests, received) = mpsc::channel();
        let (opened, open) = mpsc::channel();
        #[cfg(unix)]
        let mode = Mode::now();
        let serve = move || match edit(history.as_deref()) {
            Ok((editor, warning)) => {
                let _ = opened.send(Ok(warning));
                serve(editor, history, &received);
            }
            Err(error) => {
                let _ = opened.send(Err(error));
            }
        };
        std::thread::Builder::new()
            .name("line editor".to_owned())
            .spawn(serve)
            .map_err(Failure::from_io)?;
        let opened = open.recv().map_err(|_| gone())?;
        if let Some(warning) = opened.map_err(failed)? {
            warn(warning);
        }
        Ok(Self {
            requests,
            #[cfg(unix)]
            mode,
        })
    }
}

impl Lines for Editor {
    async fn next(&mut self, prompt: &str, words: Arc<Vocabulary>) -> Result<Input, Failure> {
        let (reply, replied) = oneshot::channel();
        let request = Request {
            prompt: prompt.to_owned(),
            words,
            reply,
        };
        self.requests.send(request).map_err(|_| gone())?;
        #[cfg(unix)]
        let restore = self.mode.restore_on_drop();
        let input = replied.await.map_err(|_| gone())?.map_err(failed)?;
        #[cfg(unix)]
        restore.disarm();
        Ok(input)
    }
}

type Readline = rustyline::Editor<Words, FileHistory>;

/// The editor with the history that there is, and what is wrong with its file.
fn edit(history: Option<&Path>) -> Result<(Readline, Option<String>), ReadlineError> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .max_history_size(HISTORY)?
        .history_ignore_dups(true)?
        .history_ignore_space(true)
        .build();
    let mut editor = Readline::with_config(config)?;
    editor.set_helper(Some(Words::default()));
    let mut warning = None;
    if let Some(file) = history
        && file.exists()
        && let Err(error) = editor.load_history(file)
    {
        warning = Some(format!(
            "cannot read the history in `{}`: {error}",
            file.display()
        ));
    }
    Ok((editor, warning))
}

fn serve(mut editor: Readline, history: Option<PathBuf>, requests: &mpsc::Receiver<Request>) {
    while let Ok(request) = requests.recv() {
        if let Some(helper) = editor.helper_mut() {
            helper.0 = request.words;
        }
        let input = match editor.readline(&request.prompt) {
            Ok(text) => {
                let text_kept = text.trim_end();
                if editor.add_history_entry(text_kept).unwrap_or(false)
                    && let Some(file) = &history
                {
                    // At once: a session need not end well. It goes on without, when the disk is full.
                    let _ = editor.append_history(file);
                }
                Ok(Input::Text(text))
            }
            Err(ReadlineError::Interrupted) => Ok(Input::Cleared),
            Err(ReadlineError::Eof) => Ok(Input::End),
            Err(error) => Err(error),
        };
        if request.reply.send(input).is_err() {
            return;
        }
    }
}

/// The file of the history: `$CTLAKE_HISTORY`, where nothing means none; else in the folder that the system has for what a
/// program keeps of its user.
pub(in crate::cli) fn history_file() -> Option<PathBuf> {
    if let Some(file) = std::env::var_os("CTLAKE_HISTORY") {
        return (!file.is_empty()).then(|| file.into());
    }
    let folder = |name: &str| {
        let folder = std::env::var_os(name).map(PathBuf::from);
        folder.filter(|folder| folder.is_absolute())
    };
    let home = std::env::home_dir();
    let state = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home.map(|home| home.join("Library/Application Support"))
    } else {
        folder("XDG_STATE_HOME").or_else(|| home.map(|home| home.join(".local/state")))
    };
    Some(state?.join("ctlake").join("history"))
}

/// Makes the folder, for its user only, and tries whether the file can be written.
fn prepare(file: &Path) -> io::Result<()> {
    // A name alone has an empty parent: the folder that the program is in.
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder)?;
    }
    if file.exists() {
        std::fs::File::options().append(true).open(file)?;
    }
    Ok(())
}

fn gone() -> Failure {
    Failure::from_io(io::Error::other("the line editor has ended"))
}

fn failed(error: ReadlineError) -> Failure {
    Failure::from_io(match error {
        ReadlineError::Io(error) => error,
        other => io::Error::other(other),
    })
}

/// What the editor asks while somebody types.
#[derive(Default)]
struct Words(Arc<Vocabulary>);

impl Completer for Words {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        cursor: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, words) = self.0.complete(line, cursor);
        let pair = |word: String| Pair {
            display: word.clone(),
            replacement: word,
        };
        Ok((start, words.into_iter().map(pair).collect()))
    }
}

impl Validator for Words {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        Ok(if statement::is_complete(context.input()) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {}

impl Helper for Words {}

/// The terminal's mode before the editor changed it.
#[cfg(unix)]
#[derive(Clone)]
struct Mode(Option<rustix::termios::Termios>);

#[cfg(unix)]
impl Mode {
    fn now() -> Self {
        Self(rustix::termios::tcgetattr(io::stdin()).ok())
    }

    /// A line that is being typed when the process is told to end leaves the terminal as it was.
    fn restore_on_drop(&self) -> Restore {
        Restore(self.0.clone())
    }
}

#[cfg(unix)]
struct Restore(Option<rustix::termios::Termios>);

#[cfg(unix)]
impl Restore {
    fn disarm(mut self) {
        self.0 = None;
    }
}

#[cfg(unix)]
impl Drop for Restore {
    fn drop(&mut self) {
        use std::io::Write;
        if let Some(mode) = &self.0 {
            let when = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(io::stdin(), when, mode);
            // Bracketed paste off, and on to the next line.
            let _ = io::stdout().write_all(b"\x1b[?2004l\n");
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_history_is_for_its_user_only() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("state/ctlake/history");
        prepare(&file).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(file.parent().unwrap()), 0o700);
        let (mut editor, warning) = edit(Some(&file)).unwrap();
        assert_eq!(warning, None);
        editor
            .add_history_entry("SELECT 1\nFROM patients;")
            .unwrap();
        editor.append_history(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        let (editor, _) = edit(Some(&file)).unwrap();
        let kept: Vec<&String> = editor.history().iter().collect();
        assert_eq!(kept, ["SELECT 1\nFROM patients;"]);
    }

    #[test]
    fn a_folder_in_the_place_of_the_history_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        assert!(prepare(home.path()).is_err());
        let below_a_file = home.path().join("file");
        std::fs::write(&below_a_file, "").unwrap();
        assert!(prepare(&below_a_file.join("history")).is_err());
    }
}
