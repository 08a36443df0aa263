//! The dot commands.

use std::path::PathBuf;

use super::super::failure::Failure;

/// What a dot command asks for. Without an argument, those that change the session say how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Command {
    /// List the tables and views.
    Tables,
    /// Describe the columns of a table.
    Schema(String),
    /// Switch to another snapshot.
    Snapshot(Option<String>),
    /// Switch to another engine.
    Engine(Option<String>),
    /// Write the next answers to a file; without one, to the terminal.
    Output(Option<PathBuf>),
    /// Show more or fewer rows on the terminal.
    Rows(Option<String>),
    /// List the commands.
    Help,
    /// Leave.
    Quit,
}

/// Name, argument and meaning of each command.
const COMMANDS: [(&str, &str, &str); 8] = [
    ("tables", "", "list the tables and views, with their rows"),
    ("schema", "TABLE", "describe the columns of a table or view"),
    (
        "snapshot",
        "[N]",
        "read entry N, a snapshot by name or `current`; alone: say which",
    ),
    ("engine", "[NAME]", "choose who answers; alone: say who"),
    (
        "output",
        "[FILE]",
        "write the next answers to FILE; alone: to the terminal again",
    ),
    (
        "rows",
        "[N|all]",
        "show up to N rows of an answer; alone: say how many",
    ),
    ("help", "", "list the commands"),
    ("quit", "", "leave, as Ctrl-D does"),
];

impl Command {
    /// Parses a command, without the dot before it.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let (name, argument) = text
            .split_once(char::is_whitespace)
            .map_or((text, ""), |(name, argument)| (name, unquoted(argument)));
        let given = (!argument.is_empty()).then(|| argument.to_owned());
        let command = match (&*name.to_ascii_lowercase(), given) {
            ("schema", Some(table)) => Self::Schema(table),
            ("schema", None) => {
                return Err(Failure::usage(
                    "expected a table, got `.schema` alone",
                    "`.schema ct_slices`; `.tables` lists them",
                ));
            }
            ("snapshot", given) => Self::Snapshot(given),
            ("engine", given) => Self::Engine(given),
            ("output", given) => Self::Output(given.as_deref().map(path)),
            ("rows", given) => Self::Rows(given),
            ("tables", None) => Self::Tables,
            ("help", None) => Self::Help,
            ("quit" | "exit", None) => Self::Quit,
            ("tables" | "help" | "quit" | "exit", Some(argument)) => {
                return Err(Failure::usage(
                    format!("expected `.{name}` alone, got `.{name} {argument}`"),
                    "`.help` lists the commands",
                ));
            }
            _ => {
                return Err(Failure::usage(
                    format!("no command `.{name}`"),
                    "`.help` lists the commands",
                ));
            }
        };
        Ok(command)
    }

    /// The names of all commands, with their dots.
    pub(super) fn names() -> impl Iterator<Item = String> {
        COMMANDS.iter().map(|(name, _, _)| format!(".{name}"))
    }
}

/// The commands, and the keys that work at the prompt.
pub(super) fn help() -> String {
    let mut text = String::new();
    for (name, argument, meaning) in COMMANDS {
        let command = format!(".{name} {argument}");
        text += &format!("{command:<16} {meaning}\n");
    }
    text + "A query ends with `;` and may have several lines. Tab completes, Ctrl-R searches\nthe history, Ctrl-C clears the line or stops the query, Ctrl-D leaves.\n"
}

/// The argument without blanks around it and without its quotes.
fn unquoted(argument: &str) -> &str {
    let argument = argument.trim();
    for quote in ['\'', '"'] {
        if let Some(inner) = argument.strip_prefix(quote)
            && let Some(inner) = inner.strip_suffix(quote)
        {
            return inner;
        }
    }
    argument
}

/// The path, with `~` for the home folder, as in a shell.
fn path(text: &str) -> PathBuf {
    match (text.strip_prefix("~/"), std::env::home_dir()) {
        (Some(below), Some(home)) => home.join(below),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_with_their_arguments() {
        let some = |text: &str| Some(text.to_owned());
        for (text, command) in [
            ("tables", Command::Tables),
            ("TABLES", Command::Tables),
            ("schema patients", Command::Schema("patients".to_owned())),
            ("snapshot", Command::Snapshot(None)),
            ("snapshot  2 ", Command::Snapshot(some("2"))),
            ("engine athena", Command::Engine(some("athena"))),
            ("output", Command::Output(None)),
            (
                "output 'my answer.csv'",
                Command::Output(Some("my answer.csv".into())),
            ),
            ("rows all", Command::Rows(some("all"))),
            ("exit", Command::Quit),
        ] {
            assert_eq!(Command::parse(text).unwrap(), command, "{text}");
        }
        for (text, message) in [
            ("", "no command `.`"),
            ("table", "no command `.table`"),
            ("schema", "expected a table, got `.schema` alone"),
            ("quit now", "expected `.quit` alone, got `.quit now`"),
        ] {
            let failure = Command::parse(text).unwrap_err();
            assert_eq!(failure.error.to_string(), message);
        }
    }

    #[test]
    fn the_help_has_each_command_on_lines_of_80() {
        let help = help();
        for name in Command::names() {
            assert!(help.contains(&name), "{name}");
            assert!(
                !matches!(Command::parse(&name[1..]), Err(failure) if failure.error.to_string().starts_with("no command"))
            );
        }
        assert!(
            help.lines().all(|line| line.chars().count() <= 80),
            "{help}"
        );
    }
}
