//! The options of `ctlake report`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct ReportArgs {
    /// Output file; an existing one is replaced
    #[arg(short, long, default_value = "report.html", value_name = "FILE")]
    pub(in crate::cli) out: PathBuf,
    /// Maximum number of pictures, if the snapshot has previews (`ctlake build --previews`)
    #[arg(long, default_value_t = 24, value_name = "N")]
    pub(in crate::cli) previews: usize,
    /// Name or entry number of a snapshot [default: the current one]
    #[arg(long)]
    pub(in crate::cli) snapshot: Option<String>,
}
