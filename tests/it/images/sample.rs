//! Balanced samples.

use insta::assert_snapshot;

use super::{ALL, images, names, small};
use crate::support::dataset::small_sample;
use crate::support::{Dataset, Lake};

#[test]
fn so_many_of_each_class() {
    let lake = Lake::built(&Dataset::sample(&small_sample(1)));
    let sample = |seed: &str, out: &str| {
        let args = [
            "--sample",
            "3",
            "--per",
            "diagnosis",
            "--seed",
            seed,
            "--layout",
            "diagnosis",
        ];
        images(&lake, &[&[ALL, "--out", out], &args[..]].concat()).ok()
    };
    let said = sample("1", "a");
    assert_snapshot!(said.stderr().lines().take(3).collect::<Vec<_>>().join("\n"), @"
    1 row names an image again that an earlier row names: each is taken once
    sample: COVID-19: 3 of 78 images
    sample: Normal: 3 of 36 images
    ");
    let drawn = names(&lake, "a");
    for class in ["COVID-19", "Normal", "Pneumonia"] {
        let of_class = drawn.lines().filter(|path| path.starts_with(class));
        assert_eq!(of_class.count(), 3, "{drawn}");
    }
    sample("1", "again");
    assert_eq!(names(&lake, "again"), drawn);
    sample("2", "other");
    assert_ne!(names(&lake, "other"), drawn);
    // Whatever order the query gives.
    let descending = format!("{ALL} ORDER BY image_key DESC");
    let args = [
        "--sample",
        "3",
        "--per",
        "diagnosis",
        "--layout",
        "diagnosis",
    ];
    images(
        &lake,
        &[&[&descending, "--out", "down"], &args[..]].concat(),
    )
    .ok();
    assert_eq!(names(&lake, "down"), drawn);
}

#[test]
fn a_small_class_is_taken_whole_and_that_is_said() {
    let lake = Lake::built(&small().without("2A_images/NCP_1_10_0001.png"));
    let args = [
        ALL,
        "--out",
        "cohort",
        "--sample",
        "2",
        "--per",
        "diagnosis",
        "-n",
    ];
    assert_snapshot!(images(&lake, &args).ok(), @"
    exit 0
    --- stdout
    sample: COVID-19: 2 of 2 images
    sample: Normal: 2 of 2 images
    sample: Pneumonia: 1 of 1 image: fewer than 2
    sample: 1 image was not there to draw from: not in the landing zone
    cohort: 5 images (133 B) to fetch; 0 images (0 B) there already
    ");
    let args = [ALL, "--out", "cohort", "--sample", "2"];
    assert_snapshot!(images(&lake, &args).ok().stderr().lines().next().unwrap(), @"sample: all: 2 of 5 images");
    assert_eq!(names(&lake, "cohort").lines().count(), 2);
}
