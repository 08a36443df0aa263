//! All files of the project.

use serde_json::json;

use super::file::{ProjectFile, SCHEMAS};
use super::options::ProjectOptions;
use super::presentation::Presentation;
use super::tag::guid;
use super::{model, report};
use crate::contract::Contract;

/// The files of the project for the tables of a contract, in path order. The same options give the same bytes.
#[must_use]
pub fn project(
    contract: &Contract,
    presentation: &Presentation,
    options: &ProjectOptions,
) -> Vec<ProjectFile> {
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
    files.extend(model::files(contract, presentation, options));
    files.extend(report::files(presentation, options.previews()));
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
    use super::super::options::{DataSource, Mode, QueryOptions};
    use super::*;

    fn project(options: &ProjectOptions) -> Vec<ProjectFile> {
        use crate::datasets::covidx_ct;
        super::project(
            covidx_ct::contract(),
            &covidx_ct::powerbi::PRESENTATION,
            options,
        )
    }

    #[test]
    fn the_same_options_give_the_same_bytes_in_path_order() {
        let files = project(&ProjectOptions::default());
        assert_eq!(files, project(&ProjectOptions::default()));
        assert!(files.is_sorted_by(|a, b| a.path < b.path));
    }

    #[test]
    fn options_reach_the_parameters_and_the_partitions() {
        let options = ProjectOptions::Queries(QueryOptions {
            dsn: "Work".to_owned(),
            database: "covid".to_owned(),
            source: DataSource::Folder(r"D:\lake".to_owned()),
            mode: Mode::DirectQuery,
        });
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
