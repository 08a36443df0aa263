//! The studies the releases were put together from, as their metadata spells them.

/// Every spelling of a source that a published release uses, and the one that release 3 settled
/// on. The tables keep the spelling of the metadata; the second column is for whoever compares
/// releases.
pub const SPELLINGS: [(&str, &str); 14] = [
    ("CNCB", "CNCB"),
    ("COVID-19-20 Challenge", "TCIA"),
    ("COVID-19-CT-Seg", "COVID-19-CT-Seg"),
    ("COVID-CT-MD", "COVID-CT-MD"),
    ("COVID-CTSet", "COVID-CTset"),
    ("COVID-CTset", "COVID-CTset"),
    ("LIDC-IDRI", "LIDC-IDRI"),
    ("MosMedData", "MosMedData"),
    ("STOIC", "STOIC"),
    ("Stony Brook", "Stony Brook"),
    ("TCIA", "TCIA"),
    ("coronacases.org", "COVID-19-CT-Seg"),
    ("iCTCF", "iCTCF"),
    ("radiopaedia.org", "radiopaedia.org"),
];

/// Whether a published release spells one of its sources exactly so (trimmed, case counts).
#[must_use]
pub fn is_known(source: &str) -> bool {
    canonical(source).is_some()
}

/// How release 3 spells that source; `None` for a source that no release has.
#[must_use]
pub fn canonical(source: &str) -> Option<&'static str> {
    SPELLINGS
        .iter()
        .find(|(spelling, _)| *spelling == source)
        .map(|&(_, canonical)| canonical)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_spellings_lead_to_the_newest() {
        assert_eq!(canonical("COVID-CTSet"), Some("COVID-CTset"));
        assert_eq!(canonical("COVID-19-20 Challenge"), Some("TCIA"));
        assert_eq!(canonical("coronacases.org"), Some("COVID-19-CT-Seg"));
        assert!(!is_known("cncb"));
        assert!(!is_known(""));
    }

    #[test]
    fn a_canonical_spelling_is_its_own() {
        for (_, to) in SPELLINGS {
            assert_eq!(canonical(to), Some(to));
        }
    }
}
