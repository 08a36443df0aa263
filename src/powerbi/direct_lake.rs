//! Direct Lake: partitions that name the Delta tables of a lakehouse, and the expression that says where it is.

use super::options::{DirectLakeOptions, Lakehouse};
use super::power_query::{self, quoted};
use super::tmdl::{self, Tmdl};
use crate::contract::Table;

/// Models below this level know no Direct Lake.
pub(super) const COMPATIBILITY: u32 = 1604;

/// Under this name Fabric's tools look for it.
const SOURCE: &str = "DatabaseQuery";
const WORKSPACE: &str = "WorkspaceId";
const LAKEHOUSE: &str = "LakehouseId";

/// Schema at a SQL analytics endpoint.
const SQL_SCHEMA: &str = "dbo";

/// The expressions in the order they are shown.
pub(super) fn names(options: &DirectLakeOptions) -> Vec<&'static str> {
    match options.lakehouse {
        Lakehouse::OneLake { .. } => vec![WORKSPACE, LAKEHOUSE, SOURCE],
        Lakehouse::SqlEndpoint(_) => vec![SOURCE],
    }
}

/// The text of `expressions.tmdl`. Deployment pipelines move a model to the lakehouse of another stage by its parameters on
/// `OneLake`, and by the endpoint's address otherwise.
pub(super) fn expressions(options: &DirectLakeOptions) -> String {
    let mut tmdl = Tmdl::default();
    let source = match &options.lakehouse {
        Lakehouse::OneLake {
            workspace,
            lakehouse,
        } => {
            let mut id = |name, description, id: &str| {
                power_query::parameter(&mut tmdl, name, description, id, "");
            };
            id(
                WORKSPACE,
                "ID of the Fabric workspace that the lakehouse is in.",
                &workspace.to_string(),
            );
            id(
                LAKEHOUSE,
                "ID of the lakehouse with shortcuts to the Delta tables.",
                &lakehouse.to_string(),
            );
            format!(
                "AzureStorage.DataLake(\"https://onelake.dfs.fabric.microsoft.com/\" & {WORKSPACE} & \"/\" & {LAKEHOUSE}, \
                 [HierarchicalNavigation = true])"
            )
        }
        Lakehouse::SqlEndpoint(endpoint) => format!(
            "Sql.Database({}, {})",
            quoted(&endpoint.server),
            quoted(&endpoint.id.to_string())
        ),
    };
    tmdl.description(0, "The lakehouse that all tables are in.");
    tmdl.line(0, &format!("expression {SOURCE} ="));
    tmdl.block(2, &format!("let\n    Source = {source}\nin\n    Source"));
    power_query::annotations(&mut tmdl, SOURCE, &["PBI_IncludeFutureArtifacts = False"]);
    tmdl.text()
}

/// The properties of the model that only Direct Lake has: a query that Direct Lake can't answer fails. The endpoint would answer
/// it more slowly, with texts cut to 8 kB.
pub(super) fn model(options: &DirectLakeOptions) -> Option<(&'static str, &'static str)> {
    match options.lakehouse {
        Lakehouse::OneLake { .. } => None,
        Lakehouse::SqlEndpoint(_) => Some(("directLakeBehavior", "directLakeOnly")),
    }
}

/// The table's name at its source. Refreshes of the schema find it by this.
pub(super) fn source_tag(table: &Table, options: &DirectLakeOptions) -> String {
    match schema(options) {
        Some(schema) => format!("[{schema}].[{}]", table.name),
        None => format!("[{}]", table.name),
    }
}

/// The table's partition: the Delta table of the same name.
pub(super) fn partition(tmdl: &mut Tmdl, table: &Table, options: &DirectLakeOptions) {
    tmdl.line(
        1,
        &format!("partition {} = entity", tmdl::name(&table.name)),
    );
    tmdl.property(2, "mode", "directLake");
    tmdl.line(2, "source");
    tmdl.property(3, "entityName", &table.name);
    if let Some(schema) = schema(options) {
        tmdl.property(3, "schemaName", &schema);
    }
    tmdl.property(3, "expressionSource", SOURCE);
}

fn schema(options: &DirectLakeOptions) -> Option<String> {
    match (&options.schema, &options.lakehouse) {
        (Some(schema), _) => Some(schema.to_string()),
        (None, Lakehouse::SqlEndpoint(_)) => Some(SQL_SCHEMA.to_owned()),
        (None, Lakehouse::OneLake { .. }) => None,
    }
}
