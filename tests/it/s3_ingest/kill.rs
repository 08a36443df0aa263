//! A process that is killed in the middle: the next one finishes, and nothing is sent twice.

use std::process::Stdio;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Ground, files};
use crate::support::s3::Faults;
use crate::support::seeds;

#[test]
fn killed_at_random_points_and_run_again() {
    for seed in 0..seeds() {
        let ground = Ground::new();
        let mut dice = StdRng::seed_from_u64(seed);
        // Objects of all kinds count: `lake.json`, plan, files, parts.
        let at = dice.random_range(1..ground.files as u64 + 5);
        ground.server.faults(Faults {
            hold_after_puts: Some(at),
            ..Faults::default()
        });
        let mut child = ground
            .command(&["ingest", "dataset.zip", "-q"])
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        ground.server.wait_for_puts(at);
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
        ground.server.disconnect();
        ground.server.faults(Faults::default());
        ground.server.reset_requests();
        let landed = ground.landed();
        let summary = ground.ingest(&[], 0);
        // Fewer files than a part holds: none was recorded. What is there is adopted, and nothing is sent twice.
        assert_eq!(
            (files(&summary, "stored"), files(&summary, "kept")),
            (ground.files - landed, landed),
            "seed {seed}, killed after {at} PUTs"
        );
        assert_eq!(ground.file_puts(), files(&summary, "stored"));
        ground.check_whole();
    }
}
