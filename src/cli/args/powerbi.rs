//! The options of `ctlake powerbi`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::powerbi::{
    DataSource, DirectLakeOptions, FabricId, Lakehouse, Mode, ProjectOptions, QueryOptions,
    SchemaName, SqlEndpoint,
};

#[derive(Debug, ClapArgs)]
pub(crate) struct PowerbiArgs {
    /// Folder to write the project to
    #[arg(long, default_value = "./powerbi", value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// ODBC data source of Amazon Athena
    #[arg(long, default_value = "ctlake", value_name = "NAME")]
    dsn: String,
    /// Database that the lake is registered in
    #[arg(long, default_value = "covidx", value_name = "NAME")]
    database: String,
    /// Read a copy of the lake in this folder instead of Athena
    #[arg(long, value_name = "PATH")]
    folder: Option<String>,
    /// Query Athena at each click instead of importing the tables
    #[arg(long, conflicts_with = "folder")]
    direct_query: bool,
    /// Overwrite an existing project, including changes to it
    #[arg(long)]
    pub(crate) replace: bool,
    #[command(flatten)]
    direct_lake: DirectLakeArgs,
}

/// Options of a model in place of queries.
const QUERIES: [&str; 4] = ["dsn", "database", "folder", "direct_query"];

// Each option conflicts with those of queries: clap lets a missing option go where it conflicts with one that is there.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Microsoft Fabric")]
struct DirectLakeArgs {
    /// Read the Delta tables of a lakehouse in place, without Athena, driver or gateway
    #[arg(long, requires = "where", conflicts_with_all = QUERIES)]
    direct_lake: bool,
    /// Workspace of the lakehouse
    #[arg(long, value_name = "ID", requires_all = ["direct_lake", "lakehouse"], conflicts_with_all = QUERIES)]
    workspace: Option<FabricId>,
    /// Lakehouse with a shortcut to each Delta table
    #[arg(long, value_name = "ID", group = "where", requires_all = ["direct_lake", "workspace"], conflicts_with_all = QUERIES)]
    lakehouse: Option<FabricId>,
    #[arg(
        help = "SQL analytics endpoint of the lakehouse, to read through it instead of OneLake",
        long,
        value_name = "SERVER/ID",
        group = "where",
        requires = "direct_lake",
        conflicts_with_all = QUERIES,
        conflicts_with = "workspace"
    )]
    sql_endpoint: Option<SqlEndpoint>,
    /// Schema of the tables, such as dbo, in a lakehouse that has schemas
    #[arg(long, value_name = "NAME", requires = "direct_lake", conflicts_with_all = QUERIES)]
    schema: Option<SchemaName>,
    /// Include the table previews, which the lake must have
    #[arg(long, requires = "direct_lake", conflicts_with_all = QUERIES)]
    previews: bool,
}

impl PowerbiArgs {
    /// What differs from project to project.
    pub(crate) fn options(&self) -> ProjectOptions {
        if let Some(lakehouse) = self.direct_lake.lakehouse() {
            return ProjectOptions::DirectLake(DirectLakeOptions {
                lakehouse,
                schema: self.direct_lake.schema.clone(),
                previews: self.direct_lake.previews,
            });
        }
        ProjectOptions::Queries(QueryOptions {
            dsn: self.dsn.clone(),
            database: self.database.clone(),
            source: match &self.folder {
                Some(folder) => DataSource::Folder(folder.clone()),
                None => DataSource::Athena,
            },
            mode: if self.direct_query {
                Mode::DirectQuery
            } else {
                Mode::Import
            },
        })
    }
}

impl DirectLakeArgs {
    fn lakehouse(&self) -> Option<Lakehouse> {
        if let Some(endpoint) = &self.sql_endpoint {
            return Some(Lakehouse::SqlEndpoint(endpoint.clone()));
        }
        let (workspace, lakehouse) = self.workspace.as_ref().zip(self.lakehouse.as_ref())?;
        Some(Lakehouse::OneLake {
            workspace: workspace.clone(),
            lakehouse: lakehouse.clone(),
        })
    }
}
