//! The Power BI project: the copy in `powerbi/`, what its parts say of each other, and writing it to a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use ctlake::datasets::covidx_ct::contract;
use ctlake::datasets::covidx_ct::powerbi::PRESENTATION;
use ctlake::powerbi::{DirectLakeOptions, Lakehouse, ProjectFile, ProjectOptions, project};
use insta::assert_snapshot;
use serde_json::Value;

use crate::support::Lake;

const WORKSPACE: &str = "01234567-89ab-cdef-0123-456789abcdef";
const LAKEHOUSE: &str = "fedcba98-7654-3210-fedc-ba9876543210";
const ENDPOINT: &str =
    "abc.datawarehouse.fabric.microsoft.com/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
const TABLES: &str = "ctlake.SemanticModel/definition/tables/";

/// The generated files by path.
fn files() -> BTreeMap<String, String> {
    files_of(&ProjectOptions::default())
}

fn files_of(options: &ProjectOptions) -> BTreeMap<String, String> {
    let files = project(contract(), &PRESENTATION, options).into_iter();
    files
        .map(|ProjectFile { path, text }| (path, text))
        .collect()
}

fn on_onelake(schema: Option<&str>, previews: bool) -> ProjectOptions {
    direct_lake(
        Lakehouse::OneLake {
            workspace: WORKSPACE.parse().unwrap(),
            lakehouse: LAKEHOUSE.parse().unwrap(),
        },
        schema,
        previews,
    )
}

fn on_sql_endpoint() -> ProjectOptions {
    direct_lake(
        Lakehouse::SqlEndpoint(ENDPOINT.parse().unwrap()),
        None,
        false,
    )
}

fn direct_lake(lakehouse: Lakehouse, schema: Option<&str>, previews: bool) -> ProjectOptions {
    ProjectOptions::DirectLake(DirectLakeOptions {
        lakehouse,
        schema: schema.map(|schema| schema.parse().unwrap()),
        previews,
    })
}

