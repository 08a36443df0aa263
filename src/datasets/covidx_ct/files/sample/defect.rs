//! The defects of a sample: one for each thing a build should notice.

use super::draft::{Draft, Label, Row};
use crate::datasets::covidx_ct::files::image_name::patient_family;

/// A kind of defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Defect {
    /// A patient with labelled images and without a row in the metadata.
    PatientWithoutMetadata,
    /// A patient whose age is 0.
    AgeZero,
    /// A patient whose country is spelled ` china `.
    CountrySpelling,
    /// A patient from `Côte d'Ivoire`: nothing wrong, and a trial for whatever handles the name.
    CountryWithAccent,
    /// A label line that stands twice, one below the other.
    DuplicateLine,
    /// A box whose xmin is greater than its xmax.
    InvertedBox,
    /// A box that ends beyond the image.
    BoxOutsideImage,
    /// A label whose image is not there.
    ImageMissing,
    /// An image in no label file.
    ImageWithoutLabel,
    /// One person as `…_0` in train and as `…_1` in test; the subject is what the ids begin with.
    FamilyInTwoSplits,
}

/// A defect that a sample has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Planted {
    /// What is wrong.
    pub defect: Defect,
    /// With which patient id, or file name.
    pub subject: String,
}

/// Plants the defects: each kind in another cohort, so that they don't hide one another.
pub(super) fn plant(draft: &mut Draft<'_>) -> Vec<Planted> {
    let single = [
        (Defect::AgeZero, age_zero(draft)),
        (Defect::CountrySpelling, country(draft, "CP_", " china ")),
        (
            Defect::CountryWithAccent,
            country(draft, "radiopaedia-", "Côte d'Ivoire"),
        ),
        (Defect::DuplicateLine, duplicate_line(draft)),
        (Defect::InvertedBox, inverted_box(draft)),
        (Defect::BoxOutsideImage, box_outside_image(draft)),
        (Defect::ImageMissing, image_missing(draft)),
        (Defect::ImageWithoutLabel, image_without_label(draft)),
        (Defect::FamilyInTwoSplits, family(draft)),
    ];
    let single = single
        .into_iter()
        .filter_map(|(defect, subject)| Some((defect, subject?)));
    let orphans = patients_without_metadata(draft)
        .into_iter()
        .map(|patient| (Defect::PatientWithoutMetadata, patient));
    single
        .chain(orphans)
        .map(|(defect, subject)| Planted { defect, subject })
        .collect()
}

fn row<'d>(draft: &'d mut Draft<'_>, patient: &str) -> Option<&'d mut Row> {
    let mut rows = draft.rows.iter_mut();
    rows.find(|row| row.patient_id.starts_with(patient))
}

fn age_zero(draft: &mut Draft<'_>) -> Option<String> {
    let row = row(draft, "HUST-")?;
    "0".clone_into(&mut row.age);
    Some(row.patient_id.clone())
}

fn country(draft: &mut Draft<'_>, patient: &str, country: &str) -> Option<String> {
    let row = row(draft, patient)?;
    country.clone_into(&mut row.country);
    Some(row.patient_id.clone())
}

/// The labels of the split that has the first image with `word` in its name, and where it is.
fn label<'d>(draft: &'d mut Draft<'_>, word: &str) -> Option<(&'d mut Vec<Label>, usize)> {
    draft.labels.iter_mut().find_map(|labels| {
        let at = labels
            .iter()
            .position(|label| label.file_name.contains(word))?;
        Some((labels, at))
    })
}

fn duplicate_line(draft: &mut Draft<'_>) -> Option<String> {
    let (labels, at) = label(draft, "Normal_")?;
    let line = labels[at].clone();
    let subject = line.file_name.clone();
    labels.insert(at, line);
    Some(subject)
}

fn inverted_box(draft: &mut Draft<'_>) -> Option<String> {
    let (labels, at) = label(draft, "LIDC-")?;
    let label = &mut labels[at];
    label.bbox.swap(0, 2);
    Some(label.file_name.clone())
}

fn box_outside_image(draft: &mut Draft<'_>) -> Option<String> {
    let (labels, at) = label(draft, "coronacases_")?;
    let label = &mut labels[at];
    // No image of a sample is so wide.
    label.bbox[2] += 512;
    Some(label.file_name.clone())
}

fn image_missing(draft: &mut Draft<'_>) -> Option<String> {
    let (labels, at) = label(draft, "_ct-")?;
    let subject = labels[at].file_name.clone();
    draft.images.retain(|image| image.file_name() != subject);
    Some(subject)
}

fn image_without_label(draft: &mut Draft<'_>) -> Option<String> {
    let (labels, at) = label(draft, "covid_patient")?;
    Some(labels.remove(at).file_name)
}

/// The draft has made these relatives.
fn family(draft: &Draft<'_>) -> Option<String> {
    let mut rows = draft.rows.iter();
    rows.find_map(|row| patient_family(&row.patient_id).map(str::to_owned))
}

/// One, and one more for every hundred patients.
fn patients_without_metadata(draft: &mut Draft<'_>) -> Vec<String> {
    let mut left = 1 + draft.rows.len() / 100;
    let orphans = draft.rows.extract_if(.., |row| {
        let orphan = left > 0 && row.patient_id.starts_with("NCP_");
        left -= usize::from(orphan);
        orphan
    });
    orphans.map(|row| row.patient_id).collect()
}
