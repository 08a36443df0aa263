//! `build --previews`: a small picture of the middle slice of each scan, and lakes without them.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ctlake::datasets::covidx_ct::files::Split;
use insta::assert_snapshot;

use crate::support::s3::S3Server;
use crate::support::{Dataset, Lake, dataset};

/// Image keys of the slices that previews must be of: by scan, those in the middle that are in the landing zone.
fn middles(lake: &Lake) -> BTreeSet<String> {
    let mut scans: BTreeMap<_, BTreeMap<i32, (String, bool)>> = BTreeMap::new();
    for row in lake.rows("ct_slices") {
        let scan = (row["patient_id"].clone(), row["scan_id"].clone());
        let slice = row["slice_index"].as_ref().unwrap().parse().unwrap();
        let landed = row["in_landing"].as_deref() == Some("true");
        let slices = scans.entry(scan).or_default();
        slices.insert(slice, (row["image_key"].clone().unwrap(), landed));
    }
    let middle = |slices: BTreeMap<i32, (String, bool)>| {
        let at = (slices.len() - 1) / 2;
        slices.into_values().nth(at).filter(|(_, landed)| *landed)
    };
    let middles = scans.into_values().filter_map(middle);
    middles.map(|(key, _)| key).collect()
}

/// Width and height of a PNG that stands in a `data:` URL.
fn size(url: &str) -> (u32, u32) {
    let png = url.strip_prefix("data:image/png;base64,").unwrap();
    let png = STANDARD.decode(png).unwrap();
    let reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .unwrap();
    (reader.info().width, reader.info().height)
}

