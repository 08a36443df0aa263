//! The tables of a build: by what their rows are sorted, and how they are written.

use arrow::datatypes::SchemaRef;

use super::columns::{ColumnOutline, outlines};
use super::{patients, previews, quality_findings, slices, snapshot_info};
use crate::build::{TableFormat, WriteError};
use crate::columnar::FileFormat;
use crate::contract::Table;
use crate::datasets::BuildOptions;
use crate::datasets::covidx_ct::contract;

/// The tables, in the order of their formats.
pub(super) const SLICES: usize = 0;
pub(super) const PATIENTS: usize = 1;
pub(super) const FINDINGS: usize = 2;
pub(super) const INFO: usize = 3;
pub(super) const PREVIEWS: usize = 4;
const TABLES: [TableSpecification; 5] = [
    TableSpecification {
        name: "ct_slices",
        sorted_by: &["patient_id", "scan_id", "slice_index"],
        columns: || outlines(&slices::columns()),
    },
    TableSpecification {
        name: "patients",
        sorted_by: &["patient_id"],
        columns: || outlines(&patients::columns()),
    },
    TableSpecification {
        name: "quality_findings",
        sorted_by: &[],
        columns: || outlines(&quality_findings::columns()),
    },
    TableSpecification {
        name: "snapshot_info",
        sorted_by: &[],
        columns: || outlines(&snapshot_info::columns()),
    },
    TableSpecification {
        name: "previews",
        sorted_by: &["patient_id", "scan_id"],
        columns: || outlines(&previews::columns()),
    },
];

/// A table of a build.
pub(super) struct TableSpecification {
    pub(super) name: &'static str,
    /// The columns by which the rows of a group are sorted, ascending, NULLs first.
    sorted_by: &'static [&'static str],
    /// In the order of the contract.
    columns: fn() -> Vec<ColumnOutline>,
}

impl TableSpecification {
    pub(super) fn table(&self) -> &'static Table {
        contract()
            .table(self.name)
            .expect("the contract has every table of a build: a test compares them")
    }

    /// How its files are written.
    ///
    /// # Panics
    /// When its columns are not those of the contract: a test compares them.
    pub(super) fn format(&self) -> Result<TableFormat, WriteError> {
        let table = self.table();
        let columns = (self.columns)();
        let built = columns.iter().map(|column| (column.name, column.kind));
        let expected = table.columns.iter();
        assert!(
            built.eq(expected.map(|column| (column.name.as_str(), column.kind))),
            "`{}` has the columns of the contract",
            self.name
        );
        let schema = table.file_schema();
        let encodings = columns.iter().map(|column| column.encoding).collect();
        let sorted_by = self.sorted_by.iter().map(|name| index_of(&schema, name));
        let sorted_by: Vec<usize> = sorted_by.collect();
        Ok(TableFormat {
            name: table.name.clone(),
            field_ids: table.columns.iter().map(|column| column.field_id).collect(),
            file: FileFormat::new(&schema, encodings, &sorted_by)?,
        })
    }
}

fn index_of(schema: &SchemaRef, column: &str) -> usize {
    schema
        .index_of(column)
        .expect("the contract has the columns by which rows are sorted: a test compares them")
}

/// The tables of a build, in the order of their formats.
pub(super) fn tables(options: &BuildOptions) -> &'static [TableSpecification] {
    &TABLES[..if options.previews {
        TABLES.len()
    } else {
        PREVIEWS
    }]
}

/// The table with one of the numbers above.
pub(super) fn table(number: usize) -> &'static Table {
    TABLES[number].table()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::ColumnType;

    #[test]
    fn every_column_of_the_contract_has_a_builder_of_its_type() {
        for table in &TABLES {
            let columns = (table.columns)();
            let built: Vec<(&str, ColumnType)> = columns
                .iter()
                .map(|column| (column.name, column.kind))
                .collect();
            let columns = table.table().columns.iter();
            let expected: Vec<(&str, ColumnType)> = columns
                .map(|column| (column.name.as_str(), column.kind))
                .collect();
            assert_eq!(built, expected, "{}", table.name);
        }
    }

    #[test]
    fn every_table_of_the_contract_is_built() {
        let tables = contract().tables.iter();
        let built = TABLES.iter().map(|table| table.name);
        assert!(tables.map(|table| table.name.as_str()).eq(built));
        for table in &TABLES {
            table.format().expect("a format");
        }
    }
}
