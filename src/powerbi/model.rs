//! The semantic model as a whole: its tables, how they relate, its parameters and functions.

use serde_json::json;

use super::direct_lake;
use super::file::ProjectFile;
use super::model_table;
use super::options::ProjectOptions;
use super::power_query;
use super::presentation::Presentation;
use super::tag::guid;
use super::tmdl::{self, Tmdl};
use crate::contract::{Contract, Table};

const DEFINITION: &str = "ctlake.SemanticModel/definition";

/// Level of a model of queries.
const COMPATIBILITY: u32 = 1601;

/// The files below `ctlake.SemanticModel/definition`.
pub(super) fn files(
    contract: &Contract,
    presentation: &Presentation,
    options: &ProjectOptions,
) -> Vec<ProjectFile> {
    let tables = contract.tables.iter();
    let tables: Vec<&Table> = tables.filter(|table| options.models(table)).collect();
    let (compatibility, expressions) = match options {
        ProjectOptions::Queries(options) => (COMPATIBILITY, power_query::expressions(options)),
        ProjectOptions::DirectLake(options) => (
            direct_lake::COMPATIBILITY,
            direct_lake::expressions(options),
        ),
    };
    let file = |name: &str, text: String| ProjectFile::new(format!("{DEFINITION}/{name}"), text);
    let mut files = vec![
        file(
            "database.tmdl",
            format!("database\n\tcompatibilityLevel: {compatibility}\n"),
        ),
        file("cultures/en-US.tmdl", "cultureInfo en-US\n".to_owned()),
        file("model.tmdl", model(&tables, options)),
        file("expressions.tmdl", expressions),
        file("relationships.tmdl", relationships(&tables)),
    ];
    for table in tables {
        let name = format!("tables/{}.tmdl", table.name);
        files.push(file(
            &name,
            model_table::text(contract, presentation, table, options),
        ));
    }
    files
}

fn model(tables: &[&Table], options: &ProjectOptions) -> String {
    let mut tmdl = Tmdl::default();
    tmdl.block(
        0,
        "model Model\n\
         \tculture: en-US\n\
         \tdefaultPowerBIDataSourceVersion: powerBI_V3\n\
         \tdiscourageImplicitMeasures\n\
         \tsourceQueryCulture: en-US",
    );
    let queries: Vec<&str> = match options {
        ProjectOptions::Queries(_) => {
            let tables = tables.iter().map(|table| table.name.as_str());
            power_query::NAMES.into_iter().chain(tables).collect()
        }
        ProjectOptions::DirectLake(options) => {
            if let Some((name, value)) = direct_lake::model(options) {
                tmdl.property(1, name, value);
            }
            direct_lake::names(options)
        }
    };
    tmdl.block(
        0,
        "\tdataAccessOptions\n\
         \t\tlegacyRedirects\n\
         \t\treturnErrorValuesAsNull",
    );
    tmdl.gap();
    tmdl.line(0, "annotation __PBI_TimeIntelligenceEnabled = 0");
    tmdl.gap();
    tmdl.line(
        0,
        &format!("annotation PBI_QueryOrder = {}", json!(queries)),
    );
    tmdl.gap();
    for table in tables {
        tmdl.line(0, &format!("ref table {}", tmdl::name(&table.name)));
    }
    tmdl.gap();
    tmdl.line(0, "ref cultureInfo en-US");
    tmdl.text()
}

/// From each column that has the values of another table's key to that key: many to one, filtered one way.
fn relationships(tables: &[&Table]) -> String {
    let mut tmdl = Tmdl::default();
    let end = |table: &str, column: &str| format!("{}.{}", tmdl::name(table), tmdl::name(column));
    for table in tables {
        for (column, to) in references(table) {
            let from = end(&table.name, column);
            tmdl.line(
                0,
                &format!("relationship {}", guid(&format!("relationship {from}"))),
            );
            tmdl.property(1, "fromColumn", &from);
            tmdl.property(1, "toColumn", &to);
            tmdl.gap();
        }
    }
    tmdl.text()
}

fn references(table: &Table) -> impl Iterator<Item = (&str, String)> {
    table.all_columns().filter_map(|column| {
        let to = column.references.as_ref()?;
        let end = format!("{}.{}", tmdl::name(&to.table), tmdl::name(&to.column));
        Some((column.name.as_str(), end))
    })
}
