//! The prompt of `ctlake sql`, at a terminal.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use rexpect::session::{PtySession, spawn_command};

use crate::athena::Ground;
use crate::support::athena::Script;

#[cfg(feature = "sql")]
use crate::support::{Dataset, Lake};

/// A step that takes longer has failed.
const TIMEOUT_MS: u64 = 60_000;

/// The program at a terminal.
struct Terminal(PtySession);

impl Terminal {
    /// Runs `command` at a terminal of so many columns.
    fn open(command: &Command, columns: u16) -> Self {
        let mut at_terminal = Command::new("sh");
        at_terminal
            .arg("-c")
            .arg(format!("stty rows 24 cols {columns} && exec \"$@\""))
            .arg("sh")
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(command.get_current_dir().unwrap())
            .env("TERM", "xterm");
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => at_terminal.env(name, value),
                None => at_terminal.env_remove(name),
            };
        }
        Self(spawn_command(at_terminal, Some(TIMEOUT_MS)).unwrap())
    }

    /// Types a line and Enter.
    fn line(&mut self, text: &str) {
        self.0.send(text).unwrap();
        self.0.send("\r").unwrap();
        self.0.flush().unwrap();
    }

    fn key(&mut self, keys: &str) {
        self.0.send(keys).unwrap();
        self.0.flush().unwrap();
    }

    /// Waits for `text`; returns what came before it.
    #[track_caller]
    fn sees(&mut self, text: &str) -> String {
        match self.0.exp_string(text) {
            Ok(before) => before,
            Err(error) => panic!("{error}"),
        }
    }

    /// Waits for the end, and returns the exit code with the last words.
    fn ends(mut self) -> (i32, String) {
        // Each byte comes as a character.
        let rest: Vec<u8> = self
            .0
            .exp_eof()
            .unwrap()
            .chars()
            .map(|byte| byte as u8)
            .collect();
        let rest = String::from_utf8(rest).unwrap();
        // `Exited(Pid(1), 0)`: the type has no public name.
        let status = format!("{:?}", self.0.process().wait().unwrap());
        let code = status
            .strip_suffix(')')
            .and_then(|status| status.rsplit(' ').next());
        assert!(status.starts_with("Exited"), "{status}");
        (code.unwrap().parse().unwrap(), rest)
    }
}

const CTRL_C: &str = "\u{3}";
const CTRL_D: &str = "\u{4}";
const UP: &str = "\u{1b}[A";

#[cfg(feature = "sql")]
fn shell(lake: &Lake, args: &[&str]) -> Command {
    let mut command = lake.command(["sql"]);
    command
        .args(args)
        .env("XDG_STATE_HOME", lake.path("state"))
        .env("HOME", lake.path(""))
        .env_remove("CTLAKE_HISTORY");
    command
}

#[cfg(feature = "sql")]
#[test]
fn queries_are_answered_one_by_one_until_ctrl_d() {
    let lake = Lake::built(&Dataset::small());
    let mut terminal = Terminal::open(&shell(&lake, &[]), 80);
    terminal.sees("CT-2A, 6 slices, 5 patients");
    terminal.sees("ctlake> ");
    terminal.line(".tables");
    terminal.sees("ct_slices");
    terminal.sees("6 rows");
    // Over several lines, until the semicolon.
    terminal.line("SELECT COUNT(*)");
    terminal.line("FROM patients;");
    terminal.sees("| count |");
    terminal.sees("|     5 |");
    terminal.sees("1 row, 0.");
    // An error is no end.
    terminal.line("SELECT nothing FROM patients;");
    terminal.sees("error: ");
    terminal.line(".nothing");
    terminal.sees("error: no command `.nothing`");
    // Two on one line.
    terminal.line("SELECT 1 AS one; SELECT 2 AS two;");
    terminal.sees("| two |");
    terminal.sees("s\r\n");
    terminal.sees("ctlake> ");
    terminal.key(CTRL_D);
    assert_eq!(terminal.ends().0, 0);
}

