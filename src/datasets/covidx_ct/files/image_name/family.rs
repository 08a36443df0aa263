//! The families of file names: one or more a source.

use std::ops::Range;

/// A family of file names, by the study the images came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// China National Center for Bioinformation.
    Cncb,
    /// COVID-CTset.
    CovidCtset,
    /// The Cancer Imaging Archive, some by way of the COVID-19-20 challenge.
    Tcia,
    /// iCTCF, Huazhong University of Science and Technology.
    Ictcf,
    /// LIDC-IDRI.
    Lidc,
    /// radiopaedia.org.
    Radiopaedia,
    /// COVID-19-CT-Seg: coronacases.org and radiopaedia.org.
    CovidCtSeg,
    /// `MosMedData`.
    MosMed,
    /// STOIC.
    Stoic,
    /// Stony Brook University.
    StonyBrook,
    /// COVID-CT-MD.
    CovidCtMd,
}

/// The shape of a family's names, without `.png`, in ASCII. What stands between `<` and `>` is the patient;
/// `#` is a run of digits, `~` one of digits and dots, `*` is anything, and `@` is a word with
/// `covid` or `normal` in it. All else is itself. The first shape that fits is taken.
const SHAPES: [(Family, &str); 19] = [
    (Family::Cncb, "<NCP_#>_#_#"),
    (Family::Cncb, "<CP_#>_#_#"),
    (Family::Cncb, "<Normal_#>_#_#"),
    (Family::CovidCtset, "@_<patient#>_*IM#"),
    (Family::Tcia, "<volume-covid19-A-#_#>_ct-#"),
    (Family::Tcia, "<volume-covid19-A-#_#>-#"),
    (Family::Tcia, "<volume-covid19-A-#>_ct-#"),
    (Family::Tcia, "<volume-covid19-A-#>-#"),
    (Family::Ictcf, "<HUST-Patient#>-#"),
    (Family::Lidc, "<LIDC-IDRI-#>-~-#"),
    (Family::CovidCtSeg, "<coronacases_#>-#"),
    (Family::CovidCtSeg, "<radiopaedia_#_#>_#-#"),
    (Family::Radiopaedia, "<radiopaedia-#>-#-#-#"),
    (Family::MosMed, "<study_#>-#"),
    (Family::Stoic, "<STOIC-#>-#"),
    (Family::StonyBrook, "<A#>-*-#"),
    (Family::CovidCtMd, "<COVIDCTMD-P#>-IM#"),
    (Family::CovidCtMd, "<COVIDCTMD-cap#>-IM#"),
    (Family::CovidCtMd, "<COVIDCTMD-normal#>-IM#"),
];

impl Family {
    /// The patient that a name of this family implies, when no metadata is at hand: for
    /// `NCP_96_1328_0032` (without `.png`) that is `NCP_96`. `None` if the name is of no shape of
    /// this family.
    #[must_use]
    pub fn implied_patient(self, bare_name: &str) -> Option<&str> {
        match Self::of(bare_name) {
            Some((family, patient)) if family == self => bare_name.get(patient),
            _ => None,
        }
    }

    /// The family of a name without `.png`, and where in it the patient is.
    pub(super) fn of(bare_name: &str) -> Option<(Self, Range<usize>)> {
        SHAPES
            .iter()
            .find_map(|&(family, shape)| Some((family, fit(shape, bare_name)?)))
    }
}

/// Where the patient is in a name of that shape. Runs take all they can: what follows one in a
/// shape is never a letter of the run.
fn fit(shape: &str, name: &str) -> Option<Range<usize>> {
    let mut patient = 0..0;
    let mut rest = name;
    let mut signs = shape.chars();
    while let Some(sign) = signs.next() {
        let at = name.len() - rest.len();
        rest = match sign {
            '<' => {
                patient.start = at;
                rest
            }
            '>' => {
                patient.end = at;
                rest
            }
            '#' => after_run(rest, |letter| letter.is_ascii_digit())?.1,
            '~' => after_run(rest, |letter| letter.is_ascii_digit() || letter == '.')?.1,
            '@' => {
                let (word, rest) = after_run(rest, |letter| letter.is_ascii_alphanumeric())?;
                (word.contains("covid") || word.contains("normal")).then_some(rest)?
            }
            // The rest of the shape ends the name: a literal and the slice's digits.
            '*' => {
                let literal = signs.as_str().strip_suffix('#')?;
                let before = rest.trim_end_matches(|letter: char| letter.is_ascii_digit());
                return (before.len() < rest.len() && before.ends_with(literal)).then_some(patient);
            }
            itself if rest.as_bytes().first() == Some(&(itself as u8)) => &rest[1..],
            _ => return None,
        };
    }
    rest.is_empty().then_some(patient)
}

/// The run of such letters that `text` begins with, at least one, and what follows it.
fn after_run(text: &str, of: impl Fn(char) -> bool) -> Option<(&str, &str)> {
    let end = text.find(|letter| !of(letter)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patient_without_metadata() {
        let of = |family: Family, name| family.implied_patient(name);
        assert_eq!(of(Family::Cncb, "CP_1769_4200_0001"), Some("CP_1769"));
        assert_eq!(
            of(Family::CovidCtset, "cdunnormal_patient9_SR_4_IM00001"),
            Some("patient9")
        );
        assert_eq!(of(Family::Cncb, "HUST-Patient1-0060"), None);
    }

    #[test]
    fn shapes_are_whole() {
        for name in [
            "",
            "NCP_96_1328",
            "NCP_96_1328_",
            "NCP__1328_0032",
            "xNCP_96_1328_0032",
            "NCP_96_1328_0032x",
            "other_patient76_SR_2_IM00014",
            "137covid_patient76_SR_2_00014",
            "A581050-0015",
            "radiopaedia_4_85506-0004",
            "LIDC-IDRI-0273-series-0032",
        ] {
            assert_eq!(Family::of(name), None, "{name}");
        }
    }
}
