//! Processes that are killed at random points: the next one finishes.

use std::fs;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Ground, SOURCE, files};
use crate::support::seeds;

#[test]
fn ingest() {
    for seed in 0..seeds() {
        let ground = Ground::new();
        let mut dice = StdRng::seed_from_u64(seed);
        let at = dice.random_range(1..ground.archive.len() as u64);
        ground.killed(&["ingest", SOURCE, "-q", "--range-size", "64kB"], at);
        let summary = ground.ingest(SOURCE, &[], 0);
        assert_eq!(
            files(&summary, "stored") + files(&summary, "kept"),
            ground.dataset.files().len() as u64,
            "seed {seed}, killed after {at} bytes"
        );
        ground.check_whole();
    }
}

#[test]
fn fetch() {
    let args = [
        "fetch",
        SOURCE,
        "--out",
        "a.zip",
        "-q",
        "--range-size",
        "64kB",
    ];
    for seed in 0..seeds() {
        let ground = Ground::new();
        let mut dice = StdRng::seed_from_u64(seed);
        for _ in 0..3 {
            let at = dice.random_range(1..ground.archive.len() as u64 / 3);
            ground.killed(&args, at);
            assert!(!ground.lake.path("a.zip").exists());
        }
        ground.ctlake(&args).ok();
        assert!(
            fs::read(ground.lake.path("a.zip")).unwrap() == ground.archive,
            "seed {seed}"
        );
    }
}
