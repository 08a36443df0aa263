//! Bad input: an error's exact text and exit code, or the exact rows of `quality_findings` and exit code 0.

use std::fs;

use ctlake::datasets::covidx_ct::files::Split;
use insta::assert_snapshot;

use crate::support::dataset::HEADER;
use crate::support::lake::{is_root, set_readonly};
use crate::support::{Dataset, Lake, Outcome};

/// What a build of `dataset` says when it fails, after which nothing is published.
#[track_caller]
fn build_error(dataset: &Dataset) -> Outcome {
    let lake = Lake::with(dataset);
    let said = lake.ctlake(["build"]).fails(1);
    assert!(lake.log().is_empty(), "something was published");
    assert!(!lake.has("curated"), "files are left over");
    said
}

/// The same for an ingest, after which the lake holds no file.
#[track_caller]
fn ingest_error(dataset: &Dataset) -> Outcome {
    let lake = Lake::temp();
    lake.place(dataset);
    let said = lake.ctlake(["ingest", "dataset"]).fails(1);
    assert!(!lake.has("landing"), "files are left over");
    said
}

/// The findings of a dataset without images; the build succeeds.
#[track_caller]
fn findings(dataset: &Dataset) -> String {
    Lake::built(dataset).findings_but_images()
}

#[test]
fn the_small_dataset_has_nothing_wrong_with_it() {
    let lake = Lake::built(&Dataset::small());
    assert_snapshot!(lake.findings(), @"warning image-missing: release CT-2A (no image of the release is in the landing zone) x6");
    assert_eq!(lake.rows("ct_slices").len(), 6);
}

