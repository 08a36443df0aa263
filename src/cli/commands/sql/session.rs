//! The session of a prompt: one lake, one snapshot, until its user chooses another.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::ValueEnum;

use super::super::super::Context;
use super::super::super::args::{EngineName, RowFormat, SqlArgs};
use super::super::super::exit_code::ExitCode;
use super::super::super::failure::Failure;
use super::super::super::output::to_file;
use super::super::super::rows::{self, Screen};
use super::super::super::shell::{self, Command, Editor, Stoppable, Vocabulary, history_file};
use super::super::super::summary;
use super::{engine, names};
use crate::contract::{Contract, ViewColumn};
use crate::datasets;
use crate::lake::log::Entry;
use crate::lake::{Lake, snapshots};
use crate::progress::Stop;
use crate::query::{self, Answer};

/// The selector of the newest entry, whatever its number.
const CURRENT: &str = "current";

/// Opens the lake and asks for queries until the user leaves.
pub(super) async fn run(context: &Context, args: SqlArgs) -> Result<ExitCode, Failure> {
    if context.terminal.json {
        return Err(Failure::usage(
            "`--json` needs a query: a prompt is for people",
            "`ctlake sql \"SELECT …\" --output FILE --json`",
        ));
    }
    let mut session = shell::unless_interrupted(Box::pin(Session::open(context, args))).await?;
    let mut editor = Editor::open(history_file(), |warning| {
        context.terminal.say(&format!("warning: {warning}"));
    })?;
    context.terminal.say(&format!(
        "{}\n`.help` lists the commands, Ctrl-D leaves",
        session.which()
    ));
    let mut out = std::io::BufWriter::new(std::io::stdout());
    shell::run(context.terminal, &mut session, &mut editor, &mut out).await
}

struct Session<'a> {
    context: &'a Context,
    args: SqlArgs,
    lake: Lake,
    entry: Entry,
    screen_rows: Option<usize>,
    output: Option<(PathBuf, RowFormat)>,
    /// Answers that were written since the file was named.
    written: u32,
    vocabulary: Arc<Vocabulary>,
}

impl<'a> Session<'a> {
    async fn open(context: &'a Context, args: SqlArgs) -> Result<Self, Failure> {
        let lake = datasets::open(&context.lake).await?;
        let entry = snapshots::resolve(&lake, args.snapshot.as_deref()).await?;
        let output = match args.output.clone() {
            Some(file) => {
                let format = super::row_format(args.format, Some(&file))?;
                Some((file, format))
            }
            None => None,
        };
        super::row_format(args.format, None)?;
        Ok(Self {
            context,
            screen_rows: Screen::new(args.all).rows,
            output,
            written: 0,
            vocabulary: Arc::new(vocabulary(lake.contract(), &entry)),
            args,
            lake,
            entry,
        })
    }

    /// The snapshot that answers, in a line.
    fn which(&self) -> String {
        let counted = self.lake.contract().counted.iter();
        let counted = counted.map(|of| {
            let rows = summary::plural(self.entry.rows(of.table), of.one, of.several);
            format!(", {rows}")
        });
        format!(
            "entry {}, snapshot {}: {}{}",
            self.entry.number,
            self.entry.snapshot,
            self.entry.release,
            counted.collect::<String>(),
        )
    }

    async fn snapshot(&mut self, selector: Option<String>) -> Result<String, Failure> {
        let Some(selector) = selector else {
            let newest = snapshots::resolve(&self.lake, None).await?;
            let mut text = self.which();
            if newest.number != self.entry.number {
                let _ = write!(
                    text,
                    "\nthe newest is entry {}: `.snapshot current`",
                    newest.number
                );
            }
            return Ok(text);
        };
        let older = (selector != CURRENT).then_some(selector);
        self.entry = snapshots::resolve(&self.lake, older.as_deref()).await?;
        self.args.snapshot = older;
        self.vocabulary = Arc::new(vocabulary(self.lake.contract(), &self.entry));
        Ok(self.which())
    }

    fn engine(&mut self, name: Option<&str>) -> Result<String, Failure> {
        if let Some(name) = name {
            let before = self.args.engine.engine;
            self.args.engine.engine = EngineName::from_str(name, true).map_err(|_| {
                Failure::usage(
                    format!("no engine `{name}`"),
                    format!("choose one of `{}`", engines().join("`, `")),
                )
            })?;
            if let Err(failure) = self.args.engine.check() {
                self.args.engine.engine = before;
                return Err(failure);
            }
        }
        let name = self.args.engine.engine.to_possible_value();
        let name = name.map_or_else(String::new, |value| value.get_name().to_owned());
        Ok(format!("engine {name}"))
    }

