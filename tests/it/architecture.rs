//! The house: who may import whom, and what may stand in one place only. Proven on the sources' text, tests left out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

/// The floors of `src/lib.rs`, lowest first.
const FLOORS: [&[&str]; 10] = [
    &["progress", "hint", "trust", "readable", "png_file"],
    &["net", "transfer", "contract", "columnar"],
    &["release"],
    &["lake", "archive"],
    &["query", "build"],
    &["ingest", "catalog", "powerbi", "images"],
    &["datasets"],
    &["error"],
    &["ops"],
    &["cli"],
];

/// Every edge there is, from the importing module to the imported: a new one is added here, after thought.
const EDGES: &[(&str, &str)] = &[
    ("archive", "hint"),
    ("archive", "net"),
    ("archive", "progress"),
    ("archive", "readable"),
    ("archive", "transfer"),
    ("archive", "trust"),
    ("build", "columnar"),
    ("build", "hint"),
    ("build", "lake"),
    ("build", "progress"),
    ("catalog", "contract"),
    ("catalog", "hint"),
    ("catalog", "lake"),
    ("catalog", "readable"),
    ("cli", "archive"),
    ("cli", "catalog"),
    ("cli", "contract"),
    ("cli", "datasets"),
    ("cli", "hint"),
    ("cli", "images"),
    ("cli", "ingest"),
    ("cli", "lake"),
    ("cli", "net"),
    ("cli", "ops"),
    ("cli", "powerbi"),
    ("cli", "progress"),
    ("cli", "query"),
    ("cli", "readable"),
    ("cli", "release"),
    ("cli", "transfer"),
    ("contract", "hint"),
    ("datasets", "build"),
    ("datasets", "columnar"),
    ("datasets", "contract"),
    ("datasets", "hint"),
    ("datasets", "lake"),
    ("datasets", "png_file"),
    ("datasets", "powerbi"),
    ("datasets", "progress"),
    ("datasets", "query"),
    ("datasets", "readable"),
    ("datasets", "release"),
    ("error", "catalog"),
    ("error", "datasets"),
    ("error", "hint"),
    ("error", "images"),
    ("error", "ingest"),
    ("error", "lake"),
    ("error", "query"),
    ("images", "contract"),
    ("images", "hint"),
    ("images", "lake"),
    ("images", "net"),
    ("images", "progress"),
    ("images", "query"),
    ("images", "readable"),
    ("images", "transfer"),
    ("ingest", "archive"),
    ("ingest", "hint"),
    ("ingest", "lake"),
    ("ingest", "net"),
    ("ingest", "png_file"),
    ("ingest", "progress"),
    ("ingest", "readable"),
    ("ingest", "release"),
    ("ingest", "transfer"),
    ("lake", "contract"),
    ("lake", "hint"),
    ("lake", "net"),
    ("lake", "progress"),
    ("lake", "readable"),
    ("lake", "release"),
    ("lake", "transfer"),
    ("lake", "trust"),
    ("net", "hint"),
    ("net", "progress"),
    ("net", "trust"),
    ("ops", "catalog"),
    ("ops", "datasets"),
    ("ops", "error"),
    ("ops", "hint"),
    ("ops", "images"),
    ("ops", "ingest"),
    ("ops", "lake"),
    ("ops", "progress"),
    ("ops", "query"),
    ("ops", "readable"),
    ("ops", "release"),
    ("powerbi", "contract"),
    ("query", "columnar"),
    ("query", "contract"),
    ("query", "hint"),
    ("query", "lake"),
    ("query", "net"),
    ("query", "progress"),
    ("query", "readable"),
    ("query", "trust"),
    ("release", "contract"),
    ("release", "readable"),
    ("transfer", "progress"),
];

/// Folders whose files may still import each other in a circle.
const CIRCLES: &[&str] = &["catalog"];

