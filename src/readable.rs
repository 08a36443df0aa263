//! Texts of others in messages: file names, column names, keys, values, what a server said. Nothing in them steers a terminal,
//! none of them fills it, and two that differ look different.
//!
//! Letters that can't be seen are written as Rust writes them, `\u{1b}`: control characters (C0, DEL, C1), marks that turn the
//! direction of a text, blanks without a width, and separators of lines. Everything that is printed for people goes through
//! [`lines`], so a value that was forgotten is tame too; [`value`] and [`list`] are for values in a message, which they
//! keep on one line.

use std::borrow::Cow;
use std::fmt::Write;

use indicatif::HumanCount;

/// Of a long list so many are said; of the partitions of a release there are fewer.
pub const LISTED: usize = 200;

/// Characters of a value at the most.
pub const LONGEST: usize = 200;
/// Characters of what a server says at the most: a proxy may answer with a page.
const WORDS: usize = 500;
/// Values of a list at the most.
const NAMED: usize = 10;
/// Characters of a printed line at the most: long paths and queries fit.
const LONGEST_LINE: usize = 4000;
/// Of these, so many are the line's end.
const LINE_END: usize = 1000;

/// Whether a letter is written as an escape: it can't be seen, or it changes what is seen of others.
#[must_use]
pub fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            // The soft hyphen, the Arabic letter mark, the Hangul fillers, the Khmer vowels nobody sees, the Mongolian separators.
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            // No width, left to right, right to left; separators of lines; embeddings, overrides and isolates.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            // Fillers, the byte order mark, annotations, musical controls, tags.
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// One value in a message: on one line, at most [`LONGEST`] characters.
#[must_use]
pub fn value(text: &str) -> String {
    cut(text, LONGEST)
}

/// The same of bytes that should be text.
#[must_use]
pub fn bytes(bytes: &[u8], longest: usize) -> String {
    // A letter has 4 bytes at most: what is cut off here is never shown, and what is huge is not copied.
    let head = &bytes[..bytes.len().min(4 * (longest + 1))];
    cut(&String::from_utf8_lossy(head), longest)
}

/// What a server says, on one line.
#[must_use]
pub fn words(text: &str) -> String {
    cut(text.trim(), WORDS)
}

/// A value on one line, with `…` where it would have more than `longest` characters.
#[must_use]
pub fn cut(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    let mut length = 0;
    for letter in text.chars() {
        let before = shown.len();
        push(&mut shown, letter);
        length += shown[before..].chars().count();
        if length > longest {
            shown.truncate(before);
            shown.push('…');
            break;
        }
    }
    shown
}

/// `` `a`, `b` and 39,990 more ``: the first values of a list.
#[must_use]
pub fn list<T: AsRef<str>>(values: &[T]) -> String {
    let named: Vec<String> = values
        .iter()
        .take(NAMED)
        .map(|text| format!("`{}`", value(text.as_ref())))
        .collect();
    let mut text = named.join(", ");
    if values.len() > NAMED {
        let _ = write!(text, " and {} more", count((values.len() - NAMED) as u64));
    }
    text
}

/// A text as one word of a command line: in quotes where a shell would take it apart or change it.
#[must_use]
pub fn argument(text: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./:@%+=,~".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', "'\\''")))
}

/// `3412345` → `3.4 MB`, decimal units.
#[expect(clippy::cast_precision_loss, reason = "one decimal place is shown")]
#[must_use]
pub fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => (1e3, "kB"),
        1_000_000..1_000_000_000 => (1e6, "MB"),
        _ => (1e9, "GB"),
    };
    format!("{:.1} {name}", bytes as f64 / unit)
}

/// `194922` → `194,922`.
#[must_use]
pub fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// Says how many of a long list were not said, and what says them all.
#[must_use]
pub fn left_out(all: usize, option: &str) -> String {
    match all.saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(
            "    … and {} more: `{option}` has them all\n",
            count(more as u64)
        ),
    }
}

/// One thing, or several.
#[must_use]
pub fn plural(number: u64, one: &str, several: &str) -> String {
    format!(
        "{} {}",
        count(number),
        if number == 1 { one } else { several }
    )
}

/// Lines of a message as they are printed: line ends stay, all else that can't be seen is escaped, and the middle of an endless
/// line is cut out.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST_LINE && !text.contains(|letter| letter != '\n' && is_hidden(letter)) {
        return Cow::Borrowed(text);
    }
    let lines: Vec<String> = text.split('\n').map(line).collect();
    Cow::Owned(lines.join("\n"))
}

fn line(text: &str) -> String {
    let length = text.chars().count();
    if length <= LONGEST_LINE {
        return cut(text, usize::MAX);
    }
    let end: String = text.chars().skip(length - LINE_END).collect();
    let begin: String = text.chars().take(LONGEST_LINE - LINE_END).collect();
    format!(
        "{} … {} characters … {}",
        cut(&begin, usize::MAX),
        count((length - LONGEST_LINE) as u64),
        cut(&end, usize::MAX)
    )
}

