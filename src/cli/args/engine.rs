//! The command line of who answers a query.

use clap::{Args as ClapArgs, ValueEnum};

use super::value::{bytes, s3_address};
use crate::catalog::DatabaseName;
use crate::cli::failure::Failure;
use crate::ops::query::{EngineSelector, QueryOptions};

/// The workgroup that every account has.
const WORKGROUP: &str = "primary";

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Athena")]
pub(in crate::cli) struct EngineArgs {
    /// Query engine
    #[arg(long, default_value = "datafusion", value_name = "NAME")]
    pub(in crate::cli) engine: EngineName,
    /// Glue database [default: the one that the lake is registered in]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) database: Option<DatabaseName>,
    #[arg(
        help = "Workgroup of the query [default: primary]",
        long,
        value_name = "NAME"
    )]
    workgroup: Option<String>,
    #[arg(
        help = "Location of Athena's result, s3://bucket/prefix/ [default: the workgroup's]",
        long,
        value_name = "URL",
        value_parser = s3_address
    )]
    pub(in crate::cli) output_location: Option<String>,
    /// Maximum size of the data that a query scans
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub(in crate::cli) max_scan: Option<u64>,
    /// With --engine auto: size of the tables above which Athena is used [default: an eighth of the free memory]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub(in crate::cli) auto_above: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum EngineName {
    /// This machine; any snapshot
    #[value(name = "datafusion")]
    DataFusion,
    /// This machine, with the smaller SQL of Polars
    Polars,
    /// Amazon Athena over the registered tables; billed per byte scanned
    Athena,
    /// Athena if the tables are registered and too large for this machine, else DataFusion
    Auto,
}

impl From<EngineName> for EngineSelector {
    fn from(name: EngineName) -> Self {
        match name {
            EngineName::DataFusion => Self::DataFusion,
            EngineName::Polars => Self::Polars,
            EngineName::Athena => Self::Athena,
            EngineName::Auto => Self::Auto,
        }
    }
}

impl EngineArgs {
    /// The options of a query.
    pub(in crate::cli) fn options(&self, names_snapshot: bool, limit: Option<u32>) -> QueryOptions {
        QueryOptions {
            engine: self.engine.into(),
            names_snapshot,
            limit,
            database: self.database.clone(),
            workgroup: self.workgroup.as_deref().unwrap_or(WORKGROUP).to_owned(),
            output_location: self.output_location.clone(),
            max_scan: self.max_scan,
            auto_above: self.auto_above,
        }
    }

    /// Whether a query may be asked elsewhere, where it must be stopped when its user asks to stop.
    pub(in crate::cli) fn may_leave(&self) -> bool {
        !self.is_here()
    }

    /// Whether this machine answers, whatever the question is.
    fn is_here(&self) -> bool {
        matches!(self.engine, EngineName::DataFusion | EngineName::Polars)
    }

    /// Refuses an option that says nothing to the engine.
    pub(in crate::cli) fn check(&self) -> Result<(), Failure> {
        let given = [
            ("--database", self.database.is_some()),
            ("--workgroup", self.workgroup.is_some()),
            ("--output-location", self.output_location.is_some()),
            ("--max-scan", self.max_scan.is_some()),
        ];
        let first = given.into_iter().find(|(_, given)| *given);
        match (self.engine, first) {
            (EngineName::DataFusion | EngineName::Polars, Some((option, _))) => {
                Err(Failure::usage(
                    format!("`{option}` is for Athena, and `--engine` names another"),
                    "`--engine athena`, or `--engine auto`, or leave it out",
                ))
            }
            (EngineName::Auto, _) => Ok(()),
            _ if self.auto_above.is_some() => Err(Failure::usage(
                "`--auto-above` needs `--engine auto`",
                "name both, or leave it out",
            )),
            _ => Ok(()),
        }
    }
}
