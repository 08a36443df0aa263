//! The spellings and shapes in which a release may come.

use ctlake::datasets::covidx_ct::files::Split;
use insta::assert_snapshot;

use crate::support::dataset::label_file;
use crate::support::tree::listing;
use crate::support::{Dataset, Lake};

/// The small dataset under other names.
fn named(train: &str, val: &str, test: &str) -> Dataset {
    Dataset::small()
        .renamed("train_COVIDx_CT-2A.txt", train)
        .renamed("val_COVIDx_CT-2A.txt", val)
        .renamed("test_COVIDx_CT-2A.txt", test)
}

/// The release of the built tables, whose other rows are those of the small dataset.
#[track_caller]
fn release_of(dataset: &Dataset) -> String {
    let lake = Lake::built(dataset);
    let columns = [
        "split",
        "label_line",
        "file_name",
        "patient_id",
        "class_id",
        "bbox_xmin",
        "bbox_ymax",
        "country",
        "sex",
    ];
    assert_eq!(
        lake.lines("ct_slices", &columns),
        Lake::built(&Dataset::small()).lines("ct_slices", &columns)
    );
    lake.rows("snapshot_info")[0]["release"].clone().unwrap()
}

#[test]
fn every_spelling_of_the_label_files() {
    for (train, val, test, release) in [
        (
            "train_COVIDx-CT.txt",
            "val_COVIDx-CT.txt",
            "test_COVIDx-CT.txt",
            "CT-1",
        ),
        (
            "train_COVIDx_CT-1.txt",
            "val_COVIDx_CT-1.txt",
            "test_COVIDx_CT-1.txt",
            "CT-1",
        ),
        (
            "train_COVIDx-CT_v2A.txt",
            "val_COVIDx-CT_v2A.txt",
            "test_COVIDx-CT_v2A.txt",
            "CT-2A",
        ),
        (
            "TRAIN_COVIDX_CT-2A.TXT",
            "Val_COVIDx_CT-2A.txt",
            "test_covidx_ct-2a.txt",
            "CT-2A",
        ),
        (
            "train_COVIDx_CT-3B.txt",
            "val_COVIDx_CT-3B.txt",
            "test_COVIDx_CT-3B.txt",
            "CT-3B",
        ),
    ] {
        assert_eq!(release_of(&named(train, val, test)), release, "{train}");
    }
}

#[test]
fn metadata_txt() {
    assert_eq!(
        release_of(&Dataset::small().renamed("metadata.csv", "metadata.txt")),
        "CT-2A"
    );
    assert_eq!(
        release_of(&Dataset::small().renamed("metadata.csv", "METADATA.CSV")),
        "CT-2A"
    );
}

