//! One table of the semantic model: measures, columns, hierarchies and the query it is loaded by.

use super::direct_lake;
use super::options::{Mode, ProjectOptions};
use super::power_query;
use super::presentation::{ColumnPresentation, Hierarchy, Presentation};
use super::tag::guid;
use super::tmdl::{self, Tmdl};
use crate::contract::{Column, ColumnType, Contract, Measure, Subject, Table, Unit};

/// The text of `tables/<name>.tmdl`.
pub(super) fn text(
    contract: &Contract,
    presentation: &Presentation,
    table: &Table,
    options: &ProjectOptions,
) -> String {
    let direct_lake = match options {
        ProjectOptions::Queries(_) => None,
        ProjectOptions::DirectLake(options) => Some(options),
    };
    let mut tmdl = Tmdl::default();
    tmdl.description(0, &table.description);
    tmdl.line(0, &format!("table {}", tmdl::name(&table.name)));
    tmdl.property(1, "lineageTag", &guid(&format!("table {}", table.name)));
    if let Some(options) = direct_lake {
        tmdl.property(
            1,
            "sourceLineageTag",
            &direct_lake::source_tag(table, options),
        );
    }
    tmdl.gap();
    let measures = contract
        .measures
        .iter()
        .filter(|measure| measure.table() == table.name);
    for of_table in measures {
        measure(&mut tmdl, of_table);
    }
    for of_table in table.all_columns() {
        let shown = (presentation.column)(&table.name, &of_table.name);
        column(&mut tmdl, table, of_table, shown, direct_lake.is_some());
    }
    if let Some(levels) = &presentation.hierarchy
        && levels.table == table.name
    {
        hierarchy(&mut tmdl, levels);
    }
    match options {
        ProjectOptions::Queries(options) => partition(&mut tmdl, table, options.mode),
        ProjectOptions::DirectLake(options) => direct_lake::partition(&mut tmdl, table, options),
    }
    tmdl.text()
}

fn measure(tmdl: &mut Tmdl, measure: &Measure) {
    tmdl.description(1, measure.description);
    let name = tmdl::name(measure.name);
    tmdl.line(1, &format!("measure {name} = {}", measure.dax()));
    tmdl.property(2, "formatString", format(measure.unit));
    tmdl.property(2, "displayFolder", folder(measure.subject));
    let tag = guid(&format!("measure {}", measure.name));
    tmdl.property(2, "lineageTag", &tag);
    tmdl.gap();
}

fn format(unit: Unit) -> &'static str {
    match unit {
        Unit::Number => "#,##0",
        Unit::Average | Unit::Years => "#,##0.0",
        Unit::Share => "0.0%",
        Unit::Bytes => r"#,##0.0,, \M\B",
    }
}

fn folder(subject: Subject) -> &'static str {
    match subject {
        Subject::Counts => "Counts",
        Subject::Balance => "Balance",
        Subject::Age => "Age",
        Subject::DataQuality => "Data quality",
    }
}

fn column(
    tmdl: &mut Tmdl,
    table: &Table,
    column: &Column,
    shown: ColumnPresentation,
    source_tag: bool,
) {
    tmdl.description(1, &column.description);
    tmdl.line(1, &format!("column {}", tmdl::name(&column.name)));
    tmdl.property(2, "dataType", column.kind.names().tmdl);
    if shown.hidden {
        tmdl.line(2, "isHidden");
    }
    // A key of several columns is none to Power BI.
    let keys = table.all_columns().filter(|column| column.primary_key);
    if column.primary_key && keys.count() == 1 {
        tmdl.line(2, "isKey");
    }
    if let Some(format) = column_format(column, shown.counted) {
        tmdl.property(2, "formatString", format);
    }
    if let Some(folder) = shown.folder {
        tmdl.property(2, "displayFolder", folder);
    }
    let tag = guid(&format!("column {}.{}", table.name, column.name));
    tmdl.property(2, "lineageTag", &tag);
    if source_tag {
        tmdl.property(2, "sourceLineageTag", &column.name);
    }
    if let Some(category) = shown.category {
        tmdl.property(2, "dataCategory", category);
    }
    tmdl.property(2, "summarizeBy", "none");
    tmdl.property(2, "sourceColumn", &tmdl::name(&column.name));
    if let Some(order) = shown.sorted_by {
        tmdl.property(2, "sortByColumn", &tmdl::name(order));
    }
    tmdl.gap();
    tmdl.line(2, "annotation SummarizationSetBy = User");
    tmdl.gap();
}

/// The format of a column's values; text has none.
fn column_format(column: &Column, counted: bool) -> Option<&'static str> {
    match column.kind {
        ColumnType::Bigint => Some("#,##0"),
        ColumnType::Int if counted => Some("#,##0"),
        ColumnType::Int => Some("0"),
        ColumnType::String | ColumnType::Boolean => None,
    }
}

fn hierarchy(tmdl: &mut Tmdl, hierarchy: &Hierarchy) {
    let tag = |name: &str| guid(&format!("hierarchy {}.{name}", hierarchy.table));
    tmdl.description(1, hierarchy.description);
    tmdl.line(1, &format!("hierarchy {}", tmdl::name(hierarchy.name)));
    tmdl.property(2, "lineageTag", &tag(hierarchy.name));
    tmdl.gap();
    for level in hierarchy.levels {
        tmdl.line(2, &format!("level {level}"));
        tmdl.property(3, "lineageTag", &tag(level));
        tmdl.property(3, "column", level);
        tmdl.gap();
    }
}

fn partition(tmdl: &mut Tmdl, table: &Table, mode: Mode) {
    tmdl.line(1, &format!("partition {} = m", tmdl::name(&table.name)));
    tmdl.property(2, "mode", mode.tmdl());
    tmdl.line(2, "source =");
    tmdl.block(4, &power_query::table_query(table));
    tmdl.gap();
    tmdl.line(1, "annotation PBI_ResultType = Table");
}