#[test]
fn a_missing_label_file() {
    let dataset = Dataset::small().without("val_COVIDx_CT-2A.txt");
    assert_snapshot!(ingest_error(&dataset), @"
    exit 1
    --- stderr
    error: `dataset` is not a whole release
      because: the val labels of CT-2A are missing: expected `val_COVIDx_CT-2A.txt`, found `test_COVIDx_CT-2A.txt`, `train_COVIDx_CT-2A.txt`

    hint: a release has three label files (`train_…`, `val_…`, `test_…`) and `metadata.csv`
    ");
}

#[test]
fn a_label_file_that_went_missing_in_the_landing_zone() {
    let lake = Lake::with(&Dataset::small());
    fs::remove_file(lake.path("lake/landing/CT-2A/test_COVIDx_CT-2A.txt")).unwrap();
    assert_snapshot!(lake.ctlake(["build"]).fails(1), @"
    exit 1
    --- stderr
    error: `[DIR]/lake/landing/CT-2A` is not a whole release
      because: the test labels of CT-2A are missing: expected `test_COVIDx_CT-2A.txt`, found `train_COVIDx_CT-2A.txt`, `val_COVIDx_CT-2A.txt`

    hint: bring the whole release: `ctlake ingest FOLDER` with three label files (`train_…`, `val_…`, `test_…`) and `metadata.csv`
    ");
}

#[test]
fn missing_metadata() {
    assert_snapshot!(ingest_error(&Dataset::small().without("metadata.csv")), @"
    exit 1
    --- stderr
    error: `dataset` is not a whole release
      because: the metadata is missing: expected `metadata.csv` or `metadata.txt` beside `test_COVIDx_CT-2A.txt`, `train_COVIDx_CT-2A.txt`, `val_COVIDx_CT-2A.txt`

    hint: a release has three label files (`train_…`, `val_…`, `test_…`) and `metadata.csv`
    ");
}

#[test]
fn two_spellings_of_one_label_file() {
    let dataset = Dataset::small().line(Split::Val, "");
    let dataset = dataset.file(
        "Val_COVIDx-CT_v2A.txt",
        "NCP_2_20_0005.png 2 13 23 113 123\n",
    );
    assert_snapshot!(ingest_error(&dataset), @"
    exit 1
    --- stderr
    error: `dataset` is not a whole release
      because: expected one file, found two: `Val_COVIDx-CT_v2A.txt` and `val_COVIDx_CT-2A.txt`

    hint: move the one that is not meant out of the source, or name the folder that holds the release alone
    ");
}

#[test]
fn a_line_with_five_fields() {
    let dataset = Dataset::small().line(Split::Train, "NCP_1_10_0003.png 2 11 21 111");
    assert_snapshot!(build_error(&dataset), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/train_COVIDx_CT-2A.txt`, line 4, column 30: expected 6 fields `FILE CLASS XMIN YMIN XMAX YMAX`, found 5

    hint: correct the line, or let the build go on and record up to N such lines: `--max-bad-rows N`
    ");
}

#[test]
fn a_line_with_seven_fields() {
    let dataset = Dataset::small().line(Split::Train, "NCP_1_10_0003.png 2 11 21 111 121 7");
    assert_snapshot!(build_error(&dataset), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/train_COVIDx_CT-2A.txt`, line 4, column 35: expected 6 fields `FILE CLASS XMIN YMIN XMAX YMAX`, found 7

    hint: correct the line, or let the build go on and record up to N such lines: `--max-bad-rows N`
    ");
}

#[test]
fn a_file_name_with_a_blank() {
    let dataset = Dataset::small().line(Split::Test, "NCP 1_10_0003.png 2 11 21 111 121");
    assert_snapshot!(build_error(&dataset), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/test_COVIDx_CT-2A.txt`, line 2, column 31: expected 6 fields `FILE CLASS XMIN YMIN XMAX YMAX`, found 7

    hint: correct the line, or let the build go on and record up to N such lines: `--max-bad-rows N`
    ");
}

#[test]
fn a_file_name_with_a_folder() {
    let dataset = Dataset::small().line(Split::Test, "2A_images/NCP_1_10_0003.png 2 11 21 111 121");
    assert_snapshot!(build_error(&dataset), @r"
    exit 1
    --- stderr
    error: `landing/CT-2A/test_COVIDx_CT-2A.txt`, line 2, column 1: expected a file name without control characters, `/` and `\`, found `2A_images/NCP_1_10_0003.png`

    hint: correct the line, or let the build go on and record up to N such lines: `--max-bad-rows N`
    ");
}

#[test]
fn a_class_three() {
    let dataset = Dataset::small().line(Split::Val, "NCP_1_10_0003.png 3 11 21 111 121");
    assert_snapshot!(build_error(&dataset), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/val_COVIDx_CT-2A.txt`, line 3, column 19: expected class 0, 1 or 2, found `3`

    hint: correct the line, or let the build go on and record up to N such lines: `--max-bad-rows N`
    ");
}

#[test]
fn a_box_that_is_no_number() {
    let dataset = Dataset::small().line(Split::Val, "NCP_1_10_0003.png 2 11 21 1e2 121");
    assert_snapshot!(build_error(&dataset), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/val_COVIDx_CT-2A.txt`, line 3, column 27: expected a box number, a 32-bit integer, found `1e2`

    hint: correct the line, or let the build go on and record up to N such lines: `--max-bad-rows N`
    ");
}

#[test]
fn a_box_beyond_32_bits() {
    let dataset = Dataset::small().line(Split::Val, "NCP_1_10_0003.png 2 11 21 99999999999 121");
    assert_snapshot!(build_error(&dataset), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/val_COVIDx_CT-2A.txt`, line 3, column 27: expected a box number, a 32-bit integer, found `99999999999`

    hint: correct the line, or let the build go on and record up to N such lines: `--max-bad-rows N`
    ");
}

#[test]
fn negative_and_inverted_boxes_are_findings() {
    let dataset = Dataset::small()
        .line(Split::Train, "NCP_1_10_0003.png 2 -1 21 111 121")
        .line(Split::Train, "NCP_1_10_0004.png 2 111 21 11 121")
        .line(Split::Train, "NCP_1_10_0005.png 2 11 21 11 121")
        .line(Split::Train, "NCP_1_10_0006.png 2 0 0 2147483647 70000");
    let lake = Lake::built(&dataset);
    assert_snapshot!(lake.findings_but_images(), @"
    warning box-inverted: slice NCP_1_10_0004.png (box 111 21 11 121) x1
    warning box-inverted: slice NCP_1_10_0005.png (box 11 21 11 121) x1
    warning box-outside-image: slice NCP_1_10_0003.png (box -1 21 111 121) x1
    ");
    let boxes = [
        "file_name",
        "bbox_xmin",
        "bbox_ymin",
        "bbox_xmax",
        "bbox_ymax",
    ];
    assert_snapshot!(lake.lines("ct_slices", &boxes), @"
    CP_3_30_0001.png 12 22 112 122
    NCP_1_10_0001.png 10 20 110 120
    NCP_1_10_0002.png 11 21 111 121
    NCP_1_10_0003.png -1 21 111 121
    NCP_1_10_0004.png 111 21 11 121
    NCP_1_10_0005.png 11 21 11 121
    NCP_1_10_0006.png 0 0 2147483647 70000
    NCP_2_20_0005.png 13 23 113 123
    Normal_4_40_0001.png 14 24 114 124
    normal1_patient5_SR_1_IM00001.png 15 25 115 125
    ");
}

#[test]
fn a_file_name_twice_in_one_split_is_a_finding() {
    let dataset = Dataset::small()
        .line(Split::Train, "NCP_1_10_0001.png 2 10 20 110 120")
        .line(Split::Train, "NCP_1_10_0001.png 2 10 20 110 120");
    let lake = Lake::built(&dataset);
    assert_snapshot!(lake.findings_but_images(), @"error duplicate-file-name: slice NCP_1_10_0001.png (again at line 4 of train) x3");
    assert_eq!(lake.rows("ct_slices").len(), 8, "no row is dropped");
}

#[test]
fn a_file_name_in_two_splits_is_a_finding() {
    let dataset = Dataset::small().line(Split::Test, "NCP_1_10_0001.png 2 10 20 110 120");
    let lake = Lake::built(&dataset);
    assert_snapshot!(lake.findings_but_images(), @"
    error patient-in-several-splits: patient NCP_1 (train, test) x3
    error duplicate-file-name: slice NCP_1_10_0001.png (again at line 2 of test) x2
    ");
    assert_snapshot!(lake.lines("patients", &["patient_id", "split", "slices"]), @"
    CP_3 train 1
    NCP_1 several 3
    NCP_2 val 1
    Normal_4 val 1
    patient5 test 1
    ");
}

#[test]
fn a_duplicate_patient_id() {
    let dataset = Dataset::small().patient("NCP_1,CNCB,Iran,M,45,COVID-19,Yes,Expert,Axial,CT");
    assert_snapshot!(build_error(&dataset), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/metadata.csv`, line 7: expected one row per patient, found `NCP_1` on line 2 too, with other values

    hint: correct `metadata.csv` in the source, then `ctlake ingest SOURCE --lake ./lake --replace`
    ");
}

#[test]
fn an_empty_label_file() {
    assert_snapshot!(build_error(&Dataset::small().labels(Split::Val, "")), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/val_COVIDx_CT-2A.txt`: expected a line a slice, found an empty file

    hint: put the lines of `val_COVIDx_CT-2A.txt` into the source, then `ctlake ingest SOURCE --lake ./lake --replace`
    ");
}

#[test]
fn a_label_file_of_blank_lines() {
    assert_snapshot!(build_error(&Dataset::small().labels(Split::Val, "\r\n \n\n")), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/val_COVIDx_CT-2A.txt`: expected a line a slice, found an empty file

    hint: put the lines of `val_COVIDx_CT-2A.txt` into the source, then `ctlake ingest SOURCE --lake ./lake --replace`
    ");
}

#[test]
fn binary_garbage_as_labels() {
    let name = "train_COVIDx_CT-2A.txt";
    let noise: Vec<u8> = (0..100_000_u32)
        .map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[1])
        .collect();
    assert_snapshot!(build_error(&Dataset::small().file(name, noise)), @r"
    exit 1
    --- stderr
    error: `landing/CT-2A/train_COVIDx_CT-2A.txt`, line 1, column 1: expected a file name in UTF-8, found `\07n��\u{15}L���*b��\u{8}@w��\u{1e}U���3j��\u{11}H���&^��…`

    hint: is `train_COVIDx_CT-2A.txt` text in UTF-8? convert it in the source, as with `iconv -f UTF-16 -t UTF-8 train_COVIDx_CT-2A.txt > utf8.txt`, then `ctlake ingest SOURCE --lake ./lake --replace`
    ");
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    assert_snapshot!(build_error(&Dataset::small().file(name, png)), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/train_COVIDx_CT-2A.txt`, line 1, column 1: expected a file name in UTF-8, found `�PNG`

    hint: is `train_COVIDx_CT-2A.txt` text in UTF-8? convert it in the source, as with `iconv -f UTF-16 -t UTF-8 train_COVIDx_CT-2A.txt > utf8.txt`, then `ctlake ingest SOURCE --lake ./lake --replace`
    ");
    let endless = vec![b'x'; 200_000];
    assert_snapshot!(build_error(&Dataset::small().file(name, endless)), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/train_COVIDx_CT-2A.txt`, line 1: expected at most 65536 bytes, found 200000

    hint: is `landing/CT-2A/train_COVIDx_CT-2A.txt` a label file? its lines are `FILE CLASS XMIN YMIN XMAX YMAX`
    ");
    let utf16: Vec<u8> = "\u{feff}NCP_1_10_0001.png 2 10 20 110 120\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_snapshot!(build_error(&Dataset::small().file(name, utf16)), @r"
    exit 1
    --- stderr
    error: `landing/CT-2A/train_COVIDx_CT-2A.txt`, line 1, column 1: expected a file name in UTF-8, found `��N\0C\0P\0_\01\0_\01\00\0_\00\00\00\01\0.\0p\0n\0g\0`

    hint: is `train_COVIDx_CT-2A.txt` text in UTF-8? convert it in the source, as with `iconv -f UTF-16 -t UTF-8 train_COVIDx_CT-2A.txt > utf8.txt`, then `ctlake ingest SOURCE --lake ./lake --replace`
    ");
    let latin1 = b"N\xe9P_1_10_0001.png 2 10 20 110 120\n".to_vec();
    assert_snapshot!(build_error(&Dataset::small().file(name, latin1)), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/train_COVIDx_CT-2A.txt`, line 1, column 1: expected a file name in UTF-8, found `N�P_1_10_0001.png`

    hint: is `train_COVIDx_CT-2A.txt` text in UTF-8? convert it in the source, as with `iconv -f UTF-16 -t UTF-8 train_COVIDx_CT-2A.txt > utf8.txt`, then `ctlake ingest SOURCE --lake ./lake --replace`
    ");
}

#[test]
fn binary_garbage_as_metadata() {
    let zeros = vec![0; 4096];
    assert_snapshot!(build_error(&Dataset::small().file("metadata.csv", zeros)), @r"
    exit 1
    --- stderr
    error: `landing/CT-2A/metadata.csv`, line 1, column 1: expected text in UTF-8, found the byte 0x00

    hint: it is damaged, or no text; `tr -d '\000' < metadata.csv > clean.csv` removes the zeros, then `ctlake ingest SOURCE --lake ./lake --replace`
    ");
    let latin1 = format!("{HEADER}\nNCP_1,CNCB,C\u{f4}te\n").replace('\u{f4}', "@");
    let latin1: Vec<u8> = latin1
        .bytes()
        .map(|byte| if byte == b'@' { 0xf4 } else { byte })
        .collect();
    assert_snapshot!(build_error(&Dataset::small().file("metadata.csv", latin1)), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/metadata.csv`, line 2, column 13: expected text in UTF-8, found the byte 0xf4

    hint: save it as UTF-8: in Excel as `CSV UTF-8`, elsewhere with `iconv -f WINDOWS-1252 -t UTF-8 metadata.csv > utf8.csv` and the encoding that it has, then `ctlake ingest SOURCE --lake ./lake --replace`
    ");
}

#[test]
fn metadata_without_a_patient_id() {
    let dataset = Dataset::small().metadata_with("patient id", "patient");
    assert_snapshot!(build_error(&dataset), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/metadata.csv`, line 1: expected a header with the column `patient id`, found `patient,source,country,sex,age,finding,verified finding,slice selection,view,modality`

    hint: correct `metadata.csv` in the source, then `ctlake ingest SOURCE --lake ./lake --replace`
    ");
    let dataset = Dataset::small().patient(",CNCB,China,F,45,COVID-19,Yes,Expert,Axial,CT");
    assert_snapshot!(build_error(&dataset), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/metadata.csv`, line 7: expected a patient id in field 1, found nothing

    hint: correct `metadata.csv` in the source, then `ctlake ingest SOURCE --lake ./lake --replace`
    ");
}

#[test]
fn empty_metadata() {
    assert_snapshot!(build_error(&Dataset::small().file("metadata.csv", "\n\n")), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/metadata.csv`, expected a header with the column `patient id`, found an empty file

    hint: correct `metadata.csv` in the source, then `ctlake ingest SOURCE --lake ./lake --replace`
    ");
}

#[test]
fn metadata_with_ragged_rows_and_odd_quotes() {
    let dataset =
        Dataset::small().patient("NCP_6,CNCB,Korea, South,F,45,COVID-19,Yes,Expert,Axial,CT");
    assert_snapshot!(build_error(&dataset), @r#"
    exit 1
    --- stderr
    error: `landing/CT-2A/metadata.csv`, line 7: expected 10 fields as in the header, found 11, the last is `CT`

    hint: quote a value that has the delimiter in it, as in `"45,0"`; save it without row names, as by `row.names = FALSE` in R, then `ctlake ingest SOURCE --lake ./lake --replace`
    "#);
    let dataset = Dataset::small().patient("NCP_6,\"CNCB,China,F,45,COVID-19,Yes,Expert,Axial,CT");
    assert_snapshot!(build_error(&dataset), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/metadata.csv`, line 7, column 7: expected a closing quote, found the end of the file

    hint: correct `metadata.csv` in the source, then `ctlake ingest SOURCE --lake ./lake --replace`
    ");
    let dataset =
        Dataset::small().patient("NCP_6,\"CN\"CB,China,F,45,COVID-19,Yes,Expert,Axial,CT");
    assert_snapshot!(build_error(&dataset), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/metadata.csv`, line 7, column 11: expected a comma after the closing quote, found `C`

    hint: correct `metadata.csv` in the source, then `ctlake ingest SOURCE --lake ./lake --replace`
    ");
    let dataset = Dataset::small().metadata_with("view,modality", "view,view");
    assert_snapshot!(build_error(&dataset), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/metadata.csv`, line 1: expected the column `view` once, found it as field 9 and 10

    hint: correct `metadata.csv` in the source, then `ctlake ingest SOURCE --lake ./lake --replace`
    ");
}

#[test]
fn countries_as_partitions() {
    let dataset = Dataset::small()
        .patient("NCP_6,CNCB,Côte d'Ivoire,F,45,COVID-19,Yes,Expert,Axial,CT")
        .patient("NCP_7,CNCB, china ,F,45,COVID-19,Yes,Expert,Axial,CT")
        .patient("NCP_8,CNCB,A/B=C,F,45,COVID-19,Yes,Expert,Axial,CT")
        // The same name with the accent as a letter of its own.
        .patient("NCP_9,CNCB,Co\u{302}te d'Ivoire,F,45,COVID-19,Yes,Expert,Axial,CT")
        .patient("NCP_10,CNCB,Côte d'Ivoire,F,45,COVID-19,Yes,Expert,Axial,CT")
        .patient("NCP_11,CNCB,..,F,45,COVID-19,Yes,Expert,Axial,CT")
        .patient("NCP_12,CNCB,unknown,F,45,COVID-19,Yes,Expert,Axial,CT")
        .patient("NCP_13,CNCB,\"Korea, South\",F,45,COVID-19,Yes,Expert,Axial,CT")
        .line(Split::Train, "NCP_6_10_0001.png 2 10 20 110 120")
        .line(Split::Train, "NCP_7_10_0001.png 2 10 20 110 120")
        .line(Split::Train, "NCP_8_10_0001.png 2 10 20 110 120")
        .line(Split::Train, "NCP_9_10_0001.png 2 10 20 110 120")
        .line(Split::Train, "NCP_10_10_0001.png 2 10 20 110 120")
        .line(Split::Train, "NCP_11_10_0001.png 2 10 20 110 120")
        .line(Split::Train, "NCP_12_10_0001.png 2 10 20 110 120")
        .line(Split::Train, "NCP_13_10_0001.png 2 10 20 110 120");
    let lake = Lake::built(&dataset);
    let findings = lake.findings_but_images().replace('\u{302}', "[accent]");
    assert_snapshot!(findings, @"
    warning value-respelled: country Co[accent]te d'Ivoire (stands as `Côte d'Ivoire`) x1
    warning value-respelled: country china (stands as `China`) x1
    warning value-respelled: country unknown (stands as `Unknown`) x1
    warning value-sanitised: country A/B=C (stands as `A_B_C`) x1
    warning value-sanitised: country Korea, South (stands as `Korea_ South`) x1
    ");
    let mut folders: Vec<String> =
        fs::read_dir(lake.path("lake/curated/ct_slices").join(lake.snapshot()))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap() + "\n")
            .collect();
    folders.sort();
    assert_snapshot!(folders.concat(), @"
    country=..
    country=A_B_C
    country=China
    country=Côte d'Ivoire
    country=Iran
    country=Korea_ South
    country=Unknown
    ");
    assert_snapshot!(lake.lines("patients", &["patient_id", "country"]), @"
    CP_3 China
    NCP_1 China
    NCP_10 Côte d'Ivoire
    NCP_11 ..
    NCP_12 Unknown
    NCP_13 Korea_ South
    NCP_2 China
    NCP_6 Côte d'Ivoire
    NCP_7 China
    NCP_8 A_B_C
    NCP_9 Côte d'Ivoire
    Normal_4 China
    patient5 Iran
    ");
    assert_snapshot!(lake.sql("SELECT country, COUNT(*) AS slices FROM ct_slices GROUP BY country ORDER BY country"), @"
    country,slices
    ..,1
    A_B_C,1
    China,6
    Côte d'Ivoire,3
    Iran,1
    Korea_ South,1
    Unknown,1
    ");
}

#[test]
fn labels_that_contradict_the_metadata() {
    let dataset = Dataset::small()
        .metadata_with(
            "NCP_1,CNCB,China,F,45,COVID-19",
            "NCP_1,CNCB,China,F,45,Pneumonia",
        )
        .line(Split::Train, "NCP_1_10_0003.png 1 11 21 111 121");
    let lake = Lake::built(&dataset);
    assert_snapshot!(lake.findings_but_images(), @"warning label-finding-mismatch: patient NCP_1 (finding Pneumonia, labels COVID-19) x2");
    assert_snapshot!(lake.lines("ct_slices", &["file_name", "class_id", "diagnosis"]), @"
    CP_3_30_0001.png 1 Pneumonia
    NCP_1_10_0001.png 2 COVID-19
    NCP_1_10_0002.png 2 COVID-19
    NCP_1_10_0003.png 1 Pneumonia
    NCP_2_20_0005.png 2 COVID-19
    Normal_4_40_0001.png 0 Normal
    normal1_patient5_SR_1_IM00001.png 0 Normal
    ");
    assert_snapshot!(lake.lines("patients", &["patient_id", "diagnosis"]), @"
    CP_3 Pneumonia
    NCP_1 Pneumonia
    NCP_2 COVID-19
    Normal_4 Normal
    patient5 Normal
    ");
}

#[test]
fn ages_sources_and_findings_that_can_not_be() {
    let dataset = Dataset::small()
        .patient("NCP_6,CNCB,China,F,0,COVID-19,Yes,Expert,Axial,CT")
        .patient("NCP_7,CNCB,China,F,121,COVID-19,Yes,Expert,Axial,CT")
        .patient("NCP_8,CNCB,China,F,45.5,COVID-19,Yes,Expert,Axial,CT")
        .patient("NCP_9,cncb,China,F,,covid-19,Yes,Expert,Axial,CT")
        .patient("NCP_10,CNCB,China,F,,Influenza,Yes,Expert,Axial,CT")
        .patient("NCP_11,CNCB,China,f,,,Yes,Expert,Axial,CT")
        .line(Split::Train, "NCP_11_10_0003.png 1 11 21 111 121");
    let lake = Lake::built(&dataset);
    assert_snapshot!(lake.findings_but_images(), @"
    info patient-without-slices: patient NCP_10 (-) x1
    info patient-without-slices: patient NCP_6 (-) x1
    info patient-without-slices: patient NCP_7 (-) x1
    info patient-without-slices: patient NCP_8 (-) x1
    info patient-without-slices: patient NCP_9 (-) x1
    info finding-missing: patient NCP_11 (-) x1
    warning unknown-class: patient NCP_10 (Influenza) x1
    warning unknown-source: source cncb (-) x1
    warning value-respelled: diagnosis covid-19 (stands as `COVID-19`) x1
    warning value-respelled: sex f (stands as `F`) x1
    warning implausible-age: patient NCP_6 (age 0) x1
    warning implausible-age: patient NCP_7 (age `121`, not a whole number from 0 to 120) x1
    warning implausible-age: patient NCP_8 (age `45.5`, not a whole number from 0 to 120) x1
    ");
    assert_snapshot!(lake.lines("patients", &["patient_id", "age", "age_band", "sex", "diagnosis"]), @"
    CP_3 62 60-79 M Pneumonia
    NCP_1 45 40-59 F COVID-19
    NCP_10 NULL Unknown F Influenza
    NCP_11 NULL Unknown F Pneumonia
    NCP_2 NULL Unknown Unknown COVID-19
    NCP_6 0 0-19 F COVID-19
    NCP_7 NULL Unknown F COVID-19
    NCP_8 NULL Unknown F COVID-19
    NCP_9 NULL Unknown F COVID-19
    Normal_4 NULL Unknown Unknown Normal
    patient5 30 20-39 M Normal
    ");
}

#[test]
fn file_names_of_no_known_shape_and_orphans() {
    let dataset = Dataset::small()
        .line(Split::Train, "NCP_868_1_0003.png 2 11 21 111 121")
        .line(Split::Train, "image.png 2 11 21 111 121")
        .line(Split::Train, "strange-0007.jpeg 2 11 21 111 121")
        .line(Split::Train, "Zoë_12_0004.png 0 11 21 111 121");
    let lake = Lake::built(&dataset);
    assert_snapshot!(lake.findings_but_images(), @"
    warning slice-without-metadata: slice NCP_868_1_0003.png (patient NCP_868) x1
    warning slice-without-metadata: slice Zoë_12_0004.png (patient Zoë_12) x1
    warning slice-without-metadata: slice image.png (patient image) x1
    warning slice-without-metadata: slice strange-0007.jpeg (patient strange) x1
    warning unknown-file-name: slice Zoë_12_0004.png (-) x1
    warning unknown-file-name: slice image.png (-) x1
    warning unknown-file-name: slice strange-0007.jpeg (-) x1
    ");
    let columns = [
        "file_name",
        "patient_id",
        "scan_id",
        "slice_index",
        "in_metadata",
        "country",
        "image_key",
    ];
    assert_snapshot!(lake.lines("ct_slices", &columns), @"
    CP_3_30_0001.png CP_3 30 1 true China landing/CT-2A/2A_images/CP_3_30_0001.png
    NCP_1_10_0001.png NCP_1 10 1 true China landing/CT-2A/2A_images/NCP_1_10_0001.png
    NCP_1_10_0002.png NCP_1 10 2 true China landing/CT-2A/2A_images/NCP_1_10_0002.png
    NCP_2_20_0005.png NCP_2 20 5 true China landing/CT-2A/2A_images/NCP_2_20_0005.png
    NCP_868_1_0003.png NCP_868 1 3 false Unknown landing/CT-2A/2A_images/NCP_868_1_0003.png
    Normal_4_40_0001.png Normal_4 40 1 true China landing/CT-2A/2A_images/Normal_4_40_0001.png
    Zoë_12_0004.png Zoë_12 NULL 4 false Unknown landing/CT-2A/2A_images/Zoë_12_0004.png
    image.png image NULL NULL false Unknown landing/CT-2A/2A_images/image.png
    normal1_patient5_SR_1_IM00001.png patient5 SR_1 1 true Iran landing/CT-2A/2A_images/normal1_patient5_SR_1_IM00001.png
    strange-0007.jpeg strange NULL 7 false Unknown landing/CT-2A/2A_images/strange-0007.jpeg
    ");
}

#[test]
fn a_family_in_several_splits() {
    let dataset = Dataset::small()
        .patient("volume-covid19-A-0383_0,TCIA,,,,COVID-19,Yes,Expert,Axial,CT")
        .patient("volume-covid19-A-0383_1,TCIA,,,,COVID-19,Yes,Expert,Axial,CT")
        .line(
            Split::Train,
            "volume-covid19-A-0383_0-0018.png 2 11 21 111 121",
        )
        .line(
            Split::Test,
            "volume-covid19-A-0383_1_ct-0018.png 2 11 21 111 121",
        );
    assert_snapshot!(findings(&dataset), @"warning family-in-several-splits: family volume-covid19-A-0383 (volume-covid19-A-0383_0 in train, volume-covid19-A-0383_1 in test) x2");
}

#[test]
fn two_releases_without_a_choice() {
    let lake = Lake::with(&Dataset::small());
    lake.place(&ct1());
    lake.ctlake(["ingest", "dataset"]).ok();
    assert_snapshot!(lake.ctlake(["build"]).fails(1), @"
    exit 1
    --- stderr
    error: expected one release in the landing zone, found `CT-1`, `CT-2A`

    hint: name one: `--release CT-1`
    ");
    assert_snapshot!(lake.ctlake(["build", "--release", "CT-3A"]).fails(1), @"
    exit 1
    --- stderr
    error: expected release `CT-3A` in the landing zone, found `CT-1`, `CT-2A`

    hint: name one: `--release CT-1`
    ");
    assert_snapshot!(lake.ctlake(["build", "--release", "3A"]).fails(2), @"
    exit 2
    --- stderr
    error: invalid value '3A' for '--release <RELEASE>': expected a release such as `CT-2A` (`CT-`, then letters, digits, `.`, `_` or `-`), got `3A`

    For more information, try '--help'.
    ");
    lake.ctlake(["build", "--release", "ct-1"]).ok();
}

#[test]
fn two_releases_in_one_folder() {
    let lake = Lake::temp();
    lake.place(&Dataset::small());
    ct1().without("metadata.csv").write(&lake.path("dataset"));
    assert_snapshot!(lake.ctlake(["ingest", "dataset"]).fails(1), @"
    exit 1
    --- stderr
    error: `dataset` is not a whole release
      because: expected the label files of one release, found those of `CT-1`, `CT-2A`

    hint: name one: `--release CT-1`
    ");
    lake.ctlake(["ingest", "dataset", "--release", "CT-1"]).ok();
}

fn ct1() -> Dataset {
    Split::ALL
        .into_iter()
        .fold(Dataset::small(), |dataset, split| {
            dataset.renamed(
                &format!("{split}_COVIDx_CT-2A.txt"),
                &format!("{split}_COVIDx-CT.txt"),
            )
        })
}

#[test]
fn a_lake_that_is_a_file() {
    let lake = Lake::temp();
    lake.place(&Dataset::small());
    fs::write(lake.path("lake"), "not a lake").unwrap();
    assert_snapshot!(lake.ctlake(["ingest", "dataset"]).fails(1), @"
    exit 1
    --- stderr
    error: expected a folder at `./lake`, found a file

    hint: name a folder, `--lake ./lake`, or a bucket, `--lake s3://bucket/prefix`; or set CTLAKE_LAKE
    ");
    for command in [
        &["build"][..],
        &["status"],
        &["sql", "SELECT 1"],
        &["path", "patients"],
        &["snapshots", "list"],
        &["ingest", "dataset", "--dry-run"],
    ] {
        let said = lake.ctlake(command).fails(1);
        assert_eq!(
            said.stderr(),
            "error: expected a folder at `./lake`, found a file\n\nhint: name a folder, `--lake ./lake`, or a bucket, `--lake s3://bucket/prefix`; or set CTLAKE_LAKE\n",
            "{command:?}"
        );
    }
    assert_snapshot!(lake.ctlake(["ingest", "dataset", "--lake", "lake/below"]).fails(1), @"
    exit 1
    --- stderr
    CT-2A: 4 files (565 B) to store; 0 files (0 B) there already
    error: cannot make folder `lake/below`
      because: Generic folder error: Not a directory (os error 20)
    ");
}

#[test]
fn a_lake_that_is_not_there() {
    let lake = Lake::temp();
    for command in [
        &["build"][..],
        &["status"],
        &["sql", "SELECT 1"],
        &["path", "patients"],
        &["snapshots", "list"],
        &["snapshots", "expire"],
        &["schema", "--format", "odcs", "--lake", "./lake"],
    ] {
        let said = lake.ctlake(command).fails(1);
        assert_eq!(
            said.stderr(),
            "error: no lake at `./lake`\n\nhint: `ctlake ingest FOLDER --lake ./lake` makes it from a dataset folder; `ctlake demo` shows how\n",
            "{command:?}"
        );
    }
    assert!(
        !lake.path("lake").exists(),
        "a reading command has made a folder"
    );
    assert_snapshot!(lake.ctlake(["status", "--lake", "gs://bucket/lake"]).fails(1), @"
    exit 1
    --- stderr
    error: expected a folder like `./lake` or a bucket like `s3://bucket/prefix`, got `gs://bucket/lake`

    hint: name a folder, `--lake ./lake`, or a bucket, `--lake s3://bucket/prefix`; or set CTLAKE_LAKE
    ");
    assert_snapshot!(lake.ctlake(["status", "--lake", ""]).fails(1), @"
    exit 1
    --- stderr
    error: expected a folder like `./lake` or a bucket like `s3://bucket/prefix`, got ``

    hint: name a folder, `--lake ./lake`, or a bucket, `--lake s3://bucket/prefix`; or set CTLAKE_LAKE
    ");
}

#[test]
fn a_lake_without_data() {
    let lake = Lake::temp();
    fs::create_dir(lake.path("lake")).unwrap();
    assert_snapshot!(lake.ctlake(["build"]).fails(1), @"
    exit 1
    --- stderr
    error: the landing zone of lake `./lake` is empty

    hint: put a dataset there first: `ctlake ingest FOLDER --lake ./lake`
    ");
    assert_snapshot!(lake.ctlake(["sql", "SELECT 1"]).fails(1), @"
    exit 1
    --- stderr
    error: lake `./lake` has no snapshot yet

    hint: build one: `ctlake build --lake ./lake`
    ");
    assert_snapshot!(lake.ctlake(["status"]).ok(), @"
    exit 0
    --- stdout
    lake ./lake
    snapshot  none yet
    next: ctlake ingest FOLDER --lake ./lake
    ");
    assert_snapshot!(lake.ctlake(["snapshots", "list"]).ok(), @"
    exit 0
    --- stdout
    entry snapshot                       release    slices patients     size state
    ");
}

#[test]
fn a_lake_of_a_newer_format() {
    let lake = Lake::built(&Dataset::small());
    let newer = r#"{"format_version": 2, "shards": [], "written_by": "ctlake 9.1.0"}"#;
    fs::write(lake.path("lake/_ctlake/lake.json"), newer).unwrap();
    for command in [
        &["build"][..],
        &["status"],
        &["sql", "SELECT 1"],
        &["ingest", "dataset"],
    ] {
        let said = lake.ctlake(command).fails(1);
        assert_eq!(
            said.stderr(),
            "error: lake `./lake` has format version 2, this release reads up to 1\n\nhint: use ctlake 9.1.0 or newer\n",
            "{command:?}"
        );
    }
}

#[test]
fn a_damaged_lake() {
    let lake = Lake::built(&Dataset::small());
    fs::write(lake.path("lake/_ctlake/lake.json"), "{").unwrap();
    assert_snapshot!(lake.ctlake(["status"]).fails(1), @"
    exit 1
    --- stderr
    error: `_ctlake/lake.json` is damaged: expected the lake's format version as JSON
      because: EOF while parsing an object at line 1 column 1

    hint: restore the object from a backup or an older version of the bucket
    ");
    let lake = Lake::built(&Dataset::small());
    fs::write(
        lake.path("lake/_ctlake/log/00000000000000000001.json"),
        "{}",
    )
    .unwrap();
    assert_snapshot!(lake.ctlake(["status"]).fails(1), @"
    exit 1
    --- stderr
    error: `_ctlake/log/00000000000000000001.json` is damaged: expected a log entry
      because: missing field `number` at line 1 column 2

    hint: restore the object from a backup or an older version of the bucket
    ");
    assert_snapshot!(lake.ctlake(["build"]).fails(1), @"
    exit 1
    --- stderr
    error: `_ctlake/log/00000000000000000001.json` is damaged: expected a log entry
      because: missing field `number` at line 1 column 2

    hint: restore the object from a backup or an older version of the bucket
    ");
}

#[test]
fn a_data_file_that_is_gone() {
    let lake = Lake::built(&Dataset::small());
    let log = lake.log();
    let file = log[0]["tables"]["patients"]["files"][0]["path"]
        .as_str()
        .unwrap();
    fs::remove_file(lake.path("lake").join(file)).unwrap();
    assert_snapshot!(lake.ctlake(["sql", "SELECT * FROM patients"]).fails(1), @"
    exit 1
    --- stderr
    error: cannot read the tables: object at location [DIR]/lake/curated/patients/[SNAPSHOT]/country=China/sex=F/diagnosis=COVID-19/part-00000.parquet not found: No such file or directory (os error 2)

    hint: `ctlake status` tells whether the snapshot's files are there
    ");
}

#[test]
fn no_write_permission() {
    if is_root() {
        println!("skipped: no permission stops root");
        return;
    }
    let lake = Lake::with(&Dataset::small());
    set_readonly(&lake.path("lake"), true);
    let build = lake.ctlake(["build"]);
    let ingest = lake.ctlake(["ingest", "dataset", "--replace"]);
    set_readonly(&lake.path("lake"), false);
    build.fails(1);
    ingest.ok();
}

#[test]
fn a_file_where_tables_should_go() {
    let lake = Lake::with(&Dataset::small());
    fs::write(lake.path("lake/curated"), "in the way").unwrap();
    let said = lake.ctlake(["build"]).fails(1);
    // Files are closed side by side: which of them fails first is not said.
    let (object, because) = said.stderr().split_once('\n').unwrap();
    assert!(
        object.starts_with("error: cannot write `curated/"),
        "{object}"
    );
    assert_snapshot!(because, @"  because: Generic folder error: Not a directory (os error 20)");
    assert!(lake.log().is_empty());
}

#[test]
fn a_file_where_the_log_should_go() {
    let lake = Lake::with(&Dataset::small());
    fs::write(lake.path("lake/_ctlake/log"), "in the way").unwrap();
    assert_snapshot!(lake.ctlake(["build"]).fails(1), @"
    exit 1
    --- stderr
    error: cannot list `_ctlake/log`
      because: Generic folder error: Not a directory (os error 20)
    ");
    assert!(
        !lake.has("curated")
            || fs::read_dir(lake.path("lake/curated"))
                .unwrap()
                .next()
                .is_none()
    );
}

#[test]
fn a_question_that_can_not_be_answered() {
    let lake = Lake::built(&Dataset::small());
    let ask = |query: &str| lake.ctlake(["sql", query]).fails(1);
    assert_snapshot!(ask("SELECT patient FROM patients"), @"
    exit 1
    --- stderr
    error: cannot answer the query: no column `patient`
      1 | SELECT patient FROM patients
        |        ^^^^^^^

    hint: did you mean `patient_id`?
    ");
    assert_snapshot!(ask("SELECT age + 'x' FROM patients"), @"
    exit 1
    --- stderr
    error: cannot answer the query: cannot coerce arithmetic expression BIGINT + VARCHAR to valid types
      1 | SELECT age + 'x' FROM patients
        |        ^^^

    hint: `ctlake schema` lists the tables and columns, docs/sql.md the SQL
    ");
    let error = |query: &str| ask(query).stderr().lines().next().unwrap().to_owned();
    assert_snapshot!(error("SELECT * FROM slices"), @"error: cannot answer the query: no table `slices`");
    assert_snapshot!(error("SELEC * FROM patients"), @"error: expected a query, got `SELEC *`");
    assert_snapshot!(error("SELECT * FROM patients WHERE"), @"error: cannot answer the query: expected an expression, found the end");
    assert_snapshot!(error("SELECT age, COUNT(*) FROM patients"), @"error: cannot answer the query: `age` is neither in GROUP BY nor in an aggregate");
    assert_snapshot!(error("SELECT foo(age) FROM patients"), @"error: cannot answer the query: no function `foo`");
    assert_snapshot!(error("SELECT 1 AS a; SELECT 2 AS b"), @"error: cannot answer the query: expected one query, got 2");
    assert_snapshot!(lake.ctlake(["sql", "  "]).fails(2), @r#"
    exit 2
    --- stderr
    error: expected a query, got nothing

    hint: `ctlake sql "SELECT COUNT(*) AS slices FROM ct_slices"`
    "#);
    assert_snapshot!(lake.ctlake_with_input(["sql", "-"], "\n").fails(2), @r#"
    exit 2
    --- stderr
    error: expected a query, got nothing

    hint: `ctlake sql "SELECT COUNT(*) AS slices FROM ct_slices"`
    "#);
}

#[test]
fn malformed_lines_up_to_a_number() {
    let dataset = Dataset::small()
        .line(Split::Train, "NCP_1_10_0003.png 3 11 21 111 121")
        .line(Split::Val, "NCP_2_20_0006.png 2 11 21 111")
        .line(
            Split::Test,
            "normal1_patient5_SR_1_IM00002.png 0 15 25 115 125",
        );
    let lake = Lake::with(&dataset);
    assert_snapshot!(lake.ctlake(["build"]).fails(1), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/train_COVIDx_CT-2A.txt`, line 4, column 19: expected class 0, 1 or 2, found `3`

    hint: correct the line, or let the build go on and record up to N such lines: `--max-bad-rows N`
    ");
    assert_snapshot!(lake.ctlake(["build", "--max-bad-rows", "1"]).fails(1), @"
    exit 1
    --- stderr
    error: `landing/CT-2A/val_COVIDx_CT-2A.txt`, line 3, column 30: expected 6 fields `FILE CLASS XMIN YMIN XMAX YMAX`, found 5

    hint: correct the line, or let the build go on and record up to N such lines: `--max-bad-rows N`
    ");
    assert!(lake.log().is_empty());
    assert_snapshot!(lake.ctlake(["build", "--max-bad-rows", "2"]).ok(), @r#"
    exit 0
    --- stderr
    CT-2A: published snapshot [SNAPSHOT] (entry 1), [SIZE] in 12 files
      slices              7  in 5 partitions; 0 with an image in the landing zone
      patients            5  5 with slices, 5 scans
      lines               9  of these 0 blank, 2 malformed
      findings            9
        error            2  Malformed line (malformed-line)
        warning          7  Image missing (image-missing)
    in [TIME]
    next: ctlake sql "SELECT split, diagnosis, COUNT(*) AS slices FROM ct_slices GROUP BY split, diagnosis" --lake ./lake
    "#);
    assert_snapshot!(lake.findings_but_images(), @"
    error malformed-line: line landing/CT-2A/train_COVIDx_CT-2A.txt:4 (`landing/CT-2A/train_COVIDx_CT-2A.txt`, line 4, column 19: expected class 0, 1 or 2, found `3`) x1
    error malformed-line: line landing/CT-2A/val_COVIDx_CT-2A.txt:3 (`landing/CT-2A/val_COVIDx_CT-2A.txt`, line 3, column 30: expected 6 fields `FILE CLASS XMIN YMIN XMAX YMAX`, found 5) x1
    ");
    assert_snapshot!(lake.lines("ct_slices", &["split", "label_line", "file_name"]), @"
    test 1 normal1_patient5_SR_1_IM00001.png
    test 2 normal1_patient5_SR_1_IM00002.png
    train 1 NCP_1_10_0001.png
    train 2 NCP_1_10_0002.png
    train 3 CP_3_30_0001.png
    val 1 NCP_2_20_0005.png
    val 2 Normal_4_40_0001.png
    ");
}

#[test]
fn more_findings_than_anybody_reads() {
    let dataset = (1..=1001).fold(Dataset::small(), |dataset, slice| {
        dataset.line(
            Split::Train,
            &format!("NCP_1_10_{:04}.png 2 111 21 11 121", slice + 2),
        )
    });
    assert_snapshot!(findings(&dataset), @"warning box-inverted: slice 1001 subjects (the first: NCP_1_10_0003.png (box 111 21 11 121), NCP_1_10_0004.png (box 111 21 11 121), NCP_1_10_0005.png (box 111 21 11 121), NCP_1_10_0006.png (box 111 21 11 121), NCP_1_10_0007.png (box 111 21 11 121), NCP_1_10_0008.png (box 111 21 11 121), NCP_1_10_0009.png (box 111 21 11 121), NCP_1_10_0010.png (box 111 21 11 121), NCP_1_10_0011.png (box 111 21 11 121), NCP_1_10_0012.png (box 111 21 11 121)) x1001");
    let dataset = (1..=1000).fold(Dataset::small(), |dataset, slice| {
        dataset.line(
            Split::Train,
            &format!("NCP_1_10_{:04}.png 2 111 21 11 121", slice + 2),
        )
    });
    assert_eq!(findings(&dataset).lines().count(), 1000);
}

#[test]
fn a_source_that_is_no_dataset() {
    let lake = Lake::temp();
    assert_snapshot!(lake.ctlake(["ingest", "nowhere"]).fails(1), @"
    exit 1
    --- stderr
    error: no zip file or folder at `nowhere`

    hint: name the dataset's zip file, or the folder that holds `metadata.csv`; `ctlake sample OUT` makes one
    ");
    fs::write(lake.path("archive.zip"), "PK").unwrap();
    assert_snapshot!(lake.ctlake(["ingest", "archive.zip"]).fails(1), @"
    exit 1
    --- stderr
    error: expected a zip archive at `archive.zip`, found a file that begins with the bytes 50 4b

    hint: name the dataset's zip file; an archive of another kind is downloaded and unpacked by hand, then its folder is named
    ");
    fs::create_dir(lake.path("empty")).unwrap();
    assert_snapshot!(lake.ctlake(["ingest", "empty"]).fails(1), @"
    exit 1
    --- stderr
    error: `empty` is not a whole release
      because: expected the label files `train_COVIDx_CT-….txt`, `val_COVIDx_CT-….txt` and `test_COVIDx_CT-….txt`, found none

    hint: a release has three label files (`train_…`, `val_…`, `test_…`) and `metadata.csv`
    ");
    assert_snapshot!(lake.ctlake(["ingest", "empty", "--release", "CT-3A"]).fails(1), @"
    exit 1
    --- stderr
    error: `empty` is not a whole release
      because: expected the label files `train_COVIDx_CT-3A.txt`, `val_COVIDx_CT-3A.txt` and `test_COVIDx_CT-3A.txt`, found none

    hint: a release has three label files (`train_…`, `val_…`, `test_…`) and `metadata.csv`
    ");
    assert_snapshot!(lake.ctlake(["ingest", "empty", "--release", "two"]).fails(2), @"
    exit 2
    --- stderr
    error: invalid value 'two' for '--release <RELEASE>': expected a release such as `CT-2A` (`CT-`, then letters, digits, `.`, `_` or `-`), got `two`

    For more information, try '--help'.
    ");
}

#[test]
fn other_content_under_the_same_name() {
    let lake = Lake::with(&Dataset::small());
    lake.place(&Dataset::small().line(Split::Val, "NCP_2_20_0006.png 2 13 23 113 123"));
    assert_snapshot!(lake.ctlake(["ingest", "dataset"]).fails(1), @"
    exit 1
    --- stderr
    CT-2A: 0 files (0 B) to store; 3 files (494 B) there already; 1 file (105 B) there with other content
    error: 1 file is already in the landing zone with other content: `val_COVIDx_CT-2A.txt`

    hint: if the source is right, replace them: `--replace`
    ");
    assert_snapshot!(lake.ctlake(["ingest", "dataset", "--dry-run"]), @"
    exit 0
    --- stdout
    CT-2A: 0 files (0 B) to store; 3 files (494 B) there already; 1 file (105 B) there with other content
    ");
    assert_snapshot!(lake.ctlake(["ingest", "dataset", "--replace"]).ok(), @"
    exit 0
    --- stderr
    CT-2A: 1 file (105 B) to store, of them 1 in the place of other content; 3 files (494 B) there already
    CT-2A: 1 file stored (105 B) in [TIME]
      in the source             4 files              599 bytes
      = stored                  1 file               105 bytes
      + there already           3 files              494 bytes
      + failed                  0 files                0 bytes
    complete: every file of the source is in the landing zone
    next: ctlake build --lake ./lake
    ");
    lake.ctlake(["build"]).ok();
    assert_eq!(lake.rows("ct_slices").len(), 7);
}

#[test]
fn a_file_name_that_is_a_number() {
    let dataset = Dataset::small()
        .line(Split::Train, "0007.png 1 11 21 111 121")
        .line(Split::Train, "7 1 11 21 111 121")
        .patient("55,CNCB,China,F,45,COVID-19,Yes,Expert,Axial,CT")
        .line(Split::Train, "5.png 2 11 21 111 121")
        .line(Split::Train, "55.png 2 11 21 111 121");
    let lake = Lake::built(&dataset);
    assert_snapshot!(lake.lines("ct_slices", &["file_name", "patient_id", "scan_id", "slice_index"]), @"
    0007.png 0007 NULL 7
    5.png 5 NULL 5
    55.png 55 NULL 55
    7 7 NULL 7
    CP_3_30_0001.png CP_3 30 1
    NCP_1_10_0001.png NCP_1 10 1
    NCP_1_10_0002.png NCP_1 10 2
    NCP_2_20_0005.png NCP_2 20 5
    Normal_4_40_0001.png Normal_4 40 1
    normal1_patient5_SR_1_IM00001.png patient5 SR_1 1
    ");
}

#[test]
fn a_misspelled_column_of_the_metadata_is_said() {
    let lake = Lake::temp();
    lake.place(&Dataset::small());
    let path = lake.path("dataset/metadata.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("country", "contry", 1)).unwrap();
    lake.ctlake(["ingest", "dataset"]).ok();
    let said = lake.ctlake(["build"]).ok();
    assert!(
        said.stderr().contains("without `country`"),
        "{}",
        said.stderr()
    );
    assert!(
        said.stderr().contains("`contry` passed over"),
        "{}",
        said.stderr()
    );
}

#[test]
fn a_source_that_is_not_there_makes_no_lake() {
    let lake = Lake::temp();
    lake.ctlake(["ingest", "nowhere"]).fails(1);
    assert!(!lake.path("lake").exists());
}
