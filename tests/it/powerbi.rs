//! The Power BI project: the copy in `powerbi/`, what its parts say of each other, and writing it to a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use ctlake::contract::MEASURES;
use ctlake::powerbi::{ProjectFile, ProjectOptions, project};
use insta::assert_snapshot;
use serde_json::Value;

use crate::support::Lake;

/// The generated files by path.
fn files() -> BTreeMap<String, String> {
    let files = project(&ProjectOptions::default()).into_iter();
    files
        .map(|ProjectFile { path, text }| (path, text))
        .collect()
}

/// Every file below `folder`, by path.
fn read(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path.strip_prefix(folder).unwrap().to_str().unwrap();
                found.insert(below.replace('\\', "/"), fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// What the model has, read back from its TMDL.
#[derive(Debug, Default)]
struct Model {
    /// Table and column to what the column's lines say.
    columns: BTreeMap<(String, String), BTreeMap<String, String>>,
    /// Measure to table and DAX.
    measures: BTreeMap<String, (String, String)>,
    /// From and to.
    relationships: Vec<(String, String)>,
}

impl Model {
    fn read(files: &BTreeMap<String, String>) -> Self {
        let mut model = Self::default();
        for (path, text) in files {
            if path.ends_with("relationships.tmdl") {
                let ends = |name: &str| -> Vec<String> {
                    let lines = text
                        .lines()
                        .filter_map(|line| line.trim().strip_prefix(name));
                    lines.map(|end| end.trim().to_owned()).collect()
                };
                let pairs = ends("fromColumn:").into_iter().zip(ends("toColumn:"));
                model.relationships = pairs.collect();
            } else if let Some(name) = path
                .strip_prefix("ctlake.SemanticModel/definition/tables/")
                .and_then(|name| name.strip_suffix(".tmdl"))
            {
                model.table(name, text);
            }
        }
        model
    }

    fn table(&mut self, table: &str, text: &str) {
        let mut column = None;
        for line in text.lines() {
            if let Some(measure) = line.strip_prefix("\tmeasure ") {
                let (name, dax) = measure.split_once(" = ").unwrap();
                let home = (table.to_owned(), dax.to_owned());
                self.measures
                    .insert(name.trim_matches('\'').to_owned(), home);
            } else if let Some(name) = line.strip_prefix("\tcolumn ") {
                let key = (table.to_owned(), name.to_owned());
                self.columns.insert(key.clone(), BTreeMap::new());
                column = Some(key);
            } else if line.starts_with("\thierarchy") || line.starts_with("\tpartition") {
                column = None;
            } else if let (Some(key), Some(property)) = (&column, line.strip_prefix("\t\t")) {
                let (name, value) = property.split_once(": ").unwrap_or((property, ""));
                let properties = self.columns.get_mut(key).unwrap();
                properties.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    fn has_column(&self, table: &str, column: &str) -> bool {
        self.columns
            .contains_key(&(table.to_owned(), column.to_owned()))
    }
}

/// Every `Column` and `Measure` expression below `value`: kind, table, name.
fn fields(value: &Value, found: &mut Vec<(String, String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if let ("Column" | "Measure", Some(property)) =
                    (&**name, member["Property"].as_str())
                {
                    let table = member["Expression"]["SourceRef"]["Entity"]
                        .as_str()
                        .unwrap();
                    found.push((name.clone(), table.to_owned(), property.to_owned()));
                }
                fields(member, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, found)),
        _ => {}
    }
}

/// `table[column]` in an expression of DAX.
fn dax_columns(dax: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, _) in dax.match_indices('[') {
        let word = |letter: char| !(letter.is_alphanumeric() || letter == '_');
        let table = dax[..at].rsplit(word).next().unwrap();
        let column = dax[at + 1..].split(']').next().unwrap();
        found.push((table.to_owned(), column.to_owned()));
    }
    found
}

#[test]
fn the_copy_in_the_repository_is_what_is_generated() {
    let there = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("powerbi"));
    let generated = files();
    let paths = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(paths(&there), paths(&generated));
    for (path, text) in &generated {
        assert!(
            there[path] == *text,
            "powerbi/{path} is not what is generated: `cargo run -- powerbi --replace`"
        );
    }
}

#[test]
fn every_field_that_is_named_is_in_the_model() {
    let files = files();
    let model = Model::read(&files);
    let mut named = Vec::new();
    for (path, text) in &files {
        if path.starts_with("ctlake.Report/definition/pages/") {
            fields(&serde_json::from_str(text).unwrap(), &mut named);
        }
    }
    assert!(named.len() > 100, "{}", named.len());
    for (kind, table, name) in &named {
        match &**kind {
            "Column" => assert!(model.has_column(table, name), "{table}.{name}"),
            _ => assert_eq!(&model.measures[name].0, table, "{name}"),
        }
    }
    let mut read = 0;
    for (name, (_, dax)) in &model.measures {
        for (table, column) in dax_columns(dax) {
            assert!(
                model.has_column(&table, &column),
                "{name}: {table}[{column}]"
            );
            read += 1;
        }
    }
    assert!(read > 20, "{read}");
    for ((table, column), properties) in &model.columns {
        if let Some(order) = properties.get("sortByColumn") {
            assert!(model.has_column(table, order), "{table}.{column}: {order}");
        }
    }
    assert_eq!(
        model.columns[&("patients".into(), "age_band".into())]["sortByColumn"],
        "age_band_order"
    );
    for (from, to) in &model.relationships {
        for end in [from, to] {
            let (table, column) = end.split_once('.').unwrap();
            assert!(model.has_column(table, column), "{end}");
        }
        // A filter on patients reaches what is theirs, and the one side is a key.
        assert_eq!(to, "patients.patient_id");
        let (table, column) = to.split_once('.').unwrap();
        let key = &model.columns[&(table.to_owned(), column.to_owned())];
        assert!(key.contains_key("isKey"), "{to}");
    }
    assert_eq!(model.relationships.len(), 2);
}

/// What the model loads is what a lake has: by the schema that the program prints, and that its data files have.
#[test]
fn every_source_column_is_in_the_lake_with_a_type_that_fits() {
    let schema = Lake::temp()
        .ctlake(["schema", "--format", "json"])
        .ok()
        .json();
    let mut there = BTreeMap::new();
    for table in schema["tables"].as_array().unwrap() {
        for column in table["columns"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            there.insert(
                (text(&table["name"]), text(&column["name"])),
                text(&column["type"]),
            );
        }
    }
    let model = Model::read(&files());
    assert_eq!(model.columns.len(), there.len());
    for ((table, column), properties) in &model.columns {
        let source = properties["sourceColumn"].clone();
        let fits = match &*there[&(table.clone(), source)] {
            "string" => "string",
            "int" | "bigint" => "int64",
            "boolean" => "boolean",
            other => panic!("{other}"),
        };
        assert_eq!(properties["dataType"], fits, "{table}.{column}");
        assert_eq!(properties["summarizeBy"], "none", "{table}.{column}");
    }
    let measures = schema["measures"].as_array().unwrap();
    assert_eq!(measures.len(), model.measures.len());
    for measure in measures {
        let (table, dax) = &model.measures[measure["name"].as_str().unwrap()];
        assert_eq!(
            (&measure["table"], &measure["dax"]),
            (&table.clone().into(), &dax.clone().into())
        );
    }
}

#[test]
fn the_guide_lists_every_measure() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/powerbi.md");
    let guide = fs::read_to_string(guide).unwrap();
    for measure in MEASURES {
        let (name, table, what) = (measure.name, measure.table(), measure.description);
        let row = format!("| {name} | `{table}` | {what} |\n");
        assert!(guide.contains(&row), "docs/powerbi.md lacks {row}");
    }
}

/// What ends up in a report is found again by its tag, so no two things have one.
#[test]
fn every_tag_is_given_once() {
    let mut tags = BTreeSet::new();
    for (path, text) in files() {
        for line in text.lines() {
            if let Some(tag) = line.trim().strip_prefix("lineageTag: ") {
                assert!(tags.insert(tag.to_owned()), "{path}: {tag}");
            }
        }
    }
    assert!(tags.len() > 100, "{}", tags.len());
}

#[test]
fn a_project_is_written_once_and_edits_are_not_lost_unasked() {
    let lake = Lake::temp();
    let planned = lake.ctlake(["powerbi", "--out", "pbi", "--dry-run"]).ok();
    assert!(planned.stdout().starts_with("pbi: "), "{planned}");
    assert!(!lake.path("pbi").exists());
    assert_snapshot!(lake.ctlake(["powerbi", "--out", "pbi"]).ok(), @"
    exit 0
    --- stderr
    pbi: 62 new files, 0 changed, 0 removed, 0 as they were
    next: open pbi/ctlake.pbip in Power BI Desktop
    ");
    assert_eq!(read(&lake.path("pbi")), files());
    assert_snapshot!(lake.ctlake(["powerbi", "--out", "pbi"]).ok(), @"
    exit 0
    --- stderr
    pbi: 0 new files, 0 changed, 0 removed, 62 as they were
    next: open pbi/ctlake.pbip in Power BI Desktop
    ");

    // A page that somebody has added, and a setting that somebody has changed.
    let page = lake.path("pbi/ctlake.Report/definition/pages/mine/page.json");
    fs::create_dir_all(page.parent().unwrap()).unwrap();
    fs::write(&page, "{}").unwrap();
    fs::write(lake.path("pbi/ctlake.pbip"), "{}").unwrap();
    fs::write(lake.path("pbi/notes.txt"), "mine").unwrap();
    assert_snapshot!(lake.ctlake(["powerbi", "--out", "pbi"]).fails(1), @"
    exit 1
    --- stderr
    error: `pbi` has 2 files that `ctlake powerbi` would change or remove, the first `ctlake.pbip`

    hint: write to another folder with `--out`, or add `--replace` to lose what was changed there
    ");
    assert!(page.exists());
    assert_snapshot!(lake.ctlake(["powerbi", "--out", "pbi", "--replace", "-n"]).ok(), @"
    exit 0
    --- stdout
    pbi: 0 new files, 1 changed, 1 removed, 61 as they were
      change  ctlake.pbip
      remove  ctlake.Report/definition/pages/mine/page.json
    ");
    assert!(page.exists());
    lake.ctlake(["powerbi", "--out", "pbi", "--replace"]).ok();
    assert!(!page.parent().unwrap().exists());
    let mut expected = files();
    expected.insert("notes.txt".to_owned(), "mine".to_owned());
    assert_eq!(read(&lake.path("pbi")), expected);
}

#[test]
fn options_are_parameters_of_the_model() {
    let lake = Lake::temp();
    let said = lake
        .ctlake([
            "powerbi",
            "--dsn",
            "Amazon Athena",
            "--database",
            "covidx",
            "--folder",
            r"D:\lake",
            "--json",
        ])
        .ok()
        .json();
    assert_eq!(said["command"], "powerbi");
    let text = read(&lake.path("powerbi"));
    let expressions = &text["ctlake.SemanticModel/definition/expressions.tmdl"];
    for parameter in [
        "LakeSource = \"folder\"",
        "AthenaDsn = \"Amazon Athena\"",
        "AthenaDatabase = \"covidx\"",
        "LakeFolder = \"D:\\lake\"",
    ] {
        assert!(
            expressions.contains(&format!("expression {parameter} meta")),
            "{parameter}"
        );
    }
    lake.ctlake(["powerbi", "--out", "direct", "--direct-query"])
        .ok();
    let text = read(&lake.path("direct"));
    let patients = &text["ctlake.SemanticModel/definition/tables/patients.tmdl"];
    assert!(patients.contains("\t\tmode: directQuery\n"));
    // Files of a folder can't be asked at each click.
    lake.ctlake(["powerbi", "--direct-query", "--folder", "x"])
        .fails(2);
}