#[test]
fn one_enclosing_folder_is_stripped() {
    let mut dataset = Dataset::default();
    for (path, content) in Dataset::small().files() {
        dataset = dataset.file(&format!("COVIDx-CT/{path}"), content.clone());
    }
    let dataset = dataset
        .file("COVIDx-CT/2A_images/NCP_1_10_0001.png", "no image")
        .file("COVIDx-CT/README.md", "left out")
        .file("notes.txt", "left out");
    let lake = Lake::temp();
    lake.place(&dataset);
    assert_snapshot!(lake.ctlake(["ingest", "dataset"]).ok(), @"
    exit 0
    --- stderr
    CT-2A: 5 files (573 B) to store; 0 files (0 B) there already
    left out: 2 files that are not of the release (`COVIDx-CT/README.md`, …)
    CT-2A: 5 files stored (573 B) in [TIME]
      in the source             5 files              573 bytes
      = stored                  5 files              573 bytes
      + there already           0 files                0 bytes
      + failed                  0 files                0 bytes
      left out: 2 files that are not of the release
    complete: every file of the source is in the landing zone
    next: ctlake build --lake ./lake
    ");
    assert_snapshot!(listing(&lake.path("lake/landing")), @"
    CT-2A/2A_images/NCP_1_10_0001.png
    CT-2A/metadata.csv
    CT-2A/test_COVIDx_CT-2A.txt
    CT-2A/train_COVIDx_CT-2A.txt
    CT-2A/val_COVIDx_CT-2A.txt
    ");
    lake.ctlake(["build"]).ok();
    assert_snapshot!(lake.lines("ct_slices", &["image_key", "in_landing"]), @"
    landing/CT-2A/2A_images/CP_3_30_0001.png false
    landing/CT-2A/2A_images/NCP_1_10_0001.png true
    landing/CT-2A/2A_images/NCP_1_10_0002.png false
    landing/CT-2A/2A_images/NCP_2_20_0005.png false
    landing/CT-2A/2A_images/Normal_4_40_0001.png false
    landing/CT-2A/2A_images/normal1_patient5_SR_1_IM00001.png false
    ");
}

#[test]
fn a_name_that_is_given_wins() {
    let lake = Lake::temp();
    lake.place(&Dataset::small());
    lake.ctlake(["ingest", "dataset", "--release", "CT-vendor"])
        .ok();
    assert_snapshot!(listing(&lake.path("lake/landing")), @"
    CT-vendor/metadata.csv
    CT-vendor/test_COVIDx_CT-2A.txt
    CT-vendor/train_COVIDx_CT-2A.txt
    CT-vendor/val_COVIDx_CT-2A.txt
    ");
    assert_snapshot!(lake.ctlake(["build", "--release", "CT-2A"]).fails(1), @"
    exit 1
    --- stderr
    error: expected release `CT-2A` in the landing zone, found `CT-vendor`

    hint: name one: `--release CT-vendor`
    ");
    lake.ctlake(["build"]).ok();
    assert_snapshot!(lake.lines("ct_slices", &["release", "image_key"]), @"
    CT-vendor landing/CT-vendor/vendor_images/CP_3_30_0001.png
    CT-vendor landing/CT-vendor/vendor_images/NCP_1_10_0001.png
    CT-vendor landing/CT-vendor/vendor_images/NCP_1_10_0002.png
    CT-vendor landing/CT-vendor/vendor_images/NCP_2_20_0005.png
    CT-vendor landing/CT-vendor/vendor_images/Normal_4_40_0001.png
    CT-vendor landing/CT-vendor/vendor_images/normal1_patient5_SR_1_IM00001.png
    ");
}

#[test]
fn the_release_is_written_as_its_authors_do() {
    let lake = Lake::temp();
    lake.place(&Dataset::small());
    lake.ctlake(["ingest", "dataset", "--release", "ct-3a"])
        .ok();
    lake.ctlake(["build", "--release", "ct-3A"]).ok();
    assert_eq!(
        lake.rows("snapshot_info")[0]["release"].as_deref(),
        Some("CT-3A")
    );
}

#[test]
fn crlf_bom_and_a_missing_final_newline() {
    let crlf = Dataset::small().each(|text| text.replace('\n', "\r\n").into_bytes());
    assert_eq!(release_of(&crlf), "CT-2A");
    let bom = Dataset::small().each(|text| format!("\u{feff}{text}").into_bytes());
    assert_eq!(release_of(&bom), "CT-2A");
    let unended = Dataset::small().each(|text| text.trim_end().as_bytes().to_vec());
    assert_eq!(release_of(&unended), "CT-2A");
    let all = Dataset::small()
        .each(|text| format!("\u{feff}{}", text.trim_end().replace('\n', "\r\n")).into_bytes());
    assert_eq!(release_of(&all), "CT-2A");
}

#[test]
fn each_row_is_traced_to_its_physical_line() {
    let labels = "\u{feff}\n\nNCP_1_10_0001.png 2 10 20 110 120\r\n  \t\nCP_3_30_0001.png 1 12 22 112 122\n\n";
    let lake = Lake::built(&Dataset::small().file(&label_file(Split::Train), labels));
    assert_snapshot!(lake.lines("ct_slices", &["split", "label_line", "file_name"]), @"
    test 1 normal1_patient5_SR_1_IM00001.png
    train 3 NCP_1_10_0001.png
    train 5 CP_3_30_0001.png
    val 1 NCP_2_20_0005.png
    val 2 Normal_4_40_0001.png
    ");
    let said = lake.ctlake(["build", "--force"]).ok();
    assert!(
        said.stderr()
            .contains("  lines               9  of these 4 blank, 0 malformed\n"),
        "{said}"
    );
}

#[test]
fn runs_of_blanks_and_tabs_between_fields() {
    let labels = "NCP_1_10_0001.png\t2   10 20\t110 120  \n";
    let lake = Lake::built(&Dataset::small().file(&label_file(Split::Train), labels));
    assert!(
        lake.lines("ct_slices", &["file_name", "bbox_ymax"])
            .contains("NCP_1_10_0001.png 120\n")
    );
}

#[test]
fn metadata_columns_in_another_order_and_more_of_them() {
    let metadata = "survival,modality,view,slice selection,verified finding,Finding,AGE,sex,country,temperature,patient_id,source\n\
                    yes,CT,Axial,Expert,Yes,COVID-19,45,F,China,37,NCP_1,CNCB\n\
                    ,CT,Axial,Automatic,Yes,COVID-19,,,China,,NCP_2,CNCB\n\
                    ,CT,Axial,Expert,Yes,Pneumonia,62,M,China,,CP_3,CNCB\n\
                    ,CT,Axial,N/A,Yes,Normal,,,China,,Normal_4,CNCB\n\
                    ,CT,Axial,N/A,Yes,Normal,30,M,Iran,,patient5,COVID-CTSet\n";
    let lake = Lake::built(&Dataset::small().file("metadata.csv", metadata));
    let columns = [
        "patient_id",
        "source",
        "country",
        "sex",
        "age",
        "diagnosis",
        "verified_finding",
        "slice_selection",
        "view",
        "modality",
    ];
    assert_eq!(
        lake.lines("patients", &columns),
        Lake::built(&Dataset::small()).lines("patients", &columns)
    );
}

#[test]
fn metadata_that_lacks_every_optional_column() {
    let metadata = "patient id\nNCP_1\nNCP_2\nCP_3\nNormal_4\npatient5\n";
    let lake = Lake::built(&Dataset::small().file("metadata.csv", metadata));
    let columns = [
        "patient_id",
        "source",
        "country",
        "sex",
        "age",
        "age_band",
        "diagnosis",
        "verified_finding",
        "view",
        "in_metadata",
    ];
    assert_snapshot!(lake.lines("patients", &columns), @"
    CP_3 NULL Unknown Unknown NULL Unknown Pneumonia NULL NULL true
    NCP_1 NULL Unknown Unknown NULL Unknown COVID-19 NULL NULL true
    NCP_2 NULL Unknown Unknown NULL Unknown COVID-19 NULL NULL true
    Normal_4 NULL Unknown Unknown NULL Unknown Normal NULL NULL true
    patient5 NULL Unknown Unknown NULL Unknown Normal NULL NULL true
    ");
    assert_snapshot!(lake.findings_but_images(), @"
    info finding-missing: patient CP_3 (-) x1
    info finding-missing: patient NCP_1 (-) x1
    info finding-missing: patient NCP_2 (-) x1
    info finding-missing: patient Normal_4 (-) x1
    info finding-missing: patient patient5 (-) x1
    error column-missing: column age (not in the header of the metadata) x1
    error column-missing: column country (not in the header of the metadata) x1
    error column-missing: column finding (not in the header of the metadata) x1
    error column-missing: column sex (not in the header of the metadata) x1
    error column-missing: column source (not in the header of the metadata) x1
    info optional-column-missing: column modality (not in the header of the metadata) x1
    info optional-column-missing: column slice selection (not in the header of the metadata) x1
    info optional-column-missing: column verified finding (not in the header of the metadata) x1
    info optional-column-missing: column view (not in the header of the metadata) x1
    ");
}

#[test]
fn metadata_with_quotes_and_blanks() {
    let dataset = Dataset::small().metadata_with(
        "NCP_1,CNCB,China,F,45,COVID-19,Yes,Expert,Axial,CT",
        " NCP_1 , CNCB ,\"China\",\" F\",45 ,COVID-19,Yes,\"Ex\"\"pert\",Axial,CT",
    );
    let lake = Lake::built(&dataset);
    let patients = lake.lines(
        "patients",
        &[
            "patient_id",
            "source",
            "country",
            "sex",
            "age",
            "slice_selection",
        ],
    );
    assert_snapshot!(patients.lines().find(|line| line.starts_with("NCP_1 ")).unwrap(), @r#"NCP_1 CNCB China F 45 Ex"pert"#);
}

#[test]
fn every_family_of_file_names() {
    let ids = [
        "NCP_96",
        "patient76",
        "volume-covid19-A-0383_1",
        "volume-covid19-A-0001",
        "HUST-Patient1",
        "LIDC-IDRI-0273",
        "coronacases_010",
        "radiopaedia_4_85506",
        "radiopaedia-11516",
        "study_0255",
        "STOIC-10011",
        "A581050",
        "COVIDCTMD-P002",
        "COVIDCTMD-cap001",
        "COVIDCTMD-normal001",
    ];
    let names = [
        "NCP_96_1328_0032.png",
        "137covid_patient76_SR_2_IM00014.png",
        "157covid_patient76_SR_3_IM00015.png",
        "volume-covid19-A-0383_1_ct-0018.png",
        "volume-covid19-A-0001-0177.png",
        "HUST-Patient1-0060.png",
        "LIDC-IDRI-0273-1.3.6.1.4.1.14519.5.2.1.6279.6001.388746-0032.png",
        "coronacases_010-0075.png",
        "radiopaedia_4_85506_1-0004.png",
        "radiopaedia-11516-49631-0-0000.png",
        "study_0255-0011.png",
        "STOIC-10011-0103.png",
        "A581050-12-31-1900-NA-CT-CHEST-WO-IV-CONT-97367-2-0015.png",
        "COVIDCTMD-P002-IM0025.png",
        "COVIDCTMD-cap001-IM0026.png",
        "COVIDCTMD-normal001-IM0027.png",
    ];
    let dataset = ids.iter().fold(Dataset::small(), |dataset, id| {
        dataset.patient(&format!(
            "{id},CNCB,China,F,45,COVID-19,Yes,Expert,Axial,CT"
        ))
    });
    let dataset = names.iter().fold(dataset, |dataset, name| {
        dataset.line(Split::Train, &format!("{name} 2 1 2 3 4"))
    });
    let lake = Lake::built(&dataset);
    assert_snapshot!(lake.findings_but_images(), @"");
    assert_snapshot!(lake.lines("ct_slices", &["file_name", "patient_id", "scan_id", "slice_index"]), @"
    137covid_patient76_SR_2_IM00014.png patient76 SR_2 14
    157covid_patient76_SR_3_IM00015.png patient76 SR_3 15
    A581050-12-31-1900-NA-CT-CHEST-WO-IV-CONT-97367-2-0015.png A581050 12-31-1900-NA-CT-CHEST-WO-IV-CONT-97367-2 15
    COVIDCTMD-P002-IM0025.png COVIDCTMD-P002 NULL 25
    COVIDCTMD-cap001-IM0026.png COVIDCTMD-cap001 NULL 26
    COVIDCTMD-normal001-IM0027.png COVIDCTMD-normal001 NULL 27
    CP_3_30_0001.png CP_3 30 1
    HUST-Patient1-0060.png HUST-Patient1 NULL 60
    LIDC-IDRI-0273-1.3.6.1.4.1.14519.5.2.1.6279.6001.388746-0032.png LIDC-IDRI-0273 1.3.6.1.4.1.14519.5.2.1.6279.6001.388746 32
    NCP_1_10_0001.png NCP_1 10 1
    NCP_1_10_0002.png NCP_1 10 2
    NCP_2_20_0005.png NCP_2 20 5
    NCP_96_1328_0032.png NCP_96 1328 32
    Normal_4_40_0001.png Normal_4 40 1
    STOIC-10011-0103.png STOIC-10011 NULL 103
    coronacases_010-0075.png coronacases_010 NULL 75
    normal1_patient5_SR_1_IM00001.png patient5 SR_1 1
    radiopaedia-11516-49631-0-0000.png radiopaedia-11516 49631-0 0
    radiopaedia_4_85506_1-0004.png radiopaedia_4_85506 1 4
    study_0255-0011.png study_0255 NULL 11
    volume-covid19-A-0001-0177.png volume-covid19-A-0001 NULL 177
    volume-covid19-A-0383_1_ct-0018.png volume-covid19-A-0383_1 ct 18
    ");
}

#[test]
fn a_scan_that_is_written_in_two_ways_is_counted_once() {
    let lake = Lake::built(&Dataset::small().labels(
        Split::Train,
        "137covid_patient76_SR_2_IM00014.png 2 0 0 10 10\n\
         157covid_patient76_SR_2_IM00015.png 2 0 0 10 10\n\
         157covid_patient76_SR_3_IM00015.png 2 0 0 10 10\n",
    ));
    let built = lake.ctlake(["build", "--force", "--json"]).ok();
    let summary = built.json_lines().pop().unwrap()["summary"].clone();
    let counted = lake.rows("patients");
    let scans: i64 = counted
        .iter()
        .map(|row| row["scans"].as_ref().unwrap().parse::<i64>().unwrap())
        .sum();
    assert_eq!(summary["counts"]["scans"], scans, "{summary}");
}
