//! The queries of the model in M: parameters, the two ways to a table, and the query of each table.

use super::options::{DataSource, QueryOptions};
use super::tag::guid;
use super::tmdl::Tmdl;
use crate::contract::Table;

/// Parameters and functions, in the order they are shown.
pub(super) const NAMES: [&str; 8] = [
    "LakeSource",
    "AthenaDsn",
    "AthenaCatalog",
    "AthenaDatabase",
    "LakeFolder",
    "AthenaTable",
    "FolderTable",
    "LakeTable",
];

/// Columns that an older snapshot lacks are NULL, and a table that it lacks is empty, if it may lack it.
const ATHENA_TABLE: &str = r#"(table as text, types as list, allowMissing as logical) as table =>
let
    Source = AmazonAthena.Databases(AthenaDsn, null, []),
    Catalog = Source{[Name = AthenaCatalog, Kind = "Database"]}[Data],
    Database = Catalog{[Name = AthenaDatabase, Kind = "Schema"]}[Data],
    Key = [Name = table, Kind = "Table"],
    Columns = List.Transform(types, each _{0})
in
    if allowMissing and Database{Key}? = null then
        Table.TransformColumnTypes(#table(Columns, {}), types)
    else
        Table.SelectColumns(Database{Key}[Data], Columns)"#;

/// The highest entry of the log is what the lake shows. All files are reached from `LakeFolder` itself, one folder at a time:
/// a path that is put together from data is a source that a gateway can't know.
const FOLDER_TABLE: &str = r#"(table as text, types as list) as table =>
let
    Lake = Folder.Contents(LakeFolder),
    Open = (path as text) => List.Accumulate(Text.Split(path, "/"), Lake, (folder, name) => folder{[Name = name]}[Content]),
    Entries = Table.SelectRows(Open("_ctlake/log"), each [Extension] = ".json"),
    Current = Json.Document(Table.Max(Entries, "Name")[Content]),
    Files = Record.FieldOrDefault(Current[tables], table, [files = {}])[files],
    Keys = (path as text) as list => List.Select(Text.Split(path, "/"), each Text.Contains(_, "=")),
    Read = (path as text) as table => List.Accumulate(
        Keys(path),
        Parquet.Document(Open(path)),
        (rows, key) => Table.AddColumn(rows, Text.BeforeDelimiter(key, "="), each Text.AfterDelimiter(key, "="), type text)
    ),
    Columns = List.Transform(types, each _{0}),
    Rows = Table.Combine({#table(Columns, {})} & List.Transform(Files, each Read([path]))),
    Chosen = Table.SelectColumns(Rows, Columns, MissingField.UseNull)
in
    Table.TransformColumnTypes(Chosen, types)"#;

const LAKE_TABLE: &str = r#"(table as text, types as list, allowMissing as logical) as table =>
if LakeSource = "folder" then
    FolderTable(table, types)
else
    AthenaTable(table, types, allowMissing)"#;

/// The text of `expressions.tmdl`.
pub(super) fn expressions(options: &QueryOptions) -> String {
    let (source, folder) = match &options.source {
        DataSource::Athena => ("athena", r"C:\ctlake\lake"),
        DataSource::Folder(folder) => ("folder", folder.as_str()),
    };
    let mut tmdl = Tmdl::default();
    parameter(
        &mut tmdl,
        "LakeSource",
        "athena: Amazon Athena through its ODBC driver. folder: a copy of the lake in a folder.",
        source,
        r#"List = {"athena", "folder"}, DefaultValue = "athena", "#,
    );
    let mut text = |name, description, value| parameter(&mut tmdl, name, description, value, "");
    text(
        "AthenaDsn",
        "Name of the ODBC data source (a System DSN on a gateway).",
        &options.dsn,
    );
    text("AthenaCatalog", "Data catalog of Athena.", "AwsDataCatalog");
    text(
        "AthenaDatabase",
        "Database that the lake is registered in.",
        &options.database,
    );
    text(
        "LakeFolder",
        "Folder of the lake, which has _ctlake and curated in it, for LakeSource = folder.",
        folder,
    );
    let mut function = |name, description, code| self::function(&mut tmdl, name, description, code);
    function(
        "AthenaTable",
        "A table of the lake through Amazon Athena.",
        ATHENA_TABLE,
    );
    function(
        "FolderTable",
        "A table of the lake's current snapshot from Parquet files in a folder, partition values from their paths.",
        FOLDER_TABLE,
    );
    function(
        "LakeTable",
        "A table of the lake from wherever LakeSource says.",
        LAKE_TABLE,
    );
    tmdl.text()
}

/// The query of one table: its columns and their types, as the contract has them.
pub(super) fn table_query(table: &Table) -> String {
    let types: Vec<String> = table
        .all_columns()
        .map(|column| {
            let kind = column.kind.names().power_query;
            format!("        {{{}, {kind}}}", quoted(&column.name))
        })
        .collect();
    format!(
        "let\n    Types = {{\n{}\n    }},\n    Source = LakeTable({}, Types, {})\nin\n    Source",
        types.join(",\n"),
        quoted(&table.name),
        table.optional,
    )
}

/// A parameter that is a text; `more` is the rest of its description for Power BI.
pub(super) fn parameter(tmdl: &mut Tmdl, name: &str, description: &str, value: &str, more: &str) {
    tmdl.description(0, description);
    tmdl.line(
        0,
        &format!(
            "expression {name} = {} meta [IsParameterQuery = true, {more}Type = \"Text\", \
             IsParameterQueryRequired = true]",
            quoted(value)
        ),
    );
    annotations(
        tmdl,
        name,
        &[
            "PBI_ResultType = Text",
            "PBI_NavigationStepName = Navigation",
        ],
    );
}

fn function(tmdl: &mut Tmdl, name: &str, description: &str, code: &str) {
    tmdl.description(0, description);
    tmdl.line(0, &format!("expression {name} ="));
    tmdl.block(2, code);
    annotations(tmdl, name, &["PBI_ResultType = Function"]);
}

/// The tag of an expression and its annotations.
pub(super) fn annotations(tmdl: &mut Tmdl, name: &str, annotations: &[&str]) {
    tmdl.property(1, "lineageTag", &guid(&format!("expression {name}")));
    tmdl.gap();
    for annotation in annotations {
        tmdl.line(1, &format!("annotation {annotation}"));
        tmdl.gap();
    }
}

/// A text of M. `#(` begins an escape, and control characters are written as one: a line of TMDL ends at a line's end.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.replace("#(", "#(#)(").replace('"', "\"\"").chars() {
        if letter.is_control() {
            quoted.push_str(&format!("#({:04X})", u32::from(letter)));
        } else {
            quoted.push(letter);
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_m_keep_what_they_say() {
        assert_eq!(quoted(r"C:\lake"), r#""C:\lake""#);
        assert_eq!(quoted("say \"a\""), r#""say ""a""""#);
        assert_eq!(quoted("a#(b\n"), r#""a#(#)(b#(000A)""#);
    }
}
