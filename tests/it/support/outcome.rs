//! What a command said, with what differs from run to run replaced.

use std::fmt;
use std::process::Output;

/// The end of a command: exit code and texts, normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The exit code.
    pub(crate) code: Option<i32>,
    /// What was printed, as it was.
    pub(crate) raw: Output,
    stdout: String,
    stderr: String,
}

impl Outcome {
    /// Replaces the folder `dir` by `[DIR]`, snapshot names, times and sizes likewise.
    pub(crate) fn new(output: Output, dir: &str) -> Self {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec())
                .unwrap_or_else(|_| format!("{} bytes that are no text\n", bytes.len()));
            assert!(!text.contains('\u{1b}'), "escape codes in {text:?}");
            normalised(&text, dir)
        };
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            raw: output,
        }
    }

    /// Checks that the command succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.exits(0)
    }

    /// Checks the exit code of a failure.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> Self {
        assert_ne!(code, 0);
        self.exits(code)
    }

    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Checks that nothing was said, on either stream.
    #[track_caller]
    pub(crate) fn silent(self) -> Self {
        assert_eq!((&*self.stdout, &*self.stderr), ("", ""));
        self
    }

    /// The data that was printed, normalised.
    pub(crate) fn stdout(&self) -> &str {
        &self.stdout
    }

    /// What was said, normalised.
    pub(crate) fn stderr(&self) -> &str {
        &self.stderr
    }

    /// The data that was printed, as it was.
    pub(crate) fn raw_stdout(&self) -> &str {
        str::from_utf8(&self.raw.stdout).expect("text")
    }

    /// One JSON value a line of the data.
    pub(crate) fn json_lines(&self) -> Vec<serde_json::Value> {
        self.raw_stdout()
            .lines()
            .map(|line| serde_json::from_str(line).expect("a JSON line"))
            .collect()
    }

    /// The data as one JSON document.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(self.raw_stdout()).expect("JSON")
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => writeln!(f, "exit {code}")?,
            None => writeln!(f, "killed")?,
        }
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                writeln!(f, "--- {name}\n{}", text.trim_end_matches('\n'))?;
            }
        }
        Ok(())
    }
}

/// Replaces what differs from run to run.
pub(crate) fn normalised(text: &str, dir: &str) -> String {
    let text = text.replace(dir, "[DIR]");
    let text = replace(&text, snapshot, "[SNAPSHOT]");
    let text = replace(&text, time, "[TIME]");
    let text = replace(&text, seconds, "in [TIME]");
    let text = replace(&text, padded_size, " [SIZE]");
    replace(&text, size, "[SIZE]")
}

/// Replaces every piece whose length `find` gives.
fn replace(text: &str, find: fn(&str) -> Option<usize>, by: &str) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(length) = find(rest) {
            replaced.push_str(by);
            rest = &rest[length..];
        } else {
            replaced.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    replaced
}

/// The length of what `shape` describes at the beginning of `text`: `0` stands for a digit, `x` for a hex digit.
fn shaped(text: &str, shape: &str) -> Option<usize> {
    let head = text.as_bytes().get(..shape.len())?;
    let fits = head
        .iter()
        .zip(shape.bytes())
        .all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            b'x' => byte.is_ascii_hexdigit(),
            other => *byte == other,
        });
    fits.then_some(shape.len())
}

fn snapshot(text: &str) -> Option<usize> {
    shaped(text, "00000000T000000Z-xxxxxxxx-xxxx")
}

fn time(text: &str) -> Option<usize> {
    shaped(text, "0000-00-00T00:00:00Z")
}

/// `in 0.02 s`.
fn seconds(text: &str) -> Option<usize> {
    let number = text.strip_prefix("in ")?;
    let end = number.find(" s")?;
    let digits = number[..end]
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    (digits && end > 0 && !number[end + 2..].starts_with(char::is_alphanumeric)).then_some(end + 5)
}

/// ` 4.6 MB` with all blanks before it: columns are as wide as their numbers.
fn padded_size(text: &str) -> Option<usize> {
    let number = text.trim_start_matches(' ');
    let blanks = text.len() - number.len();
    (blanks > 0).then_some(blanks + size(number)?)
}

/// `4.6 MB`; whole bytes are told exactly.
fn size(text: &str) -> Option<usize> {
    let fraction = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let whole = text.len() - fraction.len();
    let unit = fraction.strip_prefix('.')?.get(1..)?;
    let known = [" kB", " MB", " GB"]
        .iter()
        .any(|name| unit.starts_with(name));
    (whole > 0 && known).then_some(whole + 5)
}

#[test]
fn what_differs_is_replaced_and_nothing_else() {
    let said = "/tmp/x/lake: 20261123T201500Z-3f9a1c2b-7d1e at 2026-11-23T20:15:00Z\n\
                built in 0.02 s,    10.5 MB in 3 files (4.6 kB), 20261123 rows, 25 MB, 7 B\n";
    assert_eq!(
        normalised(said, "/tmp/x"),
        "[DIR]/lake: [SNAPSHOT] at [TIME]\nbuilt in [TIME], [SIZE] in 3 files ([SIZE]), 20261123 rows, 25 MB, 7 B\n"
    );
}
