//! From a lake in a folder.

use std::fs;
use std::fs::File;
use std::os::unix::fs::MetadataExt;

use ctlake::datasets::covidx_ct::files::Split;
use insta::assert_snapshot;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use super::{ALL, COVID, LANDED, images, names, small, text};
use crate::support::{Dataset, Lake};

#[test]
fn a_cohort_is_planned_copied_and_kept() {
    let lake = Lake::built(&small());
    let plan = images(&lake, &[COVID, "--out", "cohort", "--dry-run"]).ok();
    assert_snapshot!(plan, @"
    exit 0
    --- stdout
    cohort: 3 images (69 B) to fetch; 0 images (0 B) there already
    ");
    assert!(!lake.path("cohort").exists());
    assert_snapshot!(images(&lake, &[COVID, "--out", "cohort"]).ok(), @"
    exit 0
    --- stderr
    cohort: 3 images (69 B) to fetch; 0 images (0 B) there already
    cohort: 3 images fetched (69 B) in [TIME]; 0 there already
    index: 3 rows in cohort/index.csv and cohort/index.parquet
    ");
    assert_snapshot!(text(&lake, "cohort/index.csv"), @"
    image_key,path,split,diagnosis,patient_id,image_bytes,image_crc32
    landing/CT-2A/2A_images/NCP_1_10_0001.png,NCP_1_10_0001.png,train,COVID-19,NCP_1,23,b1a2a5c9
    landing/CT-2A/2A_images/NCP_1_10_0002.png,NCP_1_10_0002.png,train,COVID-19,NCP_1,23,f602df19
    landing/CT-2A/2A_images/NCP_2_20_0005.png,NCP_2_20_0005.png,val,COVID-19,NCP_2,23,600a09c6
    ");
    assert_snapshot!(names(&lake, "cohort"), @"
    NCP_1_10_0001.png
    NCP_1_10_0002.png
    NCP_2_20_0005.png
    ");
    assert_eq!(
        text(&lake, "cohort/NCP_2_20_0005.png"),
        "image NCP_2_20_0005.png"
    );
    // Again: nothing to do, and the folder's own index is in nobody's way.
    let inode = || {
        let file = fs::metadata(lake.path("cohort/NCP_2_20_0005.png"));
        file.unwrap().ino()
    };
    let before = inode();
    assert_snapshot!(images(&lake, &[COVID, "--out", "cohort"]).ok(), @"
    exit 0
    --- stderr
    cohort: 0 images (0 B) to fetch; 3 images (69 B) there already
    cohort: 0 images fetched (0 B) in [TIME]; 3 there already
    index: 3 rows in cohort/index.csv and cohort/index.parquet
    ");
    assert_eq!(inode(), before);
    // One that is gone comes again, alone.
    fs::write(lake.path("cohort/index.csv.part"), "image_k").unwrap();
    fs::remove_file(lake.path("cohort/NCP_2_20_0005.png")).unwrap();
    let said = images(&lake, &[COVID, "--out", "cohort", "--json"]).ok();
    let summary = said.json_lines().pop().unwrap();
    assert_eq!(summary["summary"]["fetched"], 1, "{summary}");
    assert_eq!(summary["summary"]["kept"], 2, "{summary}");
}

#[test]
fn the_plan_as_json() {
    let lake = Lake::built(&small());
    let query = "SELECT image_key FROM ct_slices WHERE patient_id = 'CP_3'";
    let said = images(&lake, &[query, "--out", "cohort", "-n", "--json"]).ok();
    let plan = &said.json_lines()[0];
    assert_eq!(plan["event"], "plan");
    assert_snapshot!(plan["plan"], @r#"{"images":[{"image_key":"landing/CT-2A/2A_images/CP_3_30_0001.png","path":"CP_3_30_0001.png","bytes":22,"crc32":947206987,"decision":"fetch"}],"repeated":0,"drawn":[],"not_drawn":0,"in_several_splits":[],"others":[]}"#);
    assert_eq!(plan["price"], Value::Null);
}

#[test]
fn folders_by_columns_of_the_snapshot_and_of_the_query() {
    let lake = Lake::built(&small());
    let layout = ["--layout", "split/diagnosis"];
    images(&lake, &[&[ALL, "--out", "training"], &layout[..]].concat()).ok();
    assert_snapshot!(names(&lake, "training"), @"
    test/Normal/normal1_patient5_SR_1_IM00001.png
    train/COVID-19/NCP_1_10_0001.png
    train/COVID-19/NCP_1_10_0002.png
    train/Pneumonia/CP_3_30_0001.png
    val/COVID-19/NCP_2_20_0005.png
    val/Normal/Normal_4_40_0001.png
    ");
    let query = "SELECT image_key, CASE WHEN age > 50 THEN 'old' WHEN age > 0 THEN '../young' END AS years, source FROM ct_slices";
    images(
        &lake,
        &[query, "--out", "years", "--layout", "years/country"],
    )
    .ok();
    assert_snapshot!(names(&lake, "years"), @"
    Unknown/China/NCP_2_20_0005.png
    Unknown/China/Normal_4_40_0001.png
    _young/China/NCP_1_10_0001.png
    _young/China/NCP_1_10_0002.png
    _young/Iran/normal1_patient5_SR_1_IM00001.png
    old/China/CP_3_30_0001.png
    ");
    assert_snapshot!(text(&lake, "years/index.csv"), @"
    image_key,path,split,diagnosis,patient_id,image_bytes,image_crc32,years,source,country
    landing/CT-2A/2A_images/NCP_1_10_0001.png,_young/China/NCP_1_10_0001.png,train,COVID-19,NCP_1,23,b1a2a5c9,../young,CNCB,China
    landing/CT-2A/2A_images/NCP_1_10_0002.png,_young/China/NCP_1_10_0002.png,train,COVID-19,NCP_1,23,f602df19,../young,CNCB,China
    landing/CT-2A/2A_images/CP_3_30_0001.png,old/China/CP_3_30_0001.png,train,Pneumonia,CP_3,22,38753b4b,old,CNCB,China
    landing/CT-2A/2A_images/NCP_2_20_0005.png,Unknown/China/NCP_2_20_0005.png,val,COVID-19,NCP_2,23,600a09c6,,CNCB,China
    landing/CT-2A/2A_images/Normal_4_40_0001.png,Unknown/China/Normal_4_40_0001.png,val,Normal,Normal_4,26,8cec86ce,,CNCB,China
    landing/CT-2A/2A_images/normal1_patient5_SR_1_IM00001.png,_young/Iran/normal1_patient5_SR_1_IM00001.png,test,Normal,patient5,39,8f31271e,../young,COVID-CTSet,Iran
    ");
    let file = File::open(lake.path("years/index.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let rows: usize = reader
        .build()
        .unwrap()
        .map(|batch| batch.unwrap().num_rows())
        .sum();
    assert_eq!(rows, 6);
}

#[test]
fn loaders_find_the_numbers_of_classes_and_the_metadata_of_each_split() {
    let lake = Lake::built(&small());
    let query = "SELECT image_key, sex, 'mine' AS file_name FROM ct_slices";
    let command = [query, "--out", "training", "--layout", "split/diagnosis"];
    assert_snapshot!(images(&lake, &command).ok(), @"
    exit 0
    --- stderr
    training: 6 images (156 B) to fetch; 0 images (0 B) there already
    training: 6 images fetched (156 B) in [TIME]; 0 there already
    index: 6 rows in training/index.csv and training/index.parquet
    classes: loaders number these folders by name: COVID-19 0, Normal 1, Pneumonia 2; the dataset has Normal 0, Pneumonia 1, COVID-19 2 (classes.txt)
    ");
    assert_snapshot!(text(&lake, "training/classes.txt"), @"
    Normal
    Pneumonia
    COVID-19
    ");
    assert_snapshot!(text(&lake, "training/train/metadata.csv"), @"
    file_name,label,image_key,split,diagnosis,patient_id,image_bytes,image_crc32,sex
    COVID-19/NCP_1_10_0001.png,COVID-19,landing/CT-2A/2A_images/NCP_1_10_0001.png,train,COVID-19,NCP_1,23,b1a2a5c9,F
    COVID-19/NCP_1_10_0002.png,COVID-19,landing/CT-2A/2A_images/NCP_1_10_0002.png,train,COVID-19,NCP_1,23,f602df19,F
    Pneumonia/CP_3_30_0001.png,Pneumonia,landing/CT-2A/2A_images/CP_3_30_0001.png,train,Pneumonia,CP_3,22,38753b4b,M
    ");
    assert_eq!(text(&lake, "training/val/metadata.csv").lines().count(), 3);
    assert!(!lake.path("training/metadata.csv").exists());
    // They are in nobody's way, nor is what a killed process leaves of one.
    fs::write(lake.path("training/val/metadata.csv.part"), "file_").unwrap();
    images(&lake, &command).ok();
    // Where all folders are classes there is one table.
    let command = [ALL, "--out", "classes", "--layout", "diagnosis"];
    images(&lake, &command).ok();
    let metadata = text(&lake, "classes/metadata.csv");
    let row =
        "COVID-19/NCP_1_10_0001.png,COVID-19,landing/CT-2A/2A_images/NCP_1_10_0001.png,train,";
    assert!(metadata.contains(row), "{metadata}");
    // No folders of classes, no numbers.
    images(&lake, &[ALL, "--out", "flat"]).ok();
    assert!(!lake.path("flat/classes.txt").exists());
    assert!(!lake.path("flat/metadata.csv").exists());
}

#[test]
fn who_is_in_several_splits_is_named() {
    let seen = Dataset::small()
        .line(Split::Val, "NCP_1_10_0003.png 2 1 1 9 9")
        .file("2A_images/NCP_1_10_0001.png", "one")
        .file("2A_images/NCP_1_10_0003.png", "three");
    let lake = Lake::built(&seen);
    let query = "SELECT image_key FROM ct_slices WHERE patient_id = 'NCP_1' AND in_landing";
    let said = images(&lake, &[query, "--out", "both"]).ok();
    let line = "in several splits: NCP_1: train, val\n";
    assert!(said.stderr().contains(line), "{}", said.stderr());
}

#[test]
fn a_hard_link_is_the_lakes_own_file_and_checked_all_the_same() {
    let lake = Lake::built(&small());
    let link = [COVID, "--out", "cohort", "--link", "hard"];
    images(&lake, &link).ok();
    let landed = format!("{LANDED}/NCP_2_20_0005.png");
    let inode = |path: &str| fs::metadata(lake.path(path)).unwrap().ino();
    assert_eq!(inode("cohort/NCP_2_20_0005.png"), inode(&landed));
    fs::remove_dir_all(lake.path("cohort")).unwrap();
    fs::write(lake.path(&landed), "image NCP_2_20_0005.gif").unwrap();
    let said = images(&lake, &link).fails(3);
    let reason = "NCP_2_20_0005.png`: expected CRC-32 ";
    assert!(said.stderr().contains(reason), "{said}");
    assert_snapshot!(names(&lake, "cohort"), @"
    NCP_1_10_0001.png
    NCP_1_10_0002.png
    ");
}

#[test]
fn images_that_are_missing_or_damaged_are_named_and_the_others_come() {
    let lake = Lake::built(&small().without("2A_images/NCP_1_10_0001.png"));
    fs::remove_file(lake.path(&format!("{LANDED}/NCP_1_10_0002.png"))).unwrap();
    fs::write(lake.path(&format!("{LANDED}/CP_3_30_0001.png")), "short").unwrap();
    assert_snapshot!(images(&lake, &[ALL, "--out", "cohort"]).fails(3), @"
    exit 3
    --- stderr
    cohort: 5 images (133 B) to fetch; 0 images (0 B) there already; 1 not in the landing zone
    cohort: 3 images fetched (88 B) in [TIME]; 0 there already
    failed: `landing/CT-2A/2A_images/CP_3_30_0001.png`: expected 22 bytes, found 5
    failed: `landing/CT-2A/2A_images/NCP_1_10_0002.png`: missing
    index: 3 rows in cohort/index.csv and cohort/index.parquet
    next: the same command again; `ctlake verify --deep` finds what is damaged in the lake
    missing: `landing/CT-2A/2A_images/NCP_1_10_0001.png`: not in the landing zone
    next: `ctlake ingest` with the images, then `ctlake build`, bring what is missing
    ");
    assert_snapshot!(names(&lake, "cohort"), @"
    NCP_2_20_0005.png
    Normal_4_40_0001.png
    normal1_patient5_SR_1_IM00001.png
    ");
    // The index has what is there, and nothing else.
    assert_eq!(text(&lake, "cohort/index.csv").lines().count(), 4);
    assert!(!lake.path("cohort/.ctlake-parts").exists());
}

#[test]
fn an_older_snapshot_has_its_own_images() {
    let lake = Lake::built(&small());
    let dataset = small().file("2A_images/CP_3_30_0001.png", "another image");
    lake.ingest(&dataset);
    lake.ctlake(["build"]).ok();
    images(&lake, &[ALL, "--out", "now"]).ok();
    assert_eq!(text(&lake, "now/CP_3_30_0001.png"), "another image");
    // A column of the snapshot that is in no index.
    images(&lake, &[ALL, "--out", "landed", "--layout", "in_landing"]).ok();
    assert_eq!(names(&lake, "landed").matches("true/").count(), 6);
    // What the first snapshot knew is in the lake no more: that is said, and nothing else is handed out for it.
    let said = images(&lake, &[ALL, "--out", "then", "--snapshot", "1"]).fails(3);
    let reason = "CP_3_30_0001.png`: expected 22 bytes, found 13";
    assert!(said.stderr().contains(reason), "{said}");
    assert!(!lake.path("then/CP_3_30_0001.png").exists());
}

#[test]
fn a_row_that_names_an_image_again() {
    let lake = Lake::built(&small());
    let twice = format!("{COVID} UNION ALL {COVID}");
    let said = images(&lake, &[&twice, "--out", "cohort"]).ok();
    assert!(
        said.stderr().starts_with("3 rows name an image again"),
        "{said}"
    );
    assert_eq!(text(&lake, "cohort/index.csv").lines().count(), 4);
    // In two folders it is two files.
    let both = "SELECT image_key, 'a' AS part FROM ct_slices WHERE patient_id = 'CP_3' UNION ALL SELECT image_key, 'b' AS part FROM ct_slices WHERE patient_id = 'CP_3'";
    images(&lake, &[both, "--out", "parts", "--layout", "part"]).ok();
    assert_snapshot!(names(&lake, "parts"), @"
    a/CP_3_30_0001.png
    b/CP_3_30_0001.png
    ");
}
