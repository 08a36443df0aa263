#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// Each example of the documentation: name, family, patient, scan, slice.
const EXAMPLES: &[(&str, Family, &str, &str, u32)] = &[
    ("NCP_96_1328_0032.png", Family::Cncb, "NCP_96", "1328", 32),
    ("CP_0_3131_0000.png", Family::Cncb, "CP_0", "3131", 0),
    (
        "Normal_1672_210_0077.png",
        Family::Cncb,
        "Normal_1672",
        "210",
        77,
    ),
    (
        "137covid_patient76_SR_2_IM00014.png",
        Family::CovidCtset,
        "patient76",
        "SR_2",
        14,
    ),
    (
        "157covid_patient1_SR_3_IM00001.png",
        Family::CovidCtset,
        "patient1",
        "SR_3",
        1,
    ),
    (
        "normal1_patient101_SR_2_IM00020.png",
        Family::CovidCtset,
        "patient101",
        "SR_2",
        20,
    ),
    (
        "normalcd1_patient302_SR_4_IM00020.png",
        Family::CovidCtset,
        "patient302",
        "SR_4",
        20,
    ),
    (
        "cdnormal4_patient202_SR_2_IM00020.png",
        Family::CovidCtset,
        "patient202",
        "SR_2",
        20,
    ),
    (
        "cdunnormal_patient9_SR_3_IM00020.png",
        Family::CovidCtset,
        "patient9",
        "SR_3",
        20,
    ),
    (
        "volume-covid19-A-0383_1_ct-0018.png",
        Family::Tcia,
        "volume-covid19-A-0383_1",
        "ct",
        18,
    ),
    (
        "volume-covid19-A-0383_0-0018.png",
        Family::Tcia,
        "volume-covid19-A-0383_0",
        "",
        18,
    ),
    (
        "volume-covid19-A-0003_ct-0018.png",
        Family::Tcia,
        "volume-covid19-A-0003",
        "ct",
        18,
    ),
    (
        "volume-covid19-A-0001-0177.png",
        Family::Tcia,
        "volume-covid19-A-0001",
        "",
        177,
    ),
    (
        "HUST-Patient1-0060.png",
        Family::Ictcf,
        "HUST-Patient1",
        "",
        60,
    ),
    (
        "LIDC-IDRI-0273-1.3.6.1.4.1.14519.5.2.1.6279.6001.388746-0032.png",
        Family::Lidc,
        "LIDC-IDRI-0273",
        "1.3.6.1.4.1.14519.5.2.1.6279.6001.388746",
        32,
    ),
    (
        "coronacases_010-0075.png",
        Family::CovidCtSeg,
        "coronacases_010",
        "",
        75,
    ),
    (
        "radiopaedia_4_85506_1-0004.png",
        Family::CovidCtSeg,
        "radiopaedia_4_85506",
        "1",
        4,
    ),
    (
        "radiopaedia-11516-49631-0-0000.png",
        Family::Radiopaedia,
        "radiopaedia-11516",
        "49631-0",
        0,
    ),
    ("study_0255-0011.png", Family::MosMed, "study_0255", "", 11),
    (
        "STOIC-10011-0103.png",
        Family::Stoic,
        "STOIC-10011",
        "",
        103,
    ),
    (
        "A581050-12-31-1900-NA-CT-CHEST-WO-IV-CONT-97367-2-0015.png",
        Family::StonyBrook,
        "A581050",
        "12-31-1900-NA-CT-CHEST-WO-IV-CONT-97367-2",
        15,
    ),
    (
        "COVIDCTMD-P002-IM0025.png",
        Family::CovidCtMd,
        "COVIDCTMD-P002",
        "",
        25,
    ),
    (
        "COVIDCTMD-cap001-IM0025.png",
        Family::CovidCtMd,
        "COVIDCTMD-cap001",
        "",
        25,
    ),
    (
        "COVIDCTMD-normal001-IM0025.png",
        Family::CovidCtMd,
        "COVIDCTMD-normal001",
        "",
        25,
    ),
];

#[test]
fn every_example_with_and_without_metadata() {
    for &(name, family, patient, scan, slice) in EXAMPLES {
        for image in [parse(name, |id| id == patient), parse(name, |_| false)] {
            assert_eq!(image.family, Some(family), "{name}");
            assert_eq!(image.patient, patient, "{name}");
            assert_eq!(image.scan, scan, "{name}");
            assert_eq!(image.slice_index(), Some(slice), "{name}");
            assert_eq!(format!("{}{}.png", image.stem, image.digits), name);
        }
    }
}

