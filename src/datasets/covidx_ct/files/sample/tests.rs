#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::datasets::covidx_ct::files::metadata::{self, Metadata};
use crate::datasets::covidx_ct::files::{Class, image_name, release, split_file};

fn sample(release: &str, patients: u32) -> Sample {
    generate(&SampleOptions {
        patients,
        seed: 1,
        release: release.parse().unwrap(),
    })
}

fn metadata(sample: &Sample) -> Metadata {
    metadata::parse(&sample.files[0].bytes).unwrap()
}

/// Each label line's split, file name, class and box.
fn labels(sample: &Sample) -> Vec<(Split, String, Class, [i32; 4])> {
    let mut labels = Vec::new();
    for (split, file) in Split::ALL.into_iter().zip(&sample.files[1..]) {
        for (_, line) in split_file::Lines::new(&file.bytes) {
            let line = split_file::parse_line(line).unwrap();
            let name = str::from_utf8(line.file_name).unwrap().to_owned();
            labels.push((split, name, line.class, line.bbox));
        }
    }
    labels
}

fn subject(sample: &Sample, defect: Defect) -> &str {
    let mut planted = sample.planted.iter();
    let planted = planted.find(|planted| planted.defect == defect);
    planted.unwrap().subject.as_str()
}

#[test]
fn the_files_are_found_as_a_release() {
    for (name, folder) in [
        ("CT-1", "images/"),
        ("CT-2A", "2A_images/"),
        ("CT-3A", "3A_images/"),
    ] {
        let sample = sample(name, 0);
        let paths = sample.files.iter().map(|file| file.path.as_str());
        let files = release::find(paths, None).unwrap();
        assert_eq!(files.release.as_str(), name);
        assert!(
            sample
                .images
                .iter()
                .all(|image| image.path.starts_with(folder))
        );
    }
}

#[test]
fn the_same_options_give_the_same_sample() {
    assert_eq!(sample("CT-2A", 40), sample("CT-2A", 40));
    // What every platform should arrive at.
    let sample = sample("CT-2A", 40);
    let first = &sample.images[0];
    assert_eq!(first.file_name(), "volume-covid19-A-0002_0-0027.png");
    let sum = |bytes: &[u8]| {
        bytes.iter().fold(0_u32, |sum, &byte| {
            sum.wrapping_mul(31).wrapping_add(byte.into())
        })
    };
    assert_eq!(sum(&sample.files[0].bytes), 1_341_986_592);
    assert_eq!(sum(&first.render()), 1_418_727_226);
}

#[test]
fn patients_have_one_split_and_every_split_has_every_class() {
    for (release, patients) in [("CT-2A", 40), ("CT-3A", 60), ("CT-2A", 300)] {
        let sample = sample(release, patients);
        let metadata = metadata(&sample);
        let ids: BTreeSet<_> = metadata
            .rows
            .iter()
            .map(|row| row.patient_id.as_str())
            .collect();
        let mut split_of = BTreeMap::new();
        let mut classes = BTreeSet::new();
        for (split, name, class, _) in labels(&sample) {
            let image = image_name::parse(&name, |id| ids.contains(id));
            assert!(image.family.is_some(), "{name}");
            assert_eq!(
                *split_of.entry(image.patient.to_owned()).or_insert(split),
                split
            );
            classes.insert((split, class));
        }
        assert_eq!(classes.len(), 9);
        assert_eq!(split_of.len(), patients as usize);
        if patients == 300 {
            let of = |wanted| split_of.values().filter(|&&split| split == wanted).count();
            assert_eq!(Split::ALL.map(of), [231, 39, 30]);
        }
    }
}

#[test]
fn every_family_of_the_release_occurs() {
    let families = |release| {
        let labels = labels(&sample(release, 0));
        let families = labels
            .iter()
            .map(|(_, name, ..)| image_name::parse(name, |_| false).family);
        families.collect::<BTreeSet<_>>().len()
    };
    assert_eq!((families("CT-2A"), families("CT-3A")), (7, 10));
}

#[test]
fn about_half_of_the_metadata_is_not_known() {
    let rows = metadata(&sample("CT-2A", 1_000)).rows;
    let unknown = rows.iter().filter(|row| row.sex.is_none()).count();
    // 3,027 of 4,501 in the real release.
    assert!(
        (60..75).contains(&(100 * unknown / rows.len())),
        "{unknown}"
    );
}

#[test]
fn defects_are_there_and_nothing_else_is_wrong() {
    for release in ["CT-2A", "CT-3A"] {
        let sample = sample(release, 60);
        let labels = labels(&sample);
        let rows = metadata(&sample).rows;
        let lines = |name: &str| labels.iter().filter(|label| label.1 == name).count();
        let images: BTreeMap<_, _> = sample
            .images
            .iter()
            .map(|image| (image.file_name(), image.phantom))
            .collect();

        for (_, name, _, [xmin, ymin, xmax, ymax]) in &labels {
            let twice = lines(name) > 1;
            assert_eq!(
                twice,
                name == subject(&sample, Defect::DuplicateLine),
                "{name}"
            );
            let inverted = xmin >= xmax || ymin >= ymax;
            assert_eq!(
                inverted,
                name == subject(&sample, Defect::InvertedBox),
                "{name}"
            );
            let Some(phantom) = images.get(name.as_str()) else {
                assert_eq!(name, subject(&sample, Defect::ImageMissing));
                continue;
            };
            let size = i32::from(phantom.size);
            let outside = *xmax.max(xmin) > size || *ymax > size;
            assert_eq!(
                outside,
                name == subject(&sample, Defect::BoxOutsideImage),
                "{name}"
            );
        }
        for name in images.keys() {
            let unlabelled = lines(name) == 0;
            assert_eq!(
                unlabelled,
                *name == subject(&sample, Defect::ImageWithoutLabel),
                "{name}"
            );
        }
        for row in &rows {
            let zero = row.age.as_deref() == Some("0");
            assert_eq!(zero, row.patient_id == subject(&sample, Defect::AgeZero));
            let odd = row.country.as_deref() == Some("china");
            assert_eq!(
                odd,
                row.patient_id == subject(&sample, Defect::CountrySpelling)
            );
            assert!(
                row.source
                    .as_deref()
                    .is_some_and(crate::datasets::covidx_ct::files::source::is_known)
            );
        }
        let orphan = subject(&sample, Defect::PatientWithoutMetadata);
        assert!(rows.iter().all(|row| row.patient_id != orphan));
        assert!(
            labels
                .iter()
                .any(|label| label.1.starts_with(&format!("{orphan}_")))
        );
        let family = subject(&sample, Defect::FamilyInTwoSplits);
        let splits = |suffix: &str| {
            let of: BTreeSet<_> = labels
                .iter()
                .filter(|label| label.1.starts_with(&format!("{family}{suffix}")))
                .map(|label| label.0)
                .collect();
            of.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(
            (splits("_0"), splits("_1")),
            (vec![Split::Train], vec![Split::Test])
        );
        assert_eq!(
            rows.iter()
                .filter(|row| row.source.as_deref() == Some("MosMedData"))
                .count(),
            12
        );
    }
}
