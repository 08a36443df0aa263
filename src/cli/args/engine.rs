//! The command line of who answers a query.

use clap::{Args as ClapArgs, ValueEnum};

use super::value::{bytes, s3_address};
use crate::catalog::DatabaseName;
use crate::cli::failure::Failure;

/// The workgroup that every account has.
const WORKGROUP: &str = "primary";

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Athena")]
pub(in crate::cli) struct EngineArgs {
    /// Who answers
    #[arg(long, default_value = "datafusion", value_name = "NAME")]
    pub(in crate::cli) engine: EngineName,
    /// Database in Glue; without it the one in which the lake is registered
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) database: Option<DatabaseName>,
    #[arg(
        help = "Workgroup that the query runs in; without it `primary`",
        long,
        value_name = "NAME"
    )]
    workgroup: Option<String>,
    #[arg(
        help = "Where Athena puts the answer, s3://bucket/prefix/; without it the workgroup's place",
        long,
        value_name = "URL",
        value_parser = s3_address
    )]
    pub(in crate::cli) output_location: Option<String>,
    /// Stop the query once it has read more than this
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub(in crate::cli) max_scan: Option<u64>,
    /// With --engine auto: ask Athena when the tables of the query have more than this; without it an eighth of the free memory
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub(in crate::cli) auto_above: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum EngineName {
    /// This machine, over the files of the lake; any snapshot
    #[value(name = "datafusion")]
    DataFusion,
    /// This machine, with the SQL of Polars; it knows less, and refuses what it would get wrong
    Polars,
    /// Amazon Athena, over the tables that `ctlake register` shows; billed by what it reads
    Athena,
    /// DataFusion, unless the tables are too large for this machine and Athena has them
    Auto,
}

impl EngineArgs {
    /// The workgroup that is meant.
    pub(in crate::cli) fn workgroup(&self) -> &str {
        self.workgroup.as_deref().unwrap_or(WORKGROUP)
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