    fn output(&mut self, file: Option<PathBuf>) -> Result<String, Failure> {
        let output = match file {
            Some(file) => {
                let format = match (file.extension(), self.args.format) {
                    (None, Some(format)) => format,
                    _ => RowFormat::of_file(&file)?,
                };
                Some((file, format))
            }
            None => None,
        };
        self.written = 0;
        self.output = output;
        Ok(match &self.output {
            Some((file, _)) => format!("the next answers go to {}", file.display()),
            None => "the next answers go to the terminal".to_owned(),
        })
    }

    fn rows(&mut self, rows: Option<&str>) -> Result<String, Failure> {
        match rows {
            None => {}
            Some("all") => self.screen_rows = None,
            Some(text) => {
                let rows: usize = text.replace(',', "").parse().map_err(|_| {
                    Failure::usage(
                        format!("expected a number of rows or `all`, got `{text}`"),
                        "`.rows 100`",
                    )
                })?;
                self.screen_rows = Some(rows);
            }
        }
        Ok(match self.screen_rows {
            Some(rows) => format!(
                "answers show up to {}",
                summary::plural(rows as u64, "row", "rows")
            ),
            None => "answers show all rows".to_owned(),
        })
    }

    /// Writes an answer where answers go now.
    fn write(
        &mut self,
        answer: &Answer,
        begun: Instant,
        stop: &Stop,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let stopped = |failure| {
            if stop.requested() {
                Failure::stopped()
            } else {
                failure
            }
        };
        let seconds = || format!("{:.3} s", begun.elapsed().as_secs_f64());
        let count = summary::plural(answer.rows() as u64, "row", "rows");
        if let Some((file, format)) = &self.output {
            let format = *format;
            let file = match self.written {
                0 => file.clone(),
                written => free_name(file, written + 1),
            };
            rows::check(answer, format)?;
            to_file(&file, |out| {
                rows::write(answer, format, &mut Stoppable::new(out, stop))
            })
            .map_err(|failure| stopped(super::of_another_format(failure)))?;
            self.written += 1;
            return writeln!(out, "{count} written to {}, {}", file.display(), seconds())
                .map_err(Failure::from_io);
        }
        let format = super::row_format(self.args.format, None)?;
        rows::check(answer, format)?;
        let mut stoppable = Stoppable::new(out, stop);
        let closing = if format == RowFormat::Table {
            let mut screen = Screen::new(true);
            screen.rows = self.screen_rows;
            screen.show(answer, &mut stoppable)
        } else {
            rows::write(answer, format, &mut stoppable).map(|()| count)
        };
        let closing = closing.map_err(|error| stopped(Failure::from_io(error)))?;
        writeln!(
            out,
            "{closing}{}, {}",
            super::limited(answer, self.args.limit),
            seconds()
        )
        .map_err(Failure::from_io)
    }
}

impl shell::Session for Session<'_> {
    fn prompt(&self) -> String {
        match self.args.snapshot {
            Some(_) => format!("ctlake@{}> ", self.entry.number),
            None => "ctlake> ".to_owned(),
        }
    }

    fn vocabulary(&self) -> Arc<Vocabulary> {
        Arc::clone(&self.vocabulary)
    }

    async fn answer(&mut self, sql: &str, stop: &Stop, out: &mut dyn Write) -> Result<(), Failure> {
        let begun = Instant::now();
        query::check_query(sql)?;
        let context = self.context.with_stop(stop);
        let answer = engine::answer(&context, &self.args, sql, &self.lake, &self.entry);
        let answer = Box::pin(answer).await?;
        if let Some(bill) = &answer.bill {
            context.terminal.say(&summary::bill(bill));
        }
        let answer = names::readable(answer, sql).map_err(super::unnamed)?;
        self.write(&answer, begun, stop, out)
    }

    async fn command(&mut self, command: Command, out: &mut dyn Write) -> Result<(), Failure> {
        let text = match command {
            Command::Tables => tables(self.lake.contract(), &self.entry),
            Command::Schema(table) => schema(self.lake.contract(), &table, &self.entry)?,
            Command::Snapshot(selector) => self.snapshot(selector).await?,
            Command::Engine(name) => self.engine(name.as_deref())?,
            Command::Output(file) => self.output(file)?,
            Command::Rows(rows) => self.rows(rows.as_deref())?,
            Command::Help | Command::Quit => return Ok(()),
        };
        writeln!(out, "{}", text.trim_end()).map_err(Failure::from_io)
    }
}

