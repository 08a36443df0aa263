//! How the sources name patients and files.

use crate::datasets::covidx_ct::files::dice::Dice;

/// The shape of a cohort's names. The running number of a patient makes them unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// `NCP_96_1328_0032.png`; the first word.
    Cncb(&'static str),
    /// `137covid_patient76_SR_2_IM00014.png`; the first words there are.
    CovidCtset(&'static [&'static str]),
    /// `volume-covid19-A-0001-0177.png`.
    Tcia,
    /// `volume-covid19-A-0003_ct-0018.png`.
    Challenge,
    /// `HUST-Patient1-0060.png`.
    Ictcf,
    /// `LIDC-IDRI-0273-1.3.6.1…388746-0032.png`.
    Lidc,
    /// `coronacases_010-0075.png`.
    Coronacases,
    /// `radiopaedia_4_85506_1-0004.png`.
    CovidCtSeg,
    /// `radiopaedia-11516-49631-0-0000.png`.
    Radiopaedia,
    /// `STOIC-10011-0103.png`.
    Stoic,
    /// `A581050-12-31-1900-NA-CT-CHEST-WO-IV-CONT-97367-2-0015.png`.
    StonyBrook,
    /// `COVIDCTMD-P002-IM0025.png`; the word before the number.
    CovidCtMd(&'static str),
    /// `study_0255-0011.png`.
    MosMed,
}

impl Naming {
    /// The id of the patient with that running number.
    pub(super) fn patient(self, number: u32) -> String {
        match self {
            Self::Cncb(word) => format!("{word}_{number}"),
            Self::CovidCtset(_) => format!("patient{number}"),
            Self::Tcia | Self::Challenge => format!("volume-covid19-A-{number:04}"),
            Self::Ictcf => format!("HUST-Patient{number}"),
            Self::Lidc => format!("LIDC-IDRI-{number:04}"),
            Self::Coronacases => format!("coronacases_{number:03}"),
            Self::CovidCtSeg => format!("radiopaedia_{number}_{}", 85_500 + number),
            Self::Radiopaedia => format!("radiopaedia-{}", 11_500 + number),
            Self::Stoic => format!("STOIC-{}", 10_000 + number),
            Self::StonyBrook => format!("A{}", 581_000 + number),
            Self::CovidCtMd(word) => format!("COVIDCTMD-{word}{number:03}"),
            Self::MosMed => format!("study_{number:04}"),
        }
    }

    /// Whether a patient may have several scans: the other names have no place for one.
    pub(super) fn names_scans(self) -> bool {
        match self {
            Self::Cncb(_)
            | Self::CovidCtset(_)
            | Self::Lidc
            | Self::CovidCtSeg
            | Self::Radiopaedia
            | Self::StonyBrook => true,
            Self::Tcia
            | Self::Challenge
            | Self::Ictcf
            | Self::Coronacases
            | Self::Stoic
            | Self::CovidCtMd(_)
            | Self::MosMed => false,
        }
    }

    /// All of a file name before the slice's digits, for the `nth` scan (from 0) of a patient.
    pub(super) fn stem(self, patient: &str, number: u32, nth: u32, dice: &mut Dice) -> String {
        match self {
            Self::Cncb(_) => format!("{patient}_{}_", 1_000 + 4 * number + nth),
            Self::CovidCtset(words) => {
                format!("{}_{patient}_SR_{}_IM", dice.pick(words), 2 + nth)
            }
            Self::Challenge => format!("{patient}_ct-"),
            Self::Lidc => {
                let series = format!("{}{:09}", dice.next(), dice.below(1_000_000_000));
                format!("{patient}-1.3.6.1.4.1.14519.5.2.1.6279.6001.{series}-")
            }
            Self::CovidCtSeg => format!("{patient}_{nth}-"),
            Self::Radiopaedia => format!("{patient}-{}-{nth}-", 49_600 + number),
            Self::StonyBrook => format!(
                "{patient}-12-31-1900-NA-CT-CHEST-WO-IV-CONT-{}-{}-",
                dice.between(10_000, 99_999),
                2 + nth
            ),
            Self::CovidCtMd(_) => format!("{patient}-IM"),
            Self::Tcia | Self::Ictcf | Self::Coronacases | Self::Stoic | Self::MosMed => {
                format!("{patient}-")
            }
        }
    }

    /// How many digits a slice has.
    pub(super) fn digits(self) -> usize {
        match self {
            Self::CovidCtset(_) => 5,
            _ => 4,
        }
    }

    /// Width and height of the images in pixels, half of what the source's commonly have.
    pub(super) fn image_size(self) -> u16 {
        match self {
            Self::CovidCtSeg | Self::Radiopaedia => 315,
            _ => 256,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets::covidx_ct::files::image_name;
    use crate::datasets::covidx_ct::files::sample::cohort::COHORTS;

    #[test]
    fn names_are_of_their_family() {
        let mut dice = Dice::new(1);
        for cohort in &COHORTS {
            let naming = cohort.naming;
            let patient = naming.patient(7);
            let stem = naming.stem(&patient, 7, 1, &mut dice);
            let name = format!("{stem}{:0width$}.png", 12, width = naming.digits());
            let image = image_name::parse(&name, |_| false);
            assert!(image.family.is_some(), "{name}");
            assert_eq!(image.patient, patient, "{name}");
            assert_eq!(image.slice_index(), Some(12), "{name}");
        }
    }
}