#[cfg(feature = "sql")]
#[test]
fn the_history_is_kept_for_its_user_only() {
    let lake = Lake::built(&Dataset::small());
    let mut terminal = Terminal::open(&shell(&lake, &[]), 80);
    terminal.line("SELECT 41 + 1");
    terminal.line("AS answer;");
    terminal.sees("|     42 |");
    terminal.line(".quit");
    assert_eq!(terminal.ends().0, 0);
    let file = lake.path("state/ctlake/history");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    let mut terminal = Terminal::open(&shell(&lake, &[]), 80);
    terminal.sees("ctlake> ");
    terminal.key(UP);
    terminal.sees(".quit");
    terminal.key(UP);
    terminal.line("");
    terminal.sees("|     42 |");
    terminal.line(".quit");
    terminal.ends();
    // Nothing is kept where nobody wants it.
    let mut command = shell(&lake, &[]);
    command
        .env("CTLAKE_HISTORY", "")
        .env("XDG_STATE_HOME", lake.path("other"));
    let mut terminal = Terminal::open(&command, 80);
    terminal.line(".quit");
    terminal.ends();
    assert!(!lake.path("other").exists());
    // A file that can't be had is said, and the prompt opens.
    let mut command = shell(&lake, &[]);
    command.env("CTLAKE_HISTORY", lake.path("state"));
    let mut terminal = Terminal::open(&command, 80);
    terminal.sees("warning: the history is not kept");
    terminal.line(".quit");
    assert_eq!(terminal.ends().0, 0);
}

#[cfg(feature = "sql")]
#[test]
fn tab_completes_tables_columns_and_values() {
    let lake = Lake::built(&Dataset::small());
    let mut terminal = Terminal::open(&shell(&lake, &[]), 80);
    terminal.sees("ctlake> ");
    terminal.line("SELECT cover_\t FROM pat\t WHERE country = 'Ch\t AND sex = 'F\t;");
    terminal.sees("| cover_image_key ");
    terminal.line(".sch\t snap\t");
    terminal.sees("built_at");
    terminal.line(".quit");
    terminal.ends();
}

#[cfg(feature = "sql")]
#[test]
fn a_session_stays_with_its_snapshot() {
    let lake = Lake::built(&Dataset::small());
    let mut terminal = Terminal::open(&shell(&lake, &[]), 80);
    terminal.sees("entry 1, ");
    let more = Dataset::small().patient("NCP_77,CNCB,China,F,45,COVID-19,Yes,Expert,Axial,CT");
    lake.ingest(&more);
    lake.ctlake(["build"]).ok();
    let count = "SELECT COUNT(*) AS patients FROM patients;";
    terminal.line(count);
    terminal.sees("|        5 |");
    terminal.line(".snapshot");
    terminal.sees("entry 1, ");
    terminal.sees("the newest is entry 2: `.snapshot current`");
    terminal.line(".snapshot current");
    terminal.sees("entry 2, ");
    terminal.line(count);
    terminal.sees("|        6 |");
    terminal.line(".snapshot 1");
    terminal.sees("entry 1, ");
    terminal.sees("ctlake@1> ");
    terminal.line(count);
    terminal.sees("|        5 |");
    terminal.line(".snapshot 9");
    terminal.sees("error: no snapshot `9` in the log");
    terminal.sees("ctlake@1> ");
    terminal.line(".quit");
    terminal.ends();
}

#[cfg(feature = "sql")]
#[test]
fn answers_go_to_files_and_none_is_lost() {
    let lake = Lake::built(&Dataset::small());
    let mut terminal = Terminal::open(&shell(&lake, &[]), 80);
    terminal.line(".output a.sav");
    terminal.sees("expected .csv, .json, .md, .parquet, .txt or .xlsx, got `.sav`");
    terminal.line(".output 'a.csv'");
    terminal.line("SELECT 1 AS one; SELECT 2 AS two;");
    terminal.sees("1 row written to a.csv, ");
    terminal.sees("1 row written to a-2.csv, ");
    terminal.line(".output");
    terminal.line("SELECT 3 AS three;");
    terminal.sees("|     3 |");
    terminal.line(".quit");
    terminal.ends();
    let read = |name: &str| fs::read_to_string(lake.path(name)).unwrap();
    assert_eq!(
        (&*read("a.csv"), &*read("a-2.csv")),
        ("one\n1\n", "two\n2\n")
    );
}