#[test]
fn the_middle_slice_of_each_scan_is_stored_as_a_small_picture() {
    let lake = Lake::with(&Dataset::sample(&dataset::small_sample(5)));
    let planned = lake.ctlake(["build", "--previews", "--dry-run"]).ok();
    lake.ctlake(["build", "--previews"]).ok();
    let rows = lake.rows("previews");
    let keys: BTreeSet<String> = rows
        .iter()
        .filter_map(|row| row["image_key"].clone())
        .collect();
    assert_eq!(keys, middles(&lake));
    assert!(keys.len() > 20 && keys.len() == rows.len());
    assert!(
        planned
            .stdout()
            .contains(&format!("previews: {} rows in 1 file", rows.len())),
        "{planned}"
    );
    for row in &rows {
        let image = row["image"].as_ref().unwrap();
        assert!(image.len() <= 30_000);
        let (width, height) = size(image);
        assert_eq!(width.max(height), 128, "{row:?}");
    }
    // Sorted as the file says, and the slice is the one that is named.
    let scans: Vec<_> = rows
        .iter()
        .map(|row| (&row["patient_id"], &row["scan_id"]))
        .collect();
    assert!(scans.is_sorted());
    assert_snapshot!(lake.sql(
        "SELECT COUNT(*) AS rows FROM previews JOIN ct_slices ON previews.image_key = ct_slices.image_key \
         WHERE previews.slice_index = ct_slices.slice_index AND previews.patient_id = ct_slices.patient_id"
    ).replace(&rows.len().to_string(), "all"), @"
    rows
    all
    ");
}

#[test]
fn without_being_asked_for_there_are_none_and_asking_makes_a_new_snapshot() {
    let lake = Lake::built(&Dataset::sample(&dataset::small_sample(5)));
    let tables = |lake: &Lake| {
        let log = lake.log();
        let tables = log.last().unwrap()["tables"].as_object().unwrap();
        tables.keys().cloned().collect::<Vec<_>>()
    };
    assert!(!tables(&lake).contains(&"previews".to_owned()));
    assert_eq!(
        lake.sql("SELECT COUNT(*) AS rows FROM previews"),
        "rows\n0\n"
    );
    assert_snapshot!(lake.ctlake(["path", "previews"]).fails(1), @"
    exit 1
    --- stderr
    error: snapshot [SNAPSHOT] has no table `previews`

    hint: build it, with the images in the landing zone: `ctlake build --previews`
    ");
    let contract = ["schema", "--format", "odcs", "--lake", "lake"];
    assert!(
        !lake
            .ctlake(contract)
            .ok()
            .stdout()
            .contains("name: previews")
    );

    let said = lake.ctlake(["build", "--previews"]).ok();
    assert!(
        said.stderr().contains("  the middle slice of each scan\n"),
        "{said}"
    );
    assert!(tables(&lake).contains(&"previews".to_owned()));
    let path = lake
        .ctlake(["path", "previews"])
        .ok()
        .raw_stdout()
        .to_owned();
    assert!(std::path::Path::new(path.trim()).is_dir());
    assert!(
        lake.ctlake(contract)
            .ok()
            .stdout()
            .contains("name: previews")
    );
    lake.ctlake(["build", "--previews"]).ok();
    assert_eq!(lake.log().len(), 2);
    // The same pictures give the same bytes, however many threads there are.
    let sha256 = |lake: &Lake| {
        lake.log().last().unwrap()["tables"]["previews"]["files"][0]["sha256"].clone()
    };
    let before = sha256(&lake);
    lake.ctlake(["build", "--previews", "--force", "--threads", "1"])
        .ok();
    assert_eq!(sha256(&lake), before);
}

#[test]
fn labels_without_images_have_no_previews() {
    let lake = Lake::with(&Dataset::small());
    let said = lake.ctlake(["build", "--previews"]).ok();
    let line =
        "\n                      5  without: their middle slice is not in the landing zone\n";
    assert!(said.stderr().contains(line), "{}", said.stderr());
    assert_eq!(
        lake.sql("SELECT COUNT(*) AS rows FROM previews"),
        "rows\n0\n"
    );
    lake.ctlake(["path", "previews"]).fails(1);
    let contract = ["schema", "--format", "odcs", "--lake", "lake"];
    assert!(
        !lake
            .ctlake(contract)
            .ok()
            .stdout()
            .contains("name: previews")
    );
}

#[test]
fn a_file_that_is_no_picture_has_no_preview() {
    let whole = Dataset::sample(&dataset::small_sample(5));
    let broken = whole
        .files()
        .keys()
        .find(|path| path.contains("_images/"))
        .expect("an image")
        .clone();
    let name = broken.rsplit('/').next().unwrap().to_owned();
    // The only slice of a scan of its own.
    let path = broken.replace(&name, "NCP_1_9999_0001.png");
    let lake = Lake::with(
        &whole
            .file(&path, "no PNG")
            .patient("NCP_1,CNCB,China,F,45,COVID-19,Yes,Expert,Axial,CT")
            .line(Split::Train, "NCP_1_9999_0001.png 2 0 0 9 9"),
    );
    let said = lake.ctlake(["build", "--previews"]).ok();
    let mut lines = said.stderr().lines();
    assert!(
        lines.any(|line| line.starts_with(
            "                      1  without: their image can't be decoded, the first is `landing/"
        ) && line.ends_with("/NCP_1_9999_0001.png`")),
        "{}",
        said.stderr()
    );
    assert!(
        middles(&lake)
            .iter()
            .any(|key| key.ends_with("NCP_1_9999_0001.png"))
    );
    let rows = lake.rows("previews");
    assert!(
        rows.iter()
            .all(|row| row["scan_id"].as_deref() != Some("9999"))
    );
    assert_eq!(rows.len(), middles(&lake).len() - 1);
}

#[test]
fn images_of_a_bucket_are_read_from_there() {
    let lake = Lake::temp();
    lake.place(&Dataset::sample(&dataset::small_sample(5)));
    let server = S3Server::start();
    let run = |args: &[&str]| {
        let mut command = lake.command(args);
        command
            .args(["--lake", "s3://lake/covidx"])
            .envs(server.env());
        lake.run(command).ok()
    };
    run(&["ingest", "dataset"]);
    run(&["build", "--previews"]);
    let answer = run(&[
        "sql",
        "SELECT COUNT(*) AS rows, MAX(LENGTH(image)) <= 30000 AS small FROM previews WHERE image_key LIKE 'covidx/landing/%'",
    ]);
    let rows = answer.raw_stdout().lines().nth(1).unwrap().to_owned();
    assert!(rows.ends_with(",true") && !rows.starts_with("0,"), "{rows}");
}
