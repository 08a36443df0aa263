//! Names of files and folders that any file system takes, and that never lead out of their folder. Pure.

use unicode_normalization::UnicodeNormalization;

use crate::readable::is_hidden;

/// Bytes of a name: what file systems take.
const MAX_BYTES: usize = 255;
/// Letters of an extension that is kept when a name is cut.
const EXTENSION: usize = 8;
/// Stands before a name that has a meaning of its own, and for letters that can't be in a name.
const MARK: char = '_';
/// Names of devices on Windows, with any extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
/// The same, with one of the digits behind them.
const NUMBERED: [&str; 2] = ["com", "lpt"];
/// What stands beside the images.
const TAKEN: [&str; 4] = [
    "index.csv",
    "index.csv.part",
    "index.parquet",
    "index.parquet.part",
];

/// A text as the name of a file or a folder, itself where it can be one.
///
/// One step may undo another: without the dot behind it `CON.` is a device, and what is cut off may end in a blank. So all are
/// taken until none changes anything.
pub(super) fn file_name(text: &str) -> String {
    let kept = |letter: char| !is_hidden(letter) && !r#"/\:*?"<>|"#.contains(letter);
    let mut name: String = text
        .chars()
        .map(|letter| if kept(letter) { letter } else { MARK })
        .collect();
    loop {
        let next = tidy(&name);
        if next == name {
            return name;
        }
        name = next;
    }
}

/// One round. A second one finds a shorter name, or one that begins with the mark; so there is a last.
fn tidy(name: &str) -> String {
    // A name that begins with a dot would be hidden, one that ends with one can't be on Windows.
    let name = name.trim_matches(|letter: char| letter == '.' || letter.is_whitespace());
    let name = cut(name);
    if name.is_empty() || is_taken(&name) {
        return format!("{MARK}{name}");
    }
    name
}

fn cut(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let is_extension = |text: &str| {
        (1..=EXTENSION).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if is_extension(extension) => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let end = stem.floor_char_boundary(MAX_BYTES - extension.len());
    stem[..end].to_owned() + &extension
}

/// Whether a name stands for something else already.
fn is_taken(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let bare = name.split('.').next().unwrap_or_default().trim_end();
    let numbered = |device: &&str| {
        bare.strip_prefix(*device).is_some_and(|number| {
            matches!(
                number,
                "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
            )
        })
    };
    DEVICES.contains(&bare) || NUMBERED.iter().any(numbered) || TAKEN.contains(&&*name)
}

/// The same text for all names that some file system takes for one: those that differ in case or in how a letter is composed.
pub(super) fn folded(path: &str) -> String {
    if path.is_ascii() {
        return path.to_ascii_lowercase();
    }
    let upper: String = path.nfc().flat_map(char::to_uppercase).collect();
    upper.to_lowercase().nfc().collect()
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_become_names() {
        for (text, name) in [
            ("COVID-19", "COVID-19"),
            ("Côte d'Ivoire", "Côte d'Ivoire"),
            ("a/b", "a_b"),
            ("", "_"),
            (".", "_"),
            ("..", "_"),
            ("...", "_"),
            ("....", "_"),
            (" . . ", "_"),
            (".. ", "_"),
            ("/", "_"),
            ("//", "__"),
            ("/..", "_"),
            ("../..", "_"),
            (".hidden", "hidden"),
            ("a. .", "a"),
            ("a\0b", "a_b"),
            ("\u{202e}a\u{200b}", "_a_"),
            ("CON", "_CON"),
            ("con.", "_con"),
            ("Nul.txt", "_Nul.txt"),
            ("aux .tar.gz", "_aux .tar.gz"),
            ("COM1", "_COM1"),
            ("com²", "_com²"),
            ("COM10", "COM10"),
            ("Congo", "Congo"),
            ("index.csv", "_index.csv"),
            ("Index.Parquet.", "_Index.Parquet"),
            ("NCP_96_1328_0032.png", "NCP_96_1328_0032.png"),
        ] {
            assert_eq!(file_name(text), name, "{text:?}");
        }
    }

    #[test]
    fn what_is_cut_stays_a_name() {
        assert_eq!(file_name(&"a".repeat(255)), "a".repeat(255));
        assert_eq!(file_name(&"é".repeat(200)), "é".repeat(127));
        let image = "x".repeat(300) + ".png";
        assert_eq!(file_name(&image), "x".repeat(251) + ".png");
        // Without what is cut off these are a device, and nothing.
        assert_eq!(file_name(&format!("NUL{}x", " ".repeat(300))), "_NUL");
        assert_eq!(file_name(&format!("{}x", ".".repeat(300))), "x");
    }

    #[test]
    fn names_that_some_file_system_takes_for_one() {
        for (a, b) in [
            ("Iran", "iran"),
            ("Côte", "Co\u{302}te"),
            ("STRASSE", "straße"),
        ] {
            assert_eq!(folded(a), folded(b));
        }
        assert_ne!(folded("Iran"), folded("Iraq"));
    }

    /// Texts of pieces that mean something to some file system.
    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just(".".to_owned()),
            Just("..".to_owned()),
            Just("/".to_owned()),
            Just("\\".to_owned()),
            Just(" ".to_owned()),
            Just("\u{a0}".to_owned()),
            Just("CON".to_owned()),
            Just("com1".to_owned()),
            Just("LPT³".to_owned()),
            Just("index.csv".to_owned()),
            Just(".part".to_owned()),
            Just("\0".to_owned()),
            Just("\u{202e}".to_owned()),
            Just("é".repeat(120)),
            Just("🫁".repeat(70)),
            Just(" ".repeat(250)),
            Just(".".repeat(250)),
            any::<char>().prop_map(String::from),
            "[a-z.]{0,12}",
        ];
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn no_text_leads_out_of_its_folder(text in hostile()) {
            let name = file_name(&text);
            let joined = Path::new("out").join(&name);
            let components: Vec<Component> = joined.components().collect();
            let expected = [Component::Normal("out".as_ref()), Component::Normal(name.as_ref())];
            prop_assert_eq!(&components[..], &expected, "{:?}", name);
        }

        #[test]
        fn every_text_becomes_a_name_that_all_file_systems_take(text in hostile()) {
            let name = file_name(&text);
            prop_assert!((1..=MAX_BYTES).contains(&name.len()), "{name:?}");
            prop_assert!(!name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']), "{name:?}");
            prop_assert!(!name.contains(is_hidden), "{name:?}");
            prop_assert!(!name.starts_with('.') && !name.ends_with('.'), "{name:?}");
            prop_assert_eq!(name.trim(), &name);
            prop_assert!(!is_taken(&name), "{name:?}");
            prop_assert_eq!(file_name(&name), name);
        }
    }
}
