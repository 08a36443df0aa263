//! The command line of `register`.

use clap::{Args as ClapArgs, ValueEnum};

use crate::catalog::{DatabaseName, Role};

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct RegisterArgs {
    /// Database in Glue; made if it isn't there
    #[arg(long, default_value = "covidx", value_name = "NAME")]
    pub(in crate::cli) database: DatabaseName,
    /// List each partition too, for Spark, EMR and awswrangler, which don't compute them
    #[arg(long)]
    pub(in crate::cli) partitions: bool,
    /// Take over tables that ctlake did not make for this lake
    #[arg(long)]
    pub(in crate::cli) adopt: bool,
    /// Print the same as SQL for Athena, and do nothing
    #[arg(long, conflicts_with_all = ["adopt", "iam_policy"])]
    pub(in crate::cli) ddl: bool,
    /// Print the IAM policy that a role needs, and do nothing
    #[arg(long, value_name = "ROLE", conflicts_with_all = ["adopt", "partitions"])]
    pub(in crate::cli) iam_policy: Option<PolicyRole>,
}

impl RegisterArgs {
    /// Whether it only prints.
    pub(super) fn prints(&self) -> bool {
        self.ddl || self.iam_policy.is_some()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum PolicyRole {
    /// Builds and registers
    Builder,
    /// Asks questions
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