/// What may stand in some files only: the words, the files (folders end in `/`), and why.
const PLACES: &[(&[&str], &[&str], &str)] = &[
    // `query/mod.rs` names the module, which is called so too.
    (
        &["polars"],
        &["query/polars/", "query/mod.rs", "ops/query.rs"],
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
    &[
        "columnar/",
        "contract/",
        "release/",
        "datasets/covidx_ct/files/",
        "powerbi/",
    ],
    "the Parquet encoder, the contract, the dataset's formats and the Power BI project are pure",
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

    /// The path of its own module: `a/b.rs` and `a/b/mod.rs` are both `a`, `b`.
    fn module_path(&self) -> Vec<&str> {
        let path = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        path.split('/').collect()
    }

    /// The paths that it names from the crate's root or from a module above its own, from the root on.
    fn paths(&self) -> Vec<Vec<String>> {
        let own = self.module_path();
        let mut found = Vec::new();
        for root in ["crate::", "super::"] {
            for (at, _) in self.code.match_indices(root) {
                // `super::super::x` is found at its first `super`, and `pub(in crate::x)` is no import.
                let before = &self.code[..at];
                if before.ends_with("::") || before.ends_with("in ") {
                    continue;
                }
                let mut rest = &self.code[at..];
                let mut above = own.len();
                while let Some(after) = rest.strip_prefix("super::") {
                    above = above.saturating_sub(1);
                    rest = after;
                }
                let base = match rest.strip_prefix("crate::") {
                    Some(after) => {
                        rest = after;
                        &[]
                    }
                    None => &own[..above],
                };
                let base: Vec<String> = base.iter().map(|&name| name.to_owned()).collect();
                found.extend(paths(&base, rest));
            }
        }
        found
    }

    /// The modules that its public imports bring into it: the name, and the module below its own that has it.
    fn exports(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("use ") {
            let line = self.code[..at].rsplit('\n').next().unwrap_or_default();
            if line.trim_start().starts_with("pub") {
                let paths = paths(&[], &self.code[at + "use ".len()..]);
                let named = paths.into_iter().filter(|path| path.len() > 1);
                found.extend(named.map(|mut path| (path.pop().unwrap(), path.remove(0))));
            }
        }
        found
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

/// Every path of an import, below `base`: `a::{b, c::d}` → `a::b`, `a::c::d`.
fn paths(base: &[String], text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start();
    if let Some(list) = text.strip_prefix('{') {
        let mut found = Vec::new();
        let (mut depth, mut start) = (0, 0);
        for (at, letter) in list.char_indices() {
            match letter {
                '{' => depth += 1,
                ',' | '}' if depth == 0 => {
                    if !list[start..at].trim().is_empty() {
                        found.extend(paths(base, &list[start..at]));
                    }
                    start = at + 1;
                    if letter == '}' {
                        break;
                    }
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
        return found;
    }
    let name: String = text
        .chars()
        .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect();
    let mut path = base.to_vec();
    let rest = &text[name.len()..];
    path.push(name);
    match rest.strip_prefix("::") {
        Some(rest) => paths(&path, rest),
        None => vec![path],
    }
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

/// `folder: a -> b -> a`, for the files and folders of a folder that import each other in a circle. The folder's own `mod.rs` is
/// none of them: it names the others.
fn circles(sources: &[Source]) -> Vec<String> {
    let modules: BTreeSet<Vec<&str>> = sources.iter().map(Source::module_path).collect();
    let exports: BTreeMap<Vec<&str>, Vec<(String, String)>> = sources
        .iter()
        .map(|source| (source.module_path(), source.exports()))
        .collect();
    // By folder: who imports whom.
    let mut imports: BTreeMap<String, BTreeMap<&str, BTreeSet<String>>> = BTreeMap::new();
    for source in sources {
        let own = source.module_path();
        for path in source.paths() {
            let mut target: Vec<&str> = Vec::new();
            for name in &path {
                let exported = exports.get(&target).into_iter().flatten();
                let module = exported
                    .filter(|(export, _)| export == name)
                    .map(|(_, module)| module.as_str());
                let below = module.chain([name.as_str()]).find(|module| {
                    let below = [&target[..], &[*module]].concat();
                    modules.contains(&below)
                });
                let Some(below) = below else { break };
                target.push(below);
            }
            let shared = own.iter().zip(&target).take_while(|(a, b)| a == b).count();
            if let (Some(from), Some(to)) = (own.get(shared), target.get(shared)) {
                let folder = imports.entry(own[..shared].join("/")).or_default();
                folder.entry(from).or_default().insert((*to).to_owned());
            }
        }
    }
    let mut found = Vec::new();
    for (folder, imports) in imports.iter().filter(|(folder, _)| !folder.is_empty()) {
        let mut known = BTreeSet::new();
        for start in imports.keys() {
            if let Some(circle) = circle(imports, start)
                && known.insert(circle.iter().copied().collect::<BTreeSet<_>>())
            {
                found.push(format!("{folder}: {}", circle.join(" -> ")));
            }
        }
    }
    found
}

/// The shortest way from a file back to itself.
fn circle<'a>(
    imports: &'a BTreeMap<&str, BTreeSet<String>>,
    start: &'a str,
) -> Option<Vec<&'a str>> {
    let mut seen = BTreeSet::new();
    let mut ways = VecDeque::from([vec![start]]);
    while let Some(way) = ways.pop_front() {
        for next in imports.get(way.last()?).into_iter().flatten() {
            let longer = [&way[..], &[next.as_str()]].concat();
            if next == start {
                return Some(longer);
            }
            if seen.insert(next) {
                ways.push_back(longer);
            }
        }
    }
    None
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
fn no_files_of_a_folder_import_each_other_in_a_circle() {
    let mut found = circles(&sources());
    found.retain(|circle| {
        let folder = circle.split(':').next().unwrap_or_default();
        !CIRCLES.contains(&folder)
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_folder_with_an_exception_has_a_circle() {
    let found = circles(&sources());
    for folder in CIRCLES {
        let prefix = format!("{folder}:");
        assert!(
            found.iter().any(|circle| circle.starts_with(&prefix)),
            "{folder}"
        );
    }
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
        imports("release/name.rs", "fn f() { crate::lake::hex(&[]); }"),
        "release/name.rs: imports lake"
    );
    assert_eq!(
        imports(
            "ingest/plan.rs",
            "use crate::{hint::Hint, datasets::{self, Action}, cli};"
        ),
        "ingest/plan.rs: imports cli\ningest/plan.rs: imports datasets"
    );
    assert_eq!(
        imports("lake/log.rs", "use super::super::datasets::plan;"),
        "lake/log.rs: imports datasets"
    );
    assert_eq!(
        imports("lake/mod.rs", "use super::ingest;"),
        "lake/mod.rs: imports ingest"
    );
    assert_eq!(
        imports("ops/mod.rs", "use super::cli;"),
        "ops/mod.rs: imports cli"
    );
    // Within a module, in comments, in texts and in tests anything goes.
    assert_eq!(
        imports(
            "datasets/plan.rs",
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

    let files = |files: &[(&str, &str)]| {
        let sources: Vec<Source> = files
            .iter()
            .map(|(path, text)| Source::new(path, text))
            .collect();
        circles(&sources)
    };
    // By `super`, by the whole path, by a name that `mod.rs` passes on, and from a folder.
    assert_eq!(
        files(&[
            ("lake/a.rs", "use super::{b::B, c::C};"),
            ("lake/b.rs", "use crate::lake::c::{self, C};"),
            ("lake/c.rs", "use super::Passed;"),
            ("lake/d/mod.rs", ""),
            ("lake/d/e.rs", "fn f(_: super::super::a::A) {}"),
            ("lake/mod.rs", "pub use d::{Other, Passed};"),
        ]),
        ["lake: a -> c -> d -> a", "lake: b -> c -> d -> a -> b"]
    );
    assert_eq!(
        files(&[
            ("lake/a.rs", "use super::b::B;"),
            (
                "lake/b.rs",
                "// super::a\n#[cfg(test)]\nmod tests { use super::super::a::A; }"
            ),
            ("lake/mod.rs", "mod a;\nmod b;\nuse a::A;"),
        ]),
        [""; 0]
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
    assert_eq!(places("datasets/mod.rs", "eprintln!(\"{x}\");"), 1);
    assert_eq!(places("cli/mod.rs", "eprintln!(\"{x}\");"), 0);
    assert_eq!(places("contract/mod.rs", "pub async fn read() {}"), 1);
    assert_eq!(places("release/name.rs", "use std::fs;"), 1);
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
