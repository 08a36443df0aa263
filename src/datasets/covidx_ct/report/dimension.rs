//! By what the page counts, and by what it can be filtered.

use crate::datasets::covidx_ct::files::{AgeBand, Class, Split};

/// In the place of a value that is not known, as in the tables.
pub(super) const UNKNOWN: &str = "Unknown";

/// In the place of rare values, where a dimension has more than the page can distinguish.
pub(super) const OTHERS: &str = "Others";

/// A property of a slice or of its patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension {
    Country,
    Sex,
    Diagnosis,
    Split,
    Source,
    Age,
}

impl Dimension {
    /// All of them, in the order of their values in the facts.
    pub(super) const ALL: [Self; 6] = [
        Self::Country,
        Self::Sex,
        Self::Diagnosis,
        Self::Split,
        Self::Source,
        Self::Age,
    ];
    /// Those that the page can be filtered by: the first of all.
    pub(super) const FILTERS: [Self; 5] = [
        Self::Country,
        Self::Sex,
        Self::Diagnosis,
        Self::Split,
        Self::Source,
    ];

    /// Its name in the page: `data-country="China"`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Sex => "sex",
            Self::Diagnosis => "diagnosis",
            Self::Split => "split",
            Self::Source => "source",
            Self::Age => "age",
        }
    }

    /// What people read.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Country => "Country",
            Self::Sex => "Sex",
            Self::Diagnosis => "Diagnosis",
            Self::Split => "Split",
            Self::Source => "Source",
            Self::Age => "Age",
        }
    }

    /// Its column of `ct_slices` and `patients`.
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Age => "age_band",
            other => other.name(),
        }
    }

    /// The same in a condition: only the source may be NULL.
    pub(super) fn sql(self) -> &'static str {
        match self {
            Self::Source => "COALESCE(source, 'Unknown')",
            other => other.column(),
        }
    }

    /// Where a value stands that has a place of its own: the unknown one last, the others after the number of patients.
    pub(super) fn rank(self, value: &str) -> usize {
        let known = match self {
            Self::Diagnosis => Class::ALL.iter().position(|class| class.as_str() == value),
            Self::Split => Split::ALL.iter().position(|split| split.as_str() == value),
            Self::Age => AgeBand::ALL.iter().position(|band| band.as_str() == value),
            Self::Country | Self::Sex | Self::Source => None,
        };
        match known {
            Some(place) => place,
            None if value == UNKNOWN => usize::MAX,
            None => usize::MAX - 1,
        }
    }
}
