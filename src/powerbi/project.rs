//! All files of the project.

use serde::Serialize;
use serde_json::{Value, json};

use super::tag::guid;
use super::{model, report};
use crate::contract::Contract;

/// Where Microsoft's schemas of these files are; it is their name, nothing is fetched.
pub(super) const SCHEMAS: &str = "https://developer.microsoft.com/json-schemas/fabric";

/// What differs from project to project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectOptions {
    /// Name of the ODBC data source for Athena.
    pub dsn: String,
    /// Database that the lake is registered in.
    pub database: String,
    /// Where the tables are read.
    pub source: DataSource,
    /// When they are read.
    pub mode: Mode,
}

/// Where the tables are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DataSource {
    /// By Amazon Athena.
    Athena,
    /// From the files of a lake in this folder.
    Folder(String),
}

/// When the tables are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// At a refresh, into the model.
    Import,
    /// At each question, by Athena.
    DirectQuery,
}

impl Mode {
    pub(super) fn tmdl(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::DirectQuery => "directQuery",
        }
    }
}

impl Default for ProjectOptions {
    fn default() -> Self {
        Self {
            dsn: "ctlake".to_owned(),
            database: "covidx".to_owned(),
            source: DataSource::Athena,
            mode: Mode::Import,
        }
    }
}

/// A file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectFile {
    /// Path below the project's folder, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl ProjectFile {
    pub(super) fn new(path: impl Into<String>, text: String) -> Self {
        Self {
            path: path.into(),
            text,
        }
    }

    pub(super) fn json(path: impl Into<String>, value: &Value) -> Self {
        Self::new(path, format!("{value:#}\n"))
    }
}

/// The files of the project for the embedded contract, in path order. The same options give the same bytes.
#[must_use]
pub fn project(options: &ProjectOptions) -> Vec<ProjectFile> {
    let mut files = vec![
        ProjectFile::new(
            ".gitignore",
            "**/.pbi/localSettings.json\n**/.pbi/cache.abf\n".to_owned(),
        ),
        ProjectFile::json(
            "ctlake.pbip",
            &json!({
                "$schema": format!("{SCHEMAS}/pbip/pbipProperties/1.0.0/schema.json"),
                "version": "1.0",
                "artifacts": [{"report": {"path": "ctlake.Report"}}],
                "settings": {"enableAutoRecovery": true},
            }),
        ),
        platform("SemanticModel"),
        ProjectFile::json(
            "ctlake.SemanticModel/definition.pbism",
            &json!({
                "$schema": format!("{SCHEMAS}/item/semanticModel/definitionProperties/1.0.0/schema.json"),
                "version": "4.2",
                "settings": {},
            }),
        ),
        platform("Report"),
        ProjectFile::json(
            "ctlake.Report/definition.pbir",
            &json!({
                "$schema": format!("{SCHEMAS}/item/report/definitionProperties/2.0.0/schema.json"),
                "version": "4.0",
                "datasetReference": {"byPath": {"path": "../ctlake.SemanticModel"}},
            }),
        ),
    ];
    files.extend(model::files(Contract::current(), options));
    files.extend(report::files());
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// What Fabric's version control knows an item by.
fn platform(kind: &str) -> ProjectFile {
    ProjectFile::json(
        format!("ctlake.{kind}/.platform"),
        &json!({
            "$schema": format!("{SCHEMAS}/gitIntegration/platformProperties/2.0.0/schema.json"),
            "metadata": {"type": kind, "displayName": "ctlake"},
            "config": {"version": "2.0", "logicalId": guid(&format!("item {kind}"))},
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_options_give_the_same_bytes_in_path_order() {
        let files = project(&ProjectOptions::default());
        assert_eq!(files, project(&ProjectOptions::default()));
        assert!(files.is_sorted_by(|a, b| a.path < b.path));
    }

    #[test]
    fn options_reach_the_parameters_and_the_partitions() {
        let options = ProjectOptions {
            dsn: "Work".to_owned(),
            database: "covid".to_owned(),
            source: DataSource::Folder(r"D:\lake".to_owned()),
            mode: Mode::DirectQuery,
        };
        let text = |name: &str| {
            let files = project(&options);
            let file = files.iter().find(|file| file.path.ends_with(name));
            file.map(|file| file.text.clone()).expect("a file")
        };
        let expressions = text("expressions.tmdl");
        for line in [
            "expression LakeSource = \"folder\" meta",
            "expression AthenaDsn = \"Work\" meta",
            "expression AthenaDatabase = \"covid\" meta",
            "expression LakeFolder = \"D:\\lake\" meta",
        ] {
            assert!(expressions.contains(line), "{line}");
        }
        assert!(text("tables/patients.tmdl").contains("\t\tmode: directQuery\n"));
    }
}
