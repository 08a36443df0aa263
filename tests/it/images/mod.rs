//! The image files of a cohort: downloaded, linked, sampled, signed.

mod folder;
mod refusals;
mod s3;
mod sample;

use std::fs;

use crate::support::tree::listing;
use crate::support::{Dataset, Lake, Outcome};

const ALL: &str = "SELECT image_key FROM ct_slices";
const COVID: &str = "SELECT image_key FROM ct_slices WHERE diagnosis = 'COVID-19'";
/// Where a folder lake has the images.
const LANDED: &str = "lake/landing/CT-2A/2A_images";

/// Six labels with their images, small enough to be said in full.
fn small() -> Dataset {
    let names = [
        "NCP_1_10_0001.png",
        "NCP_1_10_0002.png",
        "CP_3_30_0001.png",
        "NCP_2_20_0005.png",
        "Normal_4_40_0001.png",
        "normal1_patient5_SR_1_IM00001.png",
    ];
    names.iter().fold(Dataset::small(), |dataset, name| {
        dataset.file(&format!("2A_images/{name}"), format!("image {name}"))
    })
}

fn images(lake: &Lake, args: &[&str]) -> Outcome {
    lake.ctlake([&["images"], args].concat())
}

/// The files below a folder of the test's own but those that stand beside the images and what a killed process leaves, one a line.
fn names(lake: &Lake, folder: &str) -> String {
    let listed = listing(&lake.path(folder));
    let ours = |path: &&str| {
        let beside = ["index.csv", "index.parquet", "classes.txt", "metadata.csv"];
        let name = path.rsplit('/').next().unwrap_or(path);
        !beside.contains(&name) && !path.starts_with(".ctlake-parts/")
    };
    listed
        .lines()
        .filter(ours)
        .map(|path| format!("{path}\n"))
        .collect()
}

fn text(lake: &Lake, path: &str) -> String {
    fs::read_to_string(lake.path(path)).unwrap()
}
