//! The house: who may import whom, and what may stand in one place only. Proven on the sources' text, tests left out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The floors of `src/lib.rs`, lowest first.
const FLOORS: [&[&str]; 7] = [
    &["progress", "hint", "trust", "readable"],
    &["net", "covidx", "contract"],
    &["lake", "archive"],
    &["query"],
    &["ingest", "tables", "catalog", "powerbi", "images", "report"],
    &["pipeline"],
    &["cli"],
];

/// Every edge there is, from the importing module to the imported: a new one is added here, after thought.
const EDGES: &[(&str, &str)] = &[
    ("archive", "hint"),
    ("archive", "net"),
    ("archive", "progress"),
    ("archive", "readable"),
    ("archive", "trust"),
    ("catalog", "contract"),
    ("catalog", "hint"),
    ("catalog", "lake"),
    ("catalog", "readable"),
    ("cli", "archive"),
    ("cli", "catalog"),
    ("cli", "contract"),
    ("cli", "covidx"),
    ("cli", "hint"),
    ("cli", "images"),
    ("cli", "ingest"),
    ("cli", "lake"),
    ("cli", "net"),
    ("cli", "pipeline"),
    ("cli", "powerbi"),
    ("cli", "progress"),
    ("cli", "query"),
    ("cli", "readable"),
    ("cli", "report"),
    ("cli", "tables"),
    ("contract", "hint"),
    ("covidx", "readable"),
    ("images", "contract"),
    ("images", "hint"),
    ("images", "lake"),
    ("images", "net"),
    ("images", "progress"),
    ("images", "query"),
    ("images", "readable"),
    ("ingest", "archive"),
    ("ingest", "covidx"),
    ("ingest", "hint"),
    ("ingest", "lake"),
    ("ingest", "net"),
    ("ingest", "progress"),
    ("ingest", "readable"),
    ("lake", "covidx"),
    ("lake", "hint"),
    ("lake", "net"),
    ("lake", "progress"),
    ("lake", "readable"),
    ("lake", "trust"),
    ("net", "hint"),
    ("net", "progress"),
    ("net", "trust"),
    ("pipeline", "catalog"),
    ("pipeline", "covidx"),
    ("pipeline", "hint"),
    ("pipeline", "ingest"),
    ("pipeline", "lake"),
    ("pipeline", "progress"),
    ("pipeline", "tables"),
    ("powerbi", "contract"),
    ("query", "contract"),
    ("query", "hint"),
    ("query", "lake"),
    ("query", "net"),
    ("query", "progress"),
    ("query", "readable"),
    ("query", "trust"),
    ("report", "contract"),
    ("report", "covidx"),
    ("report", "lake"),
    ("report", "query"),
    ("tables", "contract"),
    ("tables", "covidx"),
    ("tables", "hint"),
    ("tables", "lake"),
    ("tables", "progress"),
    ("tables", "readable"),
];

/// What may stand in some files only: the words, the files (folders end in `/`), and why.
const PLACES: &[(&[&str], &[&str], &str)] = &[
    // `query/mod.rs` names the module, which is called so too.
    (
        &["polars"],
        &[
            "query/polars/",
            "query/mod.rs",
            "cli/commands/sql/engine.rs",
        ],
        "Polars is known to one folder",
    ),
    (
        &["polars::prelude", "polars::sql", "::polars"],
        &["query/polars/"],
        "Polars is known to one folder",
    ),
    (
        &["datafusion"],
        &["query/datafusion/", "query/mod.rs"],
        "DataFusion is known to one folder",
    ),
    (
        &["datafusion::", "datafusion_functions_aggregate_common"],
        &["query/datafusion/", "query/mod.rs"],
        "DataFusion is known to one folder",
    ),
    (
        &["InMemory", "LocalFileSystem", "AmazonS3Builder"],
        &["lake/location.rs", "lake/folder.rs", "lake/s3.rs"],
        "stores are made in the lake",
    ),
    (
        &[
            "println!",
            "eprintln!",
            "print!",
            "eprint!",
            "io::stdout",
            "io::stderr",
            "stdout()",
            "stderr()",
        ],
        &["cli/"],
        "printing is done by the command line",
    ),
    (
        &["aws_sdk_glue"],
        &["catalog/glue/"],
        "Glue is known to one folder",
    ),
    (
        &["iceberg::spec", "iceberg::io"],
        &["catalog/iceberg/"],
        "the Iceberg crate is known to one folder",
    ),
    (
        &["aws_sdk_athena"],
        &["query/athena/"],
        "Athena is known to one folder",
    ),
    (&["unsafe_code"], &[], "no unsafe code"),
    (
        &["shutdown_background"],
        &[],
        "it crashed one run in some hundreds on a busy machine",
    ),
    (&[".unwrap()"], &[], "no unwrap outside tests"),
];

