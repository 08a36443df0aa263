//! The Power BI project: contract and measures in, the files of a PBIP out. Pure.
//!
//! | file | what it makes |
//! |---|---|
//! | `options`, `fabric`, `file` | what differs from project to project; names in Fabric; a file of a project |
//! | `project` | the list of all files |
//! | `plan` | what writing them to a folder would change |
//! | `presentation` | how a dataset is shown |
//! | `model`, `model_table` | the semantic model in TMDL |
//! | `power_query` | its queries in M |
//! | `direct_lake` | its partitions over Delta tables in Fabric, in place of queries |
//! | `report`, `page`, `visual`, `kind`, `field`, `grid`, `theme` | the report in PBIR |
//! | `tmdl`, `tag` | TMDL's lines and quotes; ids that stay the same |

mod direct_lake;
mod fabric;
mod field;
mod file;
pub mod grid;
mod kind;
mod model;
mod model_table;
mod options;
mod page;
mod plan;
mod power_query;
mod presentation;
mod project;
mod report;
mod tag;
mod theme;
mod tmdl;
mod visual;

pub use fabric::{FabricId, FabricNameError, SchemaName, SqlEndpoint};
pub use field::{Field, column, measure};
pub use file::ProjectFile;
pub use kind::Kind;
pub use options::{DataSource, DirectLakeOptions, Lakehouse, Mode, ProjectOptions, QueryOptions};
pub use page::Page;
pub use plan::{ProjectPlan, generated_folders};
pub use presentation::{ColumnPresentation, Hierarchy, Presentation};
pub use project::project;
pub use theme::SEVERITIES;
pub use visual::{Visual, literal};
