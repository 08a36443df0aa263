//! What differs from project to project.

use super::fabric::{FabricId, SchemaName, SqlEndpoint};
use crate::contract::Table;

/// How the model gets its tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectOptions {
    /// Queries in M.
    Queries(QueryOptions),
    /// Delta tables of a Fabric lakehouse, read in place.
    DirectLake(DirectLakeOptions),
}

/// What the queries read, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryOptions {
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataSource {
    /// By Amazon Athena.
    Athena,
    /// From the files of a lake in this folder.
    Folder(String),
}

/// When the tables are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// At a refresh, into the model.
    Import,
    /// At each question, by Athena.
    DirectQuery,
}

/// Where the Delta tables are, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectLakeOptions {
    /// The lakehouse.
    pub lakehouse: Lakehouse,
    /// Schema of the tables. A lakehouse without schemas has none on `OneLake`, and `dbo` at its SQL analytics endpoint.
    pub schema: Option<SchemaName>,
    /// Whether the tables that not every snapshot has are in the lakehouse. A model that names a table which is not there can't be
    /// refreshed at all.
    pub previews: bool,
}

/// How a lakehouse is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lakehouse {
    /// By its files.
    OneLake {
        /// Its workspace.
        workspace: FabricId,
        /// The lakehouse itself.
        lakehouse: FabricId,
    },
    /// By its SQL analytics endpoint, which finds the tables and checks permissions.
    SqlEndpoint(SqlEndpoint),
}

impl Mode {
    pub(super) fn tmdl(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::DirectQuery => "directQuery",
        }
    }
}

impl ProjectOptions {
    /// Whether the model has the tables that not every snapshot has: queries in M give an empty one where there is none.
    pub(super) fn previews(&self) -> bool {
        match self {
            Self::Queries(_) => true,
            Self::DirectLake(options) => options.previews,
        }
    }

    /// Whether the model has `table`.
    pub(super) fn models(&self, table: &Table) -> bool {
        !table.optional || self.previews()
    }
}

impl Default for QueryOptions {
    fn default() -> Self {
        Self {
            dsn: "ctlake".to_owned(),
            database: "covidx".to_owned(),
            source: DataSource::Athena,
            mode: Mode::Import,
        }
    }
}

impl Default for ProjectOptions {
    fn default() -> Self {
        Self::Queries(QueryOptions::default())
    }
}