/// What may not stand in some folders.
const FORBIDDEN: &[(&[&str], &[&str], &str)] = &[(
    &[
        "std::fs",
        "std::net",
        "tokio",
        "async fn",
        "async move",
        ".await",
        "object_store",
        "polars",
    ],
    &["contract/", "covidx/", "powerbi/"],
    "the contract, the dataset's formats and the Power BI project are pure",
)];

/// A source file.
struct Source {
    /// Path below `src/`.
    path: String,
    /// Its text without comments, texts in quotes and tests.
    code: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            code: without_tests(&without_comments(text)),
        }
    }

    /// The top module it belongs to: `None` for `lib.rs` and `main.rs`, which name the modules.
    fn module(&self) -> Option<&str> {
        let first = self.path.split('/').next()?.trim_end_matches(".rs");
        (!["lib", "main"].contains(&first)).then_some(first)
    }

    /// How deep in the tree of modules the file's own module is: 1 for a top module.
    fn depth(&self) -> usize {
        let path = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        path.split('/').count()
    }

    /// The top modules that its paths name.
    fn imports(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let code = &self.code;
        for (at, _) in code.match_indices("crate::") {
            found.extend(first_names(&code[at + "crate::".len()..]));
        }
        // As many `super` as the module is deep lead to the crate's root.
        let root = "super::".repeat(self.depth());
        for (at, _) in code.match_indices(&root) {
            let before = &code[..at];
            let rest = &code[at + root.len()..];
            if !before.ends_with("super::") && !rest.starts_with("super::") {
                found.extend(first_names(rest));
            }
        }
        found.retain(|name| FLOORS.concat().contains(&name.as_str()));
        found
    }
}

/// The first name of a path, or those of a list in braces: `a::b` → a; `{a::b, c}` → a, c.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        let text = text.trim_start();
        text.chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
            .collect()
    };
    let Some(list) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let mut names = vec![name(list)];
    let mut depth = 0;
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&list[at + 1..])),
            _ => {}
        }
    }
    names
}

/// The text without comments and without what stands in quotes.
fn without_comments(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if first == '"' {
            quoted(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'{'") || rest.starts_with("'}'") {
            3
        } else {
            0
        };
        if skipped == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            rest = &rest[skipped..];
        }
    }
    code
}

/// The length of a text in quotes, the quotes included.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The code without the items under `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        let mut depth = 0;
        let end = rest.char_indices().find_map(|(at, letter)| {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (depth == 0 && matches!(letter, '}' | ';')).then_some(at + 1)
        });
        rest = &rest[end.unwrap_or(rest.len())..];
    }
    kept + rest
}

