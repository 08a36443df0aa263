//! Registering: each format's plan made and carried out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::database::DatabaseName;
use super::delta::Delta;
use super::error::CatalogError;
use super::glue_tables::{self, GlueTables, Registered};
use super::iceberg::{self, Iceberg};
use super::plan::Plan;
use super::versioned::{self, Advanced, Moving, VersionsPlan};
use crate::contract::Contract;
use crate::lake::projection::{self, Format};
use crate::lake::{Lake, S3};

/// How to register.
#[derive(Debug, Clone, Default)]
pub struct RegisterOptions {
    /// As what.
    pub formats: BTreeSet<Format>,
    /// The database in Glue. Hive tables need one; of the others the lake has all that is needed.
    pub database: Option<DatabaseName>,
    /// What stands behind the names of tables that are not Hive's, there.
    pub suffix: Option<String>,
    /// Take over tables that somebody else made.
    pub adopt: bool,
    /// List the partitions of Hive tables one by one, besides projecting them.
    pub partitions: bool,
    /// How formats that keep their history are moved.
    pub moving: Moving,
}

/// What would be done for one format.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum FormatPlan {
    /// Hive tables and views.
    Hive(Plan),
    /// A format that keeps its history.
    Versions(VersionsPlan),
}

/// What was done for one format.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Registration {
    /// Hive tables and views.
    Hive(Registered),
    /// A format that keeps its history.
    Versions(Advanced),
}

impl RegisterOptions {
    /// Refuses what the lake can't have, before anything is done.
    pub fn check(&self, lake: &Lake) -> Result<(), CatalogError> {
        if self.database.is_some() || self.formats.contains(&Format::Hive) {
            glue_tables::s3(lake)?;
        }
        Ok(())
    }

    /// Where several formats are in one database, each but Hive has a name of its own.
    fn suffix(&self, format: Format) -> String {
        match &self.suffix {
            Some(suffix) => suffix.clone(),
            None if self.formats.len() > 1 => format!("_{}", format.name()),
            None => String::new(),
        }
    }

    /// The names that tables and views have, or would have, in a database.
    #[must_use]
    pub fn names(&self, contract: &Contract) -> Vec<String> {
        let mut names = Vec::new();
        for &format in &self.formats {
            let (suffix, views) = match format {
                Format::Hive => (String::new(), contract.views),
                Format::Iceberg | Format::Delta => (self.suffix(format), &[][..]),
            };
            let tables = contract.tables.iter();
            names.extend(tables.map(|table| table.name.clone() + &suffix));
            names.extend(views.iter().map(|view| view.name.to_owned()));
        }
        names
    }

    /// The tables in Glue, where there are to be any.
    fn in_glue(&self, format: Format) -> Option<GlueTables> {
        Some(GlueTables {
            database: self.database.clone()?,
            format,
            suffix: self.suffix(format),
            adopt: self.adopt,
            partitions: self.partitions && format == Format::Hive,
            ahead: BTreeMap::new(),
        })
    }

    fn hive(&self) -> Result<GlueTables, CatalogError> {
        self.in_glue(Format::Hive).ok_or(CatalogError::NoDatabase)
    }

    fn delta(&self, lake: &Lake) -> Delta {
        let database = self.database.as_ref().map(DatabaseName::as_str);
        let region = lake.s3().map(S3::region);
        Delta::new(lake, region.zip(database), &self.suffix(Format::Delta))
    }

    fn iceberg(&self, lake: &Lake) -> Iceberg {
        Iceberg::new(lake, self.database.as_ref(), &self.suffix(Format::Iceberg))
    }
}

/// What would be done now, format after format.
pub async fn plan(lake: &Lake, options: &RegisterOptions) -> Result<Vec<FormatPlan>, CatalogError> {
    options.check(lake)?;
    let mut plans = Vec::new();
    for &format in &options.formats {
        plans.push(match format {
            Format::Hive => FormatPlan::Hive(glue_tables::plan(lake, &options.hive()?).await?),
            Format::Iceberg => {
                let tables = options.iceberg(lake);
                let mut plan = versioned::plan(&tables, lake, options.moving).await?;
                if let Some(mut tables) = options.in_glue(format) {
                    tables.ahead = iceberg::ahead(&plan.steps);
                    plan.catalog = Some(glue_tables::plan(lake, &tables).await?);
                }
                FormatPlan::Versions(plan)
            }
            Format::Delta => {
                let delta = options.delta(lake);
                let mut plan = versioned::plan(&delta, lake, options.moving).await?;
                if let Some(tables) = options.in_glue(format) {
                    plan.catalog = Some(glue_tables::plan(lake, &tables).await?);
                }
                FormatPlan::Versions(plan)
            }
        });
    }
    Ok(plans)
}

/// Makes every format show the current snapshot, one after the other.
pub async fn register(
    lake: &Lake,
    options: &RegisterOptions,
) -> Result<Vec<Registration>, CatalogError> {
    options.check(lake)?;
    let mut done = Vec::new();
    for &format in &options.formats {
        done.push(match format {
            Format::Hive => {
                Registration::Hive(glue_tables::register(lake, &options.hive()?).await?)
            }
            Format::Iceberg => {
                let tables = options.iceberg(lake);
                let mut advanced = versioned::register(&tables, lake, options.moving).await?;
                // The database is sent on to what is there.
                if let Some(tables) = options.in_glue(format) {
                    advanced.catalog = Some(glue_tables::register(lake, &tables).await?);
                }
                Registration::Versions(advanced)
            }
            Format::Delta => {
                let delta = options.delta(lake);
                let in_glue = options.in_glue(format);
                let checked = match &in_glue {
                    Some(tables) => glue_tables::check(lake, tables).await?,
                    None => 0,
                };
                let mut advanced = versioned::register(&delta, lake, options.moving).await?;
                advanced.requests += checked;
                // What the database leads to must be there before.
                if let Some(tables) = in_glue {
                    advanced.catalog = Some(glue_tables::register(lake, &tables).await?);
                }
                Registration::Versions(advanced)
            }
        });
    }
    Ok(done)
}

/// Removes from every format that the lake is recorded in the versions whose files the log has given up: before the files go.
pub async fn expire(lake: &Lake) -> Result<(), CatalogError> {
    for projection in projection::read_all(lake).await? {
        match projection.format {
            // It shows one snapshot, and that one stays.
            Format::Hive => {}
            Format::Iceberg => {
                versioned::expire(&Iceberg::of(lake, &projection), lake).await?;
                // Who asks the database must not be sent to files that are about to go.
                if let Some(tables) = GlueTables::of(&projection).filter(|_| lake.s3().is_some()) {
                    glue_tables::register(lake, &tables).await?;
                }
            }
            Format::Delta => {
                versioned::expire(&Delta::of(&projection), lake).await?;
            }
        }
    }
    Ok(())
}

impl FormatPlan {
    /// The format.
    #[must_use]
    pub fn format(&self) -> Format {
        match self {
            Self::Hive(_) => Format::Hive,
            Self::Versions(plan) => plan.projection.format,
        }
    }
}

impl Registration {
    /// The format.
    #[must_use]
    pub fn format(&self) -> Format {
        match self {
            Self::Hive(_) => Format::Hive,
            Self::Versions(done) => done.projection.format,
        }
    }
}
