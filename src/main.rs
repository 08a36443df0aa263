//! The `ctlake` program: parses, runs, says how it ended.

use std::process::ExitCode;

fn main() -> ExitCode {
    ctlake::cli::main()
}