#[cfg(feature = "sql")]
#[test]
fn a_table_fits_its_terminal() {
    let lake = Lake::built(&Dataset::small());
    let query = "SELECT image_key, label_line, country FROM ct_slices ORDER BY image_key";
    for columns in [100, 80, 60, 40] {
        let terminal = Terminal::open(&lake.command(["sql", query]), columns);
        let (code, said) = terminal.ends();
        assert_eq!(code, 0);
        let widths: Vec<usize> = said.lines().map(|line| line.chars().count()).collect();
        assert!(
            widths.iter().all(|width| *width <= columns.into()),
            "{said}"
        );
        assert!(said.ends_with("6 rows\r\n"), "{said}");
        assert_eq!(said.contains('…'), columns < 100, "{said}");
    }
    // As everything that is no terminal has it.
    let piped = lake.ctlake(["sql", query, "--format", "table"]).ok();
    assert!(!piped.raw_stdout().contains('…'));
    assert!(!piped.raw_stdout().contains("rows"));
}

#[cfg(feature = "sql")]
#[test]
fn a_long_answer_is_counted_and_cut_unless_all_of_it_is_wanted() {
    let dataset = (10..60).fold(Dataset::small(), |dataset, number| {
        dataset.patient(&format!(
            "NCP_1{number},CNCB,China,F,45,COVID-19,Yes,Expert,Axial,CT"
        ))
    });
    let lake = Lake::built(&dataset);
    let query = "SELECT patient_id FROM patients ORDER BY patient_id";
    let rows = |args: &[&str]| {
        let mut command = lake.command(["sql", query]);
        let (code, said) = Terminal::open(command.args(args), 80).ends();
        assert_eq!(code, 0);
        let last = said.lines().last().unwrap().to_owned();
        (
            said.lines().filter(|line| line.starts_with("| ")).count() - 1,
            last,
        )
    };
    assert_eq!(rows(&[]), (40, "40 of 55 rows".to_owned()));
    assert_eq!(rows(&["--all"]), (55, "55 rows".to_owned()));
    assert_eq!(
        rows(&["--limit", "9"]),
        (9, "9 rows (`--limit 9`)".to_owned())
    );
}

#[test]
fn ctrl_c_clears_a_line_and_stops_a_query_and_the_prompt_goes_on() {
    let ground = Ground::registered();
    ground
        .athena
        .answers("FROM patients", Script::running(1000));
    ground.athena.answers(
        "FROM ct_slices",
        Script::rows(&[("n", "integer")], &[&["6"]]),
    );
    let mut command = ground.command(&["sql", "--engine", "athena"]);
    command.env("CTLAKE_HISTORY", "");
    let mut terminal = Terminal::open(&command, 80);
    terminal.sees("ctlake> ");
    terminal.key("SELECT no");
    terminal.sees("no");
    terminal.key(CTRL_C);
    terminal.sees("ctlake> ");
    terminal.line("SELECT n FROM patients;");
    ground.athena.wait_for("GetQueryExecution", 1);
    terminal.key(CTRL_C);
    terminal.sees("the query was stopped too");
    assert_eq!(ground.athena.inputs("StopQueryExecution").len(), 1);
    terminal.sees("ctlake> ");
    terminal.line("SELECT n FROM ct_slices;");
    terminal.sees("| 6 |");
    terminal.sees("ctlake> ");
    terminal.key(CTRL_D);
    assert_eq!(terminal.ends().0, 0);
}

/// A question whose computation makes no pause for minutes.
#[cfg(all(feature = "sql", target_os = "linux"))]
const ENDLESS: &str = "SELECT MEDIAN(value) OVER (ORDER BY value ROWS BETWEEN 900000 PRECEDING AND 900000 FOLLOWING) FROM generate_series(1, 3000000);";

/// The same command, which leaves its number in a file `pid`.
#[cfg(all(feature = "sql", target_os = "linux"))]
fn numbered(command: &Command) -> Command {
    let mut numbered = Command::new("sh");
    numbered
        .args(["-c", "echo $$ >pid && exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => numbered.env(name, value),
            None => numbered.env_remove(name),
        };
    }
    numbered
}

