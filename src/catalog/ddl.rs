//! Definitions as SQL for Athena: the long form of CREATE EXTERNAL TABLE, which Hive and Spark read too.

use std::fmt::Write;

use super::database::DatabaseName;
use super::definition::{Body, Definition, DefinitionColumn, INPUT_FORMAT, OUTPUT_FORMAT, SERDE};
use super::partition::Partition;

/// How a table's partitions become known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partitions {
    /// Computed from the table's parameters: Athena and Trino.
    Projected,
    /// Listed one by one: every engine.
    Listed,
    /// Found by listing the table's folder: where they are not known yet.
    Found,
}

/// Partitions that one statement adds: far below Athena's 262,144 bytes a query.
const PARTITIONS_A_STATEMENT: usize = 100;

/// All statements, each ended by `;`. Athena takes them one at a time.
#[must_use]
pub fn script(database: &DatabaseName, definitions: &[Definition], how: Partitions) -> String {
    let mut statements = vec![format!("CREATE DATABASE IF NOT EXISTS `{database}`")];
    for definition in definitions {
        match &definition.body {
            Body::Parquet(location) => {
                statements.push(table(database, definition, location, how));
                statements.extend(partitions(database, definition, how));
            }
            Body::View { sql, .. } => statements.push(format!(
                "CREATE OR REPLACE VIEW {database}.{} AS\n{sql}",
                definition.name
            )),
            // Nobody makes these with SQL.
            Body::Iceberg(_) | Body::Delta(_) | Body::Other(_) => {}
        }
    }
    statements
        .iter()
        .map(|statement| format!("{statement};\n\n"))
        .collect()
}

fn table(
    database: &DatabaseName,
    definition: &Definition,
    location: &str,
    how: Partitions,
) -> String {
    let mut sql = format!(
        "CREATE EXTERNAL TABLE IF NOT EXISTS `{database}`.`{}` (\n{}\n)\nCOMMENT {}\n",
        definition.name,
        columns(&definition.columns),
        text(&definition.description),
    );
    if !definition.keys.is_empty() {
        let _ = writeln!(sql, "PARTITIONED BY (\n{}\n)", columns(&definition.keys));
    }
    let _ = write!(
        sql,
        "ROW FORMAT SERDE {}\nSTORED AS INPUTFORMAT {}\n  OUTPUTFORMAT {}\nLOCATION {}\nTBLPROPERTIES (\n{}\n)",
        text(SERDE),
        text(INPUT_FORMAT),
        text(OUTPUT_FORMAT),
        text(location),
        properties(definition, how),
    );
    sql
}

fn columns(columns: &[DefinitionColumn]) -> String {
    let line = |column: &DefinitionColumn| {
        format!(
            "  `{}` {} COMMENT {}",
            column.name,
            column.kind,
            text(&column.comment)
        )
    };
    columns.iter().map(line).collect::<Vec<_>>().join(",\n")
}

fn properties(definition: &Definition, how: Partitions) -> String {
    let projects =
        |name: &str| name.starts_with("projection.") || name.starts_with("storage.location.");
    let lines: Vec<String> = definition
        .parameters
        .iter()
        // EXTERNAL is what the statement says already; Spark refuses it here.
        .filter(|(name, _)| {
            *name != "EXTERNAL" && (how == Partitions::Projected || !projects(name))
        })
        .map(|(name, value)| format!("  {} = {}", text(name), text(value)))
        .collect();
    lines.join(",\n")
}

fn partitions(database: &DatabaseName, definition: &Definition, how: Partitions) -> Vec<String> {
    let table = format!("`{database}`.`{}`", definition.name);
    match how {
        Partitions::Projected => Vec::new(),
        _ if definition.keys.is_empty() => Vec::new(),
        Partitions::Found => vec![format!("MSCK REPAIR TABLE {table}")],
        Partitions::Listed => definition
            .partitions
            .chunks(PARTITIONS_A_STATEMENT)
            .map(|chunk| {
                let lines: Vec<String> =
                    chunk.iter().map(|one| partition(definition, one)).collect();
                format!(
                    "ALTER TABLE {table} ADD IF NOT EXISTS\n{}",
                    lines.join("\n")
                )
            })
            .collect(),
    }
}

fn partition(definition: &Definition, partition: &Partition) -> String {
    let pairs: Vec<String> = definition
        .keys
        .iter()
        .zip(&partition.values)
        .map(|(key, value)| format!("{} = {}", key.name, text(value)))
        .collect();
    format!(
        "  PARTITION ({}) LOCATION {}",
        pairs.join(", "),
        text(&partition.location)
    )
}

/// A text as Hive's and Athena's DDL have it: a quote in it is escaped, not doubled.
fn text(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn definition() -> Definition {
        let column = |name: &str, comment: &str| DefinitionColumn {
            name: name.to_owned(),
            kind: "string".to_owned(),
            comment: comment.to_owned(),
        };
        Definition {
            name: "patients".to_owned(),
            description: "The hospital's patients.".to_owned(),
            columns: vec![column("patient_id", "Who.")],
            keys: vec![column("country", "Where.")],
            body: Body::Parquet("s3://b/p/curated/patients/s/".to_owned()),
            parameters: BTreeMap::from([
                ("EXTERNAL".to_owned(), "TRUE".to_owned()),
                ("projection.enabled".to_owned(), "true".to_owned()),
            ]),
            partitions: vec![Partition {
                values: vec!["Côte d'Ivoire".to_owned()],
                location: "s3://b/p/curated/patients/s/country=Côte d'Ivoire/".to_owned(),
            }],
        }
    }

    fn written(how: Partitions) -> String {
        script(&"covidx".parse().expect("a name"), &[definition()], how)
    }

    #[test]
    fn projected() {
        insta::assert_snapshot!(written(Partitions::Projected), @r"
        CREATE DATABASE IF NOT EXISTS `covidx`;

        CREATE EXTERNAL TABLE IF NOT EXISTS `covidx`.`patients` (
          `patient_id` string COMMENT 'Who.'
        )
        COMMENT 'The hospital\'s patients.'
        PARTITIONED BY (
          `country` string COMMENT 'Where.'
        )
        ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
        STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
          OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
        LOCATION 's3://b/p/curated/patients/s/'
        TBLPROPERTIES (
          'projection.enabled' = 'true'
        );
        ");
    }

    #[test]
    fn listed() {
        let sql = written(Partitions::Listed);
        assert!(!sql.contains("projection."), "{sql}");
        assert!(
            sql.contains(
                "ALTER TABLE `covidx`.`patients` ADD IF NOT EXISTS\n  \
                 PARTITION (country = 'Côte d\\'Ivoire') LOCATION 's3://b/p/curated/patients/s/country=Côte d\\'Ivoire/';"
            ),
            "{sql}"
        );
    }

    #[test]
    fn found() {
        assert!(written(Partitions::Found).ends_with("MSCK REPAIR TABLE `covidx`.`patients`;\n\n"));
    }
}
