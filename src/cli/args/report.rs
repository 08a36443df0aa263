//! The options of `ctlake report`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct ReportArgs {
    /// File to write the page to, in the place of one that is there
    #[arg(short, long, default_value = "report.html", value_name = "FILE")]
    pub(in crate::cli) out: PathBuf,
    /// At most this many pictures of slices, if the snapshot has any (`ctlake build --previews`)
    #[arg(long, default_value_t = 24, value_name = "N")]
    pub(in crate::cli) previews: usize,
    /// A snapshot's name or entry number instead of the current one
    #[arg(long)]
    pub(in crate::cli) snapshot: Option<String>,
}