/// Waits until the program computes an answer: its thread has a name.
#[cfg(all(feature = "sql", target_os = "linux"))]
fn wait_for_computation(lake: &Lake) {
    let begun = std::time::Instant::now();
    let is_question = |thread: fs::DirEntry| {
        let name = fs::read_to_string(thread.path().join("comm"));
        name.is_ok_and(|name| name.trim() == "question")
    };
    let computes = || {
        let process = fs::read_to_string(lake.path("pid")).ok()?;
        let mut threads = fs::read_dir(format!("/proc/{}/task", process.trim())).ok()?;
        Some(threads.any(|thread| thread.is_ok_and(is_question)))
    };
    while computes() != Some(true) {
        assert!(begun.elapsed() < std::time::Duration::from_millis(TIMEOUT_MS));
        std::thread::yield_now();
    }
}

#[cfg(all(feature = "sql", target_os = "linux"))]
#[test]
fn ctrl_c_ends_a_computation_that_makes_no_pause() {
    let lake = Lake::built(&Dataset::small());
    let mut terminal = Terminal::open(&numbered(&shell(&lake, &[])), 80);
    terminal.sees("ctlake> ");
    terminal.line(ENDLESS);
    wait_for_computation(&lake);
    terminal.key(CTRL_C);
    terminal.sees("stopped");
    terminal.sees("ctlake> ");
    terminal.line("SELECT COUNT(*) + 37 AS answer FROM patients;");
    terminal.sees("|     42 |");
    // The process doesn't wait for it either.
    terminal.line(".quit");
    assert_eq!(terminal.ends().0, 0);
    let mut terminal = Terminal::open(&numbered(&lake.command(["sql", ENDLESS])), 80);
    wait_for_computation(&lake);
    terminal.key(CTRL_C);
    assert_eq!(terminal.ends().0, 130);
}

#[cfg(feature = "sql")]
#[test]
fn sql_that_is_typed_ends_with_ctrl_d_or_one_ctrl_c() {
    let lake = Lake::built(&Dataset::small());
    let open = || {
        let mut terminal = Terminal::open(&lake.command(["sql", "-"]), 80);
        terminal.sees("reading SQL from standard input: Ctrl-D ends it, Ctrl-C cancels\r\n");
        terminal
    };
    let mut terminal = open();
    terminal.0.send("SELECT 42 AS answer\n").unwrap();
    terminal.key(CTRL_D);
    let (code, said) = terminal.ends();
    assert_eq!(code, 0);
    assert!(said.contains("|     42 |"), "{said}");
    let mut terminal = open();
    terminal.key(CTRL_C);
    assert_eq!(terminal.ends().0, 130);
}

#[cfg(feature = "sql")]
#[test]
fn a_prompt_that_is_told_to_end_leaves_the_terminal_as_it_was() {
    let lake = Lake::built(&Dataset::small());
    let script = "stty -a >before; sh -c 'echo $$ >pid; exec \"$0\" sql' \"$0\"; echo \"ended with $?\"; stty -a >after";
    let mut command = Command::new("sh");
    command
        .args(["-c", script])
        .arg(env!("CARGO_BIN_EXE_ctlake"))
        .env("CTLAKE_HISTORY", "")
        .env_remove("CTLAKE_LAKE")
        .current_dir(lake.path(""));
    let mut terminal = Terminal::open(&command, 80);
    terminal.sees("ctlake> ");
    let process = fs::read_to_string(lake.path("pid")).unwrap();
    let told = Command::new("kill")
        .args(["-TERM", process.trim()])
        .status();
    assert!(told.unwrap().success());
    terminal.sees("ended with 130");
    terminal.ends();
    let read = |name: &str| fs::read_to_string(lake.path(name)).unwrap();
    assert_eq!(read("before"), read("after"));
}

#[test]
fn without_a_query_the_prompt_needs_a_terminal() {
    let ground = Ground::registered();
    let said = ground.lake.run(ground.command(&["sql"]));
    insta::assert_snapshot!(said.fails(2), @r#"
    exit 2
    --- stderr
    error: expected a query, got nothing

    hint: `ctlake sql "SELECT COUNT(*) AS slices FROM ct_slices"`
    "#);
}
