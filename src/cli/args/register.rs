//! The command line of `register`.

use std::collections::BTreeSet;

use clap::{Args as ClapArgs, ValueEnum};

use super::super::failure::Failure;
use super::value::table_suffix;
use crate::catalog::{DatabaseName, Moving, RegisterOptions, Role};
use crate::lake::projection::Format;

/// The database of Hive tables, when none is named.
const DATABASE: &str = "covidx";

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct RegisterArgs {
    /// Table formats, separated by commas
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "hive",
        value_delimiter = ','
    )]
    format: Vec<FormatName>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Also register each partition, for Spark, EMR and awswrangler
    #[arg(long)]
    pub(in crate::cli) partitions: bool,
    /// Replace tables that ctlake did not create for this lake
    #[arg(long)]
    pub(in crate::cli) adopt: bool,
    #[command(flatten)]
    moving: MovingArgs,
    /// Print the DDL for Athena without registering
    #[arg(long, conflicts_with_all = ["adopt", "iam_policy"])]
    pub(in crate::cli) ddl: bool,
    /// Print the IAM policy of a role without registering
    #[arg(long, value_name = "ROLE", conflicts_with_all = ["adopt", "partitions"])]
    pub(in crate::cli) iam_policy: Option<PolicyRole>,
}

impl RegisterArgs {
    /// How to register.
    pub(in crate::cli) fn options(&self) -> Result<RegisterOptions, Failure> {
        let options = RegisterOptions {
            adopt: self.adopt,
            partitions: self.partitions,
            moving: Moving {
                force: self.moving.force,
                single_writer: self.moving.single_writer,
            },
            ..self.place.options(&self.format)
        };
        let hive = options.formats.contains(&Format::Hive);
        for (given, option) in [(self.partitions, "--partitions"), (self.ddl, "--ddl")] {
            if given && !hive {
                return Err(Failure::usage(
                    format!("`{option}` is for Hive tables"),
                    "leave it out, or add `hive` to `--format`",
                ));
            }
        }
        self.place.check(&options)?;
        Ok(options)
    }

    /// The database of the Hive tables.
    pub(in crate::cli) fn database(&self) -> DatabaseName {
        self.place.database_or_default()
    }

    /// Whether it only prints.
    pub(super) fn prints(&self) -> bool {
        self.ddl || self.iam_policy.is_some()
    }
}

/// How tables in the lake are written.
#[derive(Debug, ClapArgs)]
struct MovingArgs {
    /// Overwrite Iceberg or Delta versions written by others
    #[arg(long)]
    force: bool,
    /// Write to a store without conditional writes, as its only writer
    #[arg(long)]
    single_writer: bool,
}

/// Where tables are shown.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct PlaceArgs {
    /// Database in Glue, made if it isn't there; for Hive tables `covidx` without it, while Iceberg and Delta tables are then in the lake alone
    #[arg(long, value_name = "NAME")]
    database: Option<DatabaseName>,
    /// Suffix of Iceberg or Delta tables in the database; `_iceberg` and `_delta` if several formats are registered
    #[arg(long, value_name = "SUFFIX", value_parser = table_suffix)]
    table_suffix: Option<String>,
}

/// What follows a build.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct ThenArgs {
    /// Then register the tables in these formats, separated by commas: hive, iceberg, delta or all
    #[arg(
        long,
        value_name = "FORMAT",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    register: Vec<FormatName>,
    #[command(flatten)]
    place: PlaceArgs,
}

impl PlaceArgs {
    fn options(&self, formats: &[FormatName]) -> RegisterOptions {
        let formats: BTreeSet<Format> = formats.iter().flat_map(|name| name.formats()).collect();
        // Hive tables are nowhere but in a database.
        let database = if formats.contains(&Format::Hive) {
            Some(self.database_or_default())
        } else {
            self.database.clone()
        };
        RegisterOptions {
            formats,
            database,
            suffix: self.table_suffix.clone(),
            ..RegisterOptions::default()
        }
    }

    fn database_or_default(&self) -> DatabaseName {
        let default = || DATABASE.parse().expect("a valid name");
        self.database.clone().unwrap_or_else(default)
    }

    fn check(&self, options: &RegisterOptions) -> Result<(), Failure> {
        let named = options
            .formats
            .iter()
            .filter(|format| **format != Format::Hive);
        let named = if options.database.is_some() {
            named.count()
        } else {
            0
        };
        match (&self.table_suffix, named) {
            (None, _) | (Some(_), 1) => Ok(()),
            (Some(_), 0) => Err(Failure::usage(
                "`--table-suffix` is for tables that are not Hive's, in a database".to_owned(),
                "leave it out, or name both: `--format delta --database covidx`",
            )),
            (Some(_), _) => Err(Failure::usage(
                "`--table-suffix` is for one format, got several".to_owned(),
                "register one after the other, or leave it out: each has a suffix of its own",
            )),
        }
    }
}

impl ThenArgs {
    /// How to register, where that was asked for: a database alone means Hive tables.
    pub(in crate::cli) fn options(&self) -> Result<Option<RegisterOptions>, Failure> {
        let formats = match (&self.register[..], &self.place.database) {
            ([], None) => {
                self.place.check(&RegisterOptions::default())?;
                return Ok(None);
            }
            ([], Some(_)) => &[FormatName::Hive],
            (formats, _) => formats,
        };
        let options = self.place.options(formats);
        self.place.check(&options)?;
        Ok(Some(options))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// Tables and views in AWS Glue, for Athena, Power BI and Spark
    Hive,
    /// Iceberg tables in the lake
    Iceberg,
    /// Delta tables in the lake
    Delta,
    /// All of them
    All,
}

impl FormatName {
    fn formats(self) -> Vec<Format> {
        match self {
            Self::Hive => vec![Format::Hive],
            Self::Iceberg => vec![Format::Iceberg],
            Self::Delta => vec![Format::Delta],
            Self::All => vec![Format::Hive, Format::Iceberg, Format::Delta],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum PolicyRole {
    /// Builds and registers
    Builder,
    /// Runs queries
    Reader,
}

impl From<PolicyRole> for Role {
    fn from(role: PolicyRole) -> Self {
        match role {
            PolicyRole::Builder => Self::Builder,
            PolicyRole::Reader => Self::Reader,
        }
    }
}
