//! What other engines see: the current snapshot as tables and views of AWS Glue, which Athena, Power BI and Spark read, and as tables of
//! formats that need no catalog.
//!
//! | file | what is in it |
//! |---|---|
//! | `definition` | a table or view as a catalog has it |
//! | `wanted` | the definitions that the contract and an entry of the log call for |
//! | `ddl` | the same as SQL |
//! | `plan` | what a catalog has against what it should have |
//! | `glue_tables` | the plan, carried out |
//! | `versions` | the same for formats that keep their history: what they show against what the log says |
//! | `versioned` | such a plan, carried out |
//! | `iceberg` | the tables as Iceberg tables in the lake |
//! | `delta` | the tables as Delta tables in the lake |
//! | `register` | all formats |
//! | `shown` | what they show now |
//! | `glue` | AWS Glue, known to this folder only |

mod database;
mod ddl;
mod definition;
mod delta;
mod error;
mod evolution;
mod glue;
mod glue_tables;
mod iceberg;
mod identity;
mod partition;
mod plan;
mod policy;
mod presto_view;
mod register;
mod shown;
mod versioned;
mod versions;
mod wanted;

pub use self::iceberg::IcebergError;
pub use database::{DatabaseName, DatabaseNameError};
pub use ddl::{Partitions, script};
pub use definition::{Body, Definition, DefinitionColumn};
pub use delta::DeltaError;
pub use error::CatalogError;
pub use evolution::Incompatible;
pub use glue::{GlueError, GlueFault};
pub use glue_tables::Registered;
pub use partition::{Partition, PartitionPlan};
pub use plan::{Action, Change, Found, FoundTable, Plan, Refusal, Step, decide};
pub use policy::{Role, policy};
pub use register::{FormatPlan, RegisterOptions, Registration, expire, plan, register};
pub use shown::{Shown, ShownTable, shown, shown_snapshots};
pub use versioned::{Advanced, Moving, VersionsPlan};
pub use versions::{
    Action as VersionAction, Foreign, Refusal as VersionRefusal, Step as VersionStep, Version,
};
pub use wanted::{Wanted, structure, wanted};
