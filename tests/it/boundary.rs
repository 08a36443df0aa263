//! Nothing outside the folder of a dataset names one of its tables, columns, classes, families or files. Proven on the sources'
//! text, comments and tests left out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Words of COVIDx CT: tables, columns, classes, families, files and names.
const WORDS: [&str; 31] = [
    "CNCB",
    "COVID-19",
    "COVIDx",
    "CT-1",
    "CT-2A",
    "NCP",
    "Pneumonia",
    "age_band",
    "age_band_order",
    "bbox_xmax",
    "bbox_xmin",
    "bbox_ymax",
    "bbox_ymin",
    "class_id",
    "country",
    "cover_image_key",
    "covidx",
    "covidx_ct",
    "ct_slices",
    "diagnosis",
    "label_line",
    "metadata.csv",
    "modality",
    "patient_id",
    "patients",
    "scan_id",
    "scans",
    "slice_index",
    "slice_selection",
    "slices",
    "verified_finding",
];

/// Where they may stand all the same, and why. Each is to go when a second dataset needs it to; none may be added without a
/// reason.
const ALLOWED: &[(&str, &str)] = &[
    ("archive/error.rs", "an example in a hint"),
    ("catalog/database.rs", "an example in a hint"),
    ("catalog/error.rs", "an example in a hint"),
    ("cli/args.rs", "examples in help"),
    (
        "cli/args/powerbi.rs",
        "the default database, as help shows it",
    ),
    (
        "cli/args/register.rs",
        "the default database, as help shows it",
    ),
    ("cli/commands/demo.rs", "an option of the sample"),
    ("cli/commands/register/versions.rs", "an example to copy"),
    ("cli/commands/sample.rs", "an option of the sample"),
    ("cli/commands/sql.rs", "an example in a hint"),
    ("cli/shell/command.rs", "an example in a hint"),
    ("cli/summary.rs", "what a build counts"),
    (
        "datasets/counts.rs",
        "what a build counts: images, scans and patients of any dataset of scans",
    ),
    ("datasets/mod.rs", "the line that registers it"),
    ("datasets/sample.rs", "an option of the sample"),
    ("images/column_path.rs", "an example in a message"),
    ("images/error.rs", "an example in a hint"),
    (
        "images/loader_files.rs",
        "what loaders of image folders call their table",
    ),
    ("ops/query.rs", "an example in a hint"),
    ("powerbi/options.rs", "the default database"),
    ("query/athena/error.rs", "an example in a hint"),
    ("query/datafusion/error.rs", "examples in hints"),
    (
        "query/datafusion/syntax/rewriter.rs",
        "an example in a message",
    ),
];

/// The file's text without comments and tests.
fn code(text: &str) -> String {
    let text = text.split("\nmod tests {").next().unwrap_or(text);
    let lines = text.lines().map(|line| {
        if line.trim_start().starts_with("//") {
            ""
        } else {
            line.split(" // ").next().unwrap_or(line)
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether `code` has `word`, and not as a part of a longer one.
fn has_word(code: &str, word: &str) -> bool {
    let part_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
    })
}

fn words(code: &str) -> Vec<&'static str> {
    let words = WORDS.into_iter();
    words.filter(|word| has_word(code, word)).collect()
}

/// The sources outside the folder of the dataset: paths below `src/`, and the words in them.
fn named() -> Vec<(String, Vec<&'static str>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("tests") && !path.ends_with("covidx_ct") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("tests.rs")
            {
                let below = path.strip_prefix(&root).unwrap().to_str().unwrap();
                let words = words(&code(&fs::read_to_string(&path).unwrap()));
                if !words.is_empty() {
                    found.push((below.replace('\\', "/"), words));
                }
            }
        }
    }
    found.sort();
    found
}

fn allowance(path: &str) -> Option<&'static str> {
    let mut allowed = ALLOWED.iter();
    let place = allowed
        .find(|(place, _)| path == *place || (place.ends_with('/') && path.starts_with(place)));
    place.map(|(place, _)| *place)
}

#[test]
fn nothing_outside_its_folder_names_what_is_the_datasets() {
    let strange: Vec<String> = named()
        .into_iter()
        .filter(|(path, _)| allowance(path).is_none())
        .map(|(path, words)| format!("{path}: {}", words.join(", ")))
        .collect();
    assert_eq!(strange, [""; 0]);
}

#[test]
fn every_allowance_is_needed() {
    let found = named();
    let needed: BTreeSet<&str> = found
        .iter()
        .filter_map(|(path, _)| allowance(path))
        .collect();
    let allowed: BTreeSet<&str> = ALLOWED.iter().map(|(place, _)| *place).collect();
    assert_eq!(needed, allowed);
    assert!(ALLOWED.is_sorted());
}

#[test]
fn words_are_found_and_parts_of_words_are_not() {
    assert_eq!(
        words(&code("let sql = \"SELECT diagnosis FROM ct_slices\";")),
        ["ct_slices", "diagnosis"]
    );
    assert_eq!(
        words(&code("// the diagnosis\nlet country_code = 1; // country")),
        [""; 0]
    );
    assert_eq!(
        words(&code("f();\nmod tests { const A: &str = \"NCP\"; }")),
        [""; 0]
    );
}
