//! `ctlake path`.

use serde_json::json;

use super::super::exit_code::ExitCode;
use super::super::failure::Failure;
use super::super::terminal::Terminal;
use super::super::{Context, summary};
use super::schema::known_table;
use crate::datasets;
use crate::lake::{layout, snapshots};

pub(super) async fn run(
    context: &Context,
    table: &str,
    snapshot: Option<&str>,
) -> Result<ExitCode, Failure> {
    let lake = datasets::open(&context.lake).await?;
    let table = known_table(lake.contract(), table)?;
    let entry = snapshots::resolve(&lake, snapshot).await?;
    if table.optional && !entry.has_rows(&table.name) {
        return Err(Failure::nothing(
            format!("snapshot {} has no table `{}`", entry.snapshot, table.name),
            format!(
                "build it, with the images in the landing zone: `ctlake build --{}`",
                table.name
            ),
        ));
    }
    let path = lake.uri(&layout::table(&table.name, &entry.snapshot));
    if context.terminal.json {
        let document = json!({"table": table.name, "snapshot": entry.snapshot, "path": path});
        Terminal::data(&summary::json(&document))?;
    } else {
        Terminal::data(&format!("{path}\n"))?;
    }
    Ok(ExitCode::Done)
}
