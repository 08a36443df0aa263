//! What differs from project to project.

use serde::Serialize;

/// What differs from project to project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectOptions {
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DataSource {
    /// By Amazon Athena.
    Athena,
    /// From the files of a lake in this folder.
    Folder(String),
}

/// When the tables are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// At a refresh, into the model.
    Import,
    /// At each question, by Athena.
    DirectQuery,
}

impl Mode {
    pub(super) fn tmdl(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::DirectQuery => "directQuery",
        }
    }
}

impl Default for ProjectOptions {
    fn default() -> Self {
        Self {
            dsn: "ctlake".to_owned(),
            database: "covidx".to_owned(),
            source: DataSource::Athena,
            mode: Mode::Import,
        }
    }
}