#[test]
fn the_longest_known_id_wins_and_ends_at_a_boundary() {
    let known = |id: &str| ["NCP_9", "NCP_96", "NCP_96_1328"].contains(&id);
    let image = parse("NCP_96_1328_0032.png", known);
    assert_eq!((image.patient, image.scan), ("NCP_96_1328", ""));
    let image = parse("NCP_961_1328_0032.png", known);
    assert_eq!((image.patient, image.scan), ("NCP_961", "1328"));
}

#[test]
fn a_known_patient_in_a_name_of_no_known_shape() {
    let image = parse("clinic-7-left-12.png", |id| id == "clinic-7");
    assert_eq!(image.family, None);
    assert_eq!((image.patient, image.scan), ("clinic-7", "left"));
    assert_eq!(image.slice_index(), Some(12));
}

#[test]
fn names_of_no_known_shape() {
    for (name, patient, scan, digits) in [
        ("ABC_12_0003.png", "ABC_12", "", "0003"),
        ("ABC-1.png", "ABC", "", "1"),
        ("abc0003.png", "abc0003", "", "0003"),
        ("NCP_96_1328_0032.PNG", "NCP_96_1328", "", "0032"),
        ("NCP_96_1328_0032.jpeg", "NCP_96_1328", "", "0032"),
        ("NCP_96_1328_0032", "NCP_96_1328", "", "0032"),
        ("a_b.png", "a", "b", ""),
        ("_12.png", "_12", "", "12"),
        ("12.png", "12", "", "12"),
        ("é_1.png", "é", "", "1"),
        (".png", ".png", "", ""),
        ("", "", "", ""),
    ] {
        let image = parse(name, |_| false);
        assert_eq!(image.family, None, "{name}");
        assert_eq!(image.patient, patient, "{name}");
        assert_eq!(image.scan, scan, "{name}");
        assert_eq!(image.digits, digits, "{name}");
    }
}

#[test]
fn an_index_fits_an_int() {
    let index = |name| parse(name, |_| false).slice_index();
    assert_eq!(index("study_1-0000000000000011.png"), Some(11));
    assert_eq!(index("study_1-2147483647.png"), Some(2_147_483_647));
    assert_eq!(index("study_1-2147483648.png"), None);
    assert_eq!(index("study.png"), None);
}

#[test]
fn families_of_patients() {
    assert_eq!(
        patient_family("volume-covid19-A-0383_0"),
        Some("volume-covid19-A-0383")
    );
    for id in [
        "volume-covid19-A-0383",
        "NCP_96",
        "radiopaedia_4_85506",
        "volume-covid19-A-_1",
    ] {
        assert_eq!(patient_family(id), None, "{id}");
    }
}

proptest! {
    #[test]
    fn any_name_has_a_patient(
        prefix in "(NCP_|covid_patient|A1-|LIDC-IDRI-1-)?",
        name in ".{1,40}",
    ) {
        let name = prefix + &name;
        let image = parse(&name, |_| false);
        prop_assert!(!image.patient.is_empty());
        prop_assert!(name.starts_with(image.stem));
        if image.family.is_some() {
            prop_assert_eq!(format!("{}{}.png", image.stem, image.digits), name);
        }
    }
}

/// The published labels of release CT-2A: every name has a family, and a patient of the metadata.
#[test]
fn real_labels() {
    use crate::datasets::covidx_ct::files::{Metadata, metadata, split_file};

    let Some(folder) = std::env::var_os("COVIDX_LABELS").map(std::path::PathBuf::from) else {
        println!("skipped: COVIDX_LABELS names no folder of real labels");
        return;
    };
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let Metadata { rows, .. } = metadata::parse(&read("metadata.csv")).unwrap();
    let ids: std::collections::HashSet<_> =
        rows.iter().map(|row| row.patient_id.as_str()).collect();
    let mut lines = 0;
    let mut patients = std::collections::HashSet::new();
    for split in crate::datasets::covidx_ct::files::Split::ALL {
        let bytes = read(&format!("{split}_COVIDx_CT-2A.txt"));
        for (_, line) in split_file::Lines::new(&bytes) {
            let line = split_file::parse_line(line).unwrap();
            let name = str::from_utf8(line.file_name).unwrap();
            let image = parse(name, |id| ids.contains(id));
            assert!(
                image.family.is_some() && image.slice_index().is_some(),
                "{name}"
            );
            let patient = *ids.get(image.patient).unwrap();
            assert_eq!(format!("{}{}.png", image.stem, image.digits), name);
            let alone = parse(name, |_| false);
            assert_eq!(
                (alone.patient, alone.scan),
                (image.patient, image.scan),
                "{name}"
            );
            patients.insert(patient);
            lines += 1;
        }
    }
    assert_eq!((lines, patients.len()), (194_922, 3_745));
}