/// A project of each kind.
fn kinds() -> [(&'static str, BTreeMap<String, String>); 4] {
    [
        ("queries", files()),
        ("OneLake", files_of(&on_onelake(None, false))),
        ("previews", files_of(&on_onelake(Some("dbo"), true))),
        ("SQL endpoint", files_of(&on_sql_endpoint())),
    ]
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
                .strip_prefix(TABLES)
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
    for (kind, files) in kinds() {
        every_field_is_in_the_model(kind, &files);
    }
}

fn every_field_is_in_the_model(kind: &str, files: &BTreeMap<String, String>) {
    let model = Model::read(files);
    let mut named = Vec::new();
    for (path, text) in files {
        if path.starts_with("ctlake.Report/definition/pages/") {
            fields(&serde_json::from_str(text).unwrap(), &mut named);
        }
    }
    assert!(named.len() > 100, "{}", named.len());
    for (what, table, name) in &named {
        match &**what {
            "Column" => assert!(model.has_column(table, name), "{kind}: {table}.{name}"),
            _ => assert_eq!(&model.measures[name].0, table, "{kind}: {name}"),
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
    let previews = files.contains_key(&format!("{TABLES}previews.tmdl"));
    assert_eq!(model.relationships.len(), if previews { 2 } else { 1 });
    assert_eq!(previews, !matches!(kind, "OneLake" | "SQL endpoint"));
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
    for (kind, files) in kinds() {
        let model = Model::read(&files);
        let modelled = |table: &str| files.contains_key(&format!("{TABLES}{table}.tmdl"));
        let wanted = there.keys().filter(|(table, _)| modelled(table));
        assert_eq!(model.columns.len(), wanted.count(), "{kind}");
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
    }
    let model = Model::read(&files());
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
    for measure in contract().measures {
        let (name, table, what) = (measure.name, measure.table(), measure.description);
        let row = format!("| {name} | `{table}` | {what} |\n");
        assert!(guide.contains(&row), "docs/powerbi.md lacks {row}");
    }
}

/// What ends up in a report is found again by its tag, so no two things have one.
#[test]
fn every_tag_is_given_once() {
    for (kind, files) in kinds() {
        let mut tags = BTreeSet::new();
        for (path, text) in files {
            for line in text.lines() {
                if let Some(tag) = line.trim().strip_prefix("lineageTag: ") {
                    assert!(tags.insert(tag.to_owned()), "{kind}: {path}: {tag}");
                }
            }
        }
        assert!(tags.len() > 90, "{kind}: {}", tags.len());
    }
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

/// What Direct Lake allows: one partition per table that names a Delta table, no column or table that is computed, no queries.
#[test]
fn a_direct_lake_model_reads_delta_tables_in_place() {
    for (kind, files) in kinds().into_iter().skip(1) {
        let tables = files.iter().filter(|(path, _)| path.starts_with(TABLES));
        for (path, text) in tables {
            let name = path.strip_prefix(TABLES).unwrap();
            let name = name.strip_suffix(".tmdl").unwrap();
            let partitions: Vec<&str> = text
                .lines()
                .filter(|line| line.starts_with("\tpartition "))
                .collect();
            assert_eq!(
                partitions,
                [format!("\tpartition {name} = entity")],
                "{kind}"
            );
            for line in text.lines().filter(|line| line.starts_with("\tcolumn ")) {
                assert!(!line.contains('='), "{kind}: {path}: {line}");
            }
        }
        let model = &files["ctlake.SemanticModel/definition/database.tmdl"];
        assert_eq!(model, "database\n\tcompatibilityLevel: 1604\n");
        for (path, text) in &files {
            for word in ["Athena", "LakeFolder", "mode: import"] {
                assert!(!text.contains(word), "{kind}: {path}: {word}");
            }
        }
    }
}

#[test]
fn direct_lake_partitions_name_the_schema_that_the_lakehouse_has() {
    let partition = |options: &ProjectOptions| {
        let text = files_of(options)[&format!("{TABLES}ct_slices.tmdl")].clone();
        let tag = text
            .lines()
            .find(|line| line.starts_with("\tsourceLineageTag: "));
        let at = text.find("\tpartition ").unwrap();
        format!("{}\n{}", tag.unwrap(), &text[at..])
    };
    assert_snapshot!(partition(&on_onelake(None, false)), @"
    sourceLineageTag: [ct_slices]
    partition ct_slices = entity
    	mode: directLake
    	source
    		entityName: ct_slices
    		expressionSource: DatabaseQuery
    ");
    assert_snapshot!(partition(&on_onelake(Some("dbo"), false)), @"
    sourceLineageTag: [dbo].[ct_slices]
    partition ct_slices = entity
    	mode: directLake
    	source
    		entityName: ct_slices
    		schemaName: dbo
    		expressionSource: DatabaseQuery
    ");
    // At its endpoint a lakehouse without schemas has `dbo`.
    assert_snapshot!(partition(&on_sql_endpoint()), @"
    sourceLineageTag: [dbo].[ct_slices]
    partition ct_slices = entity
    	mode: directLake
    	source
    		entityName: ct_slices
    		schemaName: dbo
    		expressionSource: DatabaseQuery
    ");
}

#[test]
fn a_direct_lake_model_says_where_the_lakehouse_is() {
    let text = |options: &ProjectOptions, name: &str| {
        files_of(options)[&format!("ctlake.SemanticModel/definition/{name}.tmdl")].clone()
    };
    assert_snapshot!(text(&on_onelake(None, false), "expressions"), @r#"
    /// ID of the Fabric workspace that the lakehouse is in.
    expression WorkspaceId = "01234567-89ab-cdef-0123-456789abcdef" meta [IsParameterQuery = true, Type = "Text", IsParameterQueryRequired = true]
    	lineageTag: 845e092c-e20a-5208-8136-09efd430a5d6

    	annotation PBI_ResultType = Text

    	annotation PBI_NavigationStepName = Navigation

    /// ID of the lakehouse with shortcuts to the Delta tables.
    expression LakehouseId = "fedcba98-7654-3210-fedc-ba9876543210" meta [IsParameterQuery = true, Type = "Text", IsParameterQueryRequired = true]
    	lineageTag: b4451640-f47c-50f1-87e5-f8be498d070b

    	annotation PBI_ResultType = Text

    	annotation PBI_NavigationStepName = Navigation

    /// The lakehouse that all tables are in.
    expression DatabaseQuery =
    		let
    		    Source = AzureStorage.DataLake("https://onelake.dfs.fabric.microsoft.com/" & WorkspaceId & "/" & LakehouseId, [HierarchicalNavigation = true])
    		in
    		    Source
    	lineageTag: 741453fd-6627-5541-8496-399582c9c9ac

    	annotation PBI_IncludeFutureArtifacts = False
    "#);
    assert_snapshot!(text(&on_sql_endpoint(), "expressions"), @r#"
    /// The lakehouse that all tables are in.
    expression DatabaseQuery =
    		let
    		    Source = Sql.Database("abc.datawarehouse.fabric.microsoft.com", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")
    		in
    		    Source
    	lineageTag: 741453fd-6627-5541-8496-399582c9c9ac

    	annotation PBI_IncludeFutureArtifacts = False
    "#);
    assert_snapshot!(text(&on_sql_endpoint(), "model"), @r#"
    model Model
    	culture: en-US
    	defaultPowerBIDataSourceVersion: powerBI_V3
    	discourageImplicitMeasures
    	sourceQueryCulture: en-US
    	directLakeBehavior: directLakeOnly
    	dataAccessOptions
    		legacyRedirects
    		returnErrorValuesAsNull

    annotation __PBI_TimeIntelligenceEnabled = 0

    annotation PBI_QueryOrder = ["DatabaseQuery"]

    ref table ct_slices
    ref table patients
    ref table quality_findings
    ref table snapshot_info

    ref cultureInfo en-US
    "#);
    assert!(!text(&on_onelake(None, false), "model").contains("directLakeBehavior"));
}

#[test]
fn a_direct_lake_project_is_planned_written_and_replaces_another() {
    let lake = Lake::temp();
    let direct = |more: &[&str]| {
        let given = [
            "powerbi",
            "--out",
            "pbi",
            "--direct-lake",
            "--workspace",
            WORKSPACE,
            "--lakehouse",
            LAKEHOUSE,
        ];
        lake.ctlake(given.iter().chain(more).copied())
    };
    let plan = direct(&["--dry-run", "--json"]).ok().json();
    let new = plan["plan"]["new"].as_array().unwrap();
    assert_eq!(new.len(), files_of(&on_onelake(None, false)).len());
    assert!(!lake.path("pbi").exists());
    assert_snapshot!(direct(&[]).ok(), @"
    exit 0
    --- stderr
    pbi: 60 new files, 0 changed, 0 removed, 0 as they were
    next: open pbi/ctlake.pbip in Power BI Desktop and choose a Fabric workspace for the model
    ");
    assert_eq!(read(&lake.path("pbi")), files_of(&on_onelake(None, false)));
    let said = direct(&["--schema", "dbo", "--previews", "--replace", "--json"])
        .ok()
        .json();
    assert_eq!(said["command"], "powerbi");
    assert_eq!(
        read(&lake.path("pbi")),
        files_of(&on_onelake(Some("dbo"), true))
    );
    // Nothing of a model with previews is left in one without.
    direct(&["--replace"]).ok();
    assert_eq!(read(&lake.path("pbi")), files_of(&on_onelake(None, false)));
    lake.ctlake([
        "powerbi",
        "--out",
        "sql",
        "--direct-lake",
        "--sql-endpoint",
        ENDPOINT,
    ])
    .ok();
    assert_eq!(read(&lake.path("sql")), files_of(&on_sql_endpoint()));
}

#[test]
fn options_of_queries_and_of_direct_lake_exclude_each_other() {
    let lake = Lake::temp();
    let fails = |given: &[&str]| {
        let said = lake
            .ctlake(["powerbi"].iter().chain(given).copied())
            .fails(2);
        assert!(!lake.path("powerbi").exists(), "{given:?}");
        said.to_string()
    };
    assert_snapshot!(fails(&["--direct-lake"]), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      <--lakehouse <ID>|--sql-endpoint <SERVER/ID>>

    Usage: ctlake powerbi --direct-lake <--lakehouse <ID>|--sql-endpoint <SERVER/ID>>

    For more information, try '--help'.
    ");
    assert_snapshot!(fails(&["--direct-lake", "--workspace", WORKSPACE]), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      <--lakehouse <ID>|--sql-endpoint <SERVER/ID>>

    Usage: ctlake powerbi --direct-lake --workspace <ID> <--lakehouse <ID>|--sql-endpoint <SERVER/ID>>

    For more information, try '--help'.
    ");
    assert_snapshot!(fails(&["--direct-lake", "--workspace", "Analytics", "--lakehouse", LAKEHOUSE]), @"
    exit 2
    --- stderr
    error: invalid value 'Analytics' for '--workspace <ID>': expected an ID of the form 01234567-89ab-cdef-0123-456789abcdef, got `Analytics`; the lakehouse's address in the browser has it: https://app.fabric.microsoft.com/groups/WORKSPACE/lakehouses/LAKEHOUSE

    For more information, try '--help'.
    ");
    assert_snapshot!(fails(&["--direct-lake", "--sql-endpoint", "covidx"]), @"
    exit 2
    --- stderr
    error: invalid value 'covidx' for '--sql-endpoint <SERVER/ID>': expected SERVER/ID, like `abc.datawarehouse.fabric.microsoft.com/01234567-89ab-cdef-0123-456789abcdef`, got `covidx`

    For more information, try '--help'.
    ");
    let onelake = [
        "--direct-lake",
        "--workspace",
        WORKSPACE,
        "--lakehouse",
        LAKEHOUSE,
    ];
    for other in [
        &["--dsn", "ctlake"][..],
        &["--database", "covidx"],
        &["--folder", "x"],
        &["--direct-query"],
        &["--sql-endpoint", ENDPOINT],
        &["--schema", "a.b"],
    ] {
        fails(&[&onelake[..], other].concat());
    }
    // None of Direct Lake's options is passed over in silence.
    for (queries, option) in [
        (&["--folder", "x"][..], &["--previews"][..]),
        (&["--database", "covidx"], &["--schema", "dbo"]),
        (&["--direct-query"], &["--sql-endpoint", ENDPOINT]),
        (&["--dsn", "x"], &["--workspace", WORKSPACE]),
        (&[], &["--lakehouse", LAKEHOUSE]),
        (&[], &["--workspace", WORKSPACE, "--lakehouse", LAKEHOUSE]),
        (&[], &["--sql-endpoint", ENDPOINT]),
        (&[], &["--previews"]),
        (&[], &["--schema", "dbo"]),
    ] {
        fails(&[queries, option].concat());
    }
}
