//! What is refused, before a byte is fetched.

use std::fs;

use insta::assert_snapshot;

use super::{ALL, COVID, images, names, small, text};
use crate::support::Lake;
use crate::support::tree::listing;

#[test]
fn queries_that_name_no_images() {
    let lake = Lake::built(&small());
    let mut errors = String::new();
    for (query, args) in [
        ("SELECT patient_id, age FROM patients", &[][..]),
        ("SELECT image_key FROM ct_slices WHERE age > 119", &[]),
        ("SELECT 'a.png' AS image_key FROM snapshot_info", &[]),
        (ALL, &["--layout", "split/colour"]),
        (ALL, &["--sample", "1", "--per", "colour"]),
        ("SELECT image_key, 1 AS path FROM ct_slices", &[]),
        ("SELECT image_key FROM ct_slices WHERE", &[]),
        ("DROP TABLE ct_slices", &[]),
    ] {
        let args = [&[query, "--out", "cohort"], args].concat();
        let said = images(&lake, &args).fails(1);
        assert!(said.stderr().contains("\nhint: "), "{said}");
        assert_eq!(said.stdout(), "");
        errors += said.stderr().lines().next().unwrap();
        errors.push('\n');
    }
    assert!(!lake.path("cohort").exists());
    assert_snapshot!(errors, @"
    error: expected a query with the column `image_key`, got `patient_id`, `age`
    error: the query has no rows, so there are no images
    error: `a.png` is the image_key of no slice of this snapshot
    error: neither the query nor ct_slices has the column `colour`; the query has `image_key`
    error: neither the query nor ct_slices has the column `colour`; the query has `image_key`
    error: the query has a column `path`, which the index has for itself
    error: cannot answer the query: expected an expression, found the end
    error: expected a query, got `DROP TABLE`
    ");
    assert_snapshot!(images(&lake, &["SELECT age FROM patients", "--out", "cohort"]).fails(1), @"
    exit 1
    --- stderr
    error: expected a query with the column `image_key`, got `age`

    hint: ask for it: `SELECT image_key FROM ct_slices WHERE …`; of patients, `SELECT cover_image_key AS image_key FROM patients`
    ");
}

#[test]
fn options_that_do_not_apply() {
    let lake = Lake::built(&small());
    assert_snapshot!(images(&lake, &[ALL, "--presign", "1h"]).fails(2), @"
    exit 2
    --- stderr
    error: `--presign` is for lakes on S3, got `./lake`: its images are files already

    hint: `--out DIR` copies them, `--out DIR --link hard` takes no space
    ");
    for args in [
        &[ALL][..],
        &[ALL, "--out", "cohort", "--presign", "1h"],
        &[ALL, "--presign", "8d"],
        &[ALL, "--presign", "0s"],
        &[ALL, "--presign", "1h", "--layout", "split"],
        &[ALL, "--presign", "1h", "--dry-run"],
        &[ALL, "--presign", "1h", "--json"],
        &[ALL, "--out", "cohort", "--format", "csv"],
        &[ALL, "--out", "cohort", "--per", "split"],
        &[ALL, "--out", "cohort", "--seed", "2"],
        &[ALL, "--out", "cohort", "--sample", "0"],
        &[ALL, "--out", "cohort", "--layout", "split//x"],
        &["", "--out", "cohort"],
    ] {
        images(&lake, args).fails(2);
    }
    assert!(!lake.path("cohort").exists());
}

#[test]
fn a_file_in_the_way() {
    let lake = Lake::built(&small());
    fs::write(lake.path("cohort"), "mine").unwrap();
    assert_snapshot!(images(&lake, &[COVID, "--out", "cohort"]).fails(1), @"
    exit 1
    --- stderr
    error: expected a folder at `cohort`, found a file

    hint: name another folder with `--out`, or move the file away
    ");
    assert_eq!(text(&lake, "cohort"), "mine");
}

#[test]
fn other_content_is_lost_only_when_asked() {
    let lake = Lake::built(&small());
    fs::create_dir(lake.path("cohort")).unwrap();
    fs::write(lake.path("cohort/NCP_1_10_0001.png"), "cropped").unwrap();
    assert_snapshot!(images(&lake, &[COVID, "--out", "cohort"]).fails(1), @"
    exit 1
    --- stderr
    error: `NCP_1_10_0001.png` is there already and has other content

    hint: write to another folder with `--out`, or add `--replace` to lose what is there
    ");
    assert_eq!(text(&lake, "cohort/NCP_1_10_0001.png"), "cropped");
    assert_eq!(names(&lake, "cohort"), "NCP_1_10_0001.png\n");
    assert_snapshot!(images(&lake, &[COVID, "--out", "cohort", "--replace"]).ok(), @"
    exit 0
    --- stderr
    cohort: 3 images (69 B) to fetch; 0 images (0 B) there already; 1 of these in the place of other content
    cohort: 3 images fetched (69 B) in [TIME]; 0 there already
    index: 3 rows in cohort/index.csv and cohort/index.parquet
    ");
    assert_eq!(
        text(&lake, "cohort/NCP_1_10_0001.png"),
        "image NCP_1_10_0001.png"
    );
}

#[test]
fn cohorts_are_not_mixed_unasked() {
    let lake = Lake::built(&small());
    let other = "SELECT image_key FROM ct_slices WHERE diagnosis = 'Normal'";
    images(&lake, &[COVID, "--out", "cohort"]).ok();
    assert_snapshot!(images(&lake, &[other, "--out", "cohort"]).fails(1), @"
    exit 1
    --- stderr
    error: 3 files are there already and are no images of this cohort, the first `NCP_1_10_0001.png`

    hint: write to another folder with `--out`, or add `--keep-others` to have both there
    ");
    assert_eq!(names(&lake, "cohort").lines().count(), 3);
    images(&lake, &[other, "--out", "cohort", "--keep-others"]).ok();
    assert_eq!(names(&lake, "cohort").lines().count(), 5);
    assert_eq!(text(&lake, "cohort/index.csv").lines().count(), 3);
    // An index that is none of ours is somebody's.
    fs::create_dir(lake.path("mine")).unwrap();
    fs::write(lake.path("mine/index.csv"), "name,url\n").unwrap();
    images(&lake, &[COVID, "--out", "mine"]).fails(1);
    assert_eq!(text(&lake, "mine/index.csv"), "name,url\n");
}

#[test]
fn no_value_leads_out_of_the_folder() {
    let lake = Lake::built(&small());
    for (number, value) in [
        "...", "../../x", "/", "..\\..", "CON", "a\u{1b}b", "", " . ",
    ]
    .iter()
    .enumerate()
    {
        let query =
            format!("SELECT image_key, '{value}' AS part FROM ct_slices WHERE patient_id = 'CP_3'");
        let out = format!("below/{number}/out");
        let before = listing(lake.path(".").as_path());
        images(&lake, &[&query, "--out", &out, "--layout", "part/split"]).ok();
        let is_new = |path: &&str| !before.lines().any(|line| line == *path);
        for path in listing(lake.path(".").as_path()).lines().filter(is_new) {
            assert!(path.starts_with(&format!("{out}/")), "{value:?}: {path}");
        }
        let (begin, end) = (format!("{out}/"), "/train/CP_3_30_0001.png");
        let said = listing(&lake.path(&out));
        let image = said.lines().find(|line| line.contains("CP_3")).unwrap();
        assert!(
            format!("{begin}{image}").ends_with(end),
            "{value:?}: {image}"
        );
        assert_eq!(image.split('/').count(), 3, "{value:?}: {image}");
    }
}

#[test]
fn values_that_would_share_a_folder() {
    let lake = Lake::built(&small());
    let query = "SELECT image_key, CASE patient_id WHEN 'CP_3' THEN 'a/b' ELSE 'A_b' END AS part FROM ct_slices";
    assert_snapshot!(images(&lake, &[query, "--out", "cohort", "--layout", "part"]).fails(1), @"
    exit 1
    --- stderr
    error: `A_b` and `a/b` of `part` would share the folder `a_b`

    hint: give each its own name in the query, `CASE part WHEN '…' THEN '…' ELSE part END AS folder`, and `--layout folder`
    ");
    assert!(!lake.path("cohort").exists());
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_of_the_folder() {
    use std::os::unix::fs::symlink;
    let lake = Lake::built(&small());
    for folder in ["cohort", "elsewhere"] {
        fs::create_dir(lake.path(folder)).unwrap();
    }
    fs::write(lake.path("elsewhere/kept"), "kept").unwrap();
    symlink("../elsewhere", lake.path("cohort/train")).unwrap();
    let layout = [COVID, "--out", "cohort", "--layout", "split"];
    assert_snapshot!(images(&lake, &layout).fails(1), @"
    exit 1
    --- stderr
    error: expected a folder at `cohort/train`, found a symbolic link

    hint: remove the link, or name the folder it leads to with `--out`: images are written to folders below it only
    ");
    // One that is in nobody's way is a file like any other, and is not followed, though it leads in a circle.
    fs::remove_file(lake.path("cohort/train")).unwrap();
    symlink(".", lake.path("cohort/circle")).unwrap();
    assert_snapshot!(images(&lake, &layout).fails(1), @"
    exit 1
    --- stderr
    error: `circle` is there already and is no image of this cohort

    hint: write to another folder with `--out`, or add `--keep-others` to have both there
    ");
    // An index that is a link is replaced, not written through.
    symlink("../elsewhere/kept", lake.path("cohort/index.csv")).unwrap();
    let args = [&layout[..], &["--keep-others"]].concat();
    images(&lake, &args).ok();
    assert_eq!(text(&lake, "elsewhere/kept"), "kept");
    assert!(text(&lake, "cohort/index.csv").starts_with("image_key,path,"));
}
