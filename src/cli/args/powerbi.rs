//! The options of `ctlake powerbi`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::powerbi::{DataSource, Mode, ProjectOptions};

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
    /// Ask Athena at each click instead of importing the tables
    #[arg(long, conflicts_with = "folder")]
    direct_query: bool,
    /// Take the place of a project that is there, and of what was changed in it
    #[arg(long)]
    pub(crate) replace: bool,
}

impl PowerbiArgs {
    /// What differs from project to project.
    pub(crate) fn options(&self) -> ProjectOptions {
        ProjectOptions {
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
        }
    }
}
