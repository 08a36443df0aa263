//! `ctlake schema`.

use std::fmt::Write;

use serde_json::{Value, json};

use super::super::args::{SchemaArgs, SchemaFormat};
use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use crate::catalog::{self, DatabaseName, Partitions};
use crate::contract::{self, Contract, Measure, MeasureText, Table};
use crate::datasets;
use crate::lake::{layout, snapshots};
use crate::query::profile::{self, Profile};
use crate::readable;

pub(super) async fn run(context: &Context, args: &SchemaArgs) -> Result<ExitCode, Failure> {
    let format = match args.format {
        SchemaFormat::Dictionary if context.terminal.json => SchemaFormat::Json,
        SchemaFormat::Json => SchemaFormat::Json,
        _ if context.terminal.json => {
            return Err(Failure::usage(
                "`--json` is short for `--format json`, got another `--format` too",
                "leave one of them out",
            ));
        }
        format => format,
    };
    let whole = match format {
        SchemaFormat::Odcs => Some("odcs"),
        SchemaFormat::Ddl => Some("ddl"),
        _ => None,
    };
    if args.stats && !matches!(format, SchemaFormat::Dictionary | SchemaFormat::Json) {
        return Err(Failure::usage(
            "`--stats` is printed for people or as JSON",
            "leave `--format` out, or use `--format json`",
        ));
    }
    if let (Some(format), true) = (whole, args.table.is_some()) {
        return Err(Failure::usage(
            format!("`--format {format}` prints the whole contract"),
            "leave the table out",
        ));
    }
    let contract = datasets::default().format().contract();
    let tables = match &args.table {
        Some(name) => vec![known_table(contract, name)?],
        None => contract.tables.iter().collect(),
    };
    if args.stats {
        stats(context, &tables, format).await?;
        return Ok(ExitCode::Done);
    }
    let text = match format {
        SchemaFormat::Dictionary => {
            let texts: Vec<String> = tables.into_iter().map(contract::dictionary).collect();
            texts.join("\n")
        }
        SchemaFormat::Arrow => tables.into_iter().map(arrow).collect(),
        SchemaFormat::Ddl => ddl(context).await?,
        SchemaFormat::Odcs => odcs(context).await?,
        SchemaFormat::Json => json_text(contract, &tables),
    };
    Terminal::data(&text)?;
    Ok(ExitCode::Done)
}

/// What the tables of the current snapshot hold.
async fn stats(context: &Context, tables: &[&Table], format: SchemaFormat) -> Result<(), Failure> {
    let lake = datasets::open(&context.lake).await?;
    let entry = snapshots::resolve(&lake, None).await?;
    let mut profiles = Vec::new();
    for table in tables {
        profiles.push(profile::profile(&lake, &entry, table).await?);
    }
    if format == SchemaFormat::Json {
        return Terminal::data(&summary::json(&profiles));
    }
    let texts: Vec<String> = profiles.iter().map(profile_text).collect();
    Terminal::text(&texts.join("\n"))
}

fn profile_text(profile: &Profile) -> String {
    let rows = summary::plural(profile.rows, "row", "rows");
    let mut text = format!("{}: {rows}\n", profile.table);
    for column in &profile.columns {
        let distinct = column.distinct.map_or("?".to_owned(), summary::count);
        let _ = write!(
            text,
            "  {:<18} {:<8} {:>9} NULL {:>9} different",
            column.column,
            column.kind,
            summary::count(column.nulls),
            distinct,
        );
        text.push('\n');
        if let (Some(min), Some(max)) = (&column.min, &column.max) {
            let _ = writeln!(text, "      {} … {}", plain(min), plain(max));
        }
        if !column.top.is_empty() {
            let values = column.top.iter();
            let top: Vec<String> = values
                .map(|(value, rows)| {
                    format!("{} {}", readable::value(value), share(*rows, profile.rows))
                })
                .collect();
            let _ = writeln!(text, "      most: {}", top.join(" · "));
        }
    }
    text
}

/// A bound without the quotes of JSON.
fn plain(value: &Value) -> String {
    let text = value.as_str().map(str::to_owned);
    readable::value(&text.unwrap_or_else(|| value.to_string()))
}

#[expect(clippy::cast_precision_loss, reason = "one decimal place is shown")]
fn share(rows: u64, of: u64) -> String {
    format!("{:.1} %", rows as f64 * 100.0 / of as f64)
}

/// The contract's table of that name.
pub(super) fn known_table(
    contract: &'static Contract,
    name: &str,
) -> Result<&'static Table, Failure> {
    let tables = &contract.tables;
    tables
        .iter()
        .find(|table| table.name == name)
        .ok_or_else(|| {
            let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
            Failure::usage(
                format!("expected a table, got `{name}`"),
                format!("the tables are {}", names.join(", ")),
            )
        })
}

fn arrow(table: &Table) -> String {
    let mut text = format!("{}\n", table.name);
    for column in table.all_columns() {
        let _ = writeln!(
            text,
            "  {:>3}  {:<18} {}{}{}",
            column.field_id,
            column.name,
            column.kind.names().arrow,
            if column.required { " not null" } else { "" },
            if table.is_partition_key(&column.name) {
                " (partition key, not in the files)"
            } else {
                ""
            },
        );
    }
    text
}

async fn odcs(context: &Context) -> Result<String, Failure> {
    if !context.lake_named {
        return Ok(datasets::default().format().contract().source.clone());
    }
    let lake = datasets::open(&context.lake).await?;
    let entry = snapshots::resolve(&lake, None).await?;
    let root = lake.uri(&layout::key(layout::CURATED));
    let path = format!("{root}/{{model}}/{}/**/*.parquet", entry.snapshot);
    Ok(contract::with_server(lake.contract(), &path, |table| {
        entry.has_rows(table)
    })?)
}

/// Where no lake is named, the files' places and the partitions are left open.
async fn ddl(context: &Context) -> Result<String, Failure> {
    let contract = datasets::default().format().contract();
    // The text is there to be edited.
    let database: DatabaseName = contract.database.parse()?;
    if !context.lake_named {
        let definitions = catalog::structure(contract, &database);
        return Ok(catalog::script(&database, &definitions, Partitions::Found));
    }
    let lake = datasets::open(&context.lake).await?;
    let entry = snapshots::resolve(&lake, None).await?;
    let wanted = catalog::wanted(&lake, &entry, &database);
    Ok(catalog::script(
        &database,
        &wanted.definitions,
        Partitions::Listed,
    ))
}

fn json_text(contract: &Contract, tables: &[&Table]) -> String {
    let column = |table: &Table, column: &contract::Column| -> Value {
        json!({
            "name": column.name,
            "type": column.kind.names().hive,
            "field_id": column.field_id,
            "required": column.required,
            "primary_key": column.primary_key,
            "partition_key": table.is_partition_key(&column.name),
            "description": column.description,
            "examples": column.examples,
        })
    };
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    let tables: Vec<Value> = tables
        .iter()
        .map(|table| {
            let columns: Vec<Value> = table.all_columns().map(|of| column(table, of)).collect();
            json!({
                "name": table.name,
                "description": table.description,
                "optional": table.optional,
                "columns": columns,
            })
        })
        .collect();
    let measures: Vec<MeasureText> = contract
        .measures
        .iter()
        .filter(|measure| names.contains(&measure.table()))
        .map(Measure::text)
        .collect();
    let document = json!({
        "contract_version": contract.version,
        "tables": tables,
        "measures": measures,
        "quality_rules": contract.rules,
    });
    format!("{document:#}\n")
}