/// `answer.csv` → `answer-2.csv`, or the next number whose file is not there: what was not named is not replaced.
fn free_name(file: &Path, from: u32) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let extension = file
        .extension()
        .map(|extension| format!(".{}", extension.to_string_lossy()))
        .unwrap_or_default();
    let mut names =
        (from..).map(|number| file.with_file_name(format!("{stem}-{number}{extension}")));
    names
        .find(|name| !name.exists())
        .unwrap_or_else(|| file.to_owned())
}

/// Names of the tables of a snapshot, and of the views over them.
fn table_names<'a>(
    contract: &'static Contract,
    entry: &'a Entry,
) -> impl Iterator<Item = &'static str> + use<'a> {
    let has = |name: &str| entry.tables.contains_key(name);
    let tables = contract.tables.iter().map(|table| table.name.as_str());
    let views = contract.views.iter().filter(move |view| has(view.table));
    tables
        .filter(move |name| has(name))
        .chain(views.map(|view| view.name))
}

/// The columns of a table or view: name, type and meaning.
fn columns(contract: &Contract, name: &str) -> Vec<ViewColumn> {
    if let Some(table) = contract.table(name) {
        return table
            .all_columns()
            .map(|column| ViewColumn {
                name: column.name.clone(),
                kind: column.kind,
                description: column.description.clone(),
            })
            .collect();
    }
    let view = contract.views.iter().find(|view| view.name == name);
    view.map(|view| view.columns(contract)).unwrap_or_default()
}

fn tables(contract: &'static Contract, entry: &Entry) -> String {
    let mut text = String::new();
    for name in table_names(contract, entry) {
        let rows = match entry.tables.get(name) {
            Some(table) => summary::plural(table.rows(), "row", "rows"),
            None => "view".to_owned(),
        };
        let _ = writeln!(text, "{name:<18} {rows:>15}");
    }
    text
}

fn schema(contract: &'static Contract, name: &str, entry: &Entry) -> Result<String, Failure> {
    let wanted = name.to_ascii_lowercase();
    if !table_names(contract, entry).any(|name| name == wanted) {
        let names: Vec<&str> = table_names(contract, entry).collect();
        return Err(Failure::usage(
            format!("no table `{name}` in this snapshot"),
            format!("there are `{}`", names.join("`, `")),
        ));
    }
    let screen = Screen::new(true);
    let mut text = String::new();
    for column in columns(contract, &wanted) {
        let kind = column.kind.names().hive;
        let description = first_sentence(&column.description);
        let line = format!("{:<18} {kind:<8} {description}", column.name);
        let _ = writeln!(text, "{}", screen.cut(&line));
    }
    Ok(text)
}

/// The first sentence: all of it is in `ctlake schema`.
fn first_sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => text,
    }
}

fn engines() -> Vec<String> {
    let values = EngineName::value_variants().iter();
    values
        .filter_map(EngineName::to_possible_value)
        .map(|value| value.get_name().to_owned())
        .collect()
}

/// What can be completed in a snapshot.
fn vocabulary(contract: &'static Contract, entry: &Entry) -> Vocabulary {
    let tables = table_names(contract, entry).map(|name| {
        let columns = columns(contract, name)
            .into_iter()
            .map(|column| column.name);
        (name.to_owned(), columns.collect())
    });
    let mut values: Vec<(String, Vec<String>)> = Vec::new();
    let files = entry.tables.values().flat_map(|table| &table.files);
    for (key, value) in files.flat_map(|file| &file.partition) {
        let at = values.iter().position(|(name, _)| name == key);
        let at = at.unwrap_or_else(|| {
            values.push((key.clone(), Vec::new()));
            values.len() - 1
        });
        if !values[at].1.contains(value) {
            values[at].1.push(value.clone());
        }
    }
    for (_, values) in &mut values {
        values.sort();
    }
    Vocabulary {
        tables: tables.collect(),
        values,
        engines: engines(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_answers_get_names_that_are_free() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("answer.csv");
        assert_eq!(free_name(&file, 2), folder.path().join("answer-2.csv"));
        std::fs::write(folder.path().join("answer-2.csv"), "").unwrap();
        assert_eq!(free_name(&file, 2), folder.path().join("answer-3.csv"));
        assert_eq!(
            free_name(&folder.path().join("answer"), 2),
            folder.path().join("answer-2")
        );
    }

    #[test]
    fn a_description_is_cut_behind_its_first_sentence() {
        assert_eq!(first_sentence("One\n  line. And more."), "One line.");
        assert_eq!(first_sentence("CT-2A 1.5 mm"), "CT-2A 1.5 mm");
    }
}