/// The files below `src/`, those of tests left out.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                // Files of tests may be many: then they are in a folder beside `tests.rs`.
                if !path.ends_with("tests") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("tests.rs")
            {
                let below = path
                    .strip_prefix(&root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/");
                found.push(Source::new(&below, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// `file: imports module`, for every import that is no edge.
fn strange_imports(sources: &[Source]) -> Vec<String> {
    let mut strange = Vec::new();
    for source in sources {
        let Some(from) = source.module() else {
            continue;
        };
        for to in source.imports() {
            if from != to && !EDGES.contains(&(from, &to)) {
                strange.push(format!("{}: imports {to}", source.path));
            }
        }
    }
    strange
}

/// `file: word (why)`, for every word in a place that is not its own.
fn misplaced(sources: &[Source]) -> Vec<String> {
    let mut misplaced = Vec::new();
    let within = |path: &str, places: &[&str]| {
        places
            .iter()
            .any(|place| path == *place || (place.ends_with('/') && path.starts_with(place)))
    };
    for source in sources {
        let mut check = |words: &[&str], why: &str| {
            for word in words.iter().filter(|word| has_word(&source.code, word)) {
                misplaced.push(format!("{}: {word} ({why})", source.path));
            }
        };
        for (words, places, why) in PLACES {
            if !within(&source.path, places) {
                check(words, why);
            }
        }
        for (words, places, why) in FORBIDDEN {
            if within(&source.path, places) {
                check(words, why);
            }
        }
    }
    misplaced
}

/// Whether `code` uses `word`, and not a longer name that ends or begins with it.
fn has_word(code: &str, word: &str) -> bool {
    let part_of_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let begins = !word.starts_with(part_of_name) || !before.is_some_and(part_of_name);
        let ends = !word.ends_with(part_of_name) || !after.is_some_and(part_of_name);
        begins && ends
    })
}

#[test]
fn edges_lead_downwards_and_never_along_a_floor() {
    let floor = |module: &str| FLOORS.iter().position(|rooms| rooms.contains(&module));
    for (from, to) in EDGES {
        assert!(floor(from).unwrap() > floor(to).unwrap(), "{from} -> {to}");
    }
    assert!(EDGES.is_sorted());
}

#[test]
fn every_module_has_a_floor() {
    let found: BTreeSet<String> = sources()
        .iter()
        .filter_map(|source| source.module().map(str::to_owned))
        .collect();
    let known: BTreeSet<String> = FLOORS
        .concat()
        .iter()
        .map(|&name| name.to_owned())
        .collect();
    assert_eq!(found, known);
}

#[test]
fn imports_are_edges() {
    let sources = sources();
    assert_eq!(strange_imports(&sources), [""; 0]);
    // An edge that nobody uses says something that is not true.
    let used: BTreeSet<(String, String)> = sources
        .iter()
        .filter_map(|source| Some((source.module()?.to_owned(), source.imports())))
        .flat_map(|(from, imports)| imports.into_iter().map(move |to| (from.clone(), to)))
        .filter(|(from, to)| from != to)
        .collect();
    let listed: BTreeSet<(String, String)> = EDGES
        .iter()
        .map(|&(from, to)| (from.to_owned(), to.to_owned()))
        .collect();
    assert_eq!(used, listed);
}

#[test]
fn everything_is_in_its_place() {
    assert_eq!(misplaced(&sources()), [""; 0]);
}

#[test]
fn the_map_in_the_crate_doc_has_these_floors() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let mut floor = 0;
    for row in lib.lines().filter_map(|line| line.strip_prefix("//! | ")) {
        let mut cells = row.split('|');
        let (number, names) = (cells.next().unwrap().trim(), cells.next().unwrap());
        if let Ok(number) = number.parse::<usize>() {
            floor = number;
        }
        for name in names.split("[`").skip(1) {
            let name = name.split('`').next().unwrap();
            assert!(FLOORS[floor - 1].contains(&name), "{name} on floor {floor}");
        }
    }
    assert_eq!(floor, 1, "the map ends on the lowest floor");
}

#[test]
fn the_checks_can_fail() {
    let made_up = |path: &str, text: &str| vec![Source::new(path, text)];
    let imports = |path: &str, text: &str| strange_imports(&made_up(path, text)).join("\n");
    assert_eq!(
        imports("lake/log.rs", "use crate::query::Answer;"),
        "lake/log.rs: imports query"
    );
    assert_eq!(
        imports("covidx/age.rs", "fn f() { crate::lake::hex(&[]); }"),
        "covidx/age.rs: imports lake"
    );
    assert_eq!(
        imports(
            "ingest/plan.rs",
            "use crate::{hint::Hint, tables::{self, Action}, cli};"
        ),
        "ingest/plan.rs: imports cli\ningest/plan.rs: imports tables"
    );
    assert_eq!(
        imports("lake/log.rs", "use super::super::tables::plan;"),
        "lake/log.rs: imports tables"
    );
    assert_eq!(
        imports("lake/mod.rs", "use super::ingest;"),
        "lake/mod.rs: imports ingest"
    );
    assert_eq!(
        imports("pipeline.rs", "use super::cli;"),
        "pipeline.rs: imports cli"
    );
    // Within a module, in comments, in texts and in tests anything goes.
    assert_eq!(
        imports(
            "tables/plan.rs",
            "use super::query; // crate::cli\nconst A: &str = \"crate::cli\";"
        ),
        ""
    );
    assert_eq!(
        imports(
            "lake/log.rs",
            "#[cfg(test)]\nmod tests { use crate::cli::{A}; fn f() {} }\n"
        ),
        ""
    );
    assert_eq!(
        imports("lake/log.rs", "#[cfg(test)]\nmod tests;\nuse crate::cli;"),
        "lake/log.rs: imports cli"
    );

    let places = |path: &str, text: &str| misplaced(&made_up(path, text)).len();
    assert_eq!(places("query/diff.rs", "use polars::series::Series;"), 1);
    assert_eq!(places("query/mod.rs", "use polars::prelude::DataFrame;"), 1);
    assert_eq!(places("query/mod.rs", "mod polars;"), 0);
    assert_eq!(
        places("query/polars/mod.rs", "use polars::prelude::DataFrame;"),
        0
    );
    assert_eq!(places("ingest/mod.rs", "let store = InMemory::new();"), 1);
    assert_eq!(places("tables/mod.rs", "eprintln!(\"{x}\");"), 1);
    assert_eq!(places("cli/mod.rs", "eprintln!(\"{x}\");"), 0);
    assert_eq!(places("contract/mod.rs", "pub async fn read() {}"), 1);
    assert_eq!(places("covidx/release.rs", "use std::fs;"), 1);
    assert_eq!(places("lake/mod.rs", "#[allow(unsafe_code)] fn f() {}"), 1);
    assert_eq!(places("lake/mod.rs", "x.unwrap();"), 1);
    assert_eq!(
        places(
            "lake/mod.rs",
            "x.unwrap_or(1);\n#[cfg(test)]\nmod tests { fn f() { x.unwrap(); } }"
        ),
        0
    );
}