/// Data on its way to a terminal: nothing is cut, line ends and tabs stay.
#[must_use]
pub fn on_terminal(text: &str) -> Cow<'_, str> {
    escaped(
        text,
        |letter| !matches!(letter, '\n' | '\t') && is_hidden(letter),
        push,
    )
}

/// JSON in which letters that can't be seen are escaped as JSON has it, so that a reader finds the same text and a terminal is
/// not steered.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    // Below these JSON leaves nothing in its strings; line ends and blanks stand between them.
    let hidden = |letter| letter > '\u{1f}' && is_hidden(letter);
    escaped(text, hidden, |to, letter| {
        for unit in letter.encode_utf16(&mut [0; 2]) {
            let _ = write!(to, "\\u{unit:04x}");
        }
    })
}

fn escaped(
    text: &str,
    hidden: impl Fn(char) -> bool,
    push: impl Fn(&mut String, char),
) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if hidden(letter) {
            push(&mut shown, letter);
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

fn push(to: &mut String, letter: char) {
    match letter {
        '\0' | '\t' | '\n' | '\r' => to.extend(letter.escape_debug()),
        letter if is_hidden(letter) => to.extend(letter.escape_unicode()),
        letter => to.push(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_one_word_of_a_shell() {
        for (text, word) in [
            ("./lake", "./lake"),
            ("s3://bucket/prefix", "s3://bucket/prefix"),
            ("/srv/Côte", "/srv/Côte"),
            ("", "''"),
            ("my lake", "'my lake'"),
            ("it's", "'it'\\''s'"),
            ("$HOME", "'$HOME'"),
        ] {
            assert_eq!(argument(text), word);
        }
    }
    use proptest::prelude::*;

    /// What xterm, a bidi override, and a reader who can't see it would make of a text.
    const HOSTILE: [&str; 7] = [
        "\x1b[31mred\x1b[0m",
        "\u{9b}2J",
        "\x1b]0;title\x07",
        "\u{202e}gpj.exe",
        "\u{2066}a\u{2069}",
        "age\u{200b}",
        "\u{feff}age\u{e0041}",
    ];

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        assert_eq!(value("\x1b[31mred\x07"), "\\u{1b}[31mred\\u{7}");
        assert_eq!(value("a\nb\r\tc\0"), "a\\nb\\r\\tc\\0");
        assert_eq!(value("a\u{202e}b\u{9b}"), "a\\u{202e}b\\u{9b}");
        assert_eq!(lines("a\nb\x1b\n"), "a\nb\\u{1b}\n");
        for text in HOSTILE {
            for shown in [value(text), lines(text).into(), on_terminal(text).into()] {
                assert!(!shown.contains(is_hidden), "{shown:?}");
            }
        }
        for text in ["Côte d'Ivoire", "日本", "e\u{301}", "🫁", "a\\b"] {
            assert_eq!([value(text), lines(text).into()], [text, text]);
        }
    }

    #[test]
    fn a_value_and_a_list_are_short() {
        assert_eq!(value(&"é".repeat(200)), "é".repeat(200));
        assert_eq!(value(&"é".repeat(201)), "é".repeat(200) + "…");
        assert_eq!(bytes("x".repeat(70_000).as_bytes(), 5), "xxxxx…");
        assert_eq!(bytes(b"a\xff\x1b", 9), "a\u{fffd}\\u{1b}");
        let names: Vec<String> = (0..40_000).map(|number| format!("c{number}")).collect();
        assert_eq!(list(&names[..2]), "`c0`, `c1`");
        let all = list(&names);
        assert!(all.ends_with("`c8`, `c9` and 39,990 more"), "{all}");
        assert_eq!(list::<&str>(&[]), "");
    }

    #[test]
    fn an_endless_line_loses_its_middle() {
        let text = format!("expected\n{}end\nhint", "x".repeat(1_000_000));
        let shown = lines(&text);
        let shown: Vec<&str> = shown.split('\n').collect();
        assert_eq!((shown[0], shown[2]), ("expected", "hint"));
        assert!(
            shown[1].contains(" … 996,003 characters … "),
            "{}",
            shown[1]
        );
        assert!(shown[1].ends_with("xend") && shown[1].len() < LONGEST_LINE + 50);
    }

    proptest! {
        #[test]
        fn no_text_steers_a_terminal(text in any::<String>(), hostile in 0..HOSTILE.len()) {
            let text = text + HOSTILE[hostile];
            prop_assert!(!value(&text).contains(is_hidden));
            prop_assert!(!lines(&text).contains(|letter| letter != '\n' && is_hidden(letter)));
            prop_assert!(value(&text).chars().count() <= LONGEST + 1);
            prop_assert_eq!(lines(&text).matches('\n').count(), text.matches('\n').count());
        }

        #[test]
        fn escaped_json_is_the_same_json(text in any::<String>(), hostile in 0..HOSTILE.len()) {
            let text = text + HOSTILE[hostile];
            let written = serde_json::to_string(&text).expect("a text");
            let shown = json(&written);
            prop_assert!(!shown.contains(is_hidden), "{}", shown);
            prop_assert_eq!(serde_json::from_str::<String>(&shown).expect("JSON"), text);
        }
    }
}
